"""Where methane sensors would watch most risk: maximal coverage of the pipe from which gas may reach a space.

The risk watched of a stretch of pipe is ``rate · length · chance that gas gathers and ignites there · harm``: of a
failure it counts what an early alarm can avert, not the repair nor the customers without gas. The chance is that of
the segment with the factor of confined spaces as it is beside the space itself, where the segment's own is a mean along
it. A stretch that several spaces are near counts once.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from gridrisk.risk.terms import HARM, IGNITION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: Nodes of the search for the best set, so that the answer does not hang on the speed of the machine.
_NODES = 2_000
_LEAST_M = 1e-6


@dataclass(frozen=True, slots=True)
class Pieces:
    """Stretches of pipe that the same spots are near, put together.

    Attributes
    ----------
    risk
        Risk of each, person-equivalents a year.
    near
        Matrix (spots, pieces) of 0 and 1.
    """

    risk: Floats
    near: csr_array


@dataclass(frozen=True, slots=True)
class Sited:
    """Where sensors go.

    Attributes
    ----------
    spots
        On spot_id, the best first: watched_risk (alone, person-equivalents a year), rank, watched_already (part of
        it that existing sensors watch, 0–1), existing (boolean), chosen (boolean), order (1, 2, … of the chosen),
        added_risk and share_watched (of all, with the existing and the chosen up to this one).
    total
        Risk within reach of any space, person-equivalents a year.
    already, watched
        Shares of it that are watched by the existing sensors, and with the chosen.
    bound
        No set of as many sensors could watch a greater share.
    curve
        count, share: what 0, 1, 2, … more sensors watch, one put after the other.
    """

    spots: pd.DataFrame
    total: float
    already: float
    watched: float
    bound: float
    curve: pd.DataFrame


def escape_risk(scores: pd.DataFrame, harm: Parameters) -> pd.DataFrame:
    """Return what a metre of each segment beside a confined space risks, person-equivalents a year.

    Parameters
    ----------
    scores
        Result of `gridrisk.risk.score`; segments that are not scored have none.
    harm
        ``models/consequence/default.toml``.

    Returns
    -------
    Frame on pipe_id: ``near`` where the space is in reach of gas, ``crossing`` where the segment crosses it.
    """
    void = harm.table("gather.void")
    chance = pd.Series(1.0, index=scores.index)
    for term in IGNITION:
        if term.name not in ("gather_void", "gather_cap"):
            chance = chance * scores[term.column]
    hurt = sum((scores[term.column] for term in HARM), pd.Series(0.0, index=scores.index))
    per_m = scores["failures_per_km_year"] / 1000 * hurt
    highest = harm.number("ignition.highest")
    return pd.DataFrame({name: per_m * (chance * void[name]).clip(upper=highest) for name in ("near", "crossing")})


def pieces(stretches: pd.DataFrame, spots: pd.Index, per_m: pd.DataFrame) -> Pieces:
    """Cut stretches where they overlap, so that every piece has one set of spots near it, and weigh the pieces.

    Parameters
    ----------
    stretches
        Table of `gridrisk.features.watched_stretches`.
    spots
        Names of the spots, in the order of the rows of the matrix.
    per_m
        Frame of `escape_risk`.
    """
    risky = per_m["crossing"].reindex(stretches["pipe_id"]).to_numpy(dtype=float) > 0
    table = stretches[risky]
    pipe = pd.factorize(table["pipe_id"], sort=True)[0].astype(np.int64)
    edges = pd.DataFrame({"pipe": np.tile(pipe, 2), "at": np.concatenate([table["from_m"], table["to_m"]])})
    cuts = edges.drop_duplicates().sort_values(["pipe", "at"])
    of, at = cuts["pipe"].to_numpy(), cuts["at"].to_numpy(dtype=float)
    key = pd.MultiIndex.from_arrays([of, at])
    first = key.get_indexer(pd.MultiIndex.from_arrays([pipe, table["from_m"].to_numpy(dtype=float)]))
    last = key.get_indexer(pd.MultiIndex.from_arrays([pipe, table["to_m"].to_numpy(dtype=float)]))
    count = last - first
    stretch = np.repeat(np.arange(len(table)), count)
    piece = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(len(stretch))
    spot = spots.get_indexer(pd.Index(table["spot_id"]))[stretch]
    length = np.append(np.diff(at), 0.0)
    crossing = np.zeros(len(at), dtype=bool)
    np.logical_or.at(crossing, piece, table["crossing"].to_numpy(dtype=bool)[stretch])
    name = np.full(len(at), None, dtype=object)
    name[piece] = table["pipe_id"].to_numpy(dtype=object)[stretch]
    there = np.zeros(len(at), dtype=bool)
    there[piece] = length[piece] > _LEAST_M
    rates = per_m.reindex(pd.Index(name[there]))
    risk = np.zeros(len(at))
    risk[there] = length[there] * np.where(crossing[there], rates["crossing"], rates["near"])
    near = csr_array((np.ones(len(piece)), (spot, piece)), shape=(len(spots), len(at)))
    return _merged(near[:, np.flatnonzero(there)], risk[there])


def _merged(near: csr_array, risk: Floats) -> Pieces:
    """Put pieces together that the same spots are near."""
    columns = near.T.tocsr()
    columns.sort_indices()
    keys = [columns.indices[a:b].tobytes() for a, b in zip(columns.indptr[:-1], columns.indptr[1:], strict=True)]
    codes, seen = pd.factorize(np.array(keys, dtype=object))
    first = np.full(len(seen), len(codes))
    np.minimum.at(first, codes, np.arange(len(codes)))
    merged = columns[first].T.tocsr()
    merged.data = np.ones_like(merged.data)
    return Pieces(np.bincount(codes, weights=risk, minlength=len(seen)).astype(float), csr_array(merged))


def site(found: Pieces, spots: pd.Index, existing: Bools, count: int) -> Sited:
    """Choose `count` spots that watch most risk beside the existing sensors.

    The set is the best there is as far as the search proves it (`Sited.bound`); within it the order is that of the
    greatest addition, so that sensors may be put up one after the other.

    Parameters
    ----------
    found
        See `pieces`.
    spots
        Their names, as rows of the matrix.
    existing
        Where a working sensor stands.
    """
    total = float(found.risk.sum())
    alone = np.asarray(found.near @ found.risk)
    seen = np.asarray(found.near[np.flatnonzero(existing)].sum(axis=0) > 0).reshape(-1)
    left = np.where(seen, 0.0, found.risk)
    fresh = np.asarray(found.near @ left)
    free = np.flatnonzero(~existing & (fresh > 0))
    walk, gains = _one_after_another(found.near, left, free, len(free))
    best, bound = _best_set(found.near, left, free, min(count, len(free)), walk[:count])
    order, added = _one_after_another(found.near, left, np.array(sorted(best), dtype=np.int64), len(best))
    already = float(found.risk[seen].sum())
    share = total if total > 0 else 1.0
    places = np.arange(len(spots))
    rank = pd.Series(np.lexsort((spots.to_numpy().astype(str), -alone))).sort_values()
    table = pd.DataFrame(
        {
            "watched_risk": alone,
            "rank": pd.array(rank.index.to_numpy() + 1, dtype="Int64"),
            "watched_already": np.where(alone > 0, 1 - fresh / np.where(alone > 0, alone, 1.0), 0.0).clip(0.0, 1.0),
            "existing": existing,
            "chosen": np.isin(places, order),
            "order": pd.Series(np.arange(1, len(order) + 1), index=order, dtype="Int64").reindex(places).array,
            "added_risk": pd.Series(added, index=order).reindex(places).array,
            "share_watched": pd.Series((already + np.cumsum(added)) / share, index=order).reindex(places).array,
        },
        index=spots,
    )
    curve = np.concatenate([[already], already + np.cumsum(gains)]) / share
    return Sited(
        table.sort_values(["order", "rank"], kind="stable"),
        total,
        already / share,
        (already + float(added.sum())) / share,
        min((already + bound) / share, 1.0) if total > 0 else 0.0,
        pd.DataFrame({"count": np.arange(len(curve)), "share": curve}),
    )


def _one_after_another(near: csr_array, risk: Floats, among: Ints, count: int) -> tuple[Ints, Floats]:
    """Return spots in the order of what each adds to those before it, and what it adds; equals by name."""
    left = risk.copy()
    gain = np.asarray(near @ left)
    heap = [(-gain[spot], int(spot)) for spot in among]
    heapq.heapify(heap)
    order: list[int] = []
    added: list[float] = []
    while heap and len(order) < count:
        promised, spot = heapq.heappop(heap)
        covers = near.indices[near.indptr[spot] : near.indptr[spot + 1]]
        now = float(left[covers].sum())
        if now < -promised - 1e-15:
            # others have taken part of it since
            heapq.heappush(heap, (-now, spot))
            continue
        if now <= 0:
            break
        order.append(spot)
        added.append(now)
        left[covers] = 0.0
    return np.array(order, dtype=np.int64), np.array(added, dtype=float)


def _best_set(near: csr_array, risk: Floats, free: Ints, count: int, walk: Ints) -> tuple[set[int], float]:
    """Return the best `count` spots and what no set can exceed; the greedy walk where nothing better is found.

    ::

        max Σ risk_p · y_p   with  y_p ≤ Σ_{s near p} x_s,  Σ x_s ≤ count,  x binary, 0 ≤ y ≤ 1
    """
    if not count:
        return set(), 0.0
    own = near[free]
    use = np.flatnonzero(risk > 0)
    own = csr_array(own[:, use])
    weight = risk[use]
    taken = set(walk.tolist())
    greedy = float(weight[np.asarray(own[np.isin(free, walk)].sum(axis=0) > 0).reshape(-1)].sum())
    scale = float(weight.max())
    rows = vstack(
        [
            hstack([own.T, -eye_array(len(use))]),
            csr_array(np.concatenate([-np.ones(len(free)), np.zeros(len(use))])[None, :]),
        ],
        format="csr",
    )
    answer = milp(
        np.concatenate([np.zeros(len(free)), -weight / scale]),
        constraints=LinearConstraint(rows, lb=np.concatenate([np.zeros(len(use)), [-count]])),
        bounds=Bounds(0, 1),
        integrality=np.concatenate([np.ones(len(free)), np.zeros(len(use))]),
        options={"node_limit": _NODES, "mip_rel_gap": 1e-9},
    )
    bound = float(weight.sum()) if answer.mip_dual_bound is None else -float(answer.mip_dual_bound) * scale
    if answer.x is None:
        return taken, bound
    chosen = free[answer.x[: len(free)] > 0.5]
    value = float(weight[np.asarray(own[np.isin(free, chosen)].sum(axis=0) > 0).reshape(-1)].sum())
    if value > greedy * (1 + 1e-9):
        return set(chosen.tolist()), max(bound, value)
    return taken, max(bound, greedy)
