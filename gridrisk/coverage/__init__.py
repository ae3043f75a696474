"""Bottle-to-pipe: decisions, reach, money and coverage."""

from .decision import DECISIONS, decide, in_programme, rendered
from .money import estimate_costs, price, split_fen
from .policy import load_policy, parse_policy, policy_names
from .reach import covered_when_opened, reach, suitable
from .review import review
from .summary import NO_TOWN, needed_share, summarise
from .towns import assign_towns, development_zone
from .vocabulary import Conditions, Policy

__all__ = [
    "DECISIONS",
    "NO_TOWN",
    "Conditions",
    "Policy",
    "assign_towns",
    "covered_when_opened",
    "decide",
    "development_zone",
    "estimate_costs",
    "in_programme",
    "load_policy",
    "needed_share",
    "parse_policy",
    "policy_names",
    "price",
    "reach",
    "rendered",
    "review",
    "split_fen",
    "suitable",
    "summarise",
]
