"""What became known of the cases of a table: read beside them, or from an outcomes file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from features.fields import FIRST_INSTANT, LAST_INSTANT
from models.heads import Heads
from training.tables.cells import OUT_OF_RANGE
from training.tables.field_form import Keep
from training.tables.files import read_chunks, read_header
from training.tables.mapping import identity_mapping
from training.tables.mapping_form import Labels, TableMapping
from training.tables.names import nearest
from training.tables.problems import Problems
from training.tables.slots import Slot, envelope_slots, label_slots, read_slot
from training.tables.table_error import TableError
from triage.domain import Domain
from triage.labels import replaces

_OUTCOME_COLUMNS: Final = ("exception_id", "cause", "wrong", "loss", "known_at", "source")
_MAX_LOSS: Final = 1e12
"""As much as any money of a payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLabel:
    """The truth about one case. loss: in the reporting currency, None where unknown; known_at: seconds."""

    cause: str | None
    wrong: bool | None
    loss: float | None
    known_at: float
    source: str


class LabelReader:
    """Reads the labels of a chunk of rows.

    causes: the causes there may be, None where the table brings its own. heads: of the domain, which say what
    contradicts itself.
    """

    def __init__(self, mapping: TableMapping, *, causes: Sequence[str] | None, heads: Heads) -> None:
        assert mapping.labels is not None
        self._labels: Labels = mapping.labels
        self._slots = {slot.name: slot for slot in label_slots(mapping)}
        self._causes = None if causes is None else dict.fromkeys(causes)
        self._heads = heads
        self.early = 0
        self.contradicting = 0
        self._first_contradiction = ""

    def notes(self) -> list[str]:
        """Return what a person should know of the labels read."""
        notes = []
        if self.early:
            notes.append(f"{self.early:,} labels were known before their case; their case's time was taken")
        if self.contradicting:
            notes.append(
                f"{self.contradicting:,} labels contradict themselves and were left out; {self._first_contradiction}"
            )
        return notes

    @property
    def only_where(self) -> tuple[Keep, ...]:
        """Return the conditions a row must fit to have a label."""
        return self._labels.only_where

    @property
    def columns(self) -> list[str]:
        """Name the columns the labels need."""
        slots = [name for slot in self._slots.values() for name in slot.columns]
        return slots + [keep.column for keep in self._labels.only_where]

    def read(
        self,
        columns: Mapping[str, Sequence[Any]],
        rows: Sequence[int],
        *,
        as_of: Sequence[datetime | None],
        fx_rates: Sequence[float],
        wanted: Sequence[bool],
        problems: Problems,
    ) -> list[RowLabel | None]:
        """Read one label per row; rows not `wanted` have none. Cells that cannot be used go to `problems`."""
        cells: dict[str, list[Any]] = {}
        for name, slot in self._slots.items():
            cells[name], odd = read_slot(slot, columns, len(rows))
            for cell in odd:
                if wanted[cell.position]:
                    problems.add_cell(slot, rows[cell.position], cell.cell, cell.message)
        nothing = [None] * len(rows)
        found = zip(*(cells.get(name, nothing) for name in _OUTCOME_COLUMNS[1:]), strict=True)
        return [
            self._label(*values, as_of=as_of[at], fx_rate=fx_rates[at], row=rows[at], problems=problems)
            if wanted[at] and as_of[at] is not None
            else None
            for at, values in enumerate(found)
        ]

    def _label(
        self, cause: Any, wrong: Any, loss: Any, known_at: Any, source: Any, *,
        as_of: datetime | None, fx_rate: float, row: int, problems: Problems,
    ) -> RowLabel | None:  # fmt: skip
        odd = self._odd_cause(cause)
        if odd:
            problems.add_cell(self._slots["cause"], row, cause, odd)
            return None
        wrong = self._wrong(cause, wrong)
        if cause is None and wrong is None:
            return None
        contradiction = self._heads.contradiction(cause, wrong) if self._causes is not None else None
        if contradiction is not None:
            self._first_contradiction = self._first_contradiction or f"the first, in row {row}: {cause} {contradiction}"
            self.contradicting += 1
            return None
        assert as_of is not None
        moment = self._known_at(known_at, as_of)
        for name, value, message in (
            ("known_at", known_at, self._odd_known_at(known_at)),
            ("loss", loss, _odd_loss(loss)),
        ):
            if message:
                shown = value.isoformat() if isinstance(value, datetime) else value
                problems.add_cell(self._slots[name], row, shown, message)
                return None
        assert moment is not None
        self.early += moment < as_of.timestamp()
        money = None if wrong is None or (wrong and loss is None) else float(loss) * fx_rate if wrong else 0.0
        return RowLabel(
            cause=cause, wrong=wrong, loss=money, known_at=max(moment, as_of.timestamp()), source=source or "backfill"
        )

    def _odd_cause(self, cause: str | None) -> str:
        if cause is None or self._causes is None or cause in self._causes:
            return ""
        hint = nearest(cause, self._causes, lead="; ")
        return f"is no known cause{hint} Map it with `values`, or say `vocabulary: own`"

    def _odd_known_at(self, known_at: datetime | None) -> str:
        if known_at is None and self._labels.known_at.days_after_as_of is None:
            return "is empty although the row has a label; fill it, or leave such rows out with `only_where`"
        if known_at is not None and not FIRST_INSTANT <= known_at <= LAST_INSTANT:
            return f"{OUT_OF_RANGE}; correct its `format`, or leave such rows out with `only_where`"
        return ""

    def _wrong(self, cause: str | None, wrong: bool | None) -> bool | None:
        rule = self._labels.wrong
        if rule.wrong_when is None and rule.right_when is None:
            return wrong
        if cause is None:
            return None
        return cause in rule.wrong_when if rule.wrong_when is not None else cause not in (rule.right_when or ())

    def _known_at(self, known_at: datetime | None, as_of: datetime) -> float | None:
        days = self._labels.known_at.days_after_as_of
        if days is not None:
            return as_of.timestamp() + days * 86_400.0
        return known_at.timestamp() if known_at is not None else None


