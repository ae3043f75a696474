"""The sheet for the crew that isolates a place: one HTML file that prints on A4 and needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.i18n import mark, msg, translate
from gridrisk.layers import schema
from gridrisk.maps import labels, palette
from gridrisk.maps.isolation import focus, pipe_layer
from gridrisk.maps.paper import Paper
from gridrisk.maps.sketch import Mark, Sketch

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd

    from gridrisk.i18n import Language, Message
    from gridrisk.maps.backdrop import Backdrop

_ROLES = {
    "close": mark("CLOSE"),
    "closed": mark("is closed: make sure"),
    "optional": mark("may stay open; closing helps purging"),
}
#: Residents listed one by one; the others are counted.
_RESIDENTS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the sheet takes from the workspace.

    Attributes
    ----------
    pipes, valves, customers
        The layers, on their ids, metric; None where one was never imported.
    backdrop
        Roads, buildings and stations for the picture.
    degrees
        Of each valve longitude and latitude (CGCS2000); nothing where they are not known for sure.
    data_of
        Of each layer the day of its last version.
    """

    pipes: gpd.GeoDataFrame
    valves: gpd.GeoDataFrame | None
    customers: gpd.GeoDataFrame | None
    backdrop: Backdrop
    degrees: Mapping[str, tuple[float, float]]
    data_of: Mapping[str, str]


def isolation_sheet(
    isolation: Mapping[str, Any], survey: Survey, *, asked: Message, as_of: dt.date, lang: Language = "zh"
) -> str:
    """Return the sheet of one isolation.

    Parameters
    ----------
    isolation
        What ``isolate --json`` gives.
    survey
        The layers and what is known of them.
    asked
        What was asked for: pipe, place, leak or station.
    """
    page = _Page(lang)
    spots = list(isolation["valves"])
    numbers = {spot["valve_id"]: i for i, spot in enumerate(spots, 1)}
    everyone, out = survey.customers, [str(customer) for customer in isolation["customers"]]
    lost = None if everyone is None else everyone[everyone.index.isin(out)]
    people = None if lost is None else ordered(lost, set(isolation["critical"]))
    page.head(translate(mark("Emergency isolation sheet"), lang), asked, as_of)
    page.figures(isolation)
    page.warnings(_warnings(isolation, lang))
    picture = _picture(isolation, survey, numbers, people, lang)
    page.add(f"<figure>{picture}<figcaption>{_key(lang)}</figcaption></figure>")
    page.valves(spots, numbers, survey.valves, survey.degrees)
    page.stations(isolation, survey.backdrop.stations)
    page.restoration(isolation)
    page.customers(people, isolation)
    page.end(isolation, survey.data_of)
    return page.document()


