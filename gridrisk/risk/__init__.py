"""Likelihood, consequence, rules and grades of every segment."""

from gridrisk.risk.assessment import STATES as ASSESSMENTS
from gridrisk.risk.change import Change
from gridrisk.risk.doubt import UnknownField
from gridrisk.risk.explain import Explanation, TermValue, explain
from gridrisk.risk.grades import GRADES
from gridrisk.risk.measures import texts as measure_texts
from gridrisk.risk.rules import Rule, load_rules
from gridrisk.risk.score import MODEL_FILES, score
from gridrisk.risk.terms import TERMS, Term, combine

__all__ = [
    "ASSESSMENTS",
    "GRADES",
    "MODEL_FILES",
    "TERMS",
    "Change",
    "Explanation",
    "Rule",
    "Term",
    "TermValue",
    "UnknownField",
    "combine",
    "explain",
    "load_rules",
    "measure_texts",
    "score",
]
