"""One small network, delivered in the many forms in which survey institutes and utilities hand theirs over.

Each form writes the network of `PIPES` into a folder and returns the files. What a form cannot tell (a code without its
list, a year of a decade) may be unknown after the import, never something else.
"""

from __future__ import annotations

import datetime as dt
import warnings
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely
import xlsxwriter
from deliveries import X0, Y0
from shapely import LineString, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path


SIDE = 5
_KINDS = [
    ("pe", 110.0, "medium_a", 10.0),
    ("steel", 200.0, "medium_a", 6.0),
    ("grey_cast_iron", 150.0, "low", 9.0),
    ("pe", 63.0, "low", 5.8),
    ("ductile_iron", 100.0, "medium_b", 7.0),
    ("steel", 100.0, "medium_b", 4.0),
]
_OUTER = {200.0: 219, 100.0: 108}
MATERIAL = {"pe": "PE", "steel": "钢", "grey_cast_iron": "灰口铸铁", "ductile_iron": "球墨铸铁"}
PRESSURE = {"low": "低压", "medium_b": "中压B", "medium_a": "中压A"}
MPA = {"low": 0.005, "medium_b": 0.2, "medium_a": 0.4}
LAYING = {"direct": "直埋", "duct": "管埋"}


def _points() -> gpd.GeoDataFrame:
    places = [Point(X0 + 40 * j + 3 * i, Y0 + 35 * i - 2 * j) for i in range(SIDE) for j in range(SIDE)]
    features = [{3: "阀门井", 8: "阀门", 0: "调压箱", 12: "检查井"}.get(i, "") for i in range(len(places))]
    numbers = [f"RQ{i + 1}" for i in range(len(places))]
    return gpd.GeoDataFrame({"number": numbers, "feature": features}, geometry=places, crs=4548)


def _pipes(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ends = [(i, i + 1) for i in range(SIDE * SIDE - 1) if (i + 1) % SIDE] + [
        (i, i + SIDE) for i in range(0, SIDE * (SIDE - 1), SIDE)
    ]
    rows = []
    for k, (a, b) in enumerate(ends):
        material, diameter, pressure, wall = _KINDS[k % len(_KINDS)]
        rows.append(
            {
                "pipe_id": f"GD{k + 1:03}",
                "start": points.number[a],
                "end": points.number[b],
                "material": material,
                "diameter_mm": diameter,
                "pressure_class": pressure,
                "wall_mm": wall,
                "install_year": 1986 + (7 * k) % 32,
                "month": 1 + k % 12,
                "depth_m": round(0.8 + 0.05 * (k % 9), 2),
                "laying": "direct" if k % 4 else "duct",
                "road": ["人民路", "解放大道"][k % 2],
                "geometry": LineString([points.geometry[a], points.geometry[b]]),
            }
        )
    return gpd.GeoDataFrame(rows, crs=4548)


POINTS = _points()
PIPES = _pipes(POINTS)
FORMS: dict[str, tuple[Callable[[Path], list[Path]], dict[str, Any]]] = {}


def form(**options: Any) -> Callable[[Callable[[Path], list[Path]]], Callable[[Path], list[Path]]]:
    """Register a form; `crs` is what the person answers when asked, `unknown` names fields that need not be read."""

    def register(make: Callable[[Path], list[Path]]) -> Callable[[Path], list[Path]]:
        FORMS[make.__name__] = (make, options)
        return make

    return register


def each() -> list[Any]:
    return list(PIPES.itertuples())


def texts(column: str, words: dict[str, str]) -> list[str]:
    return [words[value] for value in PIPES[column]]


def sized(row: Any) -> str:
    """Diameter as drawings write it."""
    return f"de{row.diameter_mm:g}" if row.material == "pe" else f"DN{row.diameter_mm:g}"


def walled(row: Any) -> str:
    """Diameter and wall: of steel the outer one."""
    if row.material == "pe":
        return f"de{row.diameter_mm:g}×{row.wall_mm:g}"
    return f"φ{_OUTER[row.diameter_mm]}×{row.wall_mm:g}" if row.material == "steel" else f"DN{row.diameter_mm:g}"


def ends_of(row: Any) -> list[float]:
    """X and Y of both ends as Chinese surveys write them: the northing first."""
    (x1, y1), (x2, y2) = row.geometry.coords
    return [round(y1, 3), round(x1, 3), round(y2, 3), round(x2, 3)]


def book(path: Path, **sheets: Iterable[Sequence[Any]]) -> Path:
    with xlsxwriter.Workbook(path) as out:
        day = out.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = out.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, dt.date):
                        sheet.write_datetime(i, j, value, day)
                    elif value not in (None, ""):
                        sheet.write(i, j, value)
    return path


