"""A network as one file that is mapped into memory, so that one question reads only what it needs.

The file is a line of JSON (the arrays, where each begins, and what is no array), then the arrays, 64 bytes aligned.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridrisk.findings import Finding
from gridrisk.i18n import Message
from gridrisk.network.build import Network
from gridrisk.network.customers import Customers
from gridrisk.network.dominators import DominatorTree
from gridrisk.network.members import Members
from gridrisk.network.pieces import Pieces
from gridrisk.network.sectors import FlowGraph, Sectors
from gridrisk.network.stations import Side, Stations
from gridrisk.network.topology import Grid, Lines, Places, Roads
from gridrisk.network.valves import Cuts, Valves

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

#: Grows when the file changes its shape.
FORMAT = 4
_MAGIC = "gridrisk network"
_ALIGN = 64
_PARTS = {
    "places": Places,
    "pieces": Pieces,
    "valves": Valves,
    "cuts": Cuts,
    "sectors": Sectors,
    "flow": FlowGraph,
    "tree": DominatorTree,
    "customers": Customers,
    "pieces_in": Members,
    "customers_in": Members,
    "edges_of": Members,
    "valves_in": Members,
    "edges_in": Members,
}
_SIDES = ("sources", "inlets", "outlets")
_NUMBERS = ("has_source", "at_tolerance_m", "at_margin_m", "search_budget")
#: Findings that an answer repeats.
_KEPT = ("network_no_source", "network_pressure_mixed")


@dataclass(frozen=True, slots=True, eq=False)
class StoredShapes:
    """Lines that are made when asked for: their coordinates, and where each begins."""

    xy: NDArray[np.float64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first) - 1

    def __getitem__(self, index: Any) -> Any:
        """Return one line, or an array of them."""
        if np.ndim(index) == 0:
            return shapely.LineString(self.xy[self.first[index] : self.first[index + 1]])
        wanted = np.asarray(index)
        wanted = np.flatnonzero(wanted) if wanted.dtype == bool else wanted
        if not len(wanted):
            return np.zeros(0, object)
        count = self.first[wanted + 1] - self.first[wanted]
        rows = np.repeat(self.first[wanted] - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
        return np.asarray(shapely.linestrings(self.xy[rows], indices=np.repeat(np.arange(len(wanted)), count)), object)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        made: NDArray[Any] = self[np.arange(len(self))]
        return made


def save(net: Network, path: Path) -> None:
    """Write the network to a file."""
    xy, of = shapely.get_coordinates(net.lines.geometry, return_index=True)
    first = np.searchsorted(of, np.arange(len(net.lines.pipe_id) + 1))
    grid = Grid.of(xy, of)
    arrays: dict[str, Any] = {
        "lines.pipe_id": net.lines.pipe_id,
        "lines.length_m": net.lines.length_m,
        "lines.pressure": net.lines.pressure,
        "lines.xy": xy,
        "lines.first": first,
        "roads.code": net.lines.roads.code if net.lines.roads else np.full(len(first) - 1, -1),
        "roads.name": net.lines.roads.name if net.lines.roads else np.zeros(0, str),
        "grid.key": grid.key,
        "grid.line": grid.line,
        "all_pipes": net.all_pipes,
        "unclear_feeds": net.unclear_feeds,
        "sector_name": net.sector_name,
        "stations.station_id": net.stations.station_id,
        "stations.unclear": net.stations.unclear,
        "stations.split": net.stations.split,
    }
    if net.all_valves is not None:
        arrays["all_valves"] = net.all_valves
    for name in _SIDES:
        sides = [(side.station, side.place, side.rank) for side in getattr(net.stations, name)]
        arrays[f"stations.{name}"] = np.array(sides, np.int64).reshape(-1, 3)
    numbers: dict[str, Any] = {name: getattr(net, name) for name in _NUMBERS}
    for name, part in _PARTS.items():
        value = getattr(net, name)
        for field in fields(part) if value is not None else ():
            item = getattr(value, field.name)
            (arrays if isinstance(item, np.ndarray) else numbers)[f"{name}.{field.name}"] = item
    kept = [f for f in net.findings if f.check in _KEPT]
    head = {"magic": _MAGIC, "format": FORMAT, "numbers": numbers, "findings": [_finding(f) for f in kept]}
    _write(path, head, {name: _plain(array) for name, array in arrays.items()})


def _plain(array: Any) -> NDArray[Any]:
    """Return an array without objects: ids become text of one width."""
    found = np.asarray(array)
    return np.ascontiguousarray(found.astype(str) if found.dtype.kind not in "biufU" else found)


def _write(path: Path, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    place, table = 0, {}
    for name, array in arrays.items():
        table[name] = (array.dtype.str, array.shape, place)
        place += -(-array.nbytes // _ALIGN) * _ALIGN
    line = json.dumps(head | {"arrays": table, "bytes": place}).encode()
    line += b" " * (-(len(line) + 1) % _ALIGN) + b"\n"
    with path.open("wb") as stream:
        stream.write(line)
        for array in arrays.values():
            stream.write(array.tobytes())
            stream.write(b"\0" * (-array.nbytes % _ALIGN))


def load(path: Path, crs: CRS) -> Network | None:
    """Return the network of a file; None where the file is none, is damaged, or of another format."""
    try:
        with path.open("rb") as stream:
            line = stream.readline()
            head = json.loads(line)
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        if (head["magic"], head["format"]) != (_MAGIC, FORMAT) or len(data) != len(line) + head["bytes"]:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    arrays: dict[str, NDArray[Any]] = {}
    for name, (kind, shape, place) in head["arrays"].items():
        count = int(np.prod(shape))
        found = np.frombuffer(data, np.dtype(kind), count, len(line) + place) if count else np.zeros(0, np.dtype(kind))
        arrays[name] = found.reshape(shape)
    return _network(arrays, head, crs)


def _network(arrays: dict[str, NDArray[Any]], head: dict[str, Any], crs: CRS) -> Network:
    numbers = head["numbers"]
    values = arrays | numbers

    def part(name: str) -> Any:
        names = {field.name: f"{name}.{field.name}" for field in fields(_PARTS[name])}
        return (
            _PARTS[name](**{own: values[key] for own, key in names.items()})
            if set(names.values()) <= set(values)
            else None
        )

    sides = {name: tuple(Side(*row) for row in arrays[f"stations.{name}"].tolist()) for name in _SIDES}
    grid = Grid(arrays["grid.key"], arrays["grid.line"])
    roads = Roads(arrays["roads.code"], arrays["roads.name"])
    shapes: Any = StoredShapes(arrays["lines.xy"], arrays["lines.first"])
    all_pipes: Any = arrays["all_pipes"]
    all_valves: Any = arrays.get("all_valves")
    return Network(
        lines=Lines(arrays["lines.pipe_id"], shapes, arrays["lines.length_m"], arrays["lines.pressure"], grid, roads),
        stations=Stations(
            arrays["stations.station_id"],
            **sides,
            unclear=arrays["stations.unclear"],
            split=arrays["stations.split"],
        ),
        **{name: part(name) for name in _PARTS},
        sector_name=arrays["sector_name"],
        all_pipes=all_pipes,
        all_valves=all_valves,
        unclear_feeds=arrays["unclear_feeds"],
        **{name: numbers[name] for name in _NUMBERS},
        crs=crs,
        findings=tuple(_read_finding(row) for row in head["findings"]),
    )


def _finding(finding: Finding) -> dict[str, Any]:
    return {"layer": finding.layer, "check": finding.check, "severity": finding.severity, "id": finding.id} | {
        "message": _message(finding.message)
    }


def _message(message: Message) -> list[Any]:
    return [message.msgid, {k: _message(v) if isinstance(v, Message) else [v] for k, v in message.args.items()}]


def _read_finding(row: dict[str, Any]) -> Finding:
    return Finding(row["layer"], row["check"], row["severity"], _read_message(row["message"]), id=row["id"])


def _read_message(stored: list[Any]) -> Message:
    return Message(stored[0], {k: _read_message(v) if len(v) > 1 else v[0] for k, v in stored[1].items()})
