"""Numbers as a person reads them, in Chinese and English."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from gridrisk.i18n import mark, msg, translate

if TYPE_CHECKING:
    from gridrisk.i18n import Language

UNKNOWN = mark("unknown")
#: Widest row of a label on the map, in Latin letters; a Chinese character is two wide.
_WIDEST = 26


def length(metres: float, lang: Language) -> str:
    """Return a length with its unit: metres below one kilometre."""
    if math.isnan(metres):
        return translate(UNKNOWN, lang)
    if metres < 1000:
        return msg("{value} m", value=f"{metres:,.0f}").render(lang)
    return msg("{value} km", value=f"{metres / 1000:,.{2 if metres < 1e5 else 1}f}").render(lang)


def money(yuan: float, lang: Language) -> str:
    """Return an amount: in Chinese by ten thousand or hundred million yuan, in English by million."""
    if math.isnan(yuan):
        return translate(UNKNOWN, lang)
    if lang == "zh":
        if abs(yuan) >= 1e8:
            return f"{yuan / 1e8:,.2f} 亿元"
        return f"{yuan / 1e4:,.1f} 万元" if abs(yuan) >= 1e4 else f"{yuan:,.0f} 元"
    return f"{yuan / 1e6:,.2f} million yuan" if abs(yuan) >= 1e6 else f"{yuan:,.0f} yuan"


def count(number: float) -> str:
    """Return a count with separators."""
    return f"{number:,.0f}"


def share(value: float, lang: Language) -> str:
    """Return a share as a percentage; never 100 % where something is missing, nor 0 % where there is something."""
    if math.isnan(value):
        return translate(UNKNOWN, lang)
    if 0 < value < 0.005:
        return "< 1 %"
    if 0.995 <= value < 1:
        return "> 99 %"
    return f"{value * 100:.0f} %"


def wrapped(name: str) -> str:
    """Return a name in rows that are short enough for a map, broken at spaces, Chinese anywhere, about equally long."""
    total = sum(map(_width, name))
    if total <= _WIDEST:
        return name
    most = math.ceil(total / _WIDEST)
    aim = total / most
    rows, used = [""], 0
    for place, letter in enumerate(name):
        may_break = letter == " " or (place > 0 and _width(letter) == _width(name[place - 1]) == 2)
        if used >= aim - 1 and may_break and len(rows) < most:
            rows.append("")
            used = 0
        rows[-1] += letter
        used += _width(letter)
    return "\n".join(row.strip() for row in rows)


def _width(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
