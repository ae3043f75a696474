"""From survey lines to places where pipes join.

Pipe ends within a tolerance are one place; a pipe's end on another pipe's middle joins it there. Lines that only cross
do not join. Pipes of different pressure class join nowhere by themselves: where their ends nevertheless coincide and
no regulator stands there, the survey lacks a station or has a wrong class. Gas may then pass, so they are taken as
joined (an isolation must hold) and a finding says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]

#: Pressure classes from low to high; rank 0 is unknown.
PRESSURE_CLASSES = ("low", "medium_b", "medium_a", "sub_high_b", "sub_high_a", "high_b", "high_a")


#: Side of the squares that a grid of lines is made of.
_CELL_M = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Which lines pass near which square of the plane: the keys of squares, ascending, and a line of each."""

    key: Ints
    line: Ints

    @classmethod
    def of(cls, xy: Floats, line: Ints) -> Grid:
        """Return the grid of lines given by their vertices, those of a line together."""
        along = np.flatnonzero(line[1:] == line[:-1])
        low = _square(np.minimum(xy[along], xy[along + 1]))
        wide = _square(np.maximum(xy[along], xy[along + 1])) - low + 1
        count = wide.prod(axis=1)
        step = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        column, row = step % np.repeat(wide[:, 0], count), step // np.repeat(wide[:, 0], count)
        key = _key(np.repeat(low[:, 0], count) + column, np.repeat(low[:, 1], count) + row)
        pairs = np.unique(np.column_stack([key, np.repeat(line[along], count)]), axis=0).reshape(-1, 2)
        return cls(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]))

    def near(self, x: float, y: float, distance_m: float) -> Ints:
        """Return lines among which all within the distance of a place are."""
        low, high = _square(np.array([[x - distance_m, y - distance_m], [x + distance_m, y + distance_m]]))
        column, row = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        keys = _key(column.ravel(), row.ravel())
        first, last = (np.searchsorted(self.key, keys, side=side) for side in ("left", "right"))
        return np.unique(np.concatenate([self.line[a:b] for a, b in zip(first, last, strict=True)]))


def _square(xy: Floats) -> Ints:
    return np.floor(xy / _CELL_M).astype(np.int64)


