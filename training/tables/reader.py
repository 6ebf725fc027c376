"""A customer's table to a data set, in order of time."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.attributes.attribute import PREFIX
from features.attributes.attribute_columns import Attribute, add_attributes, extend_recipe
from features.columns import Column, Columns, concatenate, encode
from features.fields import Payload
from training.tables.dataset import Dataset
from training.tables.derived import DerivedTable
from training.tables.files import read_header, read_origin
from training.tables.learn_attributes import learn_attributes
from training.tables.mapping import identity_mapping
from training.tables.mapping_form import TableMapping
from training.tables.names import nearest
from training.tables.problems import Problems
from training.tables.row import LeftOut, Row
from training.tables.rows import RowReader
from training.tables.table_error import TableError
from training.tables.table_labels import LabelReader, read_outcomes
from triage.domain import Domain
from triage.intake.data_quality import left_out
from triage.provenance import is_simulated

Progress = Callable[[float], None]
"""Called with the share of the work done, in [0, 1]."""
OUTCOMES_FILE: Final = "outcomes.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file read: its data set, and the rows behind it in the same order (with payloads if they were asked for).

    reporting: the currency that rates were applied for, None where they were as they stand. read: rows in the file.
    left_out: optional fields with odd cells.
    notes: what else a person should know of the reading.
    """

    dataset: Dataset
    rows: list[Row]
    reporting: str | None
    read: int
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def read_table(
    path: Path,
    *,
    domain: Domain,
    mapping: TableMapping | None = None,
    outcomes: Path | None = None,
    attributes: Sequence[Attribute] | None = None,
    labelled: bool = True,
    keep_payloads: bool = False,
    reporting: str | None = None,
    now: datetime | None = None,
    progress: Progress = lambda share: None,
) -> Table:
    """Read a CSV or parquet file of cases; raise TableError naming file, column and row of everything that cannot be
    used.

    mapping: None when the columns already have the payload's names. outcomes: a second file with what became known;
        without a mapping an `outcomes.parquet` beside the table is taken.
    attributes: those a model knows, with their vocabularies; learnt from the file when None.
    labelled: whether labels must be there; where they need not, they are read if their columns exist.
    reporting: where given, rates are applied as the service applies them, to amounts in another currency only; else as
    they stand.
    now: where given, cases that lie after it are told.
    """
    header = read_header(path, (mapping or identity_mapping(domain, [])).csv)
    outcomes_file = path.with_name(OUTCOMES_FILE)
    if mapping is None and outcomes is None and outcomes_file != path and outcomes_file.exists():
        outcomes = outcomes_file
    mapping = mapping or identity_mapping(domain, header)
    causes = _causes(mapping, domain)
    table = DerivedTable(path, mapping)
    header = table.header
    mapping = _with_labels(mapping, header, path, domain, outcomes, labelled=labelled)
    labels = _label_reader(mapping, domain)
    problems = Problems(path.name)
    reader = RowReader(domain, mapping, labels, problems, reporting=reporting)
    _check_columns(reader.columns | table.read_by(list(reader.columns)), header, problems)
    rows, parts, read = _read_rows(table, mapping, reader, keep_payloads=keep_payloads, progress=progress)
    for odd in reader.left_out.values():
        if odd.is_most and mapping.odd_values == "leave_out":
            problems.add(f"{odd.first} (and so for {odd.count} of {odd.given} cells given)")
    chosen = _choose(rows, mapping, problems)
    problems.raise_if_any()
    if not rows:
        raise TableError([f"{path.name}: no row is left of {read}; check the file and `keep`"])
    notes = table.notes() + _notes(reader, labels, len(rows) - len(chosen))
    notes += _not_applied(rows[at] for at in chosen)
    if now is not None:
        notes += _to_come([rows[at].as_of for at in chosen], now)
    if mapping.fx_rate is None:
        notes += _unconverted(rows[at].currency for at in chosen)
    if outcomes is not None:
        as_of = {row.exception_id: row.as_of for row in rows}
        found = read_outcomes(outcomes, domain=domain, as_of=as_of, mapping=mapping, causes=causes)
        notes += found.notes
        for row in rows:
            row.label = found.labels.get(row.exception_id)
    moments = np.array([rows[at].as_of.timestamp() for at in chosen])
    order = np.array(chosen)[np.argsort(moments, kind="stable")]
    rows = [rows[at] for at in order]
    dataset = _dataset(path, domain, mapping, rows, _take(concatenate(parts), order), attributes, causes)
    left_out = tuple(odd for odd in reader.left_out.values() if odd.count)
    return Table(
        dataset=dataset,
        rows=rows,
        reporting=reporting,
        read=read,
        left_out=left_out,
        notes=tuple(notes),
    )


