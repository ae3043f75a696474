"""Where must-renew work cannot fit: the least by which money or crews would have to grow, year by year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, eye_array, hstack, vstack

from gridrisk.i18n import Message, msg
from gridrisk.plan.problem import MM_PER_KM, used
from gridrisk.plan.solver import Layout, Model, build_model, maximise
from gridrisk.plan.words import limit_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The smallest change that lets all must-renew work fit.

    Attributes
    ----------
    missing
        For each limit (``total``, a payer, ``crew``), what it lacks by year: yuan, or kilometres for the crew.
    closed
        Mandatory projects that a no-dig order keeps out of every year up to their deadline.
    years
        The year in which each mandatory project would then be built.
    proven
        False where the time ran out before the least was proved: then it is enough, but perhaps not the least.
    """

    missing: dict[str, dict[int, float]]
    closed: tuple[str, ...]
    years: dict[str, int]
    proven: bool

    def messages(self) -> list[Message]:
        """Say in sentences what is missing."""
        out = []
        for name, by_year in self.missing.items():
            for year, amount in by_year.items():
                if name == "crew":
                    text = msg("{year}: crews lack {km} km for what must be renewed", year=year, km=f"{amount:,.3f}")
                elif name == "total":
                    text = msg(
                        "{year}: the budget lacks {yuan} yuan for what must be renewed",
                        year=year,
                        yuan=f"{amount:,.2f}",
                    )
                else:
                    text = msg(
                        "{year}: {limit} lacks {yuan} yuan for what must be renewed",
                        year=year,
                        limit=limit_name(name),
                        yuan=f"{amount:,.2f}",
                    )
                out.append(text)
        out += [
            msg(
                "project {id} must be renewed, but a no-dig order closes its road in every year up to the deadline; "
                "lift the order, move the deadline, or set no_dig_exception = true in the scenario",
                id=project_id,
            )
            for project_id in self.closed
        ]
        if not self.proven:
            out.append(msg("the time ran out before the least shortfall was proved; with this much it fits"))
        return out


def relax(problem: Problem, *, time_limit_s: float) -> Relaxation:
    """Find the least that money and crews lack for the mandatory projects alone.

    The sum of what the budgets lack is least; a kilometre that the crews lack counts as much as a kilometre of these
    projects costs on average, and where a budget in all and one of a payer both fall short, both are counted.
    """
    rows = np.flatnonzero(problem.forced)
    closed = rows[~problem.allowed[rows].any(axis=1)]
    last = np.minimum(problem.due[rows], problem.years[-1])
    in_time = problem.years[None, :] <= last[:, None]
    allowed = np.zeros_like(problem.allowed)
    allowed[rows] = np.where(np.isin(rows, closed)[:, None], in_time, problem.allowed[rows])
    model, layout = _elastic(problem, allowed)
    solution = maximise(model, time_limit_s=time_limit_s)
    if solution.x is None:
        # every mandatory project in its last open year always fits the elastic model
        chosen = np.where(allowed.any(axis=1), allowed.shape[1] - 1 - allowed[:, ::-1].argmax(axis=1), -1)
    else:
        built = np.flatnonzero(solution.x[: len(layout.project)] > 0.5)
        chosen = np.full(len(problem.ids), -1, dtype=np.int64)
        chosen[layout.project[built]] = layout.year[built]
    return Relaxation(
        missing=shortfall(problem, chosen),
        closed=tuple(str(problem.ids[row]) for row in closed),
        years={str(problem.ids[row]): int(problem.years[chosen[row]]) for row in rows},
        proven=solution.outcome == "optimal",
    )


def shortfall(problem: Problem, chosen: NDArray[np.int64]) -> dict[str, dict[int, float]]:
    """Return by how much a choice of years breaks each limit, exactly: yuan, or kilometres for the crew."""
    missing: dict[str, dict[int, float]] = {}
    for limit in problem.limits:
        over = np.maximum(used(limit, chosen) - limit.most, 0)
        unit = MM_PER_KM if limit.name == "crew" else 100
        by_year = {int(problem.years[t]): int(over[t]) / unit for t in np.flatnonzero(over)}
        if by_year:
            missing[limit.name] = by_year
    return missing


def _elastic(problem: Problem, allowed: NDArray[np.bool_]) -> tuple[Model, Layout]:
    """Return the model with one more column for each limit and year, what is lacking, at its weight."""
    base, layout = build_model(replace(problem, allowed=allowed))
    lacking = len(problem.limits) * len(problem.years)
    below = vstack([csr_array((layout.first_limit_row, lacking)), -eye_array(lacking, format="csr")])
    forced = problem.forced
    fen_per_mm = problem.cost[forced].max(axis=1).sum() / max(int(problem.length_mm[forced].sum()), 1)
    weight = [limit.scale / 1e6 * (max(fen_per_mm, 1e-3) if limit.name == "crew" else 1.0) for limit in problem.limits]
    model = Model(
        gain=np.concatenate([np.zeros(len(layout.project)), -np.repeat(weight, len(problem.years))]),
        rows=hstack([base.rows, below], format="csr"),
        low=base.low,
        high=base.high,
        upper=np.concatenate([base.upper, np.full(lacking, np.inf)]),
        whole=np.concatenate([base.whole, np.zeros(lacking, dtype=bool)]),
    )
    return model, layout
