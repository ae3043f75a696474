import datetime as dt

import pandas as pd
import pytest
from scenes import layer, pipes
from shapely.geometry import LineString, Point

from gridrisk.features import attribute_leaks, leak_features, leaks_near
from gridrisk.features.leaks import record_start

TODAY = dt.date(2026, 1, 1)
FRAME = pipes(
    [LineString([(0, 0), (100, 0)]), LineString([(0, 8), (100, 8)]), LineString([(0, 500), (9, 500)])],
    install_year=[1990, 2010, None],
)


def leaks(points, found="2015-03-03", **columns):
    return layer("leaks", points, found_on=pd.Timestamp(found) if isinstance(found, str) else found, **columns)


def owner(frame):
    return attribute_leaks(frame, FRAME, snap_m=5.0, as_of=TODAY).iloc[0]


def test_the_recorded_pipe_counts_even_far_away():
    assert owner(leaks([Point(50, 400)], pipe_id="a")) == "a"


def test_a_leak_without_pipe_belongs_to_the_nearest_within_reach():
    assert owner(leaks([Point(50, 3)])) == "a"
    assert owner(leaks([Point(50, 4)])) == "a"  # as near to b: the first by name
    assert owner(leaks([Point(50, 5)])) == "b"
    assert pd.isna(owner(leaks([Point(50, -6)])))


def test_a_new_pipe_does_not_inherit():
    assert pd.isna(owner(leaks([Point(50, 8)], pipe_id="replaced")))
    assert pd.isna(owner(leaks([Point(50, 8)], "2005-03-03")))
    assert pd.isna(owner(leaks([Point(50, 8)], "2005-03-03", pipe_id="b")))
    assert owner(leaks([Point(5, 500)], "1950-03-03")) == "c"  # the year it was laid is unknown


def test_leaks_after_the_day_do_not_count():
    assert pd.isna(owner(leaks([Point(50, 0)], "2026-01-02")))
    assert owner(leaks([Point(50, 0)], "2026-01-01")) == "a"


def test_a_leak_without_place_or_pipe_belongs_to_none():
    assert pd.isna(owner(leaks([None])))


def test_counts_and_years():
    record = leaks([Point(50, 0)] * 3, pd.to_datetime(["2000-06-01", "2015-01-01", "2030-01-01"]))
    found = leak_features(FRAME, record, snap_m=5.0, as_of=TODAY)
    assert found["leaks"].tolist() == [2, 0, 0]
    # on record since 1 January 2000; the second pipe since the middle of 2010; the third, of unknown age, all the time
    assert found["exposure_years"].tolist() == pytest.approx([26.0, 15.5, 26.0])


def test_a_pipe_taken_out_of_use_is_on_record_until_then():
    frame = FRAME.assign(
        status=pd.array(["abandoned", "idle", "in_service"], dtype="str"),
        retired_on=pd.to_datetime(["2010-01-01", None, "2010-01-01"]).astype("datetime64[ms]"),
    )
    found = leak_features(frame, leaks([Point(50, 0)], "2000-06-01"), snap_m=5.0, as_of=TODAY)
    assert found["exposure_years"].tolist() == pytest.approx([10.0, 15.5, 26.0])


def test_a_dense_record_begins_as_much_before_its_first_leak_as_leaks_lie_apart():
    # 100 leaks from 1 July 2016 on: (2026 - 2016.5) / 100 = 0.095 years before it
    dense = leaks([Point(50, 0)] * 100, pd.date_range("2016-07-01", "2025-12-01", periods=100).astype("datetime64[ms]"))
    assert record_start(dense, as_of=TODAY) == pytest.approx(2016.5 - 0.095, abs=0.01)
    # one leak says little: not before the year in which it was found
    assert record_start(leaks([Point(50, 0)], "2016-07-01"), as_of=TODAY) == 2016.0
    assert record_start(leaks([Point(50, 0)], "2026-07-01"), as_of=TODAY) is None


def test_no_record_is_unknown_and_an_empty_one_has_no_start():
    assert leak_features(FRAME, None, snap_m=5.0, as_of=TODAY)["leaks"].isna().all()
    found = leak_features(FRAME, leaks([]), snap_m=5.0, as_of=TODAY)
    assert found["leaks"].tolist() == [0, 0, 0]
    assert found["exposure_years"].isna().all()


def test_leaks_close_by_in_the_last_years_whichever_pipe_they_were_on():
    frame = pipes([LineString([(0, 0), (10, 0)]), None])
    record = layer(
        "leaks",
        [Point(5, 49), Point(5, 51), Point(5, 0), Point(5, 0), None],
        found_on=pd.to_datetime(["2024-01-01", "2024-01-01", "2020-01-01", "2027-01-01", "2024-01-01"]),
        pipe_id="elsewhere",
    )
    reach = pd.Series(50.0, index=frame.index)
    count = leaks_near(frame, record, reach_m=reach, years=5.0, as_of=dt.date(2026, 1, 1))
    assert count.iloc[0] == 1
    assert pd.isna(count.iloc[1])
    assert leaks_near(frame, None, reach_m=reach, years=5.0, as_of=dt.date(2026, 1, 1)).isna().all()


def test_a_leak_without_pipe_goes_to_the_one_that_lay_there_then():
    """Renewal beside the old pipe: what leaked before belongs to the old one, what leaks now to the new one."""
    lines = [LineString([(0, 0), (100, 0)]), LineString([(0, 2), (100, 2)])]
    frame = pipes(lines, install_year=[1980, 2012], retired_on=[pd.Timestamp("2012-06-01"), pd.NaT])

    def on(day):
        return attribute_leaks(leaks([Point(50, 1.5)], day), frame, snap_m=5.0, as_of=TODAY).iloc[0]

    assert on("2005-03-03") == "a"
    assert on("2020-03-03") == "b"
