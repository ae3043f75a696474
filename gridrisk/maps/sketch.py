"""A map as an SVG picture for paper: lines, dots, numbered marks, a scale bar and north."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridrisk.maps import palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.maps.backdrop import Backdrop
    from gridrisk.maps.palette import Style

    Box = tuple[float, float, float, float]

#: Size of the picture in its own units (CSS pixels at full width of an A4 page), and the radius of a numbered mark.
WIDTH, HEIGHT = 720.0, 440.0
_MARK_R = 11.0
_ROUNDS = 60
_AREA = 2
#: A scale bar is at most this long.
_BAR_PX = 160.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A place with a short text in a circle or square; `filled` ones are white on the colour."""

    x: float
    y: float
    text: str
    color: str
    square: bool = False
    filled: bool = False


class Sketch:
    """Turns metres into the picture and collects its parts, the first lowest."""

    def __init__(self, box: Box) -> None:
        self.box = _of_shape(box)
        self._scale = WIDTH / (self.box[2] - self.box[0])
        self._parts: list[str] = []

    def areas(self, shapes: Iterable[object], style: Style) -> None:
        """Draw areas."""
        path = "".join(self._path(ring, closed=True) for part in self._clipped(shapes) for ring in _rings(part))
        if path:
            self._parts.append(f'<path d="{path}" fill="{style.fill}" stroke="{style.color}" stroke-width="0.5"/>')

    def lines(self, shapes: Iterable[object], style: Style, *, width: float = 1.0) -> None:
        """Draw lines, `width` times as wide as on the screen."""
        path = "".join(self._path(shapely.get_coordinates(part)) for part in self._clipped(shapes) if _is_line(part))
        if not path:
            return
        common = f'd="{path}" fill="none" stroke-linejoin="round" stroke-linecap="butt"'
        if style.casing:
            wide = (style.width + 2 * style.casing_width) * width
            self._parts.append(f'<path {common} stroke="{style.casing}" stroke-width="{wide:g}"/>')
        dash = f' stroke-dasharray="{" ".join(f"{d * width:g}" for d in style.dash)}"' if style.dash else ""
        self._parts.append(f'<path {common} stroke="{style.color}" stroke-width="{style.width * width:g}"{dash}/>')

    def city(self, backdrop: Backdrop) -> None:
        """Draw buildings and roads, on which all else is drawn."""
        if backdrop.buildings is not None:
            self.areas(backdrop.buildings.geometry, palette.style("backdrop", "buildings"))
        if backdrop.roads is not None:
            self.areas(backdrop.roads.geometry, palette.style("backdrop", "road_areas"))
            self.lines(backdrop.roads.geometry, palette.style("backdrop", "roads"))

    def street_names(self, backdrop: Backdrop) -> None:
        """Write the names of streets."""
        if backdrop.roads is not None:
            named = backdrop.roads[backdrop.roads["name"].notna()]
            self.names(list(zip(named.geometry, named["name"].astype(str), strict=True)))

    def people(self, customers: gpd.GeoDataFrame) -> None:
        """Draw those that lose gas as dots, as far as their place is known."""
        placed = customers.geometry[~(customers.geometry.isna() | customers.geometry.is_empty)]
        self.dots(shapely.get_coordinates(placed.centroid.to_numpy()), palette.style("paper", "lost").color)

    def dots(self, xy: NDArray[np.float64], color: str, radius: float = 2.2) -> None:
        """Draw small dots."""
        inside = xy[self._within(xy)]
        self._parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{color}"/>' for x, y in self._at(inside)
        ]

    def names(self, places: Sequence[tuple[object, str]]) -> None:
        """Write each name once, along the longest part of its lines in sight."""
        longest: dict[str, Any] = {}
        for shape, name in places:
            for part in self._clipped([shape]):
                if _is_line(part) and part.length > (longest[name].length if name in longest else 0.0):
                    longest[name] = part
        for name, line in longest.items():
            if line.length * self._scale < 14.0 * len(name):
                continue
            middle = line.length / 2
            (x0, y0), (x1, y1), (x, y) = (
                self._at(shapely.get_coordinates(line.interpolate(at)))[0] for at in (middle - 1, middle + 1, middle)
            )
            turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
            turn = turn - 180 if turn > 90 else turn + 180 if turn < -90 else turn
            self._parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" transform="rotate({turn:.0f} {x:.1f} {y:.1f})" class="road">'
                f"{escape(name)}</text>"
            )

    def marks(self, marks: Sequence[Mark]) -> None:
        """Draw marks, moved apart where they would overlap, each with a line to its place."""
        seen = [mark for mark in marks if self._within(np.array([[mark.x, mark.y]]))[0]]
        if not seen:
            return
        place = self._at(np.array([(mark.x, mark.y) for mark in seen]))
        for mark, (x0, y0), (x, y) in zip(seen, place, _apart(place), strict=True):
            if math.hypot(x - x0, y - y0) > 1.0:
                self._parts.append(
                    f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x:.1f}" y2="{y:.1f}" stroke="{mark.color}"/>'
                    f'<circle cx="{x0:.1f}" cy="{y0:.1f}" r="2.5" fill="{mark.color}"/>'
                )
            fill, ink = (mark.color, "#ffffff") if mark.filled else ("#ffffff", "#111111")
            style = f'fill="{fill}" stroke="{mark.color}" stroke-width="2.5"'
            side = _MARK_R * 2
            shape = (
                f'<rect x="{x - _MARK_R:.1f}" y="{y - _MARK_R:.1f}" width="{side:g}" height="{side:g}" {style}/>'
                if mark.square
                else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_MARK_R:g}" {style}/>'
            )
            self._parts.append(
                f'{shape}<text x="{x:.1f}" y="{y + 4.2:.1f}" class="mark" fill="{ink}">{escape(mark.text)}</text>'
            )

    def svg(self, title: str) -> str:
        """Return the picture with scale bar and north."""
        bar_m = _round_length(_BAR_PX / self._scale)
        bar = bar_m * self._scale
        unit = f"{bar_m / 1000:g} km" if bar_m >= 1000 else f"{bar_m:g} m"
        frame = (
            f'<g transform="translate(14 {HEIGHT - 16:g})"><rect x="-8" y="-22" width="{bar + 16:.1f}" height="32" '
            f'fill="#ffffff" opacity="0.85"/><path d="M0 -4V0H{bar:.1f}V-4" fill="none" stroke="#111" '
            f'stroke-width="2"/><text x="{bar / 2:.1f}" y="-8" class="scale">{unit}</text></g>'
            f'<g transform="translate({WIDTH - 24:g} 30)"><path d="M0 -20L7 6L0 0L-7 6Z" fill="#111"/>'
            '<text x="0" y="20" class="scale">N</text></g>'
            f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="none" stroke="#555"/>'
        )
        return (
            f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(title)}">'
            f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#ffffff"/>{"".join(self._parts)}{frame}</svg>'
        )

    def _clipped(self, shapes: Iterable[object]) -> list[Any]:
        found = np.asarray([shape for shape in shapes if shape is not None], dtype=object)
        if not len(found):
            return []
        window = shapely.box(*self.box)
        found = found[np.asarray(shapely.intersects(found, window))]
        return list(shapely.get_parts(shapely.intersection(shapely.force_2d(found), window)))

    def _within(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        low, high = np.array(self.box[:2]), np.array(self.box[2:])
        inside: NDArray[np.bool_] = np.all((xy >= low) & (xy <= high), axis=1)
        return inside

    def _at(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([xy[:, 0] - self.box[0], self.box[3] - xy[:, 1]]) * self._scale

    def _path(self, xy: NDArray[np.float64], *, closed: bool = False) -> str:
        at = [f"{x:.1f} {y:.1f}" for x, y in self._at(xy)]
        return "M" + "L".join(at) + ("Z" if closed else "")


def _of_shape(box: Box) -> Box:
    """Return the box widened to the proportions of the picture."""
    wide, high = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
    wide, high = max(wide, high * WIDTH / HEIGHT), max(high, wide * HEIGHT / WIDTH)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _is_line(shape: shapely.Geometry) -> bool:
    return bool(shapely.get_dimensions(shape) == 1)


def _rings(shape: shapely.Geometry) -> list[NDArray[np.float64]]:
    if shapely.get_dimensions(shape) != _AREA:
        return []
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(shape)]


def _apart(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places of marks pushed apart until none overlap, or for some rounds, and kept inside the picture."""
    at = place.copy()
    need = 2 * _MARK_R + 3
    for _ in range(_ROUNDS):
        step = at[:, None, :] - at[None, :, :]
        # marks at one place leave it in different directions
        turn = np.arange(len(at))[:, None] - np.arange(len(at))[None, :]
        same = (np.abs(step) < 1e-6).all(axis=2) & (turn != 0)
        step[same] = (
            np.column_stack([np.cos(turn[same] * 2.4), np.sin(turn[same] * 2.4)]) * np.sign(turn[same])[:, None]
        )
        gap = np.hypot(step[..., 0], step[..., 1])
        np.fill_diagonal(gap, np.inf)
        close = gap < need
        if not close.any():
            break
        push = np.where(close, (need - gap) / 2, 0.0)[..., None] * step / np.maximum(gap, 1e-9)[..., None]
        push[~np.isfinite(push)] = 0.0
        at = np.clip(at + push.sum(axis=1), _MARK_R + 2, [WIDTH - _MARK_R - 2, HEIGHT - _MARK_R - 2])
    return at


def _round_length(most: float) -> float:
    """Return the largest of 1, 2, 5, 10 … that is not longer."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= most)
