"""The coverage map: shares on the towns, customers by decision."""

import numpy as np
import pandas as pd

from gridrisk import maps
from gridrisk.words import DECISIONS


def test_shares_stand_on_the_towns(city, as_of, read_page):
    shown = read_page(maps.coverage_map(city.coverage, city.towns, as_of=as_of, lang="en"))
    texts = shown.layer("towns")["labels"]["texts"]
    for name, (_, row) in zip(city.towns["name"], city.coverage.iterrows(), strict=True):
        if row["eligible"] == 0:
            expected = "—"
        else:
            expected = "unknown" if np.isnan(row["share"]) else f"{row['share'] * 100:.0f} %"
        assert f"{name}\n{expected}" in texts


def test_classes_by_share(city, as_of, read_page, read_numbers):
    coverage = pd.DataFrame(
        {"share": [0.0, 0.25, 0.899, 0.9, np.nan, np.nan], "eligible": [5, 5, 5, 5, 5, 0]}, index=city.towns.index
    )
    shown = read_page(maps.coverage_map(coverage, city.towns, as_of=as_of, lang="en"))
    # below 25 %, 25 to 50, 50 to 75, 75 to 90, 90 and more, unknown, nothing to convert
    assert read_numbers(shown.layer("towns")["codes"]) == [0, 1, 3, 4, 5, 6]


def test_only_certain_delay_is_marked(city, as_of, read_page, read_numbers):
    shown = read_page(maps.coverage_map(city.coverage, city.towns, as_of=as_of, lang="en"))
    late = [place for place, value in enumerate(city.coverage["on_track"]) if value is not pd.NA and not value]
    assert read_numbers(shown.layer("late")["members"]) == late


def test_customers_by_decision(city, as_of, read_page):
    shown = read_page(
        maps.coverage_map(
            city.coverage, city.towns, conversion=city.conversion, customers=city.customers, as_of=as_of, lang="en"
        )
    )
    counts = city.conversion["decision"].value_counts()
    assert shown.notes("customers")["change to pipe gas"] == str(counts["pipe"])
    assert shown.notes("customers")["cannot be decided: data missing"] == str(counts["unknown"])
    assert shown.layer("customers")["geometry"]["n"] == len(city.conversion)


def test_customers_in_no_town_are_counted_and_said(city, as_of, read_page):
    extra = pd.DataFrame({"eligible": [40], "converted": [1], "share": [0.025]}, index=["—"])
    shown = read_page(maps.coverage_map(pd.concat([city.coverage, extra]), city.towns, as_of=as_of, lang="en"))
    assert shown.scene["notes"] == ["40 customers to convert lie in no town of the map"]
    total = int(city.coverage["eligible"].sum()) + 40
    assert dict(shown.scene["figures"])["bottled-gas customers to convert"] == f"{total:,}"


def test_every_town_is_labelled_and_the_excluded_lie_under_the_others(city, as_of, read_page, read_numbers):
    shown = read_page(
        maps.coverage_map(
            city.coverage, city.towns, conversion=city.conversion, customers=city.customers, as_of=as_of, lang="en"
        )
    )
    assert shown.layer("towns")["labels"]["first"]
    assert len(shown.layer("towns")["labels"]["texts"]) == len(city.towns)
    titles = [item["label"] for item in shown.layer("customers")["classes"]]
    assert titles[-1] == "excluded"  # the last of the legend is drawn first
    drawn = [titles[code] for code in read_numbers(shown.layer("customers")["codes"])]
    expected = city.conversion["decision"].reindex(shown.layer("customers")["ids"]).map(DECISIONS)
    assert drawn == expected.to_list()
