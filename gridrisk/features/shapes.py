"""The geometries of a layer as flat arrays or as shapely objects, whichever is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.features import flat as flat_
from gridrisk.layers.encoded import EncodedGeometry

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.features.flat import Flat

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: From this many geometries on compiled loops do the work; below, compiling takes longer than it saves.
LARGE = 20_000


class Shapes:
    """Geometries of which neither the arrays nor the objects are made before they are needed."""

    def __init__(
        self,
        column: EncodedGeometry | None,
        flat: Flat | None = None,
        *,
        mended: Mapping[int, shapely.Geometry] | None = None,
        kept: Bools | None = None,
    ) -> None:
        self._column = column
        self._flat = flat
        self._mended = mended or {}
        self._kept = kept
        self._located: Bools | None = None

    @classmethod
    def of(cls, geometries: Shapes | Geometries) -> Shapes:
        """Return shapely objects as shapes."""
        if isinstance(geometries, Shapes):
            return geometries
        return cls(EncodedGeometry.sharing(np.asarray(geometries, dtype=object)))

    @classmethod
    def of_flat(cls, flat: Flat) -> Shapes:
        """Return points or lines that are arrays already as shapes."""
        return cls(None, flat)

    def __len__(self) -> int:
        return len(self._column) if self._column is not None else len(self.flat.owns) - 1

    @property
    def flat(self) -> Flat:
        """The geometries as arrays, those not kept among them."""
        if self._flat is None:
            assert self._column is not None
            self._flat = _flat_of(self._column)
        return self._flat

    @property
    def located(self) -> Bools:
        """Which geometries are kept and have coordinates."""
        if self._located is None:
            there = self.flat.located
            self._located = there if self._kept is None else there & self._kept
        return self._located

    @property
    def length(self) -> Floats:
        """Length of each line, of each outline of an area; NaN where nothing is located."""
        return np.where(self.located, self.flat.length, np.nan)

    @property
    def areal(self) -> Bools:
        """Which are areas."""
        return self.flat.whole_areal

    def only(self, mask: Bools) -> Shapes:
        """Return the geometries where `mask` holds, nothing elsewhere."""
        kept = mask if self._kept is None else mask & self._kept
        return Shapes(self._column, self._flat if self._column is None else self.flat, mended=self._mended, kept=kept)

    def objects(self, rows: Ints | None = None) -> Geometries:
        """Return the geometries, or those of some rows, as shapely objects; None where not kept."""
        at = np.arange(len(self)) if rows is None else rows
        if self._column is None:
            found = self.flat.objects(at)
        else:
            found = np.array(self._column if rows is None else self._column.objects(at), dtype=object)
            if self._mended:
                patched = np.flatnonzero(np.isin(at, list(self._mended)))
                found[patched] = [self._mended[int(row)] for row in at[patched]]
        if self._kept is not None:
            found[~self._kept[at]] = None
        return found


def raw_shapes(frame: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries of `frame` as they are."""
    return Shapes(_column_of(frame))


def shapes(frame: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries of `frame`, invalid polygons mended, so that one of them cannot stop all.

    A ring that crosses itself keeps all it encloses; a polygon without area becomes a line.
    """
    column = _column_of(frame)
    if "mended" not in column.derived:
        column.derived["mended"] = _mend(column)
    flat, mended = column.derived["mended"]
    return Shapes(column, flat, mended=mended)


def keeping(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `frame` with a geometry column that keeps its arrays once they are made."""
    if isinstance(frame.geometry.array, EncodedGeometry):
        return frame
    return frame.set_geometry(_column_of(frame), crs=frame.crs)


def forget(frame: gpd.GeoDataFrame) -> None:
    """Let go of the arrays that were made of the geometries of `frame`; whoever asks again makes them anew."""
    column = frame.geometry.array
    if isinstance(column, EncodedGeometry):
        column.derived.clear()


def _column_of(frame: gpd.GeoDataFrame) -> EncodedGeometry:
    column = frame.geometry.array
    if isinstance(column, EncodedGeometry):
        return column
    return EncodedGeometry.sharing(np.asarray(column, dtype=object), frame.crs)


def _flat_of(column: EncodedGeometry) -> Flat:
    if "flat" not in column.derived:
        found = None
        if column.encoded is not None and len(column) >= LARGE:
            found = flat_.of_wkb(column.encoded)
        column.derived["flat"] = found if found is not None else flat_.of_objects(np.asarray(column, dtype=object))
    flat: Flat = column.derived["flat"]
    return flat


def _mend(column: EncodedGeometry) -> tuple[Flat, dict[int, shapely.Geometry]]:
    flat = _flat_of(column)
    rows = flat_.doubtful(flat, compiled=len(column) >= LARGE)
    objects = column.objects(rows)
    faulty = ~shapely.is_valid(objects)
    rows, objects = rows[faulty], objects[faulty]
    if not len(rows):
        return flat, {}
    mended = np.asarray(shapely.make_valid(objects, method="structure", keep_collapsed=True), dtype=object)
    patched = flat_.replaced(flat, rows, flat_.of_objects(mended))
    return patched, dict(zip(rows.tolist(), mended, strict=True))
