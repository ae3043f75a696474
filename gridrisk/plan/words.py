"""Words for what a plan is limited by."""

from __future__ import annotations

from gridrisk.i18n import Message, msg

_LIMITS = {
    "total": msg("the budget of all payers"),
    "crew": msg("crew kilometres"),
    "gas_company": msg("money of the gas company"),
    "city": msg("money of city finance"),
    "owner": msg("money of owners"),
    "unassigned": msg("money without a known payer"),
}


def limit_name(name: str) -> Message:
    """Return the words for a limit; a payer that a cost file adds is called by its own name."""
    return _LIMITS.get(name, msg("money of {payer}", payer=name))
