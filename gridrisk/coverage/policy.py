"""Loading district policy files: every fault of a file at once, with the nearest name that the vocabulary knows."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from gridrisk import assets, params, toml
from gridrisk.errors import MissingParameterError, ParameterError
from gridrisk.i18n import Message, msg

from .vocabulary import Policy

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = "policies"


def policy_names(overrides: Path | None = None) -> list[str]:
    """Return the names of all policies, shipped ones and those of a workspace's `models/` folder."""
    roots = [root / _FOLDER for root in (assets.folder("models"), overrides) if root is not None]
    return sorted({path.stem for root in roots for path in root.glob("*.toml")})


def load_policy(name: str, overrides: Path | None = None) -> Policy:
    """Load ``models/policies/<name>.toml``, or the file of that name in a workspace's `models/` folder.

    Parameters
    ----------
    name
        Such as ``honggutan-2024``.
    overrides
        The `models/` folder of a workspace.

    Raises
    ------
    ParameterError
        Naming every fault of the file at once; where there is no such file, the nearest.
    """
    if name not in policy_names(overrides):
        near = get_close_matches(name, policy_names(overrides), n=3, cutoff=0.3) or policy_names(overrides)
        raise MissingParameterError(msg("no policy {name}; did you mean {near}?", name=name, near=", ".join(near)))
    return parse_policy(name, params.file_of(f"{_FOLDER}/{name}", overrides).read_bytes())


def parse_policy(name: str, content: bytes) -> Policy:
    """Read the text of a policy file; see `load_policy`."""
    file = f"{_FOLDER}/{name}.toml"
    raw = toml.parse(content, f"models/{file}")
    faults = [
        msg("models/{file}: {key} is set by the program; take it out", file=file, key=key)
        for key in ("id", "sha256")
        if key in raw
    ]
    try:
        policy = Policy.model_validate({**raw, "id": name, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        faults += [_fault(file, fault) for fault in toml.faults(error)]
        raise ParameterError(*faults) from error
    if faults:
        raise ParameterError(*faults)
    return policy


def _fault(file: str, fault: toml.Fault) -> Message:
    if fault.kind != "extra_forbidden":
        return msg("models/{file}: {place}: {what}", file=file, place=fault.place, what=fault.what)
    return msg(
        "models/{file}: {place} is an unknown key; did you mean {near}?",
        file=file,
        place=fault.place,
        near=toml.nearest(str(fault.where[-1]), _keys_at(fault.where[:-1])),
    )


def _keys_at(where: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the vocabulary allows at a place of the file."""
    model: type[BaseModel] = Policy
    for step in where:
        if isinstance(step, int):
            continue
        found = next((f for name, f in model.model_fields.items() if step in (name, f.alias)), None)
        inner = None if found is None else _model_in(found.annotation)
        model = model if inner is None else inner
    keys = [field.alias or name for name, field in model.model_fields.items()]
    return [key for key in keys if not (model is Policy and key in {"id", "sha256"})]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for model in map(_model_in, get_args(annotation)) if model is not None), None)
