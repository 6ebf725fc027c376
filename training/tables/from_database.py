"""Data sets from the database: what was decided, ruled and found out, as training sees it; and past cases put into
it."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from sqlalchemy import Connection, Table, insert, null, select

from features.attributes.attribute_columns import Attribute, add_attributes, extend_recipe
from features.columns import encode, seconds
from features.doubles import Claim
from features.fields import Payload
from features.history import LabelFact, entity_keys
from training.tables.dataset import Dataset
from triage.db.row_digests import insert_rows
from triage.db.schema import cases, claims, entity_cases, labels, past_cases
from triage.domain import Domain
from triage.intake.doubles import claim_rows
from triage.intake.history_facts import KnownLabel, replace_label
from triage.intake.similar_cases import entity_rows
from triage.labels import replaces
from triage.provenance import is_simulated

_CHUNK: Final = 2_000


def dataset_from_database(connection: Connection, domain: Domain, *, attributes: Sequence[Attribute] = ()) -> Dataset:
    """Read every stored and backfilled case of a domain in time order, with its label: outcome, else resolution, else
    audit.

    Cases nobody ruled on have no label, and serve as history only. Raises ValueError when there is no case at all.
    """
    recipe = extend_recipe(domain.recipe, attributes)
    rows = _rows(connection, domain.name)
    if not rows:
        raise ValueError(f"the database holds no case of {domain.name}")
    known, label_history = _labels(connection, domain.name, rows)
    found = [known.get(row.exception_id) for row in rows]
    columns = encode(
        [domain.recipe.payload.model_validate_json(row.payload) for row in rows],
        as_of=[row.as_of for row in rows],
        fx_rates=[row.fx_rate for row in rows],
        zones=[_zone(row.envelope) for row in rows],
    )
    columns, _ = add_attributes(columns, [orjson.loads(row.attributes) for row in rows], attributes)
    origins = _origins(connection, domain.name)
    content = hashlib.sha256()
    for row, label in zip(rows, found, strict=True):
        content.update(row.payload.encode() + row.exception_id.encode() + repr(label and tuple(label)).encode())
    return Dataset(
        domain=domain.name,
        recipe=recipe,
        attributes=tuple(attributes),
        labels=tuple(domain.heads.labels),
        exception_ids=[row.exception_id for row in rows],
        columns=columns,
        cause=[label.cause if label else None for label in found],
        wrong=_floats(label.wrong if label else None for label in found),
        loss=_floats(label.loss if label else None for label in found),
        known_at=_floats(seconds(label.known_at) if label else None for label in found),
        label_sources=[label.source if label else None for label in found],
        origin=f"database, with past cases of: {'; '.join(origins)}"[:200] if origins else "database",
        synthetic=any(map(is_simulated, origins)),
        fingerprint=content.hexdigest(),
        case_known_at=_floats(seconds(row.known_at) for row in rows),
        label_history=label_history,
    )


def backfill(
    connection: Connection,
    dataset: Dataset,
    payloads: Iterable[Payload],
    attributes: Iterable[dict[str, Any]],
    *,
    fx_rates: Iterable[float],
    now: datetime,
    recorded_by: str,
    claim: Callable[[Any], Claim | None] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Put past cases and their labels into the database as entity history, known from their own times; returns how
    many.

    A case known already is left as it is. `payloads`, `attributes` and `fx_rates` follow the data set row by row.
    claim: of the domain, so that later doubles of these cases are known; None where it compares nothing.
    """
    held = set(
        connection.execute(select(past_cases.c.exception_id).where(past_cases.c.domain == dataset.domain)).scalars()
    )
    held |= set(connection.execute(select(cases.c.exception_id).where(cases.c.domain == dataset.domain)).scalars())
    past: list[dict[str, Any]] = []
    claimed: list[dict[str, Any]] = []
    entities: list[dict[str, Any]] = []
    keys = entity_keys(dataset.columns, dataset.recipe.trails)
    found: list[dict[str, Any]] = []
    added = 0
    for row, (payload, own, fx_rate) in enumerate(zip(payloads, attributes, fx_rates, strict=True)):
        if dataset.exception_ids[row] in held:
            continue
        past.append(_past_row(dataset, row, payload, own, fx_rate))
        if claim is not None and (made := claim(payload)) is not None:
            claimed += claim_rows(dataset.domain, dataset.exception_ids[row], past[-1]["known_at"], made)
        own_keys = {trail: key for trail, values in keys.items() if (key := values[row]) is not None}
        entities += entity_rows(dataset.domain, dataset.exception_ids[row], past[-1]["known_at"], own_keys)
        if not np.isnan(dataset.known_at[row]):
            found.append(_label_row(dataset, row, now, recorded_by))
        added += 1
        if len(past) >= _CHUNK:
            insert_rows(connection, past_cases, past)
            past.clear()
            _insert(connection, claims, claimed)
            _insert(connection, entity_cases, entities)
            progress(added)
    if past:
        insert_rows(connection, past_cases, past)
    _insert(connection, claims, claimed)
    _insert(connection, entity_cases, entities)
    if found:
        # In the order they became known, so that reading them back only ever appends.
        insert_rows(connection, labels, sorted(found, key=lambda label: label["known_at"]))
    progress(added)
    return added


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
        rows.clear()


