"""The network kept in the workspace, so that one question need not build it.

``cache/network-<fingerprint>.bin`` is written by `run` and `score` only, and used where it fits the current layers and
parameters; every other command leaves the folder alone. Removing it costs nothing but time.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from gridrisk import __version__, network, params, store
from gridrisk.pipeline import inputs

if TYPE_CHECKING:
    from pathlib import Path

    from gridrisk.network import Network
    from gridrisk.store import Workspace

_PARAMETERS = "network/network"


def fingerprint(workspace: Workspace) -> str:
    """Return a name for what the network of the workspace is made of: layers, parameters, program."""
    current = {name: workspace.catalogue.current(name) for name in inputs.NETWORK}
    made_of = {
        "layers": {name: version.snapshot if version else None for name, version in current.items()},
        "parameters": params.parse(_PARAMETERS, inputs.parameter_files(workspace)[_PARAMETERS].read_bytes()).sha256,
        "crs": workspace.crs.to_wkt(),
        "program": __version__,
        "format": network.INDEX_FORMAT,
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]


def keep(workspace: Workspace, net: Network, made_of: str) -> None:
    """Keep a network built of layers read while the fingerprint was `made_of`; nothing where they changed meanwhile."""
    if fingerprint(workspace) != made_of:
        return
    path = _path(workspace, made_of)
    if network.load(path, workspace.crs) is None:
        with store.replacing(path) as part:
            network.save(net, part)
    for former in path.parent.glob("network-*.bin"):
        if former != path:
            former.unlink(missing_ok=True)


def find(workspace: Workspace) -> Network | None:
    """Return the network kept, where it fits."""
    if not (workspace.root / "cache").is_dir():
        return None
    return network.load(_path(workspace, fingerprint(workspace)), workspace.crs)


def _path(workspace: Workspace, name: str) -> Path:
    return workspace.root / "cache" / f"network-{name}.bin"
