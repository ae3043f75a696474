"""What every statement of a policy file is made of: texts in both languages, clauses, a closed list of conditions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gridrisk.i18n import Language, Message, msg
from gridrisk.layers import schema
from gridrisk.toml import FaultError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

Decision = Literal["pipe", "electric", "excluded"]
Payer = Literal["user", "company", "city", "district", "town", "government"]
#: What stands in a customer's rooms, as opposed to the conversion itself.
Device = Literal[
    "metal_hose",
    "self_closing_valve",
    "alarm",
    "alarm_linked_shutoff",
    "burner",
    "fittings",
    "smart_meter",
    "safety_kit",
    "safety_kit_fitting",
]
Item = Literal["connection", "indoor", "electric"] | Device
PAYERS: tuple[Payer, ...] = get_args(Payer)
DEVICES: tuple[Device, ...] = get_args(Device)
#: Payers whose shares are public money.
GOVERNMENT: tuple[Payer, ...] = ("city", "district", "town", "government")


class Strict(BaseModel):
    """A table of a policy file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True)


class Text(Strict):
    """A text in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def message(self) -> Message:
        """Return the text as a message that renders in either language."""
        return _FileText(self.en, {"zh": self.zh})


class _FileText(Message):
    """A message whose translation stands in the policy file and not in the catalogue."""

    __slots__ = ()

    def render(self, lang: Language = "en") -> str:
        return str(self.args["zh"]) if lang == "zh" else self.msgid


def bilingual(en: str, zh: str) -> Message:
    """Return a message made of two ready texts."""
    return _FileText(en, {"zh": zh})


class Conditions(Strict):
    """What a rule, tariff, exception, refund or benefit asks; all given must hold. No condition holds for everyone.

    The names are those of the customer's fields, and besides:

    - ``covered``: inside the coverage of the network; ``covered_when_opened``: it already was when the place opened
    - ``needy_resident``: a needy household, as opposed to any other customer
    - ``meets_gas_standard``: fit for piped gas by the gas company's design check
    - ``max_area_m2``: at most so large; ``over_area_m2``: larger
    - ``over_building_height_m``: the building is higher
    - ``min_vent_ratio``: effective ventilation area over kitchen floor area, at least
    - ``opened_after``: opened after that day (the day itself is not after)
    - ``development_zone``: the town is a development zone
    - ``new_user``: gas was lit, or where that is not recorded the place opened, since the policy's ``[new_users]`` day
    """

    kind: tuple[str, ...] = ()
    kind_not: tuple[str, ...] = ()
    premises: tuple[str, ...] = ()
    premises_not: tuple[str, ...] = ()
    fuel: tuple[str, ...] = ()
    covered: bool | None = None
    covered_when_opened: bool | None = None
    licensed: bool | None = None
    legal_building: bool | None = None
    wants_electric: bool | None = None
    meets_gas_standard: bool | None = None
    kitchen_outside_opening: bool | None = None
    needy_resident: bool | None = None
    old_community: bool | None = None
    burner_ok: bool | None = None
    development_zone: bool | None = None
    new_user: bool | None = None
    max_area_m2: float | None = Field(default=None, gt=0)
    over_area_m2: float | None = Field(default=None, ge=0)
    over_building_height_m: float | None = Field(default=None, ge=0)
    min_vent_ratio: float | None = Field(default=None, gt=0, le=1)
    opened_after: dt.date | None = None

    def given(self) -> Iterator[tuple[str, Any]]:
        """Yield the conditions that are asked, by name."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is not None and value != ():
                yield name, value

    @model_validator(mode="after")
    def _known_choices(self) -> Self:
        for name in ("kind", "kind_not", "premises", "premises_not", "fuel"):
            known = schema.load("customers").fields[name.removesuffix("_not")].choices
            for word in getattr(self, name):
                if word not in known:
                    raise FaultError(
                        msg(
                            "{where}: no value {value}; did you mean {near}?",
                            where=name,
                            value=word,
                            near=nearest(word, known),
                        )
                    )
        return self


class Document(Strict):
    """The instrument that a policy file renders."""

    title: str = Field(min_length=1)
    full_title: str = Field(min_length=1)
    issued: dt.date | None = None
    expires: dt.date | None = None
    clause: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.expires is not None and not self.clause:
            raise FaultError(msg("{field}: give the clause that says so", field="expires"))
        return self


class Sourced(Strict):
    """A statement of the document, with the item where it stands."""

    clause: str = Field(min_length=1)
    note: str = ""
