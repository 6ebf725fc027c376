"""Excel and OpenDocument workbooks: one sheet as rows of cells."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from training.tables.mapping_form import CsvForm
from training.tables.names import nearest
from training.tables.table_error import TableError

ENDINGS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def is_workbook(path: Path) -> bool:
    """Return whether a file is a workbook, by its ending."""
    return path.suffix.lower() in ENDINGS


def sheet_names(path: Path) -> list[str]:
    """Name the sheets of a workbook; raise TableError when it cannot be read."""
    return list(_open(path).sheet_names)


def sheet_rows(path: Path, form: CsvForm) -> tuple[int, Iterator[list[Any]]]:
    """Return how many rows a sheet has below the lines to skip, the header among them, and the rows: None where there
    is nothing.

    Raises TableError when the workbook or the sheet cannot be read.
    """
    book = _open(path)
    names = list(book.sheet_names)
    name = form.sheet if form.sheet is not None else names[0] if names else ""
    if name not in names:
        raise TableError([f'{path.name}: has no sheet "{name}"{nearest(name, names, lead="; ")}'])
    sheet = book.get_sheet_by_name(name)
    rows = ([_cell(cell) for cell in row] for row in sheet.iter_rows())
    for _ in range(form.skip_lines):
        next(rows, None)
    return max(0, sheet.total_height - form.skip_lines), rows


def _open(path: Path) -> Any:
    import python_calamine

    if not path.exists():
        raise TableError([f"{path}: cannot be opened: there is no such file"])
    try:
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError) as error:
        raise TableError([f"{path.name}: is not a workbook ({error}); save it as .xlsx or .csv"]) from None


def _cell(cell: Any) -> Any:
    """Return a cell as parquet would hold it; a whole number is written without its .0."""
    if isinstance(cell, str):
        return cell if cell and not cell.isspace() else None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, bool | int | datetime | date):
        return cell
    return None if cell is None else str(cell)
