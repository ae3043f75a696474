"""Outer diameters of steel pipe: which are told as such, and what they become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from deliveries import AS_OF, TARGET, pipes, write

from gridrisk import params
from gridrisk.layers import read_delivery
from gridrisk.layers.nominal import settled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "read", "material", "expected"),
    [
        ("φ219×7", 219, "steel", 200),
        ("D108*4", 108, "steel", 100),
        ("159x6", 159, "steel", 150),
        ("Φ325", 325, "steel", 300),
        ("φ25×3", 25, "steel", 20),  # with a wall it is the outer one, though DN25 is a size
        ("D89", 89, "steel", 80),
        ("D100", 100, "steel", 100),
        ("φ25", 25, "steel", 25),  # either
        ("φ100", 100, "steel", 100),  # older surveys' nominal one
        ("DN219", 219, "steel", 219),  # says nominal, and is none: left to the check of sizes
        ("φ200×6", 200, "steel", 200),  # no outer diameter of the series
        ("φ219×7", 219, "unknown", 219),
        ("φ219×7", 219, None, 219),
        ("de110×10", 110, "pe", 110),
    ],
)
def test_outer_diameter(text: str, read: float, material: str | None, expected: float) -> None:
    found, told = settled(
        pd.Series([read], dtype="float64"), pd.Series([material], dtype="str"), pd.Series([text]), "管径"
    )
    assert found.tolist() == [expected]
    assert told.to_numpy().tolist() == ([[read, expected, 1]] if expected != read else [])


def test_a_heading_may_say_it() -> None:
    found, _ = settled(pd.Series([219.0, 200.0]), pd.Series(["steel"] * 2, dtype="str"), pd.Series([219, 200]), "外径")
    assert found.tolist() == [200, 200]


def test_nominal_sizes_have_the_outer_edge_of_their_series() -> None:
    """What became nominal is drawn back for distances from the outer edge, never smaller than it was."""
    outer = params.load("standards/pressure").table("outer_diameter_mm.steel")
    for size, nominal in params.load("recognition").table("steel_nominal_mm").items():
        if f"{nominal:g}" in outer:
            assert outer[f"{nominal:g}"] >= float(size) - 1.5, size
        else:
            assert nominal in {900, 1200}


def test_import_tells_what_became_nominal(tmp_path: Path) -> None:
    path = write(pipes(材质=["钢管", "钢管", "PE管"], 管径=["φ219×7", "DN150", "de110×10"]), tmp_path / "管线.gpkg")
    found = read_delivery("pipes", [path], target=TARGET, as_of=AS_OF)
    assert found.frame["diameter_mm"].tolist() == [200, 150, 110]
    assert found.frame["wall_mm"].tolist()[0] == 7
    (told,) = [one for one in found.findings if one.check == "nominal_diameter"]
    assert "219 → DN200 (1)" in str(told.message)
