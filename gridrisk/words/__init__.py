"""The words of results: one place for what columns and codes are called on maps, sheets and the command line."""

from gridrisk.words.codes import (
    ACTIONS,
    CONDITIONS,
    DECISIONS,
    DEPOTS,
    FLAGS,
    GRADES,
    ITEMS,
    MEASURES,
    PAYERS,
    SEVERITIES,
    VERDICTS,
)
from gridrisk.words.columns import RESULTS, Format, Told, title

__all__ = [
    "ACTIONS",
    "CONDITIONS",
    "DECISIONS",
    "DEPOTS",
    "FLAGS",
    "GRADES",
    "ITEMS",
    "MEASURES",
    "PAYERS",
    "RESULTS",
    "SEVERITIES",
    "VERDICTS",
    "Format",
    "Told",
    "title",
]
