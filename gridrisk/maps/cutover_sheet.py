"""The cut-over of a renewal project on paper: stages, map, valves, supply meanwhile and whom to tell."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridrisk.i18n import mark, msg, translate
from gridrisk.layers import schema
from gridrisk.maps import labels, palette
from gridrisk.maps.paper import Paper
from gridrisk.maps.sheet import Survey, ordered, words
from gridrisk.maps.sketch import Mark, Sketch

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from gridrisk.i18n import Language, Message

_MARGIN_M = 40.0
#: Customers of a stage named one by one; the others are counted.
_NAMED = 150


def cutover_sheet(
    cutover: Mapping[str, Any], survey: Survey, *, about: Message, as_of: dt.date, lang: Language = "zh"
) -> str:
    """Return the page.

    Parameters
    ----------
    cutover
        What ``cutover --json`` gives.
    survey
        The layers and what is known of them.
    about
        The project.
    """
    page = _Page(lang)
    page.head(translate(mark("Cut-over plan"), lang), about, as_of)
    stages = cutover["stages"]
    page.figure_row(
        [
            (mark("stages"), str(len(stages))),
            (mark("days without gas, all stages"), f"{sum(stage['days'] for stage in stages):g}"),
            (mark("household days without gas"), labels.count(cutover["household_days"])),
            (mark("section by section it were"), labels.count(cutover["one_by_one"])),
        ]
    )
    key = translate(
        mark("Squares: stages in their order; V: valve to close; dots: customers without gas meanwhile"), lang
    )
    page.add(f"<figure>{_picture(stages, survey, lang)}<figcaption>{escape(key)}</figcaption></figure>")
    page.summary(stages)
    for stage in stages:
        page.stage(stage, survey)
    page.section(mark("Assumed or unknown"))
    dates = ", ".join(f"{schema.load(name).title.of(lang)} {day}" for name, day in survey.data_of.items())
    page.notes(cutover["assumed"], msg("state of the data: {dates}", dates=dates).render(lang))
    return page.document()


class _Page(Paper):
    """The parts of the plan."""

    def summary(self, stages: Sequence[Mapping[str, Any]]) -> None:
        """Add the stages as one table."""
        heads = [mark("stage"), mark("pipes"), mark("length (m)"), mark("days"), mark("valves to close")]
        heads += [mark("without gas"), mark("critical"), mark("gas from a neighbour"), mark("bypass needed for")]
        heads += [mark("bottled or trucked gas for"), mark("loses pressure elsewhere")]
        self.table(
            heads,
            (
                (
                    False,
                    (
                        str(stage["number"]),
                        _some(stage["pipes"]),
                        stage["length_m"],
                        f"{stage['days']:g}",
                        _some([*stage["close_valves"], *stage["close_stations"]]) or "—",
                        len(stage["customers"]),
                        len(stage["critical"]),
                        len(stage["restored"]),
                        self._supply(stage["bypass"], stage["peak_bypass_m3h"]),
                        self._supply(stage["inside"], stage["peak_inside_m3h"]),
                        "—" if stage["newly_below"] is None else str(len(stage["newly_below"])),
                    ),
                )
                for stage in stages
            ),
        )

    def _supply(self, customers: Sequence[str], peak: float | None) -> str:
        if not customers:
            return "—"
        if peak is None:
            return msg("{count}; peak unknown", count=len(customers)).render(self._lang)
        return msg("{count}; {peak} m³/h", count=len(customers), peak=f"{peak:,.1f}").render(self._lang)

    def stage(self, stage: Mapping[str, Any], survey: Survey) -> None:
        """Add what a stage needs: valves with their places, and whom to tell."""
        self.add(f"<h2>{escape(msg('Stage {number}', number=stage['number']).render(self._lang))}</h2>")
        texts = list(stage["notes"])
        if stage["unverified_valves"]:
            texts.insert(
                0,
                msg(
                    "try these valves before the day, nobody has recorded that they work: {ids}",
                    ids=", ".join(stage["unverified_valves"]),
                ).render(self._lang),
            )
        self.warnings(texts)
        if stage["valves"]:
            roles = {"close": mark("CLOSE"), "closed": mark("is closed: make sure"), "optional": mark("may stay open")}
            self.table(
                [mark("valve"), mark("what to do"), mark("road, beside pipe"), "X / Y (m)", mark("done at, by")],
                (
                    (
                        spot["role"] == "close",
                        (
                            spot["valve_id"],
                            translate(roles[spot["role"]], self._lang),
                            f"{spot['road'] or translate(mark('road unknown'), self._lang)}, {spot['pipe_id']}",
                            f"{spot['x']:.1f} / {spot['y']:.1f}",
                            "",
                        ),
                    )
                    for spot in stage["valves"]
                ),
            )
        for way in stage["restoration"]:
            text = msg(
                "close {first}, then open {then}: {count} customers get gas from the neighbour",
                first=", ".join([*way["close_first"], *way["close_stations_first"]]) or "—",
                then=", ".join(way["valve_ids"]),
                count=len(way["customers"]),
            )
            self.paragraph(text.render(self._lang))
        self._customers(stage, survey)

    def _customers(self, stage: Mapping[str, Any], survey: Survey) -> None:
        everyone = survey.customers
        if everyone is None or not stage["customers"]:
            return
        people = ordered(everyone[everyone.index.isin(stage["customers"])], set(stage["critical"]))
        kind = words("customers", "kind", self._lang)
        bypass, restored = set(stage["bypass"]), set(stage["restored"])
        supply = {
            "inside": translate(mark("bottled or trucked gas"), self._lang),
            "bypass": translate(mark("bypass"), self._lang),
            "restored": translate(mark("gas from a neighbour"), self._lang),
        }
        self.table(
            [mark("no."), mark("customer"), mark("kind"), mark("address"), mark("meanwhile"), mark("told at, by")],
            (
                (
                    bool(row["critical_now"]),
                    (
                        f"★{row['number']}" if row["critical_now"] else str(row["number"]),
                        str(name),
                        kind(row["kind"]),
                        None if not isinstance(row["address"], str) else row["address"],
                        supply["restored" if name in restored else "bypass" if name in bypass else "inside"],
                        "",
                    ),
                )
                for name, row in people.head(_NAMED).iterrows()
            ),
        )
        if len(people) > _NAMED:
            more = msg("and {count} more customers; cutover --json lists all", count=len(people) - _NAMED)
            self.paragraph(more.render(self._lang))


def _some(ids: Sequence[str], most: int = 6) -> str:
    return ", ".join(ids[:most]) + (f" … ({len(ids)})" if len(ids) > most else "")


def _picture(stages: Sequence[Mapping[str, Any]], survey: Survey, lang: Language) -> str:
    pipes, backdrop = survey.pipes, survey.backdrop
    own = [pipes.geometry[pipes.index.isin(stage["pipes"])].to_numpy() for stage in stages]
    spots = [spot for stage in stages for spot in stage["valves"] if spot["role"] == "close"]
    every = [*np.concatenate(own), *shapely.points([(spot["x"], spot["y"]) for spot in spots])]
    low_x, low_y, high_x, high_y = shapely.total_bounds(np.array(every, dtype=object))
    sketch = Sketch((low_x - _MARGIN_M, low_y - _MARGIN_M, high_x + _MARGIN_M, high_y + _MARGIN_M))
    sketch.city(backdrop)
    sketch.lines(pipes.geometry, palette.style("isolation", "supplied"), width=0.6)
    sketch.street_names(backdrop)
    if survey.customers is not None:
        out = {name for stage in stages for name in stage["customers"]}
        sketch.people(survey.customers[survey.customers.index.isin(list(out))])
    colours = palette.colours("paper", "stage")
    marks = []
    for number, lines in enumerate(own):
        color = colours[number % len(colours)]
        sketch.lines(lines, palette.Style(color=color, width=5.0))
        if len(lines):
            middle = max(lines, key=lambda line: line.length).interpolate(0.5, normalized=True)
            marks.append(Mark(middle.x, middle.y, str(stages[number]["number"]), color, square=True, filled=True))
    marks += [Mark(spot["x"], spot["y"], "V", palette.style("paper", "closed").color) for spot in spots]
    sketch.marks(marks)
    return sketch.svg(translate(mark("Map of the stages"), lang))
