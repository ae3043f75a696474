"""Compilation of the kernels: kept on disk where possible, without that on a read-only installation."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., object]")
Result = TypeVar("Result")

_LEAST_ROWS = 10_000


def compiled(function: Kernel) -> Kernel:
    """Return `function` compiled to run without the interpreter's lock.

    numba keeps the machine code beside the source, in ``NUMBA_CACHE_DIR`` or in the user's cache folder. Where none of
    them can be written it refuses; then each process compiles anew.
    """
    try:
        ready = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except (RuntimeError, OSError):
        ready = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("Kernel", ready)


def over_rows(work: Callable[[int, int], Result], count: int) -> list[Result]:
    """Call ``work(first, last)`` on ranges that make up ``range(count)``, side by side; results in order."""
    hands = min(os.cpu_count() or 1, 8)
    pieces = max(1, min(4 * hands, count // _LEAST_ROWS))
    bounds = np.linspace(0, count, pieces + 1).astype(int).tolist()
    if pieces == 1 or hands == 1:
        return [work(first, last) for first, last in pairwise(bounds)]
    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(work, bounds[:-1], bounds[1:]))
