import pytest

from gridrisk.features import compiled


def test_where_nothing_can_be_kept_each_process_compiles(monkeypatch):
    asked = []

    def njit(*, cache=False, **_):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(compiled.numba, "njit", njit)
    assert compiled.compiled(len) is len
    assert asked == [True, False]


@pytest.mark.parametrize("count", [0, 1, 9_999, 45_001])
def test_ranges_make_up_the_whole(count):
    parts = compiled.over_rows(lambda first, last: list(range(first, last)), count)
    assert [row for part in parts for row in part] == list(range(count))
