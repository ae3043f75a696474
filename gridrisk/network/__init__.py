"""Sectors, isolation and outages."""

from gridrisk.network.build import Network, build
from gridrisk.network.isolation import Isolation, isolate, sectors_by_pipe
from gridrisk.network.outages import customers_lost_by_pipe, outage_table

__all__ = [
    "Isolation",
    "Network",
    "build",
    "customers_lost_by_pipe",
    "isolate",
    "outage_table",
    "sectors_by_pipe",
]
