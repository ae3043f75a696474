"""Corners written as one text: ``388000.1,3172000.2;388010.3,3172005.4``, or numbered, as in J1(x,y)、J2(x,y)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.units import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Degrees, minutes and seconds, with or without the sign of the hemisphere.
_DEGREES = re.compile(
    r"[东北EN]?(?:经|纬)?\s*(?P<degrees>\d{1,3})\s*[°度º]\s*(?P<minutes>\d{1,2}(?:\.\d+)?)\s*['′’分]"
    r"\s*(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:[\"″”秒]|''|′′))?(?:\s*[EN](?!\d))?"
)
_COORDINATE = r"(-?\d+(?:\.\d+)?)"
_CORNER = re.compile(rf"[(\[]?\s*{_COORDINATE}\s*[,\s]\s*{_COORDINATE}(?:\s*[,\s]\s*-?\d+(?:\.\d+)?)?\s*[)\]]?")
#: A single place with a stroke between its coordinates.
_STROKE = re.compile(rf"{_COORDINATE}\s*/\s*{_COORDINATE}")
_BETWEEN = re.compile(r"\s*[;|]\s*|(?<=[)\]])\s*,?\s*(?=[(\[])")
#: A coordinate in a sentence: with decimals, or too long for the number of a corner.
_WRITTEN = r"(-?\d+\.\d+|\d{5,})"
_LABELLED = re.compile(
    rf"(?:(?P<first>[xyXYEN经纬东北])[^\d,;、-]{{0,3}})?(?<![\d.]){_WRITTEN}(?![\d.])\s*[米m°]?\s*[,;、\s]\s*"
    rf"(?:[xyXYEN经纬东北][^\d,;、-]{{0,3}})?{_WRITTEN}(?![\d.])\s*[米m°]?"
)
#: What may stand around the corners: their numbers and signs between them.
_AROUND = re.compile(
    r"(?<![A-Za-z])[A-Za-z]{1,3}\d{0,3}(?![A-Za-z\d])|(?<!\d)\d{1,3}(?!\d)"
    r"|拐点|角点|界址点|坐标|[点第号#东西南北角]|[\s,;:=、|。.()\[\]①-⑳-]"
)
#: Headings that may stand over corners whatever else they say.
HEADING = re.compile(r"坐标|范围|四至|拐点|界址|coord|corner|outline", re.IGNORECASE)
#: Headings that say the corners are those of an area.
OUTLINE = re.compile(r"范围|四至|拐点|角点|界址|outline|boundary", re.IGNORECASE)


def in_degrees(text: str) -> str:
    """Return a text with degrees, minutes and seconds written as one number; sixty minutes or more stay as they are."""

    def amount(match: re.Match[str]) -> str:
        minutes, seconds = float(match["minutes"]), float(match["seconds"] or 0)
        if minutes >= 60 or seconds >= 60:
            return match[0]
        # set off, for the next may follow without a blank
        return f" {float(match['degrees']) + minutes / 60 + seconds / 3600:.12f} "

    return _DEGREES.sub(amount, plain(text)).strip()


def read(text: str) -> NDArray[np.float64] | None:
    """Return the corners a text lists, one a row in the order written; None where it holds anything else."""
    text = in_degrees(text)
    parts = [part for part in _BETWEEN.split(text) if part]
    found = [_CORNER.fullmatch(part.strip()) for part in parts]
    if found and all(match is not None for match in found):
        return np.array([(float(match[1]), float(match[2])) for match in found if match is not None])
    if (match := _STROKE.fullmatch(text)) is not None:
        return np.array([(float(match[1]), float(match[2]))])
    return _labelled(text)


def _labelled(text: str) -> NDArray[np.float64] | None:
    matches = list(_LABELLED.finditer(text))
    named = {(match["first"] or "").casefold() for match in matches}
    # corners of which some begin with X and some with Y have no order
    if not matches or len(named) > 1 or _AROUND.sub("", _LABELLED.sub(" ", text)):
        return None
    return np.array([(float(match[2]), float(match[3])) for match in matches])
