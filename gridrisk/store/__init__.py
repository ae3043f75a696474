"""The workspace: immutable versions on disk and their catalogue."""

from gridrisk.store.catalogue import Catalogue, Version
from gridrisk.store.snapshots import plain_table, replacing, sha256_of, write_geoparquet, write_plain
from gridrisk.store.workspace import (
    RASTERS,
    Workspace,
    commit_layer,
    commit_raster,
    create,
    import_findings,
    open_workspace,
    raster_path,
    read_layer,
    read_lineage,
    restore,
)

__all__ = [
    "RASTERS",
    "Catalogue",
    "Version",
    "Workspace",
    "commit_layer",
    "commit_raster",
    "create",
    "import_findings",
    "open_workspace",
    "plain_table",
    "raster_path",
    "read_layer",
    "read_lineage",
    "replacing",
    "restore",
    "sha256_of",
    "write_geoparquet",
    "write_plain",
]
