"""Outages of all sectors at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk.features.columns import rows_of
from gridrisk.network.isolation import regulator_ends, sectors_by_pipe, shut
from gridrisk.network.pieces import shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.network.build import Network

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]


def outage_table(net: Network) -> gpd.GeoDataFrame:
    """Return every sector with what closes it and what is lost with it.

    Returns
    -------
    GeoDataFrame
        One row a sector that holds pipe, by sector_id, with columns

        - ``sector_id``; ``pipe_ids``, ``valve_ids``, ``station_ids``: lists, the latter two to be closed, all round
          the sector where no source is known;
        - ``customers_inside``: piped-gas customers in the sector;
        - ``customers_lost``, ``households_lost``, ``critical_lost``: all that lose gas when it is shut, those inside
          that had gas before among them; ``households_unknown``: residents among them of unknown household number;
        - ``length_m``: pipe in the sector, metres; ``fed``: a source reaches it;
        - ``geometry``: MultiLineString.

        Counts are missing where the customers or all sources are unknown, or where a valve on a junction would need
        more searching than ``search_budget`` allows.
    """
    rows = np.flatnonzero(net.sector_name != "")
    rows = rows[np.argsort(net.sector_name[rows].astype(str))]
    close, exact = _to_close(net)
    weights = hanging(net)
    lost = {name: net.tree.total(_padded(net, weight))[rows] for name, weight in weights.items()}
    known = np.full(len(rows), net.has_source and net.customers is not None)
    position = np.full(net.sectors.count, -1)
    position[rows] = np.arange(len(rows))
    for sector, dark in _searched(net, exact[position[exact] >= 0]):
        i = position[sector]
        if dark is None:
            known[i] = False
            continue
        for name, weight in weights.items():
            lost[name][i] = weight[dark].sum()
    table: dict[str, Any] = {"sector_id": net.sector_name[rows].astype(str)}
    table["pipe_ids"] = _lists(sectors_by_pipe(net), rows, net.sectors.count)
    table["valve_ids"] = _lists(close, rows, net.sectors.count)
    table["station_ids"] = _lists(_stations(net), rows, net.sectors.count)
    inside = pd.Series(weights["customers"][rows]) if net.customers is not None else pd.Series(np.nan, range(len(rows)))
    table["customers_inside"] = inside.astype("Int64")
    for name in ("customers", "households", "critical"):
        table[f"{name}_lost"] = pd.Series(lost[name]).where(known).round().astype("Int64")
    table["households_unknown"] = pd.Series(lost["unknown"]).where(known).round().astype("Int64")
    table["length_m"] = np.bincount(net.sectors.of_piece, net.pieces.length_m, net.sectors.count)[rows]
    fed = pd.Series(net.fed[rows]).astype("boolean")
    table["fed"] = fed if net.has_source else fed.where(pd.Series(False, range(len(rows))))
    return gpd.GeoDataFrame(table, geometry=_shapes(net)[rows], crs=net.crs)


def customers_lost_by_pipe(net: Network) -> pd.Series[Any]:
    """Return how many piped-gas customers lose gas when a leak on a pipe is isolated; see `lost_by_pipe`."""
    return lost_by_pipe(net)["customers_lost"]


def lost_by_pipe(net: Network) -> pd.DataFrame:
    """Return how many piped-gas customers and households lose gas when a leak on a pipe is isolated.

    A leak needs the sector it lies in to be shut; of a pipe that valves divide, the sector that costs most counts.
    What a sector takes along is the sum below it in the tree of dominators.

    Returns
    -------
    DataFrame
        ``customers_lost``, ``households_lost`` (as far as known), Int64 on pipe_id, for every pipe of the layer;
        missing where it is unknown: no customers or no source known, no source reaches the pipe, or it is not in the
        network.
    """
    index = pd.Index(net.all_pipes, name="pipe_id", dtype="str")
    row = rows_of(pd.Series(net.lines.pipe_id, dtype="str"), index)[net.pieces.pipe]
    columns = {}
    for name, values in outage_lost(net).items():
        worst = np.full(len(index), -np.inf)
        # the greatest of numbers of which one is unknown is unknown
        np.maximum.at(worst, row, np.nan_to_num(values[net.sectors.of_piece], nan=np.inf))
        worst[np.isinf(worst)] = np.nan
        columns[f"{name}_lost"] = pd.Series(worst, index=index).round().astype("Int64")
    return pd.DataFrame(columns, index=index)


def outage_lost(net: Network) -> dict[str, Floats]:
    """Return customers and households lost with every sector number; NaN where unknown or no source reaches it."""
    lost = {name: np.full(net.sectors.count, np.nan) for name in ("customers", "households")}
    if net.customers is None or not net.has_source:
        return lost
    weights = hanging(net)
    fed = net.fed[: net.sectors.count]
    for name, values in lost.items():
        values[fed] = net.tree.total(_padded(net, weights[name]))[: net.sectors.count][fed]
    for sector, dark in _searched(net, _to_close(net)[1]):
        for name, values in lost.items():
            values[sector] = np.nan if dark is None else weights[name][dark].sum()
    return lost


def hanging(net: Network) -> dict[str, Floats]:
    """Return what hangs on every sector: customers, households known, critical customers, households unknown."""
    names = ("customers", "households", "critical", "unknown")
    if net.customers is None:
        return {name: np.zeros(net.sectors.count) for name in names}
    sector = net.sectors.of_piece[net.customers.piece]
    households = net.customers.households
    values = (np.ones(len(sector)), np.nan_to_num(households), net.customers.critical, np.isnan(households))
    return {
        name: np.bincount(sector, np.asarray(value, np.float64), net.sectors.count).astype(np.float64)
        for name, value in zip(names, values, strict=True)
    }


def _padded(net: Network, weight: Floats) -> Floats:
    return np.concatenate([weight, np.zeros(net.flow.n - len(weight))])


def _to_close(net: Network) -> tuple[pd.DataFrame, Ints]:
    """Return the pairs of sector and valve to close, and the sectors whose loss needs a search.

    A valve between s and t must be closed for s exactly when t has gas and is outside what s takes along. The loss
    needs a search where such a valve stands on a junction and cuts a way between two sectors that would keep their gas.
    """
    a = np.concatenate([net.sectors.boundary_a, net.sectors.boundary_b])
    b = np.concatenate([net.sectors.boundary_b, net.sectors.boundary_a])
    group = np.concatenate([net.sectors.boundary_group] * 2)
    must = ~net.cuts.closed[group] & net.fed[b] & ~net.tree.dominates(a, b)
    if not net.has_source:
        must = ~net.cuts.closed[group]
    pairs = pd.DataFrame({"sector": a[must], "group": group[must]}).drop_duplicates()
    valves = pd.DataFrame({"group": net.valves.group, "valve_id": net.valves.valve_id})[~net.valves.closed]
    close = pairs.merge(valves, on="group")[["valve_id", "sector"]].drop_duplicates()
    return close, _needs_search(net, pairs)


def _needs_search(net: Network, pairs: pd.DataFrame) -> Ints:
    ways = pd.DataFrame({"group": net.sectors.boundary_group, "a": net.sectors.boundary_a, "b": net.sectors.boundary_b})
    several = ways["group"].duplicated(keep=False)
    through = pairs.merge(ways[several], on="group")
    s, a, b = (through[c].to_numpy(np.int64) for c in ("sector", "a", "b"))
    cut = (s != a) & (s != b) & ~net.tree.dominates(s, a) & ~net.tree.dominates(s, b) & net.fed[s]
    return np.unique(s[cut])


def _searched(net: Network, sectors: Ints) -> list[tuple[int, Bools | None]]:
    """Return which sectors lose gas with each of `sectors`, None beyond the budget."""
    affordable = int(net.search_budget // max(len(net.flow.tail), 1))
    found: list[tuple[int, Bools | None]] = []
    for i, sector in enumerate(sectors.tolist()):
        dark = shut(net, np.array([sector])).lost[: net.sectors.count] if i < affordable else None
        found.append((sector, dark))
    return found


def _lists(pairs: pd.DataFrame, rows: Ints, count: int) -> Objects:
    """Return for every sector of `rows` the list of the first column's values."""
    order = np.argsort(pairs["sector"].to_numpy(), kind="stable")
    sector = pairs["sector"].to_numpy(np.int64)[order]
    values = pairs.iloc[:, 0].to_numpy(dtype=object)[order]
    begin = np.searchsorted(sector, np.arange(count + 1))
    result = np.empty(len(rows), object)
    for i, row in enumerate(rows):
        result[i] = values[begin[row] : begin[row + 1]].tolist()
    return result