def _key(column: Ints, row: Ints) -> Ints:
    key: Ints = column * (1 << 32) + row
    return key


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """The road of every pipe: its number among the names, -1 where it is unknown."""

    code: Ints
    name: Objects

    def of(self, pipe: int) -> str | None:
        """Return the road of a pipe; None where it is unknown."""
        code = int(self.code[pipe])
        return str(self.name[code]) if code >= 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The pipes that may carry gas: id, LineString, length in metres and rank of the pressure class (0 unknown).

    With a grid, the lines near a place are found without a look at all. The roads are for people to find the place.
    """

    pipe_id: Objects
    geometry: Objects
    length_m: Floats
    pressure: Ints
    grid: Grid | None = None
    roads: Roads | None = None

    def near(self, x: float, y: float, distance_m: float) -> tuple[Ints, Floats]:
        """Return the lines within a distance of a place, and their distances."""
        if not np.isfinite([x, y]).all():
            return np.zeros(0, np.int64), np.zeros(0)
        line = np.arange(len(self.pipe_id)) if self.grid is None else self.grid.near(x, y, distance_m)
        distance = np.asarray(shapely.distance(self.geometry[line], shapely.Point(x, y)))
        return line[distance <= distance_m], distance[distance <= distance_m]

    def named(self, pipe_id: pd.Series[str]) -> Ints:
        """Return the line of each pipe number; -1 where none is given or none is of that number."""
        found = pd.Index(self.pipe_id).get_indexer(pd.Index(pipe_id.to_numpy(dtype=object))).astype(np.int64)
        found[pipe_id.isna().to_numpy(bool)] = -1
        return found

    def nearest(self, geometry: Objects, tolerance_m: float, allowed: Bools | None = None) -> Ints:
        """Return the line nearest to each geometry within the tolerance, the first of equals; -1 where none is."""
        candidates = np.arange(len(self.pipe_id)) if allowed is None else np.flatnonzero(allowed)
        result = np.full(len(geometry), -1, np.int64)
        if not len(candidates) or not len(geometry):
            return result
        tree = shapely.STRtree(self.geometry[candidates])
        item, found = tree.query(geometry, predicate="dwithin", distance=tolerance_m)
        pipe = candidates[found]
        order = np.lexsort((pipe, shapely.distance(geometry[item], self.geometry[pipe]), item))
        first = order[np.concatenate([[True], np.diff(item[order]) != 0])] if len(order) else order
        result[item[first]] = pipe[first]
        return result

    def locate(self, pipe: Ints, geometry: Objects) -> Floats:
        """Return how far along its pipe each geometry is nearest, in metres from the pipe's start."""
        line, other = self.geometry[pipe], np.asarray(geometry, dtype=object)
        is_point = shapely.get_type_id(other) == shapely.GeometryType.POINT
        if not is_point.all():  # an outline: the point of the pipe nearest to it
            other = np.where(is_point, other, shapely.get_point(shapely.shortest_line(line, other), 0))
        return np.nan_to_num(shapely.line_locate_point(line, other))


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where pipes join.

    Attributes
    ----------
    xy
        Coordinates of every place, metres.
    end
        The places at the start and end of every pipe, shape (pipes, 2).
    tee_pipe, tee_position_m, tee_place
        Joints on a pipe's middle: the pipe, how far along, and the place.
    classes
        Of every place: bit k is set where a pipe of pressure rank k is joined (bit 0: unknown class).
    """

    xy: Floats
    end: Ints
    tee_pipe: Ints
    tee_position_m: Floats
    tee_place: Ints
    classes: Ints

    def with_tees(self, pipe: Ints, position_m: Floats, xy: Floats, classes: Ints) -> Places:
        """Return these places with new ones on the middle of pipes."""
        new = len(self.xy) + np.arange(len(pipe))
        return Places(
            xy=np.vstack([self.xy, xy.reshape(-1, 2)]),
            end=self.end,
            tee_pipe=np.concatenate([self.tee_pipe, pipe]),
            tee_position_m=np.concatenate([self.tee_position_m, position_m]),
            tee_place=np.concatenate([self.tee_place, new]),
            classes=np.concatenate([self.classes, classes]),
        )

    def nearest_on(self, lines: Lines, pipe: Ints, position_m: Floats, tolerance_m: float) -> Ints:
        """Return the place of the pipe within `tolerance_m` along it of each position, -1 where there is none."""
        candidate_pipe = np.concatenate([np.repeat(np.arange(len(self.end)), 2), self.tee_pipe])
        at = np.concatenate([np.column_stack([np.zeros(len(self.end)), lines.length_m]).ravel(), self.tee_position_m])
        place = np.concatenate([self.end.ravel(), self.tee_place])
        begin = running_length(lines)
        order = np.lexsort((at, candidate_pipe))
        key = (begin[candidate_pipe] + at)[order]
        right = np.searchsorted(key, begin[pipe] + position_m)
        best = np.full(len(pipe), -1, np.int64)
        gap = np.full(len(pipe), tolerance_m)
        for neighbour in (right - 1, right):
            i = order[np.clip(neighbour, 0, len(order) - 1)] if len(order) else np.zeros(len(pipe), np.int64)
            distance = np.where(candidate_pipe[i] == pipe, np.abs(at[i] - position_m), np.inf)
            nearer = distance <= gap
            best[nearer], gap[nearer] = place[i][nearer], distance[nearer]
        return best


def running_length(lines: Lines) -> Floats:
    """Return where every pipe begins when all are laid end to end a metre apart."""
    return np.concatenate([[0.0], np.cumsum(lines.length_m + 1.0)[:-1]]) if len(lines.length_m) else np.zeros(0)


def pressure_rank(values: Iterable[object]) -> Ints:
    """Return the rank of every pressure class, 0 where it is unknown."""
    rank = {name: i for i, name in enumerate(PRESSURE_CLASSES, 1)}
    return np.array([rank.get(value, 0) if isinstance(value, str) else 0 for value in values], np.int64)


def limited(
    found: Sequence[int] | Ints, limit: int, one: Callable[[int], Finding], rest: Callable[[int], Message]
) -> list[Finding]:
    """Return a finding for each of the first `limit` objects and one that counts the others."""
    findings = [one(int(i)) for i in found[:limit]]
    if len(found) > limit:
        last = findings[-1]
        findings.append(Finding(last.layer, last.check, last.severity, rest(len(found) - limit)))
    return findings


def points(xy: Floats) -> Objects:
    """Return coordinates of shape (n, 2) as points."""
    return np.asarray(shapely.points(xy), dtype=object)


def spot(geometry: Any) -> tuple[float | None, float | None]:
    """Return where a geometry is, for a finding; nothing where it is missing."""
    if geometry is None or geometry.is_empty:
        return None, None
    return float(geometry.centroid.x), float(geometry.centroid.y)


def more(count: int) -> Message:
    """Return the sentence that stands for the findings not listed."""
    return msg("and {count} more of the same kind", count=count)


def select(pipes: gpd.GeoDataFrame, params: Parameters) -> tuple[Lines, list[Finding]]:
    """Return the pipes that may carry gas; abandoned and planned ones and those without a line are left out.

    Idle pipes stay, since they may still hold gas and be connected.
    """
    geometry = np.asarray(pipes.geometry.array, dtype=object)
    usable = (shapely.get_type_id(geometry) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(geometry)
    finite = np.isfinite(shapely.bounds(geometry)).all(axis=1)
    out = pipes["status"].isin(params.names("left_out_status")).to_numpy(bool)
    ids = pipes.index.to_numpy(dtype=object)
    limit = int(params.number("findings_limit"))
    findings = limited(
        np.flatnonzero(~(usable & finite) & ~out),
        limit,
        lambda i: Finding(
            "pipes",
            "network_no_line",
            "warning",
            msg("pipe {pipe} has no single line and is left out of the network; deliver its geometry", pipe=ids[i]),
            id=ids[i],
        ),
        more,
    )
    idle = int((pipes["status"] == "idle").sum())
    if idle:
        findings.append(
            Finding(
                "pipes",
                "network_idle",
                "info",
                msg("{count} idle pipes stay in the network, since they may still hold gas", count=idle),
            )
        )
    keep = usable & finite & ~out
    lines = shapely.force_2d(geometry[keep])
    pressure = pressure_rank(pipes["pressure_class"].to_numpy(dtype=object)[keep])
    code, name = pd.factorize(pipes["road"].to_numpy(dtype=object)[keep])
    roads = Roads(code.astype(np.int64), np.asarray(name, dtype=object))
    return Lines(ids[keep], lines, shapely.length(lines), pressure, roads=roads), findings


def join(lines: Lines, regulators: Objects, params: Parameters) -> tuple[Places, list[Finding]]:
    """Return the places where pipes join.

    Parameters
    ----------
    lines
        The pipes.
    regulators
        Geometries of the stations between pressure classes: a pipe of another class that starts on a pipe's middle
        there is joined, for the station to be set between them.
    params
        Tolerances.
    """
    node_tolerance_m = params.number("node_tolerance_m")
    every, of = shapely.get_coordinates(lines.geometry, return_index=True)
    first = np.searchsorted(of, np.arange(len(lines.geometry) + 1))
    ends = every[np.column_stack([first[:-1], first[1:] - 1]).ravel()]
    xy, label = cluster(ends, node_tolerance_m)
    end = label.reshape(-1, 2)
    classes = np.zeros(len(xy), np.int64)
    for side in (0, 1):
        np.bitwise_or.at(classes, end[:, side], 1 << lines.pressure)
    places = Places(xy, end, np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64), classes)
    return _with_tees(lines, places, regulators, params)


def cluster(xy: Floats, tolerance_m: float) -> tuple[Floats, Ints]:
    """Return places and the place of every point; points within the tolerance, also by a chain, are one place."""
    values, inverse = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    unique = np.column_stack([values.real, values.imag])
    if not len(unique):
        return unique, np.zeros(0, np.int64)
    pairs = cKDTree(unique).query_pairs(tolerance_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(unique),) * 2)
    count, label = connected_components(links, directed=False)
    size = np.bincount(label, minlength=count)
    centre = np.column_stack([np.bincount(label, unique[:, axis], count) / size for axis in (0, 1)])
    return centre, label[inverse].astype(np.int64)


def _with_tees(lines: Lines, places: Places, regulators: Objects, params: Parameters) -> tuple[Places, list[Finding]]:
    """Join pipe ends to the middles they lie on.

    A free end joins the nearest pipe, one of its own class first. A place where pipes already join lies on a further
    pipe's middle only where it touches it, and only a pipe of its own (or unknown) class is joined: another one merely
    crosses.
    """
    place, pipe, distance = _touching(lines, places, params.number("tee_tolerance_m"))
    free = (np.bincount(places.end.ravel(), minlength=len(places.xy)) == 1)[place]
    same = _compatible(places.classes[place], lines.pressure[pipe])
    touching = distance <= params.number("node_tolerance_m")
    joins = np.where(
        free, _first_choice(place, distance, same), touching & (same | _near(places, place, regulators, params))
    )
    crossing = touching & ~joins & ~same & ~free
    at = lines.locate(pipe[joins], points(places.xy[place[joins]]))
    classes = places.classes.copy()
    np.bitwise_or.at(classes, place[joins], 1 << lines.pressure[pipe[joins]])
    joined = Places(places.xy, places.end, pipe[joins], at, place[joins], classes)
    limit = int(params.number("findings_limit"))
    return joined, limited(
        np.flatnonzero(crossing),
        limit,
        lambda i: Finding(
            "pipes",
            "network_crossing",
            "info",
            msg(
                "pipe {pipe} passes a joint of another pressure class and is taken to cross it unjoined; "
                "add the regulator station if it joins",
                pipe=lines.pipe_id[pipe[i]],
            ),
            id=lines.pipe_id[pipe[i]],
            x=float(places.xy[place[i], 0]),
            y=float(places.xy[place[i], 1]),
        ),
        more,
    )


def _touching(lines: Lines, places: Places, tolerance_m: float) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of place and pipe within the tolerance, where the place is not one of the pipe's own ends."""
    nodes = points(places.xy)
    place, pipe = shapely.STRtree(lines.geometry).query(nodes, predicate="dwithin", distance=tolerance_m)
    foreign = (places.end[pipe] != place[:, None]).all(axis=1)
    place, pipe = place[foreign], pipe[foreign]
    return place, pipe, np.asarray(shapely.distance(nodes[place], lines.geometry[pipe]))