class _Page(Paper):
    """The parts of the sheet."""

    def figures(self, isolation: Mapping[str, Any]) -> None:
        unknown = translate(labels.UNKNOWN, self._lang)
        households = isolation["households"]
        told = households is not None
        least = told and (isolation["households_unknown"] or not isolation["source_known"])
        cells = (
            (mark("valves to close"), str(len(isolation["close_valves"]))),
            (mark("stations to close"), str(len(isolation["close_stations"]))),
            (mark("customers without gas"), labels.count(len(isolation["customers"])) if told else unknown),
            (mark("households"), ("≥ " if least else "") + labels.count(households) if told else unknown),
            (mark("critical customers"), labels.count(len(isolation["critical"])) if told else unknown),
        )
        self.figure_row(cells)

    def valves(
        self,
        spots: Sequence[Mapping[str, Any]],
        numbers: Mapping[str, int],
        valves: gpd.GeoDataFrame | None,
        degrees: Mapping[str, tuple[float, float]],
    ) -> None:
        self.section(mark("Valves"))
        if not spots:
            self.add(f"<p>{self._say(mark('No valve is to be closed.'))}</p>")
            return
        heads = [mark("no."), mark("valve"), mark("what to do"), mark("road, beside pipe"), "X / Y (m)"]
        heads += [mark("longitude / latitude"), mark("kind, where"), mark("does it work"), mark("done at, by")]
        rows = []
        for spot in spots:
            valve = spot["valve_id"]
            lon, lat = degrees.get(valve, (np.nan, np.nan))
            more = valves.loc[valve] if valves is not None and valve in valves.index else None
            rows.append(
                (
                    spot["role"] == "close",
                    (
                        str(numbers[valve]),
                        valve,
                        translate(_ROLES[spot["role"]], self._lang),
                        f"{spot['road'] or translate(mark('road unknown'), self._lang)}, {spot['pipe_id']}",
                        f"{spot['x']:.1f} / {spot['y']:.1f}",
                        f"{lon:.6f} / {lat:.6f}" if np.isfinite(lon) else None,
                        self._kind(more),
                        self._works(more, known=bool(spot["known_to_work"])),
                        "",
                    ),
                )
            )
        self.table(heads, rows)

    def _kind(self, valve: pd.Series | None) -> str | None:
        if valve is None:
            return None
        pit = {True: mark("in a pit"), False: mark("no pit")}
        words = [] if pd.isna(valve["kind"]) else [str(valve["kind"])]
        if not pd.isna(valve["in_pit"]):
            words.append(translate(pit[bool(valve["in_pit"])], self._lang))
        return ", ".join(words) or None

    def _works(self, valve: pd.Series | None, *, known: bool) -> str:
        text = translate(mark("recorded as working") if known else mark("NOT KNOWN"), self._lang)
        if valve is None or pd.isna(valve["last_operated"]):
            return text
        last = msg("last operated {day}", day=valve["last_operated"].date().isoformat())
        return f"{text}; {last.render(self._lang)}"

    def stations(self, isolation: Mapping[str, Any], stations: gpd.GeoDataFrame | None) -> None:
        if not isolation["close_stations"]:
            return
        self.section(mark("Stations to close"))
        rows = []
        for station in isolation["close_stations"]:
            known = stations is not None and station in stations.index
            row = stations.loc[station] if stations is not None and known else None
            shape = None if row is None else row["geometry"]
            at = None if shape is None or shape.is_empty else shape.centroid
            kind = None if row is None else words("stations", "kind", self._lang)(row["kind"])
            rows.append((True, (station, kind, None if at is None else f"{at.x:.1f} / {at.y:.1f}", "")))
        self.table([mark("station"), mark("kind"), "X / Y (m)", mark("done at, by")], rows)

    def restoration(self, isolation: Mapping[str, Any]) -> None:
        if not isolation["restoration"]:
            return
        self.section(mark("Closed valves that give gas back when opened"))
        heads = [mark("1. close first"), mark("2. then open"), mark("customers that get gas back"), mark("done at, by")]
        self.table(
            heads,
            (
                (
                    False,
                    (
                        ", ".join([*way["close_first"], *way["close_stations_first"]]) or "—",
                        ", ".join(way["valve_ids"]),
                        len(way["customers"]),
                        "",
                    ),
                )
                for way in isolation["restoration"]
            ),
        )

    def customers(self, people: pd.DataFrame | None, isolation: Mapping[str, Any]) -> None:
        self.section(mark("Customers without gas, critical ones first"))
        if people is None:
            self.add(f"<p>{self._say(mark('Customers are unknown: the layer was never imported.'))}</p>")
            return
        if people.empty:
            self.add(f"<p>{self._say(mark('None is known.'))}</p>")
            return
        beyond = set(isolation["unintended"]["customers"])
        kind = words("customers", "kind", self._lang)
        resident = (people["kind"] == "resident") & ~people["critical_now"]
        shown = people[~resident | (resident.cumsum() <= _RESIDENTS)]
        yes, no = translate(mark("beyond"), self._lang), translate(mark("inside"), self._lang)
        heads = [mark("no."), mark("customer"), mark("kind"), mark("address"), mark("households"), mark("place")]
        self.table(
            [*heads, mark("told at, by")],
            (
                (
                    bool(row["critical_now"]),
                    (
                        f"★{row['number']}" if row["critical_now"] else str(row["number"]),
                        str(customer),
                        kind(row["kind"]),
                        None if pd.isna(row["address"]) else row["address"],
                        "—" if row["kind"] != "resident" and pd.isna(row["households"]) else _number(row["households"]),
                        yes if str(customer) in beyond else no,
                        "",
                    ),
                )
                for customer, row in shown.iterrows()
            ),
        )
        left = people.drop(shown.index)
        if len(left):
            more = msg(
                "and {count} more resident customers with {households} households known; isolate --json lists all",
                count=len(left),
                households=int(left["households"].sum()),
            )
            self.add(f"<p>{escape(more.render(self._lang))}</p>")

    def end(self, isolation: Mapping[str, Any], data_of: Mapping[str, str]) -> None:
        self.section(mark("Assumed or unknown"))
        fixed = [
            translate(
                mark(
                    "Worked out from the survey as imported: a valve or pipe it lacks is not in this sheet. Check for "
                    "gas before work begins."
                ),
                self._lang,
            )
        ]
        notes = [str(note) for note in isolation["notes"]]
        dates = ", ".join(f"{schema.load(name).title.of(self._lang)} {day}" for name, day in data_of.items())
        states = msg("state of the data: {dates}", dates=dates).render(self._lang)
        who = (mark("ordered by, at"), mark("carried out by, at"), mark("gas back on by, at"))
        self.notes([*fixed, *notes], states)
        self.add(f'<div class="sign">{"".join(f"<span>{self._say(text)}</span>" for text in who)}</div>')


