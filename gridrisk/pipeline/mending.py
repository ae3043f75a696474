"""Mends of the network that need no look at the site, committed as new versions for review."""

from __future__ import annotations

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

    `history` names what was changed, and `restore` takes it back.
    """
    progress(msg("reading layers"))
    layers = inputs.layers(workspace, inputs.NETWORK)
    pipes = inputs.not_empty(workspace, "pipes", layers["pipes"])
    parameters = inputs.parameters(workspace)
    progress(msg("mending"))
    net = isolation.build(layers, parameters)
    done = network.mend(net, pipes, layers["valves"], parameters["network/network"])
    versions = []
    for layer, frame, ids in (("pipes", done.pipes, done.pipe_ids), ("valves", done.valves, done.valve_ids)):
        if frame is None:
            continue
        kept = store.import_findings(workspace, layer)
        version = store.commit_layer(workspace, layer, frame, kept, detail={"mended": list(ids)}, action="mend")
        if version is not None:
            versions.append(version)
    return versions
