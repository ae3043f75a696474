"""Faults of the survey that show in the network: what seems to join and does not, and what leads nowhere.

Each finding names the place and a mend. What can be mended without a look at the site, a near miss with one pipe in
reach and a valve beside one pipe, `mend` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg
from gridrisk.network.topology import Lines, Places, limited, more, points

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.network.build import Network
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class NearMisses:
    """Free ends of pipes that stop short of another pipe of their class.

    Attributes
    ----------
    pipe, side
        The pipe, and which of its ends (0 start, 1 end).
    other, gap_m
        The nearest pipe it does not join, and how far off it is.
    xy, target
        Where the end is, and where it would join: the other pipe's end where that is in reach, else its middle.
    sure
        Only one place is in reach.
    """

    pipe: Ints
    side: Ints
    other: Ints
    gap_m: Floats
    xy: Floats
    target: Floats
    sure: Bools


@dataclass(frozen=True, slots=True, eq=False)
class StrayValves:
    """Valves on no pipe, without a pipe number: nearest pipe, its distance and foot, and whether it alone is near."""

    valve_id: Objects
    pipe: Ints
    gap_m: Floats
    target: Floats
    sure: Bools


def faults(net: Network, valves: gpd.GeoDataFrame | None, params: Parameters) -> list[Finding]:
    """Return the topological findings of a network, besides those that building it gave."""
    short = near_misses(net.lines, net.places, params)
    limit = int(params.number("findings_limit"))
    return [
        *_near(net.lines, short, limit),
        *_dangling(net, short, limit),
        *_loops(net, params, limit),
        *_strays(net.lines, stray_valves(net, valves, params), limit),
        *_round(net, limit),
        *_unfed_parts(net, short, limit),
    ]


def free_ends(places: Places) -> tuple[Ints, Ints]:
    """Return pipe and side of every end that joins nothing."""
    degree = np.bincount(places.end.ravel(), minlength=len(places.xy))
    degree[places.tee_place] += 2
    pipe, side = np.nonzero(degree[places.end] == 1)
    return pipe.astype(np.int64), side.astype(np.int64)


def near_misses(lines: Lines, places: Places, params: Parameters) -> NearMisses:
    """Return the free ends within ``near_miss_m`` of a pipe of their class, or of unknown class, that they do not join.

    A pipe that shares a place with the one that ends is left out: the end lies beside what it hangs on. So is one that
    both ends are near: the two run side by side.
    """
    pipe, side = free_ends(places)
    xy = places.xy[places.end[pipe, side]]
    end, other = shapely.STRtree(lines.geometry).query(
        points(xy), predicate="dwithin", distance=params.number("near_miss_m")
    )
    own, there = lines.pressure[pipe[end]], lines.pressure[other]
    touching = (places.end[pipe[end]][:, :, None] == places.end[other][:, None, :]).any(axis=(1, 2))
    touching |= _tees(places, pipe[end], other)
    keep = ~touching & (pipe[end] != other) & ((own == there) | (own == 0) | (there == 0))
    end, other = end[keep], other[keep]
    _, pair, times = np.unique(pipe[end] * len(lines.pipe_id) + other, return_inverse=True, return_counts=True)
    end, other = end[times[pair] == 1], other[times[pair] == 1]
    target = _targets(lines, places, xy[end], other, params.number("near_miss_m"))
    gap = np.asarray(shapely.distance(points(xy[end]), lines.geometry[other]))
    order = np.lexsort((other, gap, end))
    end, other, gap, target = end[order], other[order], gap[order], target[order]
    first = np.flatnonzero(np.concatenate([[True], np.diff(end) != 0])) if len(end) else np.zeros(0, np.int64)
    run = np.searchsorted(end[first], end)
    apart = np.hypot(*(target - target[first][run]).T) > params.number("node_tolerance_m")
    sure = np.bincount(run, apart, len(first)) == 0
    at = end[first]
    sure &= lines.pressure[pipe[at]] == lines.pressure[other[first]]
    return NearMisses(pipe[at], side[at], other[first], gap[first], xy[at], target[first], sure)


def _tees(places: Places, pipe: Ints, other: Ints) -> Bools:
    """Say of each pair of pipes whether an end of one joins the other's middle."""
    count = len(places.end)
    place = np.concatenate([places.tee_place, places.tee_place])
    owners = np.full(len(places.xy), -1, np.int64)
    owners[places.end.ravel()] = np.repeat(np.arange(count), 2)
    key = (
        {(int(p), int(t)) for p, t in zip(places.tee_pipe, owners[places.tee_place], strict=True)}
        if len(place)
        else set()
    )
    return np.array(
        [(int(b), int(a)) in key or (int(a), int(b)) in key for a, b in zip(pipe, other, strict=True)], bool
    )


