import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import PARAMS, any_line, layer, pipes, polygon
from shapely.geometry import LineString, Point, box

from gridrisk.errors import ParameterError
from gridrisk.features import encroachment, encroachment_features, outer_radius_m, site_state
from gridrisk.features.shapes import shapes
from gridrisk.params import parse

TODAY = dt.date(2026, 6, 1)
ITEM = LineString([(0, 0), (100, 0)])
R = 0.055
GOING = {"status": "active", "start_on": pd.Timestamp("2026-05-01"), "end_on": pd.Timestamp("2026-12-31")}
SIGNED = {"plan_signed": True, "guardian": True}


def sites(geometries, **columns):
    return layer("works", geometries, **{"kind": "piling", **GOING, **SIGNED, **columns})


def judge(geometry, frame=None, **columns):
    frame = pipes([ITEM]) if frame is None else frame
    return encroachment(sites([geometry], **columns), frame, PARAMS, as_of=TODAY)


def at(gap, radius=R):
    """A site whose edge is `gap` metres from the outer edge of the pipe."""
    return box(40, gap + radius, 60, gap + radius + 10)


@pytest.mark.parametrize(
    ("gap", "pressure_class", "zone"),
    [
        (0.0, "low", "protection"),
        (0.5, "low", "protection"),
        (0.501, "low", "control"),
        (5.0, "medium_a", "control"),
        (5.001, "medium_a", "outside"),
        (1.5, "sub_high_b", "protection"),
        (15.0, "sub_high_a", "control"),
        (5.0, "high_b", "protection"),
        (50.0, "high_a", "control"),
    ],
)
def test_zones_reach_to_their_bounds(gap, pressure_class, zone):
    found = judge(at(gap), pipes([ITEM], pressure_class=pressure_class)).pairs.iloc[0]
    assert found["zone"] == zone
    assert found["distance_m"] == pytest.approx(gap, abs=1e-6)
    assert found["pressure_class"] == pressure_class


@pytest.mark.parametrize(
    ("kind", "gap", "verdict", "clause"),
    [
        ("blasting", 0.4, "forbidden", "GB 55009-2021 5.1.8"),
        ("building", 0.4, "forbidden", "GB 55009-2021 5.1.8"),
        ("planting", 0.4, "forbidden", "GB 55009-2021 5.1.8"),
        ("excavation", 0.4, "plan_required", "GB 55009-2021 5.1.9"),
        ("piling", 0.4, "plan_required", "GB 55009-2021 5.1.9"),
        ("utility_laying", 0.4, "plan_required", "GB 55009-2021 5.1.9"),
        ("blasting", 2.0, "plan_required", "GB 55009-2021 5.1.10"),
        ("drilling", 2.0, "plan_required", "GB 55009-2021 5.1.10"),
        ("drilling", 6.0, "clear", ""),
    ],
)
def test_verdicts(kind, gap, verdict, clause):
    found = judge(at(gap), kind=kind)
    assert found.sites.loc["a", "verdict"] == verdict
    assert found.sites.loc["a", "clause"] == clause
    assert found.pairs["clause"].tolist() == [clause]


def test_the_nearest_pipe_comes_first_and_the_worst_decides():
    frame = pipes(
        [LineString([(0, 3), (100, 3)]), ITEM, LineString([(0, 900), (1, 900)])], pipe_id=["far", "near", "away"]
    )
    found = judge(box(40, -9, 60, -0.2), frame, kind="building")
    assert found.pairs["pipe_id"].tolist() == ["near", "far"]
    assert found.pairs["zone"].tolist() == ["protection", "control"]
    assert found.sites.loc["a", "verdict"] == "forbidden"
    assert found.sites.loc["a", "distance_m"] == pytest.approx(0.2 - R)


def test_nothing_is_missing_from_a_complete_site():
    assert judge(at(0.4)).sites.loc["a", "missing"] == []


def test_what_is_missing_is_named():
    found = judge(at(0.4), plan_signed=False, guardian=None, end_on=pd.NaT, kind="other").sites.loc["a"]
    assert found["missing"] == ["kind", "plan_signed", "guardian", "end_on"]
    texts = [str(note) for note in found["notes"]]
    assert "the protection plan is not signed" in texts
    assert "not recorded whether a guardian is on site" in texts


def test_an_unknown_kind_falls_under_the_strictest_rule():
    found = judge(at(0.4), kind=None).sites.loc["a"]
    assert found["verdict"] == "forbidden"
    assert "kind" in found["missing"]


def test_an_unknown_pressure_class_takes_the_widest_ranges_and_says_so():
    found = judge(at(30.0), pipes([ITEM], pressure_class=None))
    assert found.pairs["zone"].tolist() == ["control"]
    assert found.pairs["class_assumed"].tolist() == [True]
    assert pd.isna(found.pairs["pressure_class"].iloc[0])
    assert "pressure_class" in found.sites.loc["a", "missing"]


def test_an_unknown_diameter_takes_the_largest_and_says_so():
    # 0.7 m from the axis: a pipe of 630 mm is 0.385 m away
    found = judge(box(40, 0.7, 60, 9), pipes([ITEM], diameter_mm=None))
    assert found.pairs["distance_m"].tolist() == pytest.approx([0.385])
    assert found.pairs["zone"].tolist() == ["protection"]
    assert "diameter_mm" in found.sites.loc["a", "missing"]


def test_a_site_without_place_is_not_cleared():
    found = judge(None).sites.loc["a"]
    assert found["verdict"] == "plan_required"
    assert found["missing"] == ["geometry"]
    assert np.isnan(found["distance_m"])


