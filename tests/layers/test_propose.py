"""Proposals for deliveries in the forms of different survey companies: what was proposed is imported as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
from deliveries import AS_OF, TARGET, X0, Y0, line, pipes, write
from shapely import Point

from gridrisk.layers import read_delivery, written
from gridrisk.layers.propose import Proposal, propose, sureness

if TYPE_CHECKING:
    from pathlib import Path

    from gridrisk.layers import Delivery
    from gridrisk.layers.part import Part

NUMBERS = [f"RQ{i:03}" for i in range(1, 7)]
#: Five lines in a row and one back from the third point to the first.
ENDS = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 0)]
FEATURES = ["阀门井", None, "调压箱", "阀门", "检修井", None]


def place_of(i: int) -> Point:
    return Point(X0 + 10 * i, Y0 + (i % 2))


def proposed(folder: Path, *files: Path, layer: str | None = None) -> Proposal:
    proposal = propose(files, layer=layer, as_of=AS_OF)
    (folder / "p.toml").write_text(written.write(proposal, "p", "zh"), encoding="utf-8")
    return proposal


def part_of(proposal: Proposal, layer: str) -> Part:
    (part,) = [part for part in proposal.parts if part.layer == layer]
    return part


def read(folder: Path, layer: str, *files: Path, **options: Any) -> Delivery:
    delivery = read_delivery(
        layer, files, target=TARGET, as_of=AS_OF, crosswalk="p", crosswalk_folder=folder, **options
    )
    assert delivery.sound, [str(f.message) for f in delivery.findings if f.severity == "error"]
    return delivery


def test_english_headings_in_csv_with_pressures_in_megapascal(tmp_path: Path) -> None:
    points = pd.DataFrame(
        {
            "Exp_No": NUMBERS,
            "X": [place_of(i).y for i in range(6)],
            "Y": [place_of(i).x for i in range(6)],
            "Feature": "直线点",
            "Subsid": FEATURES,
        }
    )
    table = pd.DataFrame(
        {
            "S_Point": [NUMBERS[a] for a, _ in ENDS],
            "E_Point": [NUMBERS[b] for _, b in ENDS],
            "S_Deep": [1.0] * 6,
            "E_Deep": [1.5] * 6,
            "Material": ["PE", "钢", "铸铁", "PE100", "球墨铸铁", "PE"],
            "D_S": ["110", "159*6", "200", "63", "300", "63"],
            "Pressure": ["0.2MPa", "0.4MPa", "<0.01MPa", "2kPa", "0.2MPa", "0.2MPa"],
            "MDate": ["200506", "1998", "1989-10", "2015/3/1", "20110704", None],
            "D_Type": ["直埋"] * 6,
        }
    )
    first, second = tmp_path / "XX_POINT.csv", tmp_path / "XX_LINE.csv"
    points.to_csv(first, index=False, encoding="gb18030")
    table.to_csv(second, index=False, encoding="gb18030")
    proposal = proposed(tmp_path, first, second)
    assert [part.layer for part in proposal.parts] == ["pipes", "valves", "stations", "voids"]
    frame = read(tmp_path, "pipes", second, first, source_crs="EPSG:4548").frame
    assert frame.index[0] == "RQ001-RQ002"
    assert frame["material"].tolist() == ["pe", "steel", "unknown", "pe", "ductile_iron", "pe"]
    assert frame["diameter_mm"].tolist() == [110, 150, 200, 63, 300, 63]
    assert frame["wall_mm"].tolist()[1] == 6
    assert frame["pressure_class"].tolist() == ["medium_b", "medium_a", "low", "low", "medium_b", "medium_b"]
    assert frame["install_year"].tolist()[:5] == [2005, 1998, 1989, 2015, 2011]
    assert (frame["depth_m"] == 1.25).all()
    assert frame.geometry.iloc[0].coords[0] == (X0, Y0)
    valves = read(tmp_path, "valves", first, source_crs="EPSG:4548").frame
    assert valves.index.tolist() == ["RQ001", "RQ004"]
    assert valves["in_pit"].tolist()[0] is True
    assert read(tmp_path, "stations", first, source_crs="EPSG:4548").frame["kind"].tolist() == ["regulator_box"]
    assert read(tmp_path, "voids", first, source_crs="EPSG:4548").frame["kind"].tolist() == ["manhole"]


def test_one_table_of_points_that_names_the_neighbours_of_each(tmp_path: Path) -> None:
    rows = []
    for i, number in enumerate(NUMBERS):
        near = [b for a, b in ENDS if a == i] + [a for a, b in ENDS if b == i]
        for k, other in enumerate(near):
            first = k == 0
            rows.append(
                {
                    "管线点号": number if first else None,
                    "连接方向": NUMBERS[other],
                    "特征": "三通" if first else None,
                    "附属物": FEATURES[i] if first else None,
                    "X坐标": place_of(i).y if first else None,
                    "Y坐标": place_of(i).x if first else None,
                    "材质": "PE" if (i, other) in ENDS else None,
                    "管径(mm)": 110,
                    "压力(MPa)": 0.3,
                    "埋深(m)": 1.2,
                    "建设年代": "2009年",
                }
            )
    path = tmp_path / "管线点成果表.xlsx"
    pd.DataFrame(rows).to_excel(path, index=False)
    proposal = proposed(tmp_path, path)
    assert part_of(proposal, "pipes").lines is not None
    frame = read(tmp_path, "pipes", path, source_crs="EPSG:4548").frame
    assert len(frame) == 6
    assert frame["pressure_class"].tolist() == ["medium_a"] * 6
    assert frame["diameter_mm"].tolist() == [110.0] * 6
    assert frame["material"].tolist() == ["pe"] * 6
    assert frame.geometry.length.min() > 9
    assert len(read(tmp_path, "valves", path, source_crs="EPSG:4548").frame) == 2


def test_valve_of_a_point_with_a_row_a_neighbour_is_one(tmp_path: Path) -> None:
    rows = [
        {
            "物探点号": NUMBERS[i],
            "连接点号": NUMBERS[j],
            "附属物": FEATURES[i],
            "X": place_of(i).y,
            "Y": place_of(i).x,
            "材质": "PE",
        }
        for a, b in ENDS
        for i, j in ((a, b), (b, a))
    ]
    path = tmp_path / "点表.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    assert part_of(proposed(tmp_path, path), "valves").once
    valves = read(tmp_path, "valves", path, source_crs="EPSG:4548").frame
    assert sorted(valves.index) == ["RQ001", "RQ004"]
    assert len(read(tmp_path, "pipes", path, source_crs="EPSG:4548").frame) == 6


def test_geodatabase_in_pinyin_with_numbered_codes(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "GXQDDH": NUMBERS[:3],
            "GXZDDH": NUMBERS[1:4],
            "GXQDMS": [0.9, 1.0, 1.1],
            "GXZDMS": [1.1, 1.2, 1.3],
            "GC": [7, 2, 0],
            "GJ": ["160", "200", "219"],
            "SJYL": [6, 8, 5],
            "FSFS": [0, 3, 0],
            "JCNY": ["200806", "198810", "199901"],
            "QSDW": ["市燃气公司"] * 3,
        },
        geometry=[line(i) for i in range(3)],
        crs=TARGET,
    )
    path = write(frame, tmp_path / "管网.gdb", driver="OpenFileGDB", layer="RQLINE")
    proposal = proposed(tmp_path, path)
    material = next(one for one in part_of(proposal, "pipes").fields if one.field == "material")
    assert sureness(material.score) == "guess"
    assert ("7", "pe") in material.listed
    assert material.rule.values == {}
    found = read(tmp_path, "pipes", path)  # every survey has its own list, and the file does not say which
    assert found.frame["material"].tolist() == ["unknown"] * 3
    assert found.frame["pressure_class"].isna().all()
    assert found.frame["laying"].isna().all()
    told = {f.field: str(f.message) for f in found.findings if f.check == "unknown_numbers"}
    assert set(told) == {"material", "pressure_class", "laying"}
    assert "GC holds numbered codes that no list explains, 0 (1), 2 (1), 7 (1) (rows)" in told["material"]
    assert 'values = { "0" = "…", "2" = "…", "7" = "…" }' in told["material"]
    assert 'unit = "MPa"' in told["pressure_class"]
    named = read_delivery("pipes", [path], target=TARGET, as_of=AS_OF, crosswalk="pinyin").frame
    assert named["material"].tolist() == ["pe", "grey_cast_iron", "steel"]  # a person named the list
    assert found.frame["install_year"].tolist() == [2008, 1988, 1999]
    assert found.frame["depth_m"].tolist() == pytest.approx([1.0, 1.1, 1.2])


def test_layer_of_a_gas_company(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "CODE": ["P1", "P2", "P3"],
            "SEGMATERIAL2": [22, 25, 3],
            "DIAMETER": [110.0, 63.0, 219.0],
            "THICKNESS": [10.0, 5.8, 6.0],
            "PRESSURELEVEL": [3, 4, 3],
            "DESIGNPRESURE": [0.4, 0.005, 0.2],
            "RUNPRESSURE": ["0.1-0.3", "0.002~0.003", "0.1-0.2"],
            "INSTALLDATE": pd.to_datetime(["2011-05-01", "1999-01-01", "2003-07-04"]),
        },
        geometry=[line(i) for i in range(3)],
        crs=TARGET,
    )
    path = write(frame, tmp_path / "T_PN_PIPESEGMENT_GEO.gpkg")
    proposed(tmp_path, path)
    found = read(tmp_path, "pipes", path).frame
    assert found["material"].tolist() == ["unknown"] * 3  # 22 and 25 are numbers of that company's own list
    assert found["pressure_class"].tolist() == ["medium_a", "low", "medium_b"]
    assert found["mop_kpa"].tolist() == pytest.approx([300, 3, 200])
    assert found["install_year"].tolist() == [2011, 1999, 2003]
    assert found["wall_mm"].tolist() == [10.0, 5.8, 6.0]


def test_headings_that_say_nothing_are_told_by_their_values(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "F1": ["A1", "A2", "A3"],
            "F2": ["PE管", "灰口铸铁", "钢管"],
            "F3": ["de110", "DN200", "DN150"],
            "F4": ["中压A", "低压", "中压B"],
        },
        geometry=[line(i) for i in range(3)],
        crs=TARGET,
    )
    path = write(frame, tmp_path / "x.shp", encoding="GBK")
    part = part_of(proposed(tmp_path, path), "pipes")
    assert {one.field: sureness(one.score) for one in part.fields} == {
        "pipe_id": "guess",
        "material": "guess",
        "diameter_mm": "guess",
        "pressure_class": "guess",
    }
    found = read(tmp_path, "pipes", path).frame
    assert found["material"].tolist() == ["pe", "grey_cast_iron", "steel"]
    assert found["diameter_mm"].tolist() == [110, 200, 150]


def test_lengths_are_no_pressures(tmp_path: Path) -> None:
    frame = pipes(L=[12.5, 80.25, 230.0]).drop(columns="压力级别")
    part = part_of(proposed(tmp_path, write(frame, tmp_path / "a.gpkg")), "pipes")
    assert "pressure_class" not in {one.field for one in part.fields}


def test_number_that_many_lines_share_is_no_id(tmp_path: Path) -> None:
    frame = pipes(管段编号=["G1", "G1", "G1"]).rename(columns={"管段编号": "管线编号"})
    path = write(frame, tmp_path / "a.gpkg")
    part = part_of(proposed(tmp_path, path), "pipes")
    (number,) = [one for one in part.fields if one.field == "pipe_id"]
    assert number.rule.generate == "row"
    assert "管线编号" in part.ignore
    assert read(tmp_path, "pipes", path).frame.index.is_unique


def test_amounts_tell_the_unit(tmp_path: Path) -> None:
    path = write(pipes(埋深=[120.0, 95.0, 110.0], 运行压力=[0.2, 0.3, 0.005]), tmp_path / "a.gpkg")
    proposed(tmp_path, path)
    found = read(tmp_path, "pipes", path).frame
    assert found["depth_m"].tolist() == pytest.approx([1.2, 0.95, 1.1])
    assert found["mop_kpa"].tolist() == pytest.approx([200, 300, 5])


def test_attributes_in_a_table_of_their_own_are_joined(tmp_path: Path) -> None:
    drawn = gpd.GeoDataFrame({"编号": ["A1", "A2", "A3"]}, geometry=[line(i) for i in range(3)], crs=TARGET)
    first = write(drawn, tmp_path / "管线.gpkg")
    second = tmp_path / "属性.csv"
    table = pd.DataFrame(pipes().drop(columns="geometry")).iloc[[2, 0]].rename(columns={"管段编号": "管线代号"})
    table.to_csv(second, index=False, encoding="utf-8")
    part = part_of(proposed(tmp_path, first, second), "pipes")
    assert part.join is None  # two of three are too few to be sure
    table = pd.DataFrame(pipes().drop(columns="geometry")).iloc[[2, 0, 1]].rename(columns={"管段编号": "管线代号"})
    table.to_csv(second, index=False, encoding="utf-8")
    part = part_of(proposed(tmp_path, second, first), "pipes")
    assert part.join is not None
    frame = read(tmp_path, "pipes", first, second).frame
    assert frame["material"].tolist() == ["pe", "grey_cast_iron", "steel"]
    assert frame["diameter_mm"].tolist() == [110.0, 200.0, 150.0]


def test_lines_of_several_utilities_keep_the_gas_only(tmp_path: Path) -> None:
    path = write(pipes(管类=["RQ", "JS", "RQ"]), tmp_path / "综合.gpkg")
    part = part_of(proposed(tmp_path, path, layer="pipes"), "pipes")
    assert part.where[0].texts == ("RQ",)
    assert len(read(tmp_path, "pipes", path).frame) == 2


def test_text_of_a_proposal_survives_what_stands_in_the_file(tmp_path: Path) -> None:
    path = write(pipes(材质=['x" }\n[valves]', "#", "'''"], 备注=["\\", "a\x7fb", '"""']), tmp_path / "a.gpkg")
    proposed(tmp_path, path)
    assert read(tmp_path, "pipes", path).frame["material"].tolist() == ["unknown"] * 3


