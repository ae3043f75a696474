"""Every check that says something about the data: its question, its severity, what mends it, and where it is made."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from gridrisk.i18n import mark, translate

if TYPE_CHECKING:
    from gridrisk.findings import Severity
    from gridrisk.i18n import Language

#: Made while a delivery is read, over the layers of a workspace, while the network is built, or by conversion.
Where = Literal["import", "layers", "surroundings", "network", "conversion"]
WHERE: dict[Where, str] = {
    "import": mark("import"),
    "layers": mark("layers"),
    "surroundings": mark("surroundings"),
    "network": mark("network"),
    "conversion": mark("conversion"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One question put to the data.

    Attributes
    ----------
    id
        As in `Finding.check`.
    severity
        The gravest it can have.
    question, mend
        English texts that are keys of the message catalogue.
    """

    id: str
    where: Where
    severity: Severity
    question: str
    mend: str

    def texts(self, lang: Language) -> tuple[str, str]:
        """Return question and mend in `lang`."""
        return translate(self.question, lang), translate(self.mend, lang)


def _checks(where: Where, *rows: tuple[str, Severity, str, str]) -> tuple[Check, ...]:
    return tuple(Check(name, where, severity, question, mend) for name, severity, question, mend in rows)


_CORRECT = mark("correct the value in the survey")
_CORRECT_ONE = mark("correct one of the two")
_DRAW = mark("redraw the object, or take it out")

IMPORT = _checks(
    "import",
    ("no_id", "error", mark("Has every row a number?"), mark("give every object its own number")),
    ("duplicate_id", "error", mark("Does every number stand once?"), mark("give every object its own number")),
    ("no_geometry", "error", mark("Has every row a place?"), mark("give coordinates, or take the row out")),
    ("not_finite", "error", mark("Is every coordinate a finite number?"), mark("correct the coordinates")),
    ("geometry_type", "error", mark("Has every object the geometry of its layer?"), _DRAW),
    ("zero_length", "error", mark("Has every line a length and every outline an area?"), _DRAW),
    ("outside_area", "error", mark("Does every object lie where its coordinate system is used?"),
     mark("name the right system with --crs, or correct the coordinates")),
    ("point_missing", "error", mark("Are both points of every connection in the point table?"),
     mark("deliver the missing points")),
    ("corners_apart", "error", mark("Do the corners of every line stand together, or tell their order?"),
     mark("sort the rows by line, or number the corners within it")),
    ("corners_differ", "warning", mark("Do the corners of every line say the same of it?"),
     mark("correct the rows that contradict each other")),
    ("nominal_diameter", "info", mark("Which outer diameters of steel became nominal ones?"), mark("nothing to mend")),
    ("other_place", "error", mark("Does every number still stand for the same object?"),
     mark("give the objects numbers of their own, not the numbers of rows")),
    ("removes_too_much", "error", mark("Does the survey leave most of the layer standing?"),
     mark("use --mode upsert for a part, or --allow-removal where the objects are really gone")),
    ("unreadable", "warning", mark("Can every value be read?"), _CORRECT),
    ("unknown_code", "warning", mark("Is every code known?"), mark("say in a crosswalk what the code means")),
    ("unknown_numbers", "warning", mark("Does the survey's own list explain its numbered codes?"),
     mark("write what each number stands for into the crosswalk, behind values")),
    ("codes", "warning", mark("Do numbered codes mean what they mean in most surveys?"),
     mark("compare them with the survey's own list")),
    ("no_unit", "warning", mark("Does every pressure name its unit?"), mark("put the unit into the heading")),
    ("out_of_range", "warning", mark("Does every number lie in the range of its field?"), _CORRECT),
    ("in_future", "warning", mark("Has what is recorded as done happened yet?"), _CORRECT),
    ("missing_field", "warning", mark("Has the delivery every required field?"), mark("deliver the field")),
    ("missing_value", "warning", mark("Is every required value there?"), mark("have the value surveyed")),
    ("unknown_column", "warning", mark("Is every column understood?"), mark("say in a crosswalk what it means")),
    ("duplicate_point", "warning", mark("Does every survey point stand once?"), mark("keep one of the points")),
    ("join", "warning", mark("Has every drawn object its row in the table of attributes?"),
     mark("deliver the missing rows, or correct the numbers")),
    ("other_utilities", "warning", mark("Is every row one of gas?"), mark("import the other rows as utilities")),
    ("duplicate_line", "warning", mark("Does every connection stand once?"), mark("take one of the lines out")),
    ("self_crossing", "warning", mark("Is every line and outline free of crossing itself?"), _DRAW),
    ("no_rows", "warning", mark("Does every file hold rows of the layer?"), mark("look whether it is the right file")),
    ("renumbered", "info", mark("Does every object keep its number?"),
     mark("import the layers that name the old number again")),
    ("renumbering_unclear", "warning", mark("Is it clear which old object a renumbered one is?"),
     mark("give the old numbers to the objects that have them")),
    ("year_only", "warning", mark("Does every date name its month?"), mark("give the day where it matters")),
    ("month_only", "info", mark("Does every date name its day?"), mark("give the day where it matters")),
    ("constant", "info", mark("Which values does the crosswalk give to all rows?"), mark("look whether it holds")),
    ("stand_in", "info", mark("Which field stands in for another?"), mark("look whether it holds")),
    ("split", "info", mark("Is every object of one part?"), mark("look whether the parts are one object")),
    ("reading", "info", mark("How were the files read?"), mark("nothing to mend")),
)  # fmt: skip

