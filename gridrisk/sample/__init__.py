"""A sample city whose truth is known.

`generate` makes it, `deliver` writes it as a survey company would, `write_city` does both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.sample.city import CRS_NAME, City, generate
from gridrisk.sample.delivery import CityFiles, deliver

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["CRS_NAME", "City", "CityFiles", "deliver", "generate", "write_city"]


def write_city(
    folder: Path,
    *,
    pipes: int = 5000,
    seed: int = 1,
    as_of: dt.date,
    progress: Callable[[str, float], None] | None = None,
) -> CityFiles:
    """Generate a city and write its delivery into `folder`, its truth beside the folder.

    Parameters
    ----------
    pipes
        Number of pipe segments, kept within 5 %.
    seed
        The same seed gives the same city.
    as_of
        The day on which the city is surveyed; nothing in it is younger.
    progress
        Called with the name of a step (an English text of the catalogue) and the share done, 0–1.
    """
    from gridrisk.i18n import mark

    report = progress or (lambda _step, _share: None)
    city = generate(pipes, seed, as_of, lambda step, share: report(step, 0.5 * share))
    report(mark("delivery"), 0.5)
    files = deliver(city, folder)
    report(mark("delivery"), 1.0)
    return files
