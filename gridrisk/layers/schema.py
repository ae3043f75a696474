"""Schemas of the layers: one TOML file a layer drives validation, messages and the reference page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gridrisk import assets, toml
from gridrisk.errors import ParameterError, UsageError
from gridrisk.i18n import Language, msg

if TYPE_CHECKING:
    from pathlib import Path

    from pyproj import CRS

FieldType = Literal["text", "integer", "number", "boolean", "date", "choice", "list"]
GeometryType = Literal["Point", "LineString", "Polygon"]

#: Column type of each field type; every one has a missing value, which means unknown.
DTYPES: dict[FieldType, str] = {
    "text": "str",
    "choice": "str",
    "list": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[ms]",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(_Strict):
    """A name in both languages."""

    en: str
    zh: str

    def of(self, lang: Language) -> str:
        """Return the name in `lang`."""
        return self.zh if lang == "zh" else self.en


class Choice(_Strict):
    """One value of a choice field, with the words survey files use for it."""

    en: str
    zh: str
    synonyms: tuple[str, ...] = ()

    def of(self, lang: Language) -> str:
        """Return the name in `lang`."""
        return self.zh if lang == "zh" else self.en


class Beside(_Strict):
    """Where a field is read besides, out of a column that feeds another: the wall in ``φ108×4.5``.

    Attributes
    ----------
    field
        The field whose column is read.
    heading
        Regular expression that the heading must have; empty for any.
    pattern
        Regular expression whose first group is the value; empty for the whole text.
    named
        Only amounts whose unit is named, in the text, the heading or the crosswalk.
    """

    field: str
    heading: str = ""
    pattern: str = ""
    named: bool = False


class FieldSchema(_Strict):
    """One field of a layer.

    Attributes
    ----------
    past
        The value tells of something that has happened: a year or date after the as-of date is a fault.
    yes, no
        Further words of survey files for a boolean field, beside the general ones.
    names_mean_yes
        Any other text of a boolean field means yes: a person or an agreement is named.
    beside
        What is read out of columns of other fields, where a column of its own says nothing.
    items
        Layer and choice field (``utilities.kind``) whose words a list field is made of.
    """

    type: FieldType
    title: Title
    required: bool = False
    unit: str = ""
    min: float | None = None
    max: float | None = None
    choices: dict[str, Choice] = Field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    past: bool = False
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    names_mean_yes: bool = False
    beside: tuple[Beside, ...] = ()
    items: str = ""
    note: str = ""

    @property
    def dtype(self) -> str:
        """Column type in a frame."""
        return DTYPES[self.type]


class LayerSchema(_Strict):
    """One layer: its geometry, its key and its fields in order.

    Attributes
    ----------
    multipart
        A row may consist of several parts (a town with an exclave); otherwise an import makes each part a row.
    """

    layer: str
    title: Title
    geometry: tuple[GeometryType, ...]
    id: str
    multipart: bool = False
    synonyms: tuple[str, ...] = ()
    fields: dict[str, FieldSchema]

    @property
    def required(self) -> list[str]:
        """Names of the fields without which a row is not accepted."""
        return [name for name, field in self.fields.items() if field.required]


def names() -> list[str]:
    """Return the names of all layers, in alphabetical order."""
    return sorted(path.stem for path in assets.folder("layers").glob("*.toml"))


@cache
def load(name: str) -> LayerSchema:
    """Load the schema of the layer `name`.

    Raises
    ------
    UsageError
        Where there is no such layer.
    ParameterError
        Where the schema file itself is faulty.
    """
    path = assets.folder("layers") / f"{name}.toml"
    if name not in names():
        raise UsageError(msg("{layer}: no such layer; choose one of {known}", layer=name, known=", ".join(names())))
    return parse(path)


def parse(path: Path) -> LayerSchema:
    """Read one schema file; raises `ParameterError` with every fault."""
    raw = toml.parse(path.read_bytes(), path.name)
    try:
        return LayerSchema.model_validate(raw)
    except ValidationError as error:
        found = toml.faults(error)
        raise ParameterError(
            *(msg("{file}: {where}: {what}", file=path.name, where=fault.place, what=fault.what) for fault in found)
        ) from error


def empty(name: str, crs: CRS) -> gpd.GeoDataFrame:
    """Return a frame of the layer with every field and no row, indexed by its id."""
    schema = load(name)
    columns = {field: pd.Series(dtype=spec.dtype) for field, spec in schema.fields.items() if field != schema.id}
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs))
    frame.index = pd.Index([], dtype="str", name=schema.id)
    return frame


def complete(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return `frame` with every field of the schema in its type and order, missing ones unknown, indexed by id.

    Further columns are kept behind. The id may be a column or the index.
    """
    schema = load(name)
    if schema.id in frame.columns:
        frame = frame.set_index(schema.id)
    frame.index = frame.index.astype("str").rename(schema.id)
    fields = {field: spec for field, spec in schema.fields.items() if field != schema.id}
    columns = {
        field: frame[field].astype(spec.dtype)
        if field in frame.columns
        else pd.Series(index=frame.index, dtype=spec.dtype)
        for field, spec in fields.items()
    }
    extra = {c: frame[c] for c in frame.columns if c not in fields and c != frame.geometry.name}
    # not copied: columns laid side by side in one block cost more than they save
    return gpd.GeoDataFrame({**columns, **extra}, geometry=frame.geometry, index=frame.index, crs=frame.crs, copy=False)
