"""Erasing a person: what identifies them becomes a random name, what people wrote in their cases goes.

The cases stay, with what was decided and what became known, so figures, certificates and entity history stay true;
they are nobody's any more. The audit chain says which rows were written anew and holds
(`triage.db.row_digests.replace_row`). Earlier events that quote words are written anew too, and the event of the
erasure vouches for them.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Table, delete, insert, select, update

from features.columns import encode
from features.history import entity_keys
from features.kinds import field_kinds
from triage.db.audit_chain import ERASE, audit, audit_hash, lock_audit
from triage.db.database import reading
from triage.db.desk_schema import attachments, bulk_acts, pending_rulings
from triage.db.handoff_schema import deliveries
from triage.db.privacy_schema import erasures
from triage.db.row_digests import replace_row
from triage.db.schema import audit_events, audit_head, cases, claims, comments, decisions, entity_cases, resolutions
from triage.db.search_schema import saved_views
from triage.db.step_schema import steps
from triage.domain import Domain
from triage.errors import ConflictError
from triage.identity.access import Principal
from triage.ids import new_id, new_salt
from triage.intake.doubles import claim_rows
from triage.intake.similar_cases import entity_rows
from triage.privacy.person_search import PersonCase, cases_of_person, named_cases, personal_fields
from triage.review.search_index import index_again

ERASED: Final = "[erased]"
_WORDS: Final = frozenset({"text", "comment", "reason", "because", "why", "name", "sha256"})
"""Keys of an event's detail under which people's own words stand, or names and digests of their files."""
_UNDER_WAY: Final = ("waiting", "blocked", "leased")
_AT_ONCE: Final = 100


@dataclass(slots=True, kw_only=True)
class Erasure:
    """What was erased."""

    cases: int = 0
    past_cases: int = 0
    links: int = 0
    domains: set[str] = field(default_factory=set)


def erase_person(
    engine: Engine, domains: Mapping[str, Domain], identifier: str, *, because: str, actor: Principal, now: datetime
) -> Erasure:
    """Erase a person from every case that names them, some cases a transaction, and let the audit chain say so.

    because: the reference of the request, kept in the chain: never the person's name. Raises ConflictError while a
    delivery of one of their cases is under way. Running it again goes on where it was broken off; where no case names
    the person any more, nothing happens.
    """
    with reading(engine) as connection:
        found = [(case.table.name, case.row.seq) for case in cases_of_person(connection, domains, identifier)]
    names = {identifier: f"erased-{new_id()}"}
    done = Erasure()
    for start in range(0, len(found), _AT_ONCE):
        numbers = set(found[start : start + _AT_ONCE])
        _erase_some(engine.begin(), domains, identifier, numbers, names, done, because=because, actor=actor, now=now)
    return done


def _erase_some(
    transaction: AbstractContextManager[Connection],
    domains: Mapping[str, Domain],
    identifier: str,
    numbers: set[tuple[str, int]],
    names: dict[str, str],
    done: Erasure,
    *,
    because: str,
    actor: Principal,
    now: datetime,
) -> None:
    with transaction as connection:
        lock_audit(connection)
        links: list[tuple[int, str, str]] = []
        touched: dict[str, int] = {}
        for case in _again(connection, domains, identifier, numbers):
            _erase_case(connection, case, names, links)
            touched[case.domain.name] = touched.get(case.domain.name, 0) + 1
            if case.table is cases:
                done.cases += 1
            else:
                done.past_cases += 1
        _erase_questions(connection, names)
        done.links += len(links)
        done.domains |= set(touched)
        detail = {"because": because, "cases": touched, "links": links}
        audit(connection, actor=actor.name, verb=ERASE, case_id=None, detail=detail, now=now)
        seq = connection.execute(select(audit_head.c.seq)).scalar_one()
        connection.execute(
            insert(erasures), [{"domain": name, "event_seq": seq, "at": now} for name in sorted(touched)]
        )


def _again(
    connection: Connection, domains: Mapping[str, Domain], identifier: str, numbers: set[tuple[str, int]]
) -> Iterator[PersonCase]:
    """Read the cases once more, under the lock."""
    for table, number in sorted(numbers):
        yield from named_cases(connection, domains, identifier, table=table, number=number)


def _erase_case(
    connection: Connection, case: PersonCase, names: dict[str, str], links: list[tuple[int, str, str]]
) -> None:
    payload = _payload_without(case, names)
    row: dict[str, Any] = {
        "payload": orjson.dumps(payload).decode(),
        "attributes": orjson.dumps(_replaced(case.attributes, names)).decode(),
    }
    if case.table is cases:
        _require_sent(connection, case.row.case_id)
        # A digest of what was submitted could be guessed back; who sends the case again gets a 409 from now on.
        content = hashlib.sha256(new_salt().encode()).hexdigest()
        row |= {"envelope": orjson.dumps(_replaced(case.envelope, names)).decode(), "content_hash": content}
    derived = _derived(case, payload)
    replace_row(connection, case.table, case.row.seq, row)
    if case.table is cases:
        _erase_around(connection, case.row.case_id, names, links)
        index_again(connection, case.row)
    _derive_anew(connection, case, *derived)


def _require_sent(connection: Connection, case_id: str) -> None:
    waits = select(deliveries.c.delivery_id).where(deliveries.c.case_id == case_id, deliveries.c.state.in_(_UNDER_WAY))
    pending = select(pending_rulings.c.case_id).where(pending_rulings.c.case_id == case_id)
    if connection.execute(waits.limit(1)).first() or connection.execute(pending).first():
        raise ConflictError(
            f"case {case_id} is on its way to a receiver: wait until its deliveries have arrived, or cancel them"
        )


def _payload_without(case: PersonCase, names: dict[str, str]) -> dict[str, Any]:
    """Return a payload without the person: their identifiers renamed, and what was written freely gone."""
    payload = case.payload
    for name, whose in personal_fields(case.domain).items():
        if whose in case.whose and isinstance(payload.get(name), str):
            names.setdefault(payload[name], f"erased-{new_id()}")
    payload = _replaced(payload, names)
    for kind in field_kinds(case.domain.recipe.payload):
        if kind.written and payload.get(kind.name):
            payload[kind.name] = ERASED
    return dict(payload)


def _replaced(value: Any, names: Mapping[str, str]) -> Any:
    """Return JSON with every identifier replaced, also where it stands as a word in a text."""
    if isinstance(value, dict):
        return {name: _replaced(each, names) for name, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, names) for each in value]
    if isinstance(value, str):
        for old, new in names.items():
            if old in value:
                # A whole word: C-1 is no part of C-17.
                value = re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", new, value)
    return value


def _erase_around(
    connection: Connection, case_id: str, names: Mapping[str, str], links: list[tuple[int, str, str]]
) -> None:
    """Erase what hangs on a case: words of people, files, what was sent, what was decided in words."""
    answers: dict[str, str] = {}
    for row in connection.execute(select(decisions).where(decisions.c.case_id == case_id)).all():
        before = orjson.loads(row.answer)
        after = _replaced(before, names)
        if after != before:
            answer = orjson.dumps(after).decode()
            replace_row(connection, decisions, row.decision_id, {"answer": answer})
            answers[hashlib.sha256(row.answer.encode()).hexdigest()] = hashlib.sha256(answer.encode()).hexdigest()
    for table, number, column in ((comments, "comment_id", "text"), (resolutions, "resolution_id", "comment")):
        for row in connection.execute(select(table).where(table.c.case_id == case_id)).all():
            if getattr(row, column):
                replace_row(connection, table, getattr(row, number), {column: ERASED})
    connection.execute(delete(attachments).where(attachments.c.case_id == case_id))
    connection.execute(delete(deliveries).where(deliveries.c.case_id == case_id))
    for row in connection.execute(select(steps).where(steps.c.case_id == case_id)).all():
        written = {
            name: orjson.dumps(_replaced(orjson.loads(value), names)).decode()
            for name in ("plan", "said", "result")
            if (value := getattr(row, name)) is not None
        }
        reason = {"reason": ERASED} if row.reason else {}
        connection.execute(update(steps).where(steps.c.step_id == row.step_id).values(**written, **reason))
    _erase_links(connection, case_id, names, answers, links)


def _erase_links(
    connection: Connection,
    case_id: str,
    names: Mapping[str, str],
    answers: Mapping[str, str],
    links: list[tuple[int, str, str]],
) -> None:
    """Write the words of a case's events anew; collect number, hash, and the hash of what each says now."""
    for row in connection.execute(select(audit_events).where(audit_events.c.case_id == case_id)).all():
        before = orjson.loads(row.detail)
        after = {name: ERASED if name in _WORDS and each else each for name, each in _replaced(before, names).items()}
        if after.get("answer_sha256") in answers:
            after["answer_sha256"] = answers[after["answer_sha256"]]
        if after == before:
            continue
        detail = orjson.dumps(after, option=orjson.OPT_SORT_KEYS).decode()
        connection.execute(update(audit_events).where(audit_events.c.seq == row.seq).values(detail=detail))
        now = audit_hash(row.seq, row.at, row.actor, row.verb, row.case_id, detail, row.previous_hash, row.wrote)
        links.append((row.seq, row.hash, now))


