"""Networks delivered as survey files, isolated by the command, held against a plain search."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridrisk.cli import run
from tests.network import layouts
from tests.network.conftest import Draw
from tests.network.oracle import Oracle, random_scene

CRS = "EPSG:4547"
X, Y = 500_000.0, 3_400_000.0
AS_SURVEYED = {"material": "PE", "diameter_mm": 110, "install_year": 2001}
ASKED = 4


def delivered(folder, scene, call):
    """Import a scene as its surveyor would deliver it: two layers in metres, two in degrees; return the workspace."""
    root = folder / "w"
    assert run(["init", str(root), "--crs", CRS, "--lang", "en"]) == 0
    for k, layer in enumerate(("pipes", "valves", "stations", "customers")):
        rows = getattr(scene, layer)
        if not rows:
            continue
        frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)
        if layer == "pipes":
            frame = frame.assign(**AS_SURVEYED)
            if "pressure_class" not in frame:
                frame["pressure_class"] = "medium_a"
        if k % 2:
            path, more = folder / f"{layer}.geojson", ["--crs", "EPSG:4490"]
            frame.to_crs("EPSG:4490").to_file(path, COORDINATE_PRECISION=10)
        else:
            path, more = folder / f"{layer}.gpkg", []
            frame.to_file(path)
        code, data = call("import", root, layer, path, *more)
        assert code == 0, data
    return root


def held_against_a_search(root, scene, rng, call):
    households = {c["customer_id"]: c["households"] for c in scene.customers}
    stuck = [valve["valve_id"] for valve in scene.valves if rng.random() < 0.15]
    for pipe in rng.choice(sorted(scene.pieces), min(ASKED, len(scene.pieces)), replace=False).tolist():
        for found_stuck in ([], stuck):
            option = ["--inoperable", ",".join(found_stuck)] if found_stuck else []
            code, answer = call("isolate", root, "--pipe", pipe, *option)
            assert code == 0, answer
            sector, close, lost = Oracle(scene, found_stuck).isolate(scene.pieces[pipe])
            out = {c for c, piece in scene.hangs.items() if piece in lost}
            expected = {
                "pipes": {e[1] for e in sector if e[0] == "P"},
                "close_valves": close,
                "lost_pipes": {e[1] for e in lost if e[0] == "P"},
                "customers": out,
            }
            assert {name: set(answer[name]) for name in expected} == expected, (pipe, found_stuck)
            assert answer["households"] == sum(households[c] for c in out)
            beyond = {c for c in out if scene.hangs[c] not in sector}
            assert set(answer["unintended"]["customers"]) == beyond
            assert set(answer["unintended"]["pipes"]) == {e[1] for e in lost - sector if e[0] == "P"}


def all_sectors_held_against_a_search(root, scene, call):
    code, data = call("outages", root)
    assert code == 0
    oracle, seen, expected = Oracle(scene), set(), Counter()
    for pieces in scene.pieces.values():
        for piece in pieces:
            if piece not in seen:
                sector, close, lost = oracle.isolate([piece])
                seen |= sector
                pipes = tuple(sorted({e[1] for e in sector if e[0] == "P"}))
                expected[pipes, tuple(sorted(close)), sum(p in lost for p in scene.hangs.values())] += 1
    got = Counter(
        (tuple(sorted(row["pipe_ids"])), tuple(sorted(row["valve_ids"])), row["customers_lost"])
        for row in data["sectors"]
    )
    assert got == expected


@pytest.mark.parametrize(
    ("name", "placement", "number"),
    [
        ("Net1", "strategic", 1),
        ("Net2", "random", 12),
        ("Net3", "strategic", 2),
        ("Anytown.inp", "strategic", 1),
        ("CCWI17-HermanMahmoud.inp", "strategic", 2),
        ("Awumah_layout8.inp", "random", 9),
    ],
)
def test_a_water_network_delivered_as_a_gas_survey(tmp_path, call, name, placement, number):
    wntr = pytest.importorskip("wntr", reason="WNTR is not installed", exc_type=ImportError)
    if name.endswith(".inp"):
        name = Path(wntr.__file__).parent / "tests" / "networks_for_testing" / name
        if not name.is_file():
            pytest.skip("WNTR came without the networks of its tests")
    rng = np.random.default_rng(17)
    scene = layouts.scene_of(Draw, str(name), placement, number, rng)
    for row in scene.customers:
        if rng.random() < 0.5:  # of these the survey does not say on which pipe they are
            row["geometry"] = shapely.force_2d(row["geometry"])
            nearest = min(scene.pipes, key=lambda p, at=row["geometry"]: p["geometry"].distance(at))
            if nearest["pipe_id"] == row["pipe_id"]:
                del row["pipe_id"]
    root = delivered(tmp_path, scene, call)
    held_against_a_search(root, scene, rng, call)
    all_sectors_held_against_a_search(root, scene, call)


@pytest.mark.parametrize("seed", range(2))
def test_regulators_loops_and_doubled_valves_delivered_as_a_survey(tmp_path, call, seed):
    rng = np.random.default_rng(400 + seed)
    scene = random_scene(Draw, rng, 2, regulators=True)
    for rows in (scene.pipes, scene.valves, scene.stations, scene.customers):
        for row in rows:
            row["geometry"] = shapely.affinity.translate(row["geometry"], X - 100_000, Y)
    assert scene.sources
    root = delivered(tmp_path, scene, call)
    held_against_a_search(root, scene, rng, call)
    all_sectors_held_against_a_search(root, scene, call)
