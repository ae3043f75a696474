"""The piece of pipe that a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.errors import DataError, with_near
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.network.build import Network

    Ints = NDArray[np.int64]

#: Pipes named in one note.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pipe near a place that was asked for: how far, and whether the piece of it there is isolated as well."""

    pipe_id: str
    distance_m: float
    isolated: bool


def pieces_of(net: Network, pipe_id: str) -> Ints:
    """Return all pieces of a pipe."""
    found = np.flatnonzero(net.lines.pipe_id == pipe_id)
    if not len(found):
        if pipe_id in net.all_pipes:
            raise DataError(msg("pipe {pipe} carries no gas by its status, or has no line", pipe=pipe_id))
        raise DataError(with_near(msg("pipe {pipe}: there is no such pipe", pipe=pipe_id), pipe_id, net.lines.pipe_id))
    first, last = np.searchsorted(net.pieces.pipe, [found[0], found[0] + 1])
    return np.arange(first, last)


def piece_at(net: Network, point: tuple[float, float]) -> Ints:
    """Return the piece of pipe nearest to a place."""
    place = np.array([shapely.Point(point)], dtype=object)
    near, distance = net.lines.near(*point, net.at_tolerance_m)
    if not len(near):
        raise DataError(
            msg("no pipe lies within {metres} m of {x}, {y}", metres=net.at_tolerance_m, x=point[0], y=point[1])
        )
    pipe = near[[distance.argmin()]]
    return net.pieces.at(net.lines, pipe, net.lines.locate(pipe, place))


def piece_of_at(net: Network, pipe_id: str, point: tuple[float, float]) -> Ints:
    """Return the piece of a pipe nearest to a place, however far that is."""
    pipe = net.pieces.pipe[pieces_of(net, pipe_id)[:1]]
    return net.pieces.at(net.lines, pipe, net.lines.locate(pipe, np.array([shapely.Point(point)], dtype=object)))


def candidates(net: Network, point: tuple[float, float], sectors: Ints) -> tuple[Candidate, ...]:
    """Return the pipes within ``at_tolerance_m`` of a place, the nearest first."""
    near, gap = net.lines.near(*point, net.at_tolerance_m)
    order = np.lexsort((net.lines.pipe_id[near].astype(str), gap))
    near, gap = near[order], gap[order]
    place = np.repeat(np.array([shapely.Point(point)], dtype=object), len(near))
    piece = net.pieces.at(net.lines, near, net.lines.locate(near, place))
    inside = np.isin(net.sectors.of_piece[piece], sectors)
    return tuple(
        Candidate(str(net.lines.pipe_id[pipe]), float(away), bool(shut))
        for pipe, away, shut in zip(near.tolist(), gap.tolist(), inside.tolist(), strict=True)
    )


def others_near(net: Network, point: tuple[float, float], piece: int, sectors: Ints) -> list[Message]:
    """Say which pipe a place was taken to mean, and which are about as near but stay under gas."""
    place = np.array([shapely.Point(point)], dtype=object)
    mine = int(net.pieces.pipe[piece])
    away = float(shapely.distance(net.lines.geometry[mine], place[0]))
    near, gap = net.lines.near(*point, away + net.at_margin_m)
    order = np.lexsort((net.lines.pipe_id[near].astype(str), gap))
    near, gap = near[order], gap[order]
    near_piece = net.pieces.at(net.lines, near, net.lines.locate(near, np.repeat(place, len(near))))
    beyond = ~np.isin(net.sectors.of_piece[near_piece], sectors)
    others, gap = near[beyond], gap[beyond]
    notes = [
        msg(
            "the nearest pipe is {pipe}, {metres} m from the place",
            pipe=net.lines.pipe_id[mine],
            metres=_m(away),
        )
    ]
    if len(others):
        named = [f"{net.lines.pipe_id[i]} ({_m(m)} m)" for i, m in zip(others[:_NAMED], gap, strict=False)]
        notes.append(
            msg(
                "about as near, but not isolated by this: {pipes}; make sure which pipe is meant",
                pipes=", ".join(named) + (f" … ({len(others)})" if len(others) > _NAMED else ""),
            )
        )
    position = net.lines.locate(np.array([mine]), place)[0]
    reach = net.pieces.at(net.lines, np.array([mine, mine]), position + np.array([-1, 1]) * net.at_margin_m)
    if not np.isin(net.sectors.of_piece[reach[0] : reach[1] + 1], sectors).all():
        notes.append(
            msg(
                "a valve divides pipe {pipe} within {metres} m of the place; where the side is in doubt, isolate the "
                "whole pipe",
                pipe=net.lines.pipe_id[mine],
                metres=_m(net.at_margin_m),
            )
        )
    return notes


def _m(metres: float) -> str:
    return f"{metres:.1f}"
