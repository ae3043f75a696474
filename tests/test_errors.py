"""The nearest names to a wrong one."""

from __future__ import annotations

from gridrisk.errors import with_near
from gridrisk.i18n import msg


def test_the_nearest_are_asked_for_and_nothing_where_none_is_near():
    fault = msg("pipe {pipe}: there is no such pipe", pipe="GD01")
    assert str(with_near(fault, "GD01", ["GD001", "XX"])) == "pipe GD01: there is no such pipe; did you mean GD001?"
    assert with_near(fault, "GD01", ["XX", 7]) is fault
    assert with_near(fault, "GD01", []) is fault
