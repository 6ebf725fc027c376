"""A cell means the same however it comes: sent to the service, in a CSV file, or in a parquet file, for every kind of
field."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.fields import (
    ZONE,
    Code,
    Count,
    Day,
    DocumentId,
    Fraction,
    HashedId,
    Id,
    Instant,
    Money,
    Number,
    Payload,
    PlannedDay,
    Quantity,
    SerialId,
    SignedMoney,
    Text,
)
from features.kinds import field_kinds
from features.readings import available_zones
from training.tables.arrow import cells_of
from training.tables.mapping_form import TableMapping
from training.tables.slots import payload_slots, read_slot
from triage.errors import InvalidError
from triage.intake.case import read_leniently


class EveryKind(Payload):
    """One field of every type."""

    an_id: Id | None = None
    document: DocumentId | None = None
    serial: SerialId | None = None
    hashed: HashedId | None = None
    code: Code | None = None
    text: Text | None = None
    money: Money | None = None
    signed: SignedMoney | None = None
    quantity: Quantity | None = None
    number: Number | None = None
    fraction: Fraction | None = None
    count: Count | None = None
    flag: bool | None = None
    at: Instant | None = None
    on: Day | None = None
    due: PlannedDay | None = None
    choice: Literal["edi", "paper"] | None = None


FIELDS: Final = tuple(EveryKind.model_fields)
ZONES: Final = ["UTC", "Europe/Berlin", "America/Chicago"]
HOSTILE: Final = [
    "20261127", "46353", "46353.5", "1795737600", "1795737600000", "2026-11-27", "2026-11-27T10:00:00",
    "2026-11-27T10:00:00Z",
    "2026-11-27 10:00:00+02:00", "27.11.2026", "11/12/2026", "1900-01-01", "1970-01-01", "9999-12-31", "0000-00-00",
    "0001-01-01",
    "2026-10-25T02:30:00", "12.5", "12,5", "1.234,50", "1,234.50", "100-", "(100)", "-100", "$100", "1e3", "0.00024",
    "1_000", "nan", "inf",
    "1234567890123.4567", "0.1", "1", "0", "1.0", "0.0", "true", "Yes", "N", "maybe", "N/A", "unknown", "guest", "-",
    "9999", "0000", "8001.0",
    "INV-0042", "4.00638E+12", "edi", " edi ", "EDI", "paper", "4111 1111 1111 1111", "a@example.com", "x" * 130,
]  # fmt: skip
NATIVE: Final = [
    1, 0, 8001, 8001.0, 12.5, 0.00024, 20261127, 46353, 46353.5, 1795737600, True, False, date(2026, 11, 27), date(1900,
    1, 1),
    datetime(2026, 11, 27, 10), datetime(2026, 11, 26, 23, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), 1e17, -5,
    0.1 + 0.2,
]  # fmt: skip


def as_sent(field: str, cell: Any, zone: str) -> Any:
    """Read a cell as the service does, with the zone in the envelope."""
    sent = cell.isoformat() if isinstance(cell, date) else cell
    return _validated({field: sent}, zone)


def as_cell(field: str, cell: Any, zone: str) -> Any:
    """Read a cell as a file's reader does, with the zone in the mapping."""
    mapping = TableMapping.model_validate(
        {"domain": "d", "exception_id": "id", "as_of": "at", "payload": {field: field}, "timezone": zone}
    )
    (slot,) = payload_slots(EveryKind, mapping)
    (value,), _ = read_slot(slot, {field: [cell]}, 1)
    return _validated({field: value}, zone)


def _validated(given_values: dict[str, Any], zone: str) -> Any:
    try:
        payload, _ = read_leniently(EveryKind, given_values, prefix="", context={ZONE: ZoneInfo(zone)})
    except InvalidError:
        return None
    return getattr(payload, next(iter(given_values)))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("field", FIELDS)
def test_a_text_means_the_same_sent_and_in_a_file(field: str, zone: str) -> None:
    assert zone in available_zones()
    read = {cell: (as_sent(field, cell, zone), as_cell(field, cell, zone)) for cell in HOSTILE}
    assert {cell: found for cell, found in read.items() if found[0] != found[1]} == {}


@pytest.mark.parametrize("field", FIELDS)
def test_a_value_of_a_type_means_the_same_sent_and_in_a_parquet_file(field: str) -> None:
    kinds = {kind.name: kind.kind for kind in field_kinds(EveryKind)}
    apart = {}
    for cell in NATIVE:
        if isinstance(cell, date | bool) and kinds[field] not in ("instant", "day", "flag"):
            continue  # JSON has no dates, and a mapping turns a flag into what a text field wants
        (arrow_cell,) = cells_of(pa.array([cell]))
        sent, stored = as_sent(field, cell, "Europe/Berlin"), as_cell(field, arrow_cell, "Europe/Berlin")
        if sent != stored:
            apart[repr(cell)] = (sent, stored)
    assert apart == {}


@given(
    st.sampled_from(FIELDS),
    st.one_of(
        st.text(max_size=24),
        st.from_regex(r"[-+(]?\d{1,10}([.,]\d{0,6})?[-)]?", fullmatch=True),
        st.dates().map(str),
        st.datetimes().map(str),
    ),
    st.sampled_from(ZONES),
)
@settings(max_examples=400, deadline=None)
def test_any_text_means_the_same_sent_and_in_a_file(field: str, cell: str, zone: str) -> None:
    if not cell.strip():
        return  # an empty cell is a missing one before any reader sees it
    assert as_sent(field, cell, zone) == as_cell(field, cell, zone)


@given(cells=st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_csv_and_parquet_give_the_same_cells(tmp_path: Path, cells: list[str]) -> None:
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["c"], *([cell] for cell in cells)])
    pq.write_table(pa.table({"c": cells}), tmp_path / "t.parquet")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        of_csv = [row["c"] for row in csv.DictReader(file)]
    of_parquet = cells_of(pq.read_table(tmp_path / "t.parquet")["c"])
    for field in FIELDS:
        assert [as_cell(field, cell, "UTC") for cell in of_csv] == [as_cell(field, cell, "UTC") for cell in of_parquet]
