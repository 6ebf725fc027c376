"""Lists as files for spreadsheets: CSV and XLSX, with nothing in a cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from triage.formulas import harmless

SheetFormat = Literal["csv", "xlsx"]
MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write_sheet(columns: Sequence[str], rows: Iterable[Sequence[Any]], kind: SheetFormat) -> bytes:
    """Write a table with a line of column names."""
    return _csv(columns, rows) if kind == "csv" else _xlsx(columns, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_plain(harmless(value)) for value in row] for row in rows)
    # Excel reads UTF-8 only where the file begins with the mark.
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _xlsx(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    import xlsxwriter

    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(written, options) as book:
        sheet, moment = book.add_worksheet("cases"), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(rows, start=1):
            for at, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, at, value, moment)
                elif value is not None:
                    sheet.write(line, at, harmless(value))
        sheet.autofilter(0, 0, 0, len(columns) - 1)
    return written.getvalue()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