def _past_row(dataset: Dataset, row: int, payload: Payload, own: dict[str, Any], fx_rate: float) -> dict[str, Any]:
    return {
        "domain": dataset.domain,
        "exception_id": dataset.exception_ids[row],
        "known_at": _instant(dataset.columns.as_of[row]),
        "fx_rate": fx_rate,
        "payload": payload.model_dump_json(exclude_none=True),
        "attributes": orjson.dumps(own).decode(),
        "origin": dataset.origin[:200],
    }


def _label_row(dataset: Dataset, row: int, now: datetime, recorded_by: str) -> dict[str, Any]:
    wrong, loss = dataset.wrong[row], dataset.loss[row]
    return {
        "domain": dataset.domain,
        "exception_id": dataset.exception_ids[row],
        "source": "backfill",
        "cause": dataset.cause[row],
        "wrong": None if np.isnan(wrong) else bool(wrong),
        "loss": None if np.isnan(loss) else float(loss),
        "known_at": _instant(dataset.known_at[row]),
        "recorded_at": now,
        "recorded_by": recorded_by,
    }


def _rows(connection: Connection, domain: str) -> list[Any]:
    """Return backfilled and stored cases in order of as_of."""
    stored = select(
        cases.c.exception_id,
        cases.c.as_of,
        cases.c.known_at,
        cases.c.fx_rate,
        cases.c.payload,
        cases.c.attributes,
        cases.c.envelope,
    ).where(cases.c.domain == domain)
    filled = select(
        past_cases.c.exception_id,
        past_cases.c.known_at.label("as_of"),
        past_cases.c.known_at,
        past_cases.c.fx_rate,
        past_cases.c.payload,
        past_cases.c.attributes,
        null().label("envelope"),
    ).where(past_cases.c.domain == domain)
    rows = [*connection.execute(filled), *connection.execute(stored)]
    return sorted(rows, key=lambda row: (row.as_of, row.exception_id))


def _labels(
    connection: Connection, domain: str, rows: Sequence[Any]
) -> tuple[dict[str, Any], list[tuple[int, LabelFact]]]:
    """Return the label that holds for every case, and every label there ever was, as entity history saw them come and
    go."""
    at = {row.exception_id: number for number, row in enumerate(rows)}
    held: dict[str, Any] = {}
    ranked: dict[str, KnownLabel | None] = {}
    history: list[tuple[int, LabelFact]] = []
    query = select(labels).where(labels.c.domain == domain).order_by(labels.c.label_id)
    row: Any
    for row in connection.execute(query):
        name = row.exception_id
        if name not in at:
            continue
        ranked[name], facts = replace_label(ranked.get(name), row, {})
        history += [(at[name], fact) for fact in facts]
        if replaces(row, held.get(name)):
            held[name] = row
    return held, history


def _origins(connection: Connection, domain: str) -> list[str]:
    """Name the files and simulations that past cases came from."""
    query = select(past_cases.c.origin).where(past_cases.c.domain == domain).distinct().order_by(past_cases.c.origin)
    return list(connection.execute(query).scalars())


def _zone(envelope: str | None) -> ZoneInfo | None:
    """Return the time zone of a stored case's site; a past case has no envelope."""
    name = orjson.loads(envelope).get("time_zone") if envelope is not None else None
    return None if name is None else ZoneInfo(name)


def _floats(values: Iterable[Any]) -> Any:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(float(at), UTC)
