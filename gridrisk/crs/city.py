"""A city's own transformation parameters, from the file ``crs.toml`` of its workspace.

One table a system. Its name is a label for ``--crs``; a file that names the system in `from` is taken along it by
itself::

    [xian80]
    from = "EPSG:2383"              # system of the files; leave out for a grid of the city's own
    to = "EPSG:4548"
    source = "city surveying institute, 2019, no. 12"
    method = "helmert"              # seven parameters, on geocentric coordinates
    convention = "position_vector"  # or coordinate_frame: the sign of the rotations
    x_m = 12.3
    y_m = -4.5
    z_m = 6.7
    rx_arcsec = 0.1
    ry_arcsec = 0.2
    rz_arcsec = -0.3
    scale_ppm = 1.2

    [local]
    to = "EPSG:4548"
    source = "city surveying institute, 2019, no. 12"
    method = "plane"                # four parameters: turned, scaled, shifted, on easting and northing
    dx_m = 380000.0                 # easting' = dx + k (easting cos a - northing sin a)
    dy_m = 3170000.0                # northing' = dy + k (easting sin a + northing cos a)
    rotation_arcsec = 12.0          # a, counter-clockwise
    scale_ppm = -3.0                # k = 1 + ppm / 1,000,000
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCRSError

from gridrisk import toml
from gridrisk.errors import CrsError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_PLANE = ("dx_m", "dy_m", "rotation_arcsec", "scale_ppm")
_HELMERT = ("x_m", "y_m", "z_m", "rx_arcsec", "ry_arcsec", "rz_arcsec", "scale_ppm")
#: A grid that lies nowhere until its parameters are given.
LOCAL = CRS.from_wkt(
    'LOCAL_CS["local grid",LOCAL_DATUM["local grid",0],UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
)


class CitySystem(BaseModel):
    """One table of ``crs.toml``; see the module."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str
    origin: str = Field(default="", alias="from")
    to: str
    source: str = Field(min_length=1)
    method: Literal["helmert", "plane"]
    convention: Literal["position_vector", "coordinate_frame"] | None = None
    x_m: float | None = None
    y_m: float | None = None
    z_m: float | None = None
    rx_arcsec: float | None = None
    ry_arcsec: float | None = None
    rz_arcsec: float | None = None
    dx_m: float | None = None
    dy_m: float | None = None
    rotation_arcsec: float | None = None
    scale_ppm: float | None = None

    @model_validator(mode="after")
    def _whole(self) -> CitySystem:
        needed = _PLANE if self.method == "plane" else (*_HELMERT, "convention")
        missing = [name for name in needed if getattr(self, name) is None]
        if self.method == "helmert" and not self.origin:
            missing.append("from")
        if missing:
            raise toml.FaultError(msg("missing: {fields}", fields=", ".join(missing)))
        for system in filter(None, (self.origin, self.to)):
            try:
                CRS.from_user_input(system)
            except ProjCRSError as error:
                raise toml.FaultError(msg("{crs}: no such coordinate system", crs=system)) from error
        return self

    @property
    def begins(self) -> CRS:
        """The system of the files."""
        return CRS.from_user_input(self.origin) if self.origin else LOCAL

    @property
    def ends(self) -> CRS:
        """The system they are taken to."""
        return CRS.from_user_input(self.to)

    def serves(self, crs: CRS) -> bool:
        """Say whether coordinates in `crs` are taken along: the same system, or for seven parameters the same datum."""
        if not self.origin:
            return False
        if self.method == "plane":
            return self.begins.equals(crs, ignore_axis_order=True)
        own, other = self.begins.geodetic_crs, crs.geodetic_crs
        return own is not None and other is not None and own.datum is not None and own.datum == other.datum

    def move(self, places: NDArray[np.float64], crs: CRS) -> NDArray[np.float64]:
        """Return eastings and northings in `ends` of places (rows: x, y) in `crs`."""
        if self.method == "plane":
            angle = np.radians((self.rotation_arcsec or 0.0) / 3600.0)
            scale = 1.0 + (self.scale_ppm or 0.0) * 1e-6
            turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            return np.asarray(places @ turn.T + np.array([self.dx_m, self.dy_m], dtype="float64"))
        x, y = places[:, 0], places[:, 1]
        for step in self._steps(crs):
            x, y = step.transform(x, y)
        return np.column_stack([x, y])

    def _steps(self, crs: CRS) -> list[Transformer]:
        first, last = crs.geodetic_crs, self.ends.geodetic_crs
        shapes = [one.ellipsoid for one in (first, last) if one is not None and one.ellipsoid is not None]
        if first is None or last is None or len(shapes) < 2:
            raise CrsError(msg("crs.toml: {name} leads between systems without an ellipsoid", name=self.name))
        names = ("x", "y", "z", "rx", "ry", "rz", "s")
        amounts = " ".join(f"+{a}={getattr(self, b)!r}" for a, b in zip(names, _HELMERT, strict=True))
        old, new = (f"+a={one.semi_major_metre!r} +rf={one.inverse_flattening!r}" for one in shapes)
        helmert = Transformer.from_pipeline(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
            f"+step +proj=cart {old} +step +proj=helmert {amounts} +convention={self.convention} "
            f"+step +inv +proj=cart {new} +step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )
        return [
            Transformer.from_crs(crs, first, always_xy=True),
            helmert,
            Transformer.from_crs(last, self.ends, always_xy=True),
        ]


def load(path: Path) -> tuple[CitySystem, ...]:
    """Read the city's systems; none where there is no such file.

    Raises
    ------
    CrsError
        Naming every fault of the file.
    """
    if not path.is_file():
        return ()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CrsError(msg("{file}: cannot be read: {error}", file=path.name, error=error)) from error
    raw = toml.parse(content, path.name, error=CrsError)
    systems = []
    faults = []
    for name, table in raw.items():
        try:
            systems.append(CitySystem.model_validate({"name": name, **(table if isinstance(table, dict) else {})}))
        except ValidationError as error:
            faults += [
                msg(
                    "{file}: {where}: {what}",
                    file=path.name,
                    where=f"{name}.{fault.place}" if fault.where else name,
                    what=fault.what,
                )
                for fault in toml.faults(error)
            ]
    if faults:
        raise CrsError(*faults)
    return tuple(systems)
