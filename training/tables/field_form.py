"""Where one value of a mapping comes from and how it is read, and the conditions on rows, as written."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WrapValidator,
    model_validator,
)

from features.readings import available_zones
from training.tables.cells import TIME_NUMBERS, UNITS, cell_text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone; write UTC, Europe/Berlin, America/Chicago, …") from None
    return name


def _keys_as_text(values: Any) -> Any:
    return {cell_text(key): value for key, value in values.items()} if isinstance(values, dict) else values


def as_list(values: Any) -> Any:
    return values if isinstance(values, list | tuple) else [values]


def column_or_map(value: Any) -> Any:
    return {"column": cell_text(value)} if isinstance(value, str | int | float) else value


def currency_or_map(value: Any) -> Any:
    bare_code = isinstance(value, str) and len(value) == 3 and value.isalpha() and value.isupper()
    return {"constant": value} if bare_code else column_or_map(value)


def zone_or_map(value: Any) -> Any:
    is_zone = isinstance(value, str) and (value == "UTC" or "/" in value) and value in available_zones()
    return {"constant": value} if is_zone else column_or_map(value)


def _unit(name: str) -> str:
    if name not in UNITS:
        raise ValueError(f"{name!r} is no known conversion; known are {', '.join(UNITS)}; else use scale and offset")
    return name


def _time_format(text: str) -> str:
    if text in TIME_NUMBERS:
        return text
    why = "" if "%" in text else " (it holds no %)"
    try:
        datetime.strptime(_ANY_TIME.strftime(text), text)  # noqa: DTZ007  only tried
    except (ValueError, re.error) as error:
        why = why or f" ({error})"
    if why:
        raise ValueError(f"{text!r} is no format{why}; write %d.%m.%Y %H:%M, or one of {', '.join(TIME_NUMBERS)}")
    return text


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n':
        raise ValueError(f'{text!r} is no delimiter; it is one character: write ";", "|", or "\\t" for a tab')
    return text


def _thousands(text: str) -> str:
    if len(text) > 1 or text.isalnum() or text in ("+", "-"):
        raise ValueError(f'{text!r} separates no thousands; it is one character between digits: ".", ",", "\'" or " "')
    return text


def _expecting(what: str) -> WrapValidator:
    """Return in one sentence what is expected, where the several types it may have would each say what it is not."""

    def check(value: Any, read: Any) -> Any:
        try:
            return read(value)
        except ValidationError:
            shown = "null" if value is None else repr(value)
            raise ValueError(f"{shown} {what}") from None

    return WrapValidator(check)


_ANY_TIME: Final = datetime(2026, 11, 22, 13, 14, 15, 161718, tzinfo=UTC)
_NO_CELL: Final = "is no cell; write text, a number, true, false or a date"
Timezone = Annotated[str, AfterValidator(_zone)]
Scalar = bool | int | float | str | date | datetime
Value = Annotated[
    Scalar | list[str] | None, _expecting("is no value; write text, a number, true, false, a date or a list of texts")
]
Values = Annotated[dict[str, Value], BeforeValidator(_keys_as_text)]
Missing = Annotated[tuple[Annotated[Scalar, _expecting(_NO_CELL)], ...], BeforeValidator(as_list)]
Cells = Annotated[
    tuple[Annotated[Scalar, _expecting(f"{_NO_CELL}; for empty cells say `empty`")], ...], BeforeValidator(as_list)
]
Bound = Annotated[datetime | date, _expecting("is no date or time; write 2026-03-31 or 2026-03-31T14:00:00+02:00")]


Delimiter = Annotated[str, AfterValidator(_delimiter)]
Thousands = Annotated[str, AfterValidator(_thousands)]
TimeFormat = Annotated[str, AfterValidator(_time_format)]
Negative = Annotated[tuple[Literal["trailing minus", "parentheses"], ...], BeforeValidator(as_list)]
CurrencySigns = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=4, pattern=r"^[^\d+()\-]+$")], ...], BeforeValidator(as_list)
]


class MappingPart(BaseModel):
    """A part of a mapping; a key it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldMap(MappingPart):
    """Where one value comes from and how it is read; a bare string is short for `{column: NAME}`.

    columns: several columns joined with `separator`. values: cell -> value; cells not listed become `default` where it
    is given and stay as they are where it is not. missing: further cells that mean "nothing"; if_missing: what an empty
    cell becomes. Numbers: a named `unit` conversion, or cell x scale + offset. Instants and dates: `format` as in
    strptime (ISO 8601 without), `timezone` where the cells carry none. decimal, thousands, negative, currency_signs:
    how this column writes its numbers, where not as the whole file does.
    """

    SOURCES: ClassVar[tuple[str, ...]] = ("column", "columns", "constant")

    column: Annotated[str, Field(min_length=1)] | None = None
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    constant: Value = None
    separator: str | None = None
    values: Values = {}
    default: Value = None
    missing: Missing = ()
    if_missing: Value = None
    unit: Annotated[str, AfterValidator(_unit)] | None = None
    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    format: TimeFormat | None = None
    timezone: Timezone | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Thousands | None = None
    negative: Negative | None = None
    currency_signs: CurrencySigns | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in self.SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(self.SOURCES)}" + (f", not {', '.join(given)}" if given else "")
            )
        if self.unit is not None and (self.scale, self.offset) != (1.0, 0.0):
            raise ValueError("give unit, or scale and offset, not both")
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}; write the two marks the column uses")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        return self.columns or ((self.column,) if self.column else ())


class Keep(MappingPart):
    """A condition on one column; every one given must hold. Instants: `not_before` <= cell < `before`."""

    column: str
    is_in: Annotated[Cells | None, Field(alias="in")] = None
    not_in: Cells | None = None
    at_least: float | None = None
    at_most: float | None = None
    before: Bound | None = None
    not_before: Bound | None = None
    format: TimeFormat | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def _some_test(self) -> Self:
        if not self.model_fields_set - {"column", "format"}:
            raise ValueError("say what must hold: in, not_in, at_least, at_most, before, not_before or empty")
        return self


Field1 = Annotated[FieldMap, BeforeValidator(column_or_map)]
