"""The errors a person can mend. Each says what, where and how to mend it; the command line shows it without a trace."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

from gridrisk.i18n import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gridrisk.i18n import Message

_COMPARED = 100_000  # ids compared with a wrong one at most: the comparison is slow


class GridriskError(Exception):
    """Something the user can mend; carries one message or several (all faults at once)."""

    exit_code = 1

    def __init__(self, *messages: Message) -> None:
        self.messages: Sequence[Message] = messages
        super().__init__("\n".join(str(message) for message in messages))


class UsageError(GridriskError):
    """The command was called wrongly."""

    exit_code = 2


class FileFormatError(GridriskError):
    """A file cannot be read as what it claims to be."""


class MissingFileError(FileFormatError):
    """A file that was named is not there; the command was called wrongly."""

    exit_code = 2


class CrsError(GridriskError):
    """Coordinates without a system, in the wrong one, or not to be transformed exactly enough."""


class DataError(GridriskError):
    """Data that contradicts its schema, or that a computation cannot take."""


class ParameterError(GridriskError):
    """A parameter, policy, crosswalk or scenario file is faulty."""


class MissingParameterError(ParameterError):
    """A parameter, policy, crosswalk or scenario file that was named is not there; the command was called wrongly."""

    exit_code = 2


class WorkspaceError(GridriskError):
    """A workspace is locked or damaged."""


class MissingWorkspaceError(WorkspaceError):
    """A folder that was named is no workspace; the command was called wrongly."""

    exit_code = 2


def with_near(fault: Message, wrong: str, known: Iterable[object]) -> Message:
    """Return the fault with the known names nearest to the wrong one; as it is where none is near.

    Parameters
    ----------
    fault
        What is wrong, as "there is no pipe X".
    wrong
        The name that was given.
    known
        The names there are; the first 100,000 are compared.

    Returns
    -------
    Message
        The fault, with the question whether one of up to three names was meant.
    """
    near = get_close_matches(wrong, (str(name) for name in islice(known, _COMPARED)), n=3)
    return msg("{fault}; did you mean {near}?", fault=fault, near=", ".join(near)) if near else fault
