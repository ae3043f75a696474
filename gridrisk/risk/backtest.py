"""How well the likelihood would have found the failures of later years: walk forward, one 1 January after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import mark, msg
from gridrisk.risk import rivals
from gridrisk.risk.fit import fit
from gridrisk.risk.spread import numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gridrisk.i18n import Message
    from gridrisk.params import Parameters
    from gridrisk.risk.panel import Record

    Floats = NDArray[np.float64]

MODEL = "model"
#: What is ranked by; the first is the program's own.
RANKINGS = {
    MODEL: mark("fitted rate"),
    "challenger": mark("boosted trees (challenger)"),
    "age_only": mark("age only"),
    "past_leaks": mark("past leaks per km and year only"),
    "cohort_rates": mark("rate of material and decade"),
}
_INTERVAL = (5.0, 95.0)
_CURVE = np.linspace(0.0, 1.0, 101)
_DECILES = 10


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a walk forward found; all intervals are 90 %, by bootstrap over streets (else mains).

    Attributes
    ----------
    origins
        The years on whose 1 January the mains were ranked.
    horizon_years
        How many following years count.
    failures
        Failures of these years, pooled over the origins.
    shares
        ranking, worst (share of length), share of failures, low, high.
    lift
        rival, worst, difference (share of the model less that of the rival), low, high, claimed.
    calibration
        ranking, observed, expected, ratio (observed / expected), low, high.
    by_year
        origin, observed, expected of the model.
    deciles
        ranking, decile of length (1 = worst), km_years, observed, expected.
    curve
        ranking, length (share, worst first), failures (share).
    """

    origins: tuple[int, ...]
    horizon_years: int
    failures: int
    shares: pd.DataFrame
    lift: pd.DataFrame
    calibration: pd.DataFrame
    by_year: pd.DataFrame
    deciles: pd.DataFrame
    curve: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One origin as one ranking sees it, worst first."""

    origin: int
    ranking: str
    order: NDArray[np.intp]
    length: Floats
    failures: Floats
    expected: Floats
    exposure: Floats


def origins(record: Record, until: float, params: Parameters, *, horizon: int, count: int) -> tuple[int, ...]:
    """Return the last `count` years whose 1 January has record enough before and `horizon` years after.

    Raises
    ------
    DataError
        Where the record is too short or holds too few failures.
    """
    if not np.isfinite(record.start) or record.count == 0:
        raise DataError(msg("the leak record holds no failure of a known pipe; there is nothing to try the model on"))
    first = int(record.start + params.table("backtest.walk")["least_years"])
    last = int(np.floor(until + 1e-9)) - horizon
    least = params.number("least_failures")
    found = [y for y in range(first, last + 1) if record.known(y, params).count >= least]
    if not found:
        raise DataError(
            msg(
                "the record is too short to try the model on: from {start} to {until} it holds {count} failures of "
                "known pipes; needed are {least} before the first day of judgement and {horizon} years after it",
                start=int(record.start),
                until=f"{until:.1f}",
                count=record.count,
                least=int(least),
                horizon=horizon,
            )
        )
    return tuple(found[-count:])


def walk_forward(
    record: Record,
    params: Parameters,
    *,
    days: tuple[int, ...],
    horizon: int,
    challenger: bool = True,
    seed: int = 1,
    progress: Callable[[Message, float], None] | None = None,
) -> Backtest:
    """Rank the mains on each 1 January by what was known, and count what failed in the years that followed.

    Mains laid later do not take part, nor do their failures. What a ranking knows on a day is older than the day.

    Parameters
    ----------
    record
        Leak record and inventory.
    params
        ``models/likelihood/fit.toml``.
    days
        Years, see `origins`.
    horizon
        Following years that count.
    challenger
        Whether the boosted trees take part.
    seed
        Of the bootstrap.
    """
    tell = progress or (lambda _step, _share: None)
    ranked: list[_Ranked] = []
    for i, day in enumerate(days):
        tell(msg("judging as of 1 January {year}", year=day), i / len(days))
        known = record.known(float(day), params)
        rates = {
            MODEL: fit(known, params, until=float(day)).rates["failures_per_km_year"].to_numpy(),
            "age_only": rivals.age_only(known, float(day)),
            "past_leaks": rivals.past_leaks(known, float(day)),
            "cohort_rates": rivals.cohort_rates(known, float(day)),
        }
        if challenger:
            rates["challenger"] = rivals.boosted(known, float(day), params)
        ranked += [_rank(record, name, rates[name], day, horizon) for name in RANKINGS if name in rates]
    total = int(sum(one.failures.sum() for one in ranked if one.ranking == MODEL))
    if total == 0:
        raise DataError(msg("nothing failed in the years that were to be predicted; there is nothing to compare"))
    tell(msg("drawing intervals"), 0.99)
    worst = [float(share) for share in params["backtest.worst_shares"].value]
    drawn = _bootstrap(record, ranked, worst, int(params.table("backtest.walk")["replicates"]), seed)
    return Backtest(
        origins=days,
        horizon_years=horizon,
        failures=total,
        shares=_shares(ranked, worst, drawn),
        lift=_lift(ranked, worst, drawn),
        calibration=_calibration(ranked, drawn),
        by_year=pd.DataFrame(
            [
                {"origin": one.origin, "observed": one.failures.sum(), "expected": one.expected.sum()}
                for one in ranked
                if one.ranking == MODEL
            ]
        ),
        deciles=_deciles(ranked),
        curve=_curves(ranked),
    )


def _rank(record: Record, ranking: str, rate: Floats, day: int, horizon: int) -> _Ranked:
    live = np.flatnonzero(record.in_ground(float(day)))
    # worst first; equals in the order of the inventory's numbers, which says nothing of their state
    names = record.mains.index.to_numpy().astype(str)[live]
    order = live[np.lexsort((names, -rate[live]))]
    exposure = record.exposure(float(day), float(day + horizon))[order]
    return _Ranked(
        day,
        ranking,
        order,
        record.mains["length_km"].to_numpy()[order],
        record.failures(float(day), float(day + horizon))[order],
        rate[order] * exposure,
        exposure,
    )


def _captured(one: _Ranked, worst: list[float] | Floats, weight: Floats | None = None) -> Floats:
    """Return the failures in the worst shares of length; within the main at the border by its part."""
    length = one.length if weight is None else one.length * weight
    failures = one.failures if weight is None else one.failures * weight
    along = np.concatenate([[0.0], np.cumsum(length)])
    found = np.concatenate([[0.0], np.cumsum(failures)])
    return np.asarray(np.interp(np.asarray(worst) * along[-1], along, found))


def _names(ranked: list[_Ranked]) -> list[str]:
    return list(dict.fromkeys(one.ranking for one in ranked))


def _pooled(ranked: list[_Ranked], name: str, worst: list[float] | Floats, weight: Floats | None = None) -> Floats:
    mine = [one for one in ranked if one.ranking == name]
    total = sum(float((one.failures if weight is None else one.failures * weight[one.order]).sum()) for one in mine)
    caught = sum(_captured(one, worst, None if weight is None else weight[one.order]) for one in mine)
    return np.asarray(caught / total if total > 0 else np.full(len(worst), np.nan))


def _bootstrap(
    record: Record, ranked: list[_Ranked], worst: list[float], replicates: int, seed: int
) -> dict[str, Floats]:
    """Return for each ranking one row a replicate: the shares, and observed / expected."""
    street = numbers_of(record.mains["street"])
    alone = street < 0
    street[alone] = street.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    random = np.random.default_rng(seed)
    drawn: dict[str, list[Floats]] = {name: [] for name in _names(ranked)}
    for _ in range(replicates):
        weight = random.poisson(1.0, int(street.max(initial=0)) + 1).astype(float)[street]
        for name, rows in drawn.items():
            mine = [one for one in ranked if one.ranking == name]
            observed = sum(float((one.failures * weight[one.order]).sum()) for one in mine)
            expected = sum(float((one.expected * weight[one.order]).sum()) for one in mine)
            ratio = observed / expected if expected > 0 else np.nan
            rows.append(np.append(_pooled(ranked, name, worst, weight), ratio))
    return {name: np.array(rows) for name, rows in drawn.items()}


def _bounds(values: Floats) -> tuple[float, float]:
    low, high = np.nanpercentile(values, _INTERVAL) if np.isfinite(values).any() else (np.nan, np.nan)
    return float(low), float(high)


def _shares(ranked: list[_Ranked], worst: list[float], drawn: dict[str, Floats]) -> pd.DataFrame:
    rows = []
    for name in _names(ranked):
        for i, share in enumerate(_pooled(ranked, name, worst)):
            low, high = _bounds(drawn[name][:, i])
            rows.append({"ranking": name, "worst": worst[i], "share": float(share), "low": low, "high": high})
    return pd.DataFrame(rows)


def _lift(ranked: list[_Ranked], worst: list[float], drawn: dict[str, Floats]) -> pd.DataFrame:
    own = _pooled(ranked, MODEL, worst)
    rows = []
    for name in _names(ranked):
        if name == MODEL:
            continue
        other = _pooled(ranked, name, worst)
        for i, share in enumerate(worst):
            low, high = _bounds(drawn[MODEL][:, i] - drawn[name][:, i])
            rows.append(
                {
                    "rival": name,
                    "worst": share,
                    "difference": float(own[i] - other[i]),
                    "low": low,
                    "high": high,
                    "claimed": bool(low > 0),
                }
            )
    return pd.DataFrame(rows)


def _calibration(ranked: list[_Ranked], drawn: dict[str, Floats]) -> pd.DataFrame:
    rows = []
    for name in _names(ranked):
        observed = sum(float(one.failures.sum()) for one in ranked if one.ranking == name)
        expected = sum(float(one.expected.sum()) for one in ranked if one.ranking == name)
        low, high = _bounds(drawn[name][:, -1])
        ratio = observed / expected if expected > 0 else np.nan
        rows.append(
            {"ranking": name, "observed": observed, "expected": expected, "ratio": ratio, "low": low, "high": high}
        )
    return pd.DataFrame(rows)


def _deciles(ranked: list[_Ranked]) -> pd.DataFrame:
    parts = []
    for one in ranked:
        along = np.cumsum(one.length) - one.length / 2
        decile = np.clip(np.floor(along / max(one.length.sum(), 1e-12) * _DECILES), 0, _DECILES - 1).astype(int) + 1
        parts.append(
            pd.DataFrame(
                {
                    "ranking": one.ranking,
                    "decile": decile,
                    "km_years": one.exposure,
                    "observed": one.failures,
                    "expected": one.expected,
                }
            )
        )
    return pd.concat(parts).groupby(["ranking", "decile"], as_index=False, sort=True).sum()


def _curves(ranked: list[_Ranked]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame({"ranking": name, "length": _CURVE, "failures": _pooled(ranked, name, _CURVE)})
            for name in _names(ranked)
        ],
        ignore_index=True,
    )
