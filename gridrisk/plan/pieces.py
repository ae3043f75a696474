"""Pieces: which segments hang together, and how they are cut and joined into projects."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Index = NDArray[np.int64]

#: A long piece is also tried in so many parts more than it must have, where more cuts can then be at valves.
_MORE_PARTS = (1, 2)


def end_nodes(lines: NDArray[np.object_], tolerance_m: float) -> Index:
    """Give the end points of lines numbers, points within the tolerance as one.

    Returns
    -------
    numpy.ndarray
        (n, 2): node of the first and of the last point. A line without geometry gets nodes of its own.
    """
    ends = np.stack([shapely.get_point(lines, 0), shapely.get_point(lines, -1)], axis=1).ravel()
    xy = np.column_stack([shapely.get_x(ends), shapely.get_y(ends)])
    known = np.isfinite(xy).all(axis=1)
    place, inverse = np.unique(xy[known], axis=0, return_inverse=True)
    label = np.zeros(0, dtype=np.int64)
    if len(place):
        pairs = cKDTree(place).query_pairs(tolerance_m, output_type="ndarray")
        graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(place), len(place)))
        label = connected_components(graph, directed=False)[1].astype(np.int64)
    nodes = np.empty(len(ends), dtype=np.int64)
    nodes[known] = label[inverse.ravel()] if len(place) else label
    nodes[~known] = len(place) + np.arange((~known).sum())
    return nodes.reshape(-1, 2)


def components(key: Index, nodes: Index) -> Index:
    """Give each group of lines that share end points and have the same `key` a number from 0; (n,)."""
    if not len(key):
        return np.zeros(0, dtype=np.int64)
    # one number a pair of key and node
    meeting = np.repeat(key - key.min(), 2) * (int(nodes.max()) + 1) + nodes.ravel()
    _, point = np.unique(meeting, return_inverse=True)
    line = np.repeat(np.arange(len(key)), 2)
    size = len(key) + int(point.max()) + 1
    graph = coo_array((np.ones(len(line)), (line, len(key) + point.ravel())), shape=(size, size))
    return connected_components(graph, directed=False)[1][: len(key)].astype(np.int64)


def clusters(count: int, a: Index, b: Index) -> Index:
    """Give each group of `count` things that are linked by pairs a number from 0."""
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def touching(label_a: Index, nodes_a: Index, label_b: Index, nodes_b: Index) -> Index:
    """Return the distinct (a, b) labels that meet in a node, (pairs, 2), in order."""
    order = np.argsort(nodes_b.ravel(), kind="stable")
    at, there = nodes_b.ravel()[order], np.repeat(label_b, 2)[order]
    first, last = (np.searchsorted(at, nodes_a.ravel(), side=side) for side in ("left", "right"))
    count = last - first
    # the place of each meeting in `there`: from `first` on, one after the other
    place = np.arange(count.sum()) + np.repeat(first - np.r_[0, np.cumsum(count)[:-1]], count)
    size = int(label_b.max(initial=0)) + 1
    pairs = np.unique(np.repeat(np.repeat(label_a, 2), count) * size + there[place])
    return np.column_stack(np.divmod(pairs, size)).astype(np.int64)


def carve(length_m: NDArray[np.float64], nodes: Index, limit_m: float) -> Index:
    """Cut one connected piece into connected parts of at most `limit_m` (a longer single segment stays whole).

    The piece is walked from its first segment; on the way back every segment takes up the open parts beyond it,
    the shortest first, and closes those that no longer fit.

    Returns
    -------
    numpy.ndarray
        Number of the part of each segment, (n,).
    """
    return _pack(length_m, nodes.tolist(), limit_m)


def cut(
    length_m: NDArray[np.float64],
    nodes: Index,
    sector: Index,
    *,
    limits_m: tuple[float, float],
    project_yuan: float = 0.0,
    stop_yuan: NDArray[np.float64] | None = None,
) -> Index:
    """Cut one connected piece that is too long into connected parts, at valves where that is cheaper.

    At a valve one sector ends and the next begins: works on one side leave the other with gas. At any other cut the
    pipe that stays in use has to be stopped while the new one is tied in. So the parts are those for which

        project_yuan · (parts) + Σ stop_yuan of the cuts that are not at valves

    is least: one project more for each part, one line stop for each part but one that meets at a cut, at the price of
    the dearest segment there. Where no prices are known the fewest parts come first. Of equal ones those come first
    with the fewest parts below the least length, then with the fewest cuts that are not at valves.

    Parameters
    ----------
    length_m, nodes
        Of each segment.
    sector
        Number of its valve sector, −1 where unknown or where a valve divides the segment itself.
    limits_m
        Least and greatest length of a part; a single segment may be longer.
    project_yuan
        What one project more costs: mobilisation and cut-over.
    stop_yuan
        What it costs to stop each segment, (n,); None where no prices are known.

    Returns
    -------
    numpy.ndarray
        Number of the part of each segment, (n,).
    """
    least_m, most_m = limits_m
    total = float(length_m.sum())
    fewest = int(np.ceil(total / most_m))
    equal = min(most_m, 1.1 * total / fewest)
    ways = [carve(length_m, nodes, equal)]
    if (sector >= 0).any():
        limits = [equal, most_m]
        if stop_yuan is not None:
            limits += [1.1 * total / (fewest + more) for more in _MORE_PARTS]
        ways += [_carve_by_sector(length_m, nodes, sector, limit_m) for limit_m in limits if limit_m <= most_m]

    def badness(part: Index) -> tuple[float, int, int]:
        length = np.bincount(part, weights=length_m)
        off = cuts_off_valves(part, nodes, sector)
        yuan = float(len(length))
        if stop_yuan is not None:
            yuan = round(project_yuan * len(length) + _stops(part, nodes, off, stop_yuan), 2)
        return yuan, int((length < least_m).sum()), len(off)

    return min(ways, key=badness)


def _stops(part: Index, nodes: Index, off: Index, stop_yuan: NDArray[np.float64]) -> float:
    """Return the price of the line stops at some nodes: one for every part that meets there but the first."""
    flat = nodes.ravel()
    at = np.isin(flat, off)
    meeting = np.unique(np.column_stack([flat[at], np.repeat(part, 2)[at]]), axis=0)
    node, parts = np.unique(meeting[:, 0], return_counts=True)
    dearest = np.zeros(len(node))
    np.maximum.at(dearest, np.searchsorted(node, flat[at]), np.nan_to_num(np.repeat(stop_yuan, 2)[at]))
    return float(((parts - 1) * dearest).sum())


def cuts_off_valves(part: Index, nodes: Index, sector: Index) -> Index:
    """Return the nodes where parts meet within one sector, or where a sector is unknown."""
    meeting = np.column_stack([nodes.ravel(), np.repeat(part, 2), np.repeat(sector, 2)])
    meeting = np.unique(meeting, axis=0)
    at_parts = np.unique(meeting[:, :2], axis=0)
    node, count = np.unique(at_parts[:, 0], return_counts=True)
    unknown = np.isin(node, meeting[meeting[:, 2] < 0, 0])
    inside, parts = np.unique(meeting[:, [0, 2]], axis=0, return_counts=True)
    divided = np.isin(node, inside[parts > 1, 0])
    return np.asarray(node[(count > 1) & (unknown | divided)], dtype=np.int64)


def _carve_by_sector(length_m: NDArray[np.float64], nodes: Index, sector: Index, limit_m: float) -> Index:
    """Cut at every valve and put the blocks together up to the limit; a block that is too long is cut itself."""
    block = components(sector, nodes)
    count = int(block.max()) + 1
    for number in np.flatnonzero(np.bincount(block, weights=length_m) > limit_m).tolist():
        rows = np.flatnonzero(block == number)
        inner = carve(length_m[rows], nodes[rows], limit_m)
        block[rows[inner > 0]] = count + inner[inner > 0] - 1
        count += int(inner.max())
    touched: list[set[int]] = [set() for _ in range(count)]
    for number, ends in zip(block.tolist(), nodes.tolist(), strict=True):
        touched[number].update(ends)
    return _pack(np.bincount(block, weights=length_m).astype(np.float64), [sorted(ends) for ends in touched], limit_m)[
        block
    ]


def _pack(length_m: NDArray[np.float64], nodes: list[list[int]], limit_m: float) -> Index:
    """Cut connected things, each with the nodes it touches, into connected parts; see `carve`."""
    order, parent = _walk(nodes)
    open_parts: dict[int, list[list[int]]] = defaultdict(list)
    part = np.zeros(len(length_m), dtype=np.int64)
    count = 0
    for segment in reversed(order):
        mine = [segment]
        total = float(length_m[segment])
        for other in sorted(open_parts.pop(segment, []), key=lambda rows: (length_m[rows].sum(), rows)):
            more = float(length_m[other].sum())
            if total + more <= limit_m:
                mine += other
                total += more
            else:
                part[other] = count
                count += 1
        if parent[segment] < 0:
            part[mine] = count
            count += 1
        else:
            open_parts[parent[segment]].append(mine)
    return part


def _walk(nodes: list[list[int]]) -> tuple[list[int], Index]:
    """Return the segments in breadth-first order from the first, and each one's predecessor (−1: none)."""
    at: dict[int, list[int]] = defaultdict(list)
    for segment, ends in enumerate(nodes):
        for node in ends:
            at[node].append(segment)
    parent = np.full(len(nodes), -1, dtype=np.int64)
    seen = np.zeros(len(nodes), dtype=bool)
    done: set[int] = set()
    order: list[int] = []
    for start in range(len(nodes)):
        if seen[start]:
            continue
        seen[start] = True
        queue = [start]
        for segment in queue:
            for node in nodes[segment]:
                if node in done:
                    continue
                done.add(node)
                for other in at[node]:
                    if not seen[other]:
                        seen[other] = True
                        parent[other] = segment
                        queue.append(other)
        order += queue
    return order, parent


