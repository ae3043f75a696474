"""The map of findings: where the data are wrong or in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, details, labels, palette
from gridrisk.maps.page import render
from gridrisk.maps.scene import Layer, LegendClass, Scene

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from gridrisk.i18n import Language

SEVERITIES = {"error": mark("errors"), "warning": mark("warnings"), "info": mark("notes")}
_SYMBOLS = {"error": "forbidden", "warning": "plan_required", "info": "clear"}


def findings_map(
    findings: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame | None,
    *,
    as_of: dt.date,
    unplaced: int = 0,
    lang: Language = "zh",
    backdrop: behind.Backdrop | None = None,
) -> str:
    """Return the page of the findings.

    Parameters
    ----------
    findings
        Points, metric: layer, id, field, check, severity (error, warning, info) and message in `lang`.
    pipes
        The layer `pipes`, drawn behind, or None.
    unplaced
        Findings that have no place, which the page counts.

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop = backdrop or behind.Backdrop()
    layers = [_layer(findings, severity, order, lang) for order, severity in enumerate(SEVERITIES, start=10)]
    shown = tuple(layer for layer in layers if layer is not None)
    notes = (msg("{count} findings have no place on the map", count=unplaced).render(lang),) if unplaced else ()
    return render(
        Scene(
            title=translate(mark("Findings about the data"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                *behind.below(backdrop, lang),
                *(() if pipes is None else (common.plain_pipes(pipes, lang),)),
                *reversed(shown),
            ),
            figures=tuple((layer.title, layer.classes[0].note) for layer in shown),
            notes=notes,
        )
    )


def _layer(findings: gpd.GeoDataFrame, severity: str, order: int, lang: Language) -> Layer | None:
    rows = findings[(findings["severity"] == severity).to_numpy(dtype=bool)]
    if rows.empty:
        return None
    title = translate(SEVERITIES[severity], lang)
    # a page finds objects by number: several findings may be about one
    frame = rows.set_axis([str(key) if isinstance(key, str) else "—" for key in rows["id"]])
    columns = (
        details.Column(translate(mark("finding"), lang), rows["message"].tolist()),
        details.Column(translate(mark("layer"), lang), rows["layer"].tolist()),
        details.Column(translate(mark("check"), lang), rows["check"].tolist()),
    )
    return Layer(
        key=f"findings_{severity}",
        title=title,
        frame=frame,
        classes=(LegendClass(title, palette.style("works", _SYMBOLS[severity]), labels.count(len(rows))),),
        codes=np.zeros(len(rows), dtype=np.int64),
        details=columns,
        visible=severity != "info",
        order=order,
    )
