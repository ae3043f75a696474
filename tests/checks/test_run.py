"""All checks together."""

from __future__ import annotations

import datetime as dt

from gridrisk import checks, params
from gridrisk.layers import schema


def test_a_clean_city_has_no_findings(run):
    assert run() == []


def test_layers_never_imported_are_no_fault():
    known = {name: params.load(name) for name in ("checks", "standards/pressure")}
    assert checks.run(dict.fromkeys(schema.names()), known, as_of=dt.date(2026, 11, 22)) == []
