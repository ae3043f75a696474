"""The months of the coverage map: what its slider shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import labels
from gridrisk.maps.steps import LayerSteps, Steps
from gridrisk.words import RESULTS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.i18n import Language

#: What of a town changes from month to month.
_FIGURES = ("eligible", "converted", "verified", "share", "needed")


@dataclass(frozen=True, slots=True)
class Now:
    """The last step: figures, labels and classes of the towns, and which of them are behind."""

    figures: tuple[str, ...]
    texts: list[str]
    codes: NDArray[np.int64]
    late: NDArray[np.int64]


def month_steps(
    timeline: pd.DataFrame,
    towns: gpd.GeoDataFrame,
    classify_share: Callable[[NDArray[np.float64], NDArray[np.bool_]], NDArray[np.int64]],
    *,
    as_of: dt.date,
    lang: Language,
    now: Now,
    customers: LayerSteps | None,
) -> Steps | None:
    """Return the slider over the months of a timeline; None where it has fewer than two.

    Parameters
    ----------
    timeline
        ``town_id``, ``month``, ``eligible``, ``converted``, ``verified``, ``share``, ``needed``, and ``closed`` (number
        of the revision, missing where the month was not closed).
    towns
        In the order of the map; the codes of their classes come from `classify_share` (share, nothing to convert).
    now
        The last step, which is `as_of`.
    customers
        What changes of the customers, see `customer_steps`.
    """
    months = sorted(timeline["month"].unique())
    if len(months) < _LEAST:
        return None
    grid = {
        figure: timeline.pivot_table(index="town_id", columns="month", values=figure, aggfunc="first")
        for figure in _FIGURES
    }
    table = {figure: frame.reindex(index=towns.index, columns=months) for figure, frame in grid.items()}
    figures, said, texts, codes, late = [], [], [], [], []
    closed = timeline.groupby("month")["closed"].first() if "closed" in timeline else pd.Series(dtype=object)
    for month in months[:-1]:
        share = table["share"][month].to_numpy(float)
        none = (table["eligible"][month] == 0).to_numpy(bool)
        codes.append(classify_share(share, none))
        texts.append(town_texts(towns, share, none, lang))
        with np.errstate(invalid="ignore"):
            late.append(np.flatnonzero(share < table["needed"][month].to_numpy(float) - _ROUNDING))
        rows = timeline[timeline["month"].eq(month)]
        figures.append(sums(float(rows["eligible"].sum()), float(rows["converted"].sum()), lang))
        said.append(_said(month, closed.get(month), as_of, lang))
    return Steps(
        title=translate(mark("Month"), lang),
        labels=months,
        said=[*said, msg("as of {date}", date=as_of.isoformat()).render(lang)],
        figures=[*figures, now.figures],
        layers={
            "towns": LayerSteps(
                codes=[*codes, now.codes],
                texts=[*texts, now.texts],
                columns={
                    translate(RESULTS[figure].title, lang): [
                        [None if pd.isna(value) else value for value in table[figure][month].tolist()]
                        for month in months
                    ]
                    for figure in _FIGURES
                },
            ),
            "late": LayerSteps(members=[*late, now.late]),
            **({} if customers is None else {"customers": customers}),
        },
    )


def customer_steps(
    frame: gpd.GeoDataFrame, codes: NDArray[np.int64], months: list[str], places: dict[str, int]
) -> LayerSteps:
    """Return what the customers change: who is converted now was still to be converted before gas was lit.

    Parameters
    ----------
    frame
        With ``decision``, ``fuel`` and ``converted_on``.
    codes, places
        Class of each now, and the place of each decision among the classes.
    """
    lit = frame["converted_on"]
    done = frame["decision"].eq("done") & lit.notna()
    number = lit.dt.year * 12 + lit.dt.month - 1
    first = int(months[0][:4]) * 12 + int(months[0][5:]) - 1
    since = (number - first).clip(lower=0, upper=len(months) - 1).where(done, 0).fillna(0).to_numpy(np.int64)
    way = np.where(frame["fuel"].eq("electric"), places["electric"], places["pipe"])
    return LayerSteps(since=since, before=np.where(done, way, codes).astype(np.int64))


def town_texts(
    towns: gpd.GeoDataFrame, share: NDArray[np.float64], none: NDArray[np.bool_], lang: Language
) -> list[str]:
    """Return the labels of towns: name and share."""
    placed = (towns.geometry.notna() & ~towns.geometry.is_empty).to_numpy()
    texts = [
        f"{labels.wrapped(str(name))}\n{'—' if empty else labels.share(value, lang)}"
        for name, value, empty in zip(towns["name"].fillna("?"), share, none, strict=True)
    ]
    return [text for text, there in zip(texts, placed, strict=True) if there]


def sums(eligible: float, converted: float, lang: Language) -> tuple[str, str, str]:
    """Return the numbers beside the title: to convert, converted, share."""
    share = converted / eligible if eligible else np.nan
    return labels.count(eligible), labels.count(converted), labels.share(share, lang)


def _said(month: str, revision: Any, as_of: dt.date, lang: Language) -> str:
    if revision is None or pd.isna(revision):
        return msg("end of {month} by the records of {date}", month=month, date=as_of.isoformat()).render(lang)
    told = msg("end of {month} as it was closed (revision {revision})", month=month, revision=int(revision))
    return told.render(lang)


_LEAST = 2
_ROUNDING = 1e-9
