"""The piece of pipe that a question is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.errors import DataError
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.network.build import Network

    Ints = NDArray[np.int64]

#: Pipes named in one note.
_NAMED = 5


def pieces_of(net: Network, pipe_id: str) -> Ints:
    """Return all pieces of a pipe."""
    found = np.flatnonzero(net.lines.pipe_id == pipe_id)
    if not len(found):
        if pipe_id in net.all_pipes:
            raise DataError(msg("pipe {pipe} carries no gas by its status, or has no line", pipe=pipe_id))
        raise DataError(msg("pipe {pipe}: there is no such pipe", pipe=pipe_id))
    return np.flatnonzero(net.pieces.pipe == found[0])


def piece_at(net: Network, point: tuple[float, float]) -> Ints:
    """Return the piece of pipe nearest to a place."""
    place = np.array([shapely.Point(point)], dtype=object)
    distance = shapely.distance(net.lines.geometry, place[0]) if np.isfinite(point).all() else np.zeros(0)
    if not len(distance) or distance.min() > net.at_tolerance_m:
        raise DataError(
            msg("no pipe lies within {metres} m of {x}, {y}", metres=net.at_tolerance_m, x=point[0], y=point[1])
        )
    pipe = np.array([distance.argmin()])
    return net.pieces.at(net.lines, pipe, net.lines.locate(pipe, place))


def others_near(net: Network, point: tuple[float, float], piece: int, sectors: Ints) -> list[Message]:
    """Say which pipe a place was taken to mean, and which are about as near but stay under gas."""
    place = np.array([shapely.Point(point)], dtype=object)
    distance = shapely.distance(net.lines.geometry, place[0])
    mine = net.pieces.pipe[piece]
    near = np.flatnonzero(distance <= distance[mine] + net.at_margin_m)
    near = near[np.lexsort((net.lines.pipe_id[near].astype(str), distance[near]))]
    near_piece = net.pieces.at(net.lines, near, net.lines.locate(near, np.repeat(place, len(near))))
    others = near[~np.isin(net.sectors.of_piece[near_piece], sectors)]
    notes = [
        msg(
            "the nearest pipe is {pipe}, {metres} m from the place",
            pipe=net.lines.pipe_id[mine],
            metres=_m(distance[mine]),
        )
    ]
    if len(others):
        named = [f"{net.lines.pipe_id[i]} ({_m(distance[i])} m)" for i in others[:_NAMED]]
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
