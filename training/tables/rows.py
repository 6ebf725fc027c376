"""Rows of a table to cases: validated like a case that arrives online, and as lenient as that."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from features.fields import FIRST_INSTANT, LAST_INSTANT, ZONE, Payload
from features.personal_data import mask_cards
from features.readings import read_instant
from models.score import Reason, ReasonCode
from training.tables.cells import OUT_OF_RANGE
from training.tables.conditions import rows_kept
from training.tables.files import Chunk
from training.tables.mapping_form import TableMapping
from training.tables.problems import Problems, describe
from training.tables.row import LeftOut, Row
from training.tables.slots import Slot, attribute_moments, attribute_slots, envelope_slots, payload_slots, read_slot
from training.tables.table_labels import LabelReader, RowLabel
from triage.domain import Domain
from triage.errors import FieldProblem, InvalidError
from triage.intake.case import MAX_ATTRIBUTE_LETTERS, VARIED_BY, is_odd_text, read_leniently
from triage.intake.data_quality import MAX_RATE, MIN_RATE, rate_applied
from triage.intake.field_quality import noticed

_MAX_ID_LETTERS: Final = 128
_NOWHERE: Final[Mapping[str, str | None]] = {}
_TOO_LONG: Final = (
    f"is longer than {MAX_ATTRIBUTE_LETTERS:,} letters, or holds a NUL character; cut it in the file, "
    "and in the cases sent later"
)
_NUL: Final = "holds a NUL character, which no database can keep; take it out"


class RowReader:
    """Turns chunks of cells into cases; what cannot be used goes to `problems`."""

    def __init__(
        self,
        domain: Domain,
        mapping: TableMapping,
        labels: LabelReader | None,
        problems: Problems,
        *,
        reporting: str | None,
    ) -> None:
        self._payload, self._mapping, self._labels, self._problems = domain.recipe.payload, mapping, labels, problems
        self._envelope = {slot.name: slot for slot in envelope_slots(mapping)}
        self._fields = {slot.name: slot for slot in payload_slots(self._payload, mapping)}
        self._own = {slot.name: slot for slot in attribute_slots(mapping)}
        self._moments = attribute_moments(mapping)
        self.left_out = {slot.path: LeftOut(name=slot.name) for slot in (*self._fields.values(), *self._own.values())}
        self._reporting = reporting
        self.dropped = 0

    @property
    def columns(self) -> dict[str, str]:
        """Name the columns needed, each with what it is first needed for."""
        slots = (
            *self._envelope.values(),
            *self._fields.values(),
            *self._own.values(),
            *self._moments.values(),
        )
        needed: dict[str, str] = {}
        for slot in slots:
            for name in slot.columns:
                needed.setdefault(name, ".".join(slot.path))
        for name in (keep.column for keep in self._mapping.keep):
            needed.setdefault(name, "keep")
        for name in self._labels.columns if self._labels is not None else ():
            needed.setdefault(name, "labels")
        return needed

    def read(self, chunk: Chunk) -> list[Row]:
        """Read the rows that fit `keep`; those with a problem are left out of the answer."""
        chunk = self._kept(chunk)
        n = len(chunk.rows)
        envelope = {name: self._values(slot, chunk) for name, slot in self._envelope.items()}
        absent: list[Any] = [None] * n
        varied = [name for name in VARIED_BY if name in envelope]
        rates = envelope.get("fx_rate", [1.0] * n)
        currencies = envelope.get("currency", absent)
        zones = [_zone(name) for name in envelope.get("time_zone", absent)]
        ids, moments = envelope["exception_id"], self._located(envelope["as_of"], zones, chunk)
        usable = [self._is_usable(*values) for values in zip(chunk.rows, ids, moments, rates, strict=True)]
        odd: dict[int, list[Reason]] = {}
        odd_money: list[tuple[Reason, ...]] = [()] * n
        if self._reporting is not None:
            given = rates if "fx_rate" in envelope else absent
            applied = [rate_applied(*money, self._reporting) for money in zip(currencies, given, strict=True)]
            rates, odd_money = [rate for rate, _ in applied], [reasons for _, reasons in applied]
        payloads = self._payloads(chunk, zones, odd)
        own = self._attributes(chunk, [at if fits else None for at, fits in zip(moments, usable, strict=True)], odd)
        labels: Sequence[RowLabel | None] = absent
        if self._labels is not None:
            labels = self._read_labels(self._labels, chunk, moments, rates, usable)
        return [
            Row(
                number=chunk.rows[at],
                exception_id=ids[at],
                as_of=moments[at],
                currency=currencies[at],
                fx_rate=float(rates[at]),
                odd_money=odd_money[at],
                source_system=envelope.get("source_system", absent)[at],
                zone=zones[at],
                varied_by={name: envelope[name][at] for name in varied} if varied else _NOWHERE,
                group=envelope.get("group", absent)[at],
                payload=payloads[at],
                attributes=own[at],
                label=labels[at],
                quality=tuple(odd.get(at, ())),
            )
            for at in range(n)
            if usable[at] and payloads[at] is not None
        ]

    def _kept(self, chunk: Chunk) -> Chunk:
        try:
            kept = rows_kept(self._mapping.keep, chunk, self._mapping)
        except ValueError as error:
            self._problems.add(str(error))
            kept = [False] * len(chunk.rows)
        positions = [at for at, fits in enumerate(kept) if fits]
        if len(positions) == len(kept):
            return chunk
        self.dropped += len(kept) - len(positions)
        columns = {name: [cells[at] for at in positions] for name, cells in chunk.columns.items()}
        return Chunk(rows=[chunk.rows[at] for at in positions], columns=columns, done=chunk.done)

    def _values(self, slot: Slot, chunk: Chunk) -> list[Any]:
        """Read a value of the envelope; an odd cell is a problem, an empty one too where the value is required."""
        values, odd = read_slot(slot, chunk.columns, len(chunk.rows))
        for cell in odd:
            self._problems.add_cell(slot, chunk.rows[cell.position], cell.cell, cell.message)
        if slot.required and None in values:
            at_odd = {cell.position for cell in odd}
            for at in (at for at, value in enumerate(values) if value is None and at not in at_odd):
                self._problems.add_cell(slot, chunk.rows[at], None, _EMPTY)
        return values

    def _is_usable(self, row: int, exception_id: Any, as_of: Any, rate: Any) -> bool:
        if exception_id is None or as_of is None or rate is None:
            return False
        if len(exception_id) > _MAX_ID_LETTERS or "\x00" in exception_id:
            message = f"is longer than {_MAX_ID_LETTERS} letters" if len(exception_id) > _MAX_ID_LETTERS else _NUL
            self._problems.add_cell(self._envelope["exception_id"], row, exception_id, message)
            return False
        if not FIRST_INSTANT <= as_of <= LAST_INSTANT:
            message = f"{OUT_OF_RANGE}; correct its `format`, or drop such rows with `keep`"
            self._problems.add_cell(self._envelope["as_of"], row, str(as_of), message)
            return False
        if not float(MIN_RATE) <= rate <= float(MAX_RATE):
            message = (
                f"is no exchange rate: it must lie between {MIN_RATE} and {MAX_RATE:,}, the reporting currency per unit"
            )
            self._problems.add_cell(self._envelope["fx_rate"], row, rate, message)
            return False
        return True

    def _located(self, moments: list[Any], zones: Sequence[ZoneInfo | None], chunk: Chunk) -> list[Any]:
        """Read local times in the zone of their row; one without a zone is a problem."""
        if self._mapping.time_zone is None:
            return moments
        found = list(moments)
        for at, (moment, zone) in enumerate(zip(moments, zones, strict=True)):
            try:
                found[at] = None if moment is None else read_instant(moment, zone=zone)
            except ValueError as error:
                self._problems.add_cell(self._envelope["as_of"], chunk.rows[at], str(moment), str(error))
                found[at] = None
        return found

    def _payloads(
        self, chunk: Chunk, zones: Sequence[ZoneInfo | None], odd: dict[int, list[Reason]]
    ) -> list[Payload | None]:
        columns = [
            self._values(slot, chunk) if slot.required else self._optional(slot, chunk, odd)
            for slot in self._fields.values()
        ]
        names = tuple(self._fields)
        rows = zip(*columns, strict=True) if columns else ((),) * len(chunk.rows)
        validate = self._payload.model_validate
        payloads: list[Payload | None] = []
        for at, row in enumerate(rows):
            given: Mapping[str, Any] = {
                name: value for name, value in zip(names, row, strict=True) if value is not None
            }
            context = {ZONE: zones[at]}
            payload: Payload | None
            try:
                payload = validate(given, context=context)
            except ValueError:
                payload, given = self._lenient(given, context, chunk, at, odd)
            if payload is not None and (reasons := noticed(given, payload)):
                odd.setdefault(at, []).extend(reasons)
            payloads.append(payload)
        return payloads

    def _lenient(
        self, given: Mapping[str, Any], context: Mapping[str, Any], chunk: Chunk, at: int, odd: dict[int, list[Reason]]
    ) -> tuple[Payload | None, Mapping[str, Any]]:
        """Read a row that does not validate as it stands, without its odd optional fields or not at all; give what was
        read of it."""
        payload: Payload | None = None
        problems: Sequence[FieldProblem] = ()
        try:
            payload, problems = read_leniently(self._payload, given, prefix="", context=context)
        except InvalidError as error:
            problems = error.problems
        odd_fields = {problem.field.partition(".")[0]: problem.message for problem in problems}
        for name, message in odd_fields.items():
            slot = self._fields[name]
            if not slot.required:
                self._leave_out(slot, chunk, at, given[name], _worded(message), odd)
            elif name in given:  # an empty one was reported when its column was read
                self._problems.add_cell(slot, chunk.rows[at], _cell(slot, chunk, at, given[name]), _worded(message))
        return payload, {name: value for name, value in given.items() if name not in odd_fields}

    def _optional(self, slot: Slot, chunk: Chunk, odd: dict[int, list[Reason]]) -> list[Any]:
        """Read an optional value; an odd cell is left out and counted, or a problem where the mapping says so."""
        values, cells = read_slot(slot, chunk.columns, len(chunk.rows))
        self.left_out[slot.path].given += len(values) - values.count(None) + len(cells)
        for cell in cells:
            self._leave_out(slot, chunk, cell.position, cell.cell, cell.message, odd)
        return values

    def _leave_out(
        self, slot: Slot, chunk: Chunk, at: int, value: Any, message: str, odd: dict[int, list[Reason]]
    ) -> None:
        text = describe(slot, chunk.rows[at], _cell(slot, chunk, at, value), message)
        if self._mapping.odd_values == "refuse":
            self._problems.add(text, kind=(slot.path, message), row=chunk.rows[at])
        count = self.left_out[slot.path]
        count.count += 1
        count.first = count.first or text
        reason = Reason(
            code=f"{ReasonCode.DATA_QUALITY}:{'.'.join(slot.path)}", text=f"{slot.name} was left out: {text}."
        )
        odd.setdefault(at, []).append(reason)

    def _attributes(self, chunk: Chunk, as_of: Sequence[Any], odd: dict[int, list[Reason]]) -> list[dict[str, Any]]:
        names = tuple(self._own)
        columns = [self._short(slot, self._optional(slot, chunk, odd), chunk, odd) for slot in self._own.values()]
        for at, name in enumerate(names):
            if name in self._moments:
                columns[at] = self._known_in_time(name, columns[at], chunk, as_of, odd)
        if not columns:
            return [{} for _ in chunk.rows]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in zip(*columns, strict=True)
        ]

    def _short(self, slot: Slot, values: list[Any], chunk: Chunk, odd: dict[int, list[Reason]]) -> list[Any]:
        """Leave out texts that no case may carry, so that nothing is learnt which could never be sent."""
        long = [at for at, value in enumerate(values) if isinstance(value, str) and is_odd_text(value)]
        for at in long:
            self._leave_out(slot, chunk, at, values[at], _TOO_LONG, odd)
            values[at] = None
        return [mask_cards(value) if isinstance(value, str) else value for value in values]

    def _known_in_time(
        self, name: str, values: list[Any], chunk: Chunk, as_of: Sequence[Any], odd: dict[int, list[Reason]]
    ) -> list[Any]:
        """Leave out the values of an attribute that were not known by `as_of` yet, or of which nobody says when they
        were."""
        slot, moments = self._own[name], self._values(self._moments[name], chunk)
        kept = list(values)
        for at, (value, known_at, case_at) in enumerate(zip(values, moments, as_of, strict=True)):
            if value is None or case_at is None or (known_at is not None and known_at <= case_at):
                continue
            self._leave_out(slot, chunk, at, value, _too_late(known_at, case_at), odd)
            kept[at] = None
        return kept

    def _read_labels(
        self, labels: LabelReader, chunk: Chunk, moments: list[Any], rates: list[float], usable: list[bool]
    ) -> Sequence[RowLabel | None]:
        try:
            known = rows_kept(labels.only_where, chunk, self._mapping)
        except ValueError as error:
            self._problems.add(str(error))
            return [None] * len(chunk.rows)
        wanted = [here and there for here, there in zip(usable, known, strict=True)]
        return labels.read(
            chunk.columns, chunk.rows, as_of=moments, fx_rates=rates, wanted=wanted, problems=self._problems
        )


def _zone(name: str | None) -> ZoneInfo | None:
    return None if name is None else ZoneInfo(name)


_EMPTY: Final = "is empty, but required; fill it, drop such rows with `keep`, or say what to assume with `if_missing`"


def _too_late(known_at: datetime | None, as_of: datetime) -> str:
    if known_at is None:
        return "does not say when it was known (known_at is empty)"
    # Near the year 9999 no other time zone can be reckoned with.
    when = f"at {known_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if known_at <= LAST_INSTANT else "after 2199"
    return f"was known only {when}, after as_of {as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _cell(slot: Slot, chunk: Chunk, at: int, value: Any) -> Any:
    """Show what stands in the file, not what became of it."""
    return chunk.columns[slot.columns[0]][at] if len(slot.columns) == 1 else value


def _worded(message: str) -> str:
    """Turn a validation message about an input into one about a cell, with the usual cure."""
    text = message.removeprefix("Value error, ").replace("Input should be", "should be")
    if "should be '" in text:
        return f"{text}; map the cells with `values`"
    if "greater than" in text or "less than" in text:
        return f"{text}; check sign and unit (`scale`, `unit`), or list the cell under `missing`"
    return text