def csv(path: Path, columns: dict[str, Sequence[Any]], encoding: str = "gb18030", **options: Any) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False, encoding=encoding, **options)
    return path


def shape(path: Path, columns: dict[str, Any], geometry: Any = None, *, system: bool = True, cpg: bool = False) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=PIPES.geometry if geometry is None else geometry, crs=4548)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path, encoding="GB18030")
    if not cpg:
        path.with_suffix(".cpg").unlink(missing_ok=True)
    if not system:
        path.with_suffix(".prj").unlink(missing_ok=True)
    return path


def usual(**columns: Any) -> dict[str, Any]:
    """The columns of a plain delivery; `columns` change or add some, None takes one out."""
    plain = {
        "管线编号": list(PIPES.pipe_id),
        "材质": texts("material", MATERIAL),
        "管径": [sized(row) for row in each()],
        "压力级别": texts("pressure_class", PRESSURE),
        "建设年代": [str(year) for year in PIPES.install_year],
    }
    return {name: values for name, values in {**plain, **columns}.items() if values is not None}


@form(crs="EPSG:4548")
def a_row_a_corner(folder: Path) -> list[Path]:
    """A line's attributes stand in each of its corners."""
    rows = [
        [r.pipe_id, k + 1, round(y, 3), round(x, 3), MATERIAL[r.material], sized(r), PRESSURE[r.pressure_class],
         r.install_year]
        for r in each() for k, (x, y) in enumerate(r.geometry.coords)
    ]  # fmt: skip
    names = ["管线编号", "点序号", "X", "Y", "材质", "管径", "压力级别", "建设年代"]
    return [csv(folder / "管线坐标.csv", dict(zip(names, zip(*rows, strict=True), strict=True)))]


@form(crs="EPSG:4548")
def a_row_a_corner_attributes_once(folder: Path) -> list[Path]:
    """The number and the attributes of a line stand in its first corner only."""
    rows: list[list[Any]] = [
        ["燃气管线拐点坐标成果表"],
        ["管线编号", "管材", "规格", "压力", "建成年份", "X坐标", "Y坐标"],
    ]
    for r in each():
        for k, (x, y) in enumerate(r.geometry.coords):
            told = [r.pipe_id, MATERIAL[r.material], sized(r), PRESSURE[r.pressure_class], r.install_year]
            rows.append([*(told if k == 0 else [None] * 5), round(y, 3), round(x, 3)])
    return [book(folder / "拐点.xlsx", 拐点=rows)]


@form(crs="EPSG:4548")
def sheets_whose_point_numbers_begin_anew(folder: Path) -> list[Path]:
    """A sheet a district, points and lines, each numbering its points from J1 on."""
    files = []
    for name, rows in (("东区", each()[:10]), ("西区", each()[10:])):
        named: dict[str, str] = {}
        for r in rows:
            for end in (r.start, r.end):
                named.setdefault(end, f"J{len(named) + 1}")
        places = dict(zip(POINTS.number, POINTS.geometry, strict=True))
        points = [["物探点号", "X坐标", "Y坐标"]]
        points += [[new, round(places[old].y, 3), round(places[old].x, 3)] for old, new in named.items()]
        lines: list[list[Any]] = [["起点点号", "终点点号", "材质", "管径", "压力", "建设年代"]]
        lines += [
            [named[r.start], named[r.end], MATERIAL[r.material], sized(r), PRESSURE[r.pressure_class], r.install_year]
            for r in rows
        ]
        files.append(book(folder / f"{name}成果.xlsx", 点表=points, 线表=lines))
    return files


