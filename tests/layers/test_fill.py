"""Fields out of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from deliveries import AS_OF, told

from gridrisk.layers import crosswalk
from gridrisk.layers.crosswalk import LayerCrosswalk
from gridrisk.layers.fill import Filled, fill
from gridrisk.layers.table import Table

if TYPE_CHECKING:
    from gridrisk.layers.collect import Collector


def filled(collector: Collector, part: dict[str, Any] | None = None, **columns: Any) -> Filled:
    frame = pd.DataFrame(columns)
    table = Table("a.shp", "a", frame, np.arange(1, len(frame) + 1))
    return fill(table, "pipes", LayerCrosswalk.model_validate(part or {}), AS_OF, collector, ["X"])


FULL = {"material": ["pe"], "diameter_mm": [110], "pressure_class": ["low"], "install_year": [2000]}


def test_columns_are_recognised_and_the_rest_is_told(collector: Collector) -> None:
    found = filled(collector, pipe_id=["A1"], **FULL, X=[1.0], 长度=[3.0], dept_m=[1.0])
    assert set(found.fields) == {"pipe_id", *FULL}
    assert [(use.column, use.how) for use in found.uses[5:]] == [
        ("X", "geometry"),
        ("长度", "unused"),
        ("dept_m", "unused"),
    ]
    assert told(collector) == [("unknown_column", "info", None), ("unknown_column", "warning", None)]
    assert "did you mean depth_m" in str(collector.result()[1].message)


def test_required_field_that_is_missing_is_told_and_carried_as_unknown(collector: Collector) -> None:
    found = filled(collector, pipe_id=["A1"], material=["pe"], diameter_mm=[None], pressure_class=["low"])
    assert "install_year" not in found.fields
    assert told(collector) == [("missing_value", "warning", None), ("missing_field", "warning", None)]


def test_fallback_fills_only_what_is_missing_and_is_told(collector: Collector) -> None:
    part = {
        "fields": {
            "diameter_mm": [{"from": "TYP", "pattern": r"^(\d+)"}, {"from": "DI", "note": "inner"}],
            "material": {"from": "TYP", "pattern": r"(PE)"},
        }
    }
    found = filled(collector, part, pipe_id=["A1", "A2"], TYP=["125 PE 100", None], DI=[102.2, 50.0])
    assert found.fields["diameter_mm"].tolist() == [125.0, 50.0]
    assert found.fields["material"].fillna("").tolist() == ["pe", ""]
    (told_of,) = [f for f in collector.result() if f.check == "stand_in"]
    assert "1 rows" in str(told_of.message)
    assert "inner" in str(told_of.message)


def test_ids_may_be_composed_or_made(collector: Collector) -> None:
    joined = filled(
        collector, {"fields": {"pipe_id": {"from": ["A", "B"], "combine": "join"}}}, A=["x", "x"], B=[1.0, None]
    )
    assert joined.composed
    assert joined.fields["pipe_id"].fillna("").tolist() == ["x-1", ""]
    assert joined.rows.ids.tolist() == ["x-1", None]
    made = filled(collector, {"fields": {"pipe_id": {"generate": "row"}}}, material=["pe", "pe"])
    assert made.fields["pipe_id"].tolist() == ["a-1", "a-2"]


def test_mean_takes_what_there_is(collector: Collector) -> None:
    part = {"fields": {"depth_m": {"from": ["S", "E"], "combine": "mean"}}}
    found = filled(collector, part, pipe_id=list("abc"), S=[1.0, 2.0, None], E=["1.5m", "", None])
    assert found.fields["depth_m"].tolist()[:2] == pytest.approx([1.25, 2.0])
    assert found.fields["depth_m"].isna().tolist() == [False, False, True]


def test_unit_of_heading_and_of_crosswalk(collector: Collector) -> None:
    part = {"fields": {"mop_kpa": {"from": "P", "unit": "bar"}}}
    found = filled(collector, part, pipe_id=["A1"], P=[1.0], **{"埋深(cm)": [120], "壁厚": ["1cm"]})
    assert found.fields["mop_kpa"].tolist() == pytest.approx([100.0])
    assert found.fields["depth_m"].tolist() == pytest.approx([1.2])
    assert found.fields["wall_mm"].tolist() == pytest.approx([10.0])


def test_constant_is_told(collector: Collector) -> None:
    found = filled(collector, {"fields": {"material": {"constant": "pe"}}}, pipe_id=["A1"])
    assert found.fields["material"].tolist() == ["pe"]
    assert ("constant", "info", None) in told(collector)


def test_column_searched_besides_keeps_its_own_meaning(collector: Collector) -> None:
    part = {"fields": {"wall_mm": {"from": "管径", "pattern": r"×(\d+)", "optional": True}}}
    found = filled(collector, part, pipe_id=["A1", "A2"], 管径=["Φ159×6", "DN200"])
    assert found.fields["diameter_mm"].tolist() == [159.0, 200.0]
    assert found.fields["wall_mm"].tolist()[:1] == [6.0]
    assert not [f for f in collector.result() if f.check == "unreadable"]


def test_column_says_of_another_field_what_it_holds_besides(collector: Collector) -> None:
    found = filled(
        collector,
        {},
        pipe_id=["A1", "A2", "A3"],
        管径=["φ159×6", "de110×10", "DN200"],
        设计压力=["0.4MPa", "中压B", "0.2"],  # an amount without a unit is not read
    )
    assert found.fields["wall_mm"].tolist()[:2] == [6.0, 10.0]
    assert found.fields["pressure_class"].tolist()[:2] == ["medium_a", "medium_b"]
    assert found.fields["design_kpa"].tolist()[:1] == [400.0]
    assert found.fields["design_kpa"].isna().tolist() == [False, True, True]
    assert "material" not in found.fields  # nothing there says what the pipes are made of


def test_design_pressure_in_the_unit_of_its_heading(collector: Collector) -> None:
    found = filled(collector, {}, pipe_id=["A1"], **{"设计压力(MPa)": ["0.4"]})
    assert found.fields["design_kpa"].tolist() == [400.0]
    found = filled(collector, {}, pipe_id=["A1"], 压力=["0.4MPa"])  # not a design pressure
    assert "design_kpa" not in found.fields


@pytest.mark.parametrize(
    ("heading", "kpa"),
    [("运行压力(MPa)", 400.0), ("operating_pressure_bar", 40.0), ("mop_kpa", 0.4), ("运行压力", None)],
)
def test_pressure_counts_in_the_unit_of_its_heading_or_not_at_all(
    collector: Collector, heading: str, kpa: float | None
) -> None:
    found = filled(collector, {}, pipe_id=["A1"], **{heading: ["0.4"]}).fields["mop_kpa"]
    assert found.tolist() == [pytest.approx(kpa)] if kpa is not None else found.isna().all()
    assert bool([one for one in told(collector) if one[0] == "no_unit"]) == (kpa is None)


def test_numbers_read_by_a_list_of_the_program_are_told_with_their_meaning(collector: Collector) -> None:
    (rule,) = crosswalk.load("pinyin").of("pipes").fields["material"]
    part = {"fields": {"material": {"from": "GC", "values": dict(rule.values)}}}
    found = filled(collector, part, pipe_id=["A", "B", "C"], GC=[2, 2, 7])
    assert found.fields["material"].tolist() == ["grey_cast_iron", "grey_cast_iron", "pe"]
    (warning,) = [one for one in collector.result() if one.check == "codes"]
    assert warning.severity == "warning"
    assert "2 = grey_cast_iron 灰口铸铁 (2), 7 = pe 聚乙烯 (1)" in str(warning.message)


def test_numbers_read_by_the_list_of_the_survey_are_not_told(collector: Collector) -> None:
    part = {"fields": {"material": {"from": "GC", "values": {"2": "pe"}}}}
    found = filled(collector, part, pipe_id=["A"], GC=[2])
    assert found.fields["material"].tolist() == ["pe"]
    assert not [one for one in collector.result() if one.check == "codes"]


@pytest.mark.parametrize(("name", "number"), [("Sheet1", "抢修记录-1"), ("Sheet", "抢修记录-1"), ("东区", "东区-1")])
def test_number_made_of_a_sheet_nobody_named_has_the_name_of_its_file(
    collector: Collector, name: str, number: str
) -> None:
    table = Table("抢修记录.xlsx", name, pd.DataFrame({"漏气原因": ["腐蚀"]}), np.array([1]))
    part = LayerCrosswalk.model_validate({"fields": {"leak_id": {"generate": "row"}}})
    assert fill(table, "leaks", part, AS_OF, collector, []).fields["leak_id"].tolist() == [number]
