"""Scenarios: the money, crews and years of a plan, read from a TOML file."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from gridrisk import assets, toml
from gridrisk.errors import MissingParameterError, ParameterError
from gridrisk.i18n import Message, msg
from gridrisk.plan.periods import QUARTERS

if TYPE_CHECKING:
    from pathlib import Path

#: Most years a plan can have; the model grows with them.
MAX_YEARS = 10
#: Branches of a union of types, which are no keys that a person wrote.
_BRANCHES = {"float", "int", "list[float]", "list[int]"}
#: How alike a key must be to be proposed in the place of an unknown one.
_ALIKE = 0.5
_MONEY = ("budget_yuan", "budget_by_payer_yuan", "budget_from_need")


class Judged(BaseModel):
    """A number that is judgement or guidance, and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    unit: str
    source: str
    status: Literal["law", "code", "guidance", "assumption"]
    clause: str = ""
    note: str = ""


class JudgedList(BaseModel):
    """Numbers that share one provenance."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: list[float]
    unit: str
    source: str
    status: Literal["law", "code", "guidance", "assumption"]
    clause: str = ""
    note: str = ""


class Scenario(BaseModel):
    """What a plan has to work with.

    Attributes
    ----------
    start_year, years
        First year of the plan, and how many.
    budget_yuan
        Yuan a year in all; one number or one a year.
    budget_by_payer_yuan
        The same for single payers (``gas_company``, ``city``, ``owner``, ``unassigned`` …).
    budget_from_need
        Instead of a sum: what the must-renew work needs, plus this share of the cost of the rest.
    crew_km
        Kilometres that can be built in a year.
    crew_km_by_trade
        The same for single trades: those of the columns ``trade_<name>_m`` (``pe_fusion``, ``steel_welding``,
        ``riser``, ``drilling``).
    quarters, quarter_share
        Plan by quarters, and the share of a year's crew kilometres that can be built in each quarter.
    growth, discount
        Yearly growth of the risk of pipes left in the ground, and the rate at which later risk counts less.
    horizon_years
        Years over which risk is counted, from `start_year`.
    residual_share
        Risk of a new pipe as a share of the old one's.
    mandatory_within_years
        Years from the start within which what must be renewed is renewed at the latest.
    season_months
        Months of a year that must be free of a no-dig order for a project to be built in it.
    no_dig_exception
        Build what must be renewed although a no-dig order closes its road in every year up to the deadline; the
        city government has to approve it. Without it such a project makes the plan infeasible.
    mobilisation_shared
        Share of the fixed sum of a project that is spent once a year in a street or community, however many projects
        are built there; left out, neighbours save nothing.
    town_works
        Most projects in any one town in a year.
    heating_households, heating_share
        Most households that lose gas in a heating season, and the share of a year's works that falls into it.
    heating_share_by_quarter
        The same share for the works of each quarter, where the plan is made by quarters.
    disruption
        What it counts for that a household is cut off once for works, in the unit of the risk.
    town_share
        Share of the candidate length of each town that the plan renews at least.
    change_cost
        When planning again: what it is worth that a project keeps its year, as a share of the risk that it removes
        when it is built at once.
    gap
        Relative gap, of the risk removed, at which the search stops.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    start_year: int | None = None
    years: int
    budget_yuan: float | list[float] | None = None
    budget_by_payer_yuan: dict[str, float | list[float]] = {}
    budget_from_need: Judged | None = None
    budget_step_yuan: Judged
    crew_km: float | list[float] | None = None
    crew_km_by_trade: dict[str, float | list[float]] = {}
    quarters: bool = False
    quarter_share: JudgedList
    growth: Judged
    discount: Judged
    horizon_years: Judged
    residual_share: Judged
    mandatory_within_years: Judged
    season_months: Judged
    no_dig_exception: bool = False
    mobilisation_shared: Judged | None = None
    town_works: int | list[int] | None = None
    heating_households: float | list[float] | None = None
    heating_share: Judged
    heating_share_by_quarter: JudgedList
    disruption: Judged
    town_share: float | None = None
    change_cost: Judged
    gap: float
    time_limit_s: float

    @property
    def first_year(self) -> int:
        """First year of the plan.

        Raises
        ------
        ParameterError
            Where neither the file nor the caller gave one.
        """
        if self.start_year is None:
            raise ParameterError(msg("the scenario has no start_year; add it, or give --start YYYY"))
        return self.start_year

    @property
    def last_year(self) -> int:
        """Last year of the plan."""
        return self.first_year + self.years - 1

    def by_year(self, values: float | list[float] | list[int]) -> list[float]:
        """Return one number a year."""
        return [float(value) for value in values] if isinstance(values, list) else [float(values)] * self.years


