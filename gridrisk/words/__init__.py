"""The words of results: one place for what columns and codes are called on maps, sheets and the command line."""

from gridrisk.words.codes import ACTIONS, DECISIONS, FLAGS, GRADES, PAYERS, SEVERITIES, VERDICTS
from gridrisk.words.columns import RESULTS, Format, Told, title

__all__ = [
    "ACTIONS",
    "DECISIONS",
    "FLAGS",
    "GRADES",
    "PAYERS",
    "RESULTS",
    "SEVERITIES",
    "VERDICTS",
    "Format",
    "Told",
    "title",
]
