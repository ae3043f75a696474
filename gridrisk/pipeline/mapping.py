"""The maps of a workspace, from its layers and results."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import geopandas as gpd
import pandas as pd

from gridrisk import coverage, maps, risk
from gridrisk.errors import DataError
from gridrisk.features.ranges import protection_ranges
from gridrisk.i18n import Message, msg
from gridrisk.pipeline import encroachment, inputs, months, results
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gridrisk.i18n import Language
    from gridrisk.network import Isolation
    from gridrisk.pipeline.pressure import Answer
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

    Layers = Mapping[str, gpd.GeoDataFrame | None]

Kind = Literal["risk", "plan", "coverage", "works", "isolation", "pressure"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_STEPS: dict[Kind, Message] = {
    "risk": msg("drawing the risk map"),
    "plan": msg("drawing the map of the plan"),
    "coverage": msg("drawing the map of the coverage"),
    "works": msg("drawing the map of the building sites"),
}
#: Layers behind every map, and those that one draws besides the pipes.
_BACKDROP = ("towns", "roads", "buildings", "stations")
_DRAWN: dict[Kind, tuple[str, ...]] = {"risk": (), "plan": (), "coverage": ("customers",), "works": ()}
#: The result that a map shows.
RESULTS: dict[Kind, str] = {"risk": "risk", "plan": "projects", "coverage": "coverage"}


def draw(
    workspace: Workspace,
    kind: Kind,
    *,
    as_of: dt.date,
    lang: Language,
    layers: Layers | None = None,
    judged: encroachment.Sites | None = None,
    progress: Progress = silent,
) -> Path:
    """Draw one map from the results that are there and return its file.

    `as_of` is the day for which building sites are judged, where they are not `judged` already; the other maps bear the
    date of their results. `layers` are those of the workspace, where they are read already.
    """
    draws: dict[Kind, Callable[..., str]] = {
        "risk": _risk,
        "plan": _plan,
        "coverage": _coverage,
        "works": partial(_works, judged=judged),
    }
    progress(_STEPS[kind])
    if layers is None:
        layers = inputs.layers(workspace, dict.fromkeys((*_BACKDROP, "pipes", *_DRAWN[kind])))
    common = {"as_of": as_of, "lang": lang, "backdrop": _backdrop(layers)}
    return _write(workspace, kind, draws[kind](workspace, layers, **common))


def draw_isolation(workspace: Workspace, isolation: Isolation, *, as_of: dt.date, lang: Language) -> Path:
    """Draw one isolation and return its file."""
    layers = inputs.layers(workspace, (*_BACKDROP, "pipes", "valves", "customers"))
    document = maps.isolation_map(
        isolation.to_dict(lang),
        inputs.not_empty(workspace, "pipes", layers["pipes"]),
        as_of=as_of,
        valves=layers["valves"],
        customers=layers["customers"],
        lang=lang,
        backdrop=_backdrop(layers),
    )
    return _write(workspace, "isolation", document)


def draw_pressure(workspace: Workspace, answer: Answer, *, as_of: dt.date, lang: Language) -> Path:
    """Draw the pressures, after what was asked for where something was, and return the file."""
    layers = inputs.layers(workspace, (*_BACKDROP, "pipes"))
    now = answer.after or answer.before
    document = maps.pressure_map(
        now.to_dict(),
        now.pipes,
        inputs.not_empty(workspace, "pipes", layers["pipes"]),
        as_of=as_of,
        assumed=[text.render(lang) for text in answer.assumed],
        title=None if answer.after is None else msg("Gas pressure at the peak, after what was asked for").render(lang),
        lang=lang,
        backdrop=_backdrop(layers),
    )
    return _write(workspace, "pressure", document)


def available(workspace: Workspace) -> list[Kind]:
    """Return the maps for which the workspace has what they need."""
    have: dict[Kind, bool] = {
        kind: results.made(workspace, name) is not None and results.outdated(workspace, name) is None
        for kind, name in RESULTS.items()
    }
    have["coverage"] &= workspace.catalogue.current("towns") is not None
    have["works"] = workspace.catalogue.current("works") is not None
    return [kind for kind, there in have.items() if there]


def outdated(workspace: Workspace) -> list[Message]:
    """Say which maps are left out because their results no longer fit the workspace."""
    there = [name for name in RESULTS.values() if results.made(workspace, name) is not None]
    return [reason for name in there if (reason := results.outdated(workspace, name)) is not None]


def _date(workspace: Workspace, name: str) -> dt.date:
    record = results.made(workspace, name)
    if record is None:
        raise DataError(results.outdated(workspace, name) or msg("there is no {name} yet", name=name))
    return record.as_of


def _write(workspace: Workspace, kind: Kind, document: str) -> Path:
    folder = workspace.results / "maps"
    folder.mkdir(parents=True, exist_ok=True)
    return maps.write(document, folder / f"{kind}.html")


def _backdrop(layers: Layers) -> maps.Backdrop:
    return maps.Backdrop(**{name: layers[name] for name in _BACKDROP})


def _risk(workspace: Workspace, layers: Layers, *, as_of: dt.date, lang: Language, **common: Any) -> str:
    del as_of
    measures = risk.measure_texts(inputs.parameters(workspace)["measures"], lang)
    return maps.risk_map(
        inputs.not_empty(workspace, "pipes", layers["pipes"]),
        results.required(workspace, "risk", "pipe_id"),
        as_of=_date(workspace, "risk"),
        lang=lang,
        measures=measures,
        sensors=_sensors(workspace),
        **common,
    )


def _sensors(workspace: Workspace) -> gpd.GeoDataFrame | None:
    """Return where methane sensors go, where that was worked out of the present layers."""
    if results.made(workspace, "sensors") is None or results.outdated(workspace, "sensors") is not None:
        return None
    return gpd.GeoDataFrame(results.required(workspace, "sensors", "spot_id"))


def _plan(workspace: Workspace, layers: Layers, *, as_of: dt.date, **common: Any) -> str:
    del as_of
    projects = results.required(workspace, "projects", "project_id")
    pipes = inputs.not_empty(workspace, "pipes", layers["pipes"])
    return maps.plan_map(projects, pipes, as_of=_date(workspace, "projects"), **common)


def _coverage(workspace: Workspace, layers: Layers, *, as_of: dt.date, **common: Any) -> str:
    del as_of
    guide = inputs.parameters(workspace)["coverage"]
    pipes, roads = layers["pipes"], layers["roads"]
    return maps.coverage_map(
        results.required(workspace, "coverage", "town_id"),
        inputs.not_empty(workspace, "towns", layers["towns"]),
        as_of=_date(workspace, "coverage"),
        conversion=results.read(workspace, "conversion", "customer_id"),
        customers=layers["customers"],
        pipes=pipes,
        timeline=_timeline(workspace),
        zones=None if pipes is None or roads is None else coverage.reach_zones(pipes, roads, guide),
        extensions=_current(workspace, "extensions", "extension_id"),
        depots=_current(workspace, "depots", "depot_id"),
        radius_m=guide.number("depot.radius_m"),
        **common,
    )


def _current(workspace: Workspace, name: str, index: str | None) -> Any:
    """Return a result that a map can do without; None where it was not made or no longer fits the workspace."""
    there = results.made(workspace, name) is not None and results.outdated(workspace, name) is None
    return results.read(workspace, name, index) if there else None


def _timeline(workspace: Workspace) -> pd.DataFrame | None:
    """Return the towns month by month: as closed where a month was, else by the dates on record."""
    table: pd.DataFrame | None = _current(workspace, "coverage_timeline", None)
    if table is None or table.empty:
        return None
    policy, last = str(table["policy"].iloc[0]), str(table["month"].max())
    parts = [table.assign(closed=pd.Series(pd.NA, index=table.index, dtype="Int64"))]
    for month in months.closed(workspace, policy):
        if month < str(table["month"].min()) or month >= last:
            continue
        kept = months.read(workspace, month, policy=policy)
        rows = kept.tables["coverage"].reset_index()[
            ["town_id", "eligible", "converted", "verified", "share", "needed"]
        ]
        parts = [part[part["month"].ne(month)] for part in parts]
        parts.append(rows.assign(month=month, closed=pd.Series(kept.revision, index=rows.index, dtype="Int64")))
    return pd.concat(parts, ignore_index=True)


def _works(
    workspace: Workspace,
    layers: Layers,
    *,
    as_of: dt.date,
    lang: Language,
    judged: encroachment.Sites | None = None,
    **common: Any,
) -> str:
    judged = judged or encroachment.judge(workspace, None, as_of=as_of)
    pipes = inputs.not_empty(workspace, "pipes", layers["pipes"])
    ranges = protection_ranges(pipes, inputs.parameters(workspace)["standards/pressure"])
    return maps.works_map(judged.works, judged.sites, pipes, ranges=ranges, as_of=as_of, lang=lang, **common)
