"""Conversions of units and amounts, called at the edge only; inside, every name carries its unit."""

from __future__ import annotations
