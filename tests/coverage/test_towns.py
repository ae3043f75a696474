"""The town of a customer: recorded, by place, contradicted, none."""

from __future__ import annotations

import pandas as pd
from shapely.geometry import Point

from gridrisk.coverage import assign_towns, development_zone


def test_record_then_place(people, towns):
    customers = people(
        {"kind": "shop", "town_id": "t1", "at": Point(50, 50)},
        {"kind": "shop", "at": Point(150, 50)},
        {"kind": "shop", "town_id": "t1", "at": Point(150, 50)},
        {"kind": "shop", "town_id": "乙开发区", "at": Point(150, 50)},
        {"kind": "shop", "town_id": "t9", "at": Point(50, 50)},
        {"kind": "shop", "at": Point(900, 900)},
        {"kind": "shop", "at": Point(100, 50)},
        {"kind": "shop", "at": Point()},
    )
    town, findings = assign_towns(customers, towns)
    # By number, by place, the record wins, by name, a record of no town: by place, nowhere, on the border the first.
    assert town.fillna("-").tolist() == ["t1", "t2", "t1", "t2", "t1", "-", "t1", "-"]
    assert [(f.check, f.id) for f in findings] == [
        ("town_not_in_layer", "c4"),
        ("town_contradicted", "c2"),
        ("customer_in_no_town", "c5"),
        ("customer_in_no_town", "c7"),
    ]
    assert (findings[2].x, findings[3].x) == (900, None)
    zones = development_zone(town, towns)
    assert zones.tolist() == [False, True, False, True, False, pd.NA, False, pd.NA]


def test_without_towns(people):
    customers = people({"kind": "shop", "town_id": "t1"}, {"kind": "shop"})
    town, findings = assign_towns(customers, None)
    assert (town.fillna("-").tolist(), findings) == (["t1", "-"], [])
    assert development_zone(town, None).isna().all()


def test_two_towns_of_one_name_are_not_told_apart(people, towns):
    twins = towns.assign(name="同名")
    customers = people({"kind": "shop", "town_id": "同名", "at": Point(900, 900)})
    town, findings = assign_towns(customers, twins)
    assert town.isna().all()
    assert [f.check for f in findings] == ["town_not_in_layer"]
