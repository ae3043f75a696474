"""Words of choice fields within the texts of a survey, for proposals: an import takes whole words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridrisk.layers.values import choice_words, word
from gridrisk.units import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridrisk.layers.schema import FieldSchema

_SHORTEST = 2
_ONE = re.compile("[\u4e00-\u9fff]$")
_NEGATIONS = "非无未不"
_VAGUE = {"unknown", "other"}


@dataclass(frozen=True, slots=True)
class Within:
    """Words of choices within texts: how to search for them, what they mean, and the texts that have one."""

    pattern: str
    meanings: dict[str, str]
    found: tuple[str, ...]


def words_within(texts: Iterable[str], spec: FieldSchema) -> Within | None:
    """Return the words of a choice field that stand within texts; None where one text has several meanings."""
    words = {known: key for known, key in choice_words(spec).items() if len(known) >= _SHORTEST or _ONE.match(known)}
    words = {known: key for known, key in words.items() if not known.isdigit() and key not in _VAGUE}
    # 钢骨架PE is neither steel nor PE
    vague = {known: key for known, key in choice_words(spec).items() if key == "other"}
    words |= {known: key for known, key in vague.items() if any(sure in known and sure != known for sure in words)}
    pattern = _alternatives(words)
    used: dict[str, str] = {}
    found = []
    for text_ in texts:
        hits = [hit.casefold() for hit in re.findall(pattern, plain(text_))]
        if len({words[hit] for hit in hits}) > 1:
            return None
        if hits and not any(no in text_ for no in _NEGATIONS):
            found.append(text_)
            used.update({hit: words[hit] for hit in hits})
    return Within(_alternatives(used), used, tuple(found)) if used else Within("", {}, ())


def _alternatives(words: Iterable[str]) -> str:
    parts = []
    for w in sorted(words, key=len, reverse=True):
        # one character, such as 钢, is a word only where it stands alone
        apart = "a-z0-9" if w.isascii() else "\u4e00-\u9fff" if len(w) == 1 else ""
        parts.append(rf"(?<![{apart}]){re.escape(w)}(?![{apart}])" if apart else re.escape(w))
    return f"(?i)({'|'.join(parts)})"


def by_ending(text: str, spec: FieldSchema) -> str | None:
    """Return the choice whose word a text ends with (区域调压柜 with 调压柜); None where it is none, or two."""
    found = word(text)
    words = choice_words(spec)
    ends = [known for known in words if len(known) >= _SHORTEST and found.endswith(known) and not known.isascii()]
    if not ends or any(no in found for no in _NEGATIONS):
        return None
    longest = max(map(len, ends))
    meant = {words[known] for known in ends if len(known) == longest}
    return meant.pop() if len(meant) == 1 else None


def by_word(text: str, spec: FieldSchema) -> str | None:
    """Return the choice whose word stands within a text (腐蚀穿孔); None where it is none, or two."""
    within = words_within([text], spec)
    return next(iter(within.meanings.values())) if within is not None and within.found else None
