"""The gas network and buildings of the sample city, grown until it has the number of segments asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.sample import blocks as blocks_module
from gridrisk.sample import courtyards, mains, street_pipes, streets
from gridrisk.sample.mains import LOW
from gridrisk.sample.segments import (
    SERVICE,
    Segments,
    Stations,
    Valves,
    join_segments,
    join_stations,
)
from gridrisk.sample.tables import polygons
from gridrisk.sample.valves import place as place_valves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.blocks import Blocks, Houses
    from gridrisk.sample.mains import Frame, Mains
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.street_pipes import StreetNet
    from gridrisk.sample.streets import Plan

_SEGMENTS_PER_KM2 = 1150.0
_MOST_TRIES = 14
_CLEAR_M = 1.6


@dataclass(frozen=True)
class Design:
    """The city as drawn: plan, what stands on it, and its gas network."""

    plan: Plan
    ground: Frame
    blocks: Blocks
    houses: Houses
    mains: Mains
    pipes: Segments
    run: NDArray[np.int64]
    stations: Stations
    valves: Valves

    def on_ground(
        self, block: NDArray[np.int64], x_m: NDArray[np.float64], y_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return real coordinates of places given in metres from corner 0 of a block."""
        return self.plan.warp(self.blocks.place(block, x_m, y_m))


def grow(count: int, makeup: MakeUp) -> Design:
    """Draw a city of `count` segments (within a few), taking in blocks from the middle outwards."""
    radius = np.sqrt(count / _SEGMENTS_PER_KM2 / np.pi) * 1000 * 1.18 + 120
    for _ in range(_MOST_TRIES):
        plan = streets.lay_out(float(radius), makeup, makeup.chance(1))
        blocks, houses = blocks_module.build(plan, makeup, makeup.chance(2))
        found = _reach(plan, blocks, houses, count, makeup)
        if found is not None:
            return _draw(plan, blocks, houses, found, count, makeup)
        radius *= 1.15
    message = "the plan of the sample city does not converge"
    raise AssertionError(message)


def _reach(
    plan: Plan, blocks: Blocks, houses: Houses, count: int, makeup: MakeUp
) -> tuple[Frame, Mains, StreetNet] | None:
    """Find the smallest reach that holds `count` segments by halving; None where the whole ground holds fewer."""
    ground = mains.frame(plan, makeup)
    need = courtyards.needs(blocks, houses)
    order = np.argsort(_outwardness(plan, makeup.chance(3)), kind="stable")
    low, high = 0, len(order)
    trial, best = len(order), None
    for _ in range(_MOST_TRIES):
        chosen = np.zeros(len(order), dtype=bool)
        chosen[order[:trial]] = True
        laid = mains.settle(plan, blocks, ground, chosen, makeup, count)
        net = street_pipes.draw(plan, blocks, ground, laid, makeup, segments_wanted=count)
        inside = courtyards.counts(blocks, houses, need, net.tap_class == LOW)[laid.served].sum()
        total = len(net.pipes) + int(inside)
        if total >= count:
            high, best = trial, (ground, laid, net)
        else:
            low = trial
        if best is None or high - low <= 1 or count <= total <= 1.015 * count:
            break
        guess = round(trial * (1.005 * count / max(total, 1)))
        trial = guess if low < guess < high else (low + high) // 2
    return best


def _outwardness(plan: Plan, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rank blocks by distance from the centre, with fingers along some bearings and gaps in others."""
    centre = plan.corners.mean(axis=1)
    angle = np.arctan2(centre[:, 1], centre[:, 0])
    phase = rng.uniform(0, 2 * np.pi, 2)
    reach = 1 + 0.13 * np.sin(3 * angle + phase[0]) + 0.08 * np.sin(7 * angle + phase[1])
    quarter = rng.normal(0, 0.07, int(plan.quarter.max()) + 1)[plan.quarter]
    out: NDArray[np.float64] = np.hypot(centre[:, 0], centre[:, 1]) / plan.radius_m * (reach + quarter)
    return out


def _draw(
    plan: Plan,
    blocks: Blocks,
    houses: Houses,
    found: tuple[Frame, Mains, StreetNet],
    count: int,
    makeup: MakeUp,
) -> Design:
    ground, laid, net = found
    chosen = laid.chosen[houses.block]
    houses = _clear_of_streets(plan, blocks, houses.take(chosen), net)
    yard, boxes = courtyards.draw(plan, blocks, houses, net, laid.served)
    pipes = join_segments([net.pipes, yard])
    run = np.r_[net.run, np.full(len(yard), -1)]
    places = join_stations([net.stations, boxes])
    pipes, run, places, houses = _trim(pipes, run, places, houses, count, makeup.chance(4))
    houses = replace(houses, gas=np.isin(np.arange(len(houses.block)), pipes.house))
    valves = place_valves(pipes, run, net.runs, laid, places, makeup, makeup.chance(5))
    return Design(plan, ground, blocks, houses, laid, pipes, run, places, valves)


def _clear_of_streets(plan: Plan, blocks: Blocks, houses: Houses, net: StreetNet) -> Houses:
    """Leave out buildings that would stand on a main, where streets meet at a sharp angle."""
    x, y = houses.x_m, houses.y_m
    corners = [plan.warp(blocks.place(houses.block, x[:, i], y[:, j])) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
    mains_near = shapely.STRtree(net.pipes.lines())
    close = np.unique(mains_near.query(polygons(corners), predicate="dwithin", distance=_CLEAR_M)[0])
    return houses.take(np.setdiff1d(np.arange(len(houses.block)), close))


def _trim(
    pipes: Segments,
    run: NDArray[np.int64],
    places: Stations,
    houses: Houses,
    count: int,
    rng: np.random.Generator,
) -> tuple[Segments, NDArray[np.int64], Stations, Houses]:
    """Leave some buildings without a service line, so that the number of segments is the one asked for."""
    excess = len(pipes) - count
    if excess <= 0:
        return pipes, run, places, houses
    held = np.bincount(pipes.house[pipes.house >= 0], minlength=len(houses.block))
    # buildings behind a box of their own would leave a station without a pipe
    boxed = np.zeros(len(held), dtype=bool)
    service = pipes.setting == SERVICE
    boxed[pipes.house[service & (pipes.pressure != LOW)]] = True
    order = rng.permutation(np.flatnonzero((held > 0) & ~boxed))
    drop = order[: int(np.searchsorted(np.cumsum(held[order]), excess, side="left")) + 1]
    keep = ~np.isin(pipes.house, drop) | (pipes.house < 0)
    return pipes.take(keep), run[keep], places, houses
