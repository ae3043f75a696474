"""Courtyards: which segments belong to one, and what is renewed together because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.plan import pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Index = NDArray[np.int64]

#: Classes of condition: what must be renewed counts from 0 by deadline, what may be from here by band, the rest is −1.
MAY = 10_000
NONE = -1


def spread(segments: pd.DataFrame, nodes: Index) -> pd.DataFrame:
    """Give courtyard segments of no known place the place of what they hang on, where that is one."""
    rows = np.flatnonzero((segments["setting"] == "courtyard").fillna(False).to_numpy(bool))
    yard = segments.iloc[rows]
    yard = yard.assign(label=pieces.components(np.zeros(len(rows), dtype=np.int64), nodes[rows]))
    known = yard[yard["place"] != ""]
    places = known.groupby("label")["place"].agg(["min", "max"])
    donor = known.drop_duplicates("label").set_index("label")
    donor = donor[(places["min"] == places["max"]).reindex(donor.index)]
    homeless = yard[(yard["place"] == "") & yard["label"].isin(donor.index)]
    out = segments.copy()
    for column in ("place", "place_name", "community_id", "road", "works_year"):
        out.loc[homeless.index, column] = donor[column].reindex(homeless["label"]).array
    return out


def with_places(segments: pd.DataFrame, nodes: Index, reach_m: float) -> pd.DataFrame:
    """Give courtyards of a name but no known community a place of their own: pieces of one name that lie near."""
    open_yard = (segments["setting"] == "courtyard").fillna(False) & segments["community_id"].isna()
    rows = np.flatnonzero((open_yard & (segments["place"] != "")).to_numpy(bool))
    if not len(rows):
        return segments
    name = pd.factorize(segments["place"].iloc[rows])[0].astype(np.int64)
    label = pieces.components(name, nodes[rows])
    order = np.argsort(label, kind="stable")
    shape = pieces.shapes(segments["line"].to_numpy()[rows[order]], label[order], int(label.max()) + 1)
    name_of = np.zeros(len(shape), dtype=np.int64)
    name_of[label] = name
    a, b = shapely.STRtree(shape).query(shape, predicate="dwithin", distance=reach_m)
    same = name_of[a] == name_of[b]
    yard = pieces.clusters(len(shape), a[same], b[same])[label]
    first = pd.Series(segments.index[rows]).groupby(yard).transform("first")
    out = segments.copy()
    out.loc[segments.index[rows], "place"] = ("y:" + first).to_numpy()
    return out


def is_yard(segments: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which segments belong to a courtyard that is known as such, and so is planned as a whole."""
    yard = (segments["setting"] == "courtyard").fillna(False) & (segments["place"] != "")
    return np.asarray(yard.to_numpy(bool))


def made_whole(segments: pd.DataFrame, join_share: float) -> Index:
    """Return the condition of segments with known courtyards made whole.

    All that must be renewed in one goes by the earliest date, all else in one together; and both together where the
    must is at least `join_share` of the candidate length.
    """
    condition = segments["condition"].to_numpy(np.int64)
    rows = np.flatnonzero(is_yard(segments) & (condition != NONE))
    yard = pd.DataFrame(
        {
            "group": segments["group"].to_numpy()[rows],
            "condition": condition[rows],
            "length_m": segments["length_m"].to_numpy()[rows],
        }
    )
    must = yard["condition"] < MAY
    groups = yard["group"]
    total = yard.groupby(groups)["length_m"].transform("sum")
    due = yard["length_m"].where(must, 0.0).groupby(groups).transform("sum")
    has_must = must.groupby(groups).transform("any")
    together = has_must & (due >= join_share * total)
    kind = must | together
    best = yard.groupby([groups, must])["condition"].transform("min")
    first_due = yard["condition"].where(must).groupby(groups).transform("min")
    result = condition.copy()
    result[rows] = best.where(~kind, first_due).astype(np.int64)
    return result
