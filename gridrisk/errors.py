"""The errors a person can mend. Each says what, where and how to mend it; the command line shows it without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridrisk.i18n import Message


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


class WorkspaceError(GridriskError):
    """A workspace is missing, locked, damaged, or not one."""
