"""Field types shared by the payloads: checked where a case comes in, so that no later room has to ask again.

Money and quantities keep the digits they come with, fractions lie in [0, 1], instants are aware UTC between 1970 and
2199, free text holds no personal data, and no text carries a NUL (PostgreSQL cannot store one). What stands for
"unknown" in an optional field is missing.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from features.identifiers import Form, Identifier, has_lost_digits, is_placeholder
from features.kinds import FieldKind, FreeText, Monetary, Personal, Planned, field_kinds
from features.personal_data import is_plain, mask
from features.readings import (
    FIRST_INSTANT,
    LAST_INSTANT,
    is_no_day,
    read_day,
    read_decimal,
    read_flag,
    read_instant,
    read_number,
    read_text,
)

__all__ = ["FIRST_INSTANT", "LAST_INSTANT", "Monetary", "Planned"]

ZONE: Final = "zone"
"""The key of the validation context under which a `ZoneInfo` stands: the zone of local times, where one is stated."""


_NO_LETTER: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, ends of lines and paragraphs, and what turns the direction of writing."""


def _utc(value: Any, info: ValidationInfo) -> Any:
    return value if value is None else read_instant(value, zone=_zone(info))


def _calendar(value: Any, info: ValidationInfo) -> Any:
    return value if value is None else read_day(value, zone=_zone(info))


def _zone(info: ValidationInfo) -> ZoneInfo | None:
    return info.context.get(ZONE) if info.context else None


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain a NUL character")
    return value


def one_line(value: str) -> str:
    """Return a text of one line; raise ValueError for control characters, and for those that turn its direction.

    What reads differently from how it is written passes one document off for another.
    """
    odd = _NO_LETTER.search(value)
    if odd is not None:
        raise ValueError(f"must not contain the control or direction character U+{ord(odd[0]):04X}")
    return value


def _identifier(value: str) -> str:
    if has_lost_digits(value):
        raise ValueError("is in scientific notation: a spreadsheet has dropped its last digits; send it as text")
    return one_line(value)


def _hashed(value: str) -> str:
    if is_plain(value):
        raise ValueError("must be a hash or token, not the card number, bank account or e-mail address itself")
    return _identifier(value)


def _free(value: str) -> str:
    return mask(_without_nul(value))


_Decimal = Annotated[Decimal, BeforeValidator(read_decimal)]
_Amount = Annotated[_Decimal, Field(ge=-(10**12), le=10**12, allow_inf_nan=False)]
_NonNegative = Annotated[_Decimal, Field(ge=0, le=10**12, allow_inf_nan=False)]
_Written = Annotated[str, BeforeValidator(read_text)]

_Magnitude = Annotated[_Decimal, AfterValidator(abs), Field(ge=0, le=10**12, allow_inf_nan=False)]

Money = Annotated[_NonNegative, Monetary()]
ReturnedMoney = Annotated[_Magnitude, Monetary()]
ReturnedQuantity = _Magnitude
"""Of what goes back: tills and credit documents write it with a minus, on the pieces, the money or both."""
SignedMoney = Annotated[_Amount, Monetary()]
Quantity = _NonNegative
SignedQuantity = _Amount
Float = Annotated[float, BeforeValidator(read_number)]
Whole = Annotated[int, BeforeValidator(read_number)]
Number = Annotated[Float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Fraction = Annotated[Float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[Whole, Field(ge=0, le=10**9)]
Instant = Annotated[AwareDatetime, BeforeValidator(_utc)]
Day = Annotated[date, BeforeValidator(_calendar)]
PlannedInstant = Annotated[Instant, Planned()]
PlannedDay = Annotated[Day, Planned()]
Id = Annotated[_Written, Field(min_length=1, max_length=128), AfterValidator(_identifier), Identifier("entity")]
DocumentId = Annotated[
    _Written, Field(min_length=1, max_length=128), AfterValidator(_identifier), Identifier("document")
]
SerialId = Annotated[_Written, Field(min_length=1, max_length=128), AfterValidator(_identifier), Identifier("serial")]
HashedId = Annotated[_Written, Field(min_length=1, max_length=128), AfterValidator(_hashed), Identifier("entity")]
Code = Annotated[_Written, Field(min_length=1, max_length=64), AfterValidator(one_line), Identifier("code")]
CustomerId = Annotated[HashedId, Personal("customer")]
StaffId = Annotated[Id, Personal("staff")]
HashedStaffId = Annotated[HashedId, Personal("staff")]
Text = Annotated[_Written, Field(max_length=4000), AfterValidator(_free), FreeText()]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Payload(BaseModel):
    """The domain record of one case. Flat on purpose: a field is a column of a user's table and a name in a rule.

    Unknown fields are refused; a list holds members of one closed vocabulary. An optional field that holds what stands
    for "unknown" (`N/A`, `guest`, 1900-01-01) is missing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_placeholders(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        checks = _checks(cls)
        for name, value in given.items():
            if value is not None and (check := checks.get(name)) is not None and (kept := check(value)) is not value:
                given = {**given, name: kept}
        return given


_MAX_PLACEHOLDER_LENGTH: Final = 20
_Check = Callable[[Any], Any]


@cache
def _checks(payload: type[Payload]) -> Mapping[str, _Check]:
    """Return what reads a field's value before its type does, for the fields that need it: None for what stands for
    "unknown"."""
    found: dict[str, _Check] = {}
    for kind in field_kinds(payload):
        means_none = _means_none(kind) if kind.nullable else None
        if kind.kind in ("flag", "enum"):
            found[kind.name] = partial(_plain, read_flag if kind.kind == "flag" else str, kind.nullable)
        elif means_none is not None:
            found[kind.name] = partial(_known, means_none)
    return found


def _known(means_none: Callable[[Any], bool], value: Any) -> Any:
    return None if means_none(value) else value


def _plain(read: _Check, nullable: bool, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    return None if nullable and not text else read(text)


def _means_none(kind: FieldKind) -> Callable[[Any], bool]:
    if kind.form is not None:
        return partial(_no_id, kind.form)
    if kind.kind in ("instant", "day"):
        return is_no_day
    return _no_text if kind.kind == "string" else _is_blank


def _no_id(form: Form, value: Any) -> bool:
    if isinstance(value, str):
        return is_placeholder(value, form)
    return isinstance(value, int | float) and not isinstance(value, bool) and is_placeholder(repr(value), form)


def _no_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_PLACEHOLDER_LENGTH and is_placeholder(value, "code")


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def required_fields(payload: type[Payload]) -> frozenset[str]:
    """Name the fields a payload cannot go without."""
    return frozenset(name for name, field in payload.model_fields.items() if field.is_required())


def field_title(payload: type[Payload], name: str) -> str:
    """Return a field's name as a person reads it."""
    field: Any = payload.model_fields[name]
    return field.title or name.replace("_", " ").capitalize()
