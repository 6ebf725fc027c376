"""A mapping made ready: for each thing a case needs, which columns are read and how a cell becomes its value."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from features.columns import FieldKind, field_kinds
from features.fields import Payload, required_fields
from features.readings import is_no_day
from training.tables.cells import UNITS, Notation, Reader, cell_text, reader
from training.tables.field_form import FieldMap
from training.tables.mapping_form import TableMapping

_ATTRIBUTE_KINDS: Final = {
    "number": "double",
    "flag": "flag",
    "category": "string",
    "entity": "string",
    "text": "string",
}
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


class SlotError(ValueError):
    """A constant or mapped value is not of its field's kind; `path` is where the mapping gives it."""

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        self.path = path
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One value of every case. `path` is where the mapping speaks of it, `name` what it is called there."""

    path: tuple[str, ...]
    columns: tuple[str, ...]
    separator: str
    read: Reader
    constant: Any
    if_missing: Any
    required: bool

    @property
    def name(self) -> str:
        """Name it as an error would."""
        return self.path[-1]

    @property
    def origin(self) -> str:
        """Return where its cells stand."""
        return " + ".join(f'column "{name}"' for name in self.columns) or "constant"


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell that could not be read, at a position of the chunk."""

    position: int
    cell: Any
    message: str


def make_slot(
    path: tuple[str, ...], kind: str, field: FieldMap, mapping: TableMapping, *, required: bool = False
) -> Slot:
    """Prepare one value; raise SlotError when a constant or a mapped value is not of its kind."""
    plain = reader(kind, Notation(zone=zone_of(field, mapping)))

    def fixed(value: Any, *where: str) -> Any:
        if value is None:
            return None
        try:
            return plain(value)
        except ValueError as error:
            raise SlotError((*path, *where), f"{value!r} {error}") from None

    values = {key: fixed(value, "values", key) for key, value in field.values.items()}
    return Slot(
        path=path,
        columns=field.reads,
        separator="-" if field.separator is None else field.separator,
        read=_full_reader(kind, field, mapping, values, fixed(field.default, "default")),
        constant=fixed(field.constant, "constant"),
        if_missing=fixed(field.if_missing, "if_missing"),
        required=required,
    )


def payload_slots(payload: type[Payload], mapping: TableMapping) -> list[Slot]:
    """Prepare the payload's fields, in the order of the mapping."""
    kinds = {kind.name: kind for kind in field_kinds(payload)}
    required = required_fields(payload)
    fields = dict(mapping.payload)
    if mapping.site_id is not None and "site_id" in kinds:
        fields.setdefault("site_id", mapping.site_id)
    slots = [
        make_slot(("payload", name), kinds[name].kind, field, mapping, required=name in required)
        for name, field in fields.items()
        if name in kinds
    ]
    return [_with_placeholders(slot) if _is_optional_time(kinds[slot.name]) else slot for slot in slots]


def _is_optional_time(kind: FieldKind) -> bool:
    return kind.nullable and kind.kind in ("instant", "day")


def _with_placeholders(slot: Slot) -> Slot:
    """Leave a date that stands for none, 0000-00-00, as it is: the payload knows it for one, and says so."""
    read = slot.read
    return replace(slot, read=lambda cell: cell if isinstance(cell, str) and is_no_day(cell) else read(cell))


def attribute_slots(mapping: TableMapping) -> list[Slot]:
    """Prepare the declared attributes."""
    return [
        make_slot(("attributes", name), _ATTRIBUTE_KINDS[field.kind], field, mapping)
        for name, field in mapping.attributes.items()
    ]


def attribute_moments(mapping: TableMapping) -> dict[str, Slot]:
    """Prepare the instants at which the values of attributes became known, by attribute."""
    return {
        name: make_slot(("attributes", name, "known_at"), "instant", field.known_at, mapping)
        for name, field in mapping.attributes.items()
        if field.known_at is not None
    }


_ENVELOPE: Final = {
    "exception_id": "string", "as_of": "instant", "currency": "currency", "fx_rate": "double", "time_zone": "zone",
    "site_id": "string",
    "source_system": "string", "group": "string", "region": "string", "banner": "string", "legal_entity": "string",
}  # fmt: skip
_LABELS: Final = {"cause": "string", "wrong": "flag", "loss": "double", "known_at": "instant", "source": "string"}


def envelope_slots(mapping: TableMapping) -> list[Slot]:
    """Prepare what surrounds the payload, by name."""
    return [
        make_slot((name,), kind, field, mapping, required=name in ("exception_id", "as_of", "fx_rate"))
        for name, kind in _ENVELOPE.items()
        if (field := getattr(mapping, name)) is not None
    ]