def _odd_loss(loss: float | None) -> str:
    if loss is None or 0 <= loss <= _MAX_LOSS:
        return ""
    if loss < 0:
        return "is negative; a loss is zero or more"
    return (
        f"is no loss: it must be at most {_MAX_LOSS:,.0f}; check its unit (`scale`), or list the cell under `missing`"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What an outcomes file says: the label that holds for each case, and what a person should know of the reading."""

    labels: Mapping[str, RowLabel]
    notes: Sequence[str]


def read_outcomes(
    path: Path, *, domain: Domain, as_of: Mapping[str, datetime], mapping: TableMapping, causes: Sequence[str] | None
) -> Outcomes:
    """Read an outcomes file (exception_id, cause, wrong, loss in the reporting currency, known_at, source).

    Where a case has several labels, `triage.labels` says which holds. mapping: says how cells are written (`csv`,
    `timezone`, `missing`). causes: those there may be, None where the file brings its own.
    Raises TableError naming column and row of everything that cannot be used.
    """
    header = read_header(path, mapping.csv)
    needed = ("exception_id", "wrong", "known_at")
    missing = [name for name in needed if name not in header]
    if missing:
        raise TableError(
            [f'{path.name}: column "{name}" is missing{nearest(name, header, lead="; ")}' for name in missing]
        )
    written = {"csv": mapping.csv, "timezone": mapping.timezone, "missing": mapping.missing}
    mapping = identity_mapping(domain, [name for name in header if name in _OUTCOME_COLUMNS]).model_copy(update=written)
    reader = LabelReader(mapping, causes=causes, heads=domain.heads)
    key: Slot = next(slot for slot in envelope_slots(mapping) if slot.name == "exception_id")
    problems = Problems(path.name)
    labels: dict[str, RowLabel] = {}
    strangers = silent = 0
    for chunk in read_chunks(path, mapping.csv, list(dict.fromkeys(["exception_id", *reader.columns]))):
        ids, _ = read_slot(key, chunk.columns, len(chunk.rows))
        moments = [as_of.get(name) for name in ids]
        strangers += moments.count(None)
        everything = [True] * len(ids)
        read = reader.read(
            chunk.columns, chunk.rows, as_of=moments, fx_rates=[1.0] * len(ids), wanted=everything, problems=problems
        )
        silent += sum(label is None and at is not None for label, at in zip(read, moments, strict=True))
        for name, label in zip(ids, read, strict=True):
            if label is not None and replaces(label, labels.get(name)):
                labels[name] = label
    problems.raise_if_any()
    silent -= reader.contradicting
    counts = ((strangers, "name no case of the table"), (silent, "say neither a cause nor right or wrong"))
    notes = [f"{count:,} rows of {path.name} {text}" for count, text in counts if count]
    return Outcomes(labels=labels, notes=notes + reader.notes())
