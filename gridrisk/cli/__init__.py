"""The command line."""

# The commands register themselves with the group in the order in which they are used.
from gridrisk.cli import data  # isort: skip
from gridrisk.cli import crosswalk  # isort: skip
from gridrisk.cli import analysis, coverage, network, outputs, policy, valves
from gridrisk.cli.app import main, run

__all__ = ["analysis", "coverage", "crosswalk", "data", "main", "network", "outputs", "policy", "run", "valves"]
