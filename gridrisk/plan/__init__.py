"""Renewal projects, their cost and their schedule.

Segments become projects (`build_projects`), projects get a price and payers (`price`), and a mixed-integer model puts
them into years (`schedule`) under the money, crews and deadlines of a scenario (`load_scenario`). `verify` checks a
plan independently of the model.
"""

from gridrisk.plan.candidates import build_projects, check_projects
from gridrisk.plan.cost import cost_findings, payer_names, price
from gridrisk.plan.optimise import schedule
from gridrisk.plan.relax import Relaxation
from gridrisk.plan.result import Schedule, result_frame
from gridrisk.plan.scenario import Scenario, load_scenario, parse_scenario
from gridrisk.plan.verify import verify

__all__ = [
    "Relaxation",
    "Scenario",
    "Schedule",
    "build_projects",
    "check_projects",
    "cost_findings",
    "load_scenario",
    "parse_scenario",
    "payer_names",
    "price",
    "result_frame",
    "schedule",
    "verify",
]
