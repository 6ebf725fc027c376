"""Orders, receipts and invoices as tables: a row is a line, rows of one number are a document."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from features.documents.building import build_document, names
from features.documents.trade_document import TradeDocument, UnreadableError

HEAD_COLUMNS: Final = (
    "kind", "number", "supplier_id", "supplier_name", "buyer_id", "site_id", "currency", "issued_on", "due_on",
    "delivery_on", "complete", "payable",
)  # fmt: skip
LINE_COLUMNS: Final = (
    "line_id", "quantity", "rejected_quantity", "unit", "net", "price", "price_base_quantity", "order_id",
    "order_line_id", "buyer_item", "seller_item", "gtin", "description", "vat_category", "vat_rate",
)  # fmt: skip
MAX_ROWS: Final = 100_000
_YES: Final = frozenset({"true", "yes", "y", "1"})


def read_table(content: bytes) -> Iterator[TradeDocument | UnreadableError]:
    """Read each document of a CSV file; raise UnreadableError where the file as a whole cannot be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("encoding", "the table is not written in UTF-8") from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    known = {*HEAD_COLUMNS, *LINE_COLUMNS}
    unknown = [name for name in rows.fieldnames or () if name not in known]
    missing = [name for name in ("kind", "number") if name not in (rows.fieldnames or ())]
    if unknown or missing:
        said = f"has unknown columns {', '.join(map(repr, unknown[:5]))}" if unknown else f"has no column {missing[0]}"
        raise UnreadableError("unknown_format", f"the table {said}; it may have {', '.join(sorted(known))}")
    yield from _documents(rows)


def _documents(rows: Iterable[Mapping[str | None, Any]]) -> Iterator[TradeDocument | UnreadableError]:
    found: dict[tuple[str, str, str], list[Mapping[str | None, Any]]] = {}
    try:
        for count, row in enumerate(rows):
            if count >= MAX_ROWS:
                raise UnreadableError("too_large", f"the table has more than {MAX_ROWS:,} rows")
            if None in row:
                raise UnreadableError("malformed", f"row {count + 2} has more cells than the table has columns")
            key = (_cell(row, "kind") or "", _cell(row, "supplier_id") or "", _cell(row, "number") or "")
            found.setdefault(key, []).append(row)
    except csv.Error as error:
        raise UnreadableError("malformed", f"is no table: {error}") from None
    for lines in found.values():
        try:
            yield _document(lines)
        except UnreadableError as error:
            yield error


def _document(rows: list[Mapping[str | None, Any]]) -> TradeDocument:
    head = rows[0]
    kind = _cell(head, "kind")
    lines = [{name: _cell(row, name) for name in LINE_COLUMNS} for row in rows]
    own = _cell(head, "number")
    complete = _cell(head, "complete")
    return build_document(
        {
            "kind": kind,
            "number": own,
            "format": "table",
            "supplier": {"ids": names(_cell(head, "supplier_id")), "name": _cell(head, "supplier_name")},
            "buyer": {"ids": names(_cell(head, "buyer_id"))},
            "site": {"ids": names(_cell(head, "site_id"))},
            "complete": None if complete is None else complete.lower() in _YES,
            "totals": {"payable": _cell(head, "payable")},
            **{name: _cell(head, name) for name in ("currency", "issued_on", "due_on", "delivery_on")},
            # An order's lines need not repeat its number.
            "lines": [line | {"order_id": None} for line in lines] if kind == "order" else lines,
        }
    )


def _cell(row: Mapping[str | None, Any], name: str) -> str | None:
    value = row.get(name)
    return (value.strip() or None) if isinstance(value, str) else None
