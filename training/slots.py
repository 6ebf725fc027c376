"""A mapping made ready: for each thing a case needs, which columns are read and how a cell becomes its value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from features.columns import field_kinds
from features.fields import Payload, required_fields
from training.cells import UNITS, Notation, Reader, cell_text, reader
from training.files import Chunk
from training.mapping_form import FieldMap, Keep, TableMapping

_ATTRIBUTE_KINDS: Final = {
    "number": "number",
    "flag": "flag",
    "category": "string",
    "entity": "string",
    "text": "string",
}


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
        """Say where its cells stand."""
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
    plain = reader(kind, Notation(zone=field.timezone or mapping.timezone))

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
    kinds = {kind.name: kind.kind for kind in field_kinds(payload)}
    required = required_fields(payload)
    fields = dict(mapping.payload)
    if mapping.site_id is not None and "site_id" in kinds:
        fields.setdefault("site_id", mapping.site_id)
    return [
        make_slot(("payload", name), kinds[name], field, mapping, required=name in required)
        for name, field in fields.items()
        if name in kinds
    ]


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
    "exception_id": "string", "as_of": "instant", "currency": "string", "fx_rate": "number", "site_id": "string",
    "source_system": "string", "group": "string",
}  # fmt: skip
_LABELS: Final = {"cause": "string", "wrong": "flag", "loss": "number", "known_at": "instant", "source": "string"}


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


def rows_kept(keeps: Sequence[Keep], chunk: Chunk, *, zone: str) -> list[bool]:
    """Say for each row of a chunk whether it fits every condition; an empty cell fits only `empty` and `not_in`.

    Raises ValueError with the row when a cell cannot be compared.
    """
    kept = [True] * len(chunk.rows)
    for keep in keeps:
        test = _test(keep, zone)
        for position, cell in enumerate(chunk.columns[keep.column]):
            try:
                kept[position] = kept[position] and test(cell)
            except ValueError as error:
                place = f'column "{keep.column}", row {chunk.rows[position]}'
                raise ValueError(f"{place}: {cell!r} {error}") from None
    return kept


def _cells(slot: Slot, columns: Mapping[str, Sequence[Any]]) -> Sequence[Any]:
    if len(slot.columns) == 1:
        return columns[slot.columns[0]]
    rows = zip(*(columns[name] for name in slot.columns), strict=True)
    return [None if None in row else slot.separator.join(map(cell_text, row)) for row in rows]


def _full_reader(kind: str, field: FieldMap, mapping: TableMapping, values: Mapping[str, Any], default: Any) -> Reader:
    words = frozenset(cell_text(cell) for cell in (*mapping.missing, *field.missing))
    scale, offset = UNITS[field.unit] if field.unit is not None else (field.scale, field.offset)
    parse = reader(
        kind,
        Notation(
            decimal=mapping.csv.decimal,
            thousands=mapping.csv.thousands,
            format=field.format,
            zone=field.timezone or mapping.timezone,
            separator="," if field.separator is None else field.separator,
            scale=scale,
            offset=offset,
            missing=_numbers((*mapping.missing, *field.missing)),
        ),
    )
    if not words and not values and default is None:
        return parse

    def read(cell: Any) -> Any:
        text = cell_text(cell)
        if text in words:
            return None
        if text in values:
            return values[text]
        return parse(cell) if default is None else default

    return read


def _numbers(cells: Sequence[Any]) -> frozenset[float]:
    """Pick the cells that are numbers, so that -99 is also found where it is written -99.0."""
    return frozenset(float(cell) for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool))


def _test(keep: Keep, zone: str) -> Reader:
    number = reader("number", Notation())
    instant = reader("instant", Notation(format=keep.format, zone=zone))
    is_in = None if keep.is_in is None else {cell_text(cell) for cell in keep.is_in}
    not_in = {cell_text(cell) for cell in keep.not_in or ()}
    before, not_before = _bound(keep.before, zone), _bound(keep.not_before, zone)
    only_not_in = keep.model_fields_set <= {"column", "format", "not_in"}

    def fits(cell: Any) -> bool:
        if keep.empty is not None and keep.empty != (cell is None):
            return False
        if cell is None:
            return keep.empty is True or only_not_in
        text = cell_text(cell)
        return (
            (is_in is None or text in is_in)
            and text not in not_in
            and (keep.at_least is None or number(cell) >= keep.at_least)
            and (keep.at_most is None or number(cell) <= keep.at_most)
            and (before is None or instant(cell) < before)
            and (not_before is None or instant(cell) >= not_before)
        )

    return fits


def _bound(moment: datetime | date | None, zone: str) -> datetime | None:
    if moment is None:
        return None
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
