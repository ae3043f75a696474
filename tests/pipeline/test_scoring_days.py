"""A day before pipes were laid is told by the score."""

from __future__ import annotations

import datetime as dt

from gridrisk import store
from gridrisk.pipeline import scoring


def test_pipes_laid_after_the_day_are_told(workspace):
    opened = store.open_workspace(workspace())
    told = [one for one in scoring.score(opened, as_of=dt.date(1990, 1, 1)).findings if one.check == "in_future"]
    assert [one.id for one in told] == ["A"]
    assert "3 pipes" in str(told[0].message)
    later = scoring.score(opened, as_of=dt.date(2026, 1, 1)).findings
    assert [one for one in later if one.check == "in_future"] == []
