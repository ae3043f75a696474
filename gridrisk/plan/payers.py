"""Who pays: the rule that a segment falls under, and the shares of each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridrisk.errors import ParameterError
from gridrisk.i18n import msg
from gridrisk.plan import money

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Shares = dict[str, dict[str, NDArray[np.int64]]]

#: Payers that always have a column; a cost file may name more.
PAYERS = ("gas_company", "city", "owner", "unassigned")
#: Rules of who pays; see `payer_rule`.
RULES = ("municipal", "courtyard_resident", "courtyard_non_resident", "courtyard_operator", "unknown")
#: Added to a rule where the central government grants a share.
GRANTED = "+grant"
#: The payer of the grant.
CENTRAL = "central"


def payer_names(params: Parameters) -> list[str]:
    """Return the payers of a cost file: the usual ones first, then those it adds."""
    named = {payer for key in params.group("payers") for payer in params.table(f"payers.{key}")}
    named |= {CENTRAL} if grant_share(params) > 0 else set()
    return [*PAYERS, *sorted(named - set(PAYERS))]


def grant_share(params: Parameters) -> float:
    """Return the share that the central government grants in the region of the cost file, 0 where it grants none.

    Raises
    ------
    ParameterError
        Where the region is none of the table.
    """
    region, shares = params.text("grant_region"), params.table("grant_share")
    if region not in shares or not 0 <= shares[region] <= 1:
        raise ParameterError(
            msg(
                "models/{file}.toml: grant_region is {region}; use one of {known}, each with a share from 0 to 1",
                file=params.name,
                region=region,
                known=", ".join(shares),
            )
        )
    return shares[region]


def shares_of(params: Parameters, payers: list[str]) -> Shares:
    """Return for every rule and part (pipe, civil) the shares by payer, in parts of a million."""
    rules: Shares = {}
    for key in params.group("payers"):
        rule, _, part = key.partition(".")
        table = params.table(f"payers.{key}")
        shares = np.array([round(table.get(payer, 0.0) * money.PPM) for payer in payers], dtype=np.int64)
        if (shares < 0).any() or abs(int(shares.sum()) - money.PPM) > len(payers):
            raise ParameterError(
                msg(
                    "models/{file}.toml: the shares of payers.{key} add up to {sum}, not 1",
                    file=params.name,
                    key=key,
                    sum=sum(table.values()),
                )
            )
        shares[int(shares.argmax())] += money.PPM - shares.sum()
        rules.setdefault(rule, {})[part] = shares
    lacking = [
        f"payers.{rule}.{part}" for rule in RULES for part in ("pipe", "civil") if part not in rules.get(rule, {})
    ]
    if lacking:
        raise ParameterError(
            *(
                msg(
                    "models/{file}.toml has no {key}; say who pays, by shares that add up to 1",
                    file=params.name,
                    key=key,
                )
                for key in lacking
            )
        )
    return rules | _granted(params, payers, rules)


def _granted(params: Parameters, payers: list[str], rules: Shares) -> Shares:
    """Return the same rules with the grant taken off first, those that it applies to."""
    grant = round(grant_share(params) * money.PPM)
    if not grant:
        return {}
    out: Shares = {}
    for rule in params.names("grant_rules"):
        if rule not in rules:
            raise ParameterError(
                msg(
                    "models/{file}.toml: grant_rules names {rule}; use {known}",
                    file=params.name,
                    rule=rule,
                    known=", ".join(RULES),
                )
            )
        out[rule + GRANTED] = {}
        for part, shares in rules[rule].items():
            left = money.allocate(np.array([money.PPM - grant]), shares[None, :])[0]
            left[payers.index(CENTRAL)] += grant
            out[rule + GRANTED][part] = left
    return out


def payer_rule(
    setting: pd.Series, owner: pd.Series, community: pd.Series, granted: tuple[str, ...]
) -> NDArray[np.object_]:
    """Name the payer rule: where the pipe lies, and in a courtyard whose it is.

    The gas company's pipes inside a residents' community count as the residents' courtyard, as the rule goes by the
    place. Outside one, ownership decides. What is not known is nobody's yet. A grant is only for what residents own.
    """
    where = setting.to_numpy(dtype=object)
    whose = owner.to_numpy(dtype=object)
    yard = np.isin(where.astype(str), ("courtyard", "riser", "service"))
    housing = community.notna().to_numpy()
    rule = np.full(len(where), "unknown", dtype=object)
    rule[where == "municipal"] = "municipal"
    rule[yard & ((whose == "resident") | ((whose == "operator") & housing))] = "courtyard_resident"
    rule[yard & (whose == "operator") & ~housing] = "courtyard_operator"
    rule[yard & (whose == "non_resident")] = "courtyard_non_resident"
    owned = rule.astype(str)
    granted_here = np.isin(owned, granted) & (whose == "resident")
    rule[granted_here] = [f"{name}{GRANTED}" for name in rule[granted_here]]
    return rule