def test_table_that_is_nothing_known_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame({"甲": [1, 2], "乙": [3, 4]}).to_csv(path, index=False)
    proposal = propose([path], as_of=AS_OF)
    assert not proposal.parts
    assert "neither geometry nor coordinates" in str(proposal.notes[0])


@pytest.mark.shared
def test_delivery_of_other_people_is_imported_as_proposed(tmp_path: Path, shared_data: Path) -> None:
    folder = shared_data / "delivery_a"
    files = [path for path in sorted(folder.iterdir()) if path.suffix in {".shp", ".xlsx"}]
    proposal = proposed(tmp_path, *files)
    assert {part.layer for part in proposal.parts} == {"pipes", "valves", "stations", "works", "customers"}
    delivery = read(tmp_path, "pipes", folder / "燃气管线成果表.xlsx", folder / "RQPOINT.shp")
    by_hand = read_delivery(
        "pipes",
        [folder / "燃气管线成果表.xlsx", folder / "RQPOINT.shp"],
        target=TARGET,
        as_of=AS_OF,
        crosswalk="cjj61",
    )
    pd.testing.assert_frame_equal(
        pd.DataFrame(delivery.frame.drop(columns="geometry")), pd.DataFrame(by_hand.frame.drop(columns="geometry"))
    )
    assert sum(f.check == "duplicate_line" for f in delivery.findings) == 5
    assert sum(f.check == "unknown_code" for f in delivery.findings) == 12
    assert len(read(tmp_path, "valves", folder / "RQPOINT.shp").frame) == 309
    assert len(read(tmp_path, "works", folder / "施工工地.shp").frame) == 3
    customers = read(tmp_path, "customers", folder / "餐饮用户摸底表.xlsx", source_crs="EPSG:4548").frame
    assert customers["fuel"].value_counts().to_dict() == {"pipe": 20, "electric": 20, "bottle": 20}


