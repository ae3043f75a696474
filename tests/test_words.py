"""What columns of results are called."""

from gridrisk import words
from gridrisk.i18n import translate

#: Units that are written the same in every language.
SYMBOLS = {"", "m", "m3", "m³/h", "kPa", "1/a", "1/(km·a)"}


def test_every_title_and_unit_has_its_chinese():
    for name, told in words.RESULTS.items():
        assert translate(told.title, "zh") != told.title, name
        assert told.unit in SYMBOLS or translate(told.unit, "zh") != told.unit, name


def test_measures_of_risk_bear_their_unit():
    assert all(words.RESULTS[name].unit for name in ("risk", "risk_per_km", "consequence", "risk_removed"))
