import pandas as pd
import pytest
from risk_cases import AS_OF, features_of, pipes_of, scored, with_value

from gridrisk.errors import ParameterError
from gridrisk.risk import GRADES, score
from gridrisk.risk.grades import rank


@pytest.mark.parametrize(
    ("bound", "grade"), [((9, 8, 7), "low"), ((9, 8, 0), "general"), ((9, 0, 0), "larger"), ((0, 0, 0), "major")]
)
def test_thresholds(bound, grade):
    pipes = pipes_of({})
    models = with_value("grades", "risk_per_km", dict(zip(GRADES, bound, strict=False)))
    found = score(pipes, features_of(pipes, {}), models, leaks_recorded=False, as_of=AS_OF).iloc[0]
    assert found["grade"] == grade
    assert pd.isna(found["grade_floor"])


def test_a_threshold_is_reached_by_its_own_value():
    pipes = pipes_of({})
    exact = scored({})["risk_per_km"].iloc[0]
    models = with_value("grades", "risk_per_km", {"major": exact, "larger": exact / 2, "general": exact / 3})
    assert score(pipes, features_of(pipes, {}), models, leaks_recorded=False, as_of=AS_OF)["grade"].iloc[0] == "major"


def test_thresholds_that_rise_are_refused():
    pipes = pipes_of({})
    models = with_value("grades", "risk_per_km", {"major": 1, "larger": 2, "general": 3})
    with pytest.raises(ParameterError, match="fall"):
        score(pipes, features_of(pipes, {}), models, leaks_recorded=False, as_of=AS_OF)


def test_floors():
    over = {"built_over": True, "built_over_m": 2.0}
    found = scored(
        {"pressure_class": "medium_b"},
        {"pressure_class": "low"},
        {"safety_status": "renew_now"},
        {},
        {},
        around=[
            over,
            over,
            {},
            {"shared_trench": True, "shared_trench_isolated": False},
            {"shared_trench": True, "shared_trench_isolated": None},
        ],
    )
    assert found["grade"].tolist()[:4] == ["major", "larger", "major", "larger"]
    assert found["grade_floor"].tolist()[:4] == ["major_hazard", "built_over", "renew_now", "shared_trench_open"]
    # unknown isolation lifts nothing
    assert pd.isna(found["grade_floor"].iloc[4])


def test_flags():
    around = {
        "built_over": True,
        "built_over_m": 2.0,
        "shared_trench": True,
        "shared_trench_isolated": False,
        "void_crossing": True,
        "clearance": None,
        "encroached": True,
        "work_zone": "control",
        "leaks": 1,
    }
    found = scored({}, {}, around=[around, {}], leaks_recorded=True)
    assert found["flags"].tolist() == [
        "built_over,shared_trench,void_crossing,encroached,trench_not_isolated,leaked",
        "",
    ]


def test_rank_by_risk_per_km_then_risk_then_id():
    index = pd.Index(["b", "a", "d", "c"], dtype="str")
    found = rank(pd.Series([1.0, 1.0, 2.0, 1.0], index=index), pd.Series([5.0, 5.0, 1.0, 9.0], index=index))
    assert found.to_dict() == {"d": 1, "c": 2, "a": 3, "b": 4}


def test_by_quantile_each_grade_holds_its_share_of_the_length():
    pipes = pipes_of(*[{}] * 100)
    around = [{"people": float(i), "length_m": 50.0 + i} for i in range(100)]
    models = with_value("grades", "method", "quantile")
    found = score(pipes, features_of(pipes, *around), models, leaks_recorded=False, as_of=AS_OF)
    share = found.groupby("grade")["length_m"].sum() / found["length_m"].sum()
    along = share[["major", "larger", "general"]].cumsum()
    for name, wanted in {"major": 0.05, "larger": 0.15, "general": 0.5}.items():
        assert wanted <= along[name] < wanted + 0.02
    order = found.sort_values("rank")["grade"].map(GRADES.index)
    assert order.is_monotonic_increasing


def test_an_unknown_method_is_told():
    pipes = pipes_of({})
    with pytest.raises(ParameterError, match="quantile"):
        score(pipes, features_of(pipes, {}), with_value("grades", "method", "best"), leaks_recorded=False, as_of=AS_OF)
