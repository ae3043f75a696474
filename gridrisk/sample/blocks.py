"""What stands on the blocks of the sample city: rows of buildings, and the way gas would come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.sample.streets import INDUSTRY, OLD, PUBLIC, RANKS, SLAB, TOWER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.streets import Plan

_SETBACK_M = 4.0


@dataclass(frozen=True)
class Blocks:
    """Blocks turned so that gas enters across side 0, with the layout of their rows in metres from corner 0."""

    corners: NDArray[np.float64]
    side_line: NDArray[np.int64]
    side_t: NDArray[np.float64]
    kind: NDArray[np.int64]
    quarter: NDArray[np.int64]
    park: NDArray[np.bool_]
    with_gas: NDArray[np.bool_]
    boxed: NDArray[np.bool_]
    built: NDArray[np.int64]
    size_m: NDArray[np.float64]
    inset_m: NDArray[np.float64]
    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    pitch_m: NDArray[np.float64]
    lane_column: NDArray[np.int64]

    def place(
        self, block: NDArray[np.int64], x_m: NDArray[np.float64], y_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the flat points at metres `x_m` along side 0 and `y_m` into the block; arrays of one shape."""
        u = (x_m / self.size_m[block, 0].reshape(block.shape))[..., None]
        v = (y_m / self.size_m[block, 1].reshape(block.shape))[..., None]
        q = self.corners[block]
        a, b, c, d = (q[..., k, :] for k in range(4))
        point: NDArray[np.float64] = (1 - u) * (1 - v) * a + u * (1 - v) * b + u * v * c + (1 - u) * v * d
        return point

    def lane_x(self, block: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return where the courtyard's spine runs, metres along side 0."""
        x: NDArray[np.float64] = self.inset_m[block, 3] + self.lane_column[block] * self.pitch_m[block, 0]
        return x


@dataclass(frozen=True)
class Houses:
    """Buildings, one row each; `x_m` and `y_m` are their extent in the block."""

    block: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    gas: NDArray[np.bool_]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Houses:
        """Return some of the buildings."""
        return Houses(
            self.block[rows], self.column[rows], self.row[rows], self.x_m[rows], self.y_m[rows], self.gas[rows]
        )


def row_y(blocks: Blocks, block: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the branch line of a row, metres into the block."""
    y: NDArray[np.float64] = blocks.inset_m[block, 0] + (row + 0.10) * blocks.pitch_m[block, 1]
    return y


def build(plan: Plan, makeup: MakeUp, rng: np.random.Generator) -> tuple[Blocks, Houses]:
    """Lay out every block of the ground."""
    n = len(plan.kind)
    kind = _mix(plan.kind, rng)
    turn = _entry_side(plan, rng)
    pick = (np.arange(4)[None] + turn[:, None]) % 4
    rows = np.arange(n)[:, None]
    corners, lines, spans = plan.corners[rows, pick], plan.side_line[rows, pick], plan.side_t[rows, pick]
    edge = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    size = np.stack([(edge[:, 0] + edge[:, 2]) / 2, (edge[:, 1] + edge[:, 3]) / 2], axis=1)
    half = np.array([makeup.city.table("street_half_width_m")[rank] for rank in RANKS])
    inset = half[plan.line_rank[lines]] + _SETBACK_M
    inner = np.maximum(size - np.stack([inset[:, 3] + inset[:, 1], inset[:, 0] + inset[:, 2]], 1), 12.0)
    wanted = np.stack([makeup.by_kind("pitch_m.along")[kind], makeup.by_kind("pitch_m.across")[kind]], 1)
    wanted = wanted * rng.uniform(0.9, 1.2, (n, 1))
    count = np.maximum(1, np.floor(inner / wanted + 0.25)).astype(np.int64)
    share = makeup.city.table("shares")
    draw = rng.random((n, 3))
    park = draw[:, 0] < share["park"]
    dry = np.where(kind == OLD, share["old_without_gas"], share["block_without_gas"])
    lane = np.where(count[:, 0] > 1, 1 + np.floor(rng.random(n) * (count[:, 0] - 1)), rng.integers(0, 2, n))
    blocks = Blocks(
        corners=corners,
        side_line=lines,
        side_t=spans,
        kind=kind,
        quarter=plan.quarter,
        park=park,
        with_gas=~park & (draw[:, 1] >= dry),
        boxed=(kind == INDUSTRY) | (np.isin(kind, (TOWER, PUBLIC)) & (draw[:, 2] < share["boxed"])),
        built=_built(plan, kind, makeup, rng),
        size_m=size,
        inset_m=inset,
        columns=count[:, 0],
        rows=count[:, 1],
        pitch_m=inner / count,
        lane_column=lane.astype(np.int64),
    )
    return blocks, _houses(blocks, makeup, rng)


def _mix(kind: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Put schools, hospitals and newer or older compounds among the blocks of a quarter."""
    draw = rng.random(len(kind))
    mixed = np.where((kind != INDUSTRY) & (draw < 0.05), PUBLIC, kind)
    mixed = np.where((kind == SLAB) & (draw > 0.88), TOWER, mixed)
    mixed = np.where((kind == TOWER) & (draw > 0.93), SLAB, mixed)
    return np.where((kind == OLD) & (draw > 0.80), SLAB, mixed).astype(np.int64)


def _entry_side(plan: Plan, rng: np.random.Generator) -> NDArray[np.int64]:
    """Choose the side gas enters by: rows should face south, and small streets are preferred to arterials."""
    direction = np.roll(plan.corners, -1, axis=1) - plan.corners
    length = np.linalg.norm(direction, axis=2)
    score = np.abs(direction[..., 0]) / length + rng.uniform(0, 0.3, length.shape)
    score = score - 0.35 * (plan.line_rank[plan.side_line] == 0)
    doubled = plan.side_line == np.roll(plan.side_line, 1, axis=1)
    score = score - 3.0 * (doubled | np.roll(doubled, -1, axis=1))  # the straight angle at a boulevard
    side: NDArray[np.int64] = np.argmax(score, axis=1)
    return side


def _built(plan: Plan, kind: NDArray[np.int64], makeup: MakeUp, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the year a block was built; in every kind of quarter the outer ones are younger."""
    first, last = makeup.by_kind("built.first")[kind], makeup.by_kind("built.last")[kind]
    distance = np.hypot(*plan.corners.mean(axis=1).T) / plan.radius_m
    share = np.clip(0.25 + 0.5 * distance + rng.normal(0, 0.22, len(kind)), 0, 1)
    year: NDArray[np.int64] = np.minimum(np.floor(first + share * (last - first)), makeup.as_of.year - 1).astype(
        np.int64
    )
    return year


def _houses(blocks: Blocks, makeup: MakeUp, rng: np.random.Generator) -> Houses:
    cells = np.where(blocks.park, 0, blocks.columns * blocks.rows)
    block = np.repeat(np.arange(len(cells)), cells)
    serial = np.arange(len(block)) - np.repeat(np.cumsum(cells) - cells, cells)
    column, row = serial % blocks.columns[block], serial // blocks.columns[block]
    n = len(block)
    pitch, kind = blocks.pitch_m[block], blocks.kind[block]
    width = pitch[:, 0] * np.minimum(makeup.by_kind("footprint.along")[kind] * rng.uniform(0.75, 1.15, n), 0.84)
    depth = pitch[:, 1] * np.minimum(makeup.by_kind("footprint.across")[kind] * rng.uniform(0.8, 1.12, n), 0.56)
    width = np.minimum(width, np.array([26.0, 62.0, 40.0, 80.0, 110.0])[kind])
    depth = np.minimum(depth, np.array([14.0, 13.5, 20.0, 34.0, 48.0])[kind])
    x = blocks.inset_m[block, 3] + (column + 0.5 + rng.uniform(-0.04, 0.04, n)) * pitch[:, 0]
    y = blocks.inset_m[block, 0] + (row + 0.60 + rng.uniform(-0.05, 0.05, n)) * pitch[:, 1]
    gas = blocks.with_gas[block] & (rng.random(n) >= makeup.share("building_without_gas"))
    houses = Houses(
        block,
        column,
        row,
        np.stack([x - width / 2, x + width / 2], 1),
        np.stack([y - depth / 2, y + depth / 2], 1),
        gas,
    )
    present = rng.random(n) >= np.array([0.06, 0.08, 0.18, 0.15, 0.2])[kind]
    return houses.take(present & _roomy(blocks, houses))


def _roomy(blocks: Blocks, houses: Houses) -> NDArray[np.bool_]:
    """Say which buildings keep a sound shape where a block is squeezed to a wedge."""
    x, y = houses.x_m, houses.y_m
    corners = [blocks.place(houses.block, x[:, i], y[:, j]) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
    ring = np.stack(corners, axis=1)
    sides = np.linalg.norm(np.roll(ring, -1, axis=1) - ring, axis=2)
    along, up = np.roll(ring, -1, axis=1) - ring, np.roll(ring, 1, axis=1) - ring
    square = np.abs(along[..., 0] * up[..., 1] - along[..., 1] * up[..., 0]) / (sides * np.roll(sides, 1, axis=1))
    room: NDArray[np.bool_] = (sides.min(axis=1) > 5.5) & (square.min(axis=1) > 0.78)
    return room
