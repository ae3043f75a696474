"""What coordinates without a named system look like."""

from __future__ import annotations

import pytest

from gridrisk.crs.guess import guess, in_order, zone_code


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (115.9, 28.7, "EPSG:4490"),
        (28.7, 115.9, "swapped"),
        (39_388_000, 3_172_000, "--crs EPSG:4527"),
        (3_172_000, 20_388_000, "EPSG:4498"),
        (388_000, 3_172_000, "central meridian"),
        (12_345, 54_321, "grid of the city's own"),
        (float("nan"), float("nan"), "grid of the city's own"),
    ],
)
def test_amounts_tell_what_to_ask_for(x: float, y: float, said: str) -> None:
    assert said in str(guess(x, y))
    assert "--crs" in str(guess(x, y))


def test_zones_have_their_codes() -> None:
    # CGCS2000 / 3-degree zone 39 is EPSG:4527 and Gauss-Kruger zone 20 EPSG:4498
    assert (zone_code(39), zone_code(20), zone_code(24)) == ("EPSG:4527", "EPSG:4498", None)


def test_order_is_told_by_the_amounts() -> None:
    assert in_order(3_172_000, 39_388_000) == (39_388_000, 3_172_000)
    assert in_order(388_000, 3_172_000) == (388_000, 3_172_000)
    assert in_order(1, 2) == (1, 2)
