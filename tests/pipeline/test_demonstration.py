"""The demo makes a folder of its own."""

from __future__ import annotations

import datetime as dt

import pytest

from gridrisk.errors import WorkspaceError
from gridrisk.pipeline import demonstration

AS_OF = dt.date(2026, 11, 22)


def test_the_demo_does_not_write_over_a_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="not empty"):
        demonstration.demo(tmp_path, pipes=500, seed=1, as_of=AS_OF, lang="en")
