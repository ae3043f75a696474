"""A sample city: its files as a survey company delivers them, imported as a user would, and the whole job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gridrisk import sample, store
from gridrisk.errors import DataError, WorkspaceError
from gridrisk.i18n import msg
from gridrisk.pipeline import importing, running
from gridrisk.pipeline.progress import silent
from gridrisk.sample.city import CRS_NAME

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from gridrisk.i18n import Language
    from gridrisk.pipeline.progress import Progress
    from gridrisk.pipeline.running import Run
    from gridrisk.store import Workspace

_POLICY = "honggutan-2024"
#: Files that cannot say in which system their coordinates are.
_TABLES = {".xlsx", ".csv"}


def demo(
    folder: Path, *, pipes: int, seed: int, as_of: dt.date, lang: Language, progress: Progress = silent
) -> tuple[Workspace, Run]:
    """Write ``delivery/`` and ``workspace/`` into `folder`, which must be new or empty, and run everything."""
    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceError(msg("{folder} exists and is not empty; name a new folder", folder=str(folder)))
    begun = time.perf_counter()
    city = sample.write_city(
        folder / "delivery",
        pipes=pipes,
        seed=seed,
        as_of=as_of,
        progress=lambda _, fraction: progress(msg("making the sample city"), fraction),
    )
    made = time.perf_counter()
    workspace = store.create(folder / "workspace", crs=CRS_NAME, policy=_POLICY, lang=lang)
    for layer, files in city.layers.items():
        progress(msg("importing {layer}", layer=layer))
        crs = CRS_NAME if files[0].suffix in _TABLES else None
        report = importing.import_layer(workspace, layer, files, as_of=as_of, crs=crs)
        if report.refused:
            raise DataError(*(finding.message for finding in report.findings if finding.severity == "error"))
    for name, file in city.rasters.items():
        progress(msg("importing {layer}", layer=name))
        importing.import_raster(workspace, name, [file], as_of=as_of)
    imported = time.perf_counter()
    done = running.run(workspace, as_of=as_of, lang=lang, progress=progress)
    done.seconds = {"make": made - begun, "import": imported - made, **done.seconds}
    return workspace, done
