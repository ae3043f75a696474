"""Telling gas from the other utilities of a survey that covers several: their rows are no gas pipes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.i18n import msg
from gridrisk.layers import headings, located, schema, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.table import Table

_GAS = (
    "RQ", "MQ", "TR", "CQ", "YH", "燃气", "煤气", "天然气", "液化气", "燃气管线", "天然气管线", "煤气管线", "燃气管道",
    "天然气管道", "煤气管道", "燃气管", "天然气管", "gas",
)  # fmt: skip
#: Layers of gas alone; manholes and ducts of all utilities matter to a leak.
LAYERS = ("pipes", "valves", "stations")
_MOST_WORDS = 300
#: First rows of a column that tell whether it may name kinds.
_LOOKED_AT = 2000
#: Share of the different texts that must be names of utilities, and of the rows that must have one.
_NAMES, _FILLED = 0.8, 0.99


@dataclass(frozen=True, slots=True)
class Kinds:
    """The column that says which utility a row belongs to, its texts for gas and those for others."""

    column: str
    gas: tuple[str, ...]
    others: tuple[str, ...]


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    kinds = schema.load("utilities").fields["kind"].choices
    gas = {values.word(text) for text in _GAS}
    others = {values.word(text) for choice in kinds.values() for text in (*choice.synonyms, choice.zh)}
    endings = ("管线", "管道", "管")
    others |= {f"{text}{end}" for text in others for end in endings if not text.isascii()}
    return frozenset(gas), frozenset(others - gas)


def kinds_in(table: Table) -> Kinds | None:
    """Return the column that tells gas from other utilities; None where a table holds one of them, or does not say."""
    gas, other = _words()
    taken = located.coordinate_columns(table)
    for column in table.frame.columns:
        series = table.frame[column]
        if column in taken or pd.api.types.is_float_dtype(series.dtype):
            continue
        counts = _counts(series)
        if not 1 < len(counts) <= _MOST_WORDS or counts.sum() < _FILLED * len(series):
            continue
        meant = [str(text) for text in counts.index if values.word(text) in gas]
        others = [str(text) for text in counts.index if values.word(text) in other]
        if meant and others and len(meant) + len(others) >= _NAMES * len(counts):
            return Kinds(column, tuple(meant), tuple(others))
    return None


def _counts(series: pd.Series) -> pd.Series:
    """Return how many rows have each text; none of a column that has too many to name a kind."""
    if series.dtype == object and series.map(type).isin([dict, list]).any():
        return pd.Series(dtype="int64")  # nested values of GeoJSON name no kind
    if series.iloc[:_LOOKED_AT].nunique() > _MOST_WORDS:
        return pd.Series(dtype="int64")
    counts = series.value_counts()
    if len(counts) > _MOST_WORDS:
        return pd.Series(dtype="int64")
    counts = counts.groupby(counts.index.map(values.text)).sum()
    return counts[counts.index != ""]


def gas_only(tables: Sequence[Table], layer: str, collector: Collector) -> list[Table]:
    """Return tables without the rows of other utilities; which they were is told."""
    if layer not in LAYERS:
        return list(tables)
    return [_gas_only(table, layer, collector) for table in tables]


def _gas_only(table: Table, layer: str, collector: Collector) -> Table:
    kinds = kinds_in(table)
    if kinds is None or _is_field(kinds.column, table, layer):
        return table
    texts = table.frame[kinds.column].map(values.text, na_action="ignore")
    keep = ~texts.isin(kinds.others).fillna(value=False).to_numpy(dtype=bool)
    message = msg(
        "{file}: {count} rows are of other utilities ({column}: {kinds}) and are left out; import them as utilities",
        file=table.file,
        count=int((~keep).sum()),
        column=kinds.column,
        kinds=", ".join(kinds.others),
    )
    collector.add("other_utilities", "warning", message)
    return replace(
        table,
        frame=table.frame.loc[keep].reset_index(drop=True),
        numbers=table.numbers[keep],
        geometry=None if table.geometry is None else table.geometry[keep],
    )


def _is_field(column: str, table: Table, layer: str) -> bool:
    """Say whether a column is known to mean something else: 同沟管线 names the neighbours of a gas pipe."""
    found = headings.recognise([column], layer, table.encoding)
    return bool(found) and not {"kind", "setting"} & set(found)
