"""Findings about the data, one question a check."""