def join_short(
    piece: Index,
    group: Index,
    must: NDArray[np.bool_],
    length_m: NDArray[np.float64],
    nodes: Index,
    *,
    limits_m: tuple[float, float],
) -> Index:
    """Join pieces shorter than the least length to a touching piece of the same group, where the sum stays allowed.

    A piece that must be renewed is not joined to one that need not be: that would make a long project a must.
    Of several neighbours the one like it in duty comes first, then the shortest, then the lowest number.
    """
    least_m, most_m = limits_m
    count = int(piece.max(initial=-1)) + 1
    length = np.bincount(piece, weights=length_m, minlength=count)
    is_must = np.bincount(piece, weights=must, minlength=count) > 0
    group_of = np.zeros(count, dtype=np.int64)
    group_of[piece] = group
    short = length < least_m
    rows = np.flatnonzero(np.isin(piece, np.flatnonzero(short)))
    neighbours: dict[int, set[int]] = defaultdict(set)
    for a, b in touching(piece[rows], nodes[rows], piece, nodes).tolist():
        if a != b and group_of[a] == group_of[b]:
            neighbours[a].add(b)
            neighbours[b].add(a)
    root = np.arange(count)

    def find(item: int) -> int:
        while root[item] != item:
            root[item] = root[root[item]]
            item = int(root[item])
        return item

    for one in sorted(np.flatnonzero(short).tolist(), key=lambda item: (length[item], item)):
        mine = find(one)
        while length[mine] < least_m:
            others = {find(other) for other in neighbours[mine]} - {mine}
            fits = [
                other
                for other in others
                if length[mine] + length[other] <= most_m and (is_must[other] or not is_must[mine])
            ]
            if not fits:
                break
            best = min(fits, key=lambda other: (is_must[other] != is_must[mine], length[other], other))
            keep, gone = min(mine, best), max(mine, best)
            root[gone] = keep
            length[keep] += length[gone]
            is_must[keep] |= is_must[gone]
            neighbours[keep] |= neighbours.pop(gone, set())
            mine = keep
    return np.array([find(item) for item in range(count)], dtype=np.int64)[piece]


def shapes(lines: NDArray[np.object_], number: Index, count: int) -> NDArray[np.object_]:
    """Return a MultiLineString a project, an empty one where no segment has a geometry."""
    parts, line = shapely.get_parts(lines, return_index=True)
    out = np.full(count, shapely.MultiLineString(), dtype=object)
    if len(parts):
        found, place = np.unique(number[line], return_inverse=True)
        shape = np.asarray(shapely.multilinestrings(parts, indices=place), dtype=object)
        out[np.searchsorted(np.unique(number), found)] = shape
    return out