@form(crs="EPSG:4548")
def full_width(folder: Path) -> list[Path]:
    wide = str.maketrans("0123456789ABDENPde.", "０１２３４５６７８９ＡＢＤＥＮＰｄｅ．")
    columns = {name: [str(value).translate(wide) for value in values] for name, values in usual().items()}
    columns["管线编号"] = list(PIPES.pipe_id)
    columns["建设年代"] = [f"{year}年".translate(wide) for year in PIPES.install_year]
    for i, name in enumerate(("起点X", "起点Y", "终点X", "终点Y")):
        columns[name] = [str(ends_of(r)[i]).translate(wide) for r in each()]
    return [csv(folder / "线.csv", columns)]


@form(crs="EPSG:4548")
def notes_below_the_table(folder: Path) -> list[Path]:
    rows: list[list[Any]] = [
        ["××市燃气管网普查表（2023年度）"],
        ["填报单位：××燃气有限公司", "", "", "填报日期：2023.12.5"],
    ]
    rows += [
        ["序号", "管段编号", "起点X", "起点Y", "终点X", "终点Y", "管道材质", "公称直径(mm)", "压力等级", "竣工日期"]
    ]
    rows += [
        [i + 1, r.pipe_id, *ends_of(r), MATERIAL[r.material], r.diameter_mm, PRESSURE[r.pressure_class],
         f"{r.install_year}年{r.month}月"]
        for i, r in enumerate(each())
    ]  # fmt: skip
    rows += [
        [],
        ["注：1.坐标系为CGCS2000，3度带，中央子午线117度；"],
        ["    2.压力等级按设计压力填写；"],
        ["    3.材质不明的填“不明”。"],
    ]
    rows += [["填表人：李四", "", "", "审核人：王五", "", "", "负责人："]]
    return [book(folder / "普查表.xlsx", 普查表=rows)]


@form()
def three_dimensions_in_parts(folder: Path) -> list[Path]:
    """Lines with heights, some of several parts that join."""
    shapes = []
    for i, line in enumerate(PIPES.geometry):
        (x1, y1), (x2, y2) = line.coords
        middle = ((x1 + x2) / 2, (y1 + y2) / 2, 44.0)
        whole = [(x1, y1, 44.2), middle, (x2, y2, 43.9)]
        shapes.append(shapely.MultiLineString([whole[:2], whole[1:]]) if i % 5 == 0 else LineString(whole))
    frame = gpd.GeoDataFrame(usual(), geometry=shapes, crs=4548)
    frame.to_file(folder / "gas.gpkg", layer="管线")
    return [folder / "gas.gpkg"]


@form()
def supermap(folder: Path) -> list[Path]:
    system = {"SmID": range(1, len(PIPES) + 1), "SmUserID": 0, "SmLength": PIPES.length, "SmTopoErro": 0}
    return [shape(folder / "RQ_L.shp", {**system, **usual()})]


@form()
def arcgis_with_its_nulls(folder: Path) -> list[Path]:
    """Numbers that stand for nothing: 0, -9999, 1899-12-30."""
    columns = {
        "OBJECTID_1": range(1, len(PIPES) + 1),
        "PIPE_NO": PIPES.pipe_id,
        "MATERIAL": [MATERIAL[r.material] if i % 6 else " " for i, r in enumerate(each())],
        "DIAMETER": [r.diameter_mm if i % 5 else 0.0 for i, r in enumerate(each())],
        "PRESSURE": [PRESSURE[r.pressure_class] if i % 4 else "<空>" for i, r in enumerate(each())],
        "BUILDDATE": [pd.Timestamp(r.install_year, r.month, 1) if i % 3 else pd.Timestamp(1899, 12, 30) for i, r in
                      enumerate(each())],
        "DEPTH": [r.depth_m if i % 7 else -9999.0 for i, r in enumerate(each())],
        "SHAPE_Leng": PIPES.length,
    }  # fmt: skip
    return [shape(folder / "GAS_PIPE.shp", columns)]


