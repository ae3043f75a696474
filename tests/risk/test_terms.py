import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.risk import TERMS, combine


def test_combination_by_hand():
    # rate = (0.5·2·1·1·1 + 0.1 + 0.05) · 1 · 0.8 + 0.2 = 1.12; consequence = 0.01·3·(100 + 0) + 0.1 + 0.2 = 3.3
    values = {term.column: 0.0 if term.role == "added" else 1.0 for term in TERMS}
    values |= {"term_base_rate": 0.5, "term_age": 2, "term_ground": 0.1, "term_third_party": 0.05}
    values |= {"term_own_record": 0.8, "term_works": 0.2, "term_length_km": 0.5}
    values |= {"term_ignition": 0.01, "term_gather_void": 3, "term_people": 100, "term_supply": 0.1, "term_repair": 0.2}
    found = combine(pd.DataFrame([values])).iloc[0]
    assert found["failures_per_km_year"] == pytest.approx(1.12, rel=1e-12)
    assert found["likelihood"] == pytest.approx(0.56, rel=1e-12)
    assert found["consequence"] == pytest.approx(3.3, rel=1e-12)
    assert found["risk"] == pytest.approx(0.56 * 3.3, rel=1e-12)
    assert found["risk_per_km"] == pytest.approx(1.12 * 3.3, rel=1e-12)


@given(st.lists(st.floats(0.01, 100), min_size=len(TERMS), max_size=len(TERMS)), st.integers(0, len(TERMS) - 1))
def test_more_of_any_term_is_more_risk(values, which):
    table = pd.DataFrame([values, values], columns=[term.column for term in TERMS])
    table.iloc[1, which] *= 1.5
    risk = combine(table)["risk"]
    assert risk[1] > risk[0] or np.isclose(risk[1], risk[0], rtol=1e-9)


def test_terms_are_named_once():
    assert len({term.name for term in TERMS}) == len(TERMS)