def test_several_sheets_of_one_layer_are_one_proposal(tmp_path: Path) -> None:
    """A sheet a town, with codes in each: their rules are the same, and stand once."""
    frame = pipes(压力级别=["中压A", "低压", "中压B"])
    frame["WKT"] = frame.geometry.to_wkt()
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        for i, town in enumerate(["城关镇", "河东镇"]):
            sheet = pd.DataFrame(frame.drop(columns="geometry"))
            sheet["管段编号"] = [f"{i}-{number}" for number in sheet["管段编号"]]
            sheet["GC"] = 7
            sheet.to_excel(book, sheet_name=town, index=False)
    part = part_of(proposed(tmp_path, tmp_path / "a.xlsx"), "pipes")
    assert part.tables == ("城关镇", "河东镇")
    delivery = read(tmp_path, "pipes", tmp_path / "a.xlsx", source_crs="EPSG:4548")
    assert len(delivery.frame) == 6
    assert delivery.frame["material"].tolist() == ["pe", "grey_cast_iron", "steel"] * 2


def test_points_and_lines_of_several_utilities(tmp_path: Path) -> None:
    """Water lines are no gas pipes, and their valves no gas valves; they are other utilities."""
    points = pd.DataFrame(
        {
            "点号": [*NUMBERS, "JS1", "JS2"],
            "管线类型": [*["RQ"] * 6, "JS", "JS"],
            "附属物": [*FEATURES, "阀门", None],
            "X": [place_of(i).y for i in range(8)],
            "Y": [place_of(i).x for i in range(8)],
        }
    )
    ends = [*((NUMBERS[a], NUMBERS[b], "RQ", "PE") for a, b in ENDS), ("JS1", "JS2", "JS", "球墨铸铁")]
    table = pd.DataFrame(ends, columns=["起点号", "终点号", "管线类型", "材质"])
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        points.to_excel(book, sheet_name="POINT", index=False)
        table.to_excel(book, sheet_name="LINE", index=False)
    proposed(tmp_path, tmp_path / "a.xlsx")
    found = {
        layer: read(tmp_path, layer, tmp_path / "a.xlsx", source_crs="EPSG:4548").frame
        for layer in ("pipes", "utilities", "valves")
    }
    assert found["pipes"]["material"].tolist() == ["pe"] * 6
    assert found["utilities"]["kind"].tolist() == ["water"]
    assert "JS1" not in found["valves"].index
    # the shipped crosswalk does not name the column, and takes no water lines either
    delivery = read_delivery(
        "pipes", [tmp_path / "a.xlsx"], target=TARGET, as_of=AS_OF, crosswalk="cjj61", source_crs="EPSG:4548"
    )
    assert len(delivery.frame) == 6
    assert [f.severity for f in delivery.findings if f.check == "other_utilities"] == ["warning"] * 2


