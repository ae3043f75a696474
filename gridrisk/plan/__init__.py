"""Renewal projects, their cost and their schedule."""
