"""Pressure classes out of pressures: ``0.2MPa`` is medium pressure B."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from gridrisk import params
from gridrisk.units import parse_number, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE = re.compile(r"(?<=[\da-zµ])\s*[-~～至到]\s*(?=[\d.])")
_BOUND = re.compile(r"^\s*(?P<below>[<＜])?[≤≦<＜=]*\s*(?P<amount>.*?)\s*$")
_LIMITS = re.compile(
    r"^(?:压力)?(?P<low>\d*\.?\d+)(?:mpa|兆帕)?(?:[<≤≦＜]=?p?[<≤≦＜]=?|[-~至到])(?P<high>\d*\.?\d+)(?P<unit>mpa|兆帕)?$"
)
_UNIT = re.compile(r"(?:[a-z兆千帕]|公斤力?|kgf?/cm2|mmh2o|毫米水柱)$")
_LOWEST = "low"


@cache
def _limits() -> Mapping[str, float]:
    limits = params.load("standards/pressure").table("max_pressure_kpa")
    return dict(sorted(limits.items(), key=lambda item: item[1]))


def is_class(choices: Mapping[str, object]) -> bool:
    """Say whether the choices of a field are pressure classes."""
    return bool(choices) and set(choices) <= set(_limits())


def class_of(kpa: float) -> str | None:
    """Return the pressure class in which a gauge pressure of `kpa` lies (GB 55009-2021, 5.1.1); None above all.

    Low pressure ends below its limit, the other classes reach theirs.
    """
    if kpa < 0:
        return None
    for name, limit in _limits().items():
        if kpa < limit or (kpa == limit and name != _LOWEST):
            return name
    return None


def upper(text: str) -> str:
    """Return the upper end of a range of pressures (``0.2~0.4``), any other text as it is."""
    return _RANGE.split(plain(text).casefold())[-1]


def _between(text: str) -> str | None:
    """Return the class whose limits in MPa a text names, as the standard does: ``0.2<P≤0.4``, ``0.01-0.2``."""
    match = _LIMITS.match(text.replace(" ", ""))
    if match is None or match["unit"] not in {None, "mpa", "兆帕"}:
        return None
    low, high = (round(float(match[end]) * 1000, 6) for end in ("low", "high"))
    limits = list(_limits().items())
    for (_, below), (name, limit) in zip([("", 0.0), *limits], limits, strict=False):
        if (low, high) == (below, limit):
            return name
    return None


def read_class(text: str, unit: str = "") -> str | None:
    """Read a pressure class out of a pressure with its unit; of a range the upper end counts.

    Parameters
    ----------
    text
        Such as ``0.2MPa``, ``0.2-0.4 MPa``, ``<0.01MPa``, ``≤ 200 kPa``.
    unit
        Of a text that names none; a number whose unit nobody names is a code, and is not read.
    """
    found = plain(text).casefold()
    named = _between(found)
    if named is not None:
        return named
    upper = _RANGE.split(found)[-1]
    bound = _BOUND.match(upper)
    if bound is None or not (unit or _UNIT.search(bound["amount"])):
        return None
    kpa = parse_number(bound["amount"], "kPa", unit)
    if kpa is None:
        return None
    # 0.2 MPa is 200 kPa, not the 200.00000000000003 that a product of binary fractions may give
    kpa = round(kpa, 6)
    below = bound["below"] is not None and "=" not in upper
    return class_of(kpa - 1e-6) if below and kpa > 0 else class_of(kpa)
