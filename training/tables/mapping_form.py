"""The column mapping as written: every key named, typed and refused when unknown."""

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

from features.attributes.attribute_columns import AttributeKind
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


def _as_list(values: Any) -> Any:
    return values if isinstance(values, list | tuple) else [values]


def _column_or_map(value: Any) -> Any:
    return {"column": cell_text(value)} if isinstance(value, str | int | float) else value


def _currency(value: Any) -> Any:
    bare_code = isinstance(value, str) and len(value) == 3 and value.isalpha() and value.isupper()
    return {"constant": value} if bare_code else _column_or_map(value)


def _zone_or_map(value: Any) -> Any:
    is_zone = isinstance(value, str) and (value == "UTC" or "/" in value) and value in available_zones()
    return {"constant": value} if is_zone else _column_or_map(value)


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
Missing = Annotated[tuple[Annotated[Scalar, _expecting(_NO_CELL)], ...], BeforeValidator(_as_list)]
Cells = Annotated[
    tuple[Annotated[Scalar, _expecting(f"{_NO_CELL}; for empty cells say `empty`")], ...], BeforeValidator(_as_list)
]
Bound = Annotated[datetime | date, _expecting("is no date or time; write 2026-03-31 or 2026-03-31T14:00:00+02:00")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldMap(_Part):
    """Where one value comes from and how it is read; a bare string is short for `{column: NAME}`.

    columns: several columns joined with `separator`. values: cell -> value; cells not listed become `default` where it
    is given and stay as they are where it is not. missing: further cells that mean "nothing"; if_missing: what an empty
    cell becomes. Numbers: a named `unit` conversion, or cell x scale + offset. Instants and dates: `format` as in
    strptime (ISO 8601 without), `timezone` where the cells carry none.
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
    format: Annotated[str, AfterValidator(_time_format)] | None = None
    timezone: Timezone | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in self.SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(self.SOURCES)}" + (f", not {', '.join(given)}" if given else "")
            )
        if self.unit is not None and (self.scale, self.offset) != (1.0, 0.0):
            raise ValueError("give unit, or scale and offset, not both")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        return self.columns or ((self.column,) if self.column else ())


class WrongMap(FieldMap):
    """Whether acting straight through would have been wrong: a column, or read off the cause."""

    SOURCES: ClassVar[tuple[str, ...]] = (*FieldMap.SOURCES, "wrong_when", "right_when")

    wrong_when: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    right_when: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class LossMap(FieldMap):
    """The money lost when wrong: a column, a constant, or `scale` times a column (the share of an amount)."""


class KnownAtMap(FieldMap):
    """When the truth became known: a column, or so many days after `as_of`."""

    SOURCES: ClassVar[tuple[str, ...]] = (*FieldMap.SOURCES, "days_after_as_of")

    days_after_as_of: Annotated[float, Field(gt=0, le=3650)] | None = None


class Keep(_Part):
    """A condition on one column; every one given must hold. Instants: `not_before` <= cell < `before`."""

    column: str
    is_in: Annotated[Cells | None, Field(alias="in")] = None
    not_in: Cells | None = None
    at_least: float | None = None
    at_most: float | None = None
    before: Bound | None = None
    not_before: Bound | None = None
    format: Annotated[str, AfterValidator(_time_format)] | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def _some_test(self) -> Self:
        if not self.model_fields_set - {"column", "format"}:
            raise ValueError("say what must hold: in, not_in, at_least, at_most, before, not_before or empty")
        return self


Field1 = Annotated[FieldMap, BeforeValidator(_column_or_map)]


class AttributeMap(FieldMap):
    """An own column. category: few values, learnt as they are; entity: many values, learnt through its history only.

    along: for a number or flag, the entities whose earlier values are features too. windows_days: for an entity, how
    far back its history is counted. known_at: a column of instants that say when each value became known; a value not
    known by `as_of` yet is left out.
    """

    kind: AttributeKind
    along: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    windows_days: Annotated[tuple[Annotated[int, Field(ge=1, le=3650)], ...], BeforeValidator(_as_list)] = ()
    known_at: Field1 | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.along and self.kind not in ("number", "flag"):
            raise ValueError(f"along remembers earlier values of a number or flag, not of kind {self.kind}")
        if self.windows_days and self.kind != "entity":
            raise ValueError(f"windows_days belongs to an entity, not to kind {self.kind}")
        if list(self.windows_days) != sorted(set(self.windows_days)):
            raise ValueError("windows_days must rise, such as [7, 90]")
        return self


class Labels(_Part):
    """What became known of the cases later. Without it a table can be scored but not trained on.

    vocabulary: `domain` (causes are the domain's labels), `own` (whatever the column holds) or a list of own causes.
    only_where: rows that do not fit keep their place in the history but have no label (not yet known, say).
    """

    cause: Field1 | None = None
    wrong: Annotated[WrongMap, BeforeValidator(_column_or_map)]
    loss: Annotated[LossMap, BeforeValidator(_column_or_map)] | None = None
    known_at: Annotated[KnownAtMap, BeforeValidator(_column_or_map)]
    source: Field1 | None = None
    vocabulary: Annotated[Literal["domain", "own"] | tuple[str, ...], Field(union_mode="left_to_right")] = "domain"
    only_where: tuple[Keep, ...] = ()

    @model_validator(mode="after")
    def _cause_for_wrong(self) -> Self:
        if self.cause is None and (self.wrong.wrong_when or self.wrong.right_when):
            raise ValueError("wrong_when and right_when read the cause: map labels.cause too")
        return self


class CsvForm(_Part):
    """How a CSV file is written. Numbers separate their thousands everywhere or nowhere; other marks are refused.

    negative: how numbers below zero are written where not with a leading minus. currency_signs: what stands before or
    after amounts.
    """

    delimiter: Annotated[str, AfterValidator(_delimiter)] = ","
    encoding: str = "utf-8-sig"
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, AfterValidator(_thousands)] = ""
    negative: Annotated[tuple[Literal["trailing minus", "parentheses"], ...], BeforeValidator(_as_list)] = ()
    currency_signs: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=4, pattern=r"^[^\d+()\-]+$")], ...],
        BeforeValidator(_as_list),
    ] = ()

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}; write the two marks the file uses")
        return self


class TableMapping(_Part):
    """A whole mapping.

    keep: rows that do not fit are dropped. odd_values: whether an unusable cell of an optional field is left out and
    counted, or an error. timezone: of local times in cells. time_zone: the zone of each case's site, in which its days
    end and its local times are;
    a zone's name or a column of them. region, banner, legal_entity: what policy variants go by. group: rows that must
    stay on one side of a split (the lines of one order).
    """

    domain: str
    exception_id: Field1
    as_of: Field1
    currency: Annotated[FieldMap, BeforeValidator(_currency)] | None = None
    fx_rate: Field1 | None = None
    site_id: Field1 | None = None
    region: Field1 | None = None
    banner: Field1 | None = None
    legal_entity: Field1 | None = None
    time_zone: Annotated[FieldMap, BeforeValidator(_zone_or_map)] | None = None
    source_system: Field1 | None = None
    payload: dict[str, Field1] = {}
    attributes: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")], AttributeMap] = {}
    labels: Labels | None = None
    keep: tuple[Keep, ...] = ()
    deduplicate: Literal["refuse", "first", "last"] = "refuse"
    odd_values: Literal["leave_out", "refuse"] = "leave_out"
    group: Field1 | None = None
    timezone: Timezone = "UTC"
    missing: Missing = ()
    csv: CsvForm = CsvForm()
