import numpy as np
import pytest

from gridrisk.features import kernels_lines, kernels_search
from gridrisk.features.flat import Flat


def test_boxes_by_hand():
    xy = np.array([[0, 0], [2, 1], [5, 5], [4, 7.0]])
    box = kernels_search.bounds(xy, np.array([0, 2, 4]), np.array([0, 1, 1, 2]))
    assert box.tolist() == [[0, 0, 2, 1], [np.inf, np.inf, -np.inf, -np.inf], [4, 5, 5, 7]]
    whole = Flat(xy, np.array([0, 2, 4]), np.array([0, 1, 1, 2]), np.zeros(2, dtype=bool))
    assert whole.box.tolist() == box.tolist()


def test_cells_by_hand():
    values = np.array([[1.0, 3.0], [np.nan, 5.0]])
    # half a cell of 1, one cell of 3, then beyond the edge; a line on NaN; a point in the cell of 5; straight down
    start = np.array([[0.5, 0.5], [0.2, 1.5], [1.5, 1.5], [1.5, 0.0]])
    end = np.array([[2.5, 0.5], [0.8, 1.5], [1.5, 1.5], [1.5, 2.0]])
    sums, weights = kernels_lines.cell_sums(start, end, np.array([2.0, 0.6, 1.0, 2.0]), np.arange(4), values, 4)
    assert sums.tolist() == pytest.approx([0.5 + 3, 0, 5, 3 + 5])
    assert weights.tolist() == pytest.approx([1.5, 0, 1, 2])


def test_a_stretch_by_hand():
    # 10 m along x; a neighbour 0.6 m aside from x = 2 to 6, within 1 m from 2 - 0.8 to 6 + 0.8
    one = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]), np.array([10.0]), np.array([100.0])
    other = np.array([[2.0, 0.6]]), np.array([[1.0, 0.0]]), np.array([4.0])
    enter, leave = kernels_lines.stretches(*one, *other, np.array([0]), np.array([0]), 1.0)
    assert (enter[0], leave[0]) == pytest.approx((101.2, 106.8))
