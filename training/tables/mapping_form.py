"""The column mapping as written: every key named, typed and refused when unknown."""

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from features.attributes.attribute_columns import AttributeKind
from training.tables.field_form import (
    CurrencySigns,
    Delimiter,
    Field1,
    FieldMap,
    Keep,
    MappingPart,
    Missing,
    Negative,
    Thousands,
    Timezone,
    as_list,
    column_or_map,
    currency_or_map,
    zone_or_map,
)

NAME: Final = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
CellKind = Literal["number", "flag", "text", "day", "instant"]


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


class AttributeMap(FieldMap):
    """An own column. category: few values, learnt as they are; entity: many values, learnt through its history only.

    along: for a number or flag, the entities whose earlier values are features too. windows_days: for an entity, how
    far back its history is counted. known_at: a column of instants that say when each value became known; a value not
    known by `as_of` yet is left out.
    """

    kind: AttributeKind
    along: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    windows_days: Annotated[tuple[Annotated[int, Field(ge=1, le=3650)], ...], BeforeValidator(as_list)] = ()
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


class Labels(MappingPart):
    """What became known of the cases later. Without it a table can be scored but not trained on.

    vocabulary: `domain` (causes are the domain's labels), `own` (whatever the column holds) or a list of own causes.
    only_where: rows that do not fit keep their place in the history but have no label (not yet known, say).
    """

    cause: Field1 | None = None
    wrong: Annotated[WrongMap, BeforeValidator(column_or_map)]
    loss: Annotated[LossMap, BeforeValidator(column_or_map)] | None = None
    known_at: Annotated[KnownAtMap, BeforeValidator(column_or_map)]
    source: Field1 | None = None
    vocabulary: Annotated[Literal["domain", "own"] | tuple[str, ...], Field(union_mode="left_to_right")] = "domain"
    only_where: tuple[Keep, ...] = ()

    @model_validator(mode="after")
    def _cause_for_wrong(self) -> Self:
        if self.cause is None and (self.wrong.wrong_when or self.wrong.right_when):
            raise ValueError("wrong_when and right_when read the cause: map labels.cause too")
        return self


class CsvForm(MappingPart):
    """How a CSV file or a sheet is written. Numbers separate their thousands everywhere or nowhere; other marks are
    refused.

    sheet: of a workbook, its first where not given. skip_lines: lines above the header, such as a title.
    negative: how numbers below zero are written where not with a leading minus. currency_signs: what stands before or
    after amounts.
    """

    delimiter: Delimiter = ","
    encoding: str = "utf-8-sig"
    decimal: Literal[".", ","] = "."
    thousands: Thousands = ""
    negative: Negative = ()
    currency_signs: CurrencySigns = ()
    sheet: str | None = None
    skip_lines: Annotated[int, Field(ge=0, le=1000)] = 0

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}; write the two marks the file uses")
        return self


class InputMap(FieldMap):
    """One column an expression or a join reads, and what its cells are; instants and days become days since 1970."""

    kind: CellKind = "text"


Input = Annotated[InputMap, BeforeValidator(column_or_map)]


class ComputedMap(MappingPart):
    """A column computed from others by an expression in CEL, as policies write it: numbers are doubles, days are
    numbers.

    of: what the expression's names stand for. gives: `day` or `instant` turns a number of days since 1970 into one. A
    row in which a name has no value has none, unless the expression itself asks for null.
    """

    expression: Annotated[str, Field(min_length=1, max_length=2000)]
    of: Annotated[dict[Annotated[str, Field(pattern=NAME)], Input], Field(min_length=1, max_length=40)]
    gives: Literal["number", "flag", "text", "day", "instant"] = "number"


class JoinedColumn(InputMap):
    """One column of a joined file, and which of several rows of one key counts."""

    take: Literal["only", "first", "last", "sum", "mean", "min", "max", "count"] = "only"

    @model_validator(mode="after")
    def _adds_numbers(self) -> Self:
        if self.take in ("sum", "mean", "min", "max") and self.kind == "text":
            raise ValueError(f"take: {self.take} reckons with numbers or dates; say `kind: number`")
        return self


class JoinMap(MappingPart):
    """A second file, found by key: an order, its receipts, a list of codes.

    file: beside the table, or an absolute path. by: its key columns, each with the column of the table it equals.
    columns: what is taken of it; they are then called NAME.COLUMN. known_at: when a row of it became known; rows not
    known by `as_of` do not count. ignore_leading_zeros: 0000012345 and 12345 are one key.
    """

    file: Annotated[str, Field(min_length=1)]
    by: Annotated[dict[str, str], Field(min_length=1, max_length=5)]
    columns: Annotated[
        dict[Annotated[str, Field(pattern=NAME)], Annotated[JoinedColumn, BeforeValidator(column_or_map)]],
        Field(min_length=1, max_length=100),
    ]
    known_at: Field1 | None = None
    ignore_leading_zeros: bool = False
    csv: "CsvForm | None" = None


class TableMapping(MappingPart):
    """A whole mapping.

    keep: rows that do not fit are dropped. odd_values: whether an unusable cell of an optional field is left out and
    counted, or an error. timezone: of local times in cells. time_zone: the zone of each case's site, in which its days
    end and its local times are;
    a zone's name or a column of them. region, banner, legal_entity: what policy variants go by. group: rows that must
    stay on one side of a split (the lines of one order). join, computed: columns of other files, and computed ones;
    they are used like columns of the table. allow: columns that are learnt from although they look like leaks.
    """

    domain: str
    exception_id: Field1
    as_of: Field1
    currency: Annotated[FieldMap, BeforeValidator(currency_or_map)] | None = None
    fx_rate: Field1 | None = None
    site_id: Field1 | None = None
    region: Field1 | None = None
    banner: Field1 | None = None
    legal_entity: Field1 | None = None
    time_zone: Annotated[FieldMap, BeforeValidator(zone_or_map)] | None = None
    source_system: Field1 | None = None
    payload: dict[str, Field1] = Field(default_factory=dict)
    attributes: dict[Annotated[str, Field(pattern=NAME)], AttributeMap] = Field(default_factory=dict)
    labels: Labels | None = None
    keep: tuple[Keep, ...] = ()
    deduplicate: Literal["refuse", "first", "last"] = "refuse"
    odd_values: Literal["leave_out", "refuse"] = "leave_out"
    group: Field1 | None = None
    timezone: Timezone = "UTC"
    missing: Missing = ()
    csv: CsvForm = CsvForm()
    join: dict[Annotated[str, Field(pattern=NAME)], JoinMap] = Field(default_factory=dict)
    computed: dict[Annotated[str, Field(pattern=NAME)], ComputedMap] = Field(default_factory=dict)
    allow: tuple[str, ...] = ()
