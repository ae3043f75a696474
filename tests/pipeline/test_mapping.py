"""Maps bear the date of their results, and results that no longer fit are left out with the reason."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

from gridrisk import store
from gridrisk.errors import DataError
from gridrisk.pipeline import mapping

LATER = dt.date(2031, 2, 3)


@pytest.fixture
def own(city, tmp_path):
    return store.open_workspace(shutil.copytree(city, tmp_path / "own"))


def test_a_map_bears_the_date_of_its_result_not_of_the_day_it_is_drawn(own):
    document = mapping.draw(own, "risk", as_of=LATER, lang="en").read_text(encoding="utf-8")
    assert "2026-11-22" in document
    assert "2031-02-03" not in document


def test_sites_are_judged_for_the_day_given(own):
    assert "2031-02-03" in mapping.draw(own, "works", as_of=LATER, lang="en").read_text(encoding="utf-8")


def test_outdated_results_are_not_drawn(own):
    assert set(mapping.available(own)) == {"risk", "plan", "coverage", "works"}
    pipes = store.read_layer(own, "pipes")
    store.commit_layer(own, "pipes", pipes.iloc[1:], [], detail={})
    assert mapping.available(own) == ["works"]
    assert len(mapping.outdated(own)) == 3
    with pytest.raises(DataError, match="before pipes changed"):
        mapping.draw(own, "plan", as_of=LATER, lang="en")
