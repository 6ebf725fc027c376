"""Field types shared by the payloads: checked at the door, so that no later room has to ask again.

Money and quantities are decimals of at most four places, fractions lie in [0, 1], instants are aware UTC between
1970 and 2199, and no text carries a NUL (PostgreSQL cannot store one).
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

FIRST_INSTANT: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = datetime(2199, 12, 31, tzinfo=UTC)
_FOUR_PLACES: Final = Decimal("0.0001")


class Monetary:
    """Mark a decimal field as money in the case's currency (its column is converted by the case's `fx_rate`)."""


class Planned:
    """Mark an instant or day as a plan known at `as_of` (a due or promised date): it may lie after it without being a leak."""


def _four_places(value: Decimal) -> Decimal:
    return value.quantize(_FOUR_PLACES, rounding=ROUND_HALF_EVEN)


def _utc(value: datetime) -> datetime:
    # Compared before the conversion: astimezone overflows near year 1 and 9999.
    if not FIRST_INSTANT <= value <= LAST_INSTANT:
        raise ValueError("must lie between 1970-01-01 and 2199-12-31")
    return value.astimezone(UTC)


def _calendar(value: date) -> date:
    if not FIRST_INSTANT.date() <= value <= LAST_INSTANT.date():
        raise ValueError("must lie between 1970-01-01 and 2199-12-31")
    return value


def _printable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain a NUL character")
    return value


_Amount = Annotated[Decimal, Field(ge=-(10**12), le=10**12, allow_inf_nan=False), AfterValidator(_four_places)]
_NonNegative = Annotated[Decimal, Field(ge=0, le=10**12, allow_inf_nan=False), AfterValidator(_four_places)]

Money = Annotated[_NonNegative, Monetary()]
SignedMoney = Annotated[_Amount, Monetary()]
Quantity = _NonNegative
SignedQuantity = _Amount
Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Day = Annotated[date, AfterValidator(_calendar)]
PlannedInstant = Annotated[Instant, Planned()]
PlannedDay = Annotated[Day, Planned()]
Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_printable)]
Code = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]
Text = Annotated[str, Field(max_length=4000), AfterValidator(_printable)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Payload(BaseModel):
    """The domain record of one case. Flat on purpose: a field is a column of a user's table and a name in a rule.

    Unknown fields are refused; a list holds members of one closed vocabulary.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)


def required_fields(payload: type[Payload]) -> frozenset[str]:
    """Name the fields a payload cannot go without."""
    return frozenset(name for name, field in payload.model_fields.items() if field.is_required())


def field_title(payload: type[Payload], name: str) -> str:
    """Say a field's name as a person reads it."""
    field: Any = payload.model_fields[name]
    return field.title or name.replace("_", " ").capitalize()