@form()
def other_dates_beside_the_year(folder: Path) -> list[Path]:
    """The day of the survey, of the design and of the assessment stand beside, and a pressure without unit."""
    columns = {
        "普查日期": "2023-05-06",
        "管线编号": PIPES.pipe_id,
        "设计日期": [f"{r.install_year - 1}-01-01" for r in each()],
        "材质": texts("material", MATERIAL),
        "管径": [sized(r) for r in each()],
        "设计压力": [MPA[r.pressure_class] for r in each()],
        "敷设日期": [f"{r.install_year}-{r.month:02}-01" for r in each()],
        "评估年份": 2022,
        "录入时间": "2024/1/2 10:11:12",
    }
    frame = gpd.GeoDataFrame(columns, geometry=PIPES.geometry, crs=4548)
    frame.to_file(folder / "pipe.geojson")
    return [folder / "pipe.geojson"]


@form(unknown={"install_year"})
def only_other_dates(folder: Path) -> list[Path]:
    """No year of laying, but days of other things."""
    return [
        shape(folder / "管线.shp", usual(建设年代=None, 普查年份="2023", 录入日期="2024-01-02", 检测日期="2022-05-01"))
    ]


@form()
def materials_as_companies_write_them(folder: Path) -> list[Path]:
    words = {
        "pe": ["PE100(SDR11)", "PE80管", "聚乙烯(PE)管", "PE/SDR17.6"],
        "steel": ["钢（3PE防腐）", "20#无缝钢管", "Q235B 螺旋缝焊接钢管", "镀锌钢管"],
        "grey_cast_iron": ["灰口铸铁管", "灰铁", "铸铁（灰口）", "灰口铸铁"],
        "ductile_iron": ["球墨铸铁管(K9)", "球铁", "球墨", "DI"],
    }
    names = [words[r.material][i % 4] for i, r in enumerate(each())]
    return [shape(folder / "管线.shp", usual(材质=names))]


@form()
def pressures_as_companies_write_them(folder: Path) -> list[Path]:
    words = {
        "low": ["低压（<10kPa）", "2000Pa", "低压", "≤0.01MPa 低压"],
        "medium_b": ["中压B级", "0.2Mpa", "200kPa", "中压(B)"],
        "medium_a": ["中压A(0.2~0.4MPa)", "0.4 MPa", "400KPa", "4公斤"],
    }
    names = [words[r.pressure_class][i % 4] for i, r in enumerate(each())]
    return [shape(folder / "管线.shp", usual(压力级别=names))]