def test_list_of_valves_lies_at_the_points_it_names(tmp_path: Path) -> None:
    points = pd.DataFrame(
        {"点号": NUMBERS, "X": [place_of(i).y for i in range(6)], "Y": [place_of(i).x for i in range(6)]}
    )
    points["附属物"] = FEATURES
    points.to_csv(tmp_path / "点.csv", index=False)
    valves = {
        "阀门编号": ["F1", "F2", "F3"],
        "所在点号": [NUMBERS[3], NUMBERS[0], "RQ999"],
        "阀门状态": ["常闭", "常开", "常开"],
    }
    pd.DataFrame(valves).iloc[:2].to_csv(tmp_path / "阀门台账.csv", index=False)
    part = part_of(proposed(tmp_path, tmp_path / "点.csv", tmp_path / "阀门台账.csv"), "valves")
    assert part.join is not None
    assert part.join.only
    files = (tmp_path / "阀门台账.csv", tmp_path / "点.csv")
    frame = read(tmp_path, "valves", *files, source_crs="EPSG:4548").frame
    assert frame.index.tolist() == ["F1", "F2"]
    assert frame["normally_open"].tolist() == [False, True]
    assert frame.geometry.x.tolist() == [place_of(3).x, place_of(0).x]
    pd.DataFrame(valves).to_csv(tmp_path / "阀门台账.csv", index=False)
    delivery = read_delivery(
        "valves", files, target=TARGET, as_of=AS_OF, crosswalk="p", crosswalk_folder=tmp_path, source_crs="EPSG:4548"
    )
    assert [(f.check, f.severity) for f in delivery.findings if f.check in {"join", "no_geometry"}] == [
        ("join", "warning"),
        ("no_geometry", "error"),
    ]