LAYERS = _checks(
    "layers",
    ("field_is_known", "warning", mark("Is every required field known in most rows?"),
     mark("have the gap surveyed")),
    ("material_was_made", "warning", mark("Was the pipe laid when its material was in use?"),
     mark("correct the material or the year")),
    ("material_at_pressure", "warning", mark("Is the material used at the pressure of the pipe?"),
     mark("correct the material or the class; if both are right, the pipe is a hazard")),
    ("laid_before_surveyed", "warning", mark("Was the pipe laid before it was surveyed?"), _CORRECT_ONE),
    ("retired_after_laying", "warning", mark("Was the pipe laid before it was taken out of use?"), _CORRECT_ONE),
    ("retired_is_out_of_use", "warning", mark("Is what was taken out of use recorded as idle or abandoned?"),
     mark("set the status to abandoned or idle, or delete the date")),
    ("laid_before_inspected", "warning", mark("Was the pipe laid before it was inspected?"), _CORRECT_ONE),
    ("pressure_within_class", "warning", mark("Does the operating pressure stay within the pressure class?"),
     _CORRECT_ONE),
    ("operating_within_design", "warning", mark("Does the pipe run at no more than its design pressure?"),
     mark("correct one of the two; if both are right, the pipe is a hazard")),
    ("design_within_class", "warning", mark("Does the design pressure stay within the pressure class?"),
     mark("correct the pressure or the class, unless the pipe was laid for more than it runs at")),
    ("plastic_without_cathodic", "warning", mark("Is cathodic protection recorded on metal only?"), _CORRECT_ONE),
    ("diameter_in_catalogue", "warning", mark("Is the diameter one that its material is made in?"),
     mark("give the outer diameter for PE and the nominal or outer one for metal")),
    ("wall_fits_diameter", "warning", mark("Does the wall fit the diameter?"), _CORRECT_ONE),
    ("depth_fits_laying", "warning", mark("Does the depth fit the way the pipe is laid?"), _CORRECT_ONE),
    ("one_number_per_place", "warning", mark("Does each place have one object only?"),
     mark("keep one of the two numbers")),
    ("lies_with_the_rest", "warning", mark("Does the object lie in the area of its layer?"),
     mark("correct the coordinates")),
    ("number_exists", "warning", mark("Is every number that one layer names in the other?"),
     mark("correct the number, or import the missing row")),
    ("road_exists", "info", mark("Is every road that pipes name in the layer of roads?"),
     mark("write the road as the layer of roads does, or import it")),
    ("valve_on_pipe", "warning", mark("Does each valve stand on the pipe it names?"),
     mark("correct its place or its pipe number")),
    ("near_what_it_names", "warning", mark("Does the object stand near the one it names?"),
     mark("correct its place or the number it names")),
    ("lies_in_its_town", "warning", mark("Does the object lie in the town it names?"), _CORRECT_ONE),
    ("pressure_falls", "warning", mark("Does each station lower the pressure?"),
     mark("exchange inlet_class and outlet_class, or correct one")),
    ("works_have_dates", "warning", mark("Has each building site a beginning and an end?"),
     mark("ask the contractor")),
    ("works_end_after_start", "warning", mark("Does each building site end after it begins?"), _CORRECT_ONE),
    ("leak_after_laying", "warning", mark("Was each leak found after its pipe was laid?"),
     mark("name the pipe that leaked, or correct the date")),
    ("found_by", "warning", mark("Was each leak found by the date of the check?"),
     mark("correct the date, or give --as-of")),
    ("customer_in_town", "warning", mark("Does each customer name a town or stand in one?"),
     mark("correct its place, or name its town")),
)  # fmt: skip

SURROUNDINGS = _checks(
    "surroundings",
    ("raster_coverage", "warning", mark("Does every raster cover the whole network?"),
     mark("import one that covers it")),
    ("station_clearance", "warning", mark("Does every station stand far enough from buildings?"),
     mark("have the distance measured, then move or protect the station")),
    ("station_design_life", "warning", mark("Is every station within the years it was designed for?"),
     mark("have it assessed or renewed")),
    ("sensor_offline", "warning", mark("Does every methane sensor report?"), mark("mend the sensor")),
    ("sensor_without_space", "warning", mark("Does every methane sensor stand in a known confined space?"),
     mark("name its space, or correct its place")),
)  # fmt: skip

