"""Findings: what is wrong or unknown in the data, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridrisk.i18n import Language, Message

Severity = Literal["error", "warning", "info"]
COLUMNS = ["layer", "id", "row", "field", "check", "severity", "message", "x", "y"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or gap in the data.

    Attributes
    ----------
    layer
        Name of the layer.
    check
        Identifier of the check that found it, such as ``duplicate_id``.
    severity
        ``error`` forbids going on, ``warning`` asks for a look, ``info`` only tells.
    message
        What, where, and how to mend it, in one sentence.
    id, row, field
        The object, the row of the delivered file (1 = first data row) and the field, where known.
    x, y
        Place in the CRS of the workspace, metres, where known.
    """

    layer: str
    check: str
    severity: Severity
    message: Message
    id: str | None = None
    row: int | None = None
    field: str | None = None
    x: float | None = None
    y: float | None = None


def has_errors(findings: Iterable[Finding]) -> bool:
    """Say whether any finding forbids going on."""
    return any(finding.severity == "error" for finding in findings)


def to_frame(findings: Iterable[Finding], lang: Language = "en") -> pd.DataFrame:
    """Return findings as a table with the columns of `COLUMNS`, messages in `lang`."""
    rows = [(f.layer, f.id, f.row, f.field, f.check, f.severity, f.message.render(lang), f.x, f.y) for f in findings]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(
        {
            "layer": "str",
            "id": "str",
            "row": "Int64",
            "field": "str",
            "check": "str",
            "severity": "str",
            "message": "str",
            "x": "float64",
            "y": "float64",
        }
    )
