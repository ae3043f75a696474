"""What the surroundings do to each pipe: lengths, distances, counts and flags on pipe_id."""

from gridrisk.features.build import LAYERS, PARAMETER_FILES, build
from gridrisk.features.built_over import built_over, built_over_length_m
from gridrisk.features.clearance import building_shortfall_m, utility_clearance
from gridrisk.features.encroachment import Encroachment, encroachment, encroachment_features, site_state
from gridrisk.features.ground import mean_along, raster_findings
from gridrisk.features.leaks import attribute as attribute_leaks
from gridrisk.features.leaks import leak_features, leaks_near
from gridrisk.features.people import impact_radius_m, people_in_reach
from gridrisk.features.pipe import outer_radius_m, pressure_class
from gridrisk.features.places import basement_near, critical_places
from gridrisk.features.shared_trench import shared_trench, trench_stretches
from gridrisk.features.stations import station_findings, station_surroundings
from gridrisk.features.tiles import build_by_tiles, tiles
from gridrisk.features.vertical import vertical_clearance
from gridrisk.features.voids import void_features, void_pairs
from gridrisk.features.watch import sensor_spots, watched_stretches

__all__ = [
    "LAYERS",
    "PARAMETER_FILES",
    "Encroachment",
    "attribute_leaks",
    "basement_near",
    "build",
    "build_by_tiles",
    "building_shortfall_m",
    "built_over",
    "built_over_length_m",
    "critical_places",
    "encroachment",
    "encroachment_features",
    "impact_radius_m",
    "leak_features",
    "leaks_near",
    "mean_along",
    "outer_radius_m",
    "people_in_reach",
    "pressure_class",
    "raster_findings",
    "sensor_spots",
    "shared_trench",
    "site_state",
    "station_findings",
    "station_surroundings",
    "tiles",
    "trench_stretches",
    "utility_clearance",
    "vertical_clearance",
    "void_features",
    "void_pairs",
    "watched_stretches",
]