def _stations(net: Network) -> pd.DataFrame:
    """Return the pairs of station to close and sector: sources on it, and regulators to or from what keeps its gas."""
    graph = net.flow
    pairs = {
        (side.station, int(s))
        for side in net.stations.sources
        for s in net.sectors.of_node[net.pieces.nodes_at(side.place, side.rank)]
    }
    if not net.has_source:
        pairs |= {(int(station), int(s)) for station, s in (*net.unclear_feeds, *regulator_ends(net))}
    device = np.flatnonzero(graph.station >= 0)
    outlets = {d: graph.head[graph.begin[d] : graph.begin[d + 1]] for d in device.tolist()}
    into = graph.station[graph.head] >= 0
    for s, d in zip(graph.tail[into].tolist(), graph.head[into].tolist(), strict=True):
        live = net.fed[outlets[d]] & ~net.tree.dominates(np.full(len(outlets[d]), s), outlets[d])
        if (live & (outlets[d] != s)).any():
            pairs.add((int(graph.station[d]), s))
    for d, heads in outlets.items():
        for s in heads.tolist():
            if net.fed[d] and not net.tree.dominates(np.array([s]), np.array([d]))[0]:
                pairs.add((int(graph.station[d]), s))
    rows = sorted(pairs)
    ids = net.stations.station_id[[station for station, _ in rows]] if rows else np.zeros(0, object)
    return pd.DataFrame({"station_id": ids, "sector": np.array([s for _, s in rows], np.int64)})


def _shapes(net: Network) -> Objects:
    """Return the pipe in every sector as a MultiLineString."""
    geometry = shapes(net.lines, net.pieces)
    order = np.argsort(net.sectors.of_piece, kind="stable")
    order = order[~shapely.is_missing(geometry[order])]
    found = np.full(net.sectors.count, shapely.MultiLineString(), dtype=object)
    if len(order):
        numbers, index = np.unique(net.sectors.of_piece[order], return_inverse=True)
        found[numbers] = shapely.multilinestrings(geometry[order], indices=index)
    return found
