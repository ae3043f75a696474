"""Findings about the data, one question a check."""

from gridrisk.checks.run import run

__all__ = ["run"]
