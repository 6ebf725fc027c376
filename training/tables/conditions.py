"""Which rows of a table fit the conditions of its mapping: `keep` and `only_where`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from training.tables.cells import Notation, Reader, cell_text, reader
from training.tables.field_form import Keep
from training.tables.files import Chunk
from training.tables.mapping_form import TableMapping
from training.tables.slots import notation_of, numbers_of, words_of


def rows_kept(keeps: Sequence[Keep], chunk: Chunk, mapping: TableMapping) -> list[bool]:
    """Return for each row of a chunk whether it fits every condition; an empty cell fits only `empty` and `not_in`.

    Cells that mean nothing in the whole mapping are empty here too; `in` and `not_in` still find them by what they say.
    Raises ValueError with the row when a cell cannot be compared.
    """
    kept = [True] * len(chunk.rows)
    for keep in keeps:
        test = _test(keep, mapping)
        for position, cell in enumerate(chunk.columns[keep.column]):
            try:
                kept[position] = kept[position] and test(cell)
            except ValueError as error:
                place = f'column "{keep.column}", row {chunk.rows[position]}'
                raise ValueError(f"{place}: {cell!r} {error}") from None
    return kept


def _test(keep: Keep, mapping: TableMapping) -> Reader:
    notation = replace(notation_of(mapping), missing=numbers_of(mapping.missing))
    number = reader("number", notation)
    instant = reader("instant", replace(notation, format=keep.format))
    is_in = None if keep.is_in is None else _written_cells(keep.is_in, notation)
    not_in = _written_cells(keep.not_in or (), notation)
    before, not_before = _bound(keep.before, mapping.timezone), _bound(keep.not_before, mapping.timezone)
    is_nothing = _nothing(mapping.missing, number)
    by_text = keep.model_fields_set <= {"column", "format", "is_in", "not_in"}

    def in_bounds(cell: Any) -> bool:
        return (
            (keep.at_least is None or number(cell) >= keep.at_least)
            and (keep.at_most is None or number(cell) <= keep.at_most)
            and (before is None or instant(cell) < before)
            and (not_before is None or instant(cell) >= not_before)
        )

    def fits(cell: Any) -> bool:
        text = None if cell is None else cell_text(cell)
        nothing = text is None or is_nothing(cell)
        if (keep.empty is not None and keep.empty != nothing) or text in not_in:
            return False
        if nothing and not by_text:
            return keep.empty is True
        return (is_in is None or text in is_in) and (nothing or in_bounds(cell))

    return fits


def _nothing(missing: Sequence[Any], number: Reader) -> Callable[[Any], bool]:
    """Return what says whether a present cell means nothing: a word, or a number however it is written."""
    words, numbers = words_of(missing), numbers_of(missing)

    def is_nothing(cell: Any) -> bool:
        if cell_text(cell) in words:
            return True
        if not numbers:
            return False
        try:
            return number(cell) is None
        except ValueError:
            return False

    return is_nothing


def _written_cells(cells: Sequence[Any], notation: Notation) -> frozenset[str]:
    """Write cells as the file does: 12.5 as "12,5" where the comma is the decimal mark."""
    numbers = [cell_text(cell) for cell in cells if isinstance(cell, float)]
    return words_of(cells) | {text.replace(".", notation.decimal) for text in numbers}


def _bound(moment: datetime | date | None, zone: str) -> datetime | None:
    if moment is None:
        return None
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
