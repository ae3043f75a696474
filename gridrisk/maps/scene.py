"""What a page shows, before it is drawn: layers, classes of the legend, details, labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gridrisk import crs
from gridrisk.errors import CrsError, DataError
from gridrisk.i18n import msg
from gridrisk.maps import encode

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.i18n import Language
    from gridrisk.maps.details import Column
    from gridrisk.maps.palette import Style
    from gridrisk.maps.steps import Steps


@dataclass(frozen=True, slots=True)
class LegendClass:
    """One line of the legend: what it stands for, how it is drawn, and how much of it there is (`note`)."""

    label: str
    style: Style
    note: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """Texts written on the map.

    Attributes
    ----------
    points
        Place of each, shape (n, 2), metres.
    texts
        The text of each; a line break starts a second line.
    angles_rad
        Turn against the x axis, counter-clockwise.
    room_m
        A text is written where the map gives it this many metres of room; 0 = always.
    size_px
        Height of the letters.
    below_px
        How far under its place a text stands, to leave a symbol free.
    first
        Every text is written, moved aside where two would overlap; labels of other layers give way.
    """

    points: NDArray[np.float64]
    texts: list[str]
    angles_rad: NDArray[np.float64] | None = None
    room_m: NDArray[np.float64] | None = None
    size_px: float = 15
    bold: bool = False
    below_px: float = 0
    first: bool = False

    def encode(self, origin: tuple[float, float]) -> dict[str, Any]:
        """Return the labels for the page."""
        points = np.round(self.points - np.asarray(origin), 1)
        return {
            "xy": points.tolist(),
            "texts": self.texts,
            "angles": None if self.angles_rad is None else np.round(self.angles_rad, 3).tolist(),
            "room": None if self.room_m is None else np.round(self.room_m, 1).tolist(),
            "size": self.size_px,
            "bold": self.bold,
            "below": self.below_px,
            "first": self.first,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of the map.

    Attributes
    ----------
    frame
        The features; the index is their id. None where `source` names the layer whose features these are.
    codes
        Class of each feature (place in `classes`); one class only: may be left out.
    members
        With `source`: which of its features, by place.
    details
        What a click shows.
    order
        Place in the legend; layers are drawn in the order of the scene.
    merged
        One line of the legend for all classes, which differ in nothing that it could show.
    """

    key: str
    title: str
    classes: tuple[LegendClass, ...]
    frame: gpd.GeoDataFrame | None = None
    codes: NDArray[np.int64] | None = None
    source: str = ""
    members: NDArray[np.int64] | None = None
    details: tuple[Column, ...] = ()
    labels: Labels | None = None
    names: pd.Series | None = None
    clickable: bool = True
    visible: bool = True
    note: str = ""
    order: int = 50
    merged: bool = False

    def encode(self, origin: tuple[float, float]) -> dict[str, Any]:
        """Return the layer for the page."""
        out: dict[str, Any] = {
            "key": self.key,
            "title": self.title,
            "note": self.note,
            "order": self.order,
            "merged": self.merged,
            "visible": self.visible,
            "clickable": self.clickable and not self.source,
            "classes": [{"label": c.label, "note": c.note, "style": c.style.encode()} for c in self.classes],
        }
        if self.codes is not None and len(self.classes) > 1:
            out["codes"] = encode.pack(self.codes)
        if self.source:
            out["source"] = self.source
            out["members"] = encode.pack([] if self.members is None else self.members)
        elif self.frame is not None:
            out["geometry"] = encode.geometry(self.frame.geometry, origin)
            if self.clickable:
                out["ids"] = [str(value) for value in self.frame.index]
                out["columns"] = [column.encode() for column in self.details]
                if self.names is not None:
                    out["names"] = [None if pd.isna(value) else str(value) for value in self.names]
        if self.labels is not None:
            out["labels"] = self.labels.encode(origin)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A whole page.

    Attributes
    ----------
    figures
        The few numbers that stand beside the title: label and text.
    notes
        Sentences below the legend: what the map cannot know.
    focus
        What the page opens on (minx, miny, maxx, maxy, metres); None: everything.
    steps
        A slider over time.
    """

    title: str
    as_of: dt.date
    lang: Language
    layers: tuple[Layer, ...]
    figures: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = field(default=())
    focus: tuple[float, float, float, float] | None = None
    steps: Steps | None = None

    def crs_name(self) -> str:
        """Return the name of the CRS that all layers share.

        Raises
        ------
        CrsError
            Where a layer is not metric, or layers are in different systems.
        DataError
            Where no layer has a geometry.
        """
        first = None
        for layer in self.layers:
            if layer.frame is None or layer.frame.empty:
                continue
            crs.require_metric(layer.frame, layer.title)
            first = first or layer.frame.crs
            if layer.frame.crs != first:
                raise CrsError(
                    msg(
                        "{what}: its coordinates are in {one}, those of other layers of the map in {other}; "
                        "import all layers through one workspace",
                        what=layer.title,
                        one=layer.frame.crs.name,
                        other=first.name,
                    )
                )
        if first is None:
            raise DataError(msg("there is nothing to draw on the map; import pipes first"))
        code = first.to_epsg()
        return f"{first.name} (EPSG:{code})" if code else str(first.name)

    def bounds(self) -> tuple[float, float, float, float]:
        """Return the box around everything clickable (around all layers where nothing is), metres."""
        for clickable in (True, False):
            frames = [layer.frame for layer in self.layers if layer.frame is not None and layer.clickable >= clickable]
            box = around(*(frame.geometry.to_numpy() for frame in frames))
            if box is not None:
                return box
        raise DataError(msg("there is nothing to draw on the map; import pipes first"))


def around(*shapes: NDArray[np.object_]) -> tuple[float, float, float, float] | None:
    """Return the box around all shapes (minx, miny, maxx, maxy), or None where none has a place."""
    boxes = shapely.bounds(np.concatenate([np.empty(0, dtype=object), *shapes]))
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def classify(values: pd.Series, keys: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value in `keys`; what is missing or not in it is counted as the last one (unknown)."""
    places = {key: place for place, key in enumerate(keys)}
    return np.asarray(values.map(places).fillna(len(keys) - 1), dtype=np.int64)
