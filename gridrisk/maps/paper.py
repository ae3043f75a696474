"""A page for paper: headings, tables and notes as HTML that prints on A4 and needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from gridrisk import __version__
from gridrisk.i18n import msg, translate
from gridrisk.maps import labels, palette

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from gridrisk.i18n import Language, Message

_STYLE = """
@page{size:A4;margin:12mm 12mm 14mm}
body{font:10.5pt/1.4 FONTS;color:#111;max-width:186mm;margin:6mm auto;padding:0 3mm}
h1{font-size:17pt;margin:0 0 1mm}h2{font-size:12pt;margin:5mm 0 1.5mm;border-bottom:1.5px solid #111;break-after:avoid}
.sub{color:#444}.figures{display:flex;gap:3mm;margin:3mm 0}
.figures div{flex:1;border:1.5px solid #111;padding:1.5mm 2mm}
.figures b{display:block;font-size:16pt;line-height:1.2}.warn{border:2px solid #8f0d2a;padding:1.5mm 3mm;margin:2mm 0}
.warn p{margin:.5mm 0}table{border-collapse:collapse;width:100%;font-size:9.5pt}
table+table{margin-top:2mm}thead{display:table-header-group}tr{break-inside:avoid}
th,td{border:.5px solid #777;padding:.8mm 1.2mm;text-align:left;vertical-align:top}th{background:#eee;font-weight:600}
td.n{text-align:right;white-space:nowrap}tr.strong td{font-weight:600}.box{width:14mm}svg{width:100%;height:auto}
figure{margin:2mm 0;break-inside:avoid}figcaption{font-size:8.5pt;color:#333}
.key{display:inline-block;width:8mm;height:0;border-top:3px solid;margin:0 1mm 1mm 3mm}
.foot{margin-top:5mm;font-size:8.5pt;color:#444;border-top:.5px solid #777;padding-top:1mm}
.sign{display:flex;gap:8mm;margin-top:6mm}.sign span{flex:1;border-bottom:.5px solid #111;padding-bottom:1mm}
svg text{font:600 11px FONTS;text-anchor:middle}svg text.road{font:400 10px FONTS;fill:#666}
@media screen{body{background:#fff}html{background:#e6e6e6}body{padding:8mm;box-shadow:0 0 6px #999}}
"""


class Paper:
    """Collects the parts of a page, every text escaped."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang
        self._title = ""
        self._parts: list[str] = []

    def _say(self, msgid: str) -> str:
        return escape(translate(msgid, self._lang))

    def add(self, html: str) -> None:
        """Add markup that is escaped already."""
        self._parts.append(html)

    def section(self, title: str) -> None:
        """Begin a section."""
        self.add(f"<h2>{self._say(title)}</h2>")

    def table(self, heads: Iterable[str], rows: Iterable[tuple[bool, Sequence[object]]]) -> None:
        """Add a table; of each row whether it is set bold, and its cells, None where unknown."""
        head = "".join(f"<th>{self._say(title)}</th>" for title in heads)
        body = "".join(
            f"<tr{' class=strong' if strong else ''}>{''.join(map(self._cell, cells))}</tr>" for strong, cells in rows
        )
        self.add(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def _cell(self, value: object) -> str:
        if value is None or (isinstance(value, float) and np.isnan(value)):
            return f"<td>{self._say(labels.UNKNOWN)}</td>"
        if isinstance(value, int | float):
            return f'<td class="n">{value:,.0f}</td>'
        return f"<td>{escape(str(value))}</td>"

    def head(self, title: str, asked: Message, as_of: dt.date) -> None:
        """Begin the page: its title, what it is about, and its date."""
        self._title = title
        day = msg("as of {date}", date=as_of.isoformat()).render(self._lang)
        self.add(f'<h1>{escape(title)}</h1><div class="sub"><b>{escape(asked.render(self._lang))}</b>')
        self.add(f"　{escape(day)}</div>")

    def warnings(self, texts: Sequence[str]) -> None:
        """Add what must be read first, in a box."""
        if texts:
            self.add(f'<div class="warn">{"".join(f"<p>{escape(text)}</p>" for text in texts)}</div>')

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self.add(f"<p>{escape(text)}</p>")

    def figure_row(self, cells: Iterable[tuple[str, str]]) -> None:
        """Add a row of large figures: what each is, and the figure."""
        boxes = "".join(f"<div><b>{escape(number)}</b>{self._say(title)}</div>" for title, number in cells)
        self.add(f'<div class="figures">{boxes}</div>')

    def notes(self, texts: Iterable[str], foot: str) -> None:
        """Add what is assumed or unknown, and the state of the data at the foot."""
        items = "".join(f"<li>{escape(text)}</li>" for text in texts)
        self.add(f'<ul>{items}</ul><p class="foot">{escape(foot)} · gridrisk {escape(__version__)}</p>')

    def document(self) -> str:
        """Return the page."""
        fonts = ",".join(f'"{font}"' if " " in font else font for font in palette.fonts())
        language = "zh-CN" if self._lang == "zh" else "en"
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{escape(self._title)}</title>'
            f"<style>{_STYLE.replace('FONTS', fonts)}</style></head><body>{''.join(self._parts)}</body></html>\n"
        )
