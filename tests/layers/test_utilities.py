"""Which rows of a table are gas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridrisk.layers import utilities
from gridrisk.layers.table import Table


@pytest.mark.parametrize("odd", [{"a": 1}, ["燃气"]])
def test_a_column_of_nested_values_tells_no_kind(odd) -> None:
    frame = pd.DataFrame({"nested": pd.Series([odd, "燃气", "给水"], dtype=object)})
    assert utilities.kinds_in(Table("a.geojson", "a", frame, np.arange(1, 4))) is None


def test_the_column_that_names_gas_and_others_is_found() -> None:
    frame = pd.DataFrame({"管线类型": ["燃气", "给水", "燃气"]})
    found = utilities.kinds_in(Table("a.csv", "a", frame, np.arange(1, 4)))
    assert found is not None
    assert found.column == "管线类型"