_PLACE_OR_PIPE = mark("correct its place or its pipe number")
NETWORK = _checks(
    "network",
    ("network_no_source", "error", mark("Is it known where gas comes from?"),
     mark("mark the feeding stations as is_source")),
    ("network_no_line", "warning", mark("Has every pipe a single line?"), mark("deliver its geometry")),
    ("network_pressure_mixed", "warning", mark("Are pipes of different pressure joined by a regulator only?"),
     mark("survey the regulator, or correct the pressure class")),
    ("network_unfed", "warning", mark("Is every pipe joined to a source?"),
     mark("survey what is missing between it and the network")),
    ("network_no_valves", "warning", mark("Are there valves?"), mark("import the valves")),
    ("network_valve_pipe", "warning", mark("Is the pipe that each valve names in the network?"), _PLACE_OR_PIPE),
    ("network_valve_off", "warning", mark("Does each valve stand on a pipe?"), _PLACE_OR_PIPE),
    ("network_valve_at_junction", "warning", mark("Is it clear which pipe a valve at a joint closes?"),
     mark("name the pipe of the valve")),
    ("network_valve_at_branch", "warning", mark("On which side of a branch does a valve of the main stand?"),
     mark("mend its place to that side")),
    ("network_valve_no_shutoff", "info", mark("Which check valves and vents are no shut-off?"),
     mark("nothing to mend")),
    ("network_valve_inoperable", "info", mark("Can every valve be operated?"), mark("mend the valve")),
    ("network_regulator", "warning", mark("Is it known between which pressures each station stands?"),
     mark("correct its place, give inlet_class and outlet_class")),
    ("network_source_off", "warning", mark("Does every source stand on the network?"), mark("correct its place")),
    ("network_source_unknown", "warning", mark("Does the survey say which stations are sources?"),
     mark("set is_source")),
    ("network_customer_off", "warning", mark("Is every piped customer near a pipe?"), _PLACE_OR_PIPE),
    ("network_customer_pipe", "warning", mark("Is the pipe that each customer names in the network?"),
     _PLACE_OR_PIPE),
    ("network_fuel_unknown", "warning", mark("Is the fuel of every customer known?"), mark("give the fuel")),
    ("network_crossing", "info", mark("Which pipes cross a joint of another pressure?"),
     mark("survey the regulator if they join")),
    ("network_idle", "info", mark("Which idle pipes may still hold gas?"), mark("nothing to mend")),
    ("network_near_miss", "warning", mark("Does every pipe reach what it joins?"),
     mark("move its end; gridrisk check --mend does where one place is in reach")),
    ("network_dangling", "info", mark("Which pipes end and serve nobody?"),
     mark("a cap, or a pipe or customer is missing")),
    ("network_loop", "warning", mark("Has every pipe two ends?"), mark("mend its ends, or remove it")),
    ("network_valve_near", "warning", mark("Does a valve stand beside a pipe?"),
     mark("move it onto the pipe; gridrisk check --mend does where one pipe is near")),
    ("network_valve_bypassed", "info", mark("Does every valve separate something?"),
     mark("survey the other valves of the ring")),
    ("network_part_unfed", "warning", mark("Does a source reach every part of the network?"),
     mark("survey what is missing between it and the network")),
)  # fmt: skip

CONVERSION = _checks(
    "conversion",
    ("fuel_unknown", "warning", mark("Is the fuel of every customer known?"), mark("give the fuel")),
    ("converted_still_bottled", "warning", mark("Does every converted customer burn piped gas or none?"),
     _CORRECT_ONE),
    ("converted_before_opening", "warning", mark("Was each customer converted after it opened?"), _CORRECT_ONE),
    ("converted_in_future", "warning", mark("Has each recorded conversion happened yet?"), _CORRECT),
    ("verified_before_converted", "warning", mark("Was each conversion verified after it was made?"), _CORRECT_ONE),
    ("verified_not_converted", "warning", mark("Was each verified customer converted?"), _CORRECT_ONE),
    ("opens_later", "warning", mark("Has each customer opened yet?"), _CORRECT_ONE),
    ("bottled_on_a_pipe", "warning", mark("Has each customer one fuel?"), _CORRECT_ONE),
)  # fmt: skip

CATALOGUE: tuple[Check, ...] = (*IMPORT, *LAYERS, *SURROUNDINGS, *NETWORK, *CONVERSION)
BY_ID: MappingProxyType[str, Check] = MappingProxyType({check.id: check for check in CATALOGUE})
