import pandas as pd
import pytest
from risk_cases import AS_OF, MODELS, NOTHING_RECORDED, features_of, nothing_known, pipes_of

from gridrisk.errors import UsageError
from gridrisk.risk import TERMS, combine, explain, score


def explained(change, around=None, *, recorded=False, previous=None, lost=None):
    pipes = pipes_of(change, {})
    features = features_of(pipes, around or {}, {})
    frame = score(pipes, features, MODELS, leaks_recorded=recorded, customers_lost=lost, as_of=AS_OF)
    return explain("p0", frame, features, pipes, MODELS, previous=previous), frame


def test_terms_in_order_give_the_risk_back():
    found, _ = explained({"material": "steel", "cathodic": False}, {"built_over": True, "built_over_m": 9.0})
    assert [item.term for item in found.terms] == list(TERMS)
    table = pd.DataFrame([{item.term.column: item.value for item in found.terms}])
    assert combine(table)["risk"].iloc[0] == pytest.approx(found.risk, rel=1e-9)


def test_the_share_of_a_term_is_what_would_go_without_it():
    # open trench doubles the rate of the condition 0.05 of 0.05·2 + 0.03, so 0.05/0.13 would go
    found, _ = explained({}, {"shared_trench": True, "shared_trench_isolated": False})
    share = {item.term.name: item.share for item in found.terms}
    assert share["shared_trench"] == pytest.approx(0.05 / 0.13, rel=1e-9)
    assert share["age"] == 0


def test_sentences_in_both_languages_and_ranked():
    around = {"encroached": True, "work_zone": "protection", "leaks": 2, "exposure_years": 8.0, "people": 900.0}
    found, _ = explained({"material": "grey_cast_iron"}, around, recorded=True)
    texts = [item.render("en") for item in found.sentences]
    assert texts[0].startswith("larger risk, rank 1") or texts[0].startswith("major risk, rank 1")
    assert "90 %" in texts[1]
    assert any(text.startswith("grey cast iron:") for text in texts)
    assert any("2 leaks of its own in 8 years" in text for text in texts)
    assert any("works within the protection range" in text for text in texts)
    assert all(item.render("zh") for item in found.sentences)
    shares = {item.text.render("en"): abs(item.share) for item in found.terms if item.text is not None}
    spoken = [shares[text] for text in texts if text in shares]
    assert spoken == sorted(spoken, reverse=True)


def test_unknown_fields_that_would_change_the_grade():
    found, frame = explained({"material": None})
    (material,) = [item for item in found.unknown if item.field == "material"]
    assert frame.loc["p0", "grade"] in material.grades
    assert len(material.grades) > 1
    assert set(material.must_renew) == {True, False}


def test_what_an_unknown_field_may_become_is_what_scoring_finds():
    found, _ = explained({}, {"built_over": None})
    (over,) = [item for item in found.unknown if item.field == "built_over"]
    seen = {explained({}, {"built_over": True, "built_over_m": 100.0})[1].loc["p0", "grade"]}
    seen |= {explained({}, {"built_over": False})[1].loc["p0", "grade"]}
    assert set(over.grades) == seen


def test_a_field_that_changes_nothing_is_not_asked_for():
    found, frame = explained({}, {"clearance": None})
    assert "clearance" in frame.loc["p0", "unknown"]
    assert "clearance" not in [item.field for item in found.unknown]


def test_nothing_known_is_explained():
    found, _ = explained(NOTHING_RECORDED, nothing_known())
    assert found.must_renew is None
    assert {"material", "built_over"} <= {item.field for item in found.unknown}
    assert any("material not known" in item.render("en") for item in found.sentences)


def test_customers_lost_are_taken_from_the_score():
    found, _ = explained({}, lost=pd.Series({"p0": 5000.0, "p1": 1.0}))
    assert any("5000 customers" in item.render("en") for item in found.sentences)


def test_clauses():
    found, _ = explained({"pressure_class": "medium_a"}, {"built_over": True, "built_over_m": 5.0})
    assert [rule.name for rule in found.clauses] == ["built_over", "major_hazard_structure"]
    assert found.must_renew is True
    assert "占压" in found.clauses[1].text("zh")
    assert (
        any("set by a rule (major_hazard)" in item.render("en") for item in found.sentences) or found.grade == "major"
    )


def test_change_since_the_last_run():
    _, before = explained({}, {"age_years": 24.0})
    found, _ = explained({}, {"age_years": 24.0, "encroached": True, "work_zone": "control"}, previous=before)
    assert found.change is not None
    assert found.change.risk_now > found.change.risk_before
    assert [term.name for term, _, _ in found.change.terms] == ["works"]
    assert found.change.text[1].render("en") == "works near by: 0 before, 0.1 now"


def test_no_change_without_an_earlier_score():
    _, before = explained({"status": "abandoned"})
    assert explained({}, previous=before)[0].change is None
    assert explained({}, previous=before.drop("p0"))[0].change is None


def test_an_abandoned_pipe():
    found, _ = explained({"status": "abandoned"})
    assert not found.scored
    assert found.grade is None
    assert "not scored" in found.sentences[0].render("en")


def test_no_such_pipe():
    _, frame = explained({})
    pipes = pipes_of({}, {})
    with pytest.raises(UsageError, match="nope"):
        explain("nope", frame, features_of(pipes, {}, {}), pipes, MODELS)
