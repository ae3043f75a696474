"""What a sheet of rows means: which rows are headings, which are data, and which only totals, signatures or remarks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.units import is_unit, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from gridrisk.layers.table import Wanted

#: Rows above the headings: titles, remarks, units.
TITLE_ROWS = 10
#: A cell with digits is data, or X1.
_NUMBER = re.compile(r"\d")
_TOTAL = (
    r"^[(\[（【]?(?:本页|本表|全表|全县|全区|全市)?(?:合计|小计|总计|共计|累计|总数|total|subtotal|sum)"
    r"[)\]）】]?(?:[:：].*|[共\d].*)?$"
)
_SIGNED = (
    r"^(?:制表|填表|编制|编写|审核|审批|批准|校对|复核|校核|检查|负责|填报|调查|探测|测量|记录|监理|说明|备注|注|附注"
    r"|数据来源|资料来源)(?:人|员|者|单位|部门|日期|时间|负责人)?(?:签字|签名|盖章)?(?:[(（].*[)）])?[:：].*$"
)
#: Columns in which the first text of a row may stand, and rows from the end among which signatures are looked for.
_FIRST_COLUMNS, _LAST_ROWS = 4, 12
_LEAST_NUMBERED = 4
#: Rows of headings below the first, and headings that only gather others.
_MOST_LOWER = 2
_GATHERING = re.compile(r"属性|信息|情况|参数|概况|基本|平面位置|空间位置")
#: Headings a table has at least that stands twice side by side.
_LEAST_TWICE = 3
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of a sheet.

    Attributes
    ----------
    names
        One a column; empty for a column without.
    above
        The rows they were made of and those above them, which may be repeated on every printed page.
    below
        Position of the first row of data.
    """

    names: list[str]
    above: list[list[str]]
    below: int


