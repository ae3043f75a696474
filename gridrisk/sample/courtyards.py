"""Gas inside the blocks: inlet, cabinet, spine, branches before the rows, service lines and risers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridrisk.sample.blocks import row_y
from gridrisk.sample.mains import LOW
from gridrisk.sample.segments import (
    BOX,
    CABINET,
    COURTYARD,
    RISER,
    SERVICE,
    Segments,
    Stations,
    join_segments,
    join_stations,
    segments,
    stations,
)
from gridrisk.sample.streets import INDUSTRY, SLAB

if TYPE_CHECKING:
    from gridrisk.sample.blocks import Blocks, Houses
    from gridrisk.sample.street_pipes import StreetNet
    from gridrisk.sample.streets import Plan

Place = Callable[[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
_WALL_M = 0.15


@dataclass(frozen=True)
class Needs:
    """Which pieces the blocks need when all of them have gas: rows reached, and the last building of each wing."""

    last_row: NDArray[np.int64]
    row_key: NDArray[np.int64]
    first_column: NDArray[np.int64]
    last_column: NDArray[np.int64]


def needs(blocks: Blocks, houses: Houses) -> Needs:
    """Find how far spines and branches must reach; block arrays are -1 where no building has gas."""
    gas = np.flatnonzero(houses.gas)
    last = np.full(len(blocks.kind), -1, dtype=np.int64)
    np.maximum.at(last, houses.block[gas], houses.row[gas])
    key, inverse = np.unique(houses.block[gas] * 1024 + houses.row[gas], return_inverse=True)
    low, high = np.full(len(key), 1024, dtype=np.int64), np.full(len(key), -1, dtype=np.int64)
    np.minimum.at(low, inverse, houses.column[gas])
    np.maximum.at(high, inverse, houses.column[gas])
    return Needs(last, key, low, high)


def _wings(blocks: Blocks, need: Needs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many branch pieces each row needs left and right of the spine."""
    spine = blocks.lane_column[need.row_key // 1024]
    return np.maximum(spine - need.first_column, 0), np.maximum(need.last_column - spine + 1, 0)


def counts(blocks: Blocks, houses: Houses, need: Needs, tap_low: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of segments each block would hold, without drawing them."""
    total = np.where(need.last_row >= 0, np.where(tap_low | blocks.boxed, 2, 3) + need.last_row, 0)
    left, right = _wings(blocks, need)
    np.add.at(total, need.row_key // 1024, left + right)
    gas = houses.gas
    np.add.at(total, houses.block[gas], np.where(blocks.kind[houses.block[gas]] == SLAB, 3, 2))
    return total


def draw(
    plan: Plan, blocks: Blocks, houses: Houses, net: StreetNet, served: NDArray[np.bool_]
) -> tuple[Segments, Stations]:
    """Draw the pipes and regulators of every served block; `houses.gas` says which buildings are connected."""
    need = needs(blocks, houses)
    block = np.flatnonzero(served & (need.last_row >= 0))
    low_tap = net.tap_class == LOW
    inside = np.where(low_tap | ~blocks.boxed, LOW, net.tap_class)

    def ground(b: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return plan.warp(blocks.place(b, x, y))

    pipes, places = [], []
    spine_x = blocks.lane_x(block)
    inlet = ground(block, spine_x, blocks.inset_m[block, 0] - 2.0)
    large = np.where(blocks.kind[block] == INDUSTRY, 150, 100)
    first = ground(block, spine_x, row_y(blocks, block, np.zeros_like(block)))
    pipes.append(
        segments(net.tap[block], inlet, pressure=net.tap_class[block], setting=COURTYARD, bore=large, block=block)
    )
    cut = ~(low_tap | blocks.boxed)[block]
    pipes.append(
        segments(
            inlet[~cut],
            first[~cut],
            pressure=inside[block][~cut],
            setting=COURTYARD,
            bore=large[~cut],
            block=block[~cut],
        )
    )
    b = block[cut]
    cabinet = ground(b, spine_x[cut], (blocks.inset_m[b, 0] - 2.0 + row_y(blocks, b, np.zeros_like(b))) / 2)
    pipes.append(segments(inlet[cut], cabinet, pressure=net.tap_class[b], setting=COURTYARD, bore=large[cut], block=b))
    pipes.append(segments(cabinet, first[cut], pressure=LOW, setting=COURTYARD, bore=200, block=b))
    places.append(stations(cabinet, kind=CABINET, inlet=net.tap_class[b], outlet=LOW, block=b))
    pipes.append(_spines(blocks, need, served, inside, ground))
    pipes.append(_branches(blocks, houses, need, served, inside, ground))
    services, boxes = _services(blocks, houses, served, inside, ground)
    return join_segments([*pipes, services]), join_stations([*places, boxes])


def _spines(
    blocks: Blocks, need: Needs, served: NDArray[np.bool_], inside: NDArray[np.int64], ground: Place
) -> Segments:
    steps = np.where(served, np.maximum(need.last_row, 0), 0)
    block = np.repeat(np.arange(len(steps)), steps)
    row = np.arange(len(block)) - np.repeat(np.cumsum(steps) - steps, steps)
    x = blocks.lane_x(block)
    start = ground(block, x, row_y(blocks, block, row))
    end = ground(block, x, row_y(blocks, block, row + 1))
    low = inside[block] == LOW
    bore = np.where(row < 2, np.where(low, 200, 100), np.where(low, 150, 80))
    return segments(start, end, pressure=inside[block], setting=COURTYARD, bore=bore, block=block)


def _node_x(blocks: Blocks, houses: Houses) -> dict[str, NDArray[np.float64]]:
    """Return where each building's branch node lies along its row, as a table over all cells of all blocks."""
    cells = blocks.columns * blocks.rows
    base = np.cumsum(cells) - cells
    block = np.repeat(np.arange(len(cells)), cells)
    column = (np.arange(len(block)) - base[block]) % blocks.columns[block]
    x = blocks.inset_m[block, 3] + (column + 0.5) * blocks.pitch_m[block, 0]
    cell = base[houses.block] + houses.row * blocks.columns[houses.block] + houses.column
    x[cell] = houses.x_m.mean(axis=1)
    return {"x": x, "base": base.astype(np.float64)}


def _branches(
    blocks: Blocks,
    houses: Houses,
    need: Needs,
    served: NDArray[np.bool_],
    inside: NDArray[np.int64],
    ground: Place,
) -> Segments:
    """Draw the branch before each row, outwards from the spine on both sides, from node to node."""
    table = _node_x(blocks, houses)
    owner, row_of = need.row_key // 1024, need.row_key % 1024
    left, right = (np.where(served[owner], wing, 0) for wing in _wings(blocks, need))
    parts = []
    for wing, sign in ((left, -1), (right, 1)):
        which = np.repeat(np.arange(len(owner)), wing)
        step = np.arange(len(which)) - np.repeat(np.cumsum(wing) - wing, wing)
        block, row = owner[which], row_of[which]
        spine = blocks.lane_column[block]
        column = spine + step if sign > 0 else spine - 1 - step
        cell = (table["base"][block] + row * blocks.columns[block] + column).astype(np.int64)
        to_x = table["x"][cell]
        from_x = np.where(step == 0, blocks.lane_x(block), table["x"][cell - np.where(step == 0, 0, sign)])
        y = row_y(blocks, block, row)
        rest = wing[which] - step
        low = inside[block] == LOW
        bore = np.where(rest > 4, np.where(low, 100, 80), np.where(low, 80, np.where(rest > 1, 65, 50)))
        parts.append(
            segments(
                ground(block, from_x, y),
                ground(block, to_x, y),
                pressure=inside[block],
                setting=COURTYARD,
                bore=bore,
                block=block,
            )
        )
    return join_segments(parts)


def _services(
    blocks: Blocks, houses: Houses, served: NDArray[np.bool_], inside: NDArray[np.int64], ground: Place
) -> tuple[Segments, Stations]:
    """Lead a line from the branch to the wall of each connected building, and risers along the wall from there."""
    house = np.flatnonzero(houses.gas & served[houses.block])
    block = houses.block[house]
    x = houses.x_m[house].mean(axis=1)
    y = row_y(blocks, block, houses.row[house])
    node = ground(block, x, y)
    foot = _before_wall(houses, house, x, ground)
    big = blocks.kind[block] == INDUSTRY
    pressure = inside[block]
    service = segments(
        node, foot, pressure=pressure, setting=SERVICE, bore=np.where(big, 100, 50), block=block, house=house
    )
    reach = np.minimum(0.3 * (houses.x_m[house, 1] - houses.x_m[house, 0]), 5.0)
    right = segments(
        foot,
        _before_wall(houses, house, x + reach * 0.4, ground),
        bore=np.where(big, 80, 40),
        block=block,
        house=house,
        pressure=LOW,
        setting=RISER,
    )
    two = blocks.kind[block] == SLAB
    left = segments(
        foot[two],
        _before_wall(houses, house[two], (x - reach)[two], ground),
        bore=40,
        block=block[two],
        house=house[two],
        pressure=LOW,
        setting=RISER,
    )
    boxed = pressure != LOW
    kind = np.where(big, CABINET, BOX)[boxed]
    boxes = stations(foot[boxed], kind=kind, inlet=pressure[boxed], outlet=LOW, block=block[boxed])
    return join_segments([service, right, left]), boxes


def _before_wall(
    houses: Houses, house: NDArray[np.int64], x: NDArray[np.float64], ground: Place
) -> NDArray[np.float64]:
    """Return points a hand's breadth before the front wall of buildings, at `x` metres along side 0 of the block."""
    block = houses.block[house]
    (x0, x1), (y0, y1) = houses.x_m[house].T, houses.y_m[house].T
    left, right, back = ground(block, x0, y0), ground(block, x1, y0), ground(block, (x0 + x1) / 2, y1)
    wall = right - left
    normal = np.c_[-wall[:, 1], wall[:, 0]] / np.hypot(*wall.T)[:, None]
    inward = np.sign(((back - left) * normal).sum(axis=1))[:, None]
    point: NDArray[np.float64] = left + ((x - x0) / (x1 - x0))[:, None] * wall - inward * normal * _WALL_M
    return point
