import itertools

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scenes import layer, line, pipes
from shapely.geometry import LineString, MultiLineString
from shapely.ops import substring

from gridrisk.features import shared_trench
from gridrisk.features.shared_trench import trench_stretches

KINDS = ("water", "sewer", "power")


def run(frame, others, distance_m=1.0, min_length_m=5.0):
    return shared_trench(frame, others, distance_m=distance_m, min_length_m=min_length_m, kinds=KINDS)


def one(frame, others, **options):
    return run(frame, others, **options).iloc[0]


def by_bisection(item, near, distance):
    """Stretches of `item` within `distance` of `near`: sampled every centimetre, ends found by bisection."""

    def away(at):
        return shapely.distance(shapely.line_interpolate_point(item, at), near) - distance

    at = np.linspace(0, item.length, max(int(item.length / 0.01), 2) + 1)
    inside = away(at) <= 0
    change = np.flatnonzero(inside[1:] != inside[:-1])
    low, high, rising = at[change].copy(), at[change + 1].copy(), inside[change]
    for _ in range(50):
        middle = (low + high) / 2
        same = (away(middle) <= 0) == rising
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    ends = np.r_[[0.0] if inside[0] else [], (low + high) / 2, [item.length] if inside[-1] else []]
    return ends.reshape(-1, 2)


@settings(max_examples=30)
@given(line, st.lists(line, min_size=1, max_size=3), st.sampled_from([0.7, 1.3, 2.2]))
def test_length_is_that_of_bisection(item, others, distance):
    if item.length == 0:
        return
    frame = pipes([item])
    found = one(frame, layer("utilities", others, kind="water"), distance_m=distance, min_length_m=0.3)
    runs = by_bisection(item, shapely.multilinestrings(others), distance)
    total = (runs[:, 1] - runs[:, 0]).sum()
    longest = (runs[:, 1] - runs[:, 0]).max(initial=0)
    if longest > 0.31 and (runs[:, 1] - runs[:, 0]).min() > 0.31 and item.coords[0] != item.coords[-1]:
        assert found["shared_trench_m"] == pytest.approx(total, abs=1e-6)
    if total < 0.29:
        assert not found["shared_trench"]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.floats(0, 30), st.floats(-2, 2)), min_size=2, max_size=5),
    st.lists(st.floats(0.5, 39.5), max_size=4),
)
# where the pipe bends, the first stretch ended a rounding short of the second, and the run fell apart
@example([(0.0, 0.0), (20.0, 0.0)], [0.5])
def test_cutting_a_pipe_into_segments_changes_nothing(points, cuts):
    whole = LineString([(0, 0), (20, 0.3), (40, 0)])
    other = layer("utilities", [LineString(points)], kind="water")
    at = [0.0, *sorted(set(cuts)), whole.length]
    pieces = [substring(whole, a, b) for a, b in itertools.pairwise(at) if b - a > 0.01]
    together = run(pipes([whole]), other)["shared_trench_m"].sum()
    apart = run(pipes(pieces), other)["shared_trench_m"].sum()
    if len(pieces) == len(at) - 1:
        assert apart == pytest.approx(together, abs=2e-3)


def joined_by_hand(stretches, lines):
    """Length of all runs joined through ends of lines, for each run of a line and a kind: one set after the other."""
    runs = []
    for (row, kind), these in stretches.groupby(["pipe", "kind"]):
        for start, end in these.sort_values("start_m")[["start_m", "end_m"]].itertuples(index=False):
            if runs and runs[-1][:2] == [row, kind] and start <= runs[-1][3]:
                runs[-1][3] = max(runs[-1][3], end)
            else:
                runs.append([row, kind, start, end])
    sets = [{at} for at in range(len(runs))]
    at_place = {}
    for at, (row, kind, start, end) in enumerate(runs):
        item = lines[row]
        for reached, place in ((start <= 1e-3, item.coords[0]), (end >= item.length - 1e-3, item.coords[-1])):
            if reached:
                other = at_place.setdefault((kind, place), at)
                if sets[other] is not sets[at]:
                    both = sets[other] | sets[at]
                    for member in both:
                        sets[member] = both
    return [(row, kind, sum(runs[m][3] - runs[m][2] for m in sets[at])) for at, (row, kind, *_) in enumerate(runs)]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(line, min_size=1, max_size=9),
    st.lists(line, min_size=1, max_size=4),
    st.lists(st.sampled_from(["water", "power"]), min_size=4, max_size=4),
    st.sampled_from([0.5, 2.0, 5.0, 11.0]),
)
def test_runs_join_as_by_hand(lines, others, kinds, least):
    lines = [item for item in lines if item.length > 0] or [LineString([(0, 0), (1, 0)])]
    utilities = layer("utilities", others, kind=kinds[: len(others)])
    options = {"distance_m": 0.7, "kinds": KINDS}
    every = trench_stretches(pipes(lines), utilities, min_length_m=0.0, **options)
    found = trench_stretches(pipes(lines), utilities, min_length_m=least, **options)
    by_hand = joined_by_hand(every, lines)
    if any(abs(total - least) < 1e-6 for _, _, total in by_hand):
        return
    long_ = {(row, kind) for row, kind, total in by_hand if total > least}
    assert {*found[["pipe", "kind"]].itertuples(index=False, name=None)} == long_


