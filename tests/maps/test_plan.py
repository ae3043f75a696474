"""The plan map: years, money, and what is left out."""

from gridrisk import maps


def test_years_and_what_is_not_in_the_plan(city, as_of, read_page, read_numbers):
    shown = read_page(maps.plan_map(city.projects, city.pipes, as_of=as_of, lang="en"))
    years = sorted(year for year in city.projects["year"].unique() if year)
    assert list(shown.notes("projects")) == [*(f"year {year}" for year in years), "not in the plan"]
    codes = read_numbers(shown.layer("projects")["codes"])
    expected = [years.index(year) if year else len(years) for year in city.projects["year"]]
    assert codes == expected


def test_the_figures_are_of_the_plan_alone(city, as_of, read_page):
    shown = read_page(maps.plan_map(city.projects, city.pipes, as_of=as_of, lang="en"))
    planned = city.projects[city.projects["year"] > 0]
    figures = dict(shown.scene["figures"])
    assert figures["projects in the plan"] == str(len(planned))
    assert figures["cost"] == f"{planned['cost_yuan'].sum() / 1e6:,.2f} million yuan"


def test_a_missing_year_is_not_in_the_plan(city, as_of, read_page):
    projects = city.projects.assign(year=city.projects["year"].astype("Int64").mask(city.projects["year"] == 0))
    assert maps.plan_map(projects, city.pipes, as_of=as_of) == maps.plan_map(city.projects, city.pipes, as_of=as_of)


def test_money_is_exact_to_the_fen(city, as_of, read_page):
    projects = city.projects.assign(cost_yuan=12_345_678.91)
    shown = read_page(maps.plan_map(projects, city.pipes, as_of=as_of, lang="en"))
    assert set(shown.detail("projects", "cost")) == {12_345_678.91}


def test_mandatory_work_left_out_is_said(city, as_of, read_page):
    projects = city.projects.assign(year=0, mandatory=True)
    shown = read_page(maps.plan_map(projects, city.pipes, as_of=as_of, lang="en"))
    assert shown.scene["notes"] == [f"{len(projects)} projects with pipes that must be renewed are not in the plan"]


def test_more_years_than_styles(city, as_of, read_page):
    projects = city.projects.assign(year=[2026 + i % 9 for i in range(len(city.projects))])
    shown = read_page(maps.plan_map(projects, city.pipes, as_of=as_of, lang="en"))
    assert len(shown.layer("projects")["classes"]) == min(9, len(projects)) + 1
