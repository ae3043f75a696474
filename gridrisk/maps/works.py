"""The works map: building sites by verdict, over the protection and control ranges of the pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, details, palette
from gridrisk.maps.page import render
from gridrisk.maps.scene import Layer, LegendClass, Scene, classify
from gridrisk.words import VERDICTS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import geopandas as gpd

    from gridrisk.i18n import Language

RANGES = {"protection": mark("protection range"), "control": mark("control range")}
RESULTS = ("state", "distance_m", "pipes", "clause", "notes", "missing", "close_valves", "households")
WORK_DETAILS = ("kind", "status", "start_on", "end_on", "contractor", "permit", "plan_signed", "guardian", "depth_m")


def works_map(
    works: gpd.GeoDataFrame,
    sites: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    *,
    as_of: dt.date,
    ranges: pd.DataFrame | None = None,
    title: str | None = None,
    lang: Language = "zh",
    backdrop: behind.Backdrop | None = None,
) -> str:
    """Return the page of the building sites.

    Parameters
    ----------
    works
        The layer `works`, on work_id, metric.
    sites
        The result `works`, on work_id (index or column): verdict (forbidden, plan_required, clear), and what there is
        of `RESULTS`. Several rows of one site (one a pipe) become one with the gravest verdict and all their pipes.
    pipes
        The layer `pipes`, metric.
    ranges
        On pipe_id: protection_m, control_m, measured from the pipe's outer edge; missing where none applies. The drawn
        band is wider by half the diameter, where that is known.

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop, say = backdrop or behind.Backdrop(), details.speech(lang)
    frame = common.join(works, one_row_a_site(sites), "work_id")
    codes = classify(frame["verdict"], list(VERDICTS))
    classes = common.counted("works", VERDICTS, codes, lang, None)
    figures = tuple((item.label, item.note) for item in classes[:3])
    classes, codes = common.only_present(classes, codes, optional=[len(VERDICTS) - 1])
    layer = Layer(
        key="works",
        title=translate(mark("Building sites by verdict"), lang),
        frame=frame,
        classes=classes,
        codes=codes,
        details=(
            *details.columns(frame, [name for name in RESULTS if name != "missing" or "notes" not in frame], None, say),
            *details.columns(frame, WORK_DETAILS, "works", say),
        ),
        order=10,
    )
    return render(
        Scene(
            title=title or translate(mark("Building sites near gas pipes"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                *behind.below(backdrop, lang),
                *_bands(pipes, ranges, lang),
                common.plain_pipes(pipes, lang),
                layer,
                *behind.stations(backdrop, lang),
            ),
            figures=figures,
        )
    )


def one_row_a_site(sites: pd.DataFrame) -> pd.DataFrame:
    """Return one row a work_id: the gravest verdict and the row it stands in, with the pipes of all rows."""
    table = pd.DataFrame(sites)
    if "work_id" not in table.columns:
        table = table.rename_axis(index="work_id").reset_index()
    table = table.drop(columns="geometry", errors="ignore")
    if table["work_id"].is_unique:
        return table.set_index("work_id")
    table = table.assign(_gravity=classify(table["verdict"], list(VERDICTS)))
    by = ["_gravity", "distance_m"] if "distance_m" in table.columns else ["_gravity"]
    gravest = table.sort_values(by, kind="stable").drop_duplicates("work_id").set_index("work_id")
    if "pipe_id" in table.columns and "pipes" not in table.columns:
        gravest["pipes"] = table[table["pipe_id"].notna()].groupby("work_id")["pipe_id"].agg(list)
    return gravest.drop(columns="_gravity")


def _bands(pipes: gpd.GeoDataFrame, ranges: pd.DataFrame | None, lang: Language) -> Iterator[Layer]:
    """Yield the control ranges and above them the protection ranges, as lines of their width in metres."""
    if ranges is None:
        return
    table = common.join(pipes[["geometry"]], ranges, "pipe_id")
    outer_m = np.nan_to_num(pd.to_numeric(pipes["diameter_mm"]).astype("float64").to_numpy()) / 2000
    for order, zone in ((21, "control"), (20, "protection")):
        reach = pd.to_numeric(table[f"{zone}_m"]).astype("float64").to_numpy()
        half = np.round(reach + outer_m, 1)
        members = np.flatnonzero(half > 0)
        if not members.size:
            continue
        widths, codes = np.unique(half[members], return_inverse=True)
        style, title = palette.style("ranges", zone), translate(RANGES[zone], lang)
        low, high = f"{np.nanmin(reach):g}", f"{np.nanmax(reach):g}"
        around = msg("{low} m", low=low) if low == high else msg("{low} to {high} m", low=low, high=high)
        yield Layer(
            key=f"range_{zone}",
            title=title,
            classes=tuple(LegendClass(title, style.in_metres(2 * width), around.render(lang)) for width in widths),
            codes=codes.astype(np.int64),
            source="pipes",
            members=members,
            clickable=False,
            order=order,
            merged=True,
        )
