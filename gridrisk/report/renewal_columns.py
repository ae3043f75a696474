"""What the renewal list says of a project, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import Language, mark, msg, translate
from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

#: Sections of a sheet: settings that stand together, and their heading.
SECTIONS = [
    (("municipal",), mark("Municipal roads")),
    (("courtyard", "riser", "service"), mark("Courtyards")),
    ((), mark("Setting unknown")),
]
PAYER_PREFIX = "cost_"
_SIGN_OFF = (
    mark("contractor"),
    mark("begun on"),
    mark("finished on"),
    mark("accepted on"),
    mark("signed off (date, name)"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: its title, width in characters, value of a project, format, and whether it has a sum."""

    title: str
    width: float
    value: Callable[[Any], object]
    style: str = "text"
    total: bool = False


def payers(projects: pd.DataFrame) -> list[str]:
    """Return the payers that stand in the columns ``cost_<payer>``."""
    names = [str(c).removeprefix(PAYER_PREFIX) for c in projects.columns if str(c).startswith(PAYER_PREFIX)]
    return [name for name in names if name != "yuan"]


def paying(projects: pd.DataFrame) -> list[str]:
    """Return the payers that pay something: a column of noughts only takes up room."""
    return [payer for payer in payers(projects) if (projects[f"{PAYER_PREFIX}{payer}"] != 0).any()]


def check_payers(projects: pd.DataFrame) -> None:
    """Refuse a list in which the payers' parts do not add up, to the fen."""
    names = [f"{PAYER_PREFIX}{payer}" for payer in payers(projects)]
    if not names:
        return
    parts = (projects[names].astype("float64") * 100).round().sum(axis=1)
    wrong = projects.index[parts != (projects["cost_yuan"].astype("float64") * 100).round()]
    if len(wrong):
        raise DataError(
            msg(
                "project {id}: the parts of the payers do not add up to its cost; plan again",
                id=", ".join(str(name) for name in wrong[:5]),
            )
        )


def with_contents(
    projects: pd.DataFrame, pipes: gpd.GeoDataFrame, towns: pd.Series | None, lang: Language
) -> pd.DataFrame:
    """Add what the pipes of each project are: metres by material, diameters, years laid."""
    unknown = translate(mark("unknown"), lang)
    parts = parts_of(projects, pipes, lang)
    sums = parts.groupby(["project_id", "kind"])["metres"].sum().sort_values(ascending=False, kind="stable")
    text = sums.reset_index()
    text["text"] = text["kind"] + " " + text["metres"].round().astype(int).astype(str) + " m"
    out = projects.copy()
    out["materials"] = text.groupby("project_id")["text"].agg("; ".join)
    out["diameters"] = parts.groupby("project_id")["diameter_mm"].agg(lambda v: _span(v, unknown))
    out["laid"] = parts.groupby("project_id")["install_year"].agg(lambda v: _span(v, unknown))
    out["town"] = out["town_id"].map(towns).fillna(out["town_id"]) if towns is not None else out["town_id"]
    if "register_no" in out:
        return out.sort_values(["year", "register_no", "cost_yuan"], ascending=[True, True, False], kind="stable")
    return out.sort_values(["year", "cost_yuan"], ascending=[True, False], kind="stable")


def parts_of(projects: pd.DataFrame, pipes: gpd.GeoDataFrame, lang: Language) -> pd.DataFrame:
    """Return one row a pipe of a project: metres, material in words, diameter, and both as one text."""
    parts = projects[["pipe_ids"]].explode("pipe_ids").rename_axis("project_id").reset_index()
    lengths = pipes.geometry.length
    facts = pd.DataFrame({c: pipes[c] for c in ("material", "diameter_mm", "install_year")}).assign(metres=lengths)
    parts = parts.join(facts, on="pipe_ids")
    materials = schema.load("pipes").fields["material"].choices
    words = {key: choice.of(lang) for key, choice in materials.items()}
    parts["material"] = parts["material"].map(words).fillna(translate(mark("unknown"), lang)).astype("str")
    size = parts["diameter_mm"].round().astype("Int64").astype("str")
    parts["kind"] = parts["material"] + (" " + size).where(parts["diameter_mm"].notna(), "")
    return parts


def _span(values: pd.Series, unknown: str) -> str:
    known = sorted(set(values.dropna().astype(int)))
    text = "" if not known else str(known[0]) if len(known) == 1 else f"{known[0]}-{known[-1]}"
    gap = [unknown] if values.isna().any() or not known else []
    return ", ".join([*([text] if text else []), *gap])


def columns_of(table: pd.DataFrame, lang: Language, *, planned: bool = True) -> list[Column]:
    """Return the columns that the projects have something to say in.

    Of planned projects the last ones are empty, for the bureau to fill in until the project is signed off.
    """
    answer = {True: translate(mark("yes"), lang), False: translate(mark("no"), lang)}
    unknown = translate(mark("unknown"), lang)
    columns = [
        Column(mark("register number"), 14, lambda row: row.register_no) if "register_no" in table else None,
        Column(mark("project"), 16, lambda row: row.Index),
        Column(mark("name"), 26, lambda row: row.name),
        Column(mark("town"), 12, lambda row: row.town),
        Column(mark("length (m)"), 10, lambda row: row.length_m, "metres", total=True),
        Column(mark("length by material and diameter"), 30, lambda row: row.materials),
        Column(mark("diameter (mm)"), 12, lambda row: row.diameters),
        Column(mark("laid in"), 12, lambda row: row.laid),
        Column(mark("households without gas while it is built"), 10, lambda row: row.households, "count")
        if "households" in table
        else None,
        Column(mark("must renew"), 9, lambda row: unknown if pd.isna(row.mandatory) else answer[bool(row.mandatory)]),
        Column(mark("road works met"), 9, lambda row: _met(row, answer)) if "works_year" in table else None,
        Column(mark("quarter"), 6, lambda row: row.quarter, "count")
        if "quarter" in table and table["quarter"].notna().any()
        else None,
        Column(mark("cost (yuan)"), 15, lambda row: row.cost_yuan, "yuan", total=True),
        *(payer_column(payer) for payer in paying(table)),
        Column(
            mark("risk removed over the horizon (person-equivalents)"),
            15,
            lambda row: row.risk_removed if row.year else None,
            "risk",
            total=True,
        ),
        Column(mark("reason"), 50, lambda row: row.reason),
        *(Column(title, 11, lambda _: None) for title in (_SIGN_OFF if planned else ())),
    ]
    return [column for column in columns if column is not None]


def _met(row: Any, answer: dict[bool, str]) -> str:
    """Say whether a project goes together with road works or a renovation, or in which year these are."""
    if pd.isna(row.works_year):
        return answer[False]
    return answer[True] if int(row.works_year) == row.year else f"{answer[False]} ({int(row.works_year)})"


def payer_column(payer: str) -> Column:
    """Return the column of what one payer pays."""
    titles = {
        "gas_company": mark("gas company (yuan)"),
        "city": mark("city (yuan)"),
        "owner": mark("owner (yuan)"),
        "central": mark("central grant (yuan)"),
        "unassigned": mark("payer unknown (yuan)"),
    }
    return Column(titles.get(payer, payer), 15, lambda row: getattr(row, f"{PAYER_PREFIX}{payer}"), "yuan", total=True)


def sections(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each section; those whose setting is unknown stand in one of their own."""
    known = [setting for settings, _ in SECTIONS for setting in settings]
    return [
        (heading, rows[rows["setting"].isin(settings)] if settings else rows[~rows["setting"].isin(known)])
        for settings, heading in SECTIONS
    ]
