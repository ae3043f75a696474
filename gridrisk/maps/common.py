"""What the maps have in common: counted classes, joined results, what a click on a pipe shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import details, labels, palette
from gridrisk.maps.scene import Layer, LegendClass

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.i18n import Language

PIPES = mark("Gas pipes")
#: Fields of the layer `pipes` that a click shows.
PIPE_DETAILS = (
    "install_year",
    "material",
    "diameter_mm",
    "pressure_class",
    "setting",
    "safety_status",
    "status",
    "road",
    "owner_kind",
)


def lengths_m(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the length of each feature; 0 where it has no geometry."""
    return np.asarray(np.nan_to_num(shapely.length(frame.geometry.to_numpy())), dtype=np.float64)


def join(frame: gpd.GeoDataFrame, results: pd.DataFrame, key: str) -> gpd.GeoDataFrame:
    """Return `frame` with the columns of `results` beside its own, row by row on the id `key`.

    `results` may hold the id as a column or as its index, and a geometry, which is left out. Where both have a column,
    that of `results` stands.
    """
    table = pd.DataFrame(results)
    if key in table.columns:
        table = table.set_index(key)
    table = table.drop(columns="geometry", errors="ignore").reindex(frame.index)
    own = frame.drop(columns=[name for name in table.columns if name in frame.columns])
    return own.join(table)


def is_true(values: pd.Series) -> NDArray[np.bool_]:
    """Return where a three-valued column is certainly true."""
    return values.astype("boolean").fillna(value=False).to_numpy(dtype=bool)


def is_false(values: pd.Series) -> NDArray[np.bool_]:
    """Return where a three-valued column is certainly false."""
    return (~values.astype("boolean")).fillna(value=False).to_numpy(dtype=bool)


def amount(lengths: NDArray[np.float64], lang: Language) -> str:
    """Return number and length of segments for the legend."""
    text = msg("{count} · {length}", count=labels.count(len(lengths)), length=labels.length(lengths.sum(), lang))
    return text.render(lang)


def counted(
    group: str, names: Mapping[str, str], codes: NDArray[np.int64], lang: Language, lengths: NDArray[np.float64] | None
) -> tuple[LegendClass, ...]:
    """Return the classes `names` of a palette group with their count, and their length where `lengths` is given."""
    out = []
    for place, (key, title) in enumerate(names.items()):
        here = codes == place
        note = labels.count(int(here.sum())) if lengths is None else amount(lengths[here], lang)
        out.append(LegendClass(translate(title, lang), palette.style(group, key), note))
    return tuple(out)


def only_present(
    classes: Sequence[LegendClass], codes: NDArray[np.int64], optional: Container[int]
) -> tuple[tuple[LegendClass, ...], NDArray[np.int64]]:
    """Leave out the `optional` classes that no feature is in; the codes are renumbered."""
    kept = [place for place in range(len(classes)) if place not in optional or (codes == place).any()]
    renumbered = np.full(len(classes), -1, dtype=np.int64)
    renumbered[kept] = np.arange(len(kept))
    return tuple(classes[place] for place in kept), renumbered[codes]


def plain_pipes(pipes: gpd.GeoDataFrame, lang: Language, *, group: str = "backdrop", name: str = "pipes") -> Layer:
    """Return the whole network in one colour, to be clicked and searched."""
    title, say = translate(PIPES, lang), details.speech(lang)
    return Layer(
        key="pipes",
        title=title,
        frame=pipes,
        classes=(LegendClass(title, palette.style(group, name), amount(lengths_m(pipes), lang)),),
        details=details.columns(pipes, PIPE_DETAILS, "pipes", say),
        order=60,
    )


def outlined(of: Layer, members: NDArray[np.bool_], title: str, note: str, order: int) -> Layer:
    """Return a layer that puts a dark line around features of the layer `of`, a little wider than they are."""
    rim = palette.style("must", "renew")
    classes = [LegendClass(title, replace(rim, width=rim.width + item.style.width), note) for item in of.classes]
    places = np.flatnonzero(members)
    return Layer(
        key=f"{of.key}_marked",
        title=title,
        classes=tuple(classes),
        codes=None if of.codes is None else of.codes[places],
        source=of.key,
        members=places,
        clickable=False,
        order=order,
        merged=True,
    )
