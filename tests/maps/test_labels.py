"""Numbers as a person reads them."""

import pytest

from gridrisk.maps import labels


@pytest.mark.parametrize(
    ("metres", "text"),
    [(0, "0 m"), (999.4, "999 m"), (1234, "1.23 km"), (123_456, "123.5 km"), (float("nan"), "unknown")],
)
def test_length(metres, text):
    assert labels.length(metres, "en") == text


@pytest.mark.parametrize(
    ("yuan", "lang", "text"),
    [
        (9_999, "zh", "9,999 元"),
        (123_456, "zh", "12.3 万元"),
        (234_500_000, "zh", "2.35 亿元"),
        (1_234_567, "en", "1.23 million yuan"),
        (999, "en", "999 yuan"),
    ],
)
def test_money(yuan, lang, text):
    assert labels.money(yuan, lang) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.996, "> 99 %"), (1, "100 %"), (float("nan"), "unknown")],
)
def test_share_never_rounds_to_all_or_nothing(value, text):
    assert labels.share(value, "en") == text


def test_long_names_are_broken_in_rows():
    assert labels.wrapped("望湖街道") == "望湖街道"
    name = "望湖街道及周边工业园区管理委员会代管片区"  # 20 characters, 40 wide: two rows of ten
    assert labels.wrapped(name) == name[:10] + "\n" + name[10:]
    assert labels.wrapped("Administration of the economic development zone") == (
        "Administration of the economic\ndevelopment zone"
    )
    bracket = labels.wrapped("流湖镇及周边工业园区管理委员会代管片区（含托管村）")  # 25 characters: two rows
    assert [len(row) for row in bracket.split("\n")] == [12, 13]
    assert labels.wrapped("x" * 60) == "x" * 60  # nowhere to break