def label_slots(mapping: TableMapping) -> list[Slot]:
    """Prepare the labels that are read from columns or constant."""
    labels = mapping.labels
    fields = {name: getattr(labels, name) for name in _LABELS} if labels is not None else {}
    return [
        make_slot(("labels", name), _LABELS[name], field, mapping)
        for name, field in fields.items()
        if field is not None and (field.reads or field.constant is not None)
    ]


def read_slot(slot: Slot, columns: Mapping[str, Sequence[Any]], n: int) -> tuple[list[Any], list[OddCell]]:
    """Read one value for each of `n` rows, None where it is missing or odd, and say which cells were odd."""
    if not slot.columns:
        return [slot.constant] * n, []
    values: list[Any] = []
    odd: list[OddCell] = []
    read, if_missing = slot.read, slot.if_missing
    for cell in _cells(slot, columns):
        value = None
        if cell is not None:
            try:
                value = read(cell)
            except ValueError as error:
                odd.append(OddCell(len(values), cell, str(error)))
                values.append(None)
                continue
        values.append(if_missing if value is None else value)
    return values, odd


def _cells(slot: Slot, columns: Mapping[str, Sequence[Any]]) -> Sequence[Any]:
    if len(slot.columns) == 1:
        return columns[slot.columns[0]]
    rows = zip(*(columns[name] for name in slot.columns), strict=True)
    return [None if None in row else slot.separator.join(map(cell_text, row)) for row in rows]


def _full_reader(kind: str, field: FieldMap, mapping: TableMapping, values: Mapping[str, Any], default: Any) -> Reader:
    has_default = "default" in field.model_fields_set
    words = words_of((*mapping.missing, *field.missing))
    scale, offset = UNITS[field.unit] if field.unit is not None else (field.scale, field.offset)
    parse = reader(
        kind,
        replace(
            notation_in(field, mapping),
            format=field.format,
            zone=zone_of(field, mapping),
            separator="," if field.separator is None else field.separator,
            scale=scale,
            offset=offset,
            missing=numbers_of((*mapping.missing, *field.missing)),
        ),
    )
    if not words and not values and not has_default:
        return parse
    shortest = _shortest(values, field.decimal or mapping.csv.decimal)

    def read(cell: Any) -> Any:
        text = cell_text(cell)
        if text in words:
            return None
        if text in values or (shortest is not None and (text := shortest(text)) in values):
            return values[text]
        # `default: null` is a default too: what is not listed means nothing.
        return default if has_default else parse(cell)

    return read


def zone_of(field: FieldMap, mapping: TableMapping) -> str | None:
    """Return the zone of a column's local times, None where each row says its own."""
    return field.timezone or (None if mapping.time_zone is not None else mapping.timezone)


def notation_of(mapping: TableMapping) -> Notation:
    """Return how numbers and times are written where a column says nothing else."""
    form = mapping.csv
    return Notation(
        decimal=form.decimal,
        thousands=form.thousands,
        negative=form.negative,
        currency_signs=form.currency_signs,
        zone=mapping.timezone,
    )


def notation_in(field: FieldMap, mapping: TableMapping) -> Notation:
    """Return how one column writes its numbers: as it says itself, else as the whole file does."""
    whole = notation_of(mapping)
    decimal = field.decimal or whole.decimal
    thousands = whole.thousands if field.thousands is None else field.thousands
    return replace(
        whole,
        decimal=decimal,
        thousands="" if thousands == decimal else thousands,
        negative=whole.negative if field.negative is None else field.negative,
        currency_signs=whole.currency_signs if field.currency_signs is None else field.currency_signs,
    )


def words_of(cells: Sequence[Any]) -> frozenset[str]:
    """Write cells as the texts they are looked for by."""
    return frozenset(cell_text(cell) for cell in cells)


def _shortest(values: Mapping[str, Any], decimal: str) -> Callable[[str], str] | None:
    """Return what writes a number as the keys of `values` are written, 1.0 as "1" and 0,50 as "0.5"; None where no key
    is one."""
    if not any(_NUMBER.fullmatch(key) for key in values):
        return None
    # A code such as 01 is no number, and stays as it is.
    written = re.compile(rf"([+-]?(?:0|[1-9]\d*)){re.escape(decimal)}(\d*?)0*", re.ASCII)

    def write(text: str) -> str:
        found = written.fullmatch(text)
        return text if found is None else f"{found[1]}.{found[2]}".removesuffix(".")

    return write


def numbers_of(cells: Sequence[Any]) -> frozenset[float]:
    """Pick the cells that are numbers, so that -99 is also found where it is written -99.0."""
    return frozenset(float(cell) for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool))
