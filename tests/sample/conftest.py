"""Cities made once for all tests of the room."""

from __future__ import annotations

import datetime as dt

import pytest

from gridrisk import sample

AS_OF = dt.date(2025, 6, 30)


@pytest.fixture(scope="session")
def small() -> sample.City:
    return sample.generate(500, 3, AS_OF)


@pytest.fixture(scope="session")
def city() -> sample.City:
    return sample.generate(5000, 1, AS_OF)
