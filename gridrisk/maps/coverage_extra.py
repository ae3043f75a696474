"""What the coverage map shows beside towns and customers: reach zones, extensions, depots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import details, labels, palette
from gridrisk.maps.scene import Labels, Layer, LegendClass, classify
from gridrisk.words import DEPOTS

if TYPE_CHECKING:
    from gridrisk.i18n import Language

EXTENSION_RESULTS = (
    "length_m",
    "crossings",
    "cost_yuan",
    "users",
    "households",
    "yuan_per_user",
    "customer_ids",
)
DEPOT_RESULTS = ("action", "capacity_m3", "users", "users_in_radius")
_ZONE_STYLES = 3
_NAMED_EXTENSIONS = 60


def zones(frame: gpd.GeoDataFrame, lang: Language) -> tuple[Layer, ...]:
    """Return the streets within reach of a main, a class a tier; `frame` as `coverage.reach_zones` gives it."""
    frame = frame[shapely.length(frame.geometry.to_numpy()) > 0]
    if frame.empty:
        return ()
    classes = tuple(
        LegendClass(
            msg("up to {length} from a main", length=labels.length(float(limit), lang)).render(lang),
            palette.style("reach", f"tier_{min(place, _ZONE_STYLES - 1) + 1}"),
            labels.length(float(length), lang),
        )
        for place, (limit, length) in enumerate(zip(frame["limit_m"], frame["length_m"], strict=True))
    )
    return (
        Layer(
            key="zones",
            title=translate(mark("Streets within reach of a main"), lang),
            frame=frame,
            classes=classes,
            codes=np.arange(len(frame)),
            clickable=False,
            order=50,
        ),
    )


def extensions(frame: gpd.GeoDataFrame, lang: Language) -> tuple[Layer, ...]:
    """Return the extensions that are proposed, with number and users written beside the larger ones."""
    if frame.empty:
        return ()
    say, title = details.speech(lang), translate(mark("Proposed extensions of mains"), lang)
    note = msg(
        "{count} · {length} · {users} users",
        count=labels.count(len(frame)),
        length=labels.length(float(frame["length_m"].sum()), lang),
        users=labels.count(int(frame["users"].sum())),
    ).render(lang)
    named = frame.nlargest(_NAMED_EXTENSIONS, "users")
    points = shapely.get_coordinates(shapely.point_on_surface(named.geometry.to_numpy()))
    texts = [
        f"{name}\n{msg('{users} users', users=labels.count(int(users))).render(lang)}"
        for name, users in zip(named.index, named["users"], strict=True)
    ]
    room = np.maximum(named["length_m"].to_numpy(float), 60.0) * 2
    return (
        Layer(
            key="extensions",
            title=title,
            frame=frame,
            classes=(LegendClass(title, palette.style("extension", "proposed"), note),),
            details=details.columns(frame, EXTENSION_RESULTS, None, say),
            labels=Labels(points, texts, room_m=room, size_px=13, bold=True),
            order=35,
        ),
    )


def depots(frame: gpd.GeoDataFrame, radius_m: float, lang: Language) -> tuple[Layer, ...]:
    """Return the depots by what becomes of them, and the circle of their service radius."""
    if frame.empty:
        return ()
    say = details.speech(lang)
    codes = classify(frame["action"].where(frame["action"].isin(list(DEPOTS)), "unknown"), list(DEPOTS))
    present = [place for place in range(len(DEPOTS)) if (codes == place).any()]
    keys = list(DEPOTS)
    classes = tuple(
        LegendClass(
            translate(DEPOTS[keys[place]], lang),
            palette.style("depot", keys[place]),
            labels.count(int((codes == place).sum())),
        )
        for place in present
    )
    renumbered = np.searchsorted(present, codes)
    serving = frame[frame["action"].ne("merge").to_numpy(bool)]
    round_ = gpd.GeoDataFrame(geometry=serving.buffer(radius_m), crs=frame.crs)
    title = msg("Service radius of the depots, {radius}", radius=labels.length(radius_m, lang)).render(lang)
    told = frame.assign(action=[translate(DEPOTS[keys[code]], lang) for code in codes])
    return (
        Layer(
            key="depot_radius",
            title=title,
            frame=round_,
            classes=(LegendClass(title, palette.style("depot", "radius")),),
            clickable=False,
            visible=False,
            order=46,
        ),
        Layer(
            key="depots",
            title=translate(mark("Depots of bottled gas"), lang),
            frame=told,
            classes=classes,
            codes=renumbered,
            details=details.columns(told, DEPOT_RESULTS, None, say),
            labels=Labels(
                shapely.get_coordinates(frame.geometry.to_numpy()),
                [
                    f"{name}\n{msg('{users} users', users=labels.count(int(users))).render(lang)}"
                    for name, users in frame["users"].items()
                ],
                size_px=13,
                bold=True,
                below_px=20,
            ),
            order=45,
        ),
    )
