"""The back-test by command: two tables, a workspace, and what is wrong with them."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture
def kitchener(shared_data):
    folder = shared_data / "kitchener"
    if not folder.is_dir():
        pytest.skip("no table of mains with breaks among the data of other people")
    return [
        "--pipes",
        folder / "water_mains.csv",
        "--leaks",
        folder / "water_main_breaks_to_2016.csv",
        "--crosswalk",
        "kitchener",
    ]


@pytest.mark.shared
def test_on_a_real_record(call, kitchener, tmp_path):
    out, page = tmp_path / "rates.csv", tmp_path / "page.html"
    code, found = call(
        *("backtest", *kitchener, "--as-of", "2014-01-01", "--origins", "2", "--no-challenger"),
        *("--predict", out, "--page", page),
    )
    assert code == 0
    assert found["origins"] == [2010, 2011]
    share = {(row["ranking"], row["worst"]): row["share"] for row in found["shares"]}
    assert share["model", 0.1] > 0.45 > share["age_only", 0.1]
    rates = pd.read_csv(out, dtype={"pipe_id": str})
    assert list(rates) == [
        "pipe_id",
        "failures_per_km_year",
        "failures_per_km_year_low",
        "failures_per_km_year_high",
    ]
    assert len(rates) == 15931
    assert rates["pipe_id"].is_unique
    assert (rates["failures_per_km_year_low"] <= rates["failures_per_km_year"]).all()
    assert (rates["failures_per_km_year"] <= rates["failures_per_km_year_high"]).all()
    html = page.read_text(encoding="utf-8")
    assert "http" not in html.replace("http-equiv", "")
    assert "<polyline" in html


def tables(tmp_path, leaks):
    pipes = tmp_path / "pipes.csv"
    pipes.write_text(
        "pipe_id,material,install_year,length_m\na,PE,1990,100\nb,PE,2049,\nb,PE,2000,50\n", encoding="utf-8"
    )
    record = tmp_path / "leaks.csv"
    record.write_text("leak_id,pipe_id,found_on\n" + leaks, encoding="utf-8")
    return ["backtest", "--pipes", pipes, "--leaks", record]


def test_bad_rows_are_findings(call, tmp_path):
    leaks = "1,a,2001-02-03\n2,zz,2001-02-03\n3,a,1970-01-01\n4,a,\n5,a,4/5/2003\n6,a,2049-01-01\n7,a,2015-01-01\n8,a,2005\n"
    code, found = call(*tables(tmp_path, leaks), "--as-of", "2010-01-01", "--predict", tmp_path / "o.csv")
    assert code == 0
    checks = {row["check"] for row in found["findings"]}
    assert checks >= {"unknown_pipe", "before_laying", "no_date", "unreadable_date", "later_leak", "no_length"}
    assert checks >= {"duplicate_id", "short_record", "silent_end", "in_future", "year_only"}
    assert len(pd.read_csv(tmp_path / "o.csv")) == 2


def test_a_table_without_leaks_stops(call, tmp_path):
    code, found = call(*tables(tmp_path, ""))
    assert code == 1
    assert found["errors"]


def test_columns_that_are_missing_are_named(call, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    code, found = call("backtest", "--pipes", path, "--leaks", path)
    assert code == 1
    assert len(found["errors"]) == 5
    assert any("import both into a workspace" in error for error in found["errors"])


def test_why_no_leak_is_left_is_told(call, tmp_path):
    """Every leak is of an unknown pipe: the numbers differ, and the sentence shows one."""
    code, found = call(*tables(tmp_path, "1,A-1,2001-02-03\n2,A-1,2002-02-03\n"))
    assert code == 1
    assert any("such as A-1" in error for error in found["errors"])
    code, found = call(*tables(tmp_path, "1,a,2049-02-03\n"))
    assert code == 1
    assert any("still to come" in error for error in found["errors"])
    code, found = call(*tables(tmp_path, "1,a,Jan 3\n"))
    assert any("such as Jan 3" in error for error in found["errors"])


def _rates(call, folder, lengths, heading):
    (folder / "p.csv").write_text(
        f"管段编号,材质,建设年代,{heading}\n" + "".join(f"{i},钢,1990,{text}\n" for i, text in enumerate(lengths)),
        encoding="gb18030",
    )
    days = "".join(f"{i},{i % 7},{2000 + i % 12}年{1 + i % 9}月3日\n" for i in range(90))
    (folder / "l.csv").write_text("编号,管段编号,发现日期\n" + days, encoding="gb18030")
    code, found = call(
        *("backtest", "--pipes", folder / "p.csv", "--leaks", folder / "l.csv", "--no-challenger"),
        *("--origins", "1", "--predict", folder / "o.csv"),
    )
    assert code == 0
    return pd.read_csv(folder / "o.csv")["failures_per_km_year"], {row["check"] for row in found["findings"]}


def test_lengths_are_read_in_the_unit_they_bear(call, tmp_path):
    metres, none = _rates(call, tmp_path, [100, 250, 80, 40, 300, 90, 60], "长度")
    assert "doubtful_length" not in none
    for lengths, heading in (
        ([0.1, 0.25, 0.08, 0.04, 0.3, 0.09, 0.06], "长度(km)"),
        (["100m", "250 m", "0.08km", "40米", "300", "90", "60"], "长度"),
    ):
        rates, checks = _rates(call, tmp_path, lengths, heading)
        assert rates.tolist() == pytest.approx(metres.tolist())
        assert "doubtful_length" not in checks
    assert "doubtful_length" in _rates(call, tmp_path, [0.1, 0.25, 0.08, 0.04, 0.3, 0.09, 0.06], "长度")[1]


def test_wrong_use(call, tmp_path):
    assert call("backtest")[0] == 2


def test_on_a_workspace(call, city):
    code, found = call("backtest", city, "--no-challenger")
    assert code in {0, 1}
    assert found["pipes"] > 300
    if code:
        assert "short_record" in {row["check"] for row in found["findings"]}


@pytest.fixture
def renewed(tmp_path):
    """A workspace in which an old main was replaced by a new one beside it, and one was left without a date."""
    import geopandas as gpd
    import shapely

    from gridrisk import store
    from gridrisk.layers import schema

    def layer(name, rows):
        return schema.complete(gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4547"), name)

    def line(y):
        return shapely.LineString([(500_000, 3_400_000 + y), (500_400, 3_400_000 + y)])

    usual = {"material": "steel", "diameter_mm": 200.0, "pressure_class": "low", "road": "a street"}
    gone = {"status": "abandoned", "install_year": 1980}
    pipes = [
        {"pipe_id": "old", **usual, **gone, "retired_on": pd.Timestamp("2012-07-01"), "geometry": line(0)},
        {"pipe_id": "new", **usual, "install_year": 2012, "geometry": line(1)},
        {"pipe_id": "undated", **usual, **gone, "geometry": line(500)},
        {"pipe_id": "other", **usual, "install_year": 1980, "geometry": line(900)},
    ]
    days = [f"{year}-0{month}-15" for year in range(2002, 2012) for month in (2, 4, 6, 8)]
    leaks = [
        {"leak_id": f"l{i}", "found_on": pd.Timestamp(day), "geometry": shapely.Point(500_010 + 5 * i, 3_400_000.8)}
        for i, day in enumerate([*days, "2015-05-05"])
    ]
    made = store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")
    store.commit_layer(made, "pipes", layer("pipes", pipes), [], detail={})
    store.commit_layer(made, "leaks", layer("leaks", leaks), [], detail={})
    return tmp_path / "w"


def test_retired_pipes_keep_their_leaks_and_new_ones_inherit_none(renewed, call, tmp_path):
    from gridrisk import store
    from gridrisk.pipeline import backtesting
    from gridrisk.risk import panel

    tables = backtesting.of_workspace(store.open_workspace(renewed))
    # all leaks lie nearer to the new main; those before it was laid are the old one's
    assert tables.leaks["pipe_id"].value_counts().to_dict() == {"old": 40, "new": 1}
    assert "undated" not in tables.mains.index
    assert [finding.check for finding in tables.findings] == ["left_out"]
    record = panel.record(tables.mains, tables.leaks, backtesting.model_of(None))
    years = record.exposure(2002.0, 2016.0) / tables.mains["length_km"].to_numpy()
    assert dict(zip(tables.mains.index, years.round(1), strict=True)) == {"old": 10.5, "new": 3.5, "other": 14.0}
    code, _ = call("backtest", renewed, "--as-of", "2016-01-01", "--predict", tmp_path / "o.csv", "--no-challenger")
    assert code == 0
    rates = pd.read_csv(tmp_path / "o.csv").set_index("pipe_id")["failures_per_km_year"]
    assert rates["old"] > 3 * rates["new"]
