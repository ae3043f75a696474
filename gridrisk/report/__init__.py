"""Lists and exchange files for people."""

from gridrisk.report.check_report import write_check_report
from gridrisk.report.geopackage import write_geopackage
from gridrisk.report.month_table import write_month_table
from gridrisk.report.plan_picture import Colours
from gridrisk.report.renewal_list import write_renewal_list
from gridrisk.report.renewal_summary import write_renewal_summary
from gridrisk.report.sensor_sheet import write_sensor_sheet

__all__ = [
    "Colours",
    "write_check_report",
    "write_geopackage",
    "write_month_table",
    "write_renewal_list",
    "write_renewal_summary",
    "write_sensor_sheet",
]
