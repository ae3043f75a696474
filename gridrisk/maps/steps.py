"""What a map shows at each step of time; the page has a slider for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gridrisk.maps import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSteps:
    """What changes in one layer; the last step is the layer as it stands in the scene.

    Attributes
    ----------
    codes
        Class of each feature, step by step.
    since, before
        Or: the step from which each feature has its class, and the class it had until then.
    members
        Of a layer drawn from another one's features: which, step by step.
    texts
        Labels, step by step.
    columns
        Details at each step, by title; in a former step the others are left out.
    """

    codes: Sequence[NDArray[np.int64]] = ()
    since: NDArray[np.int64] | None = None
    before: NDArray[np.int64] | None = None
    members: Sequence[NDArray[np.int64]] = ()
    texts: Sequence[Sequence[str]] = ()
    columns: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)

    def encode(self) -> dict[str, Any]:
        """Return the steps for the page."""
        out: dict[str, Any] = {}
        if self.codes:
            out["codes"] = [encode.pack(step) for step in self.codes]
        if self.since is not None and self.before is not None:
            out["since"], out["before"] = encode.pack(self.since), encode.pack(self.before)
        if self.members:
            out["members"] = [encode.pack(step) for step in self.members]
        if self.texts:
            out["texts"] = [list(step) for step in self.texts]
        if self.columns:
            out["columns"] = {title: [list(step) for step in steps] for title, steps in self.columns.items()}
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The slider.

    Attributes
    ----------
    title
        What it slides over.
    labels, said
        What stands beside the slider, and in the subtitle, at each step.
    figures
        The numbers beside the title at each step, in their order.
    layers
        By key.
    """

    title: str
    labels: Sequence[str]
    said: Sequence[str]
    figures: Sequence[Sequence[str]]
    layers: Mapping[str, LayerSteps]

    def encode(self) -> dict[str, Any]:
        """Return the slider for the page."""
        return {
            "title": self.title,
            "labels": list(self.labels),
            "said": list(self.said),
            "figures": [list(step) for step in self.figures],
            "layers": {key: layer.encode() for key, layer in self.layers.items()},
        }
