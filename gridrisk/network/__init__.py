"""Sectors, isolation and outages."""

from gridrisk.network.answer import Isolation
from gridrisk.network.build import Network, build
from gridrisk.network.criticality import valve_table
from gridrisk.network.cutover import Cutover, Stage, cutover
from gridrisk.network.demand import Demand, drawn_together, peak_demand
from gridrisk.network.faults import faults
from gridrisk.network.gasflow import require as require_hydraulics
from gridrisk.network.hydraulics import Setting, hydraulics
from gridrisk.network.index import FORMAT as INDEX_FORMAT
from gridrisk.network.index import load, save
from gridrisk.network.isolation import isolate, lose_station, sectors_by_pipe
from gridrisk.network.mend import Mended, mend
from gridrisk.network.outages import customers_lost_by_pipe, lost_by_pipe, outage_table
from gridrisk.network.pressure import Pressures, pressures
from gridrisk.network.siting import NewValves, new_valves

__all__ = [
    "INDEX_FORMAT",
    "Cutover",
    "Demand",
    "Isolation",
    "Mended",
    "Network",
    "NewValves",
    "Pressures",
    "Setting",
    "Stage",
    "build",
    "customers_lost_by_pipe",
    "cutover",
    "drawn_together",
    "faults",
    "hydraulics",
    "isolate",
    "load",
    "lose_station",
    "lost_by_pipe",
    "mend",
    "new_valves",
    "outage_table",
    "peak_demand",
    "pressures",
    "require_hydraulics",
    "save",
    "sectors_by_pipe",
    "valve_table",
]
