"""Try the failure model: coverage of its intervals where the truth is known, and a walk forward on two tables.

Usage: python scripts/bench_backtest.py [--pipes N ...] [--seeds S ...] [--tables PIPES.csv LEAKS.csv CROSSWALK]
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import time
from pathlib import Path

import numpy as np

from gridrisk import features, risk, sample
from gridrisk.pipeline import backtest_tables, backtesting, inputs

AS_OF = dt.date(2026, 11, 22)


def coverage(pipes: int, seed: int) -> None:
    """Print how many true rates lie within the 90 % intervals of a sample city."""
    city = sample.generate(pipes, seed, AS_OF)
    parameters = inputs.parameters(None)
    layer = city.layers["pipes"]
    around = features.build(layer, dict(city.layers), dict(city.rasters), parameters, as_of=AS_OF)
    before = time.process_time()
    scored = risk.score(layer, around, parameters, leaks_recorded=True, as_of=AS_OF)
    spent = time.process_time() - before
    truth = city.truth.reindex(scored.index)
    live = scored["scored"] & ~truth["idle"]
    true, found = truth.loc[live, "failures_per_km_year"], scored[live]
    inside = (found["failures_per_km_year_low"] <= true) & (true <= found["failures_per_km_year_high"])
    agree = np.corrcoef(np.log(true), np.log(found["failures_per_km_year"]))[0, 1]
    print(
        f"{len(layer):>8,} segments, seed {seed}, {int(around['leaks'].sum()):>5} leaks: intervals hold "
        f"{inside.mean():.1%} of the true rates, correlation of logarithms {agree:.2f}, score {spent:.2f} CPU s"
    )


def walk(pipes: Path, leaks: Path, crosswalk: str) -> None:
    """Print what a walk forward over two tables finds."""
    parameters = backtesting.model_of(None)
    before = time.process_time()
    tables = backtest_tables.of_files(pipes, leaks, parameters, crosswalk=crosswalk)
    read = time.process_time() - before
    tried = backtesting.run(tables, parameters, as_of=None, today=AS_OF)
    spent = time.process_time() - before - read
    print(f"{len(tables.mains):,} mains, {len(tables.leaks):,} leaks: read {read:.1f}, tried {spent:.1f} CPU s")
    if tried.result is not None:
        print(tried.result.shares.round(3).to_string(index=False))
        print(tried.result.calibration.round(3).to_string(index=False))


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipes", type=int, nargs="*", default=[2000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tables", nargs=3, metavar=("PIPES", "LEAKS", "CROSSWALK"))
    options = parser.parse_args()
    print(platform.platform(), platform.machine())
    for size in options.pipes:
        for seed in options.seeds:
            coverage(size, seed)
    if options.tables:
        walk(Path(options.tables[0]), Path(options.tables[1]), options.tables[2])


if __name__ == "__main__":
    main()
