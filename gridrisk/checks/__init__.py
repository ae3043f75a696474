"""Findings about the data, one question a check."""

from gridrisk.checks.catalogue import CATALOGUE, WHERE, Check
from gridrisk.checks.completeness import completeness
from gridrisk.checks.filing import filing
from gridrisk.checks.run import Examination, examine, run

__all__ = ["CATALOGUE", "WHERE", "Check", "Examination", "completeness", "examine", "filing", "run"]
