"""A geometry column as it stands in a file: shapely objects are made when something first asks for them."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from geopandas.array import GeometryArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Objects = NDArray[np.object_]


_NARROW = 2**31 - 2**20


class _Source:
    """What copies and views of one column share: its bytes, its objects once made, and what readers derive of it."""

    __slots__ = ("derived", "encoded", "objects")

    def __init__(self, encoded: pa.Array | None, objects: Objects | None = None) -> None:
        self.encoded = encoded
        self.objects = objects
        self.derived: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.made()) if self.encoded is None else len(self.encoded)

    def made(self) -> Objects:
        """Return the shapely objects."""
        if self.objects is None:
            self.objects = objects_of(self.encoded)
        return self.objects


class EncodedGeometry(GeometryArray):  # type: ignore[misc]  # geopandas is not typed
    """Geometries in well-known binary, for everybody else a `GeometryArray`.

    Making a million shapely objects takes longer than measuring all they stand for; whoever reads flat coordinates
    (`gridrisk.features.shapes`) or writes the column on needs none. Writing into it makes it an ordinary one.
    """

    def __init__(self, encoded: pa.Array | _Source, crs: Any = None) -> None:
        self._source = encoded if isinstance(encoded, _Source) else _Source(_whole(encoded))
        self._crs = None
        self.crs = crs
        self._sindex = None

    @classmethod
    def sharing(cls, objects: Objects, crs: Any = None) -> EncodedGeometry:
        """Return a column of shapely objects, for the sake of what readers keep with it."""
        return cls(_Source(None, objects), crs)

    @property
    def derived(self) -> dict[str, Any]:
        """What readers have derived of these geometries and keep with them."""
        return self._source.derived

    @property
    def encoded(self) -> pa.Array | None:
        """The geometries in well-known binary; None where they have become ordinary ones."""
        return self._source.encoded

    def objects(self, rows: NDArray[np.int64]) -> Objects:
        """Return some of the geometries as shapely objects."""
        source = self._source
        if source.encoded is None or source.objects is not None:
            return source.made()[rows]
        return objects_of(source.encoded.take(pa.array(rows)))

    @property
    def _data(self) -> Objects:
        return self._source.made()

    @_data.setter
    def _data(self, objects: Objects) -> None:
        self._source = _Source(None, objects)

    @property
    def size(self) -> int:
        """Number of geometries."""
        return len(self._source)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self.encoded.nbytes if self.encoded is not None else self._data.nbytes

    def isna(self) -> NDArray[np.bool_]:
        """Say where no geometry is recorded."""
        if self.encoded is not None:
            return np.asarray(self.encoded.is_null().to_numpy(zero_copy_only=False), dtype=bool)
        return np.asarray(shapely.is_missing(self._data), dtype=bool)

    def copy(self, *_: Any, **__: Any) -> EncodedGeometry:
        """Return a column of its own; the bytes, which nothing changes, are shared."""
        return EncodedGeometry(self._source, self._crs)

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice) and idx == slice(None):
            return EncodedGeometry(self._source, self._crs)
        if self.encoded is None or self._source.objects is not None or isinstance(idx, numbers.Integral):
            return super().__getitem__(idx)
        if isinstance(idx, slice):
            if idx.step not in {None, 1}:
                return super().__getitem__(idx)
            start, stop, _ = idx.indices(len(self))
            return EncodedGeometry(self.encoded.slice(start, max(stop - start, 0)), self._crs)
        idx = np.asarray(pd.api.indexers.check_array_indexer(self, idx))
        rows = np.flatnonzero(idx) if idx.dtype == bool else np.where(idx < 0, idx + len(self), idx)
        return EncodedGeometry(self.encoded.take(pa.array(rows)), self._crs)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._source = _Source(None, self._data.copy())
        super().__setitem__(key, value)

    def take(self, indices: Any, allow_fill: bool = False, fill_value: Any = None) -> GeometryArray:  # noqa: FBT001, FBT002 - pandas' own
        """Return the geometries at `indices`; with `allow_fill`, none at -1."""
        rows = np.asarray(indices)
        if (
            self.encoded is None
            or self._source.objects is not None
            or (allow_fill and not (fill_value is None or pd.isna(fill_value)))
            or not len(self)
        ):
            return cast("GeometryArray", super().take(indices, allow_fill=allow_fill, fill_value=fill_value))
        if allow_fill:
            if (rows < -1).any():
                raise ValueError("rows below -1")  # as pandas' take
            return EncodedGeometry(self.encoded.take(pa.array(rows, mask=rows < 0)), self._crs)
        return EncodedGeometry(self.encoded.take(pa.array(np.where(rows < 0, rows + len(self), rows))), self._crs)


def objects_of(encoded: pa.Array) -> Objects:
    """Return the shapely objects of a column of well-known binary."""
    return np.asarray(shapely.from_wkb(np.asarray(encoded.to_numpy(zero_copy_only=False), dtype=object)), dtype=object)


def _whole(encoded: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return one piece, with wide offsets where two gigabytes of bytes need them."""
    if encoded.nbytes > _NARROW and encoded.type == pa.binary():
        encoded = encoded.cast(pa.large_binary())
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
