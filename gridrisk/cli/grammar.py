"""click's own words (usage, options, what is wrong with an argument) in the language of the program.

click looks each of them up with gettext, which wants compiled catalogues on disk and one language a process. Ours
is read as it is and the language hangs on the workspace, so the look-up itself is replaced. A text that a newer
click words differently stays English.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from click import core, decorators, exceptions, formatting, parser, types

from gridrisk.i18n import mark, translate

if TYPE_CHECKING:
    from gridrisk.i18n import Language

_MODULES = (core, decorators, exceptions, formatting, parser, types)
WORDS = (
    mark("Usage:"),
    mark("Options"),
    mark("Positional arguments"),
    mark("Commands"),
    mark("Show this message and exit."),
    mark("Show the version and exit."),
    mark("%(prog)s, version %(version)s"),
    mark("default: {default}"),
    mark("required"),
    mark("Try '{command} {option}' for help."),
    mark("Error: {message}"),
    mark("Missing command."),
    mark("Missing argument"),
    mark("Missing option"),
    mark("Missing parameter"),
    mark("Missing parameter: {param_name}"),
    mark("No such option {name!r}."),
    mark("No such command {name!r}."),
    mark("Did you mean {possibility}?"),
    mark("(Did you mean one of: {possibilities}?)"),
    mark("Invalid value: {message}"),
    mark("Invalid value for {param_hint}: {message}"),
    mark("Option {name!r} requires an argument."),
    mark("Option {name!r} requires {nargs} arguments."),
    mark("Option {name!r} does not take a value."),
    mark("Argument {name!r} takes {nargs} values."),
    mark("Got unexpected extra argument ({args})"),
    mark("Got unexpected extra arguments ({args})"),
    mark("{value!r} is not one of {choices}."),
    mark("{value!r} is not {choice}."),
    mark("Choose from:\n\t{choices}"),
    mark("{value!r} is not a valid {number_type}."),
    mark("{value} is not in the range {range}."),
    mark("{name} {filename!r} does not exist."),
    mark("{name} {filename!r} is a file."),
    mark("{name} {filename!r} is a directory."),
    mark("{name} {filename!r} is not readable."),
    mark("{name} {filename!r} is not writable."),
    mark("file"),
    mark("directory"),
    mark("path"),
    mark("File"),
    mark("Directory"),
    mark("Path"),
)


class _Sentence(str):
    """A sentence whose ``{name}`` is a word of click's own, which it looks up before the language is known."""

    __slots__ = ("lang",)
    lang: Language

    def format(self, *args: object, **fields: object) -> str:
        """Fill in the fields, the kind of path by its word."""
        if "name" in fields:
            fields["name"] = translate(str(fields["name"]), self.lang)
        return super().format(*args, **fields)


def _said(text: str, lang: Language) -> str:
    sentence = _Sentence(translate(text, lang))
    sentence.lang = lang
    return sentence


def speak(lang: Language) -> None:
    """Let click say its words in `lang`."""
    lookups = {"_": functools.partial(_said, lang=lang), "ngettext": functools.partial(_plural, lang)}
    for module in _MODULES:
        for name, lookup in lookups.items():
            if hasattr(module, name):
                setattr(module, name, lookup)


def _plural(lang: Language, one: str, many: str, count: int) -> str:
    return translate(one if count == 1 else many, lang)
