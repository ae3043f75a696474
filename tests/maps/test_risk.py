"""The risk map counts and names what the results say."""

import geopandas as gpd
import pandas as pd
import pytest

from gridrisk import maps
from gridrisk.maps.risk import reasons
from gridrisk.risk import TERMS


@pytest.fixture
def shown(city, as_of, read_page):
    return read_page(maps.risk_map(city.pipes, city.risk, as_of=as_of, lang="en"))


def test_the_legend_counts_every_segment(city, shown):
    for grade, label in (("major", "major risk"), ("low", "low risk")):
        here = city.pipes[city.risk["grade"] == grade]
        note = shown.notes("pipes")[label]
        assert note.startswith(f"{len(here):,} · ")
        assert f"{here.length.sum() / 1000:.2f} km" in note or f"{here.length.sum():,.0f} m" in note


def test_must_renew_is_marked_and_unknown_is_said(city, shown, read_numbers):
    marked = read_numbers(shown.layer("pipes_marked")["members"])
    certain = city.risk["must_renew"].fillna(value=False).to_numpy(dtype=bool)
    assert marked == certain.nonzero()[0].tolist()
    assert any("unknown whether" in note for note in shown.scene["notes"])
    assert shown.layer("pipes_marked")["merged"]


def test_three_values_of_must_renew(city, shown):
    expected = [None if pd.isna(value) else bool(value) for value in city.risk["must_renew"]]
    assert shown.detail("pipes", "must be renewed") == expected


def test_no_clauses_are_none_but_unknown_ones_unknown(city, shown):
    clauses = shown.detail("pipes", "clauses")
    for must, clause in zip(city.risk["must_renew"], clauses, strict=True):
        if pd.isna(must):
            assert clause is None
        elif not must:
            assert clause == ""


def test_a_segment_without_a_score_is_not_graded(city, as_of, read_page):
    shown = read_page(maps.risk_map(city.pipes, city.risk.iloc[5:], as_of=as_of, lang="en"))
    assert shown.notes("pipes")["not graded"].startswith("5 · ")


def test_results_may_carry_the_id_as_a_column_and_a_geometry(city, as_of):
    risk = city.pipes[["geometry"]].join(city.risk).rename_axis("pipe_id").reset_index()
    assert maps.risk_map(city.pipes, risk, as_of=as_of) == maps.risk_map(city.pipes, city.risk, as_of=as_of)


def test_measures_are_said_in_words(city, as_of, read_page):
    risk = city.risk.assign(measure="more_patrol,assess")
    words = {"more_patrol": "walk more often", "assess": "have it assessed"}
    shown = read_page(maps.risk_map(city.pipes, risk, as_of=as_of, lang="en", measures=words))
    assert set(shown.detail("pipes", "until renewed")) == {"walk more often; have it assessed"}


def test_inputs_are_left_alone(city, as_of):
    pipes, risk = city.pipes.copy(), city.risk.copy()
    maps.risk_map(pipes, risk, as_of=as_of)
    pd.testing.assert_frame_equal(pd.DataFrame(pipes), pd.DataFrame(city.pipes))
    pd.testing.assert_frame_equal(risk, city.risk)


def test_what_is_unknown_is_never_nought(city, as_of, read_page):
    def figures(risk):
        return dict(read_page(maps.risk_map(city.pipes, risk, as_of=as_of, lang="en")).scene["figures"])

    sure = city.pipes.length[city.risk["must_renew"].fillna(value=False).to_numpy(dtype=bool)].sum()
    assert figures(city.risk)["must be renewed"] == f"at least {sure / 1000:.2f} km"
    nothing = figures(city.risk[["grade"]].assign(grade=pd.Series(None, index=city.risk.index, dtype="str")))
    assert nothing["major risk"] == nothing["must be renewed"] == "unknown"


def test_reasons_are_the_terms_that_raise_the_risk_most():
    plain = {term.column: term.neutral for term in TERMS}
    plain |= {"term_base_rate": 0.1, "term_length_km": 1.0, "term_ignition": 0.01, "term_people": 50.0}
    frame = pd.DataFrame(
        [
            plain,
            plain | {"term_age": 2.0, "term_gather_basement": 3.0, "term_pressure": 1.1, "term_diameter": 0.5},
            plain | {"term_works": 0.15},  # rate 0.25 instead of 0.1
        ],
        index=["a", "b", "c"],
    )
    assert reasons(frame, "en") == ["", "basement near by ×3; age ×2", "works near by ×2.5"]
    assert reasons(frame.drop(columns="term_age"), "en") is None


def test_clauses_are_said_in_words_where_the_rules_are_known(city, as_of, read_page):
    said = {
        "grey_cast_iron": ("国办发〔2022〕22号 二(一)1(1)", "grey cast iron (国办发〔2022〕22号 二(一)1(1))"),
        "our_own_rule": ("our own paper 3", "our own paper 3"),
        "grey_cast_iron,our_own_rule": ("a; b", "a; b"),  # not made by the rules of this version
    }
    for rules, (clauses, expected) in said.items():
        risk = city.risk.assign(must_renew=True, must_renew_rules=rules, must_renew_clauses=clauses)
        shown = read_page(maps.risk_map(city.pipes, risk, as_of=as_of, lang="en"))
        assert set(shown.detail("pipes", "clauses")) == {expected}


def test_no_deadline_is_unknown_only_where_the_duty_is(city, as_of, read_page):
    duty = pd.array([False, None] * len(city.risk), dtype="boolean")[: len(city.risk)]
    risk = city.risk.assign(must_renew=duty, renew_deadline=pd.NaT)
    shown = read_page(maps.risk_map(city.pipes, risk, as_of=as_of, lang="en"))
    assert shown.detail("pipes", "to be renewed by")[:2] == ["", None]


def test_sensors_proposed_and_there_already(city, as_of, read_page):
    points = city.pipes.geometry.iloc[:3].representative_point().to_numpy()
    sensors = gpd.GeoDataFrame(
        {
            "existing": [True, False, False],
            "chosen": [False, True, False],
            "kind": ["drain", "manhole", "manhole"],
            "order": pd.array([None, 1, None], dtype="Int64"),
            "watched_risk": [0.1, 0.3, 0.2],
            "pipe_ids": ["a", "b,c", ""],
        },
        geometry=points,
        index=pd.Index(["s0", "s1", "s2"], name="spot_id"),
        crs=city.pipes.crs,
    )
    shown = read_page(maps.risk_map(city.pipes, city.risk, as_of=as_of, lang="en", sensors=sensors))
    assert shown.notes("sensors") == {"sensor proposed": "1", "sensor there already": "1"}
    assert shown.detail("sensors", "kind") == ["storm drain", "manhole"]
    assert shown.detail("sensors", "order in which to put them up") == [None, 1]
    plain = read_page(maps.risk_map(city.pipes, city.risk, as_of=as_of, lang="en"))
    assert "sensors" not in {layer["key"] for layer in plain.scene["layers"]}
