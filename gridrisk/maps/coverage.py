"""The coverage map: towns by the share of bottled-gas customers converted, and every customer by its decision."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, details, labels, palette
from gridrisk.maps.page import render
from gridrisk.maps.scene import Labels, Layer, LegendClass, Scene, classify
from gridrisk.words import DECISIONS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.i18n import Language

TOWN_RESULTS = ("eligible", "converted", "verified", "share", "share_low", "target", "deadline", "on_track")
CUSTOMER_RESULTS = ("reason", "clause", "reach_m", "cost_yuan", "pay_user", "pay_government", "pay_company")
_FAINT = 0.7
CUSTOMER_DETAILS = ("kind", "fuel", "premises", "address", "households", "area_m2")


def coverage_map(  # noqa: PLR0913  drawn from many layers
    coverage: pd.DataFrame,
    towns: gpd.GeoDataFrame,
    *,
    as_of: dt.date,
    conversion: pd.DataFrame | None = None,
    customers: gpd.GeoDataFrame | None = None,
    pipes: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    lang: Language = "zh",
    backdrop: behind.Backdrop | None = None,
) -> str:
    """Return the page of the bottle-to-pipe coverage.

    Parameters
    ----------
    coverage
        The result `coverage`, on town_id (index or column): share (0–1, missing = unknown), eligible (0: nothing to
        convert), and what there is of `TOWN_RESULTS`.
    towns
        The layer `towns`, on town_id, metric. A town without a row in `coverage` is shown as unknown.
    conversion, customers
        The result `conversion` on customer_id (decision: pipe, electric, excluded, done, unknown) and the layer
        `customers`; both or none. Customers without a decision are not drawn.
    pipes
        The layer `pipes`, for the network behind.

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop = backdrop or behind.Backdrop()
    frame = common.join(towns, coverage, "town_id")
    network = (common.plain_pipes(pipes, lang),) if pipes is not None else ()
    decided = _decisions(conversion, customers, lang) if conversion is not None and customers is not None else ()
    return render(
        Scene(
            title=title or translate(mark("Bottle-to-pipe coverage"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                _towns(frame, lang),
                *_backdrop(backdrop, lang),
                *_behind(frame, lang),
                *network,
                *decided,
            ),
            figures=_figures(coverage, lang),
            notes=_notes(coverage, towns, lang),
        )
    )


def _backdrop(backdrop: behind.Backdrop, lang: Language) -> Iterator[Layer]:
    """Yield faint roads and, switched off, buildings: they would hide the colours of the towns."""
    for layer in behind.below(replace(backdrop, towns=None), lang):
        faint = tuple(
            replace(item, style=replace(item.style, opacity=_FAINT, casing="", width=item.style.width / 2))
            for item in layer.classes
        )
        yield replace(layer, classes=faint if layer.key == "roads" else layer.classes, visible=layer.key != "buildings")


def _share(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.asarray(pd.to_numeric(frame["share"]).astype("float64"), dtype=np.float64)


def _nothing_to_convert(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    if "eligible" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(pd.to_numeric(frame["eligible"]).astype("float64") == 0, dtype=bool)


def _towns(frame: gpd.GeoDataFrame, lang: Language) -> Layer:
    say = details.speech(lang)
    share, none = _share(frame), _nothing_to_convert(frame)
    breaks = [float(value) for value in palette.load()["coverage"]["breaks"]]
    codes = np.digitize(np.nan_to_num(share), breaks)
    codes[np.isnan(share)] = len(breaks) + 1
    codes[none] = len(breaks) + 2
    edges = [labels.share(value, lang) for value in breaks]
    titles = [
        msg("below {high}", high=edges[0]),
        *(msg("{low} to {high}", low=low, high=high) for low, high in pairwise(edges)),
        msg("{low} and more", low=edges[-1]),
        msg("share unknown"),
        msg("no bottled-gas customers"),
    ]
    keys = [*(f"share_{place}" for place in range(1, len(breaks) + 2)), "unknown", "none"]
    classes = tuple(
        LegendClass(text.render(lang), palette.style("coverage", key), labels.count(int((codes == place).sum())))
        for place, (text, key) in enumerate(zip(titles, keys, strict=True))
    )
    classes, codes = common.only_present(classes, codes, optional=[len(breaks) + 1, len(breaks) + 2])
    texts = [
        f"{labels.wrapped(str(name))}\n{'—' if empty else labels.share(value, lang)}"
        for name, value, empty in zip(frame["name"].fillna("?"), share, none, strict=True)
    ]
    placed = (frame.geometry.notna() & ~frame.geometry.is_empty).to_numpy()
    points = np.zeros((len(frame), 2))
    points[placed] = behind.area_points(frame[placed])
    kept = np.flatnonzero(placed)
    return Layer(
        key="towns",
        title=translate(mark("Towns by share converted"), lang),
        frame=frame,
        classes=classes,
        codes=codes,
        details=details.columns(frame, TOWN_RESULTS, None, say),
        labels=Labels(points[kept], [texts[place] for place in kept], size_px=19, bold=True, first=True),
        names=frame["name"],
        order=10,
    )


def _behind(frame: gpd.GeoDataFrame, lang: Language) -> tuple[Layer, ...]:
    if "on_track" not in frame:
        return ()
    late = common.is_false(frame["on_track"])
    if not late.any():
        return ()
    title = translate(mark("will miss its target"), lang)
    note = labels.count(int(late.sum()))
    return (
        Layer(
            key="late",
            title=title,
            classes=(LegendClass(title, palette.style("coverage", "behind"), note),),
            source="towns",
            members=np.flatnonzero(late),
            clickable=False,
            order=20,
        ),
    )


def _decisions(conversion: pd.DataFrame, customers: gpd.GeoDataFrame, lang: Language) -> tuple[Layer, ...]:
    table = conversion.set_index("customer_id") if "customer_id" in conversion.columns else conversion
    frame = common.join(customers.loc[customers.index.isin(table.index)], table, "customer_id")
    if frame.empty:
        return ()
    say = details.speech(lang)
    decided = frame["decision"].where(frame["decision"].isin(list(DECISIONS)), "unknown")
    codes = classify(decided, list(DECISIONS))
    classes = common.counted("decision", DECISIONS, codes, lang, None)
    return (
        Layer(
            key="customers",
            title=translate(mark("Bottled-gas customers by decision"), lang),
            frame=frame,
            classes=classes,
            codes=codes,
            details=(
                *details.columns(frame, CUSTOMER_RESULTS, None, say),
                *details.columns(frame, CUSTOMER_DETAILS, "customers", say),
            ),
            order=30,
        ),
    )


def _figures(frame: pd.DataFrame, lang: Language) -> tuple[tuple[str, str], ...]:
    if not {"eligible", "converted"} <= set(frame.columns):
        return ()
    known = frame[frame["eligible"].notna() & frame["converted"].notna()]
    eligible, converted = float(known["eligible"].sum()), float(known["converted"].sum())
    return (
        (translate(mark("bottled-gas customers to convert"), lang), labels.count(eligible)),
        (translate(mark("converted"), lang), labels.count(converted)),
        (translate(mark("share converted"), lang), labels.share(converted / eligible if eligible else np.nan, lang)),
    )


def _notes(coverage: pd.DataFrame, towns: gpd.GeoDataFrame, lang: Language) -> tuple[str, ...]:
    """Say how many customers count in no town of the map."""
    ids = coverage["town_id"] if "town_id" in coverage.columns else coverage.index
    elsewhere = coverage[~ids.isin(towns.index)]
    number = elsewhere["eligible"].sum() if "eligible" in elsewhere else 0
    if not number:
        return ()
    return (msg("{count} customers to convert lie in no town of the map", count=labels.count(number)).render(lang),)
