"""The coverage map: towns by the share of bottled-gas customers converted, and every customer by its decision."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, coverage_extra, coverage_steps, details, labels, palette
from gridrisk.maps.page import render
from gridrisk.maps.scene import Labels, Layer, LegendClass, Scene, classify
from gridrisk.words import DECISIONS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.i18n import Language
    from gridrisk.maps.steps import Steps

TOWN_RESULTS = (
    "rank",
    "eligible",
    "converted",
    "verified",
    "share",
    "needed",
    "on_track",
    "pace_month",
    "projected_on",
    "share_low",
    "target",
    "deadline",
)
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
    timeline: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    extensions: gpd.GeoDataFrame | None = None,
    depots: gpd.GeoDataFrame | None = None,
    radius_m: float = 0.0,
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
    timeline
        Towns by month, see `month_steps`: the page gets a slider over the months, the last of which is `as_of`.
    zones
        Streets within reach, as `coverage.reach_zones` gives them.
    extensions, depots, radius_m
        The results `extensions` and `depots`, and the service radius of a depot.

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop = backdrop or behind.Backdrop()
    frame = common.join(towns, coverage, "town_id")
    network = (common.plain_pipes(pipes, lang),) if pipes is not None else ()
    decided = _decisions(conversion, customers, lang) if conversion is not None and customers is not None else ()
    town_layer, figures = _towns(frame, lang, every_class=timeline is not None), _figures(coverage, lang)
    return render(
        Scene(
            title=title or translate(mark("Bottle-to-pipe coverage"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                town_layer,
                *_backdrop(backdrop, lang),
                *_behind(frame, lang, always=timeline is not None),
                *(coverage_extra.zones(zones, lang) if zones is not None else ()),
                *network,
                *(coverage_extra.extensions(extensions, lang) if extensions is not None else ()),
                *decided,
                *(coverage_extra.depots(depots, radius_m, lang) if depots is not None else ()),
            ),
            figures=figures,
            notes=_notes(coverage, towns, lang),
            steps=None if timeline is None else _steps(timeline, frame, town_layer, decided, figures, as_of, lang),
        )
    )


def _steps(
    timeline: pd.DataFrame,
    frame: gpd.GeoDataFrame,
    towns: Layer,
    decided: tuple[Layer, ...],
    figures: tuple[tuple[str, str], ...],
    as_of: dt.date,
    lang: Language,
) -> Steps | None:
    months = sorted(timeline["month"].unique())
    customers = None
    if decided and months and decided[0].frame is not None and decided[0].codes is not None:
        places = {name: place for place, name in enumerate(DECISIONS)}
        customers = coverage_steps.customer_steps(decided[0].frame, decided[0].codes, months, places)
    texts = [] if towns.labels is None else towns.labels.texts
    codes = np.zeros(len(frame), dtype=np.int64) if towns.codes is None else towns.codes
    return coverage_steps.month_steps(
        timeline,
        frame,
        _codes,
        as_of=as_of,
        lang=lang,
        now=coverage_steps.Now(tuple(text for _, text in figures), texts, codes, _late(frame)),
        customers=customers,
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


def _codes(share: NDArray[np.float64], none: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the class of each town: by its share, not known, nothing to convert."""
    breaks = [float(value) for value in palette.load()["coverage"]["breaks"]]
    codes = np.digitize(np.nan_to_num(share), breaks)
    codes[np.isnan(share)] = len(breaks) + 1
    codes[none] = len(breaks) + 2
    return codes.astype(np.int64)


def _towns(frame: gpd.GeoDataFrame, lang: Language, *, every_class: bool) -> Layer:
    say = details.speech(lang)
    share, none = _share(frame), _nothing_to_convert(frame)
    breaks = [float(value) for value in palette.load()["coverage"]["breaks"]]
    codes = _codes(share, none)
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
    if not every_class:
        classes, codes = common.only_present(classes, codes, optional=[len(breaks) + 1, len(breaks) + 2])
    placed = (frame.geometry.notna() & ~frame.geometry.is_empty).to_numpy()
    texts = coverage_steps.town_texts(frame, share, none, lang)
    return Layer(
        key="towns",
        title=translate(mark("Towns by share converted"), lang),
        frame=frame,
        classes=classes,
        codes=codes,
        details=details.columns(frame, TOWN_RESULTS, None, say),
        labels=Labels(behind.area_points(frame[placed]), texts, size_px=19, bold=True, first=True),
        names=frame["name"],
        order=10,
    )


def _late(frame: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the towns that are surely behind."""
    return np.flatnonzero(common.is_false(frame["on_track"])) if "on_track" in frame else np.zeros(0, dtype=np.int64)


def _behind(frame: gpd.GeoDataFrame, lang: Language, *, always: bool) -> tuple[Layer, ...]:
    late = _late(frame)
    if not len(late) and not always:
        return ()
    title = translate(mark("will miss its target"), lang)
    note = labels.count(len(late))
    return (
        Layer(
            key="late",
            title=title,
            classes=(LegendClass(title, palette.style("coverage", "behind"), note),),
            source="towns",
            members=late,
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
    titles = mark("bottled-gas customers to convert"), mark("converted"), mark("share converted")
    told = coverage_steps.sums(float(known["eligible"].sum()), float(known["converted"].sum()), lang)
    return tuple((translate(title, lang), text) for title, text in zip(titles, told, strict=True))


def _notes(coverage: pd.DataFrame, towns: gpd.GeoDataFrame, lang: Language) -> tuple[str, ...]:
    """Say how many customers count in no town of the map."""
    ids = coverage["town_id"] if "town_id" in coverage.columns else coverage.index
    elsewhere = coverage[~ids.isin(towns.index)]
    number = elsewhere["eligible"].sum() if "eligible" in elsewhere else 0
    if not number:
        return ()
    return (msg("{count} customers to convert lie in no town of the map", count=labels.count(number)).render(lang),)
