import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_cases import scored

from gridrisk.risk.threats import COLUMNS

OLD = {"material": "steel", "cathodic": False, "diameter_mm": 160.0}


def test_threats_by_hand():
    # 0.5 · 1 · 1 at the reference; built over along a fifth: · 1.3; open trench: · 2; half a unit of ground movement
    around = {
        "built_over": True,
        "built_over_m": 20.0,
        "shared_trench": True,
        "shared_trench_isolated": False,
        "ground_movement": 0.5,
        "encroached": True,
        "work_zone": "protection",
    }
    found = scored(OLD, around=[around]).iloc[0]
    wanted = {
        "threat_corrosion": 0.5 * 0.85,
        "threat_material": 0.5 * 0.15,
        "threat_built_over": 0.5 * 0.3,
        "threat_shared_trench": 0.5 * 1.3,
        "threat_ground": 0.04,
        # digging that nobody announced, and the works of today along half of the segment
        "threat_third_party": 0.03 + 0.5,
    }
    assert found[list(wanted)].astype(float).to_dict() == pytest.approx(wanted)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["grey_cast_iron", "ductile_iron", "steel", "pe", "other", None]),
    st.sampled_from([True, False, None]),
    st.sampled_from([True, False, None]),
    st.one_of(st.none(), st.floats(0, 70)),
    st.one_of(st.none(), st.integers(0, 5)),
)
def test_threats_add_up_to_the_rate(material, cathodic, over, age, leaks):
    around = {"built_over": over, "age_years": age, "shared_trench": over, "leaks": leaks, "exposure_years": 8.0}
    found = scored({"material": material, "cathodic": cathodic}, around=[around], leaks_recorded=True)
    np.testing.assert_allclose(found[list(COLUMNS)].sum(axis=1), found["failures_per_km_year"], rtol=1e-9)
    assert (found[list(COLUMNS)].to_numpy() >= 0).all()


def test_works_are_a_hazard_of_today_whatever_the_age():
    """A site near by adds the same to a new pipe as to an old one, and nothing once it is over."""
    site = {"encroached": True, "work_zone": "protection"}
    cases = [{"age_years": age} | more for age in (1.0, 60.0) for more in (site, {})]
    found = scored(*[OLD] * 4, around=cases)["threat_third_party"].to_numpy()
    assert found[0] - found[1] == pytest.approx(found[2] - found[3])
    assert found[1] == pytest.approx(0.03)


def test_polyethylene_does_not_corrode():
    assert scored({})["threat_corrosion"].iloc[0] == 0
    assert pd.isna(scored({"status": "planned"})["threat_corrosion"].iloc[0])