def test_unknown_kinds_are_proposed_by_their_endings_and_marked(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"场站编号": ["1", "2", "3"], "场站类型": ["区域调压柜", "门站", "非标设备"], "东坐标": X0, "北坐标": Y0}
    )
    frame.to_csv(tmp_path / "场站.csv", index=False)
    proposed(tmp_path, tmp_path / "场站.csv")
    text = (tmp_path / "p.toml").read_text(encoding="utf-8")
    assert 'values = { "区域调压柜" = "regulator_cabinet" }' in text
    assert text.count("区域调压柜") == 2  # in the rule, and in the line that says why
    found = read(tmp_path, "stations", tmp_path / "场站.csv", source_crs="EPSG:4548").frame["kind"]
    assert found.tolist()[:2] == ["regulator_cabinet", "city_gate"]
    assert found.isna().tolist() == [False, False, True]


def test_coordinates_without_a_system_are_asked_about_in_the_proposal(tmp_path: Path) -> None:
    frame = pd.DataFrame({"场站编号": ["1"], "场站类型": ["门站"], "X": [Y0], "Y": [39_000_000 + X0]})
    frame.to_csv(tmp_path / "场站.csv", index=False)
    (note,) = proposed(tmp_path, tmp_path / "场站.csv").notes
    assert "EPSG:4527" in note.render("en")


