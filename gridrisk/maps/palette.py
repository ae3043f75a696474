"""Colours, widths and symbols from `maps/palettes.toml`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from typing import Any

from gridrisk import assets, toml
from gridrisk.errors import ParameterError
from gridrisk.i18n import msg

FILE = "palettes.toml"


@dataclass(frozen=True, slots=True)
class Style:
    """How one class is drawn; the keys of `maps/palettes.toml`, all lengths in pixels.

    ``width_m`` is a width in metres, set by the maps that draw a protection range; ``from_scale`` is in pixels a metre.
    """

    color: str = ""
    width: float = 0.0
    dash: tuple[float, ...] = ()
    fill: str = ""
    opacity: float = 1.0
    hatch: str = ""
    casing: str = ""
    casing_width: float = 0.0
    symbol: str = ""
    size: float = 0.0
    from_scale: float = 0.0
    width_m: float = 0.0

    def encode(self) -> dict[str, Any]:
        """Return what differs from the default, for the page."""
        plain = asdict(Style())
        return {key: value for key, value in asdict(self).items() if value != plain[key]}

    def in_metres(self, width_m: float) -> Style:
        """Return the style as a band of this width in metres."""
        return replace(self, width_m=round(width_m, 2))


@cache
def load() -> dict[str, Any]:
    """Return the whole palette file.

    Raises
    ------
    ParameterError
        Where it is not valid TOML.
    """
    return toml.parse((assets.folder("maps") / FILE).read_bytes(), f"maps/{FILE}")


def style(group: str, name: str) -> Style:
    """Return one class of the palette.

    Raises
    ------
    ParameterError
        Where the class is missing or has a key that no class has.
    """
    table = load().get(group, {}).get(name)
    if table is None:
        raise ParameterError(msg("maps/{file} has no class [{group}.{name}]", file=FILE, group=group, name=name))
    known = {item.name for item in fields(Style)}
    for key in table.keys() - known:
        guess = get_close_matches(key, known, n=1)
        raise ParameterError(
            msg(
                "maps/{file}: [{group}.{name}] has an unknown key {key}; did you mean {guess}?",
                file=FILE,
                group=group,
                name=name,
                key=key,
                guess=guess[0] if guess else ", ".join(sorted(known)),
            )
        )
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Style(**values)


def colours(group: str, prefix: str) -> tuple[str, ...]:
    """Return the line colours of the classes ``prefix_1``, ``prefix_2`` … of a group, as many as there are."""
    count = sum(name.removeprefix(f"{prefix}_").isdigit() for name in load().get(group, {}))
    return tuple(style(group, f"{prefix}_{number}").color for number in range(1, count + 1))


def limit(name: str) -> int:
    """Return a limit of the ``[limits]`` table."""
    return int(load()["limits"][name])


def fonts() -> list[str]:
    """Return the font families to try, in order."""
    return [str(name) for name in load()["page"]["fonts"]]
