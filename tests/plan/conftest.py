"""Small instances for the tests of the plan."""

from __future__ import annotations

import itertools
import tomllib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from gridrisk import assets, params, plan
from gridrisk.layers import schema

CRS = "EPSG:4547"


def _scenario(**keys):
    raw = tomllib.loads((assets.folder("models") / "scenarios" / "default.toml").read_text(encoding="utf-8"))
    judged = {"growth", "discount", "horizon_years", "residual_share", "mandatory_within_years", "season_months"}
    judged |= {"heating_share", "change_cost", "disruption", "quarter_share", "heating_share_by_quarter"}
    if "mobilisation_shared" in keys:
        share = keys.pop("mobilisation_shared")
        raw["mobilisation_shared"] = {"value": share, "unit": "–", "source": "test", "status": "assumption"}
    if not {"budget_from_need"} & keys.keys():
        raw.pop("budget_from_need")
    raw.pop("no_dig_exception")
    raw |= {"start_year": 2026, "gap": 0.0, "time_limit_s": 20}
    for key, value in keys.items():
        raw[key] = {**raw[key], "value": value} if key in judged else value
    return plan.parse_scenario(raw)


def _projects(n, *, seed=0, years=3, start=2026, payers=("gas_company", "city")):
    """Random projects whose payers' parts add up, with every kind of date."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"R-{i:04d}" for i in range(n)], name="project_id", dtype="str")
    parts = rng.integers(0, 50_000_00, (n, len(payers)))
    parts[:, 0] += 1
    saving = (parts * rng.uniform(0, 0.4, parts.shape)).astype(int)
    frame = pd.DataFrame(
        {
            "risk": rng.lognormal(0, 1, n),
            "length_m": rng.uniform(50, 900, n).round(3),
            "mandatory": rng.random(n) < 0.25,
            "works_year": pd.array(
                [start + int(rng.integers(0, years)) if rng.random() < 0.3 else pd.NA for _ in range(n)], dtype="Int64"
            ),
            "no_dig_until": pd.to_datetime(
                pd.Series(
                    [f"{start - 1 + int(rng.integers(0, 3))}-12-31" if rng.random() < 0.2 else None for _ in range(n)]
                )
            )
            .astype("datetime64[ms]")
            .to_numpy(),
            "deadline_year": pd.array(
                [start + int(rng.integers(0, years)) if rng.random() < 0.7 else pd.NA for _ in range(n)], dtype="Int64"
            ),
            "risk_unknown": 0,
            "cost_yuan": parts.sum(axis=1) / 100,
            "saving_yuan": saving.sum(axis=1) / 100,
        },
        index=index,
    )
    fixed = (parts * rng.uniform(0, 0.5, parts.shape)).astype(int)
    frame["fixed_yuan"] = fixed.sum(axis=1) / 100
    frame["setting"] = rng.choice(["municipal", "courtyard"], n)
    frame["place"] = rng.choice(["a", "b", ""], n)
    frame["town_id"] = pd.Series(rng.choice(["T1", "T2", None], n, p=[0.5, 0.4, 0.1]), index=index, dtype="str")
    frame["households"] = pd.array(rng.integers(0, 300, n), dtype="Int64")
    welded = rng.uniform(0, 1, n)
    frame["trade_steel_welding_m"] = (frame["length_m"] * welded).round(3)
    frame["trade_pe_fusion_m"] = (frame["length_m"] - frame["trade_steel_welding_m"]).round(3)
    for column, payer in enumerate(payers):
        frame[f"fixed_{payer}"] = fixed[:, column] / 100
        frame[f"cost_{payer}"] = parts[:, column] / 100
        frame[f"saving_{payer}"] = saving[:, column] / 100
    return frame


def _street(lengths, *, y=0.0, first=0, **fields):
    """Segments end to end along the x axis, as a pipes layer."""
    x = np.r_[0.0, np.cumsum(lengths)]
    frame = gpd.GeoDataFrame(
        {"pipe_id": [f"P{first + i:04d}" for i in range(len(lengths))]},
        geometry=[LineString([(a, y), (b, y)]) for a, b in itertools.pairwise(x)],
        crs=CRS,
    )
    defaults = {
        "material": "steel",
        "diameter_mm": 150.0,
        "pressure_class": "low",
        "install_year": 1995,
        "setting": "municipal",
        "status": "in_service",
        "road": "人民路",
    }
    for name, value in {**defaults, **fields}.items():
        frame[name] = value
    return schema.complete(frame, "pipes")


def _risk(pipes, grade, must=False, deadline=None, risk=1.0):
    index = pipes.index
    return pd.DataFrame(
        {
            "risk": pd.Series(risk, index=index, dtype="float64"),
            "grade": pd.Series(grade, index=index, dtype="str"),
            "must_renew": pd.Series(must, index=index, dtype="boolean"),
            "renew_deadline": pd.to_datetime(pd.Series(deadline, index=index, dtype="object")).astype("datetime64[ms]"),
        }
    )


@pytest.fixture(scope="session")
def scenario():
    return _scenario


@pytest.fixture(scope="session")
def projects():
    return _projects


@pytest.fixture(scope="session")
def street():
    return _street


@pytest.fixture(scope="session")
def risk():
    return _risk


@pytest.fixture(scope="session")
def rules():
    return params.load("plan")


@pytest.fixture(scope="session")
def prices():
    return params.load("cost/default")
