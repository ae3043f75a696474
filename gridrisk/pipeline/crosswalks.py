"""Crosswalks: propose one for a delivery, list and show those there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridrisk.errors import UsageError
from gridrisk.i18n import msg
from gridrisk.layers import crosswalk, propose, written
from gridrisk.store.snapshots import replacing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from gridrisk.i18n import Language
    from gridrisk.layers.crosswalk import Crosswalk
    from gridrisk.layers.propose import Proposal
    from gridrisk.store import Workspace

_NAME = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, its text, and the file it was written to (None: none)."""

    name: str
    proposal: Proposal
    text: str
    path: Path | None


def propose_for(
    files: Sequence[Path],
    *,
    layer: str | None,
    workspace: Workspace | None,
    out: Path | None,
    name: str | None,
    overwrite: bool,
    as_of: dt.date,
    lang: Language,
) -> Proposed:
    """Propose a crosswalk for delivered files, and write it for editing.

    Raises
    ------
    UsageError
        Where the file to write is there already: somebody may have edited it.
    """
    proposal = propose.propose(files, layer=layer, as_of=as_of, target=None if workspace is None else workspace.crs)
    chosen = name or (out.stem if out is not None else _NAME.sub("_", files[0].name.partition(".")[0]).strip("_"))
    path = out if out is not None else None
    if path is None and workspace is not None:
        path = workspace.crosswalks / f"{chosen}.toml"
    text = written.write(proposal, ", ".join(file.name for file in files), lang)
    if path is not None and proposal.parts:
        if path.exists() and not overwrite:
            raise UsageError(
                msg("{file} is there already; give another name with --name, or --overwrite", file=str(path))
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
        crosswalk.parse(path)
    return Proposed(chosen, proposal, text, path if proposal.parts else None)


def known(workspace: Workspace | None) -> list[tuple[Crosswalk, bool]]:
    """Return every crosswalk that can be read, and whether it is the workspace's own."""
    folder = None if workspace is None else workspace.crosswalks
    own = set() if folder is None or not folder.is_dir() else {path.stem for path in folder.glob("*.toml")}
    return [(walk, walk.name in own) for walk in crosswalk.usable(folder)]


def text_of(name: str, workspace: Workspace | None) -> tuple[Crosswalk, str]:
    """Return a crosswalk and the text of its file."""
    folder = None if workspace is None else workspace.crosswalks
    path = crosswalk.find(name, folder)
    return crosswalk.parse(path), path.read_text(encoding="utf-8")
