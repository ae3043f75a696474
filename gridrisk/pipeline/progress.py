"""How long work tells that it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gridrisk.i18n import Message


class Progress(Protocol):
    """Something that shows the step under way."""

    def __call__(self, step: Message, fraction: float | None = None) -> None:
        """Show `step`; `fraction` of it is done, None where that is not known."""


def silent(step: Message, fraction: float | None = None) -> None:
    """Show nothing."""
