"""Which segments that need not be renewed join a project: those that are cheaper to renew with it than to leave."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.plan import pieces
from gridrisk.plan.cost import overhead
from gridrisk.plan.courtyards import MAY, NONE, is_yard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Index = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Leaving:
    """What it is worth to leave a segment in the ground for now.

    A segment that is left is renewed T years on, when its grade lets expect it, at prices that have risen by the index
    i while money earns the interest r: with q = (1 + i)/(1 + r) its cost C counts C·qᵀ today. Until then it goes on
    risking R a year, which counts w·R·a(T) with the annuity a(T) = 1 + v + … + vᵀ⁻¹ = (1 − vᵀ)/(1 − v), v = 1/(1 + r).
    Works of their own cost S more: the fixed sum of a project (mobilisation, cut-over, purging), and the surface of
    `joint_m` metres that is broken up twice where both meet. Of a run of segments that touches k projects,

        gain = Σ [w·R·a(T) − C·(1 − qᵀ)] + S·q^min(T) + S·(k − 1)

    is what joining them saves: risk and dearer works later against paying now, the later mobilisation, and those of
    the projects that become one. It joins where the gain is not negative. Joining part of a run leaves the later
    mobilisation all the same, so a run joins as a whole or not at all. Of an unknown grade no date is expected: qᵀ and
    a(T) count 0, so it joins only where that pays at once; an unknown risk counts 0.

    Attributes
    ----------
    renewal_yuan
        C of each segment, on pipe_id; see `gridrisk.plan.cost.renewal_yuan`.
    fixed_yuan
        S by setting (municipal, courtyard).
    years
        T by grade.
    interest, price_index
        r and i, 1/a.
    risk_yuan
        w, yuan a person-equivalent.
    line_stop_yuan
        What it costs to stop each segment where there is no valve, on pipe_id; see
        `gridrisk.plan.cost.line_stop_yuan`. Weighed where a long project is cut, `gridrisk.plan.pieces.cut`.
    least_must_share
        A run that does not pay at once, ΣC ≤ S·(k − 1), joins what must be renewed only while at least this share of
        the length must be renewed: what joins is forced too, and takes money and crews from other work that is due.
    """

    renewal_yuan: pd.Series
    fixed_yuan: dict[str, float]
    years: dict[str, float]
    interest: float
    price_index: float
    risk_yuan: float
    least_must_share: float
    line_stop_yuan: pd.Series

    @classmethod
    def of(cls, params: Parameters, prices: Parameters, renewal_yuan: pd.Series, line_stop_yuan: pd.Series) -> Leaving:
        """Take the numbers from ``models/plan.toml`` and ``models/cost/<name>.toml``."""
        more = 1 + overhead(prices)
        surface, joint_m = prices.table("reinstatement"), params.number("joint_m")
        return cls(
            renewal_yuan=renewal_yuan,
            fixed_yuan={
                setting: more * (fixed + joint_m * surface.get(setting, 0.0))
                for setting, fixed in prices.table("fixed").items()
            },
            years=params.table("years_to_renewal"),
            interest=prices.number("loan_rate"),
            price_index=prices.number("price_index"),
            risk_yuan=params.number("risk_yuan"),
            least_must_share=params.number("least_must_share"),
            line_stop_yuan=line_stop_yuan,
        )

    def later(self, years: Floats) -> Floats:
        """Return qᵀ: what one yuan of works put off by so many years counts today; 0 where no year is known."""
        known = np.where(np.isnan(years), 0.0, years)
        worth = ((1 + self.price_index) / (1 + self.interest)) ** known
        return np.where(np.isnan(years), 0.0, worth)

    def annuity(self, years: Floats) -> Floats:
        """Return a(T): what one yuan a year counts today over so many years; 0 where no year is known."""
        known = np.where(np.isnan(years), 0.0, years)
        if self.interest == 0:
            return known
        v = 1 / (1 + self.interest)
        return np.asarray((1 - v**known) / (1 - v), dtype=np.float64)

    def gain(self, cost_yuan: Floats, risk: Floats, years: Floats) -> Floats:
        """Return w·R·a(T) − C·(1 − qᵀ) of each segment, yuan: what renewing it now gains, mobilisation apart."""
        risk_now = self.risk_yuan * np.nan_to_num(risk) * self.annuity(years)
        return np.asarray(risk_now - cost_yuan * (1 - self.later(years)), dtype=np.float64)


def joined_note(projects: pd.DataFrame, risk_yuan: float) -> Message | None:
    """Say how much joined as that is cheaper, and at what price risk was weighed in it; None where nothing did."""
    joined = projects[projects["joined_m"] > 0]
    if joined.empty:
        return None
    return msg(
        "{length} km that need not be renewed yet joined {count} projects, as that is cheaper than leaving them; in "
        "this a person-equivalent of risk counts {yuan} yuan (an assumption, risk_yuan in models/plan.toml): confirm "
        "it; with 0 money alone decides",
        length=f"{joined['joined_m'].sum() / 1000:,.1f}",
        count=len(joined),
        yuan=f"{risk_yuan:,.0f}",
    )


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of segments that may join, and the pieces that they touch."""

    rows: Index
    run: Index
    touched: dict[int, list[int]]
    length_m: Floats
    cost: Floats
    gain: Floats
    separate: Floats
    later: Floats


