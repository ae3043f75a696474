"""Text columns made and read a code at a time, not an object a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Codes = NDArray[np.integer[Any]]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


#: Length of a table of what occurs that costs nothing.
_LONGEST_TABLE = 1 << 18


def chosen(codes: Codes, names: Iterable[str], index: pd.Index) -> pd.Series[str]:
    """Return the name that each code numbers; missing where it is negative."""
    whole = pa.array(np.asarray(codes, dtype=np.int64), mask=codes < 0)
    return pd.Series(pd.array(pa.array([*names], pa.large_string()).take(whole), dtype="str"), index=index)


def coded(codes: Codes, names: Iterable[str], index: pd.Index) -> pd.Series[str]:
    """Return the name that each code numbers as categories, which are compared by number; missing where negative."""
    return pd.Series(pd.Categorical.from_codes(np.asarray(codes), pd.Index([*names], dtype="str")), index=index)


def sorted_categories(column: pd.Series[str]) -> pd.Series[str]:
    """Return texts as categories in their order."""
    codes, texts = pd.factorize(column.astype("str"), sort=True)
    return coded(codes, texts, column.index)


def codes_of(column: pd.Series[str], names: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each text in `names`; -1 for others, -2 where missing."""
    codes, texts = pd.factorize(column)
    place = {name: at for at, name in enumerate(names)}
    found = np.array([*(place.get(text, -1) for text in texts), -2], dtype=np.int64)
    return np.asarray(found[codes])


def numbers_of(column: pd.Series[str], table: Mapping[str, float]) -> Floats:
    """Return the number that `table` has for each text, NaN for others."""
    codes = codes_of(column, list(table))
    return np.asarray(np.array([*table.values(), np.nan, np.nan], dtype=float)[codes])


def blanked(column: pd.Series[str], mask: Bools) -> pd.Series[str]:
    """Return `column`, missing where `mask` holds."""
    if not mask.any():
        return column
    texts = pc.if_else(pa.array(~mask), pa.array(column.array).cast(pa.large_string()), None)
    return pd.Series(pd.array(texts, dtype="str"), index=column.index)


def rows_of(texts: pd.Series[str], index: pd.Index) -> NDArray[np.int64]:
    """Return the row of `index`, whose texts are unique, that each text names; -1 for none."""
    found = np.full(len(texts), -1)
    there = np.flatnonzero(texts.notna())
    if len(there):
        wanted, names = (pa.array(column.array).cast(pa.large_string()) for column in (texts.iloc[there], index))
        names = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
        found[there] = pc.index_in(wanted, value_set=names).fill_null(-1).to_numpy()
    return found


def taken(column: pd.Series[Any], rows: NDArray[np.int64], index: pd.Index) -> pd.Series[Any]:
    """Return the rows of `column` at the given places, missing where they are negative."""
    values = column.array.take(rows, allow_fill=bool((rows < 0).any()))
    return pd.Series(values, index=index, name=column.name)


def flags_of(true: Bools, unknown: Bools) -> pd.api.extensions.ExtensionArray:
    """Return a nullable boolean; what is unknown is neither."""
    return pd.arrays.BooleanArray(np.asarray(true & ~unknown, dtype=bool), np.asarray(unknown, dtype=bool))


def distinct(numbers: Ints, limit: int) -> tuple[Ints, Ints]:
    """Return the numbers that occur, rising, and which of them each is; all lie from 0 to below `limit`.

    Marked in a table, which needs no sorting, where that is not much longer than the numbers.
    """
    if limit > _LONGEST_TABLE + 4 * len(numbers):
        found, place = np.unique(numbers, return_inverse=True)
        return found, place.reshape(-1)
    there = np.zeros(limit, dtype=bool)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def combinations_of(*codes: Codes) -> tuple[Ints, Ints]:
    """Return the first row of each combination of codes that occurs, in their order, and which of them each row is."""
    place = np.zeros(len(codes[0]), dtype=np.int64)
    count = 1
    for code in codes:
        low, width = int(code.min(initial=0)), int(code.max(initial=0)) - int(code.min(initial=0)) + 1
        # made dense again and again, so that no product of ranges runs over
        found, place = distinct(place * width + (code - low), count * width)
        count = len(found)
    first = np.empty(count if len(place) else 0, dtype=np.int64)
    # of several rows the last one assigned stays
    first[place[::-1]] = np.arange(len(place))[::-1]
    return first, place


def alike(frame: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, Ints]:
    """Return one row of each combination of columns that occurs, and which of them each row is."""
    rows, place = combinations_of(*(pd.factorize(frame[name])[0] for name in names))
    return frame[[*names]].iloc[rows], place


def named(masks: Mapping[str, Bools], index: pd.Index, separator: str = ",") -> pd.Series[str]:
    """Return, for each row, the names whose mask is true, joined in the order given; an empty text where none is.

    Categories: the few combinations that occur are joined once, not once a row.
    """
    keys = list(masks)
    code = np.zeros(len(index), dtype=np.int64)
    for bit, mask in enumerate(masks.values()):
        code |= mask.astype(np.int64) << bit
    combinations, place = distinct(code, 1 << len(keys))
    texts = [
        separator.join(dict.fromkeys(key for bit, key in enumerate(keys) if combination >> bit & 1))
        for combination in combinations.tolist()
    ]
    of, names = pd.factorize(pd.Index(texts, dtype="str"))
    return coded(of[place], names, index)
