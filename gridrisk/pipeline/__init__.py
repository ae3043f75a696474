"""Chains the steps; no logic of its own."""
