"""The plan map: projects by year, what is not in the plan in grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, details, labels, palette
from gridrisk.maps.page import render
from gridrisk.maps.scene import Layer, LegendClass, Scene, classify

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from gridrisk.i18n import Language

_YEAR_STYLES = 5
RESULTS = (
    "cost_yuan",
    "length_m",
    "risk_removed",
    "mandatory",
    "reason",
    "pipe_ids",
)


def plan_map(
    projects: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame,
    *,
    as_of: dt.date,
    title: str | None = None,
    lang: Language = "zh",
    backdrop: behind.Backdrop | None = None,
) -> str:
    """Return the page of the renewal plan.

    Parameters
    ----------
    projects
        The result `projects`, on project_id (index or column), with lines: year (0 or missing = not in the plan),
        cost_yuan, mandatory, and what there is of `RESULTS`; every column ``cost_<payer>`` is shown too.
    pipes
        The layer `pipes`, for the network behind.

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop = backdrop or behind.Backdrop()
    frame = projects.set_index("project_id") if "project_id" in projects.columns else projects
    year = frame["year"].astype("Int64").fillna(0)
    years = sorted(int(value) for value in year.unique() if value > 0)
    codes = classify(year.astype("str"), [*map(str, years), "0"])
    planned = (year > 0).to_numpy(dtype=bool)
    cost = pd.to_numeric(frame["cost_yuan"]).astype("float64").to_numpy()
    by_year = _projects(frame, codes, years, cost, lang)
    return render(
        Scene(
            title=title or translate(mark("Renewal plan of the gas network"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                *behind.below(backdrop, lang),
                common.plain_pipes(pipes, lang),
                *_mandatory(frame, by_year, lang),
                by_year,
                *behind.stations(backdrop, lang),
            ),
            figures=(
                (translate(mark("projects in the plan"), lang), labels.count(int(planned.sum()))),
                (translate(mark("length"), lang), labels.length(common.lengths_m(frame)[planned].sum(), lang)),
                (translate(mark("cost"), lang), labels.money(cost[planned].sum(), lang)),
            ),
            notes=_notes(frame, planned, lang),
        )
    )


def _projects(
    frame: gpd.GeoDataFrame, codes: NDArray[np.int64], years: list[int], cost: NDArray[np.float64], lang: Language
) -> Layer:
    lengths = common.lengths_m(frame)
    titles = [msg("year {year}", year=year).render(lang) for year in years]
    styles = [palette.style("plan", f"year_{min(place, _YEAR_STYLES)}") for place in range(1, len(years) + 1)]
    titles.append(translate(mark("not in the plan"), lang))
    styles.append(palette.style("plan", "unplanned"))
    classes = []
    for place, (label, style) in enumerate(zip(titles, styles, strict=True)):
        here = codes == place
        note = msg(
            "{count} projects · {length} · {cost}",
            count=labels.count(int(here.sum())),
            length=labels.length(lengths[here].sum(), lang),
            cost=labels.money(cost[here].sum(), lang),
        )
        classes.append(LegendClass(label, style, note.render(lang)))
    say = details.speech(lang)
    return Layer(
        key="projects",
        title=translate(mark("Renewal projects by year"), lang),
        frame=frame,
        classes=tuple(classes),
        codes=codes,
        details=(*details.columns(frame, RESULTS, None, say), *details.payers(frame, say)),
        names=frame.get("name"),
        order=10,
    )


def _mandatory(frame: gpd.GeoDataFrame, by_year: Layer, lang: Language) -> tuple[Layer, ...]:
    if "mandatory" not in frame:
        return ()
    must = common.is_true(frame["mandatory"])
    if not must.any():
        return ()
    note = msg("{count} projects", count=labels.count(int(must.sum()))).render(lang)
    title = translate(mark("contains pipes that must be renewed"), lang)
    return (common.outlined(by_year, must, title, note, order=20),)


def _notes(frame: gpd.GeoDataFrame, planned: NDArray[np.bool_], lang: Language) -> tuple[str, ...]:
    if "mandatory" not in frame:
        return ()
    left = int((common.is_true(frame["mandatory"]) & ~planned).sum())
    if not left:
        return ()
    text = msg("{count} projects with pipes that must be renewed are not in the plan", count=labels.count(left))
    return (text.render(lang),)