def words(layer: str, field: str, lang: Language) -> Callable[[Any], str | None]:
    """Return what says a code of a field in words; None where it is unknown."""
    choices = schema.load(layer).fields[field].choices
    said = {code: choice.of(lang) for code, choice in choices.items()}
    return lambda code: None if pd.isna(code) else said.get(str(code), str(code))


def _number(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)


def ordered(lost: gpd.GeoDataFrame, critical: set[str]) -> gpd.GeoDataFrame:
    """Return the customers, critical first, then firms, then residents, each by address, and numbered."""
    people = lost.assign(critical_now=lost.index.isin(list(critical)), home=lost["kind"] == "resident")
    order = people.reset_index().sort_values(
        ["critical_now", "home", "address", people.index.name], ascending=[False, True, True, True]
    )
    sorted_people = people.iloc[order.index]
    sorted_people["number"] = np.arange(1, len(people) + 1)
    return sorted_people


def _warnings(isolation: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what must be read before anything is closed."""
    told = []
    if not isolation["source_known"]:
        told.append(msg("Where gas comes from is unknown: close everything listed; who else loses gas is unknown."))
    if doubtful := [str(valve) for valve in isolation["unverified_valves"]]:
        told.append(
            msg("Nobody has recorded that these valves work; have the next ones ready: {ids}", ids=", ".join(doubtful))
        )
    if len(isolation["candidates"]) > 1:
        near = "; ".join(f"{c['pipe_id']} ({c['distance_m']:.1f} m)" for c in isolation["candidates"][:6])
        told.append(msg("Pipes near the place, make sure which is meant: {pipes}", pipes=near))
    if not isolation["close_valves"] and not isolation["close_stations"] and isolation["lost_pipes"]:
        told.append(msg("No known valve isolates this part."))
    return [text.render(lang) for text in told]


def _picture(
    isolation: Mapping[str, Any],
    survey: Survey,
    numbers: Mapping[str, int],
    people: gpd.GeoDataFrame | None,
    lang: Language,
) -> str:
    layer, backdrop = pipe_layer(isolation, survey.pipes, lang), survey.backdrop
    box = focus(isolation, layer, survey.valves) or (0.0, 0.0, 100.0, 100.0)
    sketch = Sketch(box)
    sketch.city(backdrop)
    if layer.frame is not None and layer.codes is not None:
        geometry = layer.frame.geometry.to_numpy()
        for code, name in ((2, "supplied"), (1, "lost"), (0, "inside")):
            sketch.lines(geometry[layer.codes == code], palette.style("isolation", name), width=0.6)
    sketch.street_names(backdrop)
    ink = {name: palette.style("paper", name).color for name in ("close", "closed", "optional", "lost")}
    marks = []
    if people is not None:
        placed = people[~(people.geometry.isna() | people.geometry.is_empty)]
        sketch.people(placed[~placed["critical_now"]])
        marks += [
            Mark(row.geometry.centroid.x, row.geometry.centroid.y, f"★{row.number}", ink["lost"])
            for row in placed[placed["critical_now"]].itertuples()
        ]
    marks += [
        Mark(s["x"], s["y"], str(numbers[s["valve_id"]]), ink[s["role"]], filled=s["role"] != "optional")
        for s in isolation["valves"]
    ]
    if backdrop.stations is not None:
        shut = backdrop.stations[backdrop.stations.index.isin(isolation["close_stations"])]
        shut = shut[~(shut.geometry.isna() | shut.geometry.is_empty)]
        marks += [Mark(g.centroid.x, g.centroid.y, "S", ink["close"], square=True, filled=True) for g in shut.geometry]
    sketch.marks(marks)
    return sketch.svg(translate(mark("Map of the isolated part"), lang))


def _key(lang: Language) -> str:
    """Return the legend of the picture."""
    lines = (
        ("inside", mark("isolated")),
        ("lost", mark("without gas beyond")),
        ("supplied", mark("still supplied")),
    )
    drawn = "".join(
        f'<span class="key" style="border-color:{palette.style("isolation", name).color}"></span>'
        f"{escape(translate(text, lang))}"
        for name, text in lines
    )
    marks = translate(
        mark("Numbers as in the table of valves: red to close, black closed already; S station; ★ critical customer"),
        lang,
    )
    return f"{drawn}　{escape(marks)}"
