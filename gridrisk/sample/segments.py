"""Tables the gas network of the sample city is drawn into: segments, stations, valves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Where a segment lies, in the words of the schema.
SETTINGS = ("municipal", "courtyard", "service", "riser")
MUNICIPAL, COURTYARD, SERVICE, RISER = range(4)
#: Kinds of stations, in the words of the schema.
STATION_KINDS = ("city_gate", "regulator_station", "regulator_cabinet", "regulator_box")
CITY_GATE, REGULATOR_STATION, CABINET, BOX = range(4)


@dataclass(frozen=True)
class Segments:
    """Pipe segments, one row each.

    Attributes
    ----------
    start, end
        Coordinates of the ends, metres; ends that meet are equal to the last bit.
    bend
        Sideways shift of the middle vertex, metres; 0 draws a straight segment.
    pressure, setting
        Indices into `mains.CLASSES` and `SETTINGS`.
    bore
        Nominal bore, millimetres.
    edge, block, house
        The street, block and building it serves, -1 where none.
    wet
        Lies under the river.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    bend: NDArray[np.float64]
    pressure: NDArray[np.int64]
    setting: NDArray[np.int64]
    bore: NDArray[np.int64]
    edge: NDArray[np.int64]
    block: NDArray[np.int64]
    house: NDArray[np.int64]
    wet: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    def middle(self) -> NDArray[np.float64]:
        """Return the middle vertex of every segment."""
        along = self.end - self.start
        length = np.maximum(np.hypot(*along.T), 1e-9)
        normal = np.c_[-along[:, 1], along[:, 0]] / length[:, None]
        middle: NDArray[np.float64] = (self.start + self.end) / 2 + normal * self.bend[:, None]
        return middle

    def lines(self) -> NDArray[np.object_]:
        """Return the segments as lines of two vertices, or three where they bend."""
        out = np.empty(len(self), dtype=object)
        straight = self.bend == 0
        out[straight] = shapely.linestrings(np.stack([self.start[straight], self.end[straight]], axis=1))
        bent = ~straight
        out[bent] = shapely.linestrings(np.stack([self.start[bent], self.middle()[bent], self.end[bent]], axis=1))
        return out

    def near(self, rows: NDArray[np.int64], metres: float, *, at_end: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return points on segments a little way from one end, never beyond the middle vertex."""
        origin = np.where(at_end[:, None], self.end[rows], self.start[rows])
        step = self.middle()[rows] - origin
        length = np.maximum(np.hypot(*step.T), 1e-9)
        point: NDArray[np.float64] = origin + step * np.minimum(metres / length, 0.6)[:, None]
        return point

    def take(self, rows: NDArray[np.bool_]) -> Segments:
        """Return some of the segments."""
        return Segments(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True)
class Stations:
    """Stations as points; `inlet` and `outlet` are pressure classes, `block` and `edge` -1 where none."""

    point: NDArray[np.float64]
    kind: NDArray[np.int64]
    inlet: NDArray[np.int64]
    outlet: NDArray[np.int64]
    block: NDArray[np.int64]
    edge: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point)


@dataclass(frozen=True)
class Valves:
    """Valves as points on segments; `may_close` marks those on rings, `kind` the place (0 street … 3 building)."""

    point: NDArray[np.float64]
    segment: NDArray[np.int64]
    kind: NDArray[np.int64]
    may_close: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.point)


def segments(start: NDArray[np.float64], end: NDArray[np.float64], **columns: object) -> Segments:
    """Build segments; columns left out are -1 (0 for `bend`, `bore` and `wet`), single values are repeated."""
    n = len(start)
    base: dict[str, object] = {
        "bend": 0.0,
        "pressure": 0,
        "setting": MUNICIPAL,
        "bore": 0,
        "edge": -1,
        "block": -1,
        "house": -1,
        "wet": False,
    }
    kinds = {"bend": np.float64, "wet": np.bool_}
    filled: dict[str, Any] = {
        name: np.broadcast_to(np.asarray(columns.get(name, value), dtype=kinds.get(name, np.int64)), (n,)).copy()
        for name, value in base.items()
    }
    return Segments(start=start, end=end, **filled)


def stations(point: NDArray[np.float64], **columns: object) -> Stations:
    """Build stations; single values are repeated, `block` and `edge` are -1 where left out."""
    n = len(point)
    names = ("kind", "inlet", "outlet", "block", "edge")
    return Stations(
        point, *(np.broadcast_to(np.asarray(columns.get(name, -1), dtype=np.int64), (n,)).copy() for name in names)
    )


def join_segments(parts: Sequence[Segments]) -> Segments:
    """Put tables of segments one below the other."""
    return Segments(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Segments)))


def join_stations(parts: Sequence[Stations]) -> Stations:
    """Put tables of stations one below the other."""
    return Stations(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Stations)))


def join_valves(parts: Sequence[Valves]) -> Valves:
    """Put tables of valves one below the other."""
    return Valves(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Valves)))