def _with_labels(
    mapping: TableMapping, header: Sequence[str], path: Path, domain: Domain, outcomes: Path | None, *, labelled: bool
) -> TableMapping:
    """Drop the mapping's labels where an outcomes file has them, or where the table has none and needs none."""
    if outcomes is not None:
        return mapping.model_copy(update={"labels": None})
    if mapping.labels is None and labelled:
        raise TableError([f"{path.name}: has no labels to learn from: map `labels`, or give an outcomes file"])
    reader = _label_reader(mapping, domain)
    if not labelled and reader is not None and not set(reader.columns) <= set(header):
        return mapping.model_copy(update={"labels": None})
    return mapping


def _label_reader(mapping: TableMapping, domain: Domain) -> LabelReader | None:
    if mapping.labels is None:
        return None
    return LabelReader(mapping, causes=_causes(mapping, domain), heads=domain.heads)


def _causes(mapping: TableMapping, domain: Domain) -> tuple[str, ...] | None:
    """Name the causes there may be, None where the table brings its own."""
    vocabulary = mapping.labels.vocabulary if mapping.labels is not None else "domain"
    return tuple(domain.heads.labels) if vocabulary == "domain" else None if vocabulary == "own" else vocabulary


def _check_columns(needed: dict[str, str], header: Sequence[str], problems: Problems) -> None:
    for name, use in needed.items():
        if name not in header:
            purpose = "" if use == f"payload.{name}" or use == name else f" (for {use})"
            problems.add(f'column "{name}"{purpose} is missing{nearest(name, header, lead="; ")}')
    problems.raise_if_any()


def _read_rows(
    table: DerivedTable, mapping: TableMapping, reader: RowReader, *, keep_payloads: bool, progress: Progress
) -> tuple[list[Row], list[Columns], int]:
    rows: list[Row] = []
    parts: list[Columns] = []
    read = 0
    for chunk in table.chunks(list(reader.columns)):
        read += len(chunk.rows)
        some = reader.read(chunk)
        if some:
            payloads: list[Payload] = [row.payload for row in some if row.payload is not None]
            rates = [row.fx_rate for row in some] if mapping.fx_rate is not None else None
            zones = [row.zone for row in some] if mapping.time_zone is not None else None
            parts.append(encode(payloads, as_of=[row.as_of for row in some], fx_rates=rates, zones=zones))
        for row in some if not keep_payloads else ():
            row.payload = None  # a million of them would not fit into memory
        rows += some
        progress(chunk.done)
    return rows, parts, read


def _choose(rows: Sequence[Row], mapping: TableMapping, problems: Problems) -> list[int]:
    """Pick one row per exception_id, as the mapping says."""
    chosen: dict[str, int] = {}
    for at, row in enumerate(rows):
        earlier = chosen.get(row.exception_id)
        if earlier is None or mapping.deduplicate == "last":
            chosen[row.exception_id] = at
        elif mapping.deduplicate == "refuse":
            problems.add(
                f"row {row.number}: exception_id {row.exception_id!r} was already given in row {rows[earlier].number}; "
                "map a column that tells them apart, or say `deduplicate: last`",
                kind="repeated exception_id",
                row=row.number,
            )
    return list(chosen.values())


def _notes(reader: RowReader, labels: LabelReader | None, repeated: int) -> list[str]:
    counts = (
        (reader.dropped, "rows did not fit `keep` and were dropped"),
        (repeated, "rows repeated an exception_id and were dropped"),
    )
    return [f"{count:,} {text}" for count, text in counts if count] + (labels.notes() if labels else [])


def _not_applied(rows: Iterable[Row]) -> list[str]:
    """Return how many rows give a rate for money that needs none."""
    count = sum(left_out(row.odd_money) == ["fx_rate"] for row in rows if row.odd_money)
    if not count:
        return []
    cure = "map `currency`, or leave `fx_rate` out"
    return [
        f"{count:,} rows give an fx_rate for money in the reporting currency, or in none named: it was not applied; "
        f"{cure}"
    ]


