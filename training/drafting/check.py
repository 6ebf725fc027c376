"""What a mapping makes of a file: for each line what is read, with examples as they are understood, and what is thrown
away."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

from features.columns import field_kinds
from training.tables.derived import DerivedTable
from training.tables.mapping_form import TableMapping
from training.tables.reader import Table, read_table
from training.tables.row import Row
from training.tables.slots import Slot, attribute_slots, envelope_slots, label_slots, payload_slots
from training.tables.table_labels import RowLabel
from triage.domain import Domain
from triage.intake.field_quality import shown

EXAMPLES: Final = 3
_NOTHING: Final = "—"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """One line of a mapping. filled: share of the cases that have a value, in [0, 1]; examples: `cell → value`."""

    line: str
    reads: str
    filled: float
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a mapping makes of a file. cases: taken of the rows read; labels: how many are wrong, right and unknown.

    thrown_away: sentences; unread: columns of the file that no line reads.
    """

    rows: int
    cases: int
    labels: Mapping[str, int]
    lines: list[CheckedLine]
    thrown_away: list[str]
    unread: list[str] = field(default_factory=list)


def check_mapping(
    path: Path,
    domain: Domain,
    mapping: TableMapping,
    *,
    reporting: str | None = None,
    now: datetime | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Checked:
    """Read a whole file by a mapping; raise TableError, grouped by kind, where it cannot be."""
    table = read_table(
        path,
        domain=domain,
        mapping=mapping,
        labelled=False,
        keep_payloads=True,
        reporting=reporting,
        now=now,
        progress=progress,
    )
    source = DerivedTable(path, mapping)
    slots = [
        *envelope_slots(mapping),
        *payload_slots(domain.recipe.payload, mapping),
        *attribute_slots(mapping),
        *label_slots(mapping),
    ]
    known = set(source.header)
    slots = [slot for slot in slots if set(slot.columns) <= known]
    examples = _first_rows(table.rows)
    cells = _cells(source, slots, {row.number for row in examples})
    lines = [_line(slot, table, examples, cells) for slot in slots]
    read = {name for slot in slots for name in slot.columns}
    read |= set(source.read_by(list(read))) | {keep.column for keep in mapping.keep}
    read |= {keep.column for keep in mapping.labels.only_where} if mapping.labels is not None else set()
    labels = Counter(_label(row) for row in table.rows)
    return Checked(
        rows=table.read,
        cases=len(table.rows),
        labels={name: labels[name] for name in ("wrong", "right", "unknown")},
        lines=lines,
        thrown_away=_thrown_away(table, domain, mapping),
        unread=[name for name in source.header if name and name not in read],
    )


def _first_rows(rows: Sequence[Row]) -> list[Row]:
    return sorted(islice(rows, EXAMPLES), key=lambda row: row.number)


def _cells(source: DerivedTable, slots: Sequence[Slot], numbers: set[int]) -> dict[int, dict[str, Any]]:
    """Read the example rows once more, as they stand in the file."""
    wanted = list(dict.fromkeys(name for slot in slots for name in slot.columns))
    found: dict[int, dict[str, Any]] = {}
    for chunk in source.chunks(wanted):
        for at, number in enumerate(chunk.rows):
            if number in numbers:
                found[number] = {name: chunk.columns[name][at] for name in wanted}
        if len(found) == len(numbers):
            break
    return found


def _line(slot: Slot, table: Table, examples: Sequence[Row], cells: Mapping[int, Mapping[str, Any]]) -> CheckedLine:
    values = [_value(slot.path, row) for row in table.rows]
    filled = sum(value is not None for value in values) / max(1, len(values))
    said = []
    for row in examples:
        cell = " + ".join(shown(cells[row.number].get(name)) for name in slot.columns) if row.number in cells else ""
        said.append(
            f"{cell} → {_understood(_value(slot.path, row))}" if slot.columns else _understood(_value(slot.path, row))
        )
    reads = " + ".join(slot.columns) or "constant"
    return CheckedLine(line=".".join(slot.path), reads=reads, filled=filled, examples=tuple(said))


def _value(path: tuple[str, ...], row: Row) -> Any:
    if path[0] == "payload":
        return getattr(row.payload, path[1], None) if row.payload is not None else None
    if path[0] == "attributes":
        return row.attributes.get(path[1])
    if path[0] == "labels":
        return None if row.label is None else _label_value(row.label, path[1])
    if path[0] in row.varied_by:
        return row.varied_by[path[0]]
    if path[0] == "time_zone":
        return row.zone
    return getattr(row, path[0], None) if path[0] != "site_id" else getattr(row.payload, "site_id", None)


def _label_value(label: RowLabel, name: str) -> Any:
    return datetime.fromtimestamp(label.known_at, UTC) if name == "known_at" else getattr(label, name)


def _understood(value: Any) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, float | Decimal):
        return f"{float(value):,.10g}"
    return str(value) if len(str(value)) <= 40 else f"{str(value)[:40]}…"


def _label(row: Row) -> str:
    if row.label is None or row.label.wrong is None:
        return "unknown"
    return "wrong" if row.label.wrong else "right"


def _thrown_away(table: Table, domain: Domain, mapping: TableMapping) -> list[str]:
    """Name what is not read although the mapping asks for it, and what the mapping leaves out."""
    found = [
        f"{odd.name}: {odd.count:,} of {odd.given:,} cells left out, the first: {odd.first}" for odd in table.left_out
    ]
    found += list(table.notes)
    kinds = {kind.name for kind in field_kinds(domain.recipe.payload)}
    unused = sorted(kinds - set(mapping.payload))
    if unused:
        found.append(
            f"{len(unused)} of {len(kinds)} fields of {domain.name} are not mapped: {', '.join(unused[:6])}, …"
        )
    return found