@dataclass(slots=True)
class _Pieces:
    """Pieces of one condition: each row's piece, lengths, and which have become one."""

    rows: Index
    piece: Index
    length_m: list[float]
    must_m: list[float]
    root: list[int]

    def find(self, item: int) -> int:
        while self.root[item] != item:
            self.root[item] = self.root[self.root[item]]
            item = self.root[item]
        return item

    def unite(self, items: set[int], more_m: float = 0.0) -> None:
        first = min(items)
        for other in items - {first}:
            self.root[other] = first
            self.length_m[first] += self.length_m[other]
            self.must_m[first] += self.must_m[other]
        self.length_m[first] += more_m


def join(
    segments: pd.DataFrame, nodes: Index, condition: Index, leaving: Leaving, most_m: float
) -> tuple[Index, Floats]:
    """Let runs of other segments join where that is cheaper than leaving them, the most urgent condition first.

    First those that lie between two pieces of one condition, then those that touch a piece that must be renewed. None
    makes a project longer than `most_m`. What may be renewed of a known courtyard is not taken apart.

    Parameters
    ----------
    segments
        In the order of pipe_id: group, setting, place, length_m, risk, grade.
    nodes
        Their end nodes, (n, 2).
    condition
        0 and up by deadline, from `MAY` by band, `NONE`.

    Returns
    -------
    tuple
        The condition of each segment, with those that join; and the yuan that its joining saves, NaN where it has not.
    """
    years = np.asarray(segments["grade"].map(leaving.years), dtype=np.float64)
    cost = leaving.renewal_yuan.reindex(segments.index).to_numpy(dtype=float)
    table = pd.DataFrame(
        {
            "group": segments["group"].to_numpy(np.int64),
            "length_m": segments["length_m"].to_numpy(),
            # without a price nothing can be said: it stays out
            "gain": np.where(
                np.isnan(cost),
                -np.inf,
                leaving.gain(np.nan_to_num(cost), segments["risk"].to_numpy(dtype=float), years),
            ),
            "cost": cost,
            "later": leaving.later(years),
            "separate": segments["setting"].map(leaving.fixed_yuan).fillna(leaving.fixed_yuan["municipal"]).to_numpy(),
            "yard": is_yard(segments),
            "must": (condition >= 0) & (condition < MAY),
        }
    )
    result, saved = condition.copy(), np.full(len(segments), np.nan)
    for wanted in sorted(set(condition.tolist()) - {NONE}):
        for between in (True, False) if wanted < MAY else (True,):
            ours = _pieces(table, nodes, result, wanted)
            runs = _runs(table, nodes, result, ours, between=between)
            share = leaving.least_must_share if wanted < MAY else 0.0
            for number, gain in _choose(runs, ours, 2 if between else 1, share, most_m):
                rows = runs.rows[runs.run == number]
                result[rows] = wanted
                saved[rows] = gain / len(rows)
    return result, saved


def _pieces(table: pd.DataFrame, nodes: Index, condition: Index, wanted: int) -> _Pieces:
    """Return the pieces of a condition; those of one known courtyard are one project from the start."""
    rows = np.flatnonzero(condition == wanted)
    mine = table.iloc[rows]
    piece = pieces.components(mine["group"].to_numpy(), nodes[rows])
    count = int(piece.max(initial=-1)) + 1
    length = mine["length_m"].to_numpy()
    must = np.bincount(piece, weights=np.where(mine["must"], length, 0.0), minlength=count)
    out = _Pieces(
        rows,
        piece,
        np.bincount(piece, weights=length, minlength=count).tolist(),
        must.tolist(),
        list(range(count)),
    )
    yard = mine["yard"].to_numpy()
    for together in pd.Series(piece[yard]).groupby(mine["group"].to_numpy()[yard]).unique():
        out.unite(set(together.tolist()))
    return out


