"""The failure rate of a segment by threat: what each adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.columns import combinations_of
from gridrisk.i18n import mark
from gridrisk.risk.likelihood import kind_weights
from gridrisk.risk.terms import RECORD

if TYPE_CHECKING:
    from gridrisk.params import Parameters

#: Columns ``threat_<name>`` and what they are called.
THREATS = {
    "corrosion": mark("corrosion and ageing"),
    "material": mark("material and joints"),
    "built_over": mark("built over"),
    "shared_trench": mark("shared trench"),
    "ground": mark("ground movement"),
    "third_party": mark("third-party damage"),
}
COLUMNS = tuple(f"threat_{name}" for name in THREATS)


def threats(terms: pd.DataFrame, facts: pd.DataFrame, params: Parameters) -> pd.DataFrame:
    """Return what each threat adds to the failure rate; the columns add up to failures_per_km_year.

    ::

        own           = base_rate · age · diameter · (cohort_record · near_record · own_record)
        corrosion     = own · share of corrosion by material,   material = the rest of own
        built_over    = own · (built_over − 1),   shared_trench = own · built_over · (shared_trench − 1)
        ground        = ground · record,   third_party = third_party · record + works

    Works are a dated hazard: they count while they go on, whatever the age of the pipe.

    Parameters
    ----------
    terms
        The ``term_*`` columns.
    facts
        Table of `gridrisk.risk.facts.gather`.
    params
        ``models/likelihood/prior.toml``.
    """
    record = terms[RECORD[0].column]
    for term in RECORD[1:]:
        record = record * terms[term.column]
    own = terms["term_base_rate"] * terms["term_age"] * terms["term_diameter"] * record
    corroding = own * _corrosion_share(facts, params)
    over, trench = terms["term_built_over"], terms["term_shared_trench"]
    return pd.DataFrame(
        {
            "threat_corrosion": corroding,
            "threat_material": own - corroding,
            "threat_built_over": own * (over - 1),
            "threat_shared_trench": own * over * (trench - 1),
            "threat_ground": terms["term_ground"] * record,
            "threat_third_party": terms["term_third_party"] * record + terms["term_works"],
        },
        index=terms.index,
        copy=False,
    )


def _corrosion_share(facts: pd.DataFrame, params: Parameters) -> np.ndarray:
    """Return the share of corrosion and ageing in what the pipe's own condition does."""
    shares = params.table("threat.corrosion_share")
    of_kind = np.array([shares[kind] for kind in params.table("unknown.kind")])
    material = pd.factorize(facts["material"])[0]
    protected = facts["cathodic"].astype("float64").fillna(2.0).to_numpy().astype(np.int64)
    # the few combinations that occur are weighed once, not once a segment
    first, place = combinations_of(material, protected)
    share: np.ndarray = (kind_weights(facts.iloc[first], params) @ of_kind)[place]
    return share
