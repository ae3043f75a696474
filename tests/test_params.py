"""Parameter files: every number with its provenance, every fault at once."""

from __future__ import annotations

import pytest

from gridrisk import assets, params
from gridrisk.errors import ParameterError

GOOD = b"""
[protection_m]
value = { low = 0.5, high_a = 5.0 }
unit = "m"
source = "GB 55009-2021"
clause = "5.1.6"
status = "code"

[reach.radius]
value = 30
unit = "m"
source = "engineering judgement"
status = "assumption"
"""


def test_values_by_dotted_name():
    loaded = params.parse("x", GOOD)
    assert loaded.table("protection_m") == {"low": 0.5, "high_a": 5.0}
    assert loaded.number("reach.radius") == 30.0
    assert loaded["protection_m"].citation == "GB 55009-2021 5.1.6"
    assert loaded.group("reach") == ["radius"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a = 3", "stands alone"),
        (b'[a]\nvalue = 3\nunit = "m"\nstatus = "law"', "no source"),
        (b'[a]\nvalue = 3\nunit = "m"\nsource = ""\nstatus = "law"', "no source"),
        (b'[a]\nvalue = 3\nunit = "m"\nsource = "x"\nstatus = "sure"', "status sure"),
        (b'[a]\nvalue = 3\nunit = "m"\nsorce = "x"\nstatus = "law"', "did you mean source"),
        (b"[a\n", "not valid TOML"),
    ],
)
def test_faults_are_named(text, words):
    with pytest.raises(ParameterError, match=words):
        params.parse("x", text)


def test_all_faults_at_once():
    with pytest.raises(ParameterError) as caught:
        params.parse("x", b"a = 1\nb = 2\n[c]\nvalue = 1\n")
    assert len(caught.value.messages) == 5


def test_wrong_kind_of_value_is_named():
    loaded = params.parse("x", GOOD)
    for read in (loaded.text, loaded.names, loaded.number):
        with pytest.raises(ParameterError, match="protection_m"):
            read("protection_m")
    with pytest.raises(ParameterError, match="no parameter"):
        loaded.number("absent")


def test_missing_file_names_the_nearest():
    with pytest.raises(ParameterError, match="no such file"):
        params.load("standards/presure")


def test_the_workspace_replaces_a_shipped_file(tmp_path):
    (tmp_path / "x.toml").write_bytes(GOOD)
    assert params.load("x", tmp_path).number("reach.radius") == 30.0


def test_every_shipped_file_loads():
    shipped = [p for p in assets.folder("models").rglob("*.toml") if p.parent.name not in {"policies", "scenarios"}]
    for path in shipped:
        assert len(params.parse(path.stem, path.read_bytes())) > 0