def _targets(lines: Lines, places: Places, xy: Floats, other: Ints, reach_m: float) -> Floats:
    """Return where an end would join a pipe: at its nearer end where that is within reach, else at the foot."""
    foot = lines.locate(other, points(xy))
    target = shapely.get_coordinates(shapely.line_interpolate_point(lines.geometry[other], foot)).reshape(-1, 2)
    for side in (1, 0):
        ends = places.xy[places.end[other, side]]
        close = np.hypot(*(ends - xy).T) <= reach_m
        target[close] = ends[close]
    return target


def _near(lines: Lines, short: NearMisses, limit: int) -> list[Finding]:
    return limited(
        np.arange(len(short.pipe)),
        limit,
        lambda i: Finding(
            "pipes",
            "network_near_miss",
            "warning",
            msg(
                "pipe {pipe} ends {metres} m short of pipe {other} and does not join it; if it does, move its end to "
                "{x}, {y}",
                pipe=lines.pipe_id[short.pipe[i]],
                other=lines.pipe_id[short.other[i]],
                metres=f"{short.gap_m[i]:.2f}",
                x=f"{short.target[i, 0]:.2f}",
                y=f"{short.target[i, 1]:.2f}",
            ),
            id=lines.pipe_id[short.pipe[i]],
            x=float(short.xy[i, 0]),
            y=float(short.xy[i, 1]),
        ),
        more,
    )


def _dangling(net: Network, short: NearMisses, limit: int) -> list[Finding]:
    """Report free ends of pipes that serve nobody; nothing where the customers are unknown."""
    if net.customers is None:
        return []
    pipe, side = free_ends(net.places)
    serves = np.zeros(len(net.lines.pipe_id), bool)
    serves[net.pieces.pipe[net.customers.piece]] = True
    held = np.isin(net.places.end[pipe, side], np.concatenate([net.stations.places, net.valves.place]))
    missed = np.isin(pipe * 2 + side, short.pipe * 2 + short.side)
    found = np.flatnonzero(~serves[pipe] & ~held & ~missed)
    return limited(
        found,
        limit,
        lambda i: Finding(
            "pipes",
            "network_dangling",
            "info",
            msg(
                "pipe {pipe} ends here and serves nobody; a cap, or a pipe or customer is missing",
                pipe=net.lines.pipe_id[pipe[i]],
            ),
            id=net.lines.pipe_id[pipe[i]],
            x=float(net.places.xy[net.places.end[pipe[i], side[i]], 0]),
            y=float(net.places.xy[net.places.end[pipe[i], side[i]], 1]),
        ),
        more,
    )


def _loops(net: Network, params: Parameters, limit: int) -> list[Finding]:
    """Report pipes that begin and end in one place."""
    closed = net.places.end[:, 0] == net.places.end[:, 1]
    shorter = net.lines.length_m <= params.number("node_tolerance_m")

    def one(i: int) -> Finding:
        text = (
            msg("pipe {pipe} has no length; remove it or mend its ends", pipe=net.lines.pipe_id[i])
            if shorter[i]
            else msg("pipe {pipe} begins and ends in one place; mend its ends", pipe=net.lines.pipe_id[i])
        )
        x, y = net.places.xy[net.places.end[i, 0]]
        return Finding("pipes", "network_loop", "warning", text, id=net.lines.pipe_id[i], x=float(x), y=float(y))

    return limited(np.flatnonzero(closed), limit, one, more)


def stray_valves(net: Network, valves: gpd.GeoDataFrame | None, params: Parameters) -> StrayValves:
    """Return the valves on no pipe and without a pipe number that have a pipe within ``valve_snap_m``.

    The nearest is sure where no other pipe is within twice its distance but those that join it there.
    """
    none = np.zeros(0, np.int64)
    empty = StrayValves(np.zeros(0, object), none, np.zeros(0), np.zeros((0, 2)), np.zeros(0, bool))
    if valves is None or not len(valves):
        return empty
    geometry = np.asarray(valves.geometry.array, dtype=object)
    usable = (shapely.get_type_id(geometry) == shapely.GeometryType.POINT) & ~shapely.is_empty(geometry)
    index = np.flatnonzero(usable & valves["pipe_id"].isna().to_numpy(bool))
    tree = shapely.STRtree(net.lines.geometry)
    touching, _ = tree.query(geometry[index], predicate="dwithin", distance=params.number("valve_tolerance_m"))
    index = np.delete(index, np.unique(touching))
    reach_m = params.number("valve_snap_m")
    item, pipe = tree.query(geometry[index], predicate="dwithin", distance=2 * reach_m)
    gap = np.asarray(shapely.distance(geometry[index][item], net.lines.geometry[pipe]))
    order = np.lexsort((pipe, gap, item))
    item, pipe, gap = item[order], pipe[order], gap[order]
    if not len(item):
        return empty
    first = np.flatnonzero(np.concatenate([[True], np.diff(item) != 0]))
    run = np.searchsorted(item[first], item)
    rival = (gap <= 2 * gap[first][run]) & (np.arange(len(item)) != first[run])
    sure = np.bincount(run, rival, len(first)) == 0
    keep = gap[first] <= reach_m
    at, nearest = index[item[first][keep]], pipe[first][keep]
    foot = net.lines.locate(nearest, geometry[at])
    target = shapely.get_coordinates(shapely.line_interpolate_point(net.lines.geometry[nearest], foot)).reshape(-1, 2)
    ids = valves.index.to_numpy(dtype=object)[at]
    return StrayValves(ids, nearest, gap[first][keep], target, sure[keep])


