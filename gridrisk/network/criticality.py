"""What the failure of every single valve would cost.

Found stuck, a valve between sectors s and t no longer keeps them apart: a leak in either takes both. What both together
take along is more than the two slices of the dominator tree where some part is fed past s and past t only, so it is
found exactly: of a tree of paths from the source, only what hangs below s or t can lose gas, and of that all keeps it
that some other arc reaches. Where s or t has no more than one way besides the other, the two slices are all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from gridrisk.network.isolation import shut
from gridrisk.network.outages import hanging, outage_lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridrisk.network.build import Network

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_NONE = np.zeros(0, np.int64)


def valve_table(net: Network, *, failures_per_km_year: pd.Series[float] | None = None) -> pd.DataFrame:
    """Return what it would cost that a valve is stuck when it is needed, for every open valve that separates sectors.

    Parameters
    ----------
    net
        The network.
    failures_per_km_year
        On pipe_id, as risk tells; pipes it does not name have none.

    Returns
    -------
    DataFrame
        On valve_id, the most critical first, with columns

        - ``sector_ids``: the sectors it keeps apart (junctions without pipe left out);
        - ``spare``: another valve stands at the same spot, so that nothing is lost with this one;
        - ``operable_known``: somebody has recorded that it works;
        - ``customers_lost``: of the sector that would take most more along, what it takes when the valve works;
          ``customers_lost_stuck``: what it takes when the valve is stuck;
        - ``extra_customers``: their difference, the most over the sectors beside the valve;
        - ``extra_customers_per_year``: extra customers cut off a year if the valve were stuck, by the failures of the
          pipe in those sectors; missing without `failures_per_km_year`.

        Missing where customers or all sources are unknown, or beyond ``search_budget``.
    """
    separating = net.edges_in.begin[1:] > net.edges_in.begin[:-1]
    groups = np.flatnonzero(separating & ~net.cuts.closed)
    alone = outage_lost(net)["customers"]
    merged = _Merged(net)
    known = net.has_source and net.customers is not None
    rate = _failures(net, failures_per_km_year)
    rows = []
    for group in groups.tolist():
        sectors, part = _beside(net, group)
        valves = net.valves_in.of(np.array([group]))
        valves = valves[~net.valves.closed[valves]]
        both = np.array([merged.lost(sectors[part == k]) for k in range(part.max() + 1)])[part]
        before = np.where(net.fed[sectors] | (not known), alone[sectors], 0.0)
        extra = both - before
        worst = int(np.nanargmax(extra)) if np.isfinite(extra).any() else 0
        spare = len(valves) > 1
        names = [name for name in net.sector_name[sectors].tolist() if name]
        per_year = float(np.dot(extra, rate[sectors])) if rate is not None else np.nan
        rows += [
            (
                str(net.valves.valve_id[valve]),
                names,
                spare,
                not net.valves.unverified[valve],
                before[worst],
                before[worst] if spare else both[worst],
                0.0 if spare and np.isfinite(extra[worst]) else extra[worst],
                0.0 if spare and np.isfinite(per_year) else per_year,
            )
            for valve in valves
        ]
    return _frame(rows)


def _beside(net: Network, group: int) -> tuple[Ints, Ints]:
    """Return the sectors beside a group, and which of them a stuck valve joins: a regulator may keep some apart."""
    first, last = net.edges_in.begin[group : group + 2]
    edge = net.edges_in.order[first:last]
    if len(edge) == 1:
        pair = np.sort(np.concatenate([net.sectors.boundary_a[edge], net.sectors.boundary_b[edge]]))
        return pair, np.zeros(2, np.int64)
    sectors, ends = np.unique([net.sectors.boundary_a[edge], net.sectors.boundary_b[edge]], return_inverse=True)
    ends = ends.reshape(2, -1)
    links = coo_array((np.ones(len(edge), np.int8), (ends[0], ends[1])), shape=(len(sectors),) * 2)
    _, part = connected_components(links, directed=False)
    return sectors.astype(np.int64), part.astype(np.int64)


def _frame(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    columns = ["valve_id", "sector_ids", "spare", "operable_known"]
    columns += ["customers_lost", "customers_lost_stuck", "extra_customers", "extra_customers_per_year"]
    table = pd.DataFrame(rows, columns=columns).set_index("valve_id")
    for name in ("customers_lost", "customers_lost_stuck", "extra_customers"):
        table[name] = table[name].astype("float64").round().astype("Int64")
    table["extra_customers_per_year"] = table["extra_customers_per_year"].astype("float64")
    table[["spare", "operable_known"]] = table[["spare", "operable_known"]].astype(bool)
    order = table.reset_index().sort_values(
        ["extra_customers_per_year", "extra_customers", "valve_id"], ascending=[False, False, True], kind="stable"
    )
    return order.set_index("valve_id")


def _failures(net: Network, per_km_year: pd.Series[float] | None) -> Floats | None:
    """Return the failures a year in every sector."""
    if per_km_year is None:
        return None
    rate = per_km_year.reindex(net.lines.pipe_id).fillna(0.0).to_numpy(np.float64)
    weight = rate[net.pieces.pipe] * net.pieces.length_m / 1000.0
    return np.bincount(net.sectors.of_piece, weight, net.sectors.count).astype(np.float64)


class _Merged:
    """Customers lost when several neighbouring sectors are shut together."""

    def __init__(self, net: Network) -> None:
        self._net = net
        graph = net.flow
        self._weight = np.concatenate([hanging(net)["customers"], np.zeros(graph.n - net.sectors.count)])
        self._slices = net.tree.total(self._weight)
        matrix = csr_array((np.ones(len(graph.head), np.int8), graph.head, graph.begin), shape=(graph.n, graph.n))
        order, parent = breadth_first_order(matrix, graph.root, return_predecessors=True)
        self._parent = parent
        self._level = np.zeros(graph.n, np.int64)
        for node in order[1:].tolist():
            self._level[node] = self._level[parent[node]] + 1
        back = np.argsort(graph.head, kind="stable")
        self._begin: list[int] = np.searchsorted(graph.head[back], np.arange(graph.n + 1)).tolist()
        self._tails: list[int] = graph.tail[back].tolist()
        self._heads, self._first = graph.head.tolist(), graph.begin.tolist()
        several = np.diff(net.edges_in.begin) > 1
        self._complex = np.zeros(graph.n, bool)
        rows = several[net.sectors.boundary_group]
        self._complex[net.sectors.boundary_a[rows]] = True
        self._complex[net.sectors.boundary_b[rows]] = True
        self._budget = net.search_budget

    def lost(self, sectors: Ints) -> float:
        """Return the customers lost with all of `sectors`; NaN where nobody knows."""
        net = self._net
        if net.customers is None or not net.has_source or self._budget < 0:
            return np.nan
        if self._complex[sectors].any():
            self._budget -= len(net.flow.tail)
            dark = shut(net, sectors).lost
            return float(self._weight[dark].sum())
        fed = sectors[net.fed[sectors]]
        tops = [s for s in fed.tolist() if not any(self._below(s, other) for other in fed.tolist() if other != s)]
        total = float(self._slices[tops].sum())
        if len(tops) < 2 or any(self._ways(s, tops) < 2 for s in tops):
            return total
        return total + self._beyond(tops)

    def _below(self, node: int, other: int) -> bool:
        return bool(self._net.tree.dominates(np.array([other]), np.array([node]))[0])

    def _ways(self, node: int, others: list[int]) -> int:
        """Return how many neighbours a sector has besides the others and what hangs on it alone."""
        begin, end = self._first[node], self._first[node + 1]
        into = self._tails[self._begin[node] : self._begin[node + 1]]
        around = {*self._heads[begin:end], *into} - set(others) - {node}
        return sum(not self._below(other, node) for other in around)

    def _beyond(self, tops: list[int]) -> float:
        """Return the customers in no slice of `tops` that are reached past them only."""
        orphans: set[int] = set()
        stack = list(tops)
        while stack:
            node = stack.pop()
            for other in self._heads[self._first[node] : self._first[node + 1]]:
                if self._parent[other] == node and other not in orphans:
                    orphans.add(other)
                    stack.append(other)
        orphans -= set(tops)
        self._budget -= len(orphans)
        gone = set(tops)
        saved = [
            node
            for node in orphans
            if any(
                tail not in orphans and tail not in gone and self._reached(tail)
                for tail in self._tails[self._begin[node] : self._begin[node + 1]]
            )
        ]
        kept = set(saved)
        while saved:
            node = saved.pop()
            for other in self._heads[self._first[node] : self._first[node + 1]]:
                if other in orphans and other not in kept:
                    kept.add(other)
                    saved.append(other)
        dark = [n for n in orphans - kept if not any(self._below(n, top) for top in tops)]
        return float(self._weight[dark].sum())

    def _reached(self, node: int) -> bool:
        return bool(self._net.tree.start[node] >= 0)
