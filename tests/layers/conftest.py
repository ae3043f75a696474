"""Puts the deliveries of this folder within reach of its tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gridrisk.layers.collect import Collector

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def collector() -> Collector:
    """A collector of findings about pipes."""
    return Collector("pipes")
