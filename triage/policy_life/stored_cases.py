"""Decided cases read back for a replay: a hundred thousand in a second or two, as columns, without building a payload
each."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Float, Result, and_, case, cast, or_, select

from models.danger_likeness import LIKENESS
from policies.document.document import Disposition
from policies.judging.compiling import COMPARED
from policies.judging.policy import Policy
from policies.judging.variants import fits
from policies.replay.facts import Cases
from triage.db.answer_fields import CAUSE_PROBABILITY, DANGER_LIKENESS, answer_number
from triage.db.schema import cases, decisions, labels, tasks
from triage.in_force import InForce
from triage.intake.blind import blind
from triage.intake.data_quality import floor_of
from triage.labels import labels_that_hold

_RANKS: Final = {disposition.value: disposition.rank for disposition in Disposition}
_AT_ONCE: Final = 250
"""Rows sorted into columns together: few enough that their payloads stay in the processor's cache."""
_FETCHED: Final = 5_000
_COLUMNS: Final = (
    "case_id", "exception_id", "payload", "fx_rate", "features", "features_on_arrival", "disposition", "cause", "risk",
    "impact", "priority",
    "model_version", "audit_propensity", "audit_sample", "queue", "odd", "probability", LIKENESS, "attributes",
    "envelope",
)  # fmt: skip
_READ_AT_ONCE: Final = frozenset({"payload", "attributes", "envelope", "odd"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCases:
    """Cases with what was decided then.

    dispositions: ranks; queues: None where nobody had to; propensities: probability that an automatic decision is
    audited, NaN where it was not automatic or none was kept; audited: whether it was drawn.
    wrong: 1, 0, or NaN where no label is known.
    """

    cases: Cases
    case_ids: Sequence[str]
    exception_ids: Sequence[str]
    dispositions: NDArray[np.int8]
    priorities: NDArray[np.object_]
    queues: NDArray[np.object_]
    propensities: NDArray[np.float64]
    audited: NDArray[np.bool_]
    wrong: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.case_ids)


def read_stored(
    connection: Connection,
    policy: Policy,
    *,
    in_force: InForce,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100_000,
    hidden_queues: Collection[str] = (),
) -> StoredCases:
    """Read the newest `limit` decided cases that a policy would be asked about, in order of arrival.

    since, until: by when they arrived, the end left out. Cases whose audit is open are left out: even a sum over few of
    them would tell what was decided. hidden_queues: of which no case may be counted.
    """
    columns = _read(connection, policy, in_force, since, until, limit, hidden_queues)
    return _stored(columns, policy, _labels(connection, policy.document.domain))


def _read(
    connection: Connection,
    policy: Policy,
    in_force: InForce,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    hidden_queues: Collection[str],
) -> dict[str, list[Any]]:
    document = policy.document
    domain = document.domain
    variants = in_force.policies(domain)[1:]
    wants_envelope = document.variant is not None or bool(variants)
    nothing = cast(None, Float)
    within = [cases.c.domain == domain]
    within += [cases.c.received_at >= since] if since is not None else []
    within += [cases.c.received_at < until] if until is not None else []
    newest = select(cases.c.seq).where(*within).order_by(cases.c.seq.desc()).limit(1).offset(limit - 1)
    first = connection.execute(newest).scalar()
    within += [cases.c.seq >= first] if first is not None else []
    within.append(cases.c.case_id.not_in(select(tasks.c.case_id).where(tasks.c.domain == domain, blind())))
    if hidden_queues:
        within.append(or_(tasks.c.queue.is_(None), tasks.c.queue.not_in(list(hidden_queues))))
    probability, likeness = (answer_number(connection, path) for path in (CAUSE_PROBABILITY, DANGER_LIKENESS))
    query = (
        select(
            cases.c.case_id, cases.c.exception_id, cases.c.payload, cases.c.fx_rate, decisions.c.features,
            decisions.c.features_on_arrival,
            decisions.c.disposition, decisions.c.cause, decisions.c.risk, decisions.c.impact, decisions.c.priority,
            decisions.c.model_version, decisions.c.audit_propensity, decisions.c.audit_sample, tasks.c.queue,
            _odd_answers().label("odd"),
            (probability if _wants_probability(policy) else nothing).label("probability"),
            (likeness if LIKENESS in policy.reads else nothing).label(LIKENESS),
            (cases.c.attributes if document.attributes else nothing).label("attributes"),
            (cases.c.envelope if wants_envelope else nothing).label("envelope"),
        )
        .select_from(cases)
        .join(decisions, decisions.c.case_id == cases.c.case_id)
        .outerjoin(tasks, and_(tasks.c.case_id == cases.c.case_id, tasks.c.kind == "review"))
        .where(*within)
        .order_by(cases.c.seq, decisions.c.decision_id)
    )  # fmt: skip
    wanted = (lambda text: _is_for(policy, in_force, orjson.loads(text))) if wants_envelope else None
    return _in_columns(connection.execution_options(yield_per=_FETCHED).execute(query), policy, wanted)


def _in_columns(found: Result[Any], policy: Policy, wanted: Callable[[str], bool] | None) -> dict[str, list[Any]]:
    """Sort rows into columns a part at a time, so that no more than a part's payloads are ever in memory as objects."""
    read = {name.removesuffix(COMPARED) for name in policy.reads | policy.step_reads}
    fields = [name for name in policy.recipe.payload.model_fields if name in read]
    columns: dict[str, list[Any]] = {name: [] for name in (*_COLUMNS, "floor")}
    columns |= {f"payload.{name}": [] for name in fields}
    columns |= {f"attributes.{name}": [] for name in policy.document.attributes}
    before: Any = None
    for part in found.partitions(_AT_ONCE):
        # Of a case decided more than once, the last decision is the one that holds.
        rows = [
            row for row, after in pairwise([*([before] if before is not None else []), *part]) if row[0] != after[0]
        ]
        before = part[-1]
        _extend(columns, rows, fields, policy, wanted)
    _extend(columns, [before] if before is not None else [], fields, policy, wanted)
    return columns


def _extend(
    columns: dict[str, list[Any]],
    rows: Sequence[Any],
    fields: Sequence[str],
    policy: Policy,
    wanted: Callable[[str], bool] | None,
) -> None:
    if wanted is not None:
        rows = [row for row in rows if wanted(row.envelope)]
    if not rows:
        return
    part = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    payloads = [orjson.loads(text) for text in part["payload"]]
    for name in fields:
        columns[f"payload.{name}"] += [payload.get(name) for payload in payloads]
    if policy.document.attributes:
        given = [orjson.loads(text) for text in part["attributes"]]
        for name in policy.document.attributes:
            columns[f"attributes.{name}"] += [attributes.get(name) for attributes in given]
    columns["floor"] += [_floor(odd, policy.guarded) for odd in part["odd"]]
    for name in _COLUMNS:
        if name not in _READ_AT_ONCE:
            columns[name] += part[name]


def _is_for(policy: Policy, in_force: InForce, envelope: Mapping[str, Any]) -> bool:
    """Return whether a policy, once in force, would decide a case with this envelope."""
    applies_to = policy.document.applies_to
    if applies_to is not None:
        return fits(applies_to, envelope)
    return in_force.for_case(policy.document.domain, envelope).document.variant is None


def _odd_answers() -> ColumnElement[str]:
    """Return the answer only of cases in which something was odd at the door: its reasons say what."""
    return case((decisions.c.answer.contains('"data_quality:'), decisions.c.answer))


def _wants_probability(policy: Policy) -> bool:
    document = policy.document
    return (
        document.thresholds.review_below_cause_probability > 0
        or (document.error_budget is not None and document.error_budget.of == "cause")
        or "cause_probability" in policy.reads
    )


def _stored(columns: Mapping[str, list[Any]], policy: Policy, known: Mapping[str, bool]) -> StoredCases:
    late = [at for at, blob in enumerate(columns["features_on_arrival"]) if blob is not None]
    found = Cases(
        fields={
            name.removeprefix("payload."): column for name, column in columns.items() if name.startswith("payload.")
        },
        attributes={name: columns[f"attributes.{name}"] for name in policy.document.attributes},
        features=_features(columns["features"], len(policy.recipe.names)),
        fx_rates=_floats(columns["fx_rate"]),
        scored=np.array([risk is not None for risk in columns["risk"]], dtype=bool),
        risk=_floats(columns["risk"]),
        impact=_floats(columns["impact"]),
        cause=_objects(columns["cause"]),
        cause_probability=_floats(columns["probability"]),
        model_version=_objects(columns["model_version"]),
        floors=np.array(columns["floor"], dtype=np.int8),
        late=late,
        danger_likeness=_floats(columns[LIKENESS]),
        late_features=_features([columns["features_on_arrival"][at] for at in late], len(policy.recipe.names)),
    )
    wrong = [known.get(exception_id) for exception_id in columns["exception_id"]]
    return StoredCases(
        cases=found,
        case_ids=columns["case_id"],
        exception_ids=columns["exception_id"],
        dispositions=np.array([_RANKS[value] for value in columns["disposition"]], dtype=np.int8),
        priorities=_objects(columns["priority"]),
        queues=_objects(columns["queue"]),
        propensities=_floats(columns["audit_propensity"]),
        audited=np.array(columns["audit_sample"], dtype=bool),
        wrong=_floats(wrong),
    )


def _features(blobs: Sequence[bytes], width: int) -> NDArray[np.float64]:
    """Read feature rows; one of another model's length is cut, or filled with what is missing."""
    if all(len(blob) == 8 * width for blob in blobs):
        return np.frombuffer(b"".join(blobs), dtype="<f8").reshape(len(blobs), width)
    rows = np.full((len(blobs), width), np.nan)
    for at, blob in enumerate(blobs):
        row = np.frombuffer(blob, dtype="<f8")[:width]
        rows[at, : len(row)] = row
    return rows


def _floats(values: Sequence[Any]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64) if values else np.empty(0)


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _floor(answer: str | None, guarded: Collection[str]) -> int:
    """Return the least rank that what was odd at the door allows under a policy that guards these fields."""
    if answer is None:
        return 0
    return floor_of(orjson.loads(answer)["reasons"], guarded).rank


def _labels(connection: Connection, domain: str) -> dict[str, bool]:
    """Read for each exception whether acting straight through was wrong, by the label that holds."""
    query = (
        select(labels.c.exception_id, labels.c.source, labels.c.wrong, labels.c.cause, labels.c.known_at)
        .where(labels.c.domain == domain, labels.c.wrong.is_not(None))
        .order_by(labels.c.label_id)
    )
    rows: Iterator[Any] = iter(connection.execute(query))
    held = labels_that_hold((row.exception_id, row) for row in rows)
    return {exception_id: bool(row.wrong) for exception_id, row in held.items()}
