"""Sectors, isolation and outages."""