def headings(rows: Sequence[Sequence[Any]], wanted: Wanted) -> Headings:
    """Return the headings among the first rows of a sheet.

    Survey tables may have two rows of headings, the upper with merged cells (平面坐标 over X and Y), a row of units
    below, and a row that numbers the columns.
    """
    cells = [[cell_text(cell) for cell in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    cells = [[*row, *[""] * (width - len(row))] for row in cells]
    first = heading_row(cells[: TITLE_ROWS + 1], wanted)
    if first > 0 and _is_upper(cells[first - 1], cells[first]) and _is_lower(cells[first - 1], cells[first]):
        first -= 1
    names, below = cells[first] if cells else [], first + 1
    lower = cells[below] if below < len(cells) else []
    for _ in range(_MOST_LOWER):
        if not _is_lower(names, lower):
            break
        names, below = _merged(names, lower), below + 1
        lower = cells[below] if below < len(cells) else []
    if _again(lower, wanted):
        below += 1
        lower = cells[below] if below < len(cells) else []
    if any(lower) and all(_is_unit(cell) for cell in lower if cell):
        units = [cell.strip("()（）[]【】 ") for cell in lower]
        names = [f"{name}({unit})" if unit and name else name for name, unit in zip(names, units, strict=True)]
        below += 1
    if below < len(cells) and _numbers_columns(names, cells[below]):
        below += 1
    above = cells[:below]
    # a row of data that is wider than its headings is a fault, which the reader tells of
    width = max((len(row) for row in rows[:below]), default=0)
    return Headings(names[:width], above, below)


def heading_row(rows: Sequence[Sequence[str]], wanted: Wanted) -> int:
    """Return which of the first rows holds the headings: the one with most that are known, else the first filled."""
    scores = [wanted.score([cell.strip().strip('"') for cell in row]) for row in rows]
    if max(scores, default=0) > 0:
        return scores.index(max(scores))
    return next((i for i, row in enumerate(rows) if any(cell.strip() for cell in row)), 0)


def _again(row: list[str], wanted: Wanted) -> bool:
    """Say whether a row below the headings has them once more, in another language."""
    filled = [cell for cell in row if cell]
    return len(filled) >= _LEAST_NUMBERED and 2 * wanted.score(filled) >= len(filled)


def _is_lower(upper: list[str], lower: list[str]) -> bool:
    """Say whether a row is the lower of two rows of headings: texts below merged cells, and elsewhere only units."""
    if not any(lower) or any(_NUMBER.search(cell) for cell in lower if not _is_unit(cell)):
        return False
    within = [not name or (i + 1 < len(upper) and not upper[i + 1]) for i, name in enumerate(upper)]
    placed = all(inside or _is_unit(cell) for inside, cell in zip(within, lower, strict=True) if cell)
    return placed and any(cell and not name for name, cell in zip(upper, lower, strict=True)) and any(upper)


def _is_upper(upper: list[str], lower: list[str]) -> bool:
    """Say whether a row above headings belongs to them: some of its cells reach down, which those of titles do not."""
    return any(cell and not below for cell, below in zip(upper, lower, strict=True))


def _is_unit(cell: str) -> bool:
    bare = cell.strip("()（）[]【】 ")
    return is_unit(bare) and (bare == "m" or len(bare) > 1 or not bare.isascii())  # a is a year, and a value


def _merged(upper: list[str], lower: list[str]) -> list[str]:
    """Return one row of headings out of two.

    起点 below 埋深(m) is 起点埋深(m), X below 平面坐标 is X; but X below 起点坐标, with another X below 终点坐标, is
    起点坐标X.
    """
    found, group = [], ""
    repeated = {cell for cell in lower if cell and lower.count(cell) > 1}
    for name, cell in zip(upper, lower, strict=True):
        group = name or group
        if not cell:
            whole = name
        elif len(cell) > 1 and _GATHERING.search(group):
            whole = cell
        elif name and _is_unit(cell):
            whole = f"{name}({cell.strip('()（）[]【】 ')})"
        elif len(cell) == 1:
            whole = f"{group}{cell}" if cell in repeated else cell
        else:
            whole = cell if group in cell else f"{cell}{group}"
        found.append(whole)
    return found


def _numbers_columns(names: list[str], row: list[str]) -> bool:
    """Say whether a row below the headings only numbers the columns."""
    numbers = [plain(cell).strip("()[] ") for name, cell in zip(names, row, strict=True) if name]
    if any(cell and not name for name, cell in zip(names, row, strict=True)):
        return False
    return len(numbers) >= _LEAST_NUMBERED and numbers == [str(i + 1) for i in range(len(numbers))]


def beside(names: list[str]) -> list[list[int]]:
    """Return the columns of each table of a sheet: of one that is printed in two or three parts side by side, each."""
    filled = [i for i, name in enumerate(names) if name]
    for parts in (3, 2):
        width = len(filled) // parts
        if len(filled) % parts or width < _LEAST_TWICE:
            continue
        groups = [filled[i * width : (i + 1) * width] for i in range(parts)]
        if all([names[i] for i in group] == [names[i] for i in groups[0]] for group in groups):
            return groups
    return [list(range(len(names)))]


def unique(columns: Iterable[str]) -> list[str]:
    """Return headings of which none stands twice."""
    seen: dict[str, int] = {}
    found = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        found.append(column if seen[column] == 1 or not column else f"{column}.{seen[column] - 1}")
    return found


def cell_text(cell: object) -> str:
    """Return a cell of a heading as one line."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def data_rows(frame: pd.DataFrame, found: Headings, label: str) -> tuple[NDArray[np.bool_], tuple[Message, ...]]:
    """Say which rows of a sheet are data: not blank, no total, no signature at its end, no headings once more.

    Returns
    -------
    array, tuple
        One a row of `frame`, and a note that names the rows left out.
    """
    blank = (frame.isna() | (frame == "")).all(axis=1).to_numpy(dtype=bool)
    starts = _starts(frame)
    empty = np.zeros(len(frame), dtype=bool)
    total = starts.str.match(_TOTAL, case=False).to_numpy(dtype=bool) if len(frame) else empty
    left_out = (total | _repeated(frame, found.above) | _signatures(starts, total | blank)) & ~blank
    rows = np.flatnonzero(left_out) + 1
    if not len(rows):
        return ~blank, ()
    note = msg(
        "{file}: {count} rows are totals, signatures or the headings once more, and are left out (rows {rows})",
        file=label,
        count=len(rows),
        rows=", ".join(str(row) for row in rows[:_MOST_TOLD]) + (" …" if len(rows) > _MOST_TOLD else ""),
    )
    return ~(blank | left_out), (note,)


def _starts(frame: pd.DataFrame) -> pd.Series:
    """Return the first text of each row, without blanks; empty where a number stands first."""
    found = pd.Series("", index=frame.index, dtype="object")
    open_ = np.ones(len(frame), dtype=bool)
    for i in range(min(frame.shape[1], _FIRST_COLUMNS)):
        column = frame.iloc[:, i]
        filled = (column.notna() & (column != "")).to_numpy(dtype=bool) & open_
        if filled.any():
            found[filled] = column[filled]
        open_ &= ~filled
        if not open_.any():
            break
    texts = found.map(lambda cell: cell if isinstance(cell, str) else "").astype("str")
    return texts.str.replace(r"\s+", "", regex=True)


def _repeated(frame: pd.DataFrame, above: list[list[str]]) -> NDArray[np.bool_]:
    """Say which rows stand above the data already, as printed pages repeat titles and headings."""
    again = np.zeros(len(frame), dtype=bool)
    for row in above:
        filled = [i for i, cell in enumerate(row[: frame.shape[1]]) if cell]
        if not filled or (len(filled) == 1 and len(row) == 1):
            continue
        same = np.ones(len(frame), dtype=bool)
        for i in [*filled, *(i for i in range(frame.shape[1]) if i not in filled)]:
            column = frame.iloc[:, i]
            wanted = row[i] if i < len(row) else ""
            cells = column[same].astype("object").map(cell_text, na_action="ignore").fillna("")
            same[same] = (cells == wanted).to_numpy(dtype=bool)
            if not same.any():
                break
        again |= same
    return again


def _signatures(starts: pd.Series, passed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which of the last rows are signed or remarks; what stands below them belongs to them."""
    signed = np.zeros(len(starts), dtype=bool)
    first = max(len(starts) - _LAST_ROWS, 0)
    matching = starts.iloc[first:].str.match(_SIGNED).to_numpy(dtype=bool) if len(starts) else signed
    if not matching.any():
        return signed
    begin = int(np.flatnonzero(matching)[0])
    while begin > 0 and passed[first + begin - 1]:
        begin -= 1
    signed[first + begin :] = True
    return signed
