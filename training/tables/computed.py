"""Columns computed from others: expressions in the language of policies, over the cells of a chunk."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import cel

from policies.judging.rules import FAILURES, Name, Rule, compile_value
from training.tables.mapping_form import CellKind, ComputedMap, TableMapping
from training.tables.slots import Slot, SlotError, make_slot, read_slot

_SLOT_KINDS: Final[Mapping[CellKind, str]] = {
    "number": "double", "flag": "flag", "text": "string", "day": "day", "instant": "instant",
}  # fmt: skip
_SAMPLES: Final[Mapping[CellKind, Any]] = {
    "number": 1.5, "flag": True, "text": "text", "day": 20_000.0, "instant": 20_000.5
}  # fmt: skip
_GIVES: Final = {"number": float, "flag": bool, "text": str, "day": float, "instant": float}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY: Final = 86_400.0
_MAX_DAYS: Final = 84_000.0
"""Up to the year 2199."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedColumn:
    """A computed column made ready: what it reads, and the program that gives its cells.

    name: what it is called. inputs: a slot for each name of the expression.
    """

    name: str
    gives: str
    inputs: Mapping[str, Slot]
    rule: Rule

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        return tuple(dict.fromkeys(column for slot in self.inputs.values() for column in slot.columns))

    def cells(self, columns: Mapping[str, Sequence[Any]], n: int) -> tuple[list[Any], list[tuple[int, str]]]:
        """Compute its cells for `n` rows; give too the positions where it could not be, each with the reason."""
        read: dict[str, list[Any]] = {}
        odd: list[tuple[int, str]] = []
        for name, slot in self.inputs.items():
            values, unread = read_slot(slot, columns, n)
            read[name] = [plain(value) for value in values]
            odd += [(cell.position, f"{slot.origin}: {cell.cell!r} {cell.message}") for cell in unread]
        failed = {position for position, _ in odd}
        cells: list[Any] = []
        names, context = tuple(read), cel.Context({})
        for position, row in enumerate(zip(*read.values(), strict=True)):
            value = None
            if position not in failed:
                context.update(dict(zip(names, row, strict=True)))
                try:
                    value = _cell(self.rule.program.execute(context), self.gives)
                except FAILURES as error:
                    odd.append((position, f"computed.{self.name}: {error}"))
            cells.append(value)
        return cells, odd


def computed_columns(mapping: TableMapping) -> list[ComputedColumn]:
    """Prepare the computed columns of a mapping in an order in which each finds what it reads; SlotError names what
    cannot be."""
    ready = {name: _prepared(name, column, mapping) for name, column in mapping.computed.items()}
    ordered: dict[str, ComputedColumn] = {}

    def place(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise SlotError(("computed", name), f"reads itself, by way of {' and '.join(above)}")
        if name in ordered:
            return
        for read in ready[name].reads:
            if read in ready:
                place(read, (*above, name))
        ordered[name] = ready[name]

    for name in ready:
        place(name, ())
    return list(ordered.values())


def plain(value: Any) -> float | bool | str | None:
    """Return a value as expressions reckon with it: numbers as doubles, instants and days as days since 1970."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (moment - _EPOCH) / timedelta(days=1)
    if isinstance(value, date):
        return (datetime.combine(value, time(), tzinfo=UTC) - _EPOCH) / timedelta(days=1)
    return float(value)


def _prepared(name: str, column: ComputedMap, mapping: TableMapping) -> ComputedColumn:
    inputs = {
        read: make_slot(("computed", name, "of", read), _SLOT_KINDS[field.kind], field, mapping)
        for read, field in column.of.items()
    }
    vocabulary = {read: Name(_SAMPLES[field.kind], nullable=True) for read, field in column.of.items()}
    try:
        rule = compile_value(column.expression, vocabulary=vocabulary, gives=_GIVES[column.gives])
    except ValueError as error:
        raise SlotError(("computed", name, "expression"), str(error)) from None
    return ComputedColumn(name=name, gives=column.gives, inputs=inputs, rule=rule)


def _cell(value: Any, gives: str) -> Any:
    """Turn what an expression gave into a cell; what is no number (1 / 0) is none."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if gives in ("day", "instant"):
            if not 0 <= value <= _MAX_DAYS:
                raise ValueError(f"{value} is no number of days since 1970")
            moment = _EPOCH + timedelta(seconds=round(value * _SECONDS_A_DAY))
            return moment.date() if gives == "day" else moment
        # The noise of 0.07 x 100 is dropped, as where a unit is converted.
        return round(value, 10)
    return value
