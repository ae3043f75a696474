"""Bottle-to-pipe: decisions, reach, money and coverage."""

from .appropriation import Appropriation, against, due_months, parse_appropriation, spending
from .case import Case, Quote, parse_case, quote
from .clauses import Conditions
from .compare import Row, compare, compare_customers, say_tariff
from .decision import DECISIONS, decide, in_programme, rendered
from .depots import outside, plan_depots
from .devices import assess, plan_visits, price_devices, summarise_devices, visit_table
from .extension import Extensions, plan_extensions
from .money import estimate_costs, price, split_fen
from .pace import last_day, month_of, months_between, shifted
from .policy import load_policy, parse_policy, policy_names
from .projects import extension_projects
from .reach import covered_when_opened, reach, suitable
from .review import review
from .summary import NO_KIND, NO_TOWN, needed_share, summarise, summarise_kinds
from .timeline import FIGURES, changed_customers, corrections, timeline
from .towns import assign_towns, development_zone
from .vocabulary import Policy
from .zones import reach_zones

__all__ = [
    "DECISIONS",
    "FIGURES",
    "NO_KIND",
    "NO_TOWN",
    "Appropriation",
    "Case",
    "Conditions",
    "Extensions",
    "Policy",
    "Quote",
    "Row",
    "against",
    "assess",
    "assign_towns",
    "changed_customers",
    "compare",
    "compare_customers",
    "corrections",
    "covered_when_opened",
    "decide",
    "development_zone",
    "due_months",
    "estimate_costs",
    "extension_projects",
    "in_programme",
    "last_day",
    "load_policy",
    "month_of",
    "months_between",
    "needed_share",
    "outside",
    "parse_appropriation",
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
    "reach_zones",
    "rendered",
    "review",
    "say_tariff",
    "shifted",
    "spending",
    "split_fen",
    "suitable",
    "summarise",
    "summarise_devices",
    "summarise_kinds",
    "timeline",
    "visit_table",
]
