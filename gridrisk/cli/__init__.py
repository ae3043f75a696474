"""The command line."""

# The commands register themselves with the group in the order in which they are used.
from gridrisk.cli import data  # isort: skip
from gridrisk.cli import crosswalk  # isort: skip
from gridrisk.cli import (
    analysis,
    backtest,
    coverage,
    cutover,
    isolate,
    network,
    outputs,
    plan,
    policy,
    pressure,
    sensors,
    valves,
)
from gridrisk.cli.app import main, run

__all__ = [
    "analysis",
    "backtest",
    "coverage",
    "crosswalk",
    "cutover",
    "data",
    "isolate",
    "main",
    "network",
    "outputs",
    "plan",
    "policy",
    "pressure",
    "run",
    "sensors",
    "valves",
]