def load_scenario(
    path: Path | None = None,
    *,
    start_year: int | None = None,
    years: int | None = None,
    earliest_year: int | None = None,
) -> Scenario:
    """Load a scenario; what the file leaves out is taken from ``models/scenarios/default.toml``.

    Parameters
    ----------
    path
        A TOML file; None for the default scenario.
    start_year, years
        Take the place of what the file says.
    earliest_year
        The year of the as-of date: a plan that starts before it is refused. Where neither the file nor `start_year`
        says when to start, the plan starts in the year after it.

    Raises
    ------
    ParameterError
        Naming every fault, with file and key.
    """
    default = assets.folder("models") / "scenarios" / "default.toml"
    given = _read(path or default)
    base = _read(default) if path is not None else {}
    if any(key in given for key in _MONEY):
        base = {key: value for key, value in base.items() if key not in _MONEY}
    base.pop("no_dig_exception", None)  # to dig up a closed road is the planner's own decision
    merged = {**base, **given}
    if start_year is not None:
        merged["start_year"] = start_year
    elif "start_year" not in merged and earliest_year is not None:
        merged["start_year"] = earliest_year + 1
    if years is not None:
        merged["years"] = years
    return parse_scenario(merged, name=(path or default).name, earliest_year=earliest_year)


def parse_scenario(raw: dict[str, Any], *, name: str = "scenario", earliest_year: int | None = None) -> Scenario:
    """Check the content of a scenario file; see `load_scenario`."""
    scenario: Scenario | None = None
    try:
        scenario, faults = Scenario.model_validate(raw), []
    except ValidationError as error:
        found = [fault for fault in toml.faults(error) if _asked(raw, fault)]
        faults = [_fault(name, fault, raw) for fault in found]
        scenario = _rest(raw, {str(fault.where[0]) for fault in found if fault.where})
    if scenario is not None:
        faults += [msg("{file}: {fault}", file=name, fault=fault) for fault in _check(scenario, earliest_year)]
    if faults or scenario is None:
        raise ParameterError(*faults)
    return scenario


def _asked(raw: dict[str, Any], fault: toml.Fault) -> bool:
    """Say whether a fault is of the form that was written: of one number or one a year, only one can be meant."""
    branch = next((str(step) for step in fault.where if str(step) in _BRANCHES), None)
    return branch is None or branch.startswith("list") == isinstance(_value(raw, fault), list)


def _value(raw: dict[str, Any], fault: toml.Fault) -> Any:
    """Return what was written where one number or a list may stand."""
    value: Any = raw
    for step in fault.where:
        if str(step) in _BRANCHES or not isinstance(value, dict):
            break
        value = value.get(step)
    return value


def _rest(raw: dict[str, Any], wrong: set[str]) -> Scenario | None:
    """Return the scenario with what is shipped in place of what cannot be read, so that the rest is checked too."""
    if "years" in wrong:
        return None
    shipped = _read(assets.folder("models") / "scenarios" / "default.toml")
    rest = {key: value for key, value in raw.items() if key not in wrong}
    rest |= {key: shipped[key] for key in wrong if key in shipped and key not in _MONEY}
    if not any(key in rest for key in _MONEY):
        rest["budget_yuan"] = 0
    try:
        return Scenario.model_validate(rest)
    except ValidationError:
        return None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingParameterError(msg("{file}: no such scenario file", file=path)) from error
    except OSError as error:
        raise ParameterError(msg("{file}: cannot be read: {error}", file=path, error=error)) from error
    return toml.parse(content, path.name)


def _fault(name: str, fault: toml.Fault, raw: dict[str, Any]) -> Message:
    # a union of types adds its branch names to the place: show only the keys a person wrote
    where = ".".join(str(part) for part in fault.where if str(part) not in _BRANCHES)
    if fault.kind == "extra_forbidden":
        *parents, key = fault.where
        known = list(Judged.model_fields if parents else Scenario.model_fields)
        near = get_close_matches(str(key), known, n=1, cutoff=_ALIKE) or [", ".join(known)]
        return msg("{file}: {key}: unknown key; did you mean {near}?", file=name, key=where, near=near[0])
    if fault.kind == "missing":
        return msg("{file}: {key} is missing", file=name, key=where)
    if len(fault.where) == 1 and fault.kind in {"model_type", "model_attributes_type"}:
        return msg("{file}: {key}: write a table with value, unit, source and status", file=name, key=where)
    if any(str(step) in _BRANCHES for step in fault.where) and not isinstance(_value(raw, fault), list):
        value = _value(raw, fault)
        return msg(
            "{file}: {key}: give one number, or a list of one a year, not {value}", file=name, key=where, value=value
        )
    return msg("{file}: {key}: {what}", file=name, key=where, what=fault.what)