def test_by_hand():
    # parallel 0.8 m off from x = 10 to 30: besides 20 m, sqrt(1 - 0.64) = 0.6 m beyond either end
    water = layer("utilities", [LineString([(10, 0.8), (30, 0.8)])], kind="water")
    found = one(pipes([LineString([(0, 0), (100, 0)])]), water)
    assert found["shared_trench"]
    assert found["shared_trench_m"] == pytest.approx(21.2)
    assert found["shared_trench_kinds"] == "water"
    assert pd.isna(found["shared_trench_isolated"])


def test_a_crossing_is_no_shared_trench():
    water = layer("utilities", [LineString([(50, -20), (50, 20)])], kind="water")
    found = one(pipes([LineString([(0, 0), (100, 0)])]), water)
    assert not found["shared_trench"]
    assert found["shared_trench_m"] == 0
    assert pd.isna(found["shared_trench_isolated"])


def test_a_run_spans_segments_and_utilities_cut_at_their_own_places():
    segments_ = [LineString([(x, 0), (x + 2, 0)]) for x in range(0, 10, 2)]
    water = layer("utilities", [LineString([(0, 0.5), (3.3, 0.5)]), LineString([(3.3, 0.5), (10, 0.5)])], kind="water")
    found = run(pipes(segments_), water)
    assert found["shared_trench"].all()
    assert found["shared_trench_m"].tolist() == pytest.approx([2.0] * 5)


def test_runs_of_different_kinds_do_not_add_up():
    other = layer(
        "utilities", [LineString([(0, 0.5), (3, 0.5)]), LineString([(6, 0.5), (9, 0.5)])], kind=["water", "power"]
    )
    assert not one(pipes([LineString([(0, 0), (9, 0)])]), other)["shared_trench"]


def test_two_utilities_side_by_side_count_once():
    other = layer(
        "utilities", [LineString([(0, 0.5), (9, 0.5)]), LineString([(0, -0.5), (9, -0.5)])], kind=["water", "power"]
    )
    found = one(pipes([LineString([(0, 0), (9, 0)])]), other)
    assert found["shared_trench_m"] == pytest.approx(9.0)
    assert found["shared_trench_kinds"] == "power,water"


def test_other_gas_pipes_and_pipes_above_ground_take_no_part():
    beside = LineString([(0, 0.5), (9, 0.5)])
    item = LineString([(0, 0), (9, 0)])
    assert not one(pipes([item]), layer("utilities", [beside], kind="gas_other"))["shared_trench"]
    assert not one(pipes([item], laying="overhead"), layer("utilities", [beside], kind="water"))["shared_trench"]


def test_a_utility_of_unknown_kind_counts():
    found = one(pipes([LineString([(0, 0), (9, 0)])]), layer("utilities", [LineString([(0, 0.5), (9, 0.5)])]))
    assert found["shared_trench"]
    assert found["shared_trench_kinds"] == "unknown"


@pytest.mark.parametrize(
    ("utilities", "pipe", "expected"),
    [
        ([True, True], None, True),
        ([True, None], None, pd.NA),
        ([True, False], None, False),
        ([None, False], None, False),
        ([None, None], True, True),
        ([True, True], False, False),
    ],
)
def test_isolation(utilities, pipe, expected):
    other = layer("utilities", [LineString([(0, y), (9, y)]) for y in (0.5, -0.5)], kind="water", isolated=utilities)
    found = one(pipes([LineString([(0, 0), (9, 0)])], trench_isolated=pipe), other)["shared_trench_isolated"]
    assert found is expected or found == expected


class TestRecords:
    ITEM = LineString([(0, 0), (9, 0)])

    def test_a_recorded_kind_counts_for_the_whole_pipe(self):
        found = one(pipes([self.ITEM], shared_trench_with="power、water"), None)
        assert found["shared_trench"]
        assert found["shared_trench_m"] == pytest.approx(9.0)
        assert found["shared_trench_kinds"] == "power,water"
        assert pd.isna(found["shared_trench_isolated"])

    def test_nothing_recorded_and_no_survey_is_unknown(self):
        found = one(pipes([self.ITEM]), None)
        assert pd.isna(found["shared_trench"])
        assert np.isnan(found["shared_trench_m"])

    def test_recorded_as_none_is_no(self):
        assert not one(pipes([self.ITEM], shared_trench_with="无"), None)["shared_trench"]

    def test_geometry_stands_against_a_recorded_none(self):
        other = layer("utilities", [LineString([(0, 0.5), (9, 0.5)])], kind="water")
        assert one(pipes([self.ITEM], shared_trench_with="none"), other)["shared_trench"]

    def test_a_pipe_without_place_is_unknown(self):
        assert pd.isna(one(pipes([None]), layer("utilities", [self.ITEM], kind="water"))["shared_trench"])


def test_parts_of_a_line_are_apart():
    # two parts of 3 m, 4 m apart, each wholly beside the water pipe: no run of 5 m
    item = MultiLineString([[(0, 0), (3, 0)], [(7, 0), (10, 0)]])
    assert not one(pipes([item]), layer("utilities", [LineString([(0, 0.5), (10, 0.5)])], kind="water"))[
        "shared_trench"
    ]


def test_identical_lines_share_all_of_it():
    item = LineString([(0, 0), (6, 0), (6, 6)])
    assert one(pipes([item]), layer("utilities", [item], kind="sewer"))["shared_trench_m"] == pytest.approx(12.0)
