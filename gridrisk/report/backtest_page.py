"""A page with the lift and calibration of a back-test: one file, drawn as SVG, which needs no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from gridrisk import __version__
from gridrisk.i18n import mark, msg, translate
from gridrisk.risk.backtest import MODEL, RANKINGS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from gridrisk.i18n import Language
    from gridrisk.risk.backtest import Backtest

_COLOURS = {
    MODEL: "#b2182b",
    "challenger": "#2166ac",
    "age_only": "#888888",
    "past_leaks": "#5aae61",
    "cohort_rates": "#9970ab",
}
_LENGTH = mark("share of the length, worst first")
_FAILURES = mark("share of the failures")
_EXPECTED = mark("expected failures")
_OBSERVED = mark("observed failures")
_SIDE, _LEFT, _TOP = 360, 56, 16
_STYLE = """
body{font:15px/1.5 system-ui,"Microsoft YaHei","Noto Sans CJK SC",sans-serif;
max-width:960px;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}
.sub{color:#666;margin-top:-.6rem}.said{font-size:1.1rem}td small{display:block;color:#666;white-space:nowrap}
table{font-variant-numeric:tabular-nums}td,th{vertical-align:top}.key{vertical-align:middle}
figure{display:inline-block;vertical-align:top;width:440px;margin:0 1rem 1rem 0}caption{text-align:left;font-weight:600}
.key{display:inline-block;width:1em;height:.25em;margin:0 .4em .2em 0}
"""


def write_backtest_page(
    path: Path, result: Backtest, summary: Sequence[str], lang: Language, *, as_of: dt.date
) -> None:
    """Write the page.

    Parameters
    ----------
    path
        File to write.
    result
        The walk forward.
    summary
        Sentences above the plots, in the language of the page.
    lang
        Language of the page.
    as_of
        The day to which the record was looked at.
    """

    def say(msgid: str) -> str:
        return escape(translate(msgid, lang))

    title = say(mark("Back-test of the failure model"))
    names = list(dict.fromkeys(result.curve["ranking"]))
    legend = "".join(
        f'<div><span class="key" style="background:{_COLOURS[name]}"></span>{say(RANKINGS[name])}</div>'
        for name in names
    )
    until = msg("record looked at until {day}", day=as_of.isoformat())
    worst = [
        escape(msg("worst {share}", share=f"{share:.0%}").render(lang)) for share in result.shares["worst"].unique()
    ]
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="sub">{escape(until.render(lang))} · gridrisk {__version__}</p>',
        *(f'<p class="said">{escape(text)}</p>' for text in summary),
        _figure(_lift(result, say(_LENGTH), say(_FAILURES)), legend),
        _figure(
            _calibration(result, say(_EXPECTED), say(_OBSERVED)),
            say(
                mark(
                    "a dot a tenth of the length, on logarithmic scales; on the dashed line as many failed as expected"
                )
            ),
        ),
        _years(result, say),
        _by_share(
            say(mark("Failures of the following years in the worst part of the length (90 % interval)")),
            [say(mark("ranked by")), *worst],
            [
                (
                    say(RANKINGS[str(name)]),
                    [(f"{r['share']:.1%}", f"{r['low']:.1%} – {r['high']:.1%}", "") for r in rows.to_dict("records")],
                )
                for name, rows in result.shares.groupby("ranking", sort=False)
            ],
        ),
        _by_share(
            say(mark("Lift over simpler rules; claimed only where the interval does not reach nought")),
            [say(mark("against")), *worst],
            [
                (
                    say(RANKINGS[str(name)]),
                    [
                        (
                            f"{r['difference']:+.1%}",
                            f"{r['low']:+.1%} … {r['high']:+.1%}",
                            say(mark("lift proved")) if r["claimed"] else say(mark("not proved")),
                        )
                        for r in rows.to_dict("records")
                    ],
                )
                for name, rows in result.lift.groupby("rival", sort=False)
            ],
        ),
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    path.write_text(
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n",
        encoding="utf-8",
    )


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>"


def _frame(across: str, up: str, ticks: Iterable[tuple[float, str]], body: str) -> str:
    marks = ""
    for at, label in ticks:
        x, y = _LEFT + at * _SIDE, _TOP + (1 - at) * _SIDE
        marks += f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + _SIDE}" stroke="#eee"/>'
        marks += f'<line x1="{_LEFT}" x2="{_LEFT + _SIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="#eee"/>'
        marks += f'<text x="{x:.1f}" y="{_TOP + _SIDE + 16}" text-anchor="middle">{label}</text>'
        marks += f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    width, height = _LEFT + _SIDE + 24, _TOP + _SIDE + 44
    diagonal = (
        f'<line x1="{_LEFT}" y1="{_TOP + _SIDE}" x2="{_LEFT + _SIDE}" y2="{_TOP}" stroke="#bbb" stroke-dasharray="4"/>'
    )
    axes = (
        f'<text x="{_LEFT + _SIDE / 2}" y="{height - 6}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(14 {_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">{up}</text>'
    )
    return (
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-size="12">'
        f"{marks}{diagonal}{axes}{body}</svg>"
    )


def _place(x: float, y: float) -> str:
    return f"{_LEFT + x * _SIDE:.1f},{_TOP + (1 - y) * _SIDE:.1f}"


def _lift(result: Backtest, across: str, up: str) -> str:
    lines = ""
    for name, group in result.curve.groupby("ranking", sort=False):
        points = " ".join(_place(x, y) for x, y in zip(group["length"], group["failures"], strict=True))
        width = 2.5 if name == MODEL else 1.3
        lines += f'<polyline fill="none" stroke="{_COLOURS[str(name)]}" stroke-width="{width}" points="{points}"/>'
    return _frame(across, up, [(i / 5, f"{i * 20} %") for i in range(6)], lines)


def _calibration(result: Backtest, across: str, up: str) -> str:
    table = result.deciles[result.deciles["ranking"] == MODEL]
    most = max(float(table["expected"].max()), float(table["observed"].max()), 10.0)
    decades = int(np.ceil(np.log10(most)))

    def along(value: float) -> float:
        # what is below one failure stands at the edge
        return float(np.log10(max(value, 1.0)) / decades)

    dots = ""
    for row in table.to_dict("records"):
        x, y = _place(along(row["expected"]), along(row["observed"])).split(",")
        dots += f'<circle cx="{x}" cy="{y}" r="5" fill="{_COLOURS[MODEL]}" fill-opacity=".75"/>'
    return _frame(across, up, [(i / decades, f"{10**i:,}") for i in range(decades + 1)], dots)


def _years(result: Backtest, say: Callable[[str], str]) -> str:
    rows = (
        [
            f"{r['origin']:.0f}",
            f"{r['observed']:,.0f}",
            f"{r['expected']:,.1f}",
            f"{r['observed'] / r['expected']:.2f}" if r["expected"] > 0 else "—",
        ]
        for r in result.by_year.to_dict("records")
    )
    columns = [mark("1 January of"), mark("observed failures"), mark("expected failures"), mark("observed/expected")]
    caption = say(mark("Failures in the years that followed, each day of judgement by itself"))
    return _table(caption, [say(name) for name in columns], rows)


def _by_share(caption: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[tuple[str, str, str]]]]) -> str:
    """Return a table of one row a ranking: in each cell the number, its interval and a remark."""
    cells = (
        [name, *(f"<b>{value}</b><small>{interval}</small><small>{remark}</small>" for value, interval, remark in row)]
        for name, row in rows
    )
    return _table(caption, columns, cells)


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><tr>{head}</tr>{body}</table>"
