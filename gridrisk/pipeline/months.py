"""Months that were closed: what was reported of each is kept as it was, revision by revision.

A month lies in ``months/<policy>/<month>/r<revision>/`` of the workspace: Parquet tables and ``record.json``, which
names what they were made from and their hashes. A revision is never changed. Closing a month again writes a further
one only where the records now say something else.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from gridrisk import __version__, coverage, store
from gridrisk import report as documents
from gridrisk.errors import DataError, UsageError, WorkspaceError
from gridrisk.i18n import msg
from gridrisk.pipeline import conversion, inputs
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from gridrisk.findings import Finding
    from gridrisk.i18n import Language, Message
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

_FOLDER = "months"
_RECORD = "record.json"
#: Tables of a month and their index.
TABLES: dict[str, str | None] = {
    "coverage": "town_id",
    "kinds": "kind",
    "money": None,
    "appropriations": None,
    "customers": "customer_id",
    "corrections": None,
    "changed": "customer_id",
}
#: What is kept of each customer.
_KEPT = ("town_id", "decision", "clause", "converted_on", "verified_on")


@dataclass(frozen=True, slots=True)
class Month:
    """One month as it was closed.

    Attributes
    ----------
    record
        ``policy``, ``month``, ``revision``, ``as_of`` and what it was made from.
    tables
        By the names of `TABLES`: coverage by town and by kind of place, money, the customers, and what of the month
        before was corrected since that was closed.
    """

    record: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def revision(self) -> int:
        """Number of the revision, from 1."""
        return int(self.record["revision"])


@dataclass(frozen=True, slots=True)
class Closed:
    """A month that was closed, whether it says anything new, and what contradicts itself in the records."""

    month: Month
    new: bool
    revised: pd.DataFrame
    findings: tuple[Finding, ...]


def close(
    workspace: Workspace, month: str, *, policy: str | None, as_of: dt.date, progress: Progress = silent
) -> Closed:
    """Judge a month on its last day and keep it.

    Parameters
    ----------
    month
        Such as ``2024-05``.
    as_of
        Today: a month that is not over cannot be closed.

    Raises
    ------
    UsageError
        Where it is no month, or not over.
    """
    end = coverage.last_day(month)
    if end > as_of:
        raise UsageError(
            msg(
                "{month} is not over on {as_of}; leave --month out for the state of that day",
                month=month,
                as_of=as_of.isoformat(),
            )
        )
    chosen = conversion.chosen_policy(workspace, policy)
    layers = conversion.read_layers(workspace, progress)
    parameters = inputs.parameters(workspace)
    ready = conversion.prepare(workspace, layers, parameters, policy=chosen, progress=progress)
    judged = conversion.judge(workspace, ready, parameters, as_of=end, progress=progress)
    tables = {
        "coverage": judged.coverage,
        "kinds": judged.kinds,
        "money": judged.money,
        "appropriations": judged.appropriations,
        "customers": _customers(judged, ready),
        **_corrected(workspace, ready, month),
    }
    former = read(workspace, month, policy=chosen) if revisions(workspace, chosen, month) else None
    kept, new = _keep(workspace, chosen, month, tables, ready.policy.sha256, former)
    revised = kept.tables["coverage"].iloc[:0] if former is None else kept.tables["coverage"]
    changes = coverage.corrections(revised if former is None else former.tables["coverage"], revised)
    return Closed(kept, new, changes, judged.findings)


def revisions(workspace: Workspace, policy: str, month: str) -> list[int]:
    """Return the revisions of a month, the oldest first."""
    folder = workspace.root / _FOLDER / policy / month
    return sorted(int(path.name[1:]) for path in folder.glob("r*") if path.name[1:].isdigit())


def closed(workspace: Workspace, policy: str) -> list[str]:
    """Return the months that were closed by a policy, the oldest first."""
    folder = workspace.root / _FOLDER / policy
    return sorted(path.name for path in folder.glob("*-*") if revisions(workspace, policy, path.name))


def read(workspace: Workspace, month: str, *, policy: str, revision: int | None = None) -> Month:
    """Return a month as it was closed, by default in its last revision.

    Raises
    ------
    DataError
        Where it was not closed, or has no such revision.
    WorkspaceError
        Where a file was changed since.
    """
    coverage.last_day(month)
    there = revisions(workspace, policy, month)
    if not there:
        raise DataError(
            msg(
                "{month} was not closed by {policy}; do so first: gridrisk convert {folder} --month {month}",
                month=month,
                policy=policy,
                folder=str(workspace.root),
            )
        )
    chosen = there[-1] if revision is None else revision
    if chosen not in there:
        raise DataError(
            msg(
                "{month} has no revision {revision}; there are {known}",
                month=month,
                revision=chosen,
                known=", ".join(map(str, there)),
            )
        )
    return _read(workspace.root / _FOLDER / policy / month / f"r{chosen}")


def _customers(judged: conversion.Converted, ready: conversion.Ready) -> pd.DataFrame:
    days = ready.customers[["converted_on", "verified_on"]]
    table: pd.DataFrame = pd.DataFrame(judged.conversion[["town_id", "decision", "clause"]]).join(days)
    return table[list(_KEPT)]


def _corrected(workspace: Workspace, ready: conversion.Ready, month: str) -> dict[str, pd.DataFrame]:
    """Compare the month before, as it was closed, with what the records say of it now."""
    rules, before = ready.policy, coverage.shifted(month, -1)
    end = coverage.last_day(before)
    decisions = coverage.decide(ready.customers, ready.reach["covered"], rules, on=end)
    now = coverage.summarise(decisions, ready.customers, ready.towns, rules, on=end)
    people = decisions[["decision"]].assign(town_id=ready.customers["town_id"])
    if revisions(workspace, rules.id, before):
        reported = read(workspace, before, policy=rules.id)
        was, listed = reported.tables["coverage"], reported.tables["customers"]
    else:
        was, listed = now, people
    return {
        "corrections": coverage.corrections(was, now),
        "changed": coverage.changed_customers(listed, people),
    }


def _keep(
    workspace: Workspace,
    policy: str,
    month: str,
    tables: Mapping[str, pd.DataFrame],
    policy_hash: str,
    former: Month | None,
) -> tuple[Month, bool]:
    """Write a revision, or return the former one where nothing is different."""
    folder = workspace.root / _FOLDER / policy / month
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    hashes = {}
    for name, table in tables.items():
        file = part / f"{name}.parquet"
        (table.reset_index() if TABLES[name] else table.reset_index(drop=True)).to_parquet(file, index=False)
        hashes[name] = store.sha256_of(file)
    if former is not None and former.record["tables"] == hashes:
        shutil.rmtree(part)
        return former, False
    revision = 1 if former is None else former.revision + 1
    versions = {name: workspace.catalogue.current(name) for name in conversion.LAYERS}
    record = {
        "policy": policy,
        "month": month,
        "revision": revision,
        "as_of": coverage.last_day(month).isoformat(),
        "gridrisk": __version__,
        "policy_sha256": policy_hash,
        "parameters_sha256": store.sha256_of(inputs.parameter_files(workspace)["coverage"]),
        "layers": {
            name: {"version": version.version, "snapshot": version.snapshot}
            for name, version in versions.items()
            if version is not None
        },
        "tables": hashes,
    }
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    (part / _RECORD).write_text(text, encoding="utf-8")
    part.rename(folder / f"r{revision}")
    return _read(folder / f"r{revision}"), True


def _read(folder: Path) -> Month:
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        wrong = [n for n in TABLES if store.sha256_of(folder / f"{n}.parquet") != record["tables"][n]]
        if wrong:
            raise WorkspaceError(
                msg("{folder} was changed after it was closed ({tables})", folder=str(folder), tables=", ".join(wrong))
            )
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise WorkspaceError(msg("{file} is damaged: {error}", file=str(folder), error=error)) from error
    return Month(record, {n: t.set_index(i) if (i := TABLES[n]) else t for n, t in tables.items()})


_NAMES = {"zh": "瓶改管月报_{month}.xlsx", "en": "bottle_to_pipe_{month}.xlsx"}


def report(
    workspace: Workspace, month: str, *, policy: str | None, revision: int | None = None, lang: Language
) -> Path:
    """Print a month as it was closed, as an Excel table in ``results/months/``; the same month gives the same bytes."""
    chosen = conversion.chosen_policy(workspace, policy)
    # before anything is read: only the name of a policy that exists may name a folder
    rules = coverage.load_policy(chosen, workspace.models)
    kept = read(workspace, month, policy=chosen, revision=revision)
    former = kept.revision - 1
    revised = None
    if former > 0:
        before = read(workspace, month, policy=chosen, revision=former)
        revised = coverage.corrections(before.tables["coverage"], kept.tables["coverage"])
    target = rules.target("conversion")
    compared = bool(revisions(workspace, chosen, coverage.shifted(month, -1)))
    told = None if target is None else f"{target.text.message().render(lang)} ({rules.cite(target.clause)})"
    path = workspace.results / "months" / _NAMES[lang].format(month=month)
    path.parent.mkdir(parents=True, exist_ok=True)
    with store.replacing(path) as part:
        documents.write_month_table(
            part,
            kept.tables,
            month=month,
            as_of=coverage.last_day(month),
            title=f"{rules.name.message().render(lang)} ({rules.document.title})",
            target=told,
            lang=lang,
            compared=compared,
            revised=revised,
            notes=_notes(kept, month, compared=compared),
        )
    return path


def _notes(kept: Month, month: str, *, compared: bool) -> list[Message]:
    notes = [
        msg("revision {revision}; gas lit by the last day of the month counts", revision=kept.revision),
        msg("share: gas lit of all to be converted; needed by now: the even pace from the start to the deadline"),
        msg("money: still to be paid, by the year in which an even pace towards the deadline puts the customer"),
    ]
    if not compared:
        before = coverage.shifted(month, -1)
        notes.append(msg("{month} was not closed, so nothing can be said of corrections", month=before))
    return notes
