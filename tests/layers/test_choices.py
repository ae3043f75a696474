"""Words of choices within texts, for proposals."""

from __future__ import annotations

import re

from gridrisk.layers import choices, schema
from gridrisk.units import plain

KIND = schema.load("stations").fields["kind"]
PRESSURE = schema.load("pipes").fields["pressure_class"]


def test_word_is_taken_for_the_longest_known_one_it_ends_with() -> None:
    assert choices.by_ending("区域调压柜", KIND) == "regulator_cabinet"
    assert choices.by_ending("二号楼调压箱", KIND) == "regulator_box"
    assert choices.by_ending("调压箱基础", KIND) is None
    assert choices.by_ending("非调压站", KIND) is None


def test_only_word_within_a_text() -> None:
    cause = schema.load("leaks").fields["cause"]
    assert choices.by_word("腐蚀穿孔", cause) == "corrosion"
    assert choices.by_word("腐蚀或外力破坏", cause) is None
    assert choices.by_word("原因待查", cause) is None


def test_words_within_texts_make_a_pattern() -> None:
    within = choices.words_within(["燃气_中压A", "燃气_低压", "道路"], PRESSURE)
    assert within is not None
    assert within.found == ("燃气_中压A", "燃气_低压")
    found = re.search(within.pattern, plain("燃气_中压Ａ"))
    assert found is not None
    assert within.meanings[found[1].casefold()] == "medium_a"


def test_text_with_two_meanings_is_no_ground_for_a_rule() -> None:
    assert choices.words_within(["低压转中压A"], PRESSURE) is None


def test_latin_word_stands_alone() -> None:
    material = schema.load("pipes").fields["material"]
    within = choices.words_within(["RQ-PE-DN110", "PEDESTRIAN"], material)
    assert within is not None
    assert within.found == ("RQ-PE-DN110",)
