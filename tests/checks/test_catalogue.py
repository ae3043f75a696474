"""The catalogue names every check that the program makes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gridrisk
from gridrisk import checks
from gridrisk.checks.catalogue import BY_ID
from gridrisk.layers import values

ROOT = Path(gridrisk.__file__).parent
#: What is no question to the data but to a plan, a policy or the money.
ELSEWHERE = ("plan", "coverage", "pipeline")


def made(folder):
    """Names that stand in calls which make findings."""
    for path in (ROOT / folder).rglob("*.py"):
        for call in (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            found = [word.value for word in call.keywords if word.arg == "check"]
            if name == "Finding":
                found += call.args[1:2]
            elif name in {"add", "add_rows"} and len(call.args) > 1:
                found += call.args[:1]
            yield from (node.value for node in found if isinstance(node, ast.Constant))


@pytest.mark.parametrize("folder", ["checks", "layers", "features", "network"])
def test_every_check_is_in_the_catalogue(folder):
    assert {name for name in made(folder) if isinstance(name, str)} <= BY_ID.keys()


def test_faults_of_values_are_in_the_catalogue():
    assert set(values.Kind.__args__) <= BY_ID.keys()


def test_every_check_of_the_layers_is_made():
    assert {check.id for check in checks.CATALOGUE if check.where == "layers"} == set(made("checks"))


def test_names_are_unique_and_texts_are_sentences():
    assert len(BY_ID) == len(checks.CATALOGUE)
    for check in checks.CATALOGUE:
        assert check.question.endswith("?")
        assert check.mend
        assert all(check.texts("zh"))
