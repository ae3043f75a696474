"""Conversions of units and amounts, called at the edge only; inside, every name carries its unit."""

from __future__ import annotations

import math
import re
import unicodedata

#: Unit to (dimension, size in the base of that dimension).
_UNITS: dict[str, tuple[str, float]] = {
    "mm": ("length", 0.001),
    "毫米": ("length", 0.001),
    "cm": ("length", 0.01),
    "厘米": ("length", 0.01),
    "m": ("length", 1.0),
    "米": ("length", 1.0),
    "km": ("length", 1000.0),
    "公里": ("length", 1000.0),
    "千米": ("length", 1000.0),
    "ft": ("length", 0.3048),
    "feet": ("length", 0.3048),
    "英尺": ("length", 0.3048),
    "pa": ("pressure", 1.0),
    "帕": ("pressure", 1.0),
    "mbar": ("pressure", 100.0),
    "kpa": ("pressure", 1000.0),
    "千帕": ("pressure", 1000.0),
    "bar": ("pressure", 100_000.0),
    "mpa": ("pressure", 1_000_000.0),
    "兆帕": ("pressure", 1_000_000.0),
    "psi": ("pressure", 6894.757),
    "psig": ("pressure", 6894.757),
    "kgf/cm2": ("pressure", 98_066.5),
    "kg/cm2": ("pressure", 98_066.5),
    "公斤": ("pressure", 98_066.5),
    "公斤力": ("pressure", 98_066.5),
    "mmh2o": ("pressure", 9.80665),
    "毫米水柱": ("pressure", 9.80665),
    "m2": ("area", 1.0),
    "平方米": ("area", 1.0),
    "平米": ("area", 1.0),
    "平": ("area", 1.0),
    "m3": ("volume", 1.0),
    "立方米": ("volume", 1.0),
    "立方": ("volume", 1.0),
    "方": ("volume", 1.0),
    "m3/h": ("flow", 1.0),
    "m3h": ("flow", 1.0),
    "nm3/h": ("flow", 1.0),
    "立方米/小时": ("flow", 1.0),
    "立方米/时": ("flow", 1.0),
    "方/小时": ("flow", 1.0),
    "households": ("households", 1.0),
    "户": ("households", 1.0),
    "people": ("people", 1.0),
    "人": ("people", 1.0),
    "floors": ("floors", 1.0),
    "层": ("floors", 1.0),
    "a": ("time", 1.0),
    "年": ("time", 1.0),
}

#: Nominal diameter by size in inches, which is a name more than an amount.
_INCHES = {0.5: 15, 0.75: 20, 1: 25, 1.25: 32, 1.5: 40, 2: 50, 2.5: 65, 3: 80, 4: 100, 5: 125, 6: 150, 8: 200, 10: 250,
           12: 300, 14: 350, 16: 400, 18: 450, 20: 500, 24: 600, 28: 700, 32: 800, 36: 900, 40: 1000}  # fmt: skip
_INCH = re.compile(r"(?:dn|nps|φ)?\s*(\d+(?:\.\d+)?)\s*(?:\"|″|''|′′|in|inch|inches|英寸|吋)")
_INCH_NAMES = {"in", "inch", "inches", "英寸", "吋", '"', "″"}
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<digits>\d[\d., ]*|\.\d+)(?P<power>e[+-]?\d{1,3})?\s*(?P<unit>[^\d\s.,+-].*)?"
)
_PLAIN = re.compile(r"\d+\.?\d*|\.\d+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})|\d{4,},\d{3}")
_DIAMETER = re.compile(
    r"(?:公称直径|公称外径|外径|直径|管径)?\s*(?:dn|de|od|d|φ|ø|∅|⌀|ф)?\s*(?P<size>\d+(?:\.\d+)?)"
    r"(?:\s*[x×*✕✖]\s*(?P<wall>\d+(?:\.\d+)?))?\s*(?P<unit>mm|毫米|cm|厘米|m|米)?"
)
#: A diameter with its mark; PE110 is one, but PE63, PE80 and PE100 are grades.
_MARKED = re.compile(
    r"(?:(?:dn|de|od|φ|ø|∅|⌀|ф|(?<![a-z])d)\s*|pe(?!(?:32|40|63|80|100|112)(?!\d)))(?P<size>\d+(?:\.\d+)?)"
    r"(?:\s*[x×*✕✖]\s*(?P<wall>\d+(?:\.\d+)?))?\s*(?P<unit>mm|毫米)?"
)
#: Numbers beside a diameter that are none: grades of material, the diameter over the wall, a year or a day.
_GRADE = re.compile(
    r"sdr\s*\d+(?:\.\d+)?|3?pe\s*\d{0,3}(?!\d)|q\d{3}[a-e]?|l\d{3}[a-z]?|\d+#|gb/?t?\s*[\d.-]+"
    r"|(?<![\d.])(?:(?:19|20)\d{2}(?:[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?|月)?|年)?|\d{2}年)(?![\d.])"
)
#: A wall thicker than this share of the diameter is no wall but the second side of a duct.
_THICKEST_WALL = 0.25


