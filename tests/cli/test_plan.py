"""The plan and what weighs it, from the command line."""

from __future__ import annotations

import json
import shutil

import pytest

from gridrisk.cli import run

AS_OF = ("--as-of", "2026-11-22")


@pytest.fixture(scope="module")
def own(city, tmp_path_factory):
    """A workspace of our own, as these commands write results."""
    folder = tmp_path_factory.mktemp("plan") / "w"
    shutil.copytree(city, folder)
    return folder


def asked(capsys, *arguments):
    code = run([str(argument) for argument in (*arguments, "--json")])
    return code, json.loads(capsys.readouterr().out)


def test_plan_is_short_for_plan_make(own, capsys):
    short = asked(capsys, "plan", own, *AS_OF)
    assert asked(capsys, "plan", "make", own, *AS_OF) == short
    assert {"near_ties", "shadow_price", "notes"} <= set(short[1])


def test_planning_again_keeps_the_plan(own, capsys):
    asked(capsys, "plan", own, *AS_OF)
    code, made = asked(capsys, "plan", own, "--replan", *AS_OF)
    assert code == 0
    assert made["changes"]["kept"] > 0
    assert made["changes"]["moved"] == made["changes"]["left_out"] == 0


def test_compare_needs_two(own, capsys, tmp_path):
    one = tmp_path / "one.toml"
    one.write_text("budget_yuan = 60_000_000\nno_dig_exception = true\n", encoding="utf-8")
    two = tmp_path / "two.toml"
    two.write_text("budget_yuan = 90_000_000\nno_dig_exception = true\n", encoding="utf-8")
    assert asked(capsys, "plan", "compare", own, one, *AS_OF)[0] == 2
    code, found = asked(capsys, "plan", "compare", own, one, two, *AS_OF)
    assert code == 0
    assert [row["plan"] for row in found["scenarios"]] == ["one", "two"]
    assert found["scenarios"][0]["risk_removed"] <= found["scenarios"][1]["risk_removed"]


def test_frontier_and_robustness_leave_their_tables(own, capsys):
    code, found = asked(capsys, "plan", "frontier", own, "--steps", "3", *AS_OF)
    assert code == 0
    removed = [row["risk_removed"] for row in found["frontier"]]
    assert removed == sorted(removed)
    assert json.loads((own / "results" / "frontier.json").read_text(encoding="utf-8")) == found["frontier"]
    code, found = asked(capsys, "plan", "robustness", own, "--draws", "2", *AS_OF)
    assert code == 0
    assert all(0 <= row["share_in"] <= 1 for row in found["projects"])


def test_a_bad_entry_in_the_project_file_is_named(own, capsys):
    (own / "projects.toml").write_text('[[pin]]\nproject = "R-nowhere"\nyear = 2027\n', encoding="utf-8")
    try:
        code, found = asked(capsys, "plan", own, *AS_OF)
    finally:
        (own / "projects.toml").unlink()
    assert code != 0
    assert "R-nowhere" in found["errors"][0]


def test_a_plan_is_not_lost_because_a_later_one_does_not_fit(own, capsys, tmp_path):
    code, _ = asked(capsys, "plan", own, *AS_OF)
    assert code == 0
    short = tmp_path / "short.toml"
    short.write_text("budget_yuan = 1000\n", encoding="utf-8")
    for _ in range(2):
        code, made = asked(capsys, "plan", own, "--scenario", short, "--replan", *AS_OF)
        assert code == 1
        assert made["status"] == "infeasible"
        assert "changes" not in made
    code, made = asked(capsys, "plan", own, "--replan", *AS_OF)
    assert code == 0
    assert made["changes"]["kept"] > 0
    assert made["changes"]["new"] == made["changes"]["left_out"] == 0
