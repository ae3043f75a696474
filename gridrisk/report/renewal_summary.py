"""The summary of the renewal plan as a Word document of two or three pages, for a meeting."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridrisk.i18n import Language, Message, mark, msg, translate
from gridrisk.plan import limit_name, unit_of
from gridrisk.report.plan_picture import Colours, plan_picture
from gridrisk.report.renewal_columns import PAYER_PREFIX, SECTIONS, check_payers, parts_of, payers
from gridrisk.report.word_parts import Page
from gridrisk.words import PAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

_SHOWN = 10


def write_renewal_summary(  # noqa: PLR0913 - a document of many parts
    path: Path,
    projects: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame,
    years: Sequence[int],
    *,
    as_of: dt.date,
    lang: Language,
    colours: Colours,
    towns: pd.Series | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write the summary.

    Parameters
    ----------
    path
        The ``.docx`` file.
    projects, pipes, years, as_of, towns
        As for `write_renewal_list`.
    colours
        Of the picture.
    facts
        What was noted of the plan: status, gap, objective (risk still carried), missing and notes (sentences), prices
        (limit, year, risk_removed_per_unit).

    Raises
    ------
    DataError
        Where the parts of the payers do not add up to the cost of a project.
    """
    check_payers(projects)
    known = dict(facts or {})
    summary = _Summary(Page(lang), projects, projects[projects["year"].isin(list(years))], list(years), lang, known)
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else str(next(iter(years), ""))
    title = msg("Gas pipe renewal plan {years}", years=span).render(lang)
    summary.page.title(title)
    summary.page.note(
        msg("Data as of {date}. Lengths in km, money in {unit}.", date=as_of.isoformat(), unit=_unit(lang)).render(lang)
    )
    summary.overview()
    if len(summary.planned):
        summary.by_year()
        summary.picture(pipes, colours)
        summary.by_material(pipes)
        summary.foremost(towns)
    summary.prices()
    summary.remarks()
    summary.page.signatures([translate(text, lang) for text in (mark("drawn up"), mark("checked"), mark("approved"))])
    summary.page.save(path, title=title, created=dt.datetime.combine(as_of, dt.time()))