def plain(text: str) -> str:
    """Return `text` with full-width characters made half-width, one kind of minus sign, and no blanks at its ends."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2013", "-").strip()


def is_unit(text: str) -> bool:
    """Say whether `text` is the name of a unit."""
    name = plain(text).casefold()
    return name in _UNITS or name in _INCH_NAMES


def factor(source: str, target: str) -> float | None:
    """Return by what an amount in `source` is multiplied to be in `target`; None where they are not of one kind."""
    first, second = _UNITS.get(plain(source).casefold()), _UNITS.get(plain(target).casefold())
    if first is None or second is None or first[0] != second[0]:
        return None
    # dividing sizes that are exact decimals keeps 1 bar at 100 kPa, without a rounding error
    return first[1] / second[1]


def parse_number(text: str, unit: str = "", given: str = "") -> float | None:
    """Read an amount out of a text.

    Parameters
    ----------
    text
        Such as ``1.2m``, ``1,234.5``, ``１２``, ``0.4 MPa``; thousands and decimal commas are told apart where they
        can be, and a text that could be both (none of these forms) is not read.
    unit
        The unit wanted; empty for a bare number.
    given
        The unit of a text that names none, such as that of the heading; empty for the unit wanted.

    Returns
    -------
    float or None
        The amount in `unit`; None where it cannot be read for certain.
    """
    match = _AMOUNT.fullmatch(plain(text).casefold())
    digits = None if match is None else _digits(match["digits"].strip())
    if match is None or digits is None:
        return None
    scale = _scale((match["unit"] or "").strip(), unit, given)
    if scale is None:
        return None
    scaled = float(match["sign"] + digits + (match["power"] or "")) * scale
    return scaled if math.isfinite(scaled) else None


def _scale(named: str, unit: str, given: str) -> float | None:
    source = named or given
    if not source or source == unit:
        return 1.0
    return factor(source, unit) if unit else None


def _digits(text: str) -> str | None:
    """Return the digits as Python writes them, without thousands marks."""
    if _PLAIN.fullmatch(text):
        return text
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "").replace(" ", "")
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return None


def _among_words(text: str) -> re.Match[str] | None:
    """Return the only diameter among words, as in ``DN200钢管`` or ``PE100 SDR11 de110×10``."""
    found = list(_MARKED.finditer(text))
    if len(found) != 1:
        return None
    rest = _GRADE.sub("", f"{text[: found[0].start()]} {text[found[0].end() :]}")
    return None if any(letter.isdigit() for letter in rest) else found[0]


def only_size(text: str) -> float | None:
    """Return the number of the only marked diameter of a text that says more (钢 D159×6 L=45.2m), in its own unit."""
    found = list(_MARKED.finditer(plain(text).casefold()))
    return float(found[0]["size"]) if len(found) == 1 else None


def is_diameter(text: str) -> bool:
    """Say whether a text names one diameter with its mark (DN200, de110×10, φ159), alone or among words."""
    found = plain(text).casefold()
    return _MARKED.search(found) is not None and parse_diameter(found) is not None


def parse_diameter(text: str, given: str = "") -> float | None:
    """Read a pipe diameter in mm: ``DN200``, ``de110``, ``Φ159×6`` (outer diameter and wall), ``0.2m``.

    Sizes in inches (``4"``, ``6吋``) become the nominal diameter. Returns None where the text is no diameter, such as
    the two sides of a duct (``400×300``).
    """
    found = plain(text).casefold()
    inches = _INCH.fullmatch(found) or (re.fullmatch(r"(\d+(?:\.\d+)?)", found) if given in _INCH_NAMES else None)
    if inches is not None:
        return _INCHES.get(float(inches[1]))
    match = _DIAMETER.fullmatch(found) or _among_words(found)
    if match is None:
        return parse_number(text, "mm", given)
    size = float(match["size"])
    if match["wall"] is not None and float(match["wall"]) > _THICKEST_WALL * size:
        return None
    scale = _scale(match["unit"] or "", "mm", given)
    return size * scale if scale is not None and math.isfinite(size) else None