def _runs(table: pd.DataFrame, nodes: Index, condition: Index, ours: _Pieces, *, between: bool) -> _Runs:
    """Return the runs in the groups of the pieces: of any condition `between` pieces, else of one condition each."""
    group = table["group"].to_numpy()
    wanted = condition[ours.rows[0]] if len(ours.rows) else NONE
    other = (condition == NONE) | ((condition > wanted) & (condition >= MAY) & ~table["yard"].to_numpy())
    rows = np.flatnonzero(other & np.isin(group, group[ours.rows]))
    key = group[rows]
    if not between:
        key = pd.MultiIndex.from_arrays([key, condition[rows]]).factorize(sort=True)[0].astype(np.int64)
    run = pieces.components(key, nodes[rows])
    count = int(run.max(initial=-1)) + 1
    run_group, piece_group = np.zeros(count, np.int64), np.zeros(len(ours.root), np.int64)
    run_group[run], piece_group[ours.piece] = group[rows], group[ours.rows]
    meets = pieces.touching(run, nodes[rows], ours.piece, nodes[ours.rows])
    touched: dict[int, list[int]] = defaultdict(list)
    for a, b in meets[run_group[meets[:, 0]] == piece_group[meets[:, 1]]].tolist():
        touched[a].append(b)
    mine = table.iloc[rows]
    later, separate = np.zeros(count), np.zeros(count)
    np.maximum.at(later, run, mine["later"].to_numpy())
    separate[run] = mine["separate"].to_numpy()

    def total(name: str) -> Floats:
        return np.bincount(run, weights=mine[name], minlength=count).astype(np.float64)

    return _Runs(rows, run, touched, total("length_m"), total("cost"), total("gain"), separate, later)


def _choose(runs: _Runs, ours: _Pieces, least: int, must_share: float, most_m: float) -> list[tuple[int, float]]:
    """Return the runs that join and the gain of each, the best first; pieces that they connect become one."""

    def worth(number: int) -> tuple[float, set[int]]:
        roots = {ours.find(piece) for piece in runs.touched[number]}
        separate = runs.separate[number]
        return float(runs.gain[number] + separate * (runs.later[number] + len(roots) - 1)), roots

    able = [number for number, met in runs.touched.items() if len(met) >= least]
    out = []
    for number in sorted(able, key=lambda item: (-worth(item)[0], item)):
        gain, roots = worth(number)
        more = float(runs.length_m[number])
        total = sum(ours.length_m[root] for root in roots) + more
        must = sum(ours.must_m[root] for root in roots)
        at_once = runs.cost[number] <= runs.separate[number] * (len(roots) - 1)
        if gain >= 0 and total <= most_m and (at_once or must >= must_share * total):
            ours.unite(roots, more)
            out.append((number, gain))
    return out


def close_gaps(segments: pd.DataFrame, nodes: Index, condition: Index, gap_m: float) -> Index:
    """Let short runs join where they connect two pieces of one condition: the rule where no prices are known."""
    group = segments["group"].to_numpy(np.int64)
    length = segments["length_m"].to_numpy()
    result = condition.copy()
    for wanted in sorted(set(condition.tolist()) - {NONE}):
        member = result == wanted
        other = (result > wanted) & (result >= MAY) | (result == NONE)
        other &= np.isin(group, group[member])
        if not other.any():
            continue
        rows, gap_rows = np.flatnonzero(member), np.flatnonzero(other)
        piece = pieces.components(group[rows], nodes[rows])
        run = pieces.components(group[gap_rows], nodes[gap_rows])
        run_length = np.bincount(run, weights=length[gap_rows])
        short = run_length[run] <= gap_m
        gap_rows, run = gap_rows[short], run[short]
        # one group a street: a run and a piece that meet must be of the same one
        run_group = dict(zip(run.tolist(), group[gap_rows].tolist(), strict=True))
        piece_group = dict(zip(piece.tolist(), group[rows].tolist(), strict=True))
        meets = pieces.touching(run, nodes[gap_rows], piece, nodes[rows])
        between = [a for a, b in meets.tolist() if run_group[a] == piece_group[b]]
        label, count = np.unique(np.array(between, dtype=np.int64), return_counts=True)
        result[gap_rows[np.isin(run, label[count >= 2])]] = wanted
    return result
