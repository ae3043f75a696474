"""A page is one file, the same each time, and hostile names stay names."""

import base64
import hashlib
import re

import pandas as pd
import pytest

from gridrisk import maps
from gridrisk.maps import page

HOSTILE = [
    "</script><script>window.hacked=1</script>",
    "${window.hacked=1}",
    "'\"><img src=x onerror=window.hacked=1>",
    "{{ 7 * 7 }}{% raw %}",
    "`\\u003c\u2028\u2029\x00",
    "<!--<script>",
    "https://example.org/evil.js",
]


def hostile(city):
    pipes = city.pipes.iloc[: len(HOSTILE)].copy()
    pipes.index = pd.Index(HOSTILE, name="pipe_id")
    pipes["road"] = HOSTILE
    risk = city.risk.iloc[: len(HOSTILE)].set_axis(pipes.index)
    return pipes, risk.assign(flags=HOSTILE, measure=HOSTILE)


@pytest.fixture(scope="module")
def documents(city, as_of):
    backdrop = maps.Backdrop(towns=city.towns, roads=city.roads, buildings=city.buildings, stations=city.stations)
    both = {"as_of": as_of, "lang": "en", "backdrop": backdrop}
    return {
        "risk": maps.risk_map(city.pipes, city.risk, **both),
        "plan": maps.plan_map(city.projects, city.pipes, **both),
        "coverage": maps.coverage_map(
            city.coverage, city.towns, conversion=city.conversion, customers=city.customers, pipes=city.pipes, **both
        ),
        "works": maps.works_map(city.works, city.sites, city.pipes, ranges=city.ranges, **both),
        "isolation": maps.isolation_map(
            city.isolation, city.pipes, valves=city.valves, customers=city.customers, **both
        ),
    }


@pytest.mark.parametrize("kind", ["risk", "plan", "coverage", "works", "isolation"])
def test_the_policy_knows_all_code_and_allows_nothing_else(documents, read_page, kind):
    shown = read_page(documents[kind])
    rules = dict(rule.strip().split(" ", 1) for rule in shown.policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    for directive, texts in (("script-src", shown.scripts), ("style-src", shown.styles)):
        expected = {
            "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'" for text in texts
        }
        assert set(rules[directive].split()) == expected
    assert documents[kind].index("Content-Security-Policy") < documents[kind].index("<script")


@pytest.mark.parametrize("kind", ["risk", "plan", "coverage", "works", "isolation"])
def test_nothing_is_fetched(documents, read_page, kind):
    shown = read_page(documents[kind])
    assert not [found for found in shown.attributes if found[1] in {"src", "href", "srcset", "action"}]
    addresses = {a for text in (*shown.scripts, *shown.styles) for a in re.findall(r"https?://[^\s\"'<>]+", text)}
    assert addresses <= {"http://www.w3.org/2000/svg", "https://leafletjs.com"}  # names in Leaflet, never fetched
    assert len(documents[kind]) < 3_000_000


def test_hostile_names_stay_names(city, as_of, read_page):
    pipes, risk = hostile(city)
    plain = maps.risk_map(city.pipes, city.risk, as_of=as_of)
    shown = read_page(maps.risk_map(pipes, risk, as_of=as_of, title=HOSTILE[0], lang="en"))
    assert shown.scripts == read_page(plain).scripts
    assert shown.layer("pipes")["ids"][:4] == HOSTILE[:4]
    assert shown.scene["title"] == HOSTILE[0]
    assert not [found for found in shown.attributes if found[1].startswith("on")]


def test_json_cannot_leave_its_element():
    text = page.embed({"a": "</script>&\u2028", "b": ["\ud800"]})
    assert not set("<>&\u2028") & set(text)
    assert page.embed("\u4e2d") == '"\u4e2d"'
    with pytest.raises(ValueError, match="JSON compliant"):
        page.embed(float("nan"))


def test_the_same_input_gives_the_same_file(city, as_of):
    assert maps.risk_map(city.pipes, city.risk, as_of=as_of) == maps.risk_map(city.pipes, city.risk, as_of=as_of)


def test_write_replaces_the_file_whole(tmp_path):
    path = tmp_path / "new" / "map.html"
    maps.write("one\n", path)
    assert maps.write("\u4e8c\n", path).read_bytes() == "\u4e8c\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_the_page_is_in_the_language_asked_for(city, as_of, read_page):
    document = maps.risk_map(city.pipes, city.risk, as_of=as_of, lang="zh")
    assert '<html lang="zh-CN">' in document
    assert "Microsoft YaHei" in read_page(document).scene["fonts"]
    assert as_of.isoformat() in read_page(document).scene["subtitle"][0]


def test_names_are_no_templates(city, as_of, read_page):
    title = "{{ 7 * 7 }}{% for x in 'abc' %}<head>"
    shown = read_page(
        maps.risk_map(city.pipes, city.risk.assign(measure="{{ 7 * 7 }}"), as_of=as_of, title=title, lang="en")
    )
    assert shown.scene["title"] == title
    assert set(shown.detail("pipes", "until renewed")) == {"{{ 7 * 7 }}"}