def _check(scenario: Scenario, earliest_year: int | None) -> list[Message]:
    faults: list[Message] = []
    if not 1 <= scenario.years <= MAX_YEARS:
        faults.append(msg("years is {value}; give 1 to {most}", value=scenario.years, most=MAX_YEARS))
    start = scenario.start_year
    if start is not None and earliest_year is not None and start < earliest_year:
        faults.append(
            msg("start_year is {year}, which is past; the data are as of {now}", year=start, now=earliest_year)
        )
    if start is not None and not 1900 <= start <= 2200:
        faults.append(msg("start_year is {year}; give a calendar year", year=start))
    limits: dict[str, float | list[float] | list[int] | None] = {
        "budget_yuan": scenario.budget_yuan,
        "crew_km": scenario.crew_km,
        "town_works": scenario.town_works,
        "heating_households": scenario.heating_households,
    }
    limits |= {f"budget_by_payer_yuan.{payer}": money for payer, money in scenario.budget_by_payer_yuan.items()}
    limits |= {f"crew_km_by_trade.{trade}": km for trade, km in scenario.crew_km_by_trade.items()}
    for key, values in limits.items():
        faults.extend(_check_limit(key, values, scenario.years))
    if scenario.budget_from_need is not None and (scenario.budget_yuan is not None or scenario.budget_by_payer_yuan):
        faults.append(msg("budget_from_need and a budget in yuan exclude each other; leave one out"))
    if scenario.budget_yuan is None and not scenario.budget_by_payer_yuan and scenario.budget_from_need is None:
        faults.append(msg("no money: give budget_yuan, budget_by_payer_yuan or budget_from_need"))
    return faults + _check_ranges(scenario)


def _check_limit(key: str, values: float | list[float] | list[int] | None, years: int) -> list[Message]:
    if values is None:
        return []
    numbers = values if isinstance(values, list) else [values]
    faults = [
        msg("{key} is {value}; it cannot be negative", key=key, value=f"{number:.15g}")
        for number in numbers
        if not number >= 0
    ]
    faults += [msg("{key} is not a finite number", key=key) for number in numbers if number == float("inf")]
    if isinstance(values, list) and len(values) != years:
        faults.append(
            msg(
                "{key} has {count} numbers for {years} years; give one number, or one a year",
                key=key,
                count=len(values),
                years=years,
            )
        )
    return faults


def _check_ranges(scenario: Scenario) -> list[Message]:
    ranges: dict[str, tuple[float, float, float]] = {
        "gap": (scenario.gap, 0, 1),
        "time_limit_s": (scenario.time_limit_s, 0.1, 86400),
        "growth": (scenario.growth.value, -0.5, 1),
        "discount": (scenario.discount.value, -0.5, 1),
        "horizon_years": (scenario.horizon_years.value, 1, 100),
        "residual_share": (scenario.residual_share.value, 0, 1),
        "mandatory_within_years": (scenario.mandatory_within_years.value, 1, 100),
        "season_months": (scenario.season_months.value, 1, 12),
        "budget_step_yuan": (scenario.budget_step_yuan.value, 0.01, 1e9),
        "heating_share": (scenario.heating_share.value, 0.001, 1),
        "change_cost": (scenario.change_cost.value, 0, 1),
        "disruption": (scenario.disruption.value, 0, 1),
    }
    if scenario.town_share is not None:
        ranges["town_share"] = (scenario.town_share, 0, 1)
    if scenario.mobilisation_shared is not None:
        ranges["mobilisation_shared"] = (scenario.mobilisation_shared.value, 0, 1)
    if scenario.budget_from_need is not None:
        ranges["budget_from_need"] = (scenario.budget_from_need.value, 0, 1)
    faults = [
        msg("{key} is {value}; give a number from {low} to {high}", key=key, value=value, low=low, high=high)
        for key, (value, low, high) in ranges.items()
        if not low <= value <= high
    ]
    if scenario.horizon_years.value < scenario.years:
        faults.append(
            msg(
                "horizon_years is {horizon}, shorter than the plan of {years} years",
                horizon=scenario.horizon_years.value,
                years=scenario.years,
            )
        )
    whole = {
        "horizon_years": scenario.horizon_years.value,
        "season_months": scenario.season_months.value,
        "mandatory_within_years": scenario.mandatory_within_years.value,
    }
    faults += [
        msg("{key} is {value}; give a whole number", key=key, value=value)
        for key, value in whole.items()
        if value != int(value)
    ]
    return faults + _check_quarters(scenario)


def _check_quarters(scenario: Scenario) -> list[Message]:
    """Check the two lists of four shares."""
    lists = {"quarter_share": scenario.quarter_share, "heating_share_by_quarter": scenario.heating_share_by_quarter}
    faults = [
        msg("{key} is {value}; give four numbers from 0 to 1, one a quarter", key=key, value=given.value)
        for key, given in lists.items()
        if len(given.value) != QUARTERS or not all(0 <= share <= 1 for share in given.value)
    ]
    if not faults and abs(sum(scenario.quarter_share.value) - 1) > 1e-9:
        faults.append(
            msg(
                "quarter_share adds up to {sum}; the shares of the quarters make 1",
                sum=sum(lists["quarter_share"].value),
            )
        )
    return faults
