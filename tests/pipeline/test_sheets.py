"""File names of sheets."""

import pytest

from gridrisk.pipeline.sheets import _named


def test_a_plain_number_is_its_own_name():
    assert _named("SZ0000564") == "SZ0000564"
    assert _named("项目_3") == "项目_3"


@pytest.mark.parametrize("pair", [("P/1", "P_1"), ("P/1", "P:1"), ("a" * 61, "a" * 62), ("..", "/"), (" P1", "P1")])
def test_two_numbers_have_two_names_that_every_system_takes(pair):
    one, other = (_named(value) for value in pair)
    assert one != other
    assert not set(one + other) & set('/\\:*?"<>|. '[:-2])
    assert not one.startswith(".")
