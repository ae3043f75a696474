"""The pressure map: what is left of the pressure on every pipe, and where it is lowest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, details, palette
from gridrisk.maps.page import render
from gridrisk.maps.scene import Labels, Layer, LegendClass, Scene

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gridrisk.i18n import Language

CLASSES = {
    "below": mark("too low, or not held at all"),
    "tight": mark("margin left: under 25 %"),
    "fair": mark("margin left: 25 to 60 %"),
    "good": mark("margin left: over 60 %"),
    "unknown": mark("with gas, pressure not known"),
    "none": mark("without gas"),
}
LOWEST = {
    "fails": mark("area where it does not hold"),
    "holds": mark("area where it holds"),
    "unknown": mark("area where it is not known"),
}
_HOLDS = {True: mark("holds"), False: mark("DOES NOT HOLD"), None: mark("not known")}
#: Shares of the margin between the pressure at the feed and what is needed.
_TIGHT, _FAIR = 0.25, 0.6
PIPE_NUMBERS = ("kpa", "limit_kpa", "set_kpa")
AREA_NUMBERS = ("kpa", "limit_kpa", "set_kpa", "demand_m3h", "fed_by")
#: Places whose pressure is written on the map: where it fails, else where the margin is least.
_WRITTEN, _LEAST = 25, 3


def pressure_map(
    pressures: Mapping[str, Any],
    table: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    *,
    as_of: dt.date,
    assumed: Sequence[str] = (),
    title: str | None = None,
    lang: Language = "zh",
    backdrop: behind.Backdrop | None = None,
) -> str:
    """Return the page of the pressures.

    Parameters
    ----------
    pressures
        As `network.Pressures.to_dict` gives them: holds, demand_m3h, areas.
    table
        On pipe_id: kpa, limit_kpa, set_kpa, fails (NA where not known); pipes without gas are not in it.
    pipes
        The layer `pipes`, metric.
    as_of
        The date of the data.
    assumed
        Sentences on what was assumed; they stand on the page.

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop, say = backdrop or behind.Backdrop(), details.speech(lang)
    frame = common.join(pipes, table, "pipe_id")
    codes = classes_of(frame, pipes.index.isin(table.index))
    lengths = common.lengths_m(frame)
    classes = common.counted("pressure", CLASSES, codes, lang, lengths)
    classes, codes = common.only_present(classes, codes, optional=range(len(CLASSES)))
    layer = Layer(
        key="pipes",
        title=translate(mark("Pipes by pressure at the peak"), lang),
        frame=frame,
        classes=classes,
        codes=codes,
        details=(
            *details.columns(frame, PIPE_NUMBERS, None, say),
            *details.columns(frame, common.PIPE_DETAILS, "pipes", say),
        ),
        order=10,
    )
    areas = sorted(pressures["areas"], key=_urgency)
    return render(
        Scene(
            title=title or translate(mark("Gas pressure at the peak"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                *behind.below(backdrop, lang),
                layer,
                *behind.stations(backdrop, lang),
                *_lowest(areas, pipes, say),
            ),
            figures=_figures(pressures, areas, lang),
            notes=(
                msg(
                    "margin: between the pressure at the feed and what customers and regulators need; all pressures "
                    "are gauge pressures worked out for the peak, none is measured"
                ).render(lang),
                *assumed,
            ),
        )
    )


def classes_of(frame: pd.DataFrame, has_gas: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the place in `CLASSES` of every pipe, from kpa, limit_kpa, set_kpa and fails."""
    kpa, limit, held = (frame[name].to_numpy("float64", na_value=np.nan) for name in PIPE_NUMBERS)
    fails, sure = common.is_true(frame["fails"]), common.is_false(frame["fails"])
    with np.errstate(divide="ignore", invalid="ignore"):
        left = (kpa - limit) / np.maximum(held - limit, 1e-9)
    found = np.select(
        [~has_gas, fails, np.isnan(left) | ~sure, left < 0, left < _TIGHT, left < _FAIR], [5, 0, 4, 0, 1, 2], default=3
    )
    return found.astype(np.int64)


def _urgency(area: Mapping[str, Any]) -> tuple[int, float]:
    """Return the order of areas: those that fail, then those with the least share of their margin left."""
    known = None not in (area["lowest_kpa"], area["limit_kpa"], area["set_kpa"])
    left = (area["lowest_kpa"] - area["limit_kpa"]) / max(area["set_kpa"] - area["limit_kpa"], 1e-9) if known else 0.0
    return {False: 0, None: 1, True: 2}[area["holds"]], left


def _written(area: Mapping[str, Any], lang: Language) -> str:
    return msg(
        "{kpa} kPa at {pipe}, needed {limit} kPa",
        kpa=f"{area['lowest_kpa']:.3g}",
        pipe=area["lowest_pipe"],
        limit=f"{area['limit_kpa']:g}",
    ).render(lang)


def _figures(
    pressures: Mapping[str, Any], areas: Sequence[Mapping[str, Any]], lang: Language
) -> tuple[tuple[str, str], ...]:
    failing = sum(area["holds"] is False for area in areas)
    lowest = next((area for area in areas if area["lowest_kpa"] is not None), None)
    figures = [
        (translate(mark("the pressure"), lang), translate(_HOLDS[pressures["holds"]], lang)),
        (
            translate(mark("areas where it does not hold"), lang),
            msg("{count} of {all}", count=failing, all=len(areas)).render(lang),
        ),
        (
            translate(mark("drawn at the peak"), lang),
            msg("{flow} m³/h", flow=f"{pressures['demand_m3h']:,.0f}").render(lang),
        ),
    ]
    if lowest is not None:
        figures.append((translate(mark("lowest"), lang), _written(lowest, lang)))
    return tuple(figures)


def _lowest(areas: Sequence[Mapping[str, Any]], pipes: gpd.GeoDataFrame, say: details.Speech) -> tuple[Layer, ...]:
    """Return where each area's pressure is lowest, with the pressure written there."""
    there = [area for area in areas if area["x"] is not None]
    if not there:
        return ()
    xy = np.array([(area["x"], area["y"]) for area in there], np.float64)
    names = {"lowest_kpa": "kpa"}
    shown = pd.DataFrame(there).rename(columns=names)
    shown["fed_by"] = [", ".join(area["fed_by"]) for area in there]
    frame = gpd.GeoDataFrame(shown, geometry=shapely.points(xy), crs=pipes.crs)
    frame.index = pd.Index([str(area["lowest_pipe"]) for area in there])
    codes = np.array([{False: 0, True: 1, None: 2}[area["holds"]] for area in there], np.int64)
    classes = [
        LegendClass(translate(text, say.lang), palette.style("lowest", key), str(int((codes == place).sum())))
        for place, (key, text) in enumerate(LOWEST.items())
    ]
    kept, codes = common.only_present(classes, codes, optional=range(len(LOWEST)))
    written = [area for area in there if area["holds"] is False][:_WRITTEN] or there[:_LEAST]
    layer = Layer(
        key="lowest",
        title=translate(mark("Lowest pressure of each area between regulators"), say.lang),
        frame=frame,
        classes=kept,
        codes=codes,
        details=details.columns(frame, AREA_NUMBERS, None, say),
        labels=Labels(
            points=xy[: len(written)],
            texts=[msg("{kpa} kPa", kpa=f"{area['lowest_kpa']:.3g}").render(say.lang) for area in written],
            size_px=13,
            bold=True,
            below_px=12,
            first=True,
        ),
        order=5,
    )
    return (layer,)
