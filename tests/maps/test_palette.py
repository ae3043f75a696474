"""The classes of a map are told apart without colour and with any kind of colour vision."""

from itertools import combinations

import numpy as np
import pytest

from gridrisk.errors import ParameterError
from gridrisk.maps import palette

#: Machado, Oliveira and Fernandes 2009, severity 1.0; linear RGB.
_VISIONS = {
    "all": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
_GROUPS = {
    "risk": ["major", "larger", "general", "low", "unknown"],
    "plan": ["year_1", "year_2", "year_3", "year_4", "year_5", "unplanned"],
    "coverage": ["share_1", "share_2", "share_3", "share_4", "share_5", "unknown"],
    "decision": ["pipe", "electric", "done", "excluded", "unknown"],
    "works": ["forbidden", "plan_required", "clear", "unknown"],
    "isolation": ["inside", "lost", "supplied"],
    "pressure": ["below", "tight", "fair", "good", "unknown", "none"],
    "lowest": ["fails", "holds", "unknown"],
    "valves": ["close", "optional", "other"],
    "sensors": ["proposed", "existing"],
    "lost": ["critical", "unintended", "inside"],
    "station": [
        "city_gate",
        "storage",
        "lng",
        "cng",
        "source",
        "regulator_station",
        "regulator_cabinet",
        "regulator_box",
        "unknown",
    ],
}


def _lab(color, matrix):
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(matrix @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _tone(style):
    return style.fill or style.color


def _same_form(a, b):
    """Whether two classes differ in nothing but colour."""
    if (a.dash, a.symbol, a.hatch) != (b.dash, b.symbol, b.hatch):
        return False
    wide, narrow = max(a.width, b.width, 0.1), max(min(a.width, b.width), 0.1)
    large, small = max(a.size, b.size, 0.1), max(min(a.size, b.size), 0.1)
    return wide / narrow < 1.25 and large / small < 1.3


def _pairs():
    for group, names in _GROUPS.items():
        for a, b in combinations(names, 2):
            yield pytest.param(palette.style(group, a), palette.style(group, b), id=f"{group}.{a}-{b}")


@pytest.mark.parametrize(("a", "b"), list(_pairs()))
def test_told_apart(a, b):
    if not _same_form(a, b):
        return
    for matrix in _VISIONS.values():
        assert np.linalg.norm(_lab(_tone(a), matrix) - _lab(_tone(b), matrix)) >= 10
    grey = [_lab(_tone(style), np.eye(3))[0] for style in (a, b)]
    assert abs(grey[0] - grey[1]) >= 8


def test_graver_is_wider_and_darker():
    grades = [palette.style("risk", name) for name in ("major", "larger", "general", "low")]
    widths = [style.width for style in grades]
    assert widths == sorted(widths, reverse=True)
    lightness = [_lab(style.color, np.eye(3))[0] for style in grades[:3]]
    assert lightness == sorted(lightness)


def test_sources_are_seen_at_every_scale_and_small_regulators_from_close_by():
    for name in ("city_gate", "storage", "lng", "cng", "source", "regulator_station"):
        assert palette.style("station", name).from_scale == 0
    for name in ("regulator_cabinet", "regulator_box", "unknown"):
        assert palette.style("station", name).from_scale >= 0.5


def test_only_what_differs_is_sent():
    assert palette.Style(color="#000000").encode() == {"color": "#000000"}
    assert palette.Style(width=2).in_metres(3.004).width_m == 3.0


def test_misspelt_key(monkeypatch):
    monkeypatch.setattr(palette, "load", lambda: {"risk": {"major": {"colour": "#000000"}}})
    with pytest.raises(ParameterError, match="did you mean color"):
        palette.style("risk", "major")


def test_missing_class():
    with pytest.raises(ParameterError, match=r"no class \[risk\.none\]"):
        palette.style("risk", "none")