def _to_come(moments: Sequence[datetime], now: datetime) -> list[str]:
    """Return how many cases have not come up yet: most often day and month stand the other way round."""
    later = [moment for moment in moments if moment > now]
    if not later:
        return []
    return [
        f"{len(later):,} cases lie in the future, the latest on {max(later):%Y-%m-%d}; where that cannot be, correct "
        "the `format` of `as_of`"
    ]


def _unconverted(currencies: Iterable[str | None]) -> list[str]:
    """Return where money of several currencies counts as one, because none is converted."""
    counts = Counter(currencies)
    if len(counts) < 2:
        return []
    without = counts.pop(None, 0)
    named = ", ".join(f"{count:,} in {code}" for code, count in counts.most_common())
    rest = f", {without:,} say none" if without else ""
    return [
        f"{counts.total():,} rows name their currency and have no fx_rate ({named}{rest}): all money counts as if it "
        "were one "
        "currency; map `fx_rate`, the reporting currency per unit"
    ]


def _dataset(
    path: Path, domain: Domain, mapping: TableMapping, rows: Sequence[Row], columns: Columns,
    attributes: Sequence[Attribute] | None, causes: tuple[str, ...] | None,
) -> Dataset:  # fmt: skip
    if attributes is None:
        attributes = learn_attributes(mapping, rows, path)
    columns, _ = add_attributes(columns, [row.attributes for row in rows], attributes)
    labels = [row.label for row in rows]
    cause = [label.cause if label else None for label in labels]
    wrong = _floats([None if label is None or label.wrong is None else float(label.wrong) for label in labels])
    loss = _floats([label.loss if label else None for label in labels])
    known_at = _floats([label.known_at if label else None for label in labels])
    ids = [row.exception_id for row in rows]
    origin = read_origin(path)
    return Dataset(
        domain=domain.name,
        recipe=extend_recipe(domain.recipe, attributes),
        attributes=tuple(attributes),
        labels=tuple(sorted({name for name in cause if name is not None})) if causes is None else causes,
        exception_ids=ids,
        columns=columns,
        cause=cause,
        wrong=wrong,
        loss=loss,
        known_at=known_at,
        label_sources=[label.source if label else None for label in labels],
        origin=origin,
        synthetic=is_simulated(origin),
        fingerprint=_fingerprint(columns, [ids, cause], [wrong, loss, known_at]),
        groups=[row.group for row in rows] if mapping.group is not None else None,
        source_systems=[row.source_system for row in rows] if mapping.source_system is not None else None,
        allowed=_allowed(mapping),
    )


def _allowed(mapping: TableMapping) -> tuple[str, ...]:
    """Name the fields and attributes that the mapping allows, by their own name or by a column they are read from."""
    fields = dict(mapping.payload) | {f"{PREFIX}{name}": field for name, field in mapping.attributes.items()}
    return tuple(
        name for name, field in fields.items() if {name, name.removeprefix(PREFIX), *field.reads} & set(mapping.allow)
    )


def _take(columns: Columns, order: Any) -> Columns:
    """Pick rows of columns by position."""
    return Columns(
        n=len(order),
        numbers={name: values[order] for name, values in columns.numbers.items()},
        strings={name: [values[at] for at in order] for name, values in columns.strings.items()},
        as_of=columns.as_of[order],
        forms=columns.forms,
        rates=None if columns.rates is None else columns.rates[order],
        zones=None if columns.zones is None else [columns.zones[at] for at in order],
    )


def _floats(values: Sequence[float | None]) -> Column:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _fingerprint(columns: Columns, texts: Sequence[Sequence[str | None]], numbers: Sequence[Column]) -> str:
    """Hash the content, so that the same table gives the same fingerprint wherever it lies."""
    digest = hashlib.sha256()
    for name, values in sorted(columns.numbers.items()):
        digest.update(name.encode() + values.tobytes())
    for values in (columns.as_of, *numbers):
        digest.update(values.tobytes())
    for strings in (*(columns.strings[name] for name in sorted(columns.strings)), *texts):
        digest.update(
            "\x1f".join("\x00" if text is None else text for text in strings).encode("utf-8", "surrogatepass")
        )
    return digest.hexdigest()
