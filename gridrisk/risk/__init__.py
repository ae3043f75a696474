"""Likelihood, consequence, rules and grades of every segment."""
