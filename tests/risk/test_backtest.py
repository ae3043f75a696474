import numpy as np
import pandas as pd
import pytest

from gridrisk import params
from gridrisk.errors import DataError
from gridrisk.risk import backtest, panel

FIT = params.load("likelihood/fit")


def city(seed=1, size=400):
    random = np.random.default_rng(seed)
    old = random.random(size) < 0.5
    mains = pd.DataFrame(
        {
            "length_km": random.uniform(0.05, 0.4, size),
            "laid": np.where(old, 1960.0, 1995.0),
            "material": np.where(old, "grey_cast_iron", "pe"),
            "street": random.integers(0, 80, size).astype(str),
        },
        index=pd.Index([f"m{i:03d}" for i in range(size)], name="pipe_id"),
    )
    rate = np.where(old, 0.4, 0.05) * random.gamma(1.0, 1.0, size)
    row = np.repeat(np.arange(size), random.poisson(rate * mains["length_km"] * 14))
    day = pd.Timestamp("2000-01-01") + pd.to_timedelta(random.integers(0, 14 * 365, len(row)), unit="D")
    leaks = pd.DataFrame({"pipe_id": mains.index[row], "found_on": day}, index=[f"l{i}" for i in range(len(row))])
    return mains, leaks


@pytest.fixture(scope="module")
def tried():
    record = panel.record(*city(), FIT)
    days = backtest.origins(record, 2014.0, FIT, horizon=3, count=3)
    return record, backtest.walk_forward(record, FIT, days=days, horizon=3)


def test_the_last_days_of_judgement(tried):
    record, found = tried
    assert found.origins == (2009, 2010, 2011)
    assert found.failures == sum(int(record.failures(y, y + 3.0).sum()) for y in found.origins)


def test_shares_are_those_of_a_plain_count(tried):
    """The age rule again, counted main by main."""
    record, found = tried
    caught = total = 0.0
    for year in found.origins:
        table = record.mains.assign(n=record.failures(year, year + 3.0))
        table = table.sort_index().sort_values("laid", kind="stable")
        left = 0.2 * table["length_km"].sum()
        for length, n in zip(table["length_km"], table["n"], strict=True):
            part = min(1.0, left / length)
            caught += part * n
            left -= part * length
            if left <= 0:
                break
        total += table["n"].sum()
    row = found.shares.query("ranking == 'age_only' and worst == 0.2").iloc[0]
    assert row["share"] == pytest.approx(caught / total)
    assert row["low"] <= row["share"] <= row["high"]


def test_lift_is_claimed_only_where_the_interval_clears_nought(tried):
    _, found = tried
    assert (found.lift["claimed"] == (found.lift["low"] > 0)).all()
    assert set(found.lift["rival"]) == {"challenger", "age_only", "past_leaks", "cohort_rates"}


def test_calibration_adds_up(tried):
    _, found = tried
    model = found.calibration.set_index("ranking").loc["model"]
    deciles = found.deciles.query("ranking == 'model'")
    assert deciles["observed"].sum() == pytest.approx(model["observed"])
    assert deciles["expected"].sum() == pytest.approx(model["expected"])
    assert 0.7 < model["ratio"] < 1.4


def test_nothing_is_known_beforehand():
    """What fails on a day of judgement or later changes no ranking of that day."""
    mains, leaks = city()
    early = leaks[leaks["found_on"] < "2010-01-01"]
    for table in (leaks, early):
        record = panel.record(mains, table, FIT)
        days = {
            "rate": backtest.fit(record, FIT, until=2010.0).rates["failures_per_km_year"],
            "boosted": backtest.rivals.boosted(record, 2010.0, FIT),
        }
        if table is leaks:
            whole = days
    np.testing.assert_array_equal(days["rate"], whole["rate"])
    np.testing.assert_array_equal(days["boosted"], whole["boosted"])


def test_twice_the_same(tried):
    record, found = tried
    again = backtest.walk_forward(record, FIT, days=found.origins, horizon=3)
    pd.testing.assert_frame_equal(again.shares, found.shares, check_exact=True)


def test_a_short_record_says_so():
    mains, leaks = city()
    record = panel.record(mains, leaks[leaks["found_on"] < "2003-01-01"], FIT)
    with pytest.raises(DataError, match="too short"):
        backtest.origins(record, 2003.0, FIT, horizon=3, count=7)
    with pytest.raises(DataError):
        backtest.origins(panel.record(mains, leaks.iloc[:0], FIT), 2003.0, FIT, horizon=3, count=7)
