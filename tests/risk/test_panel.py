import datetime as dt

import numpy as np
import pandas as pd
import pytest

from gridrisk import params
from gridrisk.errors import DataError
from gridrisk.risk import panel

FIT = params.load("likelihood/fit")


def mains(**columns):
    base = {"length_km": [1.0, 2.0, 0.5], "laid": [1990.0, 2003.5, np.nan], "material": "pe"}
    return pd.DataFrame(base | columns, index=pd.Index(["a", "b", "c"], name="pipe_id"))


def leaks(*rows):
    frame = pd.DataFrame(rows, columns=["pipe_id", "found_on"])
    frame["found_on"] = pd.to_datetime(frame["found_on"])
    frame.index = pd.Index([f"l{i}" for i in range(len(frame))])
    return frame


def checks(found):
    return {finding.check for finding in found.findings}


def test_exposure_by_hand():
    found = panel.record(mains(), leaks(("a", "2000-03-01"), ("b", "2004-01-01")), FIT)
    assert found.start == 2000
    # a: 2000 to 2005 on 1 km; b: 2003.5 to 2005 on 2 km; c of unknown year: from the start of the record on 0.5 km
    assert found.exposure(found.start, 2005.0).tolist() == pytest.approx([5.0, 3.0, 2.5])
    assert found.exposure(1980.0, 2001.0).tolist() == pytest.approx([1.0, 0.0, 0.5])
    assert found.failures(2000.0, 2004.0).tolist() == [1, 0, 0]


def test_a_retired_main_counts_until_it_went():
    table = mains(retired=[2002.5, np.nan, np.nan])
    found = panel.record(table, leaks(("a", "2000-03-01"), ("a", "2002-01-01"), ("a", "2009-01-01")), FIT)
    assert found.exposure(2000.0, 2005.0)[0] == pytest.approx(2.5)
    assert found.failures(2000.0, 2020.0)[0] == 2
    assert found.in_ground(2003.0).tolist() == [False, False, True]
    assert "after_retirement" in checks(found)


def test_a_new_pipe_never_inherits_its_predecessors_leaks():
    found = panel.record(mains(), leaks(("b", "2001-05-01"), ("b", "2005-05-01")), FIT)
    assert found.failures(0.0, 2050.0).tolist() == [0, 1, 0]
    assert "before_laying" in checks(found)


def test_what_is_wrong_becomes_a_finding():
    rows = [("a", "2001-01-02"), ("zz", "2001-01-02"), ("a", None), (None, "2001-01-05"), ("a", "2049-01-01")]
    found = panel.record(mains(laid=[1990.0, 2049.0, 17.0]), leaks(*rows), FIT, until=dt.date(2020, 1, 1))
    assert checks(found) >= {"unknown_pipe", "no_date", "later_leak", "impossible_year"}
    assert found.failures(0.0, 3000.0).sum() == 1
    # not laid yet on the day of judgement
    assert not found.in_ground(2020.0)[1]


def test_stray_early_years_are_no_record():
    rows = [
        ("a", "1991-06-01"),
        *(("a", f"{year}-06-{day:02d}") for year in (2000, 2001, 2002) for day in range(1, 11)),
    ]
    found = panel.record(mains(), leaks(*rows), FIT)
    assert found.start == 2000
    assert found.count == 30
    assert "before_record" in checks(found)


def test_empty_tables():
    with pytest.raises(DataError):
        panel.record(mains().iloc[:0], leaks(), FIT)
    with pytest.raises(DataError, match="length"):
        panel.record(mains(length_km=np.nan), leaks(), FIT)
    found = panel.record(mains(), leaks(), FIT)
    assert found.exposure(1990.0, 2000.0).sum() == 0


def test_when_the_record_begins_is_judged_by_what_was_known_then():
    """A trickle before the real record is a record of its own, as long as nothing else is known."""
    rows = [
        *(("a", f"{year}-06-01") for year in range(1990, 2000)),
        *(("a", f"{year}-06-{day:02d}") for year in range(2000, 2020) for day in range(1, 21)),
    ]
    found = panel.record(mains(), leaks(*rows), FIT)
    assert (found.start, found.count) == (2000, 400)
    before = found.known(1995.0, FIT)
    assert (before.start, before.count) == (1990, 5)
    assert before.failures(-np.inf, np.inf).sum() == 5
    # what came later says nothing of it
    assert before.start == panel.record(mains(), leaks(*rows), FIT, until=dt.date(1995, 1, 1)).start
