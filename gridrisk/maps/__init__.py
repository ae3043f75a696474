"""Maps in one file that need no network."""

from gridrisk.maps.backdrop import Backdrop
from gridrisk.maps.coverage import coverage_map
from gridrisk.maps.cutover_sheet import cutover_sheet
from gridrisk.maps.findings import findings_map
from gridrisk.maps.inline import OutsideAddressError
from gridrisk.maps.isolation import isolation_map
from gridrisk.maps.page import write
from gridrisk.maps.palette import colours
from gridrisk.maps.palette import style as palette_style
from gridrisk.maps.plan import plan_map
from gridrisk.maps.pressure import pressure_map
from gridrisk.maps.risk import risk_map
from gridrisk.maps.sheet import Survey, isolation_sheet
from gridrisk.maps.works import works_map

__all__ = [
    "Backdrop",
    "OutsideAddressError",
    "Survey",
    "colours",
    "coverage_map",
    "cutover_sheet",
    "findings_map",
    "isolation_map",
    "isolation_sheet",
    "palette_style",
    "plan_map",
    "pressure_map",
    "risk_map",
    "works_map",
    "write",
]
