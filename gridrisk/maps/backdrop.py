"""The city behind: towns, buildings and roads in pale greys, so that a place is recognised without a tile server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

import numpy as np
import pandas as pd
import shapely

from gridrisk.i18n import mark, msg, translate
from gridrisk.layers import schema
from gridrisk.maps import details, labels, palette
from gridrisk.maps.common import is_true, only_present
from gridrisk.maps.scene import Labels, Layer, LegendClass, classify

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.i18n import Language

#: Kinds by themselves a source; any other station that feeds the network is drawn as `source`.
_SOURCES = ("city_gate", "storage", "lng", "cng")
_REGULATORS = ("regulator_station", "regulator_cabinet", "regulator_box")
_STATION_DETAILS = ("kind", "is_source", "inlet_class", "outlet_class", "capacity_m3h", "install_year", "safety_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """Layers for orientation; each a frame of that layer, or None where it was never imported.

    Columns used: `towns` name; `roads` name; `stations` kind and the rest of its schema; `buildings` none.
    """

    towns: gpd.GeoDataFrame | None = None
    roads: gpd.GeoDataFrame | None = None
    buildings: gpd.GeoDataFrame | None = None
    stations: gpd.GeoDataFrame | None = None


def below(backdrop: Backdrop, lang: Language) -> tuple[Layer, ...]:
    """Return the layers that lie under everything else, in the order of drawing."""
    return tuple(_below(backdrop, lang))


def _below(backdrop: Backdrop, lang: Language) -> Iterator[Layer]:
    if _has(backdrop.towns):
        yield _plain("towns", translate(mark("Towns"), lang), backdrop.towns, _town_labels(backdrop.towns), 90)
    if _has(backdrop.buildings):
        shown, note = _largest(backdrop.buildings, palette.limit("buildings"), lang)
        yield _plain("buildings", translate(mark("Buildings"), lang), shown, None, 92, note)
    if _has(backdrop.roads):
        lines = shapely.get_dimensions(backdrop.roads.geometry.to_numpy()) < 2
        title = translate(mark("Roads"), lang)
        if not lines.all():
            yield _plain("road_areas", translate(mark("Road areas"), lang), backdrop.roads[~lines], None, 94)
        if lines.any():
            yield _plain("roads", title, backdrop.roads[lines], road_labels(backdrop.roads[lines]), 93)


def stations(backdrop: Backdrop, lang: Language) -> tuple[Layer, ...]:
    """Return the layer of the stations by kind, or none; small regulators are seen only from close by."""
    frame = backdrop.stations
    if not _has(frame):
        return ()
    keys = [*_SOURCES, "source", *_REGULATORS, "unknown"]
    spec = schema.load("stations").fields
    titles = {key: choice.of(lang) for key, choice in spec["kind"].choices.items()}
    titles |= {"source": spec["is_source"].title.of(lang), "unknown": translate(labels.UNKNOWN, lang)}
    codes = classify(_station_kinds(frame), keys)
    classes = tuple(
        LegendClass(titles[key], palette.style("station", key), labels.count(int((codes == place).sum())))
        for place, key in enumerate(keys)
    )
    classes, codes = only_present(classes, codes, optional=range(len(keys)))
    title, say = translate(mark("Stations"), lang), details.speech(lang)
    return (
        Layer(
            key="stations",
            title=title,
            frame=frame,
            classes=classes,
            codes=codes,
            details=details.columns(frame, _STATION_DETAILS, "stations", say),
            order=80,
        ),
    )


def _station_kinds(frame: gpd.GeoDataFrame) -> pd.Series[str]:
    """Return the kind of each station; `source` for a regulator or an unknown kind that feeds the network."""
    feeds = is_true(frame["is_source"]) & ~frame["kind"].isin(_SOURCES).to_numpy()
    kinds: pd.Series[str] = frame["kind"].mask(feeds, "source")
    return kinds


def _has(frame: gpd.GeoDataFrame | None) -> TypeGuard[gpd.GeoDataFrame]:
    return frame is not None and not frame.empty


def _plain(key: str, title: str, frame: gpd.GeoDataFrame, texts: Labels | None, order: int, note: str = "") -> Layer:
    classes = (LegendClass(title, palette.style("backdrop", key)),)
    return Layer(
        key=key, title=title, frame=frame, classes=classes, labels=texts, clickable=False, note=note, order=order
    )


def _largest(frame: gpd.GeoDataFrame, limit: int, lang: Language) -> tuple[gpd.GeoDataFrame, str]:
    if len(frame) <= limit:
        return frame, ""
    area = shapely.area(frame.geometry.to_numpy())
    kept = np.sort(np.argpartition(area, -limit)[-limit:])
    note = msg("the {shown} largest of {all}", shown=labels.count(limit), all=labels.count(len(frame)))
    return frame.iloc[kept], note.render(lang)


def area_points(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return a point inside each area for its label, shape (n, 2)."""
    return shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))


def _town_labels(towns: gpd.GeoDataFrame) -> Labels:
    named = towns[towns["name"].notna() & ~towns.geometry.is_empty & towns.geometry.notna()]
    return Labels(area_points(named), [labels.wrapped(str(name)) for name in named["name"]], size_px=17, first=True)


def road_labels(roads: gpd.GeoDataFrame) -> Labels | None:
    """Return labels along the longest pieces of the named streets; the page leaves out repetitions close by."""
    if "name" not in roads.columns:
        return None
    pieces, owner = shapely.get_parts(roads.geometry.to_numpy(), return_index=True)
    table = pd.DataFrame({"name": roads["name"].to_numpy()[owner], "length": shapely.length(pieces), "piece": pieces})
    table = table[table["name"].notna() & (table["length"] > 0)]
    if table.empty:
        return None
    table = table.nlargest(palette.limit("road_names"), "length")
    lines = table["piece"].to_numpy()
    before, middle, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines, at, normalized=True)) for at in (0.4, 0.5, 0.6)
    )
    along = after - before
    along[along[:, 0] < 0] *= -1  # letters stand upright
    angles = np.arctan2(along[:, 1], along[:, 0])
    names = [str(name) for name in table["name"]]
    return Labels(middle, names, angles, table["length"].to_numpy(dtype=np.float64), size_px=13)
