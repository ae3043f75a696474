"""Deliveries nobody described, imported with what is proposed for them: what is read is true, the rest is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import forms
import forms_more  # noqa: F401 - registers its forms
import numpy as np
import pandas as pd
import pytest
import shapely
from deliveries import AS_OF, TARGET

from gridrisk import crs
from gridrisk.layers import read_delivery, written
from gridrisk.layers.propose import propose

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

#: Fields that every form tells, but where it says otherwise.
TOLD = ("material", "diameter_mm", "pressure_class", "install_year")
FIELDS = (*TOLD, "depth_m", "laying", "wall_mm", "road")
#: Least share of values that must be read, of a field that is told.
LEAST = 0.3


def imported(folder: Path, name: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame, dict[str, Any]]:
    """The pipes as imported, and beside each the true one."""
    make, options = forms.FORMS[name]
    files = make(folder)
    target = TARGET if options.get("place", True) else crs.parse(options["crs"])
    proposal = propose(files, as_of=AS_OF, target=target)
    path = folder / "proposed.toml"
    path.write_text(written.write(proposal, name, "zh"), encoding="utf-8")
    (part,) = [part for part in proposal.parts if part.layer == "pipes"]
    given = [file for file in files if any(named.partition("/")[0] == file.name for named in part.files)]
    delivery = read_delivery(
        "pipes", given, target=target, as_of=AS_OF, crosswalk=str(path), source_crs=options.get("crs")
    )
    assert delivery.sound, [str(one.message) for one in delivery.findings if one.severity == "error"]
    found = delivery.frame.reset_index()
    if options.get("place", True):
        middles = shapely.line_interpolate_point(forms.PIPES.geometry.to_numpy(), 0.5, normalized=True)
        own = shapely.line_interpolate_point(found.geometry.to_numpy(), 0.5, normalized=True)
        (_, at), apart = shapely.STRtree(middles).query_nearest(own, return_distance=True, all_matches=False)
        assert apart.max() < 0.05  # MapInfo keeps centimetres
    else:
        at = pd.Index(forms.PIPES.pipe_id).get_indexer(found.pipe_id)
    assert sorted(at) == list(range(len(forms.PIPES)))
    return found, forms.PIPES.iloc[at].reset_index(drop=True), options


@pytest.mark.parametrize("name", forms.FORMS)
def test_what_is_read_is_true(tmp_path: Path, name: str) -> None:
    found, true, options = imported(tmp_path, name)
    for field in FIELDS:
        known = (found[field].notna() & (found[field] != "unknown")).fillna(value=False).to_numpy(dtype=bool)
        read, wanted = found.loc[known, field], true.loc[known, field]
        if field.endswith(("_mm", "_m")):
            same = np.isclose(read.to_numpy(dtype="float64"), wanted.to_numpy(dtype="float64"), atol=0.006)
        else:
            same = (read.astype(object) == wanted.astype(object)).to_numpy(dtype=bool)
        assert same.all(), (field, read[~same].tolist(), wanted[~same].tolist())
        if field in TOLD and field not in options.get("unknown", ()):
            assert known.mean() >= LEAST, field
        elif field in options.get("unknown", ()):
            assert not known.any(), field
