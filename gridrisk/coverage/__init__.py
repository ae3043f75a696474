"""Bottle-to-pipe: decisions, reach, money and coverage."""
