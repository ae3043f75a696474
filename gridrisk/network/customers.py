"""Piped-gas customers on the pieces that serve them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.network.topology import Lines, limited, more, pressure_rank

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.network.pieces import Pieces
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """The piped-gas customers that hang on the network.

    Attributes
    ----------
    customer_id, piece
        Number, and the piece that serves them.
    households
        Households of residents, NaN where unknown; customers of other kinds count as none unless given.
    critical
        Marked as critical or of a critical kind.
    far_end
        Nearer to the end of their piece than to its start.
    """

    customer_id: Objects
    piece: Ints
    households: Floats
    critical: Bools
    far_end: Bools


def attach(
    customers: gpd.GeoDataFrame, lines: Lines, pieces: Pieces, params: Parameters
) -> tuple[Customers, list[Finding]]:
    """Hang every piped-gas customer on the pipe named, else on the nearest of a class that serves customers."""
    piped = customers[(customers["fuel"] == "pipe").to_numpy(bool)]
    ids = piped.index.to_numpy(dtype=object)
    geometry = np.asarray(piped.geometry.array, dtype=object)
    usable = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    pipe = lines.named(piped["pipe_id"])
    given = piped["pipe_id"].notna().to_numpy(bool)
    lost_pipe = given & (pipe < 0)
    serving = np.isin(lines.pressure, [0, *pressure_rank(params.names("customer_pressure_classes"))])
    seek = np.flatnonzero((pipe < 0) & usable)
    pipe[seek] = lines.nearest(geometry[seek], params.number("customer_tolerance_m"), serving)
    findings = _findings(customers, piped, pipe, lost_pipe, params)
    keep = pipe >= 0
    position = np.zeros(len(piped))
    with_place = keep & usable
    position[with_place] = lines.locate(pipe[with_place], geometry[with_place])
    households = piped["households"].to_numpy("float64", na_value=np.nan)
    households[np.isnan(households) & (piped["kind"] != "resident").to_numpy(bool)] = 0.0
    critical = piped["critical"].astype("boolean").fillna(False).to_numpy(bool)
    critical |= piped["kind"].isin(params.names("critical_kinds")).to_numpy(bool)
    piece = pieces.at(lines, pipe[keep], position[keep])
    far_end = position[keep] > (pieces.start_m[piece] + pieces.end_m[piece]) / 2
    return Customers(ids[keep], piece, households[keep], critical[keep], far_end), findings


def _findings(
    customers: gpd.GeoDataFrame, piped: gpd.GeoDataFrame, pipe: Ints, lost_pipe: Bools, params: Parameters
) -> list[Finding]:
    """Return findings on customers that hang nowhere, or on another pipe than named."""
    limit = int(params.number("findings_limit"))
    ids = piped.index.to_numpy(dtype=object)
    findings = limited(
        np.flatnonzero(pipe < 0),
        limit,
        lambda i: Finding(
            "customers",
            "network_customer_off",
            "warning",
            msg("customer {customer} is near no pipe and in no outage; mend place or pipe number", customer=ids[i]),
            id=ids[i],
        ),
        more,
    )
    findings += limited(
        np.flatnonzero(lost_pipe & (pipe >= 0)),
        limit,
        lambda i: Finding(
            "customers",
            "network_customer_pipe",
            "warning",
            msg(
                "customer {customer} names pipe {pipe}, which is not in the network, and is hung on the nearest",
                customer=ids[i],
                pipe=piped["pipe_id"].iloc[i],
            ),
            id=ids[i],
        ),
        more,
    )
    unknown = int(customers["fuel"].isna().sum())
    if unknown:
        text = msg("{count} customers of unknown fuel are in no outage; give their fuel", count=unknown)
        findings.append(Finding("customers", "network_fuel_unknown", "warning", text, field="fuel"))
    return findings
