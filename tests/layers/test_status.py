"""Which pipes are there."""

import pandas as pd

from gridrisk.layers import schema
from gridrisk.layers.status import standing


def test_all_but_abandoned_and_planned_pipes_are_there():
    states = [*schema.load("pipes").fields["status"].choices, None]
    there = standing(pd.DataFrame({"status": pd.array(states, dtype="str")}))
    assert [state for state, is_there in zip(states, there, strict=True) if not is_there] == ["abandoned", "planned"]
