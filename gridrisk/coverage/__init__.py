"""Bottle-to-pipe: decisions, reach, money and coverage."""

from .case import Case, Quote, parse_case, quote
from .clauses import Conditions
from .compare import Row, compare, compare_customers, say_tariff
from .decision import DECISIONS, decide, in_programme, rendered
from .depots import plan_depots
from .devices import assess, plan_visits, price_devices, summarise_devices
from .extension import Extensions, plan_extensions
from .money import estimate_costs, price, split_fen
from .policy import load_policy, parse_policy, policy_names
from .reach import covered_when_opened, reach, suitable
from .review import review
from .summary import NO_TOWN, needed_share, summarise
from .towns import assign_towns, development_zone
from .vocabulary import Policy

__all__ = [
    "DECISIONS",
    "NO_TOWN",
    "Case",
    "Conditions",
    "Extensions",
    "Policy",
    "Quote",
    "Row",
    "assess",
    "assign_towns",
    "compare",
    "compare_customers",
    "covered_when_opened",
    "decide",
    "development_zone",
    "estimate_costs",
    "in_programme",
    "load_policy",
    "needed_share",
    "parse_case",
    "parse_policy",
    "plan_depots",
    "plan_extensions",
    "plan_visits",
    "policy_names",
    "price",
    "price_devices",
    "quote",
    "reach",
    "rendered",
    "review",
    "say_tariff",
    "split_fen",
    "suitable",
    "summarise",
    "summarise_devices",
]