@dataclass(frozen=True, slots=True)
class _Summary:
    """The parts of the summary, written one after another."""

    page: Page
    projects: gpd.GeoDataFrame
    planned: gpd.GeoDataFrame
    years: list[int]
    lang: Language
    facts: dict[str, Any]

    def say(self, text: str | Message) -> str:
        """Return a text in the language of the document."""
        return text.render(self.lang) if isinstance(text, Message) else translate(text, self.lang)

    def money(self, yuan: float) -> str:
        """Return a sum in the unit of the document."""
        return f"{yuan / 1e4:,.2f}" if self.lang == "zh" else f"{yuan / 1e6:,.3f}"

    def overview(self) -> None:
        """Say in one paragraph what is planned, how good it is, and what must be renewed."""
        self.page.heading(self.say(mark("In short")))
        if self.facts.get("missing"):
            self.page.warning(
                self.say(mark("The plan does not keep every deadline within its limits; it is no list to build by:"))
            )
            self.page.bullets(self.facts["missing"])
            return
        planned = self.planned
        removed = float(planned["risk_removed"].sum())
        text = [
            msg(
                "In {years} years {count} projects renew {km} km: {municipal} km in municipal roads, {yard} km in "
                "courtyards. They cost {money} {unit}.",
                years=len(self.years),
                count=len(planned),
                km=f"{planned['length_m'].sum() / 1000:,.2f}",
                municipal=_km(planned, SECTIONS[0][0]),
                yard=_km(planned, SECTIONS[1][0]),
                money=self.money(float(planned["cost_yuan"].sum())),
                unit=_unit(self.lang),
            )
        ]
        left = self.facts.get("objective")
        if left is not None and removed + left > 0:
            text.append(
                msg(
                    "They remove {removed} person-equivalents of risk over the horizon, {share} of what all candidates "
                    "carry.",
                    removed=f"{removed:,.1f}",
                    share=f"{removed / (removed + left):.0%}",
                )
            )
        if self.facts.get("gap") is not None:
            text.append(
                msg(
                    "No plan within these limits can leave more than {gap} less risk.",
                    gap=f"{max(self.facts['gap'], 1e-4):.2%}",
                )
            )
        must = self.projects["mandatory"].fillna(False).astype(bool)
        outside = int((must & ~self.projects["year"].isin(self.years)).sum())
        text.append(
            msg("{count} projects hold pipes that must be renewed; all are planned in time.", count=int(must.sum()))
            if not outside
            else msg(
                "{count} projects hold pipes that must be renewed; {later} of them are due only after the plan.",
                count=int(must.sum()),
                later=outside,
            )
        )
        self.page.paragraph(("" if self.lang == "zh" else " ").join(self.say(part) for part in text))

    def by_year(self) -> None:
        """Write the table of the years: works, kilometres, money by payer, risk."""
        self.page.heading(self.say(msg("Years and money ({unit})", unit=_unit(self.lang))))
        paying = [name for name in payers(self.planned) if float(self.planned[PAYER_PREFIX + name].sum()) > 0]
        heads = [mark("year"), mark("projects"), mark("municipal (km)"), mark("courtyard (km)"), mark("cost")]
        titles = [self.say(text) for text in heads]
        titles += [self.say(PAYERS.get(name, name)) for name in paying]
        titles.append(self.say(mark("risk removed (person-equivalents)")))
        groups = [(str(year), self.planned[self.planned["year"] == year]) for year in self.years]
        groups.append((self.say(mark("total")), self.planned))
        rows = []
        for name, part in groups:
            sums = [self.money(float(part["cost_yuan"].sum()))]
            sums += [self.money(float(part[PAYER_PREFIX + payer].sum())) for payer in paying]
            lengths = [_km(part, SECTIONS[0][0]), _km(part, SECTIONS[1][0])]
            rows.append([name, f"{len(part):,}", *lengths, *sums, f"{part['risk_removed'].sum():,.2f}"])
        self.page.table(titles, rows, total=True)
        self._quarters()

    def _quarters(self) -> None:
        """Write how the works spread over the quarters, where the plan is made by quarters."""
        if "quarter" not in self.planned or self.planned["quarter"].isna().all():
            return
        titles = [self.say(mark("year")), *(self.say(msg("quarter {number} (km)", number=q)) for q in range(1, 5))]
        rows = []
        for year in self.years:
            mine = self.planned[self.planned["year"] == year]
            km = [f"{mine.loc[mine['quarter'] == q, 'length_m'].sum() / 1000:,.2f}" for q in range(1, 5)]
            rows.append([str(year), *km])
        self.page.table(titles, rows)

    def picture(self, pipes: gpd.GeoDataFrame, colours: Colours) -> None:
        """Draw the projects in the colours of their years."""
        png = plan_picture(self.planned, pipes, self.years, colours)
        if png is None:
            return
        self.page.heading(self.say(mark("Where")))
        legend = [(colours.of(place), self.say(msg("year {year}", year=year))) for place, year in enumerate(self.years)]
        self.page.picture(io.BytesIO(png), legend)

    def by_material(self, pipes: gpd.GeoDataFrame) -> None:
        """Write kilometres by material that is taken out, year by year."""
        self.page.heading(self.say(mark("What is taken out (km)")))
        parts = parts_of(self.planned, pipes, self.lang).join(self.planned[["year"]], on="project_id")
        table = parts.pivot_table(index="material", columns="year", values="metres", aggfunc="sum", fill_value=0.0)
        table = table.reindex(columns=self.years, fill_value=0.0) / 1000
        table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        rows = [[str(name), *(f"{km:,.2f}" for km in [*row, row.sum()])] for name, row in table.iterrows()]
        sums = table.sum()
        rows.append([self.say(mark("total")), *(f"{km:,.2f}" for km in [*sums, sums.sum()])])
        titles = [self.say(mark("material")), *map(str, self.years), self.say(mark("total"))]
        self.page.table(titles, rows, total=True)

    def foremost(self, towns: pd.Series | None) -> None:
        """Write the projects of the first year that remove most, with their reasons."""
        first = self.planned[self.planned["year"] == self.planned["year"].min()]
        top = first.sort_values(["risk_removed", "cost_yuan"], ascending=[False, True], kind="stable").head(_SHOWN)
        year = int(first["year"].iloc[0])
        self.page.heading(
            self.say(msg("{year}: the {count} projects that remove most risk", year=year, count=len(top)))
        )
        heads = [mark("register number"), mark("name"), mark("town"), mark("length (m)"), mark("reason")]
        titles = [self.say(text) for text in heads]
        titles.insert(4, self.say(msg("cost ({unit})", unit=_unit(self.lang))))
        town = top["town_id"].map(towns).fillna(top["town_id"]) if towns is not None else top["town_id"]
        rows = [
            [
                str(row.register_no),
                str(row.name),
                "" if pd.isna(place) else str(place),
                f"{row.length_m:,.0f}",
                self.money(float(row.cost_yuan)),
                str(row.reason),
            ]
            for row, place in zip(top.itertuples(), town.tolist(), strict=True)
        ]
        self.page.table(titles, rows, widths=(2.2, 2.4, 2.2, 1.5, 1.9, 6.8))

    def prices(self) -> None:
        """Write what one more of what is scarce would remove."""
        rows = []
        for price in self.facts.get("prices", ()):
            unit = unit_of(str(price["limit"]))
            worth = float(price["risk_removed_per_unit"]) * (1e6 if unit == "yuan" else 1.0)
            if worth >= 0.0005:
                rows.append(
                    [
                        self.say(limit_name(str(price["limit"]))),
                        str(price["year"]),
                        self.say(_UNITS[unit]),
                        f"{worth:.3f}",
                    ]
                )
        if rows:
            self.page.heading(self.say(mark("What one more would remove")))
            heads = [mark("of"), mark("year"), mark("one more"), mark("risk removed (person-equivalents)")]
            self.page.table([self.say(text) for text in heads], rows)

    def remarks(self) -> None:
        """Write what the reader must know."""
        lines = list(self.facts.get("notes", ()))
        unpaid = float(self.planned.get("cost_unassigned", pd.Series(0.0)).sum())
        if unpaid > 0:
            lines.append(
                self.say(
                    msg(
                        "{money} {unit} have no payer yet, because setting or kind of owner is unknown.",
                        money=self.money(unpaid),
                        unit=_unit(self.lang),
                    )
                )
            )
        left = self.projects[self.projects["year"] == 0]
        if len(left):
            lines.append(
                self.say(
                    msg(
                        "{count} candidates of {km} km are not in the plan; the list says for each what it takes.",
                        count=len(left),
                        km=f"{left['length_m'].sum() / 1000:,.2f}",
                    )
                )
            )
        if lines:
            self.page.heading(self.say(mark("To be noted")))
            self.page.bullets(lines)


_UNITS = {
    "yuan": mark("million yuan"),
    "km": mark("kilometre"),
    "work": mark("work"),
    "household": mark("household"),
}


def _unit(lang: Language) -> str:
    return translate(mark("million yuan"), lang) if lang == "en" else "万元"


def _km(rows: pd.DataFrame, settings: tuple[str, ...]) -> str:
    return f"{rows.loc[rows['setting'].isin(settings), 'length_m'].sum() / 1000:,.2f}"
