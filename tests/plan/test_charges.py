"""What projects cost in each year, to the fen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridrisk.errors import DataError
from gridrisk.plan.charges import costs, index_ppm, raised

YEARS = np.arange(2027, 2030)


def test_prices_rise_from_the_first_year_and_the_parts_add_up():
    frame = pd.DataFrame(
        {
            "cost_yuan": [1000.03],
            "cost_city": [333.34],
            "cost_gas_company": [666.69],
            "saving_yuan": [100.0],
            "saving_city": [0.0],
            "saving_gas_company": [100.0],
            "works_year": pd.array([2028], dtype="Int64"),
            "price_index": [0.02],
        }
    )
    whole, parts = costs(frame, YEARS, ["city", "gas_company"])
    # 333.34 · 1.02 = 340.0068; (666.69 − 100) · 1.02 = 578.0238; 333.34 · 1.0404 = 346.80…; 666.69 · 1.0404 = 693.62…
    assert parts["city"].tolist() == [[33334, 34001, 34681]]
    assert parts["gas_company"].tolist() == [[66669, 57802, 69362]]
    assert (whole == parts["city"] + parts["gas_company"]).all()


def test_large_sums_stay_exact():
    fen = np.array([9_000_000_000_000_01], dtype=np.int64)
    assert raised(fen, index_ppm(0.02, 2)[1:]).tolist() == [(int(fen[0]) * 1_020_000 + 500_000) // 1_000_000]


def test_two_price_indices_are_refused():
    with pytest.raises(DataError, match="several price indices"):
        costs(pd.DataFrame({"price_index": [0.0, 0.1], "works_year": pd.array([pd.NA] * 2, dtype="Int64")}), YEARS, [])
