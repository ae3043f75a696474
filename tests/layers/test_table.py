"""The choice between several tables."""

from __future__ import annotations

from gridrisk.layers.crosswalk import LayerCrosswalk, Lines, Rule
from gridrisk.layers.table import Wanted


def test_table_is_chosen_by_person_crosswalk_name_or_because_it_is_alone() -> None:
    names = ["RQLINE", "RQPOINT", "说明"]
    assert Wanted("pipes", LayerCrosswalk()).choose(names) == ["RQLINE"]
    assert Wanted("pipes", LayerCrosswalk(), "说明").choose(names) == ["说明"]
    assert Wanted("pipes", LayerCrosswalk(), "x").choose(names) is None
    assert Wanted("valves", LayerCrosswalk(tables=("*point",))).choose(names) == ["RQPOINT"]
    assert Wanted("valves", LayerCrosswalk()).choose(names) is None
    assert Wanted("valves", LayerCrosswalk()).choose(["x"]) == ["x"]
    assert Wanted("valves", LayerCrosswalk()).choose(["城区阀门", "管线"]) == ["城区阀门"]


def test_lines_from_points_need_every_table() -> None:
    part = LayerCrosswalk(lines=Lines(point="点号", start="起", end="止"))
    assert Wanted("pipes", part).choose(["a", "b"]) == ["a", "b"]
    assert Wanted("pipes", part).score(["起", "止", "材质"]) == 3


def test_headings_of_the_crosswalk_count() -> None:
    part = LayerCrosswalk(fields={"material": [Rule(**{"from": "ROHRTYP"})]})
    assert Wanted("pipes", part).score(["ROHRTYP", "x"]) == 1
    assert Wanted("pipes", LayerCrosswalk()).score(["ROHRTYP", ""]) == 0
