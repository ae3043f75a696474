"""TOML files that people write: reading them, and saying in their language what is wrong and where."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from gridrisk.errors import GridriskError, ParameterError
from gridrisk.i18n import Message, mark, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidationError

_PLACE = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)
#: How the parser's sentences begin, and what they mean; the rest is shown as it says it.
_SYNTAX = {
    "Cannot declare ": mark("a table is given twice"),
    "Cannot overwrite a value": mark("a value is given twice"),
    "Duplicate inline table key": mark("a key is given twice"),
    "Expected '=' after a key in a key/value pair": mark("write key = value"),
    "Expected \"'''\"": mark("the quotation mark that ends the text is missing"),
    'Expected \'"""\'': mark("the quotation mark that ends the text is missing"),
    "Expected ']' at the end of a table declaration": mark("a closing bracket is missing"),
    "Expected newline or end of document after a statement": mark("more text than one statement on the line"),
    "Illegal character": mark("a character that must not stand here; is a quotation mark missing?"),
    "Invalid date or datetime": mark("not a date that exists; write it as 2026-01-31, without quotation marks"),
    "Invalid initial character for a key part": mark("a key is written with letters, digits, _ and -; else in quotes"),
    "Invalid statement": mark("neither key = value nor [table]"),
    "Invalid value": mark("not a value; texts stand in quotation marks"),
    "Unclosed array": mark("a closing bracket is missing"),
    "Unclosed inline table": mark("a closing brace is missing"),
    "Unescaped '\\' in a string": mark("a backslash in a text; write / or two backslashes, or use single quotes"),
    "Unterminated string": mark("the quotation mark that ends the text is missing"),
}
#: What pydantic finds, by its type of fault; the names in braces are those of its context.
_KINDS = {
    "missing": mark("is missing"),
    "extra_forbidden": mark("is an unknown key"),
    "string_type": mark("must be a text in quotation marks"),
    "bool_type": mark("must be true or false"),
    "bool_parsing": mark("must be true or false"),
    "int_type": mark("must be a whole number"),
    "int_parsing": mark("must be a whole number"),
    "int_from_float": mark("must be a whole number"),
    "float_type": mark("must be a number"),
    "float_parsing": mark("must be a number"),
    "finite_number": mark("must be a finite number"),
    "greater_than": mark("must be more than {gt}"),
    "greater_than_equal": mark("must be at least {ge}"),
    "less_than": mark("must be less than {lt}"),
    "less_than_equal": mark("must be at most {le}"),
    "literal_error": mark("must be one of {expected}"),
    "enum": mark("must be one of {expected}"),
    "list_type": mark("must be a list in brackets"),
    "tuple_type": mark("must be a list in brackets"),
    "dict_type": mark("must be a table"),
    "model_type": mark("must be a table"),
    "model_attributes_type": mark("must be a table"),
    "date_type": mark("must be a date such as 2026-01-31"),
    "date_parsing": mark("must be a date such as 2026-01-31"),
    "date_from_datetime_parsing": mark("must be a date such as 2026-01-31"),
    "string_too_short": mark("must not be empty"),
    "too_short": mark("needs at least {min_length} entries"),
    "too_long": mark("may have {max_length} entries at most"),
    "string_pattern_mismatch": mark("must be written like {pattern}"),
}
#: Of these the value that was given says nothing more.
_WITHOUT_VALUE = {"missing", "extra_forbidden", "value_error"}


class FaultError(ValueError):
    """What a validator of a model finds wrong; `faults` gives its message back."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file: its kind (pydantic's name), the keys that lead to it, and what is wrong."""

    kind: str
    where: tuple[str | int, ...]
    what: Message

    @property
    def place(self) -> str:
        """The keys with dots between; entries of a list counted from one, a dash for the file as a whole."""
        return ".".join(str(step + 1) if isinstance(step, int) else step for step in self.where) or "—"


def parse(content: bytes, file: str, *, error: type[GridriskError] = ParameterError) -> dict[str, Any]:
    """Read the text of a TOML file; a byte order mark, as some editors on Windows write, is passed over.

    Parameters
    ----------
    content
        UTF-8.
    file
        Name of the file in the message.
    error
        What is raised where it is not TOML, with line, column and how to mend it.
    """
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        why = msg("line {line} is not UTF-8; save the file as UTF-8", line=line)
        raise error(msg("{file} is not valid TOML: {error}", file=file, error=why)) from fault
    except tomllib.TOMLDecodeError as fault:
        raise error(msg("{file} is not valid TOML: {error}", file=file, error=_syntax(str(fault)))) from fault


def _syntax(said: str) -> Message:
    found = _PLACE.match(said)
    if found is None:
        return _as_said(said)
    what = next((text for start, text in _SYNTAX.items() if found["what"].startswith(start)), None)
    told = _as_said(found["what"]) if what is None else Message(what)
    if found["line"] is None:
        return msg("at the end of the file: {what}", what=told)
    return msg("line {line}, column {column}: {what}", line=found["line"], column=found["column"], what=told)


def _as_said(text: str) -> Message:
    """Return a text of the parser that has no translation."""
    return Message("{text}", {"text": text})


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known key or value that a wrong one was most likely meant for; all of them where none is near."""
    choices = sorted(known)
    near = get_close_matches(name, choices, n=1)
    return near[0] if near else ", ".join(choices)


def faults(error: ValidationError) -> Iterator[Fault]:
    """Yield the faults that pydantic found, in its order; none that only follows from another one."""
    places = [fault["loc"] for fault in error.errors()]
    for fault in error.errors():
        kind, context = fault["type"], fault.get("ctx", {})
        if kind == "too_short" and any(place[:-1][: len(fault["loc"])] == fault["loc"] for place in places):
            continue  # its entries are there, only faulty
        raised = context.get("error")
        if isinstance(raised, FaultError):
            what = raised.message
        elif kind in _KINDS:
            choices = str(context.get("expected", "")).replace(" or ", ", ")
            what = Message(_KINDS[kind], {**context, "expected": choices})
        else:
            what = _as_said(fault["msg"])
        given = fault["input"]
        if kind not in _WITHOUT_VALUE and isinstance(given, str | int | float):
            what = msg("{what}, not {value}", what=what, value=str(given).lower() if isinstance(given, bool) else given)
        yield Fault(kind, fault["loc"], what)
