"""Further forms of the same network, registered with those of `forms`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely
from deliveries import write
from forms import (
    LAYING,
    MATERIAL,
    MPA,
    PIPES,
    POINTS,
    PRESSURE,
    book,
    csv,
    each,
    ends_of,
    form,
    shape,
    sized,
    texts,
    usual,
    walled,
)

from gridrisk.crs.webmap import to_gcj02

if TYPE_CHECKING:
    from pathlib import Path

ENDS = ("起点X", "起点Y", "终点X", "终点Y")


def coordinates() -> dict[str, list[float]]:
    return {name: [ends_of(r)[i] for r in each()] for i, name in enumerate(ENDS)}


def day(row: Any, i: int) -> str:
    year, month = row.install_year, row.month
    return [f"{year}年{month}月", f"{year}.{month:02}", f"{year}{month:02}", f"{year}-{month:02}-01", f"{year}"][i % 5]


def point_rows(*, features: bool = True) -> list[list[Any]]:
    return [
        [n, *([f or None] if features else []), round(g.y, 3), round(g.x, 3)]
        for n, f, g in zip(POINTS.number, POINTS.feature, POINTS.geometry, strict=True)
    ]


def point_columns() -> dict[str, Any]:
    return {"点号": POINTS.number, "X": POINTS.geometry.y.round(3), "Y": POINTS.geometry.x.round(3)}


@form(crs="EPSG:4548")
def printed_tables_of_points_and_lines(folder: Path) -> list[Path]:
    points: list[list[Any]] = [["××市燃气管线点成果表"], ["单位：m", "", "坐标系：CGCS2000"]]
    points += [["物探点号", "附属物", "平面坐标(m)", ""], ["", "", "X", "Y"], *point_rows()]
    lines: list[list[Any]] = [["××市燃气管线线成果表"], []]
    lines += [["序号", "起点点号", "终点点号", "埋深(m)", "", "管径", "材质", "压力级别", "建设年代", "敷设方式"]]
    lines += [["", "", "", "起点", "终点", "(mm)", "", "", "", ""]]
    lines += [
        [i + 1, r.start, r.end, r.depth_m, r.depth_m, r.diameter_mm, MATERIAL[r.material], PRESSURE[r.pressure_class],
         day(r, i), LAYING[r.laying]]
        for i, r in enumerate(each())
    ]  # fmt: skip
    lines += [["合计", "", "", "", "", "", "", "", "", f"共{len(PIPES)}条"], ["制表：张三", "", "", "审核：李四"]]
    return [book(folder / "管线成果表.xlsx", 管点表=points, 管线表=lines)]


@form(crs="EPSG:4548")
def two_rows_of_headings_in_csv(folder: Path) -> list[Path]:
    points = ["点号,附属物,坐标,", ",,X,Y", *(",".join(str(c or "") for c in row) for row in point_rows())]
    lines = ["连接点号,,埋深(cm),,管径,材质,压力等级,埋设年月", "起点,终点,起点,终点,mm,,,"]
    for i, r in enumerate(each()):
        depth = f"{r.depth_m * 100:.0f}"
        told = [r.start, r.end, depth, depth, f"{r.diameter_mm:g}", MATERIAL[r.material], PRESSURE[r.pressure_class]]
        lines.append(",".join([*told, day(r, i)]))
    for name, rows in (("管点", points), ("管线", lines)):
        (folder / f"{name}.csv").write_text("\n".join(rows), encoding="gb18030")
    return [folder / "管点.csv", folder / "管线.csv"]


@form(crs="EPSG:4548")
def tables_of_a_shapefile_without_shapes(folder: Path) -> list[Path]:
    lines = {
        "S_Point": PIPES.start, "E_Point": PIPES.end, "S_Deep": PIPES.depth_m, "E_Deep": PIPES.depth_m,
        "Material": texts("material", MATERIAL), "D_S": [f"{d:g}" for d in PIPES.diameter_mm],
        "Pressure": texts("pressure_class", PRESSURE), "MDate": [day(r, i) for i, r in enumerate(each())],
        "EmBed": texts("laying", LAYING), "B_Code": "市燃气公司",
    }  # fmt: skip
    points = {"Exp_No": POINTS.number, "Subsid": POINTS.feature, "X": POINTS.geometry.y, "Y": POINTS.geometry.x}
    files = [shape(folder / "RQLINE.shp", lines), shape(folder / "RQPOINT.shp", points, POINTS.geometry)]
    for path in files:
        for end in (".shp", ".shx", ".prj"):
            path.with_suffix(end).unlink()
    return [path.with_suffix(".dbf") for path in files]


@form(unknown={"material", "pressure_class", "laying"})
def numbered_codes(folder: Path) -> list[Path]:
    columns = {
        "GXQDDH": PIPES.start, "GXZDDH": PIPES.end, "GXQDMS": PIPES.depth_m, "GXZDMS": PIPES.depth_m,
        "GC": PIPES.material.map({"pe": 7, "steel": 1, "grey_cast_iron": 2, "ductile_iron": 3}),
        "GJ": [f"{d:g}" for d in PIPES.diameter_mm],
        "SJYL": PIPES.pressure_class.map({"low": 8, "medium_b": 7, "medium_a": 6}),
        "FSFS": PIPES.laying.map({"direct": 0, "duct": 1}), "JCNY": [f"{r.install_year}{r.month:02}" for r in each()],
        "SSWZ": PIPES.road,
    }  # fmt: skip
    return [shape(folder / "RQ_LINE.shp", columns)]


@form()
def headings_that_a_shapefile_cut_off(folder: Path) -> list[Path]:
    columns = {
        "管线编号": PIPES.pipe_id, "管道材质类型": texts("material", MATERIAL),
        "公称管径规格": [sized(r) for r in each()], "设计压力级别": texts("pressure_class", PRESSURE),
        "开始使用年月": [day(r, i) for i, r in enumerate(each())], "管道平均埋深": PIPES.depth_m,
        "管道敷设方式": texts("laying", LAYING), "所在道路名称": PIPES.road,
    }  # fmt: skip
    return [shape(folder / "燃气管线.shp", columns)]


@form(crs="EPSG:4548")
def a_sheet_a_town(folder: Path) -> list[Path]:
    names = [
        "序号",
        "管道编号",
        *("起点横坐标", "起点纵坐标", "终点横坐标", "终点纵坐标"),
        "管道材质",
        "管径(mm)",
        "压力等级",
        "建成年份",
    ]
    sheets: dict[str, list[list[Any]]] = {}
    for k, town in enumerate(("城关镇", "河东镇", "河西镇")):
        rows = [
            [i, r.pipe_id, *(c for xy in r.geometry.coords for c in xy), MATERIAL[r.material], r.diameter_mm,
             PRESSURE[r.pressure_class], f"{r.install_year}年"]
            for i, r in enumerate(each()) if i % 3 == k
        ]  # fmt: skip
        sheets[town] = [["××县燃气管道普查表"], names, *rows, ["合计", "", "", "", "", "", "", len(rows)]]
    return [book(folder / "普查表.xlsx", **sheets)]


@form(crs="EPSG:4527")
def zone_before_the_easting(folder: Path) -> list[Path]:
    columns = {f"{name}坐标": values for name, values in coordinates().items()}
    for name in ("起点Y坐标", "终点Y坐标"):
        columns[name] = [round(value + 39e6, 3) for value in columns[name]]
    columns |= {
        "管线编码": list(PIPES.pipe_id), "材料": texts("material", MATERIAL), "公称直径": list(PIPES.diameter_mm),
        "设计压力": [f"{MPA[p]}MPa" for p in PIPES.pressure_class],
        "投产日期": [f"{r.install_year}/{r.month}/1 0:00:00" for r in each()],
    }  # type: ignore[dict-item]  # fmt: skip
    return [csv(folder / "lines.csv", columns)]


@form(crs="EPSG:4490")
def degrees_without_a_system(folder: Path) -> list[Path]:
    pressure = [f"{PRESSURE[p]}({MPA[p]}MPa)" for p in PIPES.pressure_class]
    frame = gpd.GeoDataFrame(usual(压力级别=pressure), geometry=PIPES.geometry, crs=4548).to_crs(4490)
    lines = [g.wkt for g in frame.geometry]
    return [csv(folder / "线.csv", usual(压力级别=pressure, WKT=lines), "utf-8-sig")]


@form(crs="GCJ02")
def drawn_on_a_web_map(folder: Path) -> list[Path]:
    lines = [shapely.transform(line, to_gcj02).wkt for line in PIPES.to_crs(4490).geometry]
    return [csv(folder / "gcj.csv", usual(WKT=lines), "utf-8-sig")]


@form()
def attributes_in_a_table_of_their_own(folder: Path) -> list[Path]:
    drawn = shape(folder / "管线.shp", {"GXBH": PIPES.pipe_id, "长度": PIPES.length})
    rows: list[list[Any]] = [
        ["燃气管道基础信息表"],
        ["管道编码", "管道材质", "管道规格", "压力级制", "竣工日期", "产权单位"],
    ]
    rows += [
        [
            r.pipe_id,
            MATERIAL[r.material],
            walled(r),
            PRESSURE[r.pressure_class],
            dt.date(r.install_year, r.month, 3),
            "公司",
        ]
        for r in each()
    ]
    return [drawn, book(folder / "属性.xlsx", 属性表=rows)]


@form()
def mapinfo(folder: Path) -> list[Path]:
    frame = gpd.GeoDataFrame(usual(), geometry=PIPES.geometry, crs=4548)
    return [write(frame, folder / "管线.tab", driver="MapInfo File", encoding="GB18030")]


@form(crs="EPSG:4548")
def points_that_name_their_neighbours(folder: Path) -> list[Path]:
    rows = []
    for number, feature, place in zip(POINTS.number, POINTS.feature, POINTS.geometry, strict=True):
        told = [number, feature, f"{place.y:.3f}", f"{place.x:.3f}"]
        leaving = [r for r in each() if r.start == number]
        rows += [
            [*(told if k == 0 else [""] * 4), r.end, MATERIAL[r.material], sized(r), PRESSURE[r.pressure_class],
             r.install_year, r.depth_m]
            for k, r in enumerate(leaving)
        ] or [[*told, *[""] * 6]]  # fmt: skip
    names = ["管线点号", "附属物", "X(m)", "Y(m)", "连接方向", "材质", "管径(mm)", "压力", "埋设年代", "埋深"]
    return [csv(folder / "成果表.csv", dict(zip(names, zip(*rows, strict=True), strict=True)))]


@form(crs="EPSG:4548")
def gas_among_other_utilities(folder: Path) -> list[Path]:
    points: list[list[Any]] = [["点号", "管线类型", "附属物", "X", "Y"]]
    points += [[n, "RQ", f, x, y] for n, f, x, y in point_rows()]
    points += [[f"JS{i}", "JS", "阀门井", x + 2, y + 2] for i, (_, _, x, y) in enumerate(point_rows())]
    lines: list[list[Any]] = [["起点号", "终点号", "管线类型", "材质", "管径", "压力", "建设年份"]]
    lines += [
        [r.start, r.end, "RQ", MATERIAL[r.material], r.diameter_mm, PRESSURE[r.pressure_class], r.install_year]
        for r in each()
    ]
    lines += [[f"JS{i}", f"JS{i + 1}", "JS", "球墨铸铁", 300, None, 2001] for i in range(12)]
    return [book(folder / "综合管线.xlsx", POINT=points, LINE=lines)]


@form()
def material_within_the_size(folder: Path) -> list[Path]:
    sizes = [f"{MATERIAL[r.material]}管DN{r.diameter_mm:g}" if i % 2 else f"DN{r.diameter_mm:g}{MATERIAL[r.material]}" for i, r in enumerate(each())]  # fmt: skip
    return [shape(folder / "管网.shp", usual(材质=None, 管径=None, 规格型号=sizes))]


@form()
def headings_of_two_letters(folder: Path) -> list[Path]:
    columns = {
        "FID_1": range(len(PIPES)), "BM": PIPES.pipe_id, "CZ": texts("material", MATERIAL), "GG": [sized(r) for r in each()],
        "YL": [f"{MPA[p]}MPa" for p in PIPES.pressure_class], "NF": PIPES.install_year, "MS": PIPES.depth_m,
    }  # fmt: skip
    gpd.GeoDataFrame(columns, geometry=PIPES.geometry, crs=4548).to_file(folder / "layer1.gpkg", layer="new_line")
    return [folder / "layer1.gpkg"]


@form(crs="EPSG:4548")
def both_ends_in_one_column(folder: Path) -> list[Path]:
    lines = {"起止点号": [f"{r.start}-{r.end}" for r in each()], **usual(管线编号=None)}
    return [csv(folder / "点表.csv", point_columns()), csv(folder / "线表.csv", lines)]


@form(crs="EPSG:4548")
def corners_as_text(folder: Path) -> list[Path]:
    corners = [";".join(f"{x:.3f},{y:.3f}" for x, y in g.coords) for g in PIPES.geometry]
    return [csv(folder / "线.csv", usual(坐标串=corners))]


@form(crs="EPSG:4548")
def covers_and_words_behind_codes(folder: Path) -> list[Path]:
    material = {
        "pe": "07-PE管",
        "steel": "01-无缝钢管",
        "grey_cast_iron": "02-灰口铸铁管",
        "ductile_iron": "03-球墨铸铁管",
    }
    pressure = {"low": "8 低压", "medium_b": "7 中压B", "medium_a": "6 中压A"}
    lines: list[list[Any]] = [["管段编码", "起点", "终点", "材质", "规格(mm)", "压力", "建成日期"]]
    lines += [
        [r.pipe_id, r.start, r.end, material[r.material], r.diameter_mm, pressure[r.pressure_class],
         dt.date(r.install_year, r.month, 1)]
        for r in each()
    ]  # fmt: skip
    cover = [["××市地下管线普查成果"], ["委托单位", "××市住建局"], ["日期", "2023年10月"]]
    key = [["字段说明"], ["字段", "含义"], ["材质", "按CJJ 61"]]
    points = [["点号", "附属设施", "X坐标", "Y坐标"], *point_rows()]
    return [book(folder / "成果.xlsx", 封面=cover, 说明=key, 点表=points, 线表=lines)]


@form(crs="EPSG:4548")
def lines_with_numbers_and_places_of_their_ends(folder: Path) -> list[Path]:
    columns = {
        "起点点号": list(PIPES.start), "终点点号": list(PIPES.end), **coordinates(), "起点高程": 44.1, "终点高程": 44.2,
        "起点埋深": list(PIPES.depth_m), "终点埋深": list(PIPES.depth_m), **usual(管线编号=None),
    }  # fmt: skip
    return [csv(folder / "线.csv", columns)]


@form()
def english_geojson(folder: Path) -> list[Path]:
    words = {"pe": "PE100", "steel": "Steel", "grey_cast_iron": "Cast Iron", "ductile_iron": "Ductile Iron"}
    columns = {
        "asset_id": PIPES.pipe_id, "pipe_material": texts("material", words), "nominal_diameter": PIPES.diameter_mm,
        "operating_pressure_bar": PIPES.pressure_class.map({"low": 0.05, "medium_b": 2.0, "medium_a": 4.0}),
        "installation_year": PIPES.install_year, "depth_of_cover": PIPES.depth_m,
    }  # fmt: skip
    frame = gpd.GeoDataFrame(columns, geometry=PIPES.geometry, crs=4548).to_crs(4326)
    frame.to_file(folder / "mains.geojson")
    return [folder / "mains.geojson"]


@form(crs="EPSG:4548")
def units_in_the_cells(folder: Path) -> list[Path]:
    rows: list[list[Any]] = [
        ["管段ID", "起点坐标(X,Y)", "终点坐标(X,Y)", "管道材质", "管径", "壁厚", "设计压力", "埋深", "长度", "建设日期"]
    ]
    for r in each():
        y1, x1, y2, x2 = ends_of(r)
        rows.append(
            [r.pipe_id, f"{y1},{x1}", f"{y2},{x2}", MATERIAL[r.material], f"DN{r.diameter_mm:g}", f"{r.wall_mm}mm",
             f"{MPA[r.pressure_class]}MPa", f"{r.depth_m}m", f"{r.geometry.length:.1f}米",
             f"{r.install_year}年{r.month}月5日"]
        )  # fmt: skip
    return [book(folder / "台账.xlsx", 管道=rows)]


@form(crs="EPSG:4548")
def ledger_with_both_coordinates_of_an_end_in_one_column(folder: Path) -> list[Path]:
    names = ["序号", "管段编码", "起点坐标（X,Y）", "止点坐标（X,Y）", "管道规格（mm）", "材质", "设计压力（MPa）"]
    rows: list[list[Any]] = [["××燃气公司埋地管道台账"], ["填报单位：运行部　填报日期：2026年10月8日"]]
    rows += [[*names, "埋深（cm）", "建成投用时间"]]
    for k, r in enumerate(each()):
        (x1, y1), (x2, y2) = r.geometry.coords
        ends = [f"{y1:.3f},{x1:.3f}", f"{y2:.3f}，{x2:.3f}"]
        rows.append(
            [
                k + 1,
                r.pipe_id,
                *ends,
                walled(r),
                MATERIAL[r.material],
                MPA[r.pressure_class],
                r.depth_m * 100,
                day(r, k),
            ]
        )
    return [book(folder / "管道台账.xlsx", 管道台账=rows)]


@form(crs="EPSG:4548")
def initials_of_pinyin_without_words_beside_them(folder: Path) -> list[Path]:
    columns = {
        "SmID": range(1, len(PIPES) + 1),
        "GXBM": PIPES.pipe_id,
        "GDCZ": texts("material", MATERIAL),
        "GDGJ": [walled(r) for r in each()],
        "YLDJ": texts("pressure_class", PRESSURE),
        "JSNF": [f"{r.install_year}年" for r in each()],
        "GDMS": PIPES.depth_m,
        "SYZK": "在用",
    }
    return [shape(folder / "RQ_LN.shp", columns, PIPES.geometry, system=False)]


@form(crs="EPSG:4548")
def mapinfo_without_a_system(folder: Path) -> list[Path]:
    head = ["Version 300", 'Charset "WindowsSimpChinese"', 'Delimiter ","']
    head += ['CoordSys NonEarth Units "m" Bounds (300000,3000000) (500000,3300000)']
    columns = usual()
    head += [f"Columns {len(columns)}", *(f"  {name} Char(40)" for name in columns), "Data", ""]
    head += ["Line " + " ".join(f"{v:.3f}" for place in g.coords for v in place) for g in PIPES.geometry]
    rows = zip(*columns.values(), strict=True)
    (folder / "RQGX.mif").write_text("\n".join(head) + "\n", encoding="gbk")
    lines = [",".join(f'"{value}"' for value in row) for row in rows]
    (folder / "RQGX.mid").write_text("\n".join(lines) + "\n", encoding="gbk")
    return [folder / "RQGX.mif", folder / "RQGX.mid"]


@form(crs="EPSG:4548")
def drawing_with_days_in_its_labels(folder: Path) -> list[Path]:
    out = ["0", "SECTION", "2", "ENTITIES"]
    for k, r in enumerate(each()):
        (x1, y1), (x2, y2) = r.geometry.coords
        layer = f"RQ_{PRESSURE[r.pressure_class]}"
        out += ["0", "LINE", "8", layer, "10", f"{x1:.3f}", "20", f"{y1:.3f}", "30", "0", "11", f"{x2:.3f}", "21", f"{y2:.3f}", "31", "0"]  # fmt: skip
        year, month = r.install_year, r.month
        when = [f"{year}年{month}月", f"{year}.{month:02}", f"{year}-{month:02}", f"{year}/{month}/1", f"{year}年"][
            k % 5
        ]
        label = f"{MATERIAL[r.material]} {sized(r)} {when}"
        out += ["0", "TEXT", "8", "ZJ", "10", f"{(x1 + x2) / 2 + 0.5:.3f}", "20", f"{(y1 + y2) / 2 + 0.5:.3f}", "30", "0", "40", "1.5", "1", label]  # fmt: skip
    path = folder / "竣工图.dxf"
    path.write_text("\n".join([*out, "0", "ENDSEC", "0", "EOF"]) + "\n", encoding="gbk")
    return [path]
