"""Pipes cut into pieces where something joins or a valve stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridrisk.network.topology import Lines, Places, running_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Pieces of pipes and the nodes between them.

    Attributes
    ----------
    pipe
        Index of the pipe of every piece; the pieces of a pipe follow one another along it.
    start_m, end_m
        Where the piece begins and ends along its pipe.
    place
        The place at its start and its end, shape (pieces, 2); numbers from the count of places on are middles of
        pipes where a valve stands.
    node
        The same as nodes of the network, shape (pieces, 2): a place with a regulator has a node for each class.
    key
        Of every node, ascending: eight times its place, plus its pressure rank where a regulator stands.
    """

    pipe: Ints
    start_m: Floats
    end_m: Floats
    place: Ints
    node: Ints
    key: Ints

    @property
    def length_m(self) -> Floats:
        """Length of every piece."""
        return self.end_m - self.start_m

    def at(self, lines: Lines, pipe: Ints, position_m: Floats) -> Ints:
        """Return the piece of each pipe at a position along it."""
        begin = running_length(lines)
        key = begin[self.pipe] + self.start_m
        last = np.searchsorted(self.pipe, pipe, side="right") - 1
        first = np.searchsorted(self.pipe, pipe, side="left")
        found = np.searchsorted(key, begin[pipe] + position_m, side="right") - 1
        return np.clip(found, first, last)

    def nodes_at(self, place: int, rank: int) -> list[int]:
        """Return the nodes at a place for a pressure rank; all of the place where the rank is 0 or not there."""
        first, last = np.searchsorted(self.key, [place * 8, place * 8 + 8])
        exact = np.flatnonzero(self.key[first:last] == place * 8 + rank) if rank else np.zeros(0, np.int64)
        return list((first + exact).tolist()) if len(exact) else list(range(int(first), int(last)))


def cut(lines: Lines, places: Places, middle_pipe: Ints, middle_m: Floats, split: Bools) -> Pieces:
    """Cut pipes at the joints on their middles and at the given further positions.

    Parameters
    ----------
    lines, places
        The pipes and where they join.
    middle_pipe, middle_m
        Positions of valves on the middle of pipes.
    split
        Of every place: pipes of different class stay apart there, a regulator standing between them.
    """
    count = len(lines.pipe_id)
    pipe = np.concatenate([places.tee_pipe, middle_pipe])
    at = np.concatenate([places.tee_position_m, middle_m])
    ref = np.concatenate([places.tee_place, len(places.xy) + np.arange(len(middle_pipe))])
    order = np.lexsort((ref, at, pipe))
    pipe, at, ref = pipe[order], at[order], ref[order]
    per_pipe = np.bincount(pipe, minlength=count) + 1
    first = np.cumsum(per_pipe) - per_pipe
    total = count + len(pipe)
    start, end = np.zeros(total), np.zeros(total)
    place = np.zeros((total, 2), np.int64)
    place[first, 0], place[first + per_pipe - 1, 1] = places.end[:, 0], places.end[:, 1]
    end[first + per_pipe - 1] = lines.length_m
    before = np.arange(len(pipe)) + pipe
    place[before, 1], place[before + 1, 0] = ref, ref
    end[before], start[before + 1] = at, at
    piece_pipe = np.repeat(np.arange(count), per_pipe)
    apart = np.concatenate([split, np.zeros(len(middle_pipe), bool)])
    key = place * 8 + np.where(apart[place], lines.pressure[piece_pipe][:, None], 0)
    keys, node = np.unique(key, return_inverse=True)
    return Pieces(piece_pipe, start, end, place, node.reshape(-1, 2).astype(np.int64), keys)


def middle_incidence(pieces: Pieces, n_places: int) -> Ints:
    """Return the piece before every valve on a middle, in the order of the middles."""
    before = np.flatnonzero(pieces.place[:, 1] >= n_places)
    return before[np.argsort(pieces.place[before, 1])]


def shapes(lines: Lines, pieces: Pieces) -> Objects:
    """Return the line of every piece; None where it has no length."""
    result: Objects = lines.geometry[pieces.pipe]
    divided = np.flatnonzero(np.bincount(pieces.pipe, minlength=len(lines.pipe_id))[pieces.pipe] > 1)
    if not len(divided):
        return result
    pipes, line = np.unique(pieces.pipe[divided], return_inverse=True)
    xy, of = shapely.get_coordinates(lines.geometry[pipes], return_index=True)
    first = np.searchsorted(of, np.arange(len(pipes) + 1))
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    # all lines end to end, a metre apart, so that one search finds a position on any of them
    key = run - run[first[:-1]][of]
    total = key[first[1:] - 1]
    begin = np.concatenate([[0.0], np.cumsum(total + 1.0)[:-1]])
    key += begin[of]
    at = begin[line] + np.column_stack([pieces.start_m[divided], np.minimum(pieces.end_m[divided], total[line])]).T
    inner, beyond = np.searchsorted(key, at[0], side="right"), np.searchsorted(key, at[1], side="left")
    inside = np.maximum(beyond - inner, 0)
    start = np.cumsum(inside + 2) - inside - 2
    out = np.empty((int((inside + 2).sum()), 2))
    middle = np.repeat(inner - start - 1, inside) + _between(start + 1, inside)
    out[_between(start + 1, inside)] = xy[middle]
    for where, position in ((start, at[0]), (start + inside + 1, at[1])):
        left = np.clip(np.searchsorted(key, position, side="right") - 1, first[line], first[line + 1] - 2)
        step = key[left + 1] - key[left]
        part = np.clip((position - key[left]) / np.where(step > 0, step, 1.0), 0.0, 1.0)[:, None]
        out[where] = xy[left] * (1 - part) + xy[left + 1] * part
    made = np.asarray(shapely.linestrings(out, indices=np.repeat(np.arange(len(divided)), inside + 2)), dtype=object)
    made[at[1] <= at[0]] = None
    result[divided] = made
    return result


def _between(first: Ints, count: Ints) -> Ints:
    """Return `count` numbers from each of `first`, one after the other."""
    found: Ints = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    return found
