from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.ops import substring

from gridrisk.network.pieces import Pieces, shapes
from gridrisk.network.topology import Lines

COORDINATE = st.integers(-50, 50).map(float)
LINE = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6, unique=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(LINE, st.lists(st.floats(0.01, 0.99), max_size=4)), min_size=1, max_size=6))
def test_pieces_of_lines_are_their_substrings(drawn):
    lines = np.array([shapely.LineString(xy) for xy, _ in drawn], dtype=object)
    length = shapely.length(lines)
    rows = []
    for pipe, (_, at) in enumerate(drawn):
        cuts = [0.0, *sorted(a * length[pipe] for a in at), length[pipe]]
        rows += [(pipe, a, b) for a, b in pairwise(cuts)]
    pipe, start, end = (np.array(column) for column in zip(*rows, strict=True))
    none = np.zeros((len(rows), 2), np.int64)
    pieces = Pieces(pipe.astype(np.int64), start, end, none, none, np.zeros(0, np.int64))
    ids = np.arange(len(lines)).astype(str).astype(object)
    found = shapes(Lines(ids, lines, length, np.zeros(len(lines), np.int64)), pieces)
    for i in range(len(rows)):
        if found[i] is None:
            assert end[i] - start[i] < 1e-6
            continue
        expected = substring(lines[pipe[i]], start[i], end[i])
        assert found[i].length == pytest.approx(end[i] - start[i], abs=1e-6)
        assert found[i].hausdorff_distance(expected) < 1e-6
