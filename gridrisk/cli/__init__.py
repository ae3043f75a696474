"""The command line."""

# The commands register themselves with the group in the order in which they are used.
from gridrisk.cli import data  # isort: skip
from gridrisk.cli import analysis, network, outputs
from gridrisk.cli.app import main, run

__all__ = ["analysis", "data", "main", "network", "outputs", "run"]
