"""A table as it was delivered, before anything is known of its meaning, and the choice between several."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gridrisk.layers import crosswalk, headings, schema
from gridrisk.units import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

    from gridrisk.i18n import Message
    from gridrisk.layers.crosswalk import LayerCrosswalk


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a delivery.

    Attributes
    ----------
    file
        Name of the file, for messages.
    name
        Name of the layer or sheet in it.
    frame
        Columns as delivered, one row each, without geometry.
    numbers
        Number of each row in the file; 1 is the first row of data.
    geometry
        Shapely geometries of the rows; None for a table without.
    crs
        The system the file names.
    encoding
        Of a shapefile, whose headings may be cut off; None for other formats.
    notes
        What the person should know of how it was read.
    above
        Rows of the sheet above the first row of data: titles, headings, units; 0 where the format has none.
    """

    file: str
    name: str
    frame: pd.DataFrame
    numbers: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    crs: CRS | None = None
    encoding: str | None = None
    notes: tuple[Message, ...] = field(default=())
    above: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in a delivery.

    Attributes
    ----------
    layer
        Name of the layer to fill.
    part
        What the crosswalk says of it.
    table
        The table the person named; empty for none.
    """

    layer: str
    part: LayerCrosswalk
    table: str = ""

    def choose(self, names: Sequence[str]) -> list[str] | None:
        """Return which of several tables to read; None where that cannot be said.

        The one named, those the crosswalk names, the one that is called like the layer, else the only one. Where
        lines are built from points all tables may be needed.
        """
        if self.table:
            return [self.table] if self.table in names else None
        if self.part.tables:
            found = [name for name in names if self.by_crosswalk(name)]
            if found:
                return found
        if self.part.lines is not None or len(names) == 1:
            return list(names)
        spec = schema.load(self.layer)
        words = [plain(word).casefold() for word in (spec.layer, spec.title.zh, spec.title.en, *spec.synonyms)]
        exact = [name for name in names if plain(name).casefold() in words]
        if len(exact) == 1:
            return exact
        within = [name for name in names if any(word in plain(name).casefold() for word in words)]
        return within if len(within) == 1 else None

    def by_crosswalk(self, name: str) -> bool:
        """Say whether the crosswalk names a table for the layer."""
        return any(fnmatchcase(plain(name).casefold(), plain(glob).casefold()) for glob in self.part.tables)

    def score(self, columns: Sequence[str]) -> int:
        """Return how many headings mean something for the layer or its crosswalk."""
        lines = self.part.lines
        wanted = [*(w for rules in self.part.fields.values() for rule in rules for w in rule.columns)]
        wanted += [] if lines is None else [*lines.point, *lines.start, *lines.end]
        join = self.part.join
        wanted += [] if join is None else [*join.drawn, *join.attributes]
        wanted += [word for where in self.part.where for word in where.columns]
        known = {headings.key(word) for word in wanted}
        extra = sum(headings.key(column) in known for column in columns if column)
        return headings.score(columns, self.layer) + extra


@dataclass(frozen=True, slots=True)
class Everything(Wanted):
    """Every table of a delivery is looked for, to see what it may be."""

    layers: tuple[str, ...] = ()

    def choose(self, names: Sequence[str]) -> list[str] | None:
        """Return all tables, or the one the person named."""
        if self.table:
            return [self.table] if self.table in names else None
        return list(names)

    def score(self, columns: Sequence[str]) -> int:
        """Return how many headings mean something for the layer they fit best."""
        known = crosswalk.known_lines()
        words = {headings.key(word) for word in (*known.point, *known.start, *known.end)}
        points = sum(headings.key(column) in words for column in columns if column)
        return points + max((headings.score(columns, layer) for layer in self.layers), default=0)