def _strays(lines: Lines, stray: StrayValves, limit: int) -> list[Finding]:
    return limited(
        np.arange(len(stray.valve_id)),
        limit,
        lambda i: Finding(
            "valves",
            "network_valve_near",
            "warning",
            msg(
                "valve {valve} stands {metres} m beside pipe {pipe}; if it belongs there, move it to {x}, {y} and give "
                "the pipe number",
                valve=stray.valve_id[i],
                pipe=lines.pipe_id[stray.pipe[i]],
                metres=f"{stray.gap_m[i]:.2f}",
                x=f"{stray.target[i, 0]:.2f}",
                y=f"{stray.target[i, 1]:.2f}",
            ),
            id=stray.valve_id[i],
            x=float(stray.target[i, 0]),
            y=float(stray.target[i, 1]),
        ),
        more,
    )


def _round(net: Network, limit: int) -> list[Finding]:
    """Report valves with one sector on both sides."""
    same = net.edges_in.begin[1:] == net.edges_in.begin[:-1]
    rows = np.flatnonzero(same[net.valves.group])
    foot = shapely.line_interpolate_point(net.lines.geometry[net.valves.pipe[rows]], net.valves.position_m[rows])
    xy = dict(zip(rows.tolist(), shapely.get_coordinates(foot).tolist(), strict=True))
    return limited(
        rows,
        limit,
        lambda i: Finding(
            "valves",
            "network_valve_bypassed",
            "info",
            msg(
                "valve {valve} separates nothing: gas goes round it with every valve shut; a valve of the ring is "
                "missing, stuck or not placed",
                valve=net.valves.valve_id[i],
            ),
            id=net.valves.valve_id[i],
            x=xy[i][0],
            y=xy[i][1],
        ),
        more,
    )


def _unfed_parts(net: Network, short: NearMisses, limit: int) -> list[Finding]:
    """Report every part of the network that no source reaches, the longest first, with what may join it."""
    if not net.has_source:
        return []
    fed = net.fed[: net.sectors.count]
    a, b, group = net.sectors.boundary_a, net.sectors.boundary_b, net.sectors.boundary_group
    within = ~fed[a] & ~fed[b]
    shape = (net.sectors.count,) * 2
    links = coo_array((np.ones(int(within.sum()), np.int8), (a[within], b[within])), shape=shape)
    part = connected_components(links, directed=False)[1].astype(np.int64)
    dry = ~fed[net.sectors.of_piece]
    of = part[net.sectors.of_piece]
    length = np.bincount(of[dry], net.pieces.length_m[dry], net.sectors.count)
    parts = np.unique(of[dry])
    parts = parts[np.argsort(-length[parts], kind="stable")]
    border = np.flatnonzero(fed[a] != fed[b])
    beyond = part[np.where(fed[a], b, a)[border]]
    # the piece at the end that falls short, and what it falls short of
    last = np.searchsorted(net.pieces.pipe, short.pipe + short.side, side="left") - short.side
    from_dry = dry[last]

    def one(k: int) -> Finding:
        pieces = np.flatnonzero(dry & (of == k))
        pipe = int(net.pieces.pipe[pieces].min())
        count = len(np.unique(net.pieces.pipe[pieces]))
        x, y = net.lines.geometry[pipe].centroid.coords[0]
        text = msg(
            "no source reaches {count} pipes of {metres} m round pipe {pipe}; {mend}",
            count=count,
            metres=f"{length[k]:.0f}",
            pipe=net.lines.pipe_id[pipe],
            mend=proposal(k),
        )
        return Finding("pipes", "network_part_unfed", "warning", text, id=net.lines.pipe_id[pipe], x=x, y=y)

    def proposal(k: int) -> Message:
        groups = np.unique(group[border[beyond == k]])
        valves = net.valves.valve_id[net.valves_in.of(groups)].tolist() if len(groups) else []
        if valves:
            return msg("opening {valves} would feed it, if they are not open already", valves=", ".join(valves[:5]))
        misses = np.flatnonzero(from_dry & (of[last] == k))
        if len(misses):
            i = int(misses[0])
            return msg(
                "pipe {pipe} ends {metres} m short of pipe {other}: see whether they join",
                pipe=net.lines.pipe_id[short.pipe[i]],
                other=net.lines.pipe_id[short.other[i]],
                metres=f"{short.gap_m[i]:.2f}",
            )
        return msg("look for a missing pipe or station")

    return limited(parts, limit, one, more)