@form()
def vague_words(folder: Path) -> list[Path]:
    """中压 without A or B, 铸铁 without which, 钢/PE: nobody can tell."""
    vague = ["铸铁", "钢/PE", "复合管", "塑料"]
    materials = [vague[i // 2 % 4] if i % 2 else MATERIAL[r.material] for i, r in enumerate(each())]
    pressures = [["中压", "中低压", PRESSURE[r.pressure_class]][i % 3] for i, r in enumerate(each())]
    return [shape(folder / "管线.shp", usual(材质=materials, 压力级别=pressures))]


@form()
def diameters_as_companies_write_them(folder: Path) -> list[Path]:
    def written(i: int, row: Any) -> str:
        size = f"{row.diameter_mm:g}"
        if row.material == "pe":
            return [f"dn{size}", f"De{size}", f"PE{size}" if size == "110" else size][i % 3]
        if row.material == "steel":
            outer, wall = _OUTER[row.diameter_mm], f"{row.wall_mm:g}"
            return [f"D{outer}×{wall}", f"Φ{outer}", f"DN{size}(φ{outer}×{wall})", f"{outer}*{wall}"][i % 4]
        return [f"DN{size}", f"{size}mm", f"{row.diameter_mm / 10:g}cm", f"DN{size}/DN80"][i % 4]

    return [shape(folder / "管线.shp", usual(管径=[written(i, r) for i, r in enumerate(each())]))]


@form()
def years_as_companies_write_them(folder: Path) -> list[Path]:
    digits = "〇一二三四五六七八九"

    def written(i: int, row: Any) -> str:
        year, month = row.install_year, row.month
        short = f"{year % 100:02}"
        return [
            f"{digits[year // 10 % 10]}{digits[year % 10]}年", f"{year}.{month}", f"{short}-{month}-1", f"'{short}.{month}",
            f"{year}年第三季度", f"{short}年{month}月", f"{year}年上半年", f"民国{year - 1911}年", f"{year}-{year + 1}",
            f"{year}年底", f"{year}/{month}", f"{year}年{month}月通气",
        ][i % 12]  # fmt: skip

    return [shape(folder / "管线.shp", usual(建设年代=[written(i, r) for i, r in enumerate(each())]))]


@form(crs="EPSG:4548")
def heights_of_pipe_and_ground(folder: Path) -> list[Path]:
    """No depth, but levels of the ground and of the pipe's top: the depth is their difference, or unknown."""
    columns = usual()
    for i, name in enumerate(("起点X", "起点Y", "终点X", "终点Y")):
        columns[name] = [ends_of(r)[i] for r in each()]
    columns |= {
        "起点地面高程": [45.0] * len(PIPES),
        "起点管顶高程": [round(45.0 - r.depth_m, 2) for r in each()],
        "终点地面高程": [45.5] * len(PIPES),
        "终点管顶高程": [round(45.5 - r.depth_m, 2) for r in each()],
        "管底高程": [43.0] * len(PIPES),
    }
    return [csv(folder / "管线.csv", columns)]


@form(unknown={"pressure_class"})
def a_layer_a_pressure(folder: Path) -> list[Path]:
    """The class stands in the name of the file alone."""
    files = []
    for key, word in PRESSURE.items():
        rows = PIPES[PIPES.pressure_class == key]
        columns = {
            "管线编号": rows.pipe_id,
            "材质": [MATERIAL[m] for m in rows.material],
            "管径": [sized(r) for r in rows.itertuples()],
            "建设年代": rows.install_year,
        }
        files.append(shape(folder / f"{word}管线.shp", columns, rows.geometry))
    return files


@form(crs="EPSG:25832", place=False, unknown={"pressure_class"})
def german_ledger(folder: Path) -> list[Path]:
    """A utility's CSV: semicolons, decimal commas, German words."""
    words = {"pe": "PE 100", "steel": "Stahl", "grey_cast_iron": "Grauguss", "ductile_iron": "duktiles Gussrohr"}
    columns = {
        "Leitungs-Nr": PIPES.pipe_id,
        "Werkstoff": [words[m] for m in PIPES.material],
        "Nennweite": [f"DN {d:g}" for d in PIPES.diameter_mm],
        "Druckstufe": [{"low": "ND", "medium_b": "MD", "medium_a": "HD"}[p] for p in PIPES.pressure_class],
        "Baujahr": PIPES.install_year,
        "Überdeckung": [f"{d:.2f}".replace(".", ",") for d in PIPES.depth_m],
        "Straße": "Hauptstraße",
    }
    moved = PIPES.geometry.affine_transform([1, 0, 0, 1, 405_000 - X0, 5_370_000 - Y0])
    for i, name in enumerate(("start_rechtswert", "start_hochwert", "end_rechtswert", "end_hochwert")):
        columns[name] = [f"{[c for xy in g.coords for c in xy][i]:.3f}".replace(".", ",") for g in moved]
    return [csv(folder / "leitungen.csv", columns, "utf-8-sig", sep=";")]


@form(crs="EPSG:4548")
def drawing_with_years_in_its_labels(folder: Path) -> list[Path]:
    out = ["0", "SECTION", "2", "ENTITIES"]
    for r in each():
        (x1, y1), (x2, y2) = r.geometry.coords
        layer = f"RQ-{PRESSURE[r.pressure_class]}"
        out += ["0", "LINE", "8", layer, "10", f"{x1:.3f}", "20", f"{y1:.3f}", "30", "0", "11", f"{x2:.3f}", "21", f"{y2:.3f}", "31", "0"]  # fmt: skip
        label = f"{MATERIAL[r.material]} {sized(r)} {r.install_year}年"
        out += ["0", "TEXT", "8", "ZJ", "10", f"{(x1 + x2) / 2 + 0.5:.3f}", "20", f"{(y1 + y2) / 2 + 0.5:.3f}", "30", "0", "40", "1.5", "1", label]  # fmt: skip
    path = folder / "竣工图.dxf"
    path.write_text("\n".join([*out, "0", "ENDSEC", "0", "EOF"]) + "\n", encoding="gbk")
    return [path]


@form(crs="EPSG:4548")
def headings_in_two_languages_below_a_title(folder: Path) -> list[Path]:
    rows: list[list[Any]] = [["燃气管线数据表 / Gas pipeline data"]]
    rows += [["管线编号", "起点X", "起点Y", "终点X", "终点Y", "管材", "管径", "压力等级", "敷设年代", "埋深"]]
    rows += [["Pipe No.", "X1", "Y1", "X2", "Y2", "Material", "Diameter", "Pressure", "Year", "Depth"]]
    rows += [["", "m", "m", "m", "m", "", "mm", "", "年", "m"]]
    rows += [
        [
            r.pipe_id,
            *ends_of(r),
            MATERIAL[r.material],
            r.diameter_mm,
            PRESSURE[r.pressure_class],
            r.install_year,
            r.depth_m,
        ]
        for r in each()
    ]
    return [book(folder / "data.xlsx", Sheet1=rows)]


@form(crs="EPSG:4548")
def errors_and_blanks_of_a_spreadsheet(folder: Path) -> list[Path]:
    rows: list[list[Any]] = [
        ["管线编号", "起点X", "起点Y", "终点X", "终点Y", "材质", "管径", "压力", "建成时间", "埋深"]
    ]
    for i, r in enumerate(each()):
        depth: Any = ["#N/A", "#REF!", f"{r.depth_m}m", f" {r.depth_m} ", f"{r.depth_m * 100:g}cm"][i % 5]
        serial = (dt.date(r.install_year, r.month, 1) - dt.date(1899, 12, 30)).days
        when: Any = serial if i % 2 else f" {r.install_year}年{r.month}月 "
        rows.append(
            [
                f" {r.pipe_id}\n",
                *ends_of(r),
                f"{MATERIAL[r.material]} ",
                f" {sized(r)}",
                f"{PRESSURE[r.pressure_class]}\t",
                when,
                depth,
            ]
        )
    return [book(folder / "台账.xlsx", 台账=rows)]


@form(crs="EPSG:4548")
def points_and_lines_with_levels(folder: Path) -> list[Path]:
    """Points and lines in one book, heights of every kind, the road and the owner of each line."""
    points: list[list[Any]] = [
        ["图幅号", "物探点号", "管线点特征", "附属物名称", "X(m)", "Y(m)", "地面高程(m)", "井底深(m)"]
    ]
    points += [
        ["25.50-88.25", n, "三通", f or None, round(g.y, 3), round(g.x, 3), 45.1, 1.5]
        for n, f, g in zip(POINTS.number, POINTS.feature, POINTS.geometry, strict=True)
    ]
    lines: list[list[Any]] = [
        ["起始点号", "终止点号", "起点管顶高程", "终点管顶高程", "起点埋深", "终点埋深", "管线材料", "管径(mm)", "压力等级",
         "建设时间", "埋设方式", "所在道路", "权属单位", "探测单位", "探测日期"]
    ]  # fmt: skip
    lines += [
        [r.start, r.end, 44.1, 44.0, round(r.depth_m - 0.1, 2), round(r.depth_m + 0.1, 2), MATERIAL[r.material],
         r.diameter_mm, PRESSURE[r.pressure_class], f"{r.install_year}{r.month:02}", LAYING[r.laying], r.road,
         "市燃气公司", "市测绘院", "20230506"]
        for r in each()
    ]  # fmt: skip
    return [book(folder / "成果表.xlsx", 管点=points, 管线=lines)]


@form(crs="EPSG:4548")
def numbers_as_floats(folder: Path) -> list[Path]:
    """Point numbers that a spreadsheet made numbers of: 1.0 in one table, 1 in the other."""
    number = {name: i + 1 for i, name in enumerate(POINTS.number)}
    points = {
        "点号": [float(number[n]) for n in POINTS.number],
        "X": POINTS.geometry.y.round(3),
        "Y": POINTS.geometry.x.round(3),
    }
    lines = {
        "起点": [number[n] for n in PIPES.start],
        "终点": [f"{number[n]}.0" for n in PIPES.end],
        **usual(管线编号=None),
        "埋深": [f"{r.depth_m:.2f}" for r in each()],
    }
    return [csv(folder / "点.csv", points), csv(folder / "线.csv", lines)]


@form(unknown={"pressure_class"})
def what_only_resembles_the_fields(folder: Path) -> list[Path]:
    """Casings, tests and former pipes stand before the pipe's own material and size; its pressure is not told."""
    columns = {
        "管线编号": PIPES.pipe_id,
        "套管材质": "钢管",
        "套管直径": "DN400",
        "原管材质": "灰口铸铁",
        "试验压力": "0.6MPa",
        "材质": texts("material", MATERIAL),
        "管径": [sized(r) for r in each()],
        "建成年份": PIPES.install_year,
    }
    path = folder / "管线.gpkg"
    gpd.GeoDataFrame(columns, geometry=PIPES.geometry, crs=4548).to_file(path)
    return [path]


@form(crs="EPSG:4548")
def two_tables_side_by_side(folder: Path) -> list[Path]:
    """Printed in two columns to save paper: the headings stand twice in one row."""
    names = ["管线编号", "起点X", "起点Y", "终点X", "终点Y", "材质", "管径", "压力级别", "建设年代"]
    cells = [
        [r.pipe_id, *ends_of(r), MATERIAL[r.material], sized(r), PRESSURE[r.pressure_class], r.install_year]
        for r in each()
    ]
    half = (len(cells) + 1) // 2
    right = [*cells[half:], *[[""] * len(names)] * (2 * half - len(cells))]
    rows = [["管线成果表"], [*names, *names], *([*a, *b] for a, b in zip(cells[:half], right, strict=True))]
    return [book(folder / "成果.xlsx", 成果=rows)]


@form(crs="EPSG:4548")
def three_rows_of_headings(folder: Path) -> list[Path]:
    rows: list[list[Any]] = [["燃气管道普查表"]]
    rows += [["管段编号", "平面位置", "", "", "", "管道属性", "", "", "建设年代"]]
    rows += [["", "起点坐标", "", "终点坐标", "", "材质", "管径", "压力级别", ""]]
    rows += [["", "X", "Y", "X", "Y", "", "(mm)", "", ""]]
    rows += [
        [r.pipe_id, *ends_of(r), MATERIAL[r.material], r.diameter_mm, PRESSURE[r.pressure_class], r.install_year]
        for r in each()
    ]
    return [book(folder / "普查.xlsx", 普查=rows)]


@form(crs="EPSG:4548")
def blank_columns_and_rows_before(folder: Path) -> list[Path]:
    rows: list[list[Any]] = [
        [],
        [],
        ["", "", "管段编号", "起点X", "起点Y", "终点X", "终点Y", "材质", "", "管径", "压力级别", "建设年代"],
        [],
    ]
    for i, r in enumerate(each()):
        rows.append(
            [
                "",
                "",
                r.pipe_id,
                *ends_of(r),
                MATERIAL[r.material],
                "",
                sized(r),
                PRESSURE[r.pressure_class],
                r.install_year,
            ]
        )
        if i % 7 == 6:
            rows.append([])
    return [book(folder / "表.xlsx", Sheet2=rows)]


@form(crs="EPSG:4548")
def symbols_and_units_in_the_headings(folder: Path) -> list[Path]:
    columns = {
        "管段编码": PIPES.pipe_id,
        "材质类型": texts("material", MATERIAL),
        "管径DN(mm)": PIPES.diameter_mm,
        "设计压力P/MPa": [MPA[r.pressure_class] for r in each()],
        "建成时间（年）": PIPES.install_year,
        "埋深H/mm": [round(r.depth_m * 1000) for r in each()],
        "壁厚δ(mm)": PIPES.wall_mm,
    }
    for i, name in enumerate(("起点X/m", "起点Y/m", "终点X/m", "终点Y/m")):
        columns[name] = [ends_of(r)[i] for r in each()]
    return [csv(folder / "管段.csv", columns)]


@form(crs="EPSG:4548")
def inches_and_pounds(folder: Path) -> list[Path]:
    """Sizes in inches are nominal; pressures in psi, depths in feet."""
    size = {50: 2, 63: None, 100: 4, 110: None, 150: 6, 200: 8}
    columns = {
        "pipe_id": PIPES.pipe_id,
        "material": [{"pe": "PE", "steel": "steel", "grey_cast_iron": "grey cast iron", "ductile_iron": "ductile iron"}[m] for m in PIPES.material],
        "diameter (in)": [size[int(d)] for d in PIPES.diameter_mm],
        "design pressure (psi)": [round(MPA[r.pressure_class] * 145.0, 1) for r in each()],
        "year laid": PIPES.install_year,
        "depth (ft)": [round(r.depth_m / 0.3048, 3) for r in each()],
        "WKT": [g.wkt for g in PIPES.geometry],
    }  # fmt: skip
    return [csv(folder / "pipes.csv", columns, "utf-8")]


@form(unknown={"diameter_mm"})
def inches_without_saying_so(folder: Path) -> list[Path]:
    """4寸 says it; a bare 4 does not."""
    size = {63: "2", 100: "4", 110: "4", 150: "6", 200: "8"}
    return [shape(folder / "管线.shp", usual(管径=[size[int(d)] for d in PIPES.diameter_mm]))]


@form()
def points_of_supermap(folder: Path) -> list[Path]:
    """Fields after the pinyin standard, points and lines drawn, with names for codes."""
    lines = {
        "SmID": range(1, len(PIPES) + 1), "GXBH": PIPES.pipe_id, "QDDH": PIPES.start, "ZDDH": PIPES.end,
        "QDMS": PIPES.depth_m, "ZDMS": PIPES.depth_m, "GC": texts("material", MATERIAL),
        "GJ": [sized(r) for r in each()], "YL": texts("pressure_class", PRESSURE), "MSFS": texts("laying", LAYING),
        "JSND": PIPES.install_year, "SZDL": PIPES.road,
    }  # fmt: skip
    points = {"SmID": range(1, len(POINTS) + 1), "GXDH": POINTS.number, "FSW": POINTS.feature, "DMGC": 45.2}
    return [
        shape(folder / "RQ_line.shp", lines),
        shape(folder / "RQ_point.shp", points, POINTS.geometry),
    ]


@form()
def states_of_use(folder: Path) -> list[Path]:
    """Attributes with remarks behind, and a state of use."""
    used = ["在用", "运行", "使用中", "正常"]
    return [
        shape(
            folder / "管线.shp",
            usual(
                使用状态=[used[i % 4] for i in range(len(PIPES))],
                埋深=[f"{r.depth_m}（平均）" if i % 2 else f"{r.depth_m}" for i, r in enumerate(each())],
            ),
        )
    ]
