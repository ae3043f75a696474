"""Scenario files: what is taken, and how faults are named."""

from __future__ import annotations

import pytest

from gridrisk import plan
from gridrisk.errors import ParameterError


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def faults(path, **keys):
    with pytest.raises(ParameterError) as caught:
        plan.load_scenario(path, **keys)
    return str(caught.value)


def test_the_default_sizes_money_by_need():
    scenario = plan.load_scenario(earliest_year=2025)
    assert (scenario.start_year, scenario.years) == (2026, 3)
    assert scenario.budget_yuan is None
    assert scenario.budget_from_need is not None
    assert scenario.mandatory_within_years.value == 3


def test_every_shipped_scenario_loads(write):
    from gridrisk import assets

    names = sorted((assets.folder("models") / "scenarios").glob("*.toml"))
    assert len(names) >= 2
    for path in names:
        assert plan.load_scenario(path, start_year=2026).years >= 1


def test_a_file_with_money_only_takes_the_rest_from_the_default(write):
    scenario = plan.load_scenario(write("budget_yuan = [1, 2.5, 3]\nstart_year = 2030"))
    assert scenario.budget_from_need is None
    assert scenario.by_year(scenario.budget_yuan) == [1, 2.5, 3]
    assert scenario.growth.value == plan.load_scenario(start_year=2026).growth.value


def test_the_caller_decides_on_years_and_start(write):
    scenario = plan.load_scenario(write("budget_yuan = 5\nstart_year = 2030"), start_year=2027, years=2)
    assert (scenario.first_year, scenario.last_year) == (2027, 2028)
    assert scenario.by_year(scenario.budget_yuan) == [5, 5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("budget_yuan = -1", "mine.toml: budget_yuan is -1"),
        ("budget_yuan = [1, -2, 3]", "budget_yuan is -2"),
        ("budget_yuan = nan", "cannot be negative"),
        ("budget_yuan = inf", "not a finite number"),
        ("budget_yuan = [1, 2]", "budget_yuan has 2 numbers for 3 years"),
        ("budget_yuan = 'much'", "mine.toml: budget_yuan:"),
        ("budget_yaun = 1", "budget_yaun: unknown key; did you mean budget_yuan?"),
        ("budget_yuan = 1\n[growth]\nvalue = 0.1\nunits = '1/a'\nsource = 'x'\nstatus = 'law'", "did you mean unit?"),
        ("budget_yuan = 1\ngrowth = 0.1", "growth: write a table with value, unit, source and status"),
        ("budget_yuan = 1\n[growth]\nvalue = 0.1\nunit = '1/a'\nstatus = 'law'", "growth.source is missing"),
        ("budget_yuan = 1\nyears = 0", "years is 0; give 1 to 10"),
        ("budget_yuan = 1\nyears = 2.5", "mine.toml: years:"),
        ("budget_yuan = 1\nyears = 11", "years is 11"),
        ("budget_yuan = 1\nstart_year = 26", "give a calendar year"),
        ("budget_yuan = 1\ncrew_km = [1, 2, -3]", "crew_km is -3"),
        ("[budget_by_payer_yuan]\ncity = -4", "budget_by_payer_yuan.city is -4"),
        ("budget_yuan = 1\ngap = 2", "gap is 2"),
        ("budget_yuan = 1\ntime_limit_s = 0", "time_limit_s is 0"),
        ("budget_yuan = ", "mine.toml is not valid TOML"),
    ],
)
def test_faults_name_file_and_key(write, text, expected):
    assert expected in faults(write(text), start_year=None if "start_year" in text else 2026)


def test_all_faults_at_once(write):
    text = faults(write("budget_yuan = -1\ncrew_km = -2\nyears = 20"), start_year=2026)
    assert "budget_yuan" in text
    assert "crew_km" in text
    assert "years is 20" in text


def test_what_cannot_be_read_and_what_cannot_be_are_told_together(write):
    text = faults(
        write(
            "budget_yuan = -5\nbugdet = 3\ncrew_kms = 4\ncrew_km = 'many'\ntown_works = [1, 'x', 2]\n"
            "heating_households = [1, 2]\ngrowth = 0.1\nstart_year = 2020"
        ),
        earliest_year=2026,
    ).splitlines()
    for part in (
        "bugdet: unknown key; did you mean budget_yuan?",
        "crew_kms: unknown key; did you mean crew_km?",
        "crew_km: give one number, or a list of one a year, not many",
        "town_works.1: must be a whole number, not x",
        "growth: write a table",
        "budget_yuan is -5; it cannot be negative",
        "heating_households has 2 numbers for 3 years",
        "start_year is 2020, which is past",
    ):
        assert sum(part in line for line in text) == 1, (part, text)
    assert len(text) == 8


def test_years_past_are_refused(write):
    path = write("budget_yuan = 1\nstart_year = 2020")
    assert "start_year is 2020, which is past; the data are as of 2025" in faults(path, earliest_year=2025)
    assert plan.load_scenario(path, earliest_year=2020).first_year == 2020


def test_money_by_need_and_in_yuan_exclude_each_other(write):
    text = "budget_yuan = 1\n[budget_from_need]\nvalue = 0.1\nunit = '–'\nsource = 'x'\nstatus = 'assumption'"
    assert "exclude each other" in faults(write(text), start_year=2026)


def test_a_horizon_shorter_than_the_plan(write):
    text = "budget_yuan = 1\nyears = 4\n[horizon_years]\nvalue = 3\nunit = 'a'\nsource = 'x'\nstatus = 'assumption'"
    assert "horizon_years is 3" in faults(write(text), start_year=2026)


def test_a_file_that_is_not_there(tmp_path):
    assert "no such scenario file" in faults(tmp_path / "none.toml")
    assert "cannot be read" in faults(tmp_path)


def test_no_start_is_told(scenario):
    with pytest.raises(ParameterError, match="no start_year"):
        _ = scenario(budget_yuan=1, start_year=None).first_year


def test_an_unknown_payer_is_named(projects, scenario):
    with pytest.raises(
        ParameterError, match=r"budget_by_payer_yuan\.king: no such payer; use one of city, gas_company"
    ):
        plan.schedule(projects(3), scenario(budget_by_payer_yuan={"king": 5}))