def _erase_questions(connection: Connection, names: Mapping[str, str]) -> None:
    """Replace identifiers in what people searched for and kept: few rows, read as a whole."""
    for table, key, columns in ((saved_views, "view_id", ("query",)), (bulk_acts, "bulk_id", ("query", "arguments"))):
        for row in connection.execute(select(table.c[key], *(table.c[name] for name in columns))).all():
            before = {name: getattr(row, name) for name in columns}
            after = {name: _replaced(value, names) for name, value in before.items()}
            if after != before:
                connection.execute(update(table).where(table.c[key] == getattr(row, key)).values(after))


_Rows = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def _derived(case: PersonCase, payload: Mapping[str, Any]) -> tuple[_Rows, _Rows]:
    """Return the claims and entity keys of a case as they were, and as they are to be."""
    return _derived_of(case, case.payload), _derived_of(case, payload)


def _derived_of(case: PersonCase, payload: Mapping[str, Any]) -> _Rows:
    domain, row = case.domain, case.row
    try:
        read = domain.recipe.payload.model_validate(payload)
    except ValidationError:
        return [], []  # of a release whose payloads this one does not read: nothing was derived from it either
    claim = domain.claim(read) if domain.claim is not None else None
    as_of = row.as_of if case.table is cases else row.known_at
    columns = encode([read], as_of=[as_of], fx_rates=[row.fx_rate])
    keys = {trail: key for trail, (key,) in entity_keys(columns, domain.recipe.trails).items() if key is not None}
    return (
        claim_rows(domain.name, row.exception_id, row.known_at, claim) if claim is not None else [],
        entity_rows(domain.name, row.exception_id, row.known_at, keys),
    )


def _derive_anew(connection: Connection, case: PersonCase, before: _Rows, after: _Rows) -> None:
    """Replace what earlier claims and similar cases are found by, where it was there."""
    for table, old, new in zip((claims, entity_cases), before, after, strict=True):
        if _forget(connection, table, case, old):
            connection.execute(insert(table), new)


def _forget(connection: Connection, table: Table, case: PersonCase, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    return connection.execute(
        delete(table).where(
            table.c.domain == case.domain.name,
            table.c.digest.in_([row["digest"] for row in rows]),
            table.c.exception_id == case.row.exception_id,
        )
    ).rowcount