def test_both_ends_of_a_line_in_one_column(tmp_path: Path) -> None:
    """Numbers of points may have the mark themselves: A-1-A-2 joins A-1 and A-2."""
    numbers = [f"A-{i}" for i in range(6)]
    places = {"点号": numbers, "X": [place_of(i).y for i in range(6)], "Y": [place_of(i).x for i in range(6)]}
    pd.DataFrame(places).to_csv(tmp_path / "点.csv", index=False)
    table = pd.DataFrame({"管线": [f"{numbers[a]}-{numbers[b]}" for a, b in ENDS], "材质": "PE", "管径": "de110"})
    table.to_csv(tmp_path / "线.csv", index=False)
    part = part_of(proposed(tmp_path, tmp_path / "点.csv", tmp_path / "线.csv"), "pipes")
    assert part.lines is not None
    assert part.lines.both == ("管线",)
    frame = read(tmp_path, "pipes", tmp_path / "线.csv", tmp_path / "点.csv", source_crs="EPSG:4548").frame
    assert [tuple(line.coords) for line in frame.geometry] == [
        (place_of(a).coords[0], place_of(b).coords[0]) for a, b in ENDS
    ]
    assert frame.index.tolist()[0] == "A-0-A-1"
    table.loc[0, "管线"] = "A-0-A-99"
    table.to_csv(tmp_path / "线.csv", index=False)
    files = (tmp_path / "线.csv", tmp_path / "点.csv")
    delivery = read_delivery(
        "pipes", files, target=TARGET, as_of=AS_OF, crosswalk="p", crosswalk_folder=tmp_path, source_crs="EPSG:4548"
    )
    assert {f.check for f in delivery.findings if f.severity == "error"} == {"point_missing"}


def test_points_of_pipes_are_no_stations(tmp_path: Path) -> None:
    """A table of points with the attributes of pipes is told of, not taken for what it is not."""
    frame = pd.DataFrame(
        {
            "管线编号": ["A", "B", "C", "D"],
            "X": [Y0, Y0 + 1, Y0 + 2, Y0 + 3],
            "Y": [X0, X0 + 1, X0 + 2, X0 + 3],
            "材质": "PE",
            "管径": "de110",
            "压力级别": "低压",
            "建设年代": 2001,
        }
    )
    frame.to_csv(tmp_path / "坐标.csv", index=False)
    proposal = proposed(tmp_path, tmp_path / "坐标.csv")
    assert not proposal.parts
    assert any("not clear" in str(note) for note in proposal.notes)


@pytest.mark.parametrize(
    ("amounts", "unit"),
    [([0.005, 0.2, 0.4], "MPa"), ([5, 200, 400], "kPa"), ([0.05, 2.0, 4.0], None), ([2.0, 2.5, 3.0], None)],
)
def test_unit_of_bare_pressures_is_told_by_amounts_only_where_one_fits(
    tmp_path: Path, amounts: list[float], unit: str | None
) -> None:
    """2 may be 2 bar or 2 kPa: neither is proposed, and an import leaves it unknown with a finding."""
    write(pipes(运行压力=amounts), tmp_path / "a.gpkg")
    part = part_of(proposed(tmp_path, tmp_path / "a.gpkg"), "pipes")
    rules = [one for one in part.fields if one.field == "mop_kpa"]
    assert [one.rule.unit for one in rules if one.read > 0] == ([] if unit is None else [unit])
    assert all(sureness(one.score) != "sure" for one in rules)
    delivery = read(tmp_path, "pipes", tmp_path / "a.gpkg")
    assert delivery.frame["mop_kpa"].isna().tolist() == [unit is None] * 3


