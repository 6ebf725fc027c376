"""CSV, parquet and Excel files in chunks of raw cells, column by column, with the row numbers a person counts."""

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from training.tables.arrow import cells_of
from training.tables.cells import cell_text
from training.tables.mapping_form import CsvForm
from training.tables.table_error import TableError
from training.tables.workbooks import ENDINGS, is_workbook, sheet_rows
from triage.intake.field_quality import shown

CHUNK_ROWS: Final = 20_000
MAX_PROBLEMS: Final = 20
"""So many problems are collected before reading stops."""
ORIGIN: Final = b"triage.origin"
"""Key of a parquet file's metadata that says where its rows come from ("simulated, seed 1")."""
_PARQUET_ENDINGS: Final = (".parquet", ".pq")
_CSV_ENDINGS: Final = (".csv", ".tsv", ".txt")
_DELIMITERS: Final = (";", "\t", "|")
_MAX_HEADER_BYTES: Final = 65_536


def require_writable(path: Path) -> None:
    """Make the file's folder; raise TableError where the file could not be written there, before any work for it is
    done."""
    if path.is_dir():
        raise TableError([f"{path}: is a folder; name a file in it"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise TableError([f"{path}: cannot be written: {error.strerror or error}"]) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows of a file.

    rows: their numbers; data row 1 is the first one after the header, and blank lines count. columns: cells by column,
    None where there is nothing. done: share of the file read so far, in [0, 1].
    """

    rows: Sequence[int]
    columns: dict[str, list[Any]]
    done: float


def read_header(path: Path, form: CsvForm) -> list[str]:
    """Name the columns of a file; raise TableError when it cannot be read."""
    if is_parquet(path):
        header = list(_open_parquet(path).schema_arrow.names)
    elif is_workbook(path):
        header = _named(_sheet_header(next(sheet_rows(path, form)[1], [])))
        _check_header(path, form, header)
    else:
        with _open_csv(path, form) as (_, rows):
            header = _named(_csv_header(path, form, rows))
        _check_header(path, form, header)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        cure = "rename one of them, or take it out"
        raise TableError([f'{path.name}: column "{name}" stands twice in the header; {cure}' for name in twice])
    return header


def read_chunks(path: Path, form: CsvForm, columns: Sequence[str], *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """Read the named columns chunk by chunk."""
    if is_parquet(path):
        return _parquet_chunks(path, columns, rows)
    chunks = _sheet_chunks if is_workbook(path) else _csv_chunks
    return chunks(path, form, columns, rows)


def read_origin(path: Path) -> str:
    """Return where a file's rows come from: what its metadata states, else its name."""
    stated: bytes | None = None
    if is_parquet(path):
        stated = (_open_parquet(path).schema_arrow.metadata or {}).get(ORIGIN)
    return stated.decode() if stated is not None else path.name


def is_parquet(path: Path) -> bool:
    """Return whether a file is parquet, by its ending; raise TableError where that says nothing."""
    ending = path.suffix.lower()
    if ending in _PARQUET_ENDINGS:
        return True
    if ending in _CSV_ENDINGS or ending in ENDINGS:
        return False
    known = ", ".join(_CSV_ENDINGS + _PARQUET_ENDINGS + ENDINGS)
    raise TableError([f"{path.name}: cannot tell what it holds by its ending; known are {known}"])


class _open_csv:  # noqa: N801  reads as the context manager it is
    """Open a CSV file as the byte stream, whose position tells the progress, and the rows of text read from it."""

    def __init__(self, path: Path, form: CsvForm) -> None:
        self._path, self._form = path, form

    def __enter__(self) -> tuple[Callable[[], int], Iterator[list[str]]]:
        delimiter = (
            "\t" if self._path.suffix.lower() == ".tsv" and self._form.delimiter == "," else self._form.delimiter
        )
        try:
            self._file = self._path.open(encoding=self._form.encoding, newline="")
        except OSError as error:
            raise TableError([f"{self._path}: cannot be opened: {error.strerror}"]) from None
        except LookupError:
            raise TableError(
                [f"{self._path.name}: {self._form.encoding!r} is no known encoding; write utf-8, cp1252, …"]
            ) from None
        raw: Any = self._file.buffer
        for _ in range(self._form.skip_lines):
            self._file.readline(_MAX_HEADER_BYTES)
        return raw.tell, csv.reader(self._file, delimiter=delimiter, strict=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._file.close()
        if isinstance(error, UnicodeError):
            # UTF-16 that does not say which of its two orders it is written in; decoding never gets further than that.
            unmarked = not isinstance(error, UnicodeDecodeError)
            encoding = "utf-16-le" if unmarked else "cp1252"
            cure = f"say `csv: {{encoding: {encoding}}}`, or save it as UTF-8"
            reason = getattr(error, "reason", error)
            raise TableError([f"{self._path.name}: is not {self._form.encoding} ({reason}); {cure}"]) from None


def _csv_header(path: Path, form: CsvForm, rows: Iterator[list[str]]) -> list[str]:
    """Read the header's cells, the empty ones too."""
    try:
        return [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        cure = _delimiter_cure(_first_line(path, form)) or "check quotes and delimiter"
        raise TableError([f"{path.name}: header: {error}; {cure}"]) from None


def _named(header: list[str]) -> list[str]:
    """Drop the empty cells at the end, which spreadsheets leave behind."""
    return header[: max((at for at, name in enumerate(header, 1) if name), default=0)]


def _check_header(path: Path, form: CsvForm, header: list[str]) -> None:
    if not header:
        raise TableError([f"{path.name}: is empty; the first line must name the columns"])
    cure = _delimiter_cure(header[0])
    if len(header) == 1 and cure:
        raise TableError([f"{path.name}: header: is one column, {header[0]!r}; {cure}"])
    nameless = [str(at) for at, name in enumerate(header, 1) if not name]
    # A single one stays: pandas writes its index under no name.
    if len(nameless) > 1:
        places = ", ".join(nameless[:-1]) + f" and {nameless[-1]}"
        raise TableError([f"{path.name}: columns {places} have no name in the header; name them, or take them out"])


def _first_line(path: Path, form: CsvForm) -> str:
    with path.open(encoding=form.encoding, newline="") as file:
        for _ in range(form.skip_lines):
            file.readline(_MAX_HEADER_BYTES)
        return file.readline(_MAX_HEADER_BYTES)


def _delimiter_cure(line: str) -> str:
    """Return which delimiter a line was probably written with, nothing where it shows none but commas."""
    likely = max(_DELIMITERS, key=line.count)
    shown = likely.replace("\t", "\\t")
    return f'say `csv: {{delimiter: "{shown}"}}` in the mapping, or save it with commas' if likely in line else ""


def _csv_chunks(path: Path, form: CsvForm, columns: Sequence[str], size: int) -> Iterator[Chunk]:
    total = max(1, path.stat().st_size)
    with _open_csv(path, form) as (position, rows):
        header = _csv_header(path, form, rows)
        named = len(_named(header))
        wanted = [(name, header.index(name)) for name in columns]
        first_row = 1
        while lines := _lines(path, rows, size, first_row):
            numbers = [first_row + at for at, line in enumerate(lines) if line]
            first_row += len(lines)
            lines = [line for line in lines if line]
            _check_widths(path, numbers, lines, len(header))
            cells = list(zip(*lines, strict=True)) if lines else [()] * len(header)
            _check_nameless(path, numbers, cells[named:], named)
            by_name = {
                name: [cell if cell and not cell.isspace() else None for cell in cells[at]] for name, at in wanted
            }
            yield Chunk(rows=numbers, columns=by_name, done=min(1.0, position() / total))


def _sheet_header(row: Sequence[Any]) -> list[str]:
    return ["" if cell is None else cell_text(cell) for cell in row]


def _sheet_chunks(path: Path, form: CsvForm, columns: Sequence[str], size: int) -> Iterator[Chunk]:
    total, rows = sheet_rows(path, form)
    header = _sheet_header(next(rows, []))
    named = len(_named(header))
    wanted = [(name, header.index(name)) for name in columns]
    first_row = 1
    while lines := list(islice(rows, size)):
        numbers = [first_row + at for at, line in enumerate(lines) if any(cell is not None for cell in line)]
        first_row += len(lines)
        lines = [line for line in lines if any(cell is not None for cell in line)]
        cells = list(zip(*lines, strict=True)) if lines else [()] * len(header)
        _check_nameless(path, numbers, cells[named:], named)
        by_name = {name: list(cells[at]) for name, at in wanted}
        yield Chunk(rows=numbers, columns=by_name, done=min(1.0, (first_row - 1) / max(1, total - 1)))


def _lines(path: Path, rows: Iterator[list[str]], size: int, first_row: int) -> list[list[str]]:
    lines: list[list[str]] = []
    try:
        for line in islice(rows, size):
            lines.append(line)
    except csv.Error as error:
        raise TableError([f"{path.name}: row {first_row + len(lines)}: {error}; check quotes and delimiter"]) from None
    return lines


def _check_widths(path: Path, numbers: Sequence[int], lines: Sequence[list[str]], width: int) -> None:
    odd = [
        f"{path.name}: row {row} has {len(line)} cells, but the header {width}; check quotes and delimiter"
        for row, line in zip(numbers, lines, strict=True)
        if len(line) != width
    ]
    if odd:
        raise TableError(odd[:MAX_PROBLEMS])


def _check_nameless(path: Path, numbers: Sequence[int], cells: Sequence[Sequence[Any]], named: int) -> None:
    """Refuse cells behind the last named column: most often a row that has slipped."""
    odd = [
        f"{path.name}: column {at}, row {row}: {shown(cell)} stands in a column without a name; name it in the header, "
        "or empty it"
        for at, column in enumerate(cells, named + 1)
        for row, cell in zip(numbers, column, strict=True)
        if cell is not None and cell_text(cell)
    ]
    if odd:
        raise TableError(odd[:MAX_PROBLEMS])


def _open_parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except OSError as error:
        raise TableError([f"{path}: cannot be opened: {error.strerror or error}"]) from None
    except pa.ArrowException as error:
        raise TableError([f"{path.name}: is not a parquet file ({error})"]) from None


def _parquet_chunks(path: Path, columns: Sequence[str], size: int) -> Iterator[Chunk]:
    file = _open_parquet(path)
    total = max(1, file.metadata.num_rows)
    first_row = 1
    batches = file.iter_batches(batch_size=size, columns=list(columns))
    while (batch := _next_batch(path, batches, first_row)) is not None:
        named = {name: cells_of(batch.column(name)) for name in columns}
        end = first_row + batch.num_rows
        yield Chunk(rows=range(first_row, end), columns=named, done=(end - 1) / total)
        first_row = end


def _next_batch(path: Path, batches: Iterator[Any], first_row: int) -> Any:
    import pyarrow as pa

    try:
        return next(batches, None)
    except (OSError, pa.ArrowException) as error:
        cure = "copy it from where it came again, or write it anew"
        raise TableError([f"{path.name}: is damaged after row {first_row - 1} ({error}); {cure}"]) from None
