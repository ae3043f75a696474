"""Mends of the network that need no look at the site, committed as new versions for review."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from gridrisk import network, store
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Version, Workspace


def mend(workspace: Workspace, *, progress: Progress = silent) -> list[Version]:
    """Snap near misses and put stray valves on their pipe where it is clear which; commit pipes and valves.

    The versions' detail names every mend with its place (`network.mend.Mend`), and `restore` takes them back.
    """
    progress(msg("reading layers"))
    layers = inputs.layers(workspace, inputs.NETWORK)
    pipes = inputs.not_empty(workspace, "pipes", layers["pipes"])
    parameters = inputs.parameters(workspace)
    progress(msg("mending"))
    net = isolation.build(layers, parameters)
    done = network.mend(net, pipes, layers["valves"], parameters["network/network"])
    versions = []
    for layer, frame, mends in (("pipes", done.pipes, done.of_pipes), ("valves", done.valves, done.of_valves)):
        if frame is None:
            continue
        kept = store.import_findings(workspace, layer)
        detail = {"mended": [one.id for one in mends], "mends": [asdict(one) for one in mends]}
        version = store.commit_layer(workspace, layer, frame, kept, detail=detail, action="mend")
        if version is not None:
            versions.append(version)
    return versions