def test_lines_with_numbers_and_coordinates_of_their_ends_need_no_points(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "起点点号": [NUMBERS[a] for a, _ in ENDS],
            "终点点号": [NUMBERS[b] for _, b in ENDS],
            "起点坐标": [f"{place_of(a).y},{place_of(a).x}" for a, _ in ENDS],
            "终点坐标": [f"{place_of(b).y},{place_of(b).x}" for _, b in ENDS],
            "材质": "PE",
            "管径": "de110",
        }
    )
    table.to_csv(tmp_path / "a.csv", index=False)
    proposed(tmp_path, tmp_path / "a.csv")
    frame = read(tmp_path, "pipes", tmp_path / "a.csv", source_crs="EPSG:4548").frame
    assert frame.index.tolist() == [f"{NUMBERS[a]}-{NUMBERS[b]}" for a, b in ENDS]
    assert frame.geometry.iloc[5].coords[0] == (place_of(2).x, place_of(2).y)


def test_what_words_within_a_column_leave_open_the_whole_texts_fill(tmp_path: Path) -> None:
    frame = pipes().drop(columns=["材质", "管径"]).assign(规格型号=["PEDN110", "DN200灰口铸铁", "DN150钢管"])
    write(frame, tmp_path / "a.gpkg")
    proposed(tmp_path, tmp_path / "a.gpkg")
    found = read(tmp_path, "pipes", tmp_path / "a.gpkg").frame
    assert found["material"].tolist() == ["pe", "grey_cast_iron", "steel"]
    assert found["diameter_mm"].tolist() == [110, 200, 150]


def test_counts_are_no_ends_of_lines(tmp_path: Path) -> None:
    # serial numbers 1 to 15, and two bottles each: 2 is the number of a row too
    rows = pd.DataFrame(
        {
            "序号": range(1, 16),
            "店名": [f"饭店{i}" for i in range(15)],
            "楼号": range(1, 16),
            "经度": [115.85 + i / 1000 for i in range(15)],
            "纬度": 28.68,
            "气瓶数量": [2, 3, 2] * 5,
            "燃料类型": "瓶装液化气",
            "是否安装报警器": ["是", "否", "有"] * 5,
        }
    )
    path = tmp_path / "瓶装气餐饮用户台账.csv"
    rows.to_csv(path, index=False)
    for layer in (None, "customers"):
        proposal = proposed(tmp_path, path, layer=layer)
        assert [part.layer for part in proposal.parts] == ["customers"]
        fields = {one.field: one.columns for one in part_of(proposal, "customers").fields}
        assert fields["fuel"] == ("燃料类型",)
        assert fields["alarm"] == ("是否安装报警器",)
    assert "pipe_id" not in fields


@pytest.mark.parametrize(
    ("name", "kind"),
    [("瓶装气餐饮用户台账", "catering"), ("居民用户", "resident"), ("非居民用户", None), ("用户", None)],
)
def test_name_of_the_only_table_tells_the_kind_that_no_column_does(tmp_path: Path, name: str, kind: str | None) -> None:
    rows = pd.DataFrame({"户号": ["A1", "A2"], "经度": [115.85, 115.86], "纬度": 28.68, "燃料类型": "瓶装液化气"})
    path = tmp_path / f"{name}.csv"
    rows.to_csv(path, index=False)
    fields = {one.field: one for one in part_of(proposed(tmp_path, path), "customers").fields}
    assert (fields["kind"].rule.constant if kind else fields.get("kind")) == kind
    if kind:
        assert sureness(fields["kind"].score) == "guess"
        assert read(tmp_path, "customers", path, source_crs="EPSG:4490").frame["kind"].tolist() == [kind, kind]


def test_list_of_valves_lies_at_the_points_of_a_printed_table(tmp_path: Path) -> None:
    # the headings of the points mean nothing for valves, and stand below a title
    lines_ = ["燃气管线管点成果表,,", "物探点号,X,Y"]
    lines_ += [f"{number},{place_of(i).y},{place_of(i).x}" for i, number in enumerate(NUMBERS)]
    points, valves = tmp_path / "点.csv", tmp_path / "阀门台账.csv"
    points.write_text("\n".join(lines_), encoding="utf-8")
    pd.DataFrame({"阀门编号": ["F1", "F2"], "所在点号": [NUMBERS[3], NUMBERS[0]]}).to_csv(valves, index=False)
    assert part_of(proposed(tmp_path, points, valves, layer="valves"), "valves").join is not None
    frame = read(tmp_path, "valves", valves, points, source_crs="EPSG:4548").frame
    assert frame.geometry.x.tolist() == [place_of(3).x, place_of(0).x]
