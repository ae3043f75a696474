"""Projects merged, split, fixed and taken out."""

from __future__ import annotations

import pandas as pd
import pytest

from gridrisk import plan
from gridrisk.errors import ParameterError
from gridrisk.plan.edits import decide, parse_edits


@pytest.fixture
def build(street, risk, rules):
    # three streets of two pipes each: projects R-P0000, R-P0010, R-P0020
    pipes = pd.concat([street([100, 100], y=1000.0 * i, first=10 * i, road=f"{i}路") for i in range(3)])

    def make(**edits):
        return plan.build_projects(pipes, risk(pipes, "major"), rules, edits=plan.parse_edits(edits))

    return make


def test_without_edits_nothing_is_decided(build):
    frame = build()
    assert frame.index.to_list() == ["R-P0000", "R-P0010", "R-P0020"]
    assert frame["pinned_year"].isna().all()
    assert not frame[["started", "excluded"]].any().any()


def test_merge_by_project_or_pipe(build):
    frame = build(merge=[{"projects": ["R-P0000", "P0011"]}])
    assert frame["pipe_ids"].to_list() == [["P0000", "P0001", "P0010", "P0011"], ["P0020", "P0021"]]
    assert frame["length_m"].to_list() == [400, 200]


def test_split_then_pin_the_part(build):
    frame = build(
        split=[{"project": "R-P0000", "pipes": ["P0001"]}],
        pin=[{"project": "P0001", "year": 2027, "started": True, "why": "合同 2026-118"}],
        exclude=[{"project": "R-P0020"}],
    )
    assert frame.index.to_list() == ["R-P0000", "R-P0001", "R-P0010", "R-P0020"]
    assert frame.loc["R-P0001", ["pinned_year", "started", "decided_why"]].to_list() == [2027, True, "合同 2026-118"]
    assert frame["excluded"].to_list() == [False, False, False, True]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({"pin": [{"project": "R-P0099", "year": 2027}]}, "no project R-P0099; did you mean R-P0"),
        ({"exclude": [{"project": "zzz"}]}, "no project zzz; name it by its id or any of its pipes"),
        ({"merge": [{"projects": ["R-P0000"]}]}, "merge.1.projects"),
        ({"split": [{"project": "R-P0000", "pipes": ["P0010"]}]}, "P0010 is not a pipe of project R-P0000"),
        ({"split": [{"project": "R-P0000", "pipes": ["P0000", "P0001"]}]}, "all pipes of project R-P0000 are named"),
        ({"split": [{"project": "R-P0000", "pipes": ["Q"]}]}, "pipe Q is in no project"),
        ({"pin": [{"project": "P0000", "yaer": 2027}]}, "did you mean year?"),
        (
            {"pin": [{"project": "P0000", "year": 2027}, {"project": "P0001", "year": 2028}]},
            "R-P0000 is fixed in two years",
        ),
        (
            {"pin": [{"project": "P0000", "year": 2027}], "exclude": [{"project": "P0001"}]},
            "both fixed in a year and taken out",
        ),
    ],
)
def test_bad_entries_are_named(build, edits, expected):
    with pytest.raises(ParameterError) as caught:
        build(**edits)
    assert expected in " ".join(str(message) for message in caught.value.messages)


def test_the_file(tmp_path):
    path = tmp_path / "projects.toml"
    assert plan.load_edits(path) == plan.Edits()
    path.write_text('[[pin]]\nproject = "R-1"\nyear = 2027\n', encoding="utf-8")
    assert plan.load_edits(path).pin[0].year == 2027
    path.write_text("[[pin]\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="not valid TOML"):
        plan.load_edits(path)


def test_the_year_before_is_that_of_most_pipes():
    former = pd.DataFrame({"pipe_ids": [["a", "b"], ["c"], ["d"]], "year": [2027, 2028, 0]})
    now = pd.Series({"X": ["a", "b", "c"], "Y": ["c", "d"], "Z": ["d", "e"], "W": ["c", "x", "y"]})
    years = plan.former_year(now, former)
    # X: two of three in 2027; Y: one of two in 2028; Z: none planned; W: one of three is too few
    assert years[["X", "Y"]].to_list() == [2027, 2028]
    assert years[["Z", "W"]].isna().all()


def test_a_pinned_project_is_built_in_its_year_and_an_excluded_one_never(projects, scenario):
    frame = projects(12, seed=5).assign(
        mandatory=False, no_dig_until=pd.Series(pd.NaT, index=projects(12).index, dtype="datetime64[ms]")
    )
    frame["pinned_year"] = pd.Series([2028] + [pd.NA] * 11, index=frame.index, dtype="Int64")
    frame["excluded"] = [False, True] + [False] * 10
    sc = scenario(budget_yuan=1e9)
    answer = plan.schedule(frame, sc)
    assert answer.assignment.iloc[:3].to_list() == [2028, 0, 2026]
    assert plan.verify(frame, answer, sc) == []
    assert "fixed by the planner; in 2028, as fixed" in str(answer.reasons["R-0000"])
    assert "taken out by the planner" in str(answer.reasons["R-0001"])


def test_a_sequence_names_projects_by_any_of_their_pipes():
    ids = pd.Series({"R-A": ["A", "B"], "R-C": ["C"]})
    out = decide(ids, parse_edits({"sequence": [{"first": "B", "then": "R-C"}]}))
    assert out["after"].to_dict() == {"R-A": [], "R-C": ["R-A"]}
    with pytest.raises(ParameterError, match="A and B are one project"):
        decide(ids, parse_edits({"sequence": [{"first": "A", "then": "B"}]}))
    with pytest.raises(ParameterError, match="quarter"):
        parse_edits({"pin": [{"project": "A", "year": 2027, "quarter": 5}]})
