"""Run as ``python -m gridrisk``."""

from gridrisk.cli import main

main()
