"""Rasters of the surroundings: people per cell, ground movement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from gridrisk.crs import parse
from gridrisk.errors import FileFormatError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from pathlib import Path

    from affine import Affine
    from numpy.typing import NDArray
    from pyproj import CRS


@dataclass(frozen=True, slots=True)
class Raster:
    """A grid of values in the CRS of the workspace.

    Attributes
    ----------
    values
        Array of shape (rows, columns), NaN where unknown.
    transform
        From (column, row) to coordinates, metres.
    """

    values: NDArray[np.float64]
    transform: Affine


def read_raster(path: Path, crs: CRS) -> Raster:
    """Read the first band of a GeoTIFF that lies in `crs`.

    Raises
    ------
    FileFormatError
        Where the file is no raster, has no CRS, or lies in another one.
    """
    try:
        with rasterio.open(path) as source:
            if source.crs is None:
                raise FileFormatError(msg("{file}: the raster names no coordinate system", file=path.name))
            if not crs.equals(parse(source.crs.to_wkt()), ignore_axis_order=True):
                raise FileFormatError(
                    msg(
                        "{file}: the raster lies in {found}, the workspace in {wanted}; warp it first",
                        file=path.name,
                        found=source.crs.to_string(),
                        wanted=crs.to_string(),
                    )
                )
            values = source.read(1, masked=True).astype("float64").filled(np.nan)
            return Raster(values, source.transform)
    except RasterioError as error:
        raise FileFormatError(msg("{file}: not a readable raster ({error})", file=path.name, error=error)) from error
