import datetime as dt

import pandas as pd
import pytest
from risk_cases import AS_OF, scored

STEEL = {"material": "steel", "cathodic": True}


def stands(pipe, **around):
    found = scored(pipe, around=[around]).iloc[0]
    due = found["assessment_due"]
    return found["assessment"], None if pd.isna(due) else due.date()


def test_the_four_conclusions_and_their_duties():
    on = {"assessed_on": pd.Timestamp("2025-01-01")}
    assert stands(STEEL | on | {"safety_status": "ok"}) == ("ok", dt.date(2028, 1, 1))
    assert stands(STEEL | on | {"safety_status": "control"}) == ("control", dt.date(2026, 1, 1))
    # the date that the assessment states, at most three years on; at once is a year at the latest
    by = {"safety_status": "renew_by", "renew_by": pd.Timestamp("2026-03-01")}
    assert stands(STEEL | by) == ("renew_by", dt.date(2026, 3, 1))
    late = {"safety_status": "renew_by", "renew_by": pd.Timestamp("2039-03-01")}
    assert stands(STEEL | late) == ("renew_by", dt.date(2028, 6, 30))
    assert stands(STEEL | {"safety_status": "renew_now"}) == ("renew_now", dt.date(2026, 6, 30))


def test_a_stated_next_assessment_rules():
    stated = {"safety_status": "ok", "next_assessment": pd.Timestamp("2027-09-09")}
    assert stands(STEEL | stated | {"assessed_on": pd.Timestamp("2025-01-01")}) == ("ok", dt.date(2027, 9, 9))
    # a conclusion without any date: the duty stands, the day is not known
    assert stands(STEEL | {"safety_status": "ok"}) == ("ok", None)


@pytest.mark.parametrize(
    ("pipe", "around", "state"),
    [
        (STEEL, {"age_years": 20.0}, "due"),
        (STEEL, {"age_years": 19.0}, "later"),
        (STEEL, {"age_years": 19.0, "built_over": True}, "due"),
        ({"material": "pe"}, {"age_years": 40.0}, "due"),
        ({"material": "ductile_iron"}, {"age_years": 3.0}, "due"),
        ({"material": "other"}, {"age_years": 50.0}, "none"),
        ({"material": None}, {"age_years": 50.0}, "unknown"),
        (STEEL, {"age_years": None}, "unknown"),
        ({"material": "grey_cast_iron"}, {"age_years": 50.0}, "outright"),
    ],
)
def test_who_must_be_assessed(pipe, around, state):
    assert stands({"safety_status": "unknown"} | pipe, **around)[0] == state


def test_the_day_a_young_pipe_comes_of_age():
    young = {"safety_status": None, "install_year": 2010}
    assert stands(STEEL | young, age_years=15.0) == ("later", dt.date(2030, 1, 1))
    # asked for today: a year's time
    assert stands(STEEL | young | {"install_year": 1990}, age_years=35.0)[1] == AS_OF.replace(year=AS_OF.year + 1)


def test_grey_cast_iron_is_renewed_without_an_assessment():
    state, due = stands({"material": "grey_cast_iron", "safety_status": "ok"})
    assert (state, due) == ("outright", AS_OF.replace(year=AS_OF.year + 3))
    assert "assess" not in scored({"material": "grey_cast_iron", "safety_status": None})["measure"].iloc[0].split(",")


def test_what_is_not_in_service_has_no_duty():
    assert pd.isna(scored({"status": "abandoned"})["assessment"].iloc[0])
