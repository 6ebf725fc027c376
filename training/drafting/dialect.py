"""How a file is written: encoding, delimiter, lines above the header, and the decimal mark of its numbers."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes

from training.tables.files import is_parquet
from training.tables.mapping_form import CsvForm
from training.tables.table_error import TableError
from training.tables.workbooks import is_workbook, sheet_names

_SAMPLE_BYTES: Final = 262_144
_SAMPLE_LINES: Final = 200
_DELIMITERS: Final = (",", ";", "\t", "|")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_EXPECTED: Final = ("cp1252", "cp1250", "iso8859_2", "iso8859_15", "cp852", "cp850", "utf_16_le", "utf_16_be")
"""What exports of offices in Europe are written in."""
_MAX_SKIPPED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a file is written, and what shows it, one sentence each."""

    form: CsvForm
    evidence: tuple[str, ...]


def guess_dialect(path: Path, *, sheet: str | None = None) -> Dialect:
    """Find how a file is written; raise TableError where it cannot be read."""
    if is_parquet(path):
        return Dialect(form=CsvForm(), evidence=("parquet: its columns are typed",))
    if is_workbook(path):
        names = sheet_names(path)
        others = f" of {len(names)} ({', '.join(names[:8])})" if len(names) > 1 else ""
        form = CsvForm(sheet=sheet) if sheet is not None else CsvForm()
        return Dialect(form=form, evidence=(f"workbook: sheet {sheet or (names or [''])[0]}{others}",))
    sample = _sample(path)
    encoding, why = _encoding(sample)
    text = sample.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="ignore")
    lines = text.splitlines()[:_SAMPLE_LINES]
    delimiter, skipped = _delimiter(lines)
    found = [why, f"cells are separated by {_shown(delimiter)}"]
    if skipped:
        found.append(f"{skipped} lines stand above the header")
    options = {"delimiter": delimiter, "skip_lines": skipped}
    if encoding != "utf-8":
        options["encoding"] = encoding
    return Dialect(form=CsvForm(**options), evidence=tuple(found))


def _sample(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            sample = file.read(_SAMPLE_BYTES)
    except OSError as error:
        raise TableError([f"{path}: cannot be opened: {error.strerror or error}"]) from None
    if not sample.strip():
        raise TableError([f"{path.name}: is empty; the first line must name the columns"])
    return sample


def _encoding(sample: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return ("utf-8" if name == "utf-8-sig" else name), f"{name} by the mark it begins with"
    try:
        # The sample may end within a letter.
        sample[: sample.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(sample, cp_isolation=list(_EXPECTED)).best()
        name = best.encoding if best is not None else "cp1252"
        # Where the commonest reads the same, it is the one.
        if best is not None and sample.decode(name, "replace") == sample.decode("cp1252", "replace"):
            name = "cp1252"
        name = {"utf_16_le": "utf-16-le", "utf_16_be": "utf-16-be"}.get(name, name)
        return name, f"{name}: it is not UTF-8, and reads best so"
    return "utf-8", "UTF-8"


def _delimiter(lines: list[str]) -> tuple[str, int]:
    """Return the delimiter that cuts most lines into equally many cells, and the lines above the header."""
    best = (0, 0, ",", 0)
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)]
        usual, count = (
            Counter(width for width in widths if width > 1).most_common(1)[0] if max(widths, default=0) > 1 else (1, 0)
        )
        skipped = next((at for at, width in enumerate(widths) if width == usual), 0) if count else 0
        best = max(best, (count, usual, delimiter, skipped), key=lambda one: one[:2])
    return best[2], min(best[3], _MAX_SKIPPED)


def _shown(delimiter: str) -> str:
    return {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}[delimiter]
