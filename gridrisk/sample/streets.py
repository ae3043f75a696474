"""Streets of the sample city: a bent lattice of arterials with boulevards and a river, cut into ever smaller blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.makeup import MakeUp

ARTERIAL, COLLECTOR, LOCAL, LANE = range(4)
RANKS = ("arterial", "collector", "local", "lane")
#: Kinds of quarters, as indices into the tables of the make-up.
KINDS = ("old", "slab", "tower", "public", "industry")
OLD, SLAB, TOWER, PUBLIC, INDUSTRY = range(5)
_SNAP_M = 24.0
_RIVER_M = 130.0
_LONGEST_EDGE_M = 180.0


@dataclass(frozen=True)
class Warp:
    """The bend that turns the flat plan into a city grown by hand: a sum of long waves, one to one everywhere."""

    wave: NDArray[np.float64]
    phase: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    origin: NDArray[np.float64]

    def __call__(self, flat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return real coordinates of flat points of shape (..., 2), metres."""
        out: NDArray[np.float64] = flat + self.origin
        for wave, phase, amplitude in zip(self.wave, self.phase, self.amplitude, strict=True):
            out = out + amplitude * np.sin(flat @ wave + phase)[..., None]
        return out


@dataclass(frozen=True)
class Plan:
    """Streets and blocks of the whole ground, before it is known how far the city reaches.

    Lines are straight in the flat plan; nodes lie on them; an edge joins two neighbouring nodes of one line.
    """

    warp: Warp
    radius_m: float
    old_radius_m: float
    line_rank: NDArray[np.int64]
    line_street: NDArray[np.int64]
    line_ends: NDArray[np.float64]
    node_flat: NDArray[np.float64]
    edge_line: NDArray[np.int64]
    edge_t: NDArray[np.float64]
    edge_nodes: NDArray[np.int64]
    bridge: NDArray[np.bool_]
    corners: NDArray[np.float64]
    side_line: NDArray[np.int64]
    side_t: NDArray[np.float64]
    quarter: NDArray[np.int64]
    kind: NDArray[np.int64]
    river: NDArray[np.float64]

    def edge_of(self, line: NDArray[np.int64], t: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the edge of each line that holds the parameter `t`."""
        keys = self.edge_line * 2.0 + self.edge_t[:, 0]
        return np.searchsorted(keys, line * 2.0 + np.clip(t, 1e-9, 1 - 1e-9), side="right") - 1

    def at(self, line: NDArray[np.int64], t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the flat points of the lines at `t`."""
        ends = self.line_ends[line]
        point: NDArray[np.float64] = ends[:, 0] + t[:, None] * (ends[:, 1] - ends[:, 0])
        return point


@dataclass
class _Draft:
    """Lines and the nodes on them while blocks are being cut; grows level by level."""

    ends: list[NDArray[np.float64]]
    rank: list[NDArray[np.int64]]
    street: list[NDArray[np.int64]]
    nodes: list[NDArray[np.float64]]
    on_line: list[NDArray[np.int64]]
    on_t: list[NDArray[np.float64]]
    on_node: list[NDArray[np.int64]]
    lines: int = 0
    points: int = 0

    def add_lines(
        self, ends: NDArray[np.float64], rank: NDArray[np.int64], street: NDArray[np.int64] | None
    ) -> NDArray[np.int64]:
        number = self.lines + np.arange(len(ends))
        self.ends.append(ends)
        self.rank.append(rank)
        self.street.append(number + 1_000_000 if street is None else street)
        self.lines += len(ends)
        return number

    def add_nodes(self, flat: NDArray[np.float64]) -> NDArray[np.int64]:
        number = self.points + np.arange(len(flat))
        self.nodes.append(flat)
        self.points += len(flat)
        return number

    def attach(self, line: NDArray[np.int64], t: NDArray[np.float64], node: NDArray[np.int64]) -> None:
        self.on_line.append(line)
        self.on_t.append(t)
        self.on_node.append(node)


def make_warp(radius_m: float, makeup: MakeUp, rng: np.random.Generator) -> Warp:
    """Return a bend whose steepest slope stays well below one, so that no two places fall together."""
    waves = 4
    length = radius_m * rng.uniform(1.1, 2.6, waves)
    angle = rng.uniform(0, 2 * np.pi, waves)
    wave = 2 * np.pi / length[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    turn = angle + np.pi / 2 + rng.normal(0, 0.5, waves)
    size = rng.uniform(0.05, 0.10, waves) * length / (2 * np.pi)
    origin = makeup.city.table("origin_m")
    return Warp(
        wave,
        rng.uniform(0, 2 * np.pi, waves),
        size[:, None] * np.c_[np.cos(turn), np.sin(turn)],
        np.array([origin["east"], origin["north"]]),
    )


def lay_out(radius_m: float, makeup: MakeUp, rng: np.random.Generator) -> Plan:
    """Plan the ground within about `radius_m` of the centre: arterials first, then blocks cut in two until small."""
    warp = make_warp(radius_m, makeup, rng)
    old_radius = min(radius_m * makeup.share("old_radius"), 6000.0)
    draft = _Draft([], [], [], [], [], [], [])
    corners, side_line, side_t, bridge_lines, river = _lattice(radius_m, draft, makeup, rng)
    quarter = np.arange(len(corners))
    kind = _quarter_kinds(corners.mean(axis=1), radius_m, old_radius, rng)
    corners, side_line, side_t, quarter = _cut(corners, side_line, side_t, quarter, kind, draft, makeup, rng)
    return _finish(
        draft,
        warp=warp,
        radius_m=radius_m,
        old_radius_m=old_radius,
        bridge_lines=bridge_lines,
        corners=corners,
        side_line=side_line,
        side_t=side_t,
        quarter=quarter,
        kind=kind[quarter],
        river=river,
    )


def _breaks(radius: float, spacing: float, rng: np.random.Generator) -> NDArray[np.float64]:
    count = max(3, round(2 * radius / spacing))
    steps = rng.uniform(0.7, 1.35, count)
    breaks: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum() * 2 * radius - radius
    return breaks


def _lattice(
    radius: float, draft: _Draft, makeup: MakeUp, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Lay arterials, a river through one row of them and boulevards across; return cells as four-sided blocks."""
    spacing = float(np.clip(0.42 * radius, 330.0, 1150.0))
    x, y = _breaks(radius, spacing, rng), _breaks(radius, spacing, rng)
    row = int(np.clip(np.searchsorted(y, -0.28 * radius), 1, len(y) - 2))
    y = np.concatenate([y[: row + 1], y[row:] + _RIVER_M])
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    jitter = rng.normal(0, 0.05 * spacing, grid.shape)
    jitter[:, row + 1] = jitter[:, row]
    grid = grid + jitter
    nx, ny = len(x) - 1, len(y) - 1
    node = draft.add_nodes(grid.reshape(-1, 2)).reshape(nx + 1, ny + 1)

    def join(a: NDArray[np.int64], b: NDArray[np.int64], street: NDArray[np.int64]) -> NDArray[np.int64]:
        flat = draft.nodes[0]
        line = draft.add_lines(
            np.stack([flat[a.ravel()], flat[b.ravel()]], axis=1), np.full(a.size, ARTERIAL), street.ravel()
        )
        draft.attach(line, np.zeros(a.size), a.ravel())
        draft.attach(line, np.ones(a.size), b.ravel())
        return line.reshape(a.shape)

    across = join(node[:-1], node[1:], np.broadcast_to(np.arange(ny + 1), (nx, ny + 1)))
    upward = join(node[:, :-1], node[:, 1:], np.broadcast_to(1000 + np.arange(nx + 1)[:, None], (nx + 1, ny)))
    i, j = (a.ravel() for a in np.meshgrid(np.arange(nx), np.arange(ny), indexing="ij"))
    land = j != row
    i, j = i[land], j[land]
    quad = np.stack([grid[i, j], grid[i + 1, j], grid[i + 1, j + 1], grid[i, j + 1]], axis=1)
    lines = np.stack([across[i, j], upward[i + 1, j], across[i, j + 1], upward[i, j]], axis=1)
    t = np.tile(np.array([[0, 1], [0, 1], [1, 0], [1, 0]], dtype=float), (len(i), 1, 1))
    quad, lines, t = _boulevards(quad, lines, t, (i, j, node, row), draft)
    bridges = _bridges(upward[:, row], grid[:, row, 0], makeup.share("bridge"), rng)
    bank = np.concatenate([grid[:, row], grid[::-1, row + 1]])
    return quad, lines, t, bridges, bank


def _bridges(
    lines: NDArray[np.int64], x: NDArray[np.float64], share: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Choose the few crossings of the river that have a bridge; the one nearest the centre always has."""
    keep = rng.random(len(lines)) < share
    keep[np.argmin(np.abs(x))] = True
    keep[[0, -1]] = False
    return lines[keep] if keep.any() else lines[[len(lines) // 2]]


def _boulevards(
    quad: NDArray[np.float64],
    lines: NDArray[np.int64],
    t: NDArray[np.float64],
    place: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], int],
    draft: _Draft,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Cut cells on two diagonals out of the centre in two; each half is a block with one straight angle."""
    i, j, node, row = place
    middle = (node.shape[0] - 1) // 2
    step = i - middle
    start = row + 1
    north_east = (j - start == step) & (step >= 1)
    north_west = (j - start == -step - 1) & (step <= -2)
    rest = ~(north_east | north_west)
    parts = [(quad[rest], lines[rest], t[rest])]
    for chosen, corner in ((north_east, 0), (north_west, 1)):
        k = np.flatnonzero(chosen)
        if not k.size:
            continue
        # turned so that the boulevard runs from corner 0 to corner 2
        q, s, u = (np.roll(a[k], -corner, axis=1) for a in (quad, lines, t))
        ids = np.roll(
            np.stack([node[i[k], j[k]], node[i[k] + 1, j[k]], node[i[k] + 1, j[k] + 1], node[i[k], j[k] + 1]], 1),
            -corner,
            axis=1,
        )
        line = draft.add_lines(
            np.stack([q[:, 0], q[:, 2]], 1), np.full(len(k), ARTERIAL), np.full(len(k), 2000 + corner)
        )
        draft.attach(line, np.zeros(len(k)), ids[:, 0])
        draft.attach(line, np.ones(len(k)), ids[:, 2])
        half = (q[:, 0] + q[:, 2]) / 2
        out, back = np.tile([[1.0, 0.5], [0.5, 0.0]], (len(k), 1, 1)), np.tile([[0.0, 0.5], [0.5, 1.0]], (len(k), 1, 1))
        both = np.stack([line, line], 1)
        parts.append(
            (np.stack([q[:, 0], q[:, 1], q[:, 2], half], 1), np.c_[s[:, :2], both], np.concatenate([u[:, :2], out], 1))
        )
        parts.append(
            (np.stack([q[:, 2], q[:, 3], q[:, 0], half], 1), np.c_[s[:, 2:], both], np.concatenate([u[:, 2:], back], 1))
        )
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


def _quarter_kinds(
    centre: NDArray[np.float64], radius: float, old_radius: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give every quarter its kind: the old town in the middle, slabs around it, towers and works outside."""
    distance = np.hypot(centre[:, 0], centre[:, 1]) / radius
    angle = np.arctan2(centre[:, 1], centre[:, 0])
    draw = rng.random(len(centre))
    inner = draw < 1.15 - 1.1 * distance
    kind = np.where(inner, SLAB, TOWER)
    kind = np.where((draw > 0.93) & (distance > 0.25), PUBLIC, kind)
    works = (np.cos(angle - rng.uniform(0, 2 * np.pi)) > 0.78) & (distance > 0.55)
    kind = np.where(works, INDUSTRY, kind)
    old = distance * radius < old_radius
    old[np.argmin(distance)] = True
    return np.where(old, OLD, kind).astype(np.int64)


def _cut(
    corners: NDArray[np.float64],
    lines: NDArray[np.int64],
    t: NDArray[np.float64],
    quarter: NDArray[np.int64],
    kind: NDArray[np.int64],
    draft: _Draft,
    makeup: MakeUp,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Cut every block across its longer sides until it is as small as its quarter wants."""
    side = makeup.by_kind("block_side_m")
    done: list[tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]] = []
    want = side[kind] * rng.uniform(0.8, 1.25, len(kind))
    while len(corners):
        edge = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
        along, up = (edge[:, 0] + edge[:, 2]) / 2, (edge[:, 1] + edge[:, 3]) / 2
        big = np.maximum(along, up) > want[quarter] * rng.uniform(1.25, 1.7, len(corners))
        done.append((corners[~big], lines[~big], t[~big], quarter[~big]))
        turn = (big & (up > along))[:, None]
        corners, lines = (
            np.where(turn[..., None], np.roll(corners, -1, axis=1), corners)[big],
            np.where(turn, np.roll(lines, -1, axis=1), lines)[big],
        )
        t = np.where(turn[..., None], np.roll(t, -1, axis=1), t)[big]
        quarter = quarter[big]
        if len(corners):
            length = np.maximum(along, up)[big]
            rank = np.where(length > 520, COLLECTOR, np.where(kind[quarter] == OLD, LANE, LOCAL))
            corners, lines, t, quarter = _halve(corners, lines, t, quarter, rank, draft, rng)
    return tuple(np.concatenate(column) for column in zip(*done, strict=True))  # type: ignore[return-value]


def _halve(
    q: NDArray[np.float64],
    lines: NDArray[np.int64],
    t: NDArray[np.float64],
    quarter: NDArray[np.int64],
    rank: NDArray[np.int64],
    draft: _Draft,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Draw a street from side 0 to side 2 of each block; return both halves."""
    n = len(q)
    f = rng.uniform(0.39, 0.61, n)
    g = np.clip(f + rng.normal(0, 0.025, n), 0.37, 0.63)
    side = np.concatenate([lines[:, 0], lines[:, 2]])
    start, end = np.concatenate([t[:, 0], t[:, 2]]).T
    at, node, flat = _snap(side, start + np.concatenate([f, 1 - g]) * (end - start), draft)
    a, b = flat[:n], flat[n:]
    new = draft.add_lines(np.stack([a, b], 1), rank, None)
    draft.attach(new, np.zeros(n), node[:n])
    draft.attach(new, np.ones(n), node[n:])
    ta, tb = at[:n], at[n:]
    zero, one = np.zeros(n), np.ones(n)
    left = (
        np.stack([q[:, 0], a, b, q[:, 3]], 1),
        np.stack([lines[:, 0], new, lines[:, 2], lines[:, 3]], 1),
        np.stack([np.c_[t[:, 0, 0], ta], np.c_[zero, one], np.c_[tb, t[:, 2, 1]], t[:, 3]], 1),
    )
    right = (
        np.stack([a, q[:, 1], q[:, 2], b], 1),
        np.stack([lines[:, 0], lines[:, 1], lines[:, 2], new], 1),
        np.stack([np.c_[ta, t[:, 0, 1]], t[:, 1], np.c_[t[:, 2, 0], tb], np.c_[one, zero]], 1),
    )
    corners, sides, spans = (np.concatenate(pair) for pair in zip(left, right, strict=True))
    return corners, sides, spans, np.concatenate([quarter, quarter])


def _snap(
    line: NDArray[np.int64], t: NDArray[np.float64], draft: _Draft
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Put new nodes on lines; where a street already arrives close by on the other side, make it one crossing."""
    ends = np.concatenate(draft.ends)
    span = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    wide = 4.0 * float(span.max())
    old_line, old_t, old_node = (np.concatenate(a) for a in (draft.on_line, draft.on_t, draft.on_node))
    key = np.concatenate([old_line * wide + old_t * span[old_line], line * wide + t * span[line]])
    fresh = np.r_[np.zeros(len(old_line), bool), np.ones(len(line), bool)]
    order = np.argsort(key, kind="stable")
    gap = np.diff(key[order], prepend=-np.inf)
    # a new node that follows any node, or an old one that follows a new one, within the snapping distance
    group = np.cumsum((gap > _SNAP_M) | (~fresh[order] & ~np.r_[True, fresh[order][:-1]]))
    lead = np.full(group[-1] + 1, len(key), dtype=np.int64)
    np.minimum.at(lead, group, order)  # old nodes have the lower numbers
    leader = np.empty(len(key), dtype=np.int64)
    leader[order] = lead[group]
    mine = leader[len(old_line) :]
    founder = mine == len(old_line) + np.arange(len(line))
    flat = ends[line, 0] + t[:, None] * (ends[line, 1] - ends[line, 0])
    number = np.concatenate([old_node, np.full(len(line), -1)])
    number[len(old_line) + np.flatnonzero(founder)] = draft.add_nodes(flat[founder])
    draft.attach(line[founder], t[founder], number[len(old_line) :][founder])
    every_t = np.concatenate([old_t, t])
    node = number[mine]
    return every_t[mine], node, np.concatenate(draft.nodes)[node]


def _bend_points(draft: _Draft) -> None:
    """Add nodes to long stretches without a crossing, so that straight edges follow the bend of the ground."""
    line, t = np.concatenate(draft.on_line), np.concatenate(draft.on_t)
    ends = np.concatenate(draft.ends)
    order = np.lexsort((t, line))
    line, t = line[order], t[order]
    same = np.flatnonzero(line[1:] == line[:-1])
    line, start, step = line[same], t[same], t[same + 1] - t[same]
    length = step * np.linalg.norm(ends[line, 1] - ends[line, 0], axis=1)
    pieces = np.ceil(length / _LONGEST_EDGE_M).astype(np.int64)
    which = np.repeat(np.arange(len(pieces)), pieces - 1)
    serial = np.arange(len(which)) - np.repeat(np.cumsum(pieces - 1) - (pieces - 1), pieces - 1)
    at = start[which] + (serial + 1) / pieces[which] * step[which]
    own = ends[line[which]]
    draft.attach(line[which], at, draft.add_nodes(own[:, 0] + at[:, None] * (own[:, 1] - own[:, 0])))


def _finish(draft: _Draft, *, bridge_lines: NDArray[np.int64], **rest: object) -> Plan:
    _bend_points(draft)
    line, t, node = np.concatenate(draft.on_line), np.concatenate(draft.on_t), np.concatenate(draft.on_node)
    order = np.lexsort((t, line))
    line, t, node = line[order], t[order], node[order]
    same = np.flatnonzero(line[1:] == line[:-1])
    edge_line = line[same]
    return Plan(
        line_rank=np.concatenate(draft.rank),
        line_street=np.concatenate(draft.street),
        line_ends=np.concatenate(draft.ends),
        node_flat=np.concatenate(draft.nodes),
        edge_line=edge_line,
        edge_t=np.c_[t[same], t[same + 1]],
        edge_nodes=np.c_[node[same], node[same + 1]],
        bridge=np.isin(edge_line, bridge_lines),
        **rest,  # type: ignore[arg-type]
    )
