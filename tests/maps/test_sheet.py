"""The sheet for the crew: what must stand on it, in which order, and that nothing from the data becomes markup."""

import datetime as dt
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridrisk import maps
from gridrisk.i18n import msg
from gridrisk.layers import schema
from gridrisk.maps.sketch import HEIGHT, WIDTH, Mark, Sketch, _apart

CRS = "EPSG:4547"


def layer(name, rows):
    return schema.complete(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), name)


def spot(valve, role, x, *, known=True, road="Long Road"):
    return {"valve_id": valve, "role": role, "x": x, "y": 0.0, "road": road, "pipe_id": "B", "known_to_work": known}


def isolation(**changed):
    return {
        "pipes": ["B"],
        "partly": [],
        "lost_pipes": ["B", "C"],
        "close_valves": ["v1"],
        "close_stations": [],
        "optional_valves": ["v2"],
        "unverified_valves": ["v1"],
        "customers": ["b", "s", "z"],
        "critical": ["s"],
        "households": 20,
        "households_unknown": 1,
        "source_known": True,
        "unintended": {"pipes": ["C"], "customers": ["s"]},
        "candidates": [],
        "restoration": [],
        "notes": ["a note <script>"],
        "valves": [spot("v1", "close", 100.0, known=False), spot("v2", "optional", 200.0, road=None)],
    } | changed


@pytest.fixture
def sheet():
    pipes = layer(
        "pipes",
        [
            {"pipe_id": p, "geometry": shapely.LineString([(x, 0), (x + 100, 0)])}
            for p, x in (("A", 0), ("B", 100), ("C", 200))
        ],
    )
    valves = layer(
        "valves",
        [{"valve_id": v, "kind": "ball", "geometry": shapely.Point(x, 0)} for v, x in (("v1", 100), ("v2", 200))],
    )
    people = [("z", "resident", None, 4), ("b", "resident", "1 <b>Alley</b>", 20), ("s", "school", "9 Way", None)]
    customers = layer(
        "customers",
        [
            {
                "customer_id": c,
                "kind": k,
                "fuel": "pipe",
                "address": a,
                "households": h,
                "geometry": shapely.Point(150, 5),
            }
            for c, k, a, h in people
        ],
    )

    def make(lang="en", customers=customers, **changed):
        return maps.isolation_sheet(
            isolation(**changed),
            maps.Survey(
                pipes=pipes,
                valves=valves,
                customers=customers,
                backdrop=maps.Backdrop(),
                degrees={"v1": (114.0, 30.5)},
                data_of={"pipes": "2026-11-01"},
            ),
            asked=msg("pipe {id}", id="B"),
            as_of=dt.date(2026, 11, 30),
            lang=lang,
        )

    return make


def cells(page, section):
    table = page.split(f"<h2>{section}</h2>")[1].split("</table>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr")[2:]]


def test_valves_with_road_place_and_whether_they_work(sheet):
    close, optional = cells(sheet(), "Valves")
    assert close[:6] == ["1", "v1", "CLOSE", "Long Road, B", "100.0 / 0.0", "114.000000 / 30.500000"]
    assert close[7] == "NOT KNOWN"
    assert (optional[3], optional[5], optional[7]) == ("road unknown, B", "unknown", "recorded as working")


def test_critical_customers_stand_first_then_by_address(sheet):
    rows = cells(sheet(), "Customers without gas, critical ones first")
    assert [row[:2] for row in rows] == [["★1", "s"], ["2", "b"], ["3", "z"]]
    assert [row[3] for row in rows] == ["9 Way", "1 &lt;b&gt;Alley&lt;/b&gt;", "unknown"]
    assert [row[5] for row in rows] == ["beyond", "inside", "inside"]
    assert [row[4] for row in rows] == ["—", "20", "4"]


def test_the_date_the_data_and_what_is_unknown(sheet):
    page = sheet()
    assert "as of 2026-11-30" in page
    assert "2026-11-01" in page
    assert "≥ 20" in page
    assert "a note &lt;script&gt;" in page
    assert "have the next ones ready: v1" in page
    blind = sheet(customers=None, households=None)
    assert "Customers are unknown" in blind
    dry = sheet(source_known=False)
    assert "Where gas comes from is unknown: close everything listed" in dry


def test_nothing_of_it_asks_the_network(sheet):
    for lang in ("en", "zh"):
        page = sheet(lang=lang)
        assert "<script" not in page
        assert not re.search(r"(\ssrc=|href=|url\()", page)
        assert "default-src 'none'" in page
    assert 'lang="zh-CN"' in page


def test_the_picture_shows_numbered_valves_inside_its_frame(sheet):
    picture = sheet().split("<svg")[1].split("</svg>")[0]
    at = {
        text: (float(x), float(y))
        for x, y, text in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="mark"[^>]*>([^<]+)<', picture)
    }
    assert set(at) == {"1", "2", "★1"}
    assert at["1"][0] < at["★1"][0] < at["2"][0]
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in at.values())


def test_marks_at_one_place_are_moved_apart():
    place = _apart(np.array([[300.0, 200.0]] * 5))
    gaps = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))[np.triu_indices(5, 1)]
    assert gaps.min() > 20
    assert (np.hypot(*(place - [300.0, 200.0]).T) < 90).all()


def test_a_mark_out_of_sight_is_not_drawn():
    sketch = Sketch((0.0, 0.0, 100.0, 100.0))
    sketch.marks([Mark(1e6, 0.0, "far", "#000")])
    assert "far" not in sketch.svg("x")
