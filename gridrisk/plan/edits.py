"""What a planner has decided about projects: merge, split, fix in a year, take out, put in sequence.

Read from ``projects.toml``:

::

    [[merge]]
    projects = ["R-P0001", "R-P0007"]     # become one

    [[split]]
    project = "R-P0003"
    pipes = ["P0003", "P0004"]            # become a project of their own

    [[pin]]
    project = "R-P0005"
    year = 2027
    quarter = 2                           # may be left out; only used where the plan is made by quarters
    started = true                        # begun or contracted: it stands though its road is closed
    why = "contract 2026-118"

    [[exclude]]
    project = "R-P0009"
    why = "the street is given up"

    [[sequence]]
    first = "R-P0011"                     # feeds the bypass of the second, so is built before it
    then = "R-P0012"

A project is named by its id or by any of its pipes, so that a name still holds after the next survey. Splits come
first, then merges, then the rest.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gridrisk import toml
from gridrisk.errors import ParameterError
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Index = NDArray[np.int64]

#: The file in a workspace.
FILE = "projects.toml"
_PREFIX = "R-"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str = ""


class Merge(_Entry):
    """Projects that become one."""

    projects: list[str] = Field(min_length=2)


class Split(_Entry):
    """Pipes of a project that become a project of their own."""

    project: str
    pipes: list[str] = Field(min_length=1)


class Pin(_Entry):
    """A project that is built in a given year."""

    project: str
    year: int
    quarter: int | None = Field(default=None, ge=1, le=4)
    started: bool = False


class Exclude(_Entry):
    """A project that is left out of the plan."""

    project: str


class Sequence(_Entry):
    """A project that is built before another, as one that feeds the other's bypass."""

    first: str
    then: str


