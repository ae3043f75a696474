"""What to do until a segment is renewed: control measures, days between patrols and between leak surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.features.columns import named, numbers_of
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.i18n import Language
    from gridrisk.params import Parameters


def measures(
    facts: pd.DataFrame, grade: pd.Series[str], must_renew_missing: pd.Series[str], assessment: pd.Series[str]
) -> pd.Series[str]:
    """Return the names of the control measures, comma list; their texts stand in ``models/measures.toml``."""

    def true(name: str) -> NDArray[np.bool_]:
        return np.asarray(facts[name].fillna(False).to_numpy(dtype=bool))

    needed = {
        "clear_structure": true("built_over"),
        "isolate_trench": (facts["trench"] == "open").to_numpy(dtype=bool),
        "methane_sensor": true("void_crossing"),
        "guard_works": true("encroached"),
        "protect_clearance": true("clearance"),
        "more_patrol": grade.isin(["major", "larger"]).to_numpy(dtype=bool),
        "assess": must_renew_missing.str.contains("safety_status", regex=False).to_numpy(dtype=bool)
        | assessment.isin(["due"]).to_numpy(dtype=bool),
    }
    none = ~np.logical_or.reduce(list(needed.values()))
    return named({**needed, "routine": none}, facts.index)


def texts(params: Parameters, lang: Language) -> dict[str, str]:
    """Return the text of each measure in `lang`."""
    found = {}
    for name in params.group("text"):
        value = params[f"text.{name}"].value
        if not isinstance(value, dict) or not {"en", "zh"} <= set(value):
            raise ParameterError(
                msg("models/{file}.toml: text.{name} must have en and zh", file=params.name, name=name)
            )
        found[name] = str(value[lang])
    return found


def patrol_days(facts: pd.DataFrame, grade: pd.Series[str], params: Parameters) -> pd.Series[int]:
    """Return the days between patrols: by grade, no longer for aged pipe of higher pressure and near works."""
    days = numbers_of(grade, params.table("patrol_days"))
    aged_from = numbers_of(facts["pressure_class"], params.table("patrol_aged_years"))
    age = facts["age_years"].to_numpy()
    aged = ~np.isnan(aged_from) & ((age > aged_from) | np.isnan(age))
    days = np.where(aged, np.minimum(days, params.number("patrol_aged_days")), days)
    works = facts["encroached"].fillna(False).to_numpy(dtype=bool)
    days = np.where(works, np.minimum(days, params.number("patrol_works_days")), days)
    return _whole(days, facts.index)


def leak_survey_days(facts: pd.DataFrame, grade: pd.Series[str], params: Parameters) -> pd.Series[int]:
    """Return the days between leak surveys: by material and protection, half past half the design life, by grade.

    What is unknown (material, protection, age) is taken on the safe side.
    """
    material = facts["material"]
    protected = (material == "pe") | ((material == "steel") & facts["cathodic"].fillna(False))
    days = np.where(
        protected.to_numpy(dtype=bool),
        params.number("leak_survey_days.protected"),
        params.number("leak_survey_days.unprotected"),
    )
    age = facts["age_years"].to_numpy()
    aged = np.isnan(age) | (age > params.number("leak_survey_aged.design_life_years") / 2)
    days = np.where(aged, days * params.number("leak_survey_aged.factor"), days)
    for column, name in ((facts["pressure_class"], "leak_survey_pressure_days"), (grade, "leak_survey_grade_days")):
        days = np.fmin(days, numbers_of(column, params.table(name)))
    return _whole(days, facts.index)


def _whole(days: NDArray[np.floating[Any]], index: pd.Index) -> pd.Series[int]:
    return pd.Series(np.maximum(np.floor(days), 1), index=index).astype("Int64")
