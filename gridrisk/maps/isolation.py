"""The isolation map: what is shut off, the valves to close, and who loses gas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, details, labels, palette
from gridrisk.maps.page import render
from gridrisk.maps.scene import Labels, Layer, LegendClass, Scene, around

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from gridrisk.i18n import Language

PIPE_CLASSES = {
    "inside": mark("isolated: between the closed valves"),
    "lost": mark("without gas beyond them"),
    "supplied": mark("still supplied"),
}
VALVE_CLASSES = {
    "close": mark("valve to close"),
    "optional": mark("may be closed as well"),
    "other": mark("other valves"),
}
CUSTOMER_CLASSES = {
    "critical": mark("loses gas: must not lose it (school, hospital …)"),
    "unintended": mark("loses gas beyond the isolated part"),
    "inside": mark("loses gas inside the isolated part"),
}
VALVE_DETAILS = ("operable", "normally_open", "kind", "in_pit", "pipe_id", "last_operated")
CUSTOMER_DETAILS = ("kind", "households", "address", "pipe_id", "peak_m3h", "critical")
#: Metres around the isolated part that the page opens on.
_MARGIN_M = 50.0


def isolation_map(
    isolation: Mapping[str, Any],
    pipes: gpd.GeoDataFrame,
    *,
    as_of: dt.date,
    valves: gpd.GeoDataFrame | None = None,
    customers: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    lang: Language = "zh",
    backdrop: behind.Backdrop | None = None,
) -> str:
    """Return the page of one isolation.

    Parameters
    ----------
    isolation
        What ``isolate --json`` gives: pipes, partly (the stretches of divided pipes that are isolated), close_valves,
        optional_valves, lost_pipes, customers, critical (lists of ids), households (a number; None: unknown),
        unintended (pipes, customers); close_stations, unverified_valves and notes (texts) where there are any.
    pipes, valves, customers
        The layers, on their ids, metric; only customers that lose gas are drawn.

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop = backdrop or behind.Backdrop()
    layer = pipe_layer(isolation, pipes, lang)
    return render(
        Scene(
            title=title or translate(mark("Isolation and outage"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                *behind.below(backdrop, lang),
                layer,
                *behind.stations(backdrop, lang),
                *_customers(isolation, customers, lang),
                *_stations(isolation, backdrop, lang),
                *_valves(isolation, valves, lang),
            ),
            figures=_figures(isolation, lang),
            notes=_notes(isolation, valves, customers, lang),
            focus=focus(isolation, layer, valves),
        )
    )


def _ids(isolation: Mapping[str, Any], key: str) -> set[str]:
    return {str(value) for value in isolation.get(key, ())}


def _unintended(isolation: Mapping[str, Any], key: str) -> set[str]:
    return {str(value) for value in isolation.get("unintended", {}).get(key, ())}


def _codes(index: pd.Index, *sets: Iterable[str]) -> NDArray[np.int64]:
    """Return the first of `sets` that holds each id, the number of sets where none does."""
    codes = np.full(len(index), len(sets), dtype=np.int64)
    for place in range(len(sets) - 1, -1, -1):
        codes[index.isin(list(sets[place]))] = place
    return codes


def pipe_layer(isolation: Mapping[str, Any], pipes: gpd.GeoDataFrame, lang: Language) -> Layer:
    """Return the pipes by whether they are isolated, without gas or supplied, those that a valve divides cut in two."""
    say = details.speech(lang)
    pipes, rest = _divided(isolation, pipes)
    beyond = _unintended(isolation, "pipes")
    codes = _codes(pipes.index, _ids(isolation, "pipes"), _ids(isolation, "lost_pipes") | beyond)
    codes[rest] = _codes(pipes.index[rest], (), beyond)
    classes = PIPE_CLASSES
    if not isolation.get("source_known", True):
        classes = PIPE_CLASSES | {"supplied": mark("supply unknown")}
    return Layer(
        key="pipes",
        title=translate(common.PIPES, lang),
        frame=pipes,
        classes=common.counted("isolation", classes, codes, lang, common.lengths_m(pipes)),
        codes=codes,
        details=details.columns(pipes, common.PIPE_DETAILS, "pipes", say),
        order=20,
    )


def _divided(isolation: Mapping[str, Any], pipes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, NDArray[np.bool_]]:
    """Return the pipes with those cut in two that a valve divides, and which rows are what is not isolated of them."""
    stretches: dict[str, list[tuple[float, float]]] = {}
    for part in isolation.get("partly", ()):
        stretches.setdefault(str(part["pipe_id"]), []).append((part["from_m"], part["to_m"]))
    known = [name for name in stretches if name in pipes.index]
    if not known:
        return pipes, np.zeros(len(pipes), dtype=bool)
    rows, lines, outside = [], [], []
    for name in known:
        line = pipes.geometry.loc[name]
        at = 0.0
        for begin, end in [*stretches[name], (line.length, line.length)]:
            for start, stop, left_out in ((at, begin, True), (begin, end, False)):
                if stop > start:
                    rows.append(name)
                    lines.append(substring(line, start, stop))
                    outside.append(left_out)
            at = end
    cut = pipes.loc[rows].set_geometry(gpd.GeoSeries(lines, index=pd.Index(rows, name=pipes.index.name), crs=pipes.crs))
    frame = gpd.GeoDataFrame(pd.concat([pipes.drop(index=known), cut]), crs=pipes.crs)
    return frame, np.concatenate([np.zeros(len(pipes) - len(known), dtype=bool), np.array(outside, dtype=bool)])


def _valves(isolation: Mapping[str, Any], valves: gpd.GeoDataFrame | None, lang: Language) -> tuple[Layer, ...]:
    if valves is None or valves.empty:
        return ()
    close, say = _ids(isolation, "close_valves"), details.speech(lang)
    codes = _codes(valves.index, close, _ids(isolation, "optional_valves"))
    named = valves[(codes == 0) & (valves.geometry.notna() & ~valves.geometry.is_empty).to_numpy()]
    points = shapely.get_coordinates(named.geometry.to_numpy())
    return (
        Layer(
            key="valves",
            title=translate(mark("Valves"), lang),
            frame=valves,
            classes=common.counted("valves", VALVE_CLASSES, codes, lang, None),
            codes=codes,
            details=details.columns(valves, VALVE_DETAILS, "valves", say),
            labels=Labels(
                points, [str(value) for value in named.index], size_px=16, bold=True, below_px=25, first=True
            ),
            order=10,
        ),
    )


def _customers(isolation: Mapping[str, Any], customers: gpd.GeoDataFrame | None, lang: Language) -> tuple[Layer, ...]:
    if customers is None:
        return ()
    lost = customers[customers.index.isin(list(_ids(isolation, "customers")))]
    if lost.empty:
        return ()
    say = details.speech(lang)
    codes = _codes(lost.index, _ids(isolation, "critical"), _unintended(isolation, "customers"))
    return (
        Layer(
            key="customers",
            title=translate(mark("Customers without gas"), lang),
            frame=lost,
            classes=common.counted("lost", CUSTOMER_CLASSES, codes, lang, None),
            codes=codes,
            details=details.columns(lost, CUSTOMER_DETAILS, "customers", say),
            order=30,
        ),
    )


def _stations(isolation: Mapping[str, Any], backdrop: behind.Backdrop, lang: Language) -> tuple[Layer, ...]:
    """Return the stations that must be shut as well, marked like valves."""
    stations = backdrop.stations
    if stations is None or not (shut := stations.index.isin(list(_ids(isolation, "close_stations")))).any():
        return ()
    title = translate(mark("station to shut"), lang)
    style = palette.style("valves", "station")
    return (
        Layer(
            key="stations_marked",
            title=title,
            classes=(LegendClass(title, style, labels.count(int(shut.sum()))),),
            source="stations",
            members=np.flatnonzero(shut),
            clickable=False,
            order=11,
        ),
    )


def _figures(isolation: Mapping[str, Any], lang: Language) -> tuple[tuple[str, str], ...]:
    households = isolation.get("households")
    return (
        (translate(mark("valves to close"), lang), labels.count(len(_ids(isolation, "close_valves")))),
        (translate(mark("customers without gas"), lang), labels.count(len(_ids(isolation, "customers")))),
        (
            translate(mark("households"), lang),
            translate(labels.UNKNOWN, lang) if households is None else labels.count(households),
        ),
        (translate(mark("critical customers"), lang), labels.count(len(_ids(isolation, "critical")))),
    )


def _notes(
    isolation: Mapping[str, Any], valves: gpd.GeoDataFrame | None, customers: gpd.GeoDataFrame | None, lang: Language
) -> tuple[str, ...]:
    notes = [str(note) for note in isolation.get("notes", ())]
    if doubtful := sorted(_ids(isolation, "unverified_valves")):
        notes.append(msg("nobody has recorded that these valves work: {ids}", ids=", ".join(doubtful)).render(lang))
    if valves is None:
        notes.append(translate(mark("valves are unknown: the layer was never imported"), lang))
    elif missing := sorted(_ids(isolation, "close_valves") - set(valves.index)):
        notes.append(msg("valves without a place on the map: {ids}", ids=", ".join(missing)).render(lang))
    if customers is None:
        notes.append(translate(mark("customers are unknown: the layer was never imported"), lang))
    return tuple(notes)


def focus(
    isolation: Mapping[str, Any], layer: Layer, valves: gpd.GeoDataFrame | None
) -> tuple[float, float, float, float] | None:
    """Return the box around the isolated part and its valves."""
    if layer.frame is None or layer.codes is None:
        return None
    shapes = [layer.frame.geometry.to_numpy()[layer.codes < 2]]
    if valves is not None:
        shapes.append(valves.geometry[valves.index.isin(list(_ids(isolation, "close_valves")))].to_numpy())
    box = around(*shapes)
    if box is None:
        return None
    return box[0] - _MARGIN_M, box[1] - _MARGIN_M, box[2] + _MARGIN_M, box[3] + _MARGIN_M
