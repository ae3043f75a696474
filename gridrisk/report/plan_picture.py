"""A picture of the plan for documents: the network in grey, projects in the colours of their years."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.io import MemoryFile
from rasterio.transform import Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

_FINE = 2
_WIDTH_PX = 1500
#: Widths of lines as a share of the width of the picture.
_THIN, _THICK = 0.0006, 0.0026


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours as ``#rrggbb``: of the network behind, and of the years in their order, of later ones the last."""

    network: str
    years: tuple[str, ...]

    def of(self, place: int) -> str:
        """Return the colour of a year by its number in the plan, from 0."""
        return self.years[min(place, len(self.years) - 1)]


def plan_picture(
    projects: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, years: Sequence[int], colours: Colours
) -> bytes | None:
    """Return a PNG, or None where there is nothing to draw.

    Parameters
    ----------
    projects
        The result `projects`: year, geometry.
    pipes
        The network behind.
    years, colours
        Years of the plan, and their colours.
    """
    lines = pipes.geometry[pipes.geometry.notna() & ~pipes.geometry.is_empty]
    planned = projects[projects["year"].isin(list(years)) & ~projects.geometry.is_empty]
    if not len(lines) or not len(planned):
        return None
    x0, y0, x1, y1 = (float(v) for v in lines.total_bounds)
    margin = 0.02 * max(x1 - x0, y1 - y0, 1.0)
    bounds = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    across = bounds[2] - bounds[0]
    width = _WIDTH_PX * _FINE
    height = int(np.clip(width * (bounds[3] - bounds[1]) / across, width / 4, width))
    layers = [(lines.to_numpy(), _THIN, colours.network)]
    for place, year in enumerate(years):
        mine = planned.geometry[planned["year"] == year].to_numpy()
        if len(mine):
            layers.append((mine, _THICK, colours.of(place)))
    image = np.full((3, height, width), 255, dtype=np.uint8)
    step = across / width
    transform = Affine(step, 0.0, bounds[0], 0.0, -(bounds[3] - bounds[1]) / height, bounds[3])
    for shapes, share, colour in layers:
        area = shapely.buffer(shapes, across * share, quad_segs=3)
        inside = rasterize(area, out_shape=(height, width), transform=transform).astype(bool)
        image[:, inside] = _rgb(colour)[:, None]
    return _png(_smooth(image))


def _rgb(colour: str) -> NDArray[np.uint8]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.uint8)


def _smooth(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture at half its size, each point the mean of four."""
    bands, height, width = image.shape
    height, width = height // _FINE, width // _FINE
    cut = image[:, : height * _FINE, : width * _FINE].reshape(bands, height, _FINE, width, _FINE)
    return np.asarray(np.rint(cut.mean(axis=(2, 4))), dtype=np.uint8)


def _png(image: NDArray[np.uint8]) -> bytes:
    bands, height, width = image.shape
    with warnings.catch_warnings(), rasterio.Env(GDAL_PAM_ENABLED="NO"), MemoryFile(ext=".png") as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(driver="PNG", height=height, width=width, count=bands, dtype="uint8") as target:
            target.write(image)
        return bytes(memory.read())
