"""Words for what a plan is limited by."""

from __future__ import annotations

from gridrisk.i18n import Message, msg

_LIMITS = {
    "total": msg("the budget of all payers"),
    "crew": msg("crew kilometres"),
    "heating_households": msg("households without gas in the heating season"),
    "gas_company": msg("money of the gas company"),
    "city": msg("money of city finance"),
    "owner": msg("money of owners"),
    "central": msg("money of the central government"),
    "unassigned": msg("money without a known payer"),
}


_TRADES = {
    "pe_fusion": msg("PE fusion"),
    "steel_welding": msg("welded steel"),
    "riser": msg("risers"),
    "drilling": msg("directional drilling"),
}


def trade_name(trade: str) -> Message:
    """Return the words for a trade."""
    return _TRADES.get(trade, msg("{trade}", trade=trade))


def limit_name(name: str) -> Message:
    """Return the words for a limit; a payer that a cost file adds is called by its own name."""
    kind, _, town = name.partition(":")
    if kind == "crew" and town:
        return msg("crew kilometres, {trade}", trade=trade_name(town))
    if kind == "town_works":
        return msg("works at once in {town}", town=town) if town else msg("works at once in a town")
    return _LIMITS.get(name, msg("money of {payer}", payer=name))


def amount(kind: str, units: int) -> Message:
    """Return an amount of what a limit counts, in words."""
    if kind == "money":
        return msg("{yuan} yuan", yuan=f"{units / 100:,.0f}" if units % 100 == 0 else f"{units / 100:,.2f}")
    if kind == "length":
        return msg("{km} km of crews", km=f"{units / 1e6:,.3f}")
    if kind == "households":
        count = -(-units // 1000)
        return msg("{count} households without gas in the heating season", count=f"{count:,}")
    return msg("{count} works at once", count=f"{units:,}")
