"""CSV and parquet files in chunks of raw cells, column by column, with the row numbers a person counts."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from pathlib import Path
from typing import Any, Final

from training.mapping_form import CsvForm

CHUNK_ROWS: Final = 20_000
MAX_PROBLEMS: Final = 20
"""So many problems are collected before reading stops."""
ORIGIN: Final = b"triage.origin"
"""Key of a parquet file's metadata that says where its rows come from ("simulated, seed 1")."""
_PARQUET_ENDINGS: Final = (".parquet", ".pq")
_CSV_ENDINGS: Final = (".csv", ".tsv", ".txt")


class TableError(ValueError):
    """A table cannot be used.

    Attributes:
        problems: one sentence each, "file: column, row: value: what is wrong and what would be right".
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows of a file.

    rows: their numbers; data row 1 is the first one after the header, and blank lines count. columns: cells by column, None
    where there is nothing. done: share of the file read so far, in [0, 1].
    """

    rows: Sequence[int]
    columns: dict[str, list[Any]]
    done: float


def read_header(path: Path, form: CsvForm) -> list[str]:
    """Name the columns of a file; raise TableError when it cannot be read."""
    if _is_parquet(path):
        return list(_open_parquet(path).schema_arrow.names)
    with _open_csv(path, form) as (_, rows):
        header = [name.strip() for name in next(rows, [])]
    if not header:
        raise TableError([f"{path.name}: is empty; the first line must name the columns"])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise TableError([f'{path.name}: column "{name}" stands twice in the header' for name in twice])
    return header


def read_chunks(path: Path, form: CsvForm, columns: Sequence[str], *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """Read the named columns chunk by chunk."""
    return _parquet_chunks(path, columns, rows) if _is_parquet(path) else _csv_chunks(path, form, columns, rows)


def read_origin(path: Path) -> str:
    """Say where a file's rows come from: what its metadata states, else its name."""
    stated: bytes | None = None
    if _is_parquet(path):
        stated = (_open_parquet(path).schema_arrow.metadata or {}).get(ORIGIN)
    return stated.decode() if stated is not None else path.name


def _is_parquet(path: Path) -> bool:
    ending = path.suffix.lower()
    if ending in _PARQUET_ENDINGS:
        return True
    if ending in _CSV_ENDINGS:
        return False
    known = ", ".join(_CSV_ENDINGS + _PARQUET_ENDINGS)
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
        return raw.tell, csv.reader(self._file, delimiter=delimiter, strict=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._file.close()
        if isinstance(error, UnicodeDecodeError):
            cure = "say `csv: {encoding: cp1252}`, or save it as UTF-8"
            raise TableError([f"{self._path.name}: is not {self._form.encoding} ({error.reason}); {cure}"]) from None


def _csv_chunks(path: Path, form: CsvForm, columns: Sequence[str], size: int) -> Iterator[Chunk]:
    total = max(1, path.stat().st_size)
    with _open_csv(path, form) as (position, rows):
        header = [name.strip() for name in next(rows, [])]
        wanted = [(name, header.index(name)) for name in columns]
        first_row = 1
        while lines := _lines(path, rows, size, first_row):
            numbers = [first_row + at for at, line in enumerate(lines) if line]
            first_row += len(lines)
            lines = [line for line in lines if line]
            _check_widths(path, numbers, lines, len(header))
            cells = list(zip(*lines, strict=True)) if lines else [()] * len(header)
            named = {name: [cell if cell and not cell.isspace() else None for cell in cells[at]] for name, at in wanted}
            yield Chunk(rows=numbers, columns=named, done=min(1.0, position() / total))


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
    for batch in file.iter_batches(batch_size=size, columns=list(columns)):
        named = {name: _cells(batch.column(name)) for name in columns}
        end = first_row + batch.num_rows
        yield Chunk(rows=range(first_row, end), columns=named, done=(end - 1) / total)
        first_row = end


def _cells(array: Any) -> list[Any]:
    """Turn an Arrow array into Python values; by way of numpy where that is many times faster."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        return _cells(array.dictionary_decode())
    if pa.types.is_timestamp(kind):
        values = (
            array.cast(pa.timestamp("us"), safe=False).to_numpy(zero_copy_only=False).astype("datetime64[us]").tolist()
        )
        # Arrow stores zoned instants in UTC; naive ones get the zone of the mapping later.
        return [None if value is None else value.replace(tzinfo=UTC) for value in values] if kind.tz else values
    if pa.types.is_integer(kind):
        numbers = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).tolist()
        return _with_gaps(numbers, array)
    if pa.types.is_floating(kind):
        return [None if value != value else value for value in array.to_numpy(zero_copy_only=False).tolist()]
    return list(array.to_pylist())


def _with_gaps(values: list[Any], array: Any) -> list[Any]:
    if array.null_count == 0:
        return values
    valid = array.is_valid().to_pylist()
    return [value if present else None for value, present in zip(values, valid, strict=True)]
