"""Renewal projects, their cost and their schedule.

Segments become projects (`build_projects`), projects get a price and payers (`price`), and a mixed-integer model puts
them into years (`schedule`) under the money, crews and deadlines of a scenario (`load_scenario`). `verify` checks a
plan independently of the model.
"""

from gridrisk.plan.candidates import build_projects, check_projects
from gridrisk.plan.cost import cost_findings, line_stop_yuan, price, renewal_yuan
from gridrisk.plan.edits import FILE as EDITS_FILE
from gridrisk.plan.edits import Edits, former_year, load_edits, parse_edits
from gridrisk.plan.joining import Leaving, joined_note
from gridrisk.plan.optimise import schedule
from gridrisk.plan.payers import payer_names
from gridrisk.plan.places import road_class
from gridrisk.plan.relax import Relaxation
from gridrisk.plan.result import Schedule, result_frame, unit_of
from gridrisk.plan.scenario import Scenario, load_scenario, parse_scenario
from gridrisk.plan.studies import compare, frontier, robustness
from gridrisk.plan.verify import verify
from gridrisk.plan.words import limit_name

__all__ = [
    "EDITS_FILE",
    "Edits",
    "Leaving",
    "Relaxation",
    "Scenario",
    "Schedule",
    "build_projects",
    "check_projects",
    "compare",
    "cost_findings",
    "former_year",
    "frontier",
    "joined_note",
    "limit_name",
    "line_stop_yuan",
    "load_edits",
    "load_scenario",
    "parse_edits",
    "parse_scenario",
    "payer_names",
    "price",
    "renewal_yuan",
    "result_frame",
    "road_class",
    "robustness",
    "schedule",
    "unit_of",
    "verify",
]
