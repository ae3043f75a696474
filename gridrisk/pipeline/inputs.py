"""Reads what the steps compute on: layers, rasters and parameters of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk import assets, params, store
from gridrisk.errors import DataError, GridriskError
from gridrisk.i18n import msg
from gridrisk.layers import schema
from gridrisk.layers.raster import read_raster

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import geopandas as gpd

    from gridrisk.layers.raster import Raster
    from gridrisk.params import Parameters

#: Folders of `models/` whose files are not parameter files: they have schemas of their own.
_OTHER_FILES = ("policies", "scenarios", "appropriations")
#: Layers that the network is made of.
NETWORK = ("pipes", "valves", "stations", "customers")


def layers(
    workspace: store.Workspace, names: Iterable[str] | None = None, *, needed: Iterable[str] = ()
) -> dict[str, gpd.GeoDataFrame | None]:
    """Return the current version of each layer; None where it was never imported.

    Raises
    ------
    DataError
        Where one of those `needed` was never imported, or holds nothing.
    """
    found = {name: store.read_layer(workspace, name) for name in names or schema.names()}
    for name in needed:
        not_empty(workspace, name, found[name])
    return found


def required(workspace: store.Workspace, layer: str) -> gpd.GeoDataFrame:
    """Return a layer without which a command cannot go on.

    Raises
    ------
    DataError
        Where it was never imported, or holds nothing.
    """
    return not_empty(workspace, layer, store.read_layer(workspace, layer))


def not_empty(workspace: store.Workspace, layer: str, frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return a layer that was read; see `required`."""
    if frame is None or frame.empty:
        raise DataError(
            msg(
                "the workspace has no {layer}; import them first: gridrisk import {folder} {layer} FILE",
                layer=layer,
                folder=str(workspace.root),
            )
        )
    return frame


def rasters(workspace: store.Workspace) -> dict[str, Raster]:
    """Return the rasters that were imported, by name."""
    paths = {name: store.raster_path(workspace, name) for name in store.RASTERS}
    return {name: read_raster(path, workspace.crs) for name, path in paths.items() if path is not None}


def parameter_files(workspace: store.Workspace | None) -> dict[str, Path]:
    """Return the parameter files in force, by their name below `models/`; the workspace's own come first."""
    found: dict[str, Path] = {}
    roots = [assets.folder("models")] + ([workspace.models] if workspace is not None else [])
    for root in roots:
        for path in sorted(root.rglob("*.toml")):
            found[path.relative_to(root).with_suffix("").as_posix()] = path
    return found


def parameters(workspace: store.Workspace | None) -> Mapping[str, Parameters]:
    """Load every parameter file in force.

    Raises
    ------
    ParameterError
        Naming the faults of all files at once.
    """
    faults: list[GridriskError] = []
    loaded: dict[str, Parameters] = {}
    for name, path in parameter_files(workspace).items():
        if name.split("/")[0] in _OTHER_FILES:
            continue
        try:
            loaded[name] = params.parse(name, path.read_bytes())
        except GridriskError as error:
            faults.append(error)
    if faults:
        raise type(faults[0])(*(message for fault in faults for message in fault.messages))
    return loaded
