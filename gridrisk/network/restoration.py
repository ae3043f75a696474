"""Closed valves to a neighbour that, opened, give gas back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.network.answer import Shutting
    from gridrisk.network.build import Network

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Restoration:
    """One connection that may be opened.

    Attributes
    ----------
    valve_ids
        The closed valves there; all of them are to be opened.
    close_first, close_stations_first
        Valves and stations between the isolated part and what gets gas again: they must be shut before.
    unverified
        Those of all valves named that nobody knows to work.
    customers, pipes
        Who, and which pipes, get back the gas they lost.
    """

    valve_ids: tuple[str, ...]
    close_first: tuple[str, ...]
    close_stations_first: tuple[str, ...]
    unverified: tuple[str, ...]
    customers: tuple[str, ...]
    pipes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the connection as plain data for JSON; `valve_id` is the first of `valve_ids`."""
        names = ("valve_ids", "customers", "pipes", "close_first", "close_stations_first", "unverified")
        return {"valve_id": self.valve_ids[0], **{name: list(getattr(self, name)) for name in names}}


def groups_to_open(net: Network, inside: Bools, shutting: Shutting, stuck: Ints) -> list[tuple[int, Bools]]:
    """Return the groups of closed valves that bring gas back, and the nodes of the flow graph each gives gas to.

    A group counts where gas stands on one side and, on the other, reaches what lost it without passing the isolated
    part `inside` or a valve to be closed. Groups with a closed valve known, or found, to be stuck are left out.
    """
    lost = shutting.lost
    live = net.fed & ~lost & ~inside
    live[net.flow.root] = False
    fails = net.valves.closed & net.valves.stuck
    fails[stuck] = net.valves.closed[stuck]
    may = net.cuts.closed.copy()
    may[net.valves.group[fails]] = False
    a, b, group = net.sectors.boundary_a, net.sectors.boundary_b, net.sectors.boundary_group
    edge = np.flatnonzero(may[group])
    edge = edge[(live[a[edge]] != live[b[edge]])]
    far = np.where(live[a[edge]], b[edge], a[edge])
    edge = edge[~inside[far]]
    found = []
    for number in np.unique(group[edge]).tolist():
        reach = _spread(net, number, live, inside, shutting.close)
        if (reach & lost).any():
            found.append((number, reach))
    return found


def _spread(net: Network, number: int, live: Bools, inside: Bools, shut: Ints) -> Bools:
    """Return the nodes without gas that gas reaches when a group of closed valves is opened."""
    rows = net.edges_in.of(np.array([number]))
    ends = [(int(net.sectors.boundary_a[i]), int(net.sectors.boundary_b[i])) for i in rows]
    opened: dict[int, list[int]] = {}
    for a, b in ends:
        opened.setdefault(a, []).append(b)
        opened.setdefault(b, []).append(a)
    closing = set(shut.tolist())
    seen = np.zeros(net.flow.n, bool)
    stack = [node for node in opened if live[node]]
    while stack:
        node = stack.pop()
        arcs = slice(net.flow.begin[node], 0 if live[node] else net.flow.begin[node + 1])
        ways = zip(net.flow.head[arcs].tolist(), net.flow.group[arcs].tolist(), strict=True)
        beyond = [other for other, group in ways if group not in closing]
        for other in (*beyond, *opened.get(node, ())):
            if not (live[other] or inside[other] or seen[other]):
                seen[other] = True
                stack.append(other)
    return seen