class Edits(BaseModel):
    """All that a planner has decided."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    merge: list[Merge] = []
    split: list[Split] = []
    pin: list[Pin] = []
    exclude: list[Exclude] = []
    sequence: list[Sequence] = []


def load_edits(path: Path) -> Edits:
    """Read ``projects.toml``; no file is no edits.

    Raises
    ------
    ParameterError
        Naming every entry that cannot be read.
    """
    if not path.is_file():
        return Edits()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ParameterError(msg("{file}: cannot be read: {error}", file=path.name, error=error)) from error
    return parse_edits(toml.parse(content, path.name), name=path.name)


def parse_edits(raw: dict[str, Any], *, name: str = FILE) -> Edits:
    """Check the content of ``projects.toml``; see `load_edits`."""
    try:
        return Edits.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(*(_fault(name, fault) for fault in toml.faults(error))) from error


def regroup(members: pd.DataFrame, piece: Index, edits: Edits) -> Index:
    """Return the number of the project of each segment after all splits and merges.

    Parameters
    ----------
    members
        Segments of projects, on pipe_id.
    piece
        Number of the project of each.
    edits
        The edits.

    Raises
    ------
    ParameterError
        Naming every project and pipe that is not there, and a split that leaves nothing.
    """
    out = piece.copy()
    faults: list[Message] = []
    number = pd.Series(np.arange(len(members)), index=members.index)
    next_piece = int(out.max(initial=-1)) + 1
    for split in edits.split:
        row = _row(number, split.project)
        lost = [pipe for pipe in split.pipes if pipe not in number.index]
        faults += _unknown(number, [split.project] if row is None else [], lost)
        if row is None or lost:
            continue
        rows = number[split.pipes].to_numpy()
        outside = [pipe for pipe, at in zip(split.pipes, rows, strict=True) if out[at] != out[row]]
        if outside:
            faults.append(
                msg("{file}: split: {pipe} is not a pipe of project {id}", file=FILE, pipe=outside[0], id=split.project)
            )
        elif len(set(rows.tolist())) == int((out == out[row]).sum()):
            faults.append(msg("{file}: split: all pipes of project {id} are named", file=FILE, id=split.project))
        else:
            out[rows] = next_piece
            next_piece += 1
    for merge in edits.merge:
        found = [_row(number, name) for name in merge.projects]
        faults += _unknown(number, [name for name, at in zip(merge.projects, found, strict=True) if at is None], [])
        out[np.isin(out, [out[at] for at in found if at is not None])] = next_piece
        next_piece += 1
    named = [*(pin.project for pin in edits.pin), *(entry.project for entry in edits.exclude)]
    named += [name for entry in edits.sequence for name in (entry.first, entry.then)]
    faults += _unknown(number, [name for name in named if _row(number, name) is None], [])
    if faults:
        raise ParameterError(*faults)
    return np.unique(out, return_inverse=True)[1].astype(np.int64)


def decide(pipe_ids: pd.Series, edits: Edits) -> pd.DataFrame:
    """Return what is decided about each project.

    Parameters
    ----------
    pipe_ids
        Lists of pipes, on project_id.
    edits
        The edits.

    Returns
    -------
    pandas.DataFrame
        On project_id: pinned_year and pinned_quarter (Int64), started and excluded (bool), decided_why (str, missing
        where nothing is), after (list of the project ids that it waits for).

    Raises
    ------
    ParameterError
        Where two entries contradict each other.
    """
    owner = pipe_ids.explode()
    number = pd.Series(owner.index.to_numpy(), index=owner.to_numpy())
    out = pd.DataFrame(index=pipe_ids.index)
    out["pinned_year"] = pd.Series(pd.NA, index=out.index, dtype="Int64")
    out["pinned_quarter"] = pd.Series(pd.NA, index=out.index, dtype="Int64")
    out["started"] = False
    out["excluded"] = False
    out["decided_why"] = pd.Series(index=out.index, dtype="str")
    faults: list[Message] = []
    years: dict[str, int] = {}
    for pin in edits.pin:
        project = str(number[_key(number, pin.project)])
        if years.setdefault(project, pin.year) != pin.year:
            faults.append(msg("{file}: project {id} is fixed in two years", file=FILE, id=project))
        out.loc[project, ["pinned_year", "started"]] = [pin.year, pin.started]
        out.loc[project, "pinned_quarter"] = pin.quarter or pd.NA
        out.loc[project, "decided_why"] = pin.why or None
    for entry in edits.exclude:
        project = str(number[_key(number, entry.project)])
        if project in years:
            faults.append(msg("{file}: project {id} is both fixed in a year and taken out", file=FILE, id=project))
        out.loc[project, "excluded"] = True
        out.loc[project, "decided_why"] = entry.why or None
    out["after"] = _waiting(number, edits, faults)
    if faults:
        raise ParameterError(*faults)
    return out


def _waiting(number: pd.Series, edits: Edits, faults: list[Message]) -> pd.Series:
    """Return for each project those that it waits for, in order of id; tell of one that would wait for itself."""
    after: dict[str, set[str]] = {str(project): set() for project in number.unique()}
    for entry in edits.sequence:
        first, then = (str(number[_key(number, name)]) for name in (entry.first, entry.then))
        if first == then:
            faults.append(
                msg(
                    "{file}: sequence: {first} and {then} are one project",
                    file=FILE,
                    first=entry.first,
                    then=entry.then,
                )
            )
            continue
        after[then].add(first)
    return pd.Series({project: sorted(firsts) for project, firsts in after.items()}, dtype=object)


def former_year(pipe_ids: pd.Series, former: pd.DataFrame) -> pd.Series:
    """Return the year that most pipes of each project had in the plan before, by their number; missing where none.

    Parameters
    ----------
    pipe_ids
        Lists of pipes, on project_id.
    former
        Projects of the plan before: pipe_ids, year (0 = not in the plan).
    """
    before = former.loc[former["year"] > 0, ["pipe_ids", "year"]].explode("pipe_ids")
    year = before.drop_duplicates("pipe_ids").set_index("pipe_ids")["year"]
    now = pipe_ids.explode().rename("pipe").rename_axis("project_id").reset_index()
    now["year"] = now["pipe"].map(year).astype("Int64")
    count = now.groupby("project_id").size()
    votes = now.dropna(subset="year").groupby(["project_id", "year"]).size().rename("votes").reset_index()
    votes = votes.sort_values(["project_id", "votes", "year"], ascending=[True, False, True]).drop_duplicates(
        "project_id"
    )
    most = votes.set_index("project_id")
    most = most[most["votes"] * 2 >= count.reindex(most.index)]
    return most["year"].reindex(pipe_ids.index).astype("Int64").rename("former_year")


def _key(number: pd.Series, name: str) -> str:
    return name if name in number.index else name.removeprefix(_PREFIX)


def _row(number: pd.Series, name: str) -> int | None:
    key = _key(number, name)
    return int(number[key]) if key in number.index else None


def _unknown(number: pd.Series, projects: list[str], pipes: list[str]) -> list[Message]:
    out = []
    for name in projects:
        near = get_close_matches(name.removeprefix(_PREFIX), [str(pipe) for pipe in number.index], n=1)
        if near:
            out.append(msg("{file}: no project {id}; did you mean {near}?", file=FILE, id=name, near=_PREFIX + near[0]))
        else:
            out.append(msg("{file}: no project {id}; name it by its id or any of its pipes", file=FILE, id=name))
    return out + [msg("{file}: pipe {id} is in no project", file=FILE, id=pipe) for pipe in pipes]


def _fault(name: str, fault: toml.Fault) -> Message:
    if fault.kind == "extra_forbidden":
        known = ["merge", "split", "pin", "exclude", "sequence", "project", "projects", "pipes", "year", "quarter"]
        known += ["started", "why", "first", "then"]
        near = get_close_matches(str(fault.where[-1]), known, n=1) or [", ".join(known)]
        return msg("{file}: {key}: unknown key; did you mean {near}?", file=name, key=fault.place, near=near[0])
    if fault.kind == "missing":
        return msg("{file}: {key} is missing", file=name, key=fault.place)
    return msg("{file}: {key}: {what}", file=name, key=fault.place, what=fault.what)
