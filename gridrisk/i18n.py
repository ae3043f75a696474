"""Messages in Chinese and English.

English text is the key; the Chinese stands in ``locale/zh_CN/LC_MESSAGES/gridrisk.po``, which is read as it is, so a
translator needs no compiler. Code builds a `Message`; only the edge (command line, page, document) renders it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_CATALOGUES = {"zh": Path(__file__).parent / "locale" / "zh_CN" / "LC_MESSAGES" / "gridrisk.po"}


@cache
def catalogue(lang: Language) -> Mapping[str, str]:
    """Return the translations of a language, msgid to text; English is its own key."""
    path = _CATALOGUES.get(lang)
    if path is None or not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as stream:
        entries = read_po(stream, locale="zh_CN")
    return {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}


def translate(msgid: str, lang: Language) -> str:
    """Return the text of `msgid` in `lang`; the English text where there is no translation."""
    return catalogue(lang).get(msgid, msgid)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person: an English template with ``{name}`` fields, and the values to fill in."""

    msgid: str
    args: Mapping[str, object] = field(default_factory=dict)

    def render(self, lang: Language = "en") -> str:
        """Return the sentence in `lang`, its values filled in (nested messages too)."""
        values = {key: value.render(lang) if isinstance(value, Message) else value for key, value in self.args.items()}
        return translate(self.msgid, lang).format(**values)

    def __str__(self) -> str:
        return self.render()


def msg(msgid: str, /, **args: object) -> Message:
    """Build a `Message`; the extractor of translations looks for calls of this name."""
    return Message(msgid, args)


def mark(msgid: str, /) -> str:
    """Mark a text for translation where it stands; `translate` it where it is shown."""
    return msgid