def test_done_sites_are_clear():
    found = judge(at(0.1), kind="blasting", status="done")
    assert found.sites.loc["a", "verdict"] == "clear"
    assert found.sites.loc["a", "missing"] == []


def test_abandoned_and_planned_pipes_have_no_range():
    frame = pipes([ITEM, ITEM, ITEM], status=["abandoned", "planned", None])
    assert judge(at(0.1), frame).pairs["pipe_id"].tolist() == ["c"]


@pytest.mark.parametrize(
    ("status", "start", "end", "state"),
    [
        ("active", "2026-05-01", "2026-12-31", "active"),
        (None, "2026-05-01", "2026-12-31", "active"),
        ("planned", "2026-05-01", "2026-12-31", "active"),
        (None, "2026-06-01", "2026-06-01", "active"),
        (None, None, None, "possible"),
        ("planned", None, "2026-12-31", "possible"),
        (None, "2026-05-01", None, "possible"),
        ("planned", "2026-07-01", "2026-12-31", "upcoming"),
        (None, "2026-07-01", None, "upcoming"),
        ("active", "2026-07-01", "2026-12-31", "active"),
        ("active", "2026-01-01", "2026-03-01", "possible"),
        ("planned", "2026-01-01", "2026-03-01", "possible"),
        (None, "2026-01-01", "2026-03-01", "done"),
        (None, None, "2026-03-01", "done"),
        ("done", None, None, "done"),
        ("done", "2026-05-01", "2026-12-31", "done"),
    ],
)
def test_states(status, start, end, state):
    frame = sites(
        [Point(0, 0)],
        status=status,
        start_on=pd.Timestamp(start) if start else pd.NaT,
        end_on=pd.Timestamp(end) if end else pd.NaT,
    )
    assert site_state(frame, as_of=TODAY).tolist() == [state]


def test_a_verdict_that_is_none_is_refused():
    text = '[report_m]\nvalue = 1\nunit = "m"\nsource = "x"\nstatus = "assumption"\n[protection.piling]\nvalue = "maybe"\nunit = "-"\nsource = "x"\nstatus = "assumption"\n'
    text += text[text.index("[protection") :].replace("protection", "control")
    rules = parse("standards/works", text.encode())
    with pytest.raises(ParameterError, match=r"control\.piling must be one of"):
        encroachment(sites([at(0.1)]), pipes([ITEM]), {**PARAMS, "standards/works": rules}, as_of=TODAY)


def test_empty_layers_give_empty_tables():
    found = encroachment(sites([]), pipes([ITEM]), PARAMS, as_of=TODAY)
    assert len(found.sites) == 0
    assert len(found.pairs) == 0
    alone = encroachment(sites([at(0.1)]), pipes([]), PARAMS, as_of=TODAY)
    assert alone.sites["verdict"].tolist() == ["clear"]


@settings(max_examples=30)
@given(
    st.lists(any_line, min_size=1, max_size=3),
    st.lists(st.one_of(polygon, any_line), min_size=1, max_size=3),
    st.sampled_from(["low", "sub_high_a"]),
)
def test_pairs_are_those_of_brute_force(lines, areas, pressure_class):
    frame, works = pipes(lines, pressure_class=pressure_class), sites(areas)
    found = encroachment(works, frame, PARAMS, as_of=TODAY).pairs
    radius = outer_radius_m(frame, PARAMS["standards/pressure"])
    reach = 10.0 if pressure_class == "low" else 15.0
    expected = {}
    for work, area in zip(works.index, shapes(works).objects(), strict=True):
        for pipe, item in zip(frame.index, lines, strict=True):
            if area is None or item is None or area.is_empty or item.is_empty:
                continue
            gap = max(item.distance(area) - radius[pipe], 0)
            if gap <= reach:
                expected[work, pipe] = gap
    assert dict(
        zip(zip(found["work_id"], found["pipe_id"], strict=True), found["distance_m"], strict=True)
    ) == pytest.approx(expected, abs=1e-6)


class TestFeatures:
    def one(self, works, **columns):
        return encroachment_features(pipes([ITEM], **columns), works, PARAMS, as_of=TODAY).iloc[0]

    def test_by_hand(self):
        found = self.one(sites([at(0.4), at(3.0), at(7.0)], work_id=["x", "y", "z"]))
        assert found["encroached"]
        assert found["work_gap_m"] == pytest.approx(0.4)
        assert found["work_zone"] == "protection"
        assert found["work_ids"] == "x,y"

    def test_only_sites_of_the_day_and_of_the_next_year_count(self):
        assert not self.one(sites([at(0.4)], status="done"))["encroached"]
        soon = sites([at(0.4)], status="planned", start_on=pd.Timestamp("2027-01-01"))
        assert self.one(soon)["encroached"]
        late = sites(
            [at(0.4)], status="planned", start_on=pd.Timestamp("2028-01-01"), end_on=pd.Timestamp("2029-01-01")
        )
        assert not self.one(late)["encroached"]
        assert self.one(late)["work_zone"] == "none"
        assert self.one(late)["work_gap_m"] == np.inf

    @pytest.mark.parametrize(("gap", "expected"), [(3.0, True), (30.0, pd.NA), (51.0, False)])
    def test_an_unknown_class_leaves_what_lies_between_open(self, gap, expected):
        found = self.one(sites([at(gap)]), pressure_class=None)
        assert found["encroached"] is expected or found["encroached"] == expected

    def test_no_survey_is_unknown_and_an_empty_one_is_no(self):
        assert pd.isna(self.one(None)["encroached"])
        assert pd.isna(self.one(None)["work_zone"])
        assert not self.one(sites([]))["encroached"]
