"""A small invented city with made-up results, for looking at maps: streets between irregular blocks, not a grid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import Voronoi
from shapely.ops import substring

from gridrisk.layers.schema import complete

if TYPE_CHECKING:
    from numpy.typing import NDArray

CRS = "EPSG:4547"
CENTRE = np.array([512_000.0, 3_165_000.0])
AS_OF = dt.date(2026, 7, 1)
NAMES = ["红谷滩街道", "沙井街道", "卫东街道", "生米镇", "流湖镇", "凤凰洲街道"]
STREETS = [
    "学府",
    "丰和",
    "红谷",
    "世贸",
    "赣江",
    "庐山",
    "枫林",
    "翠林",
    "长江",
    "会展",
    "怡园",
    "绿茵",
    "凤凰",
    "碟子湖",
    "雅苑",
    "鹿璟",
    "南斯",
    "丽景",
    "岭北",
    "春晖",
]


@dataclass(frozen=True)
class City:
    """Layers and results of the invented city."""

    pipes: gpd.GeoDataFrame
    towns: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    valves: gpd.GeoDataFrame
    customers: gpd.GeoDataFrame
    works: gpd.GeoDataFrame
    risk: pd.DataFrame
    projects: gpd.GeoDataFrame
    conversion: pd.DataFrame
    coverage: pd.DataFrame
    sites: pd.DataFrame
    ranges: pd.DataFrame
    isolation: dict[str, object]


def _frame(layer: str, ids: list[str], geometry: NDArray, **columns: object) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame(columns, geometry=list(geometry), index=pd.Index(ids), crs=CRS)
    return complete(table, layer)


def build(blocks: int = 160, seed: int = 7) -> City:
    """Build the city of about eight segments a block."""
    rng = np.random.default_rng(seed)
    radius = 170 * np.sqrt(blocks)
    cells, edges = _blocks(blocks, radius, rng)
    towns = _towns(cells, rng)
    roads = _frame(
        "roads",
        [f"R{i}" for i in range(len(edges))],
        edges,
        name=[f"{STREETS[int(a) % len(STREETS)]}路" for a in _strands(edges)],
    )
    buildings = _buildings(cells, rng)
    pipes = _pipes(edges, towns, rng)
    risk = _risk(pipes, rng)
    ends = shapely.line_interpolate_point(pipes.geometry.to_numpy(), 0.15, normalized=True)
    valved = rng.random(len(pipes)) < 0.18
    valves = _frame(
        "valves",
        [f"V{i}" for i in range(int(valved.sum()))],
        ends[valved],
        pipe_id=list(pipes.index[valved]),
        operable=rng.random(int(valved.sum())) < 0.9,
    )
    corners = shapely.points(shapely.get_coordinates(edges[:: max(1, len(edges) // 9)])[::2][:9])
    stations = _frame("stations", [f"S{i}" for i in range(len(corners))], corners, kind="regulator_station")
    customers = _customers(buildings, rng)
    conversion = _conversion(customers, rng)
    works, sites = _works(edges, rng)
    return City(
        pipes=pipes,
        towns=towns,
        roads=roads,
        buildings=buildings,
        stations=stations,
        valves=valves,
        customers=customers,
        works=works,
        risk=risk,
        projects=_projects(pipes, risk, rng),
        conversion=conversion,
        coverage=_coverage(towns, rng),
        sites=sites,
        ranges=pd.DataFrame({"protection_m": 1.5, "control_m": 6.0}, index=pipes.index),
        isolation=_isolation(pipes, valves, customers),
    )


def _blocks(blocks: int, radius: float, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    angle, out = rng.uniform(0, 2 * np.pi, blocks), radius * np.sqrt(rng.random(blocks))
    seeds = np.column_stack([1.3 * out * np.cos(angle), out * np.sin(angle)])
    for _ in range(2):  # Lloyd: evener blocks
        far = radius * 4 * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
        diagram = Voronoi(np.vstack([seeds, far]))
        cells = [diagram.regions[diagram.point_region[i]] for i in range(blocks)]
        seeds = np.array(
            [diagram.vertices[cell].mean(axis=0) if -1 not in cell else seeds[i] for i, cell in enumerate(cells)]
        )
        seeds = np.clip(seeds, -1.4 * radius, 1.4 * radius)
    disc = shapely.transform(shapely.Point(0, 0).buffer(radius), lambda p: p * [1.35, 1.05])
    polygons = np.array([shapely.Polygon(diagram.vertices[c]) for c in cells if -1 not in c and len(c) > 2])
    polygons = shapely.intersection(polygons, disc)
    polygons = shapely.transform(polygons[shapely.area(polygons) > 2500], lambda p: p + CENTRE)
    merged = shapely.line_merge(shapely.union_all(shapely.boundary(polygons)))
    edges = shapely.get_parts(merged)
    return polygons, edges[shapely.length(edges) > 20]


def _strands(edges: NDArray) -> NDArray:
    middle = shapely.get_coordinates(shapely.centroid(edges)) - CENTRE
    return np.floor((middle[:, 0] + 0.6 * middle[:, 1]) / 420) + 50


def _towns(cells: NDArray, rng: np.random.Generator) -> gpd.GeoDataFrame:
    middle = shapely.get_coordinates(shapely.centroid(cells))
    seeds = middle[rng.choice(len(middle), len(NAMES), replace=False)]
    nearest = np.argmin(((middle[:, None] - seeds[None]) ** 2).sum(axis=2), axis=1)
    areas = [shapely.union_all(cells[nearest == i]) for i in range(len(NAMES))]
    return _frame("towns", [f"T{i}" for i in range(len(NAMES))], np.array(areas), name=NAMES)


def _buildings(cells: NDArray, rng: np.random.Generator) -> gpd.GeoDataFrame:
    out = []
    for cell in shapely.buffer(cells, -16):
        if cell.is_empty:
            continue
        turn = rng.uniform(0, np.pi)
        along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        wide, deep = rng.uniform(28, 60), rng.uniform(12, 17)
        for i in range(-6, 7):
            for j in range(-8, 9):
                at = np.array(cell.centroid.coords[0]) + along * i * (wide + 14) + across * j * (deep + 24)
                box = [
                    at + along * a * wide / 2 + across * b * deep / 2 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                ]
                shape = shapely.Polygon(box)
                if cell.contains(shape) and rng.random() < 0.85:
                    out.append(shape)
    return _frame("buildings", [f"B{i}" for i in range(len(out))], np.array(out))


def _pipes(edges: NDArray, towns: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    lines = []
    mains = shapely.offset_curve(edges, 5.0)
    for main in mains[~shapely.is_empty(mains)]:
        for a in np.arange(0, main.length, 130):
            lines.append(substring(main, a, min(a + 130, main.length)))
            if rng.random() < 0.6:  # a branch into the courtyards
                foot, ahead = main.interpolate(a + 40), main.interpolate(a + 41)
                side = np.array([ahead.y - foot.y, foot.x - ahead.x]) * (1 if rng.random() < 0.5 else -1)
                long = rng.uniform(25, 90)
                bend = np.array([ahead.x - foot.x, ahead.y - foot.y]) * rng.uniform(-30, 30)
                start = np.array([foot.x, foot.y])
                lines.append(shapely.LineString([start, start + side * long, start + side * long + bend]))
    lines = np.array([line for line in lines if line.length > 3])
    n = len(lines)
    year = rng.integers(1978, 2024, n)
    material = np.where(
        year < 1995, rng.choice(["grey_cast_iron", "steel"], n), rng.choice(["pe", "steel"], n, p=[0.75, 0.25])
    )
    tree = shapely.STRtree(towns.geometry.to_numpy())
    return _frame(
        "pipes",
        [f"GX-{i:05d}" for i in range(n)],
        lines,
        material=material,
        diameter_mm=rng.choice([63, 110, 160, 200, 315], n),
        pressure_class=rng.choice(["low", "medium_a", "medium_b"], n),
        install_year=np.where(rng.random(n) < 0.04, np.nan, year),
        town_id=towns.index[tree.nearest(shapely.centroid(lines))].to_numpy(),
    )


def _risk(pipes: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    length = pipes.length.to_numpy()
    age = 2026 - pipes["install_year"].astype("float64").fillna(1990).to_numpy()
    rate = 0.01 * np.exp(0.05 * age) * np.where(pipes["material"] == "grey_cast_iron", 3, 1)
    likelihood = rate * length / 1000
    risk = likelihood * rng.lognormal(0, 0.6, len(pipes))
    order = (-risk).argsort().argsort()
    grade = np.array(["low", "general", "larger", "major"])[np.searchsorted([0.6, 0.85, 0.95], 1 - order / len(pipes))]
    must = (pipes["material"] == "grey_cast_iron") & (age > 42)
    frame = pd.DataFrame(
        {
            "length_m": length,
            "failures_per_km_year": rate,
            "likelihood": likelihood,
            "risk": risk,
            "grade": grade,
            "rank": order + 1,
            "must_renew": must.astype("boolean").mask(pipes["install_year"].isna() & (pipes["material"] == "steel")),
            "must_renew_clauses": np.where(must, "国办发〔2022〕22号 二(一)", None),
            "flags": np.where(rng.random(len(pipes)) < 0.1, "built_over,clearance", ""),
            "patrol_days": np.where(grade == "major", 1, 7),
        },
        index=pipes.index,
    )
    return frame.astype({"grade": "str"})


def _projects(pipes: gpd.GeoDataFrame, risk: pd.DataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    worst = pipes[risk["grade"].isin(["major", "larger"])]
    middle = shapely.get_coordinates(shapely.centroid(worst.geometry.to_numpy()))
    key = pd.Series([f"{int(x)}_{int(y)}" for x, y in middle // 450], index=worst.index)
    rows = []
    for number, (_, ids) in enumerate(worst.groupby(key).groups.items(), start=1):
        lines = worst.loc[ids]
        long = float(lines.length.sum())
        must = bool(risk.loc[ids, "must_renew"].fillna(value=False).any())
        rows.append(
            {
                "project_id": f"P{number:03d}",
                "pipe_ids": list(ids),
                "name": f"{NAMES[number % len(NAMES)]}老旧管网改造{number}期",
                "year": int(rng.choice([2026, 2027, 2028])) if must or rng.random() < 0.6 else 0,
                "length_m": long,
                "cost_yuan": long * rng.uniform(900, 2200),
                "cost_company": long * 600,
                "risk_removed": float(risk.loc[ids, "risk"].sum()),
                "mandatory": must,
                "reason": "灰口铸铁" if must else "高风险",
                "geometry": shapely.union_all(lines.geometry.to_numpy()),
            }
        )
    return gpd.GeoDataFrame(rows, crs=CRS).set_index("project_id")


def _customers(buildings: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    n = len(buildings)
    kind = rng.choice(["resident", "catering", "school", "hospital", "shop"], n, p=[0.7, 0.2, 0.03, 0.01, 0.06])
    fuel = np.where(kind == "resident", "pipe", rng.choice(["bottle", "pipe"], n))
    return _frame(
        "customers",
        [f"C{i:05d}" for i in range(n)],
        shapely.centroid(buildings.geometry.to_numpy()),
        kind=kind,
        fuel=fuel,
        households=np.where(kind == "resident", rng.integers(12, 60, n), 0),
        address=[f"{NAMES[i % len(NAMES)]}{i}号" for i in range(n)],
    )


def _conversion(customers: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    bottled = customers[customers["fuel"] == "bottle"]
    n = len(bottled)
    decision = rng.choice(["pipe", "electric", "excluded", "done", "unknown"], n, p=[0.42, 0.2, 0.08, 0.22, 0.08])
    return pd.DataFrame(
        {
            "decision": decision,
            "reason": np.where(decision == "unknown", "建筑面积未知", "距中压管道不足 200 m"),
            "clause": "五(二)",
            "reach_m": np.where(decision == "unknown", np.nan, rng.uniform(5, 300, n)),
            "cost_yuan": np.where(decision == "pipe", rng.uniform(3000, 30000, n), np.nan),
        },
        index=bottled.index,
    )


def _coverage(towns: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(towns)
    eligible = np.append(rng.integers(60, 400, n - 2), [0, 90])
    converted = (eligible * np.append(np.linspace(0.12, 0.97, n - 2), [0, 0.5])).astype(int)
    share = np.divide(converted, eligible, where=eligible > 0, out=np.full(n, np.nan))
    share[-1] = np.nan
    return pd.DataFrame(
        {
            "eligible": eligible,
            "converted": converted,
            "verified": converted // 2,
            "share": share,
            "target": 0.6,
            "deadline": "2026-12-31",
            "on_track": pd.array([None if np.isnan(s) else bool(s >= 0.5) for s in share], dtype="boolean"),
        },
        index=towns.index,
    )


def _works(edges: NDArray, rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    n = 24
    at = shapely.get_coordinates(shapely.line_interpolate_point(edges[rng.choice(len(edges), n)], 0.5, normalized=True))
    verdict = rng.choice(["forbidden", "plan_required", "clear"], n, p=[0.25, 0.4, 0.35])
    away = np.where(verdict == "forbidden", 0.5, np.where(verdict == "plan_required", 4.0, 30.0))
    middle = at + np.column_stack([away + 14, away + 8])
    shapes = [
        shapely.box(x - 22, y - 14, x + 22, y + 14) if i % 4 else shapely.Point(x, y) for i, (x, y) in enumerate(middle)
    ]
    ids = [f"W{i}" for i in range(n)]
    works = _frame(
        "works",
        ids,
        np.array(shapes, dtype=object),
        kind=rng.choice(["excavation", "piling"], n),
        contractor="某建设集团",
    )
    sites = pd.DataFrame(
        {"verdict": verdict, "distance_m": away, "missing": "保护方案"}, index=pd.Index(ids, name="work_id")
    )
    return works, sites


def _isolation(pipes: gpd.GeoDataFrame, valves: gpd.GeoDataFrame, customers: gpd.GeoDataFrame) -> dict[str, object]:
    middle = shapely.Point(*(CENTRE + np.array([180, 40])))
    away = pipes.distance(middle)
    inside, lost = pipes.index[away < 320], pipes.index[(away >= 320) & (away < 450)]
    near = valves.distance(middle)
    close = valves.index[(near > 280) & (near < 420)][:6]
    reached = customers.distance(middle)
    piped = customers[(customers["fuel"] == "pipe") & (reached < 430)]
    beyond = piped.index[reached[piped.index] > 320]
    return {
        "sector_ids": ["S-12"],
        "pipes": list(inside),
        "close_valves": list(close),
        "optional_valves": list(valves.index[(near >= 420) & (near < 470)]),
        "lost_pipes": list(lost),
        "customers": list(piped.index),
        "households": int(piped["households"].sum()),
        "critical": list(piped.index[piped["kind"].isin(["school", "hospital"])]),
        "unintended": {"pipes": list(lost), "customers": list(beyond)},
    }
