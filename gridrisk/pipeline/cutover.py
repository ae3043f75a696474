"""The cut-over of a renewal project in stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridrisk import network
from gridrisk.errors import DataError, with_near
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation, results
from gridrisk.pipeline import pressure as pressures
from gridrisk.pipeline.coded import coded
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    from gridrisk.i18n import Language, Message
    from gridrisk.network import Cutover
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace


@dataclass(frozen=True, slots=True)
class Answer:
    """The stages of a project; of each who keeps gas but loses pressure (None: not asked); assumptions."""

    project_id: str
    name: str
    found: Cutover
    below: tuple[tuple[str, ...] | None, ...]
    assumed: tuple[Message, ...]

    def to_dict(self, lang: Language) -> dict[str, Any]:
        """Return the cut-over as plain data for JSON."""
        stages = []
        for stage, below in zip(self.found.stages, self.below, strict=True):
            shut = stage.isolation.to_dict(lang)
            stages.append(
                {
                    "number": stage.number,
                    "sector_ids": list(stage.sector_ids),
                    "pipes": list(stage.pipes),
                    "length_m": stage.length_m,
                    "days": stage.days,
                    **{key: shut[key] for key in ("close_valves", "close_stations", "unverified_valves", "valves")},
                    **{key: shut[key] for key in ("customers", "households", "critical", "restoration", "notes")},
                    "inside": list(stage.inside),
                    "beyond": list(stage.beyond),
                    "restored": list(stage.restored),
                    "bypass": list(stage.bypass),
                    "peak_inside_m3h": stage.peak_inside_m3h,
                    "peak_bypass_m3h": stage.peak_bypass_m3h,
                    "household_days": stage.household_days,
                    "newly_below": None if below is None else list(below),
                }
            )
        return {
            "project_id": self.project_id,
            "name": self.name,
            "stages": stages,
            "household_days": self.found.household_days,
            "one_by_one": self.found.one_by_one,
            "exact": self.found.exact,
            "assumed": [text.render(lang) for text in self.assumed],
        }


def cutover(
    workspace: Workspace, project_id: str, *, with_pressure: bool = False, progress: Progress = silent
) -> Answer:
    """Say in which stages a project of the plan is done.

    Raises
    ------
    DataError
        Where there is no such project, or no plan; where sources or customers are unknown; with pressures, where
        pandapipes is not installed.
    """
    projects = results.required(workspace, "projects", "project_id")
    if project_id not in projects.index:
        raise DataError(with_near(msg("the plan has no project {id}", id=project_id), project_id, projects.index))
    progress(msg("reading layers"))
    layers, parameters = inputs.layers(workspace, inputs.NETWORK), inputs.parameters(workspace)
    pipes = inputs.not_empty(workspace, "pipes", layers["pipes"])
    progress(msg("building the network"))
    net = isolation.build(layers, parameters)
    progress(msg("ordering the stages"))
    row: Any = projects.loc[project_id]
    pipe_ids = [str(pipe) for pipe in row["pipe_ids"]]
    setting = pipes["setting"].dropna().astype(str).to_dict()
    peak = {}
    if layers["customers"] is not None:
        demand = network.peak_demand(layers["customers"], parameters["demand"])
        peak = dict(zip(layers["customers"].index.astype(str), demand.m3h.tolist(), strict=True))
    found = network.cutover(net, pipe_ids, setting, peak, parameters["network/cutover"])
    below: tuple[tuple[str, ...] | None, ...] = (None,) * len(found.stages)
    assumed = _assumed(parameters["network/cutover"], found)
    if with_pressure:
        progress(msg("working out pressures"))
        model = pressures.Model(net, layers, parameters)
        already = set(model.pressures(network.Setting()).customers_below)
        below = tuple(_newly_below(model, stage, already) for stage in found.stages)
        assumed += model.assumed
    return Answer(project_id, str(row["name"]), found, below, assumed)


def _newly_below(model: pressures.Model, stage: network.Stage, already: set[str]) -> tuple[str, ...]:
    setting = network.Setting(shut=stage.isolation.close_valves, down=stage.isolation.close_stations)
    return tuple(customer for customer in model.pressures(setting).customers_below if customer not in already)


def _assumed(params: Any, found: Cutover) -> tuple[Message, ...]:
    pace = params.table("metres_a_day")
    notes = [
        msg(
            "a crew renews {paces} m a day and needs {fixed} d for each section besides; up to {crews} sections in one "
            "shut-down (models/network/cutover.toml)",
            paces=coded("pipes", "setting", {name: f"{metres:g}" for name, metres in pace.items()}),
            fixed=params.number("fixed_days"),
            crews=int(params.number("crews")),
        ),
        msg(
            "the old pipe is replaced where it lies: a section is without gas while it is renewed; customers on it "
            "need bottled or trucked gas, those beyond it a bypass unless a neighbour feeds them"
        ),
    ]
    if not found.exact:
        notes.append(msg("so many sections that they were paired one after the other, not as the best pairing"))
    return tuple(notes)
