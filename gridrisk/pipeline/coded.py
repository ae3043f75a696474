"""What is said of the codes of a field, each by its name in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.i18n import Message
from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridrisk.i18n import Language


class Coded(Message):
    """A list such as "low 2.5 / 1.5; medium B 100 / 20" from codes and what is said of each."""

    def render(self, lang: Language = "en") -> str:
        """Return the list in `lang`; a code that the field does not know stands as it is."""
        layer, field = self.msgid.split(".")
        names = schema.load(layer).fields[field].choices
        return "; ".join(f"{names[c].of(lang) if c in names else c} {said}" for c, said in self.args.items())


def coded(layer: str, field: str, said: Mapping[str, object]) -> Coded:
    """Return what is said of each code of a field of a layer."""
    return Coded(f"{layer}.{field}", said)
