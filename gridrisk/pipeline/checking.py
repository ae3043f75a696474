"""Findings over all layers: what the imports found, what the checks find, what the network shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk import checks, store
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.findings import Finding
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace


def check(workspace: Workspace, *, as_of: dt.date, progress: Progress = silent) -> list[Finding]:
    """Return every finding about the current versions of the layers."""
    progress(msg("reading layers"))
    layers = inputs.layers(workspace)
    parameters = inputs.parameters(workspace)
    findings = [finding for name in layers for finding in store.import_findings(workspace, name)]
    progress(msg("checking layers"))
    findings += checks.run(layers, parameters, as_of=as_of)
    if layers["pipes"] is not None:
        progress(msg("checking the network"))
        findings += isolation.build(layers, parameters).findings
    return findings