def _compatible(classes: Ints, rank: Ints) -> Bools:
    """Say whether a pipe of pressure `rank` may join a place of these classes; unknown joins anything."""
    result: Bools = (rank == 0) | ((classes & ~1) == 0) | ((classes >> rank) & 1).astype(bool)
    return result


def _first_choice(place: Ints, distance: Floats, same: Bools) -> Bools:
    """Mark the best pair of every place: own class before another, then nearest; equals are all marked."""
    order = np.lexsort((distance, ~same, place))
    first = order[np.concatenate([[True], np.diff(place[order]) != 0])] if len(order) else order
    best_distance, best_same = np.full(place.max(initial=-1) + 1, np.inf), np.zeros(place.max(initial=-1) + 1, bool)
    best_distance[place[first]], best_same[place[first]] = distance[first], same[first]
    result: Bools = (distance <= best_distance[place] + 1e-6) & (same == best_same[place])
    return result


def _near(places: Places, place: Ints, regulators: Objects, params: Parameters) -> Bools:
    """Say whether a regulator stands at each place."""
    near = np.zeros(len(places.xy), bool)
    if len(regulators):
        _, found = shapely.STRtree(points(places.xy)).query(
            regulators, predicate="dwithin", distance=params.number("station_tolerance_m")
        )
        near[found] = True
    return near[place]
