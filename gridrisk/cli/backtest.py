"""The command that tries the failure model on years it has not seen: backtest."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import IsoDate, WorkspaceFolder, app, common, text
from gridrisk.cli.output import finding_rows
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    from gridrisk.cli.output import Output
    from gridrisk.pipeline.backtesting import Tried
    from gridrisk.risk.backtest import Backtest
    from gridrisk.store import Workspace

_FILE = click.Path(path_type=Path)


@app.command(help=text("How well the failure model would have found the leaks of later years."))
@click.argument("workspace", type=WorkspaceFolder(), required=False)
@click.option("--pipes", type=_FILE, help=text("Table of pipes, where there is no workspace; geometry is not needed."))
@click.option("--leaks", type=_FILE, help=text("Table of leaks with day and pipe."))
@click.option("--crosswalk", metavar="NAME", help=text("What the headings of the tables mean."))
@click.option("--as-of", type=IsoDate(), help=text("Nothing younger is looked at; else the end of the record."))
@click.option("--horizon", type=click.IntRange(1, 20), help=text("Years predicted from each 1 January."))
@click.option("--origins", type=click.IntRange(1, 50), help=text("How many such days, the last ones possible."))
@click.option("--no-challenger", is_flag=True, help=text("Leave the boosted trees out."))
@click.option(
    "--predict", type=_FILE, metavar="OUT.csv", help=text("Write the rate of every pipe as known on that day.")
)
@click.option(
    "--page", type=_FILE, metavar="OUT.html", help=text("Write a page with the plots, which needs no network.")
)
@common
def backtest(
    output: Output,
    workspace: Workspace | None,
    pipes: Path | None,
    leaks: Path | None,
    crosswalk: str | None,
    as_of: dt.date | None,
    horizon: int | None,
    origins: int | None,
    no_challenger: bool,
    predict: Path | None,
    page: Path | None,
) -> int:
    """Walk forward by year."""
    from gridrisk.errors import UsageError
    from gridrisk.pipeline import backtest_tables, backtesting

    parameters = backtesting.model_of(workspace)
    if workspace is not None and pipes is None and leaks is None:
        tables = backtesting.of_workspace(workspace)
    elif workspace is None and pipes is not None and leaks is not None:
        tables = backtest_tables.of_files(pipes, leaks, parameters, crosswalk=crosswalk)
    else:
        raise UsageError(msg("give either a workspace, or both --pipes and --leaks"))
    with output.progress() as progress:
        tried = backtesting.run(
            tables,
            parameters,
            as_of=as_of,
            today=dt.datetime.now().astimezone().date(),
            horizon=horizon,
            count=origins,
            challenger=not no_challenger,
            progress=progress,
        )
    output.findings(tried.findings)
    files = {}
    if predict is not None:
        files["predictions"] = str(backtesting.write_predictions(tried.fitted, predict))
    if page is not None and tried.result is not None:
        sentences = backtesting.summary(tried)
        files["page"] = str(backtesting.write_page(tried.result, sentences, page, output.lang, as_of=tried.as_of))
    if tried.result is not None:
        _tables(output, tried.result)
    lines = [msg("result: {file}", file=file) for file in files.values()]
    output.result(_plain(output, tried) | {"files": files}, *backtesting.summary(tried), *lines)
    return 0 if tried.result is not None or predict is not None else 1


def _percent(value: float, low: float, high: float) -> str:
    return f"{value:.1%} ({low:.1%} – {high:.1%})"


def _tables(output: Output, result: Backtest) -> None:
    from gridrisk.risk.backtest import RANKINGS

    worst = list(dict.fromkeys(result.shares["worst"]))
    by_ranking = dict(iter(result.shares.groupby("ranking", sort=False)))
    output.table(
        mark("Failures of the following years in the worst part of the length (90 % interval)"),
        [mark("ranked by"), *(f"{share:.0%}" for share in worst)],
        [
            [
                output.label(RANKINGS[str(name)]),
                *(_percent(r["share"], r["low"], r["high"]) for r in group.to_dict("records")),
            ]
            for name, group in by_ranking.items()
        ],
    )
    output.table(
        mark("Lift over simpler rules; claimed only where the interval does not reach nought"),
        [mark("against"), mark("worst part"), mark("difference"), mark("claimed")],
        [
            [
                output.label(RANKINGS[r["rival"]]),
                f"{r['worst']:.0%}",
                _percent(r["difference"], r["low"], r["high"]),
                output.label(mark("yes") if r["claimed"] else mark("no")),
            ]
            for r in result.lift.to_dict("records")
        ],
    )
    deciles = result.deciles[result.deciles["ranking"] == "model"]
    output.table(
        mark("Observed and expected by tenth of the length, worst first"),
        [mark("tenth"), mark("km·years"), mark("observed"), mark("expected")],
        [
            [r["decile"], round(r["km_years"], 1), int(r["observed"]), round(r["expected"], 1)]
            for r in deciles.to_dict("records")
        ],
    )


def _plain(output: Output, tried: Tried) -> dict[str, Any]:
    result = tried.result
    data: dict[str, Any] = {
        "as_of": tried.as_of,
        "pipes": len(tried.fitted.rates),
        "findings": finding_rows(tried.findings, output.lang),
        "model": {
            "shapes": tried.fitted.shapes,
            "precision": tried.fitted.precision,
            "multipliers": tried.fitted.multipliers.to_dict("records"),
        },
    }
    if result is None:
        return data | {"origins": [], "shares": []}
    return data | {
        "origins": result.origins,
        "horizon_years": result.horizon_years,
        "failures": result.failures,
        "shares": result.shares.to_dict("records"),
        "lift": result.lift.to_dict("records"),
        "observed_expected": result.calibration.to_dict("records"),
        "by_year": result.by_year.to_dict("records"),
        "deciles": result.deciles.to_dict("records"),
    }
