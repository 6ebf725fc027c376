"""Which delivery a worker may send now, and what becomes of it: every statement is indexed, and touches a handful of
rows.

A claim is a lease fenced by a token. Whoever lost the lease (killed, stopped, too slow) finishes 0 rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, Select, func, or_, select, update

from triage.db.handoff_schema import deliveries, endpoints
from triage.handoff.backoff import FAILURES_THAT_OPEN, breaker_opening, wait_before_retry
from triage.handoff.database_time import database_now
from triage.handoff.endpoints import LEASE
from triage.handoff.event_kinds import STEP_KINDS
from triage.handoff.lines import lock_lines
from triage.handoff.secrets import active_secrets
from triage.handoff.step_store import delivery_over
from triage.ids import new_id, new_jitter

MAX_IN_FLIGHT: Final = 8
"""Attempts under way at one endpoint, over all workers; reached by doubling, one after each success."""
_HISTORY_LENGTH: Final = 10
_MARGIN: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is this worker's until its lease ends, with all that sending it takes.

    secrets: source and stored value. expired: its deadline has passed, and it is not to be sent.
    """

    seq: int
    delivery_id: str
    token: str
    endpoint: str
    endpoint_kind: str
    url: str
    allow_private: bool
    timeout_seconds: float
    template: str | None
    language: str
    secrets: Sequence[tuple[str, str | None]] = field(repr=False)
    kind: str
    domain: str | None
    case_id: str | None
    order_key: str | None
    body: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    attempts: int
    history: str = field(repr=False)
    last_reason: str | None
    expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of one attempt.

    delivered: the receiver took it. made: False where nothing was sent. is_final: never to be tried again. gone: the
    receiver wants nothing more at all.
    reason: why it failed; milliseconds: how long it took; retry_after: what the receiver asked for. answer: what a
    called system said, where it was JSON.
    """

    delivered: bool
    milliseconds: int
    status: int | None = None
    reason: str | None = None
    is_final: bool = False
    gone: bool = False
    made: bool = True
    retry_after: timedelta | None = None
    answer: Any = None


def is_anything_due(connection: Connection) -> bool:
    """Check, without taking a lock, whether an endpoint has something to be sent now."""
    return connection.execute(_sendable(database_now(connection)).limit(1)).first() is not None


def claim(connection: Connection, *, limit: int, lease: timedelta = LEASE) -> list[Claimed]:
    """Lease up to `most` due deliveries, shared out among their endpoints.

    An endpoint gives no more than its rate limit, its breaker and the attempts under way allow.
    """
    now = database_now(connection)
    query = _sendable(now).order_by(endpoints.c.next_slot_at.nulls_first(), endpoints.c.name).limit(limit)
    ready = connection.execute(query.with_for_update(skip_locked=True, of=endpoints)).all()
    claimed: list[Claimed] = []
    for at, endpoint in enumerate(ready):
        share = -(-(limit - len(claimed)) // (len(ready) - at))
        claimed += _claim_from(connection, endpoint, limit=share, lease=lease, now=now)
    return claimed


def still_held(connection: Connection, claimed: Claimed) -> datetime | None:
    """Check, just before sending, that the lease is ours and lasts longer than the attempt may take.

    Returns the present instant, by which the attempt is signed; None where the lease is lost or too short.
    """
    now = database_now(connection)
    until = now + timedelta(seconds=claimed.timeout_seconds) + _MARGIN
    query = select(deliveries.c.seq).where(*_ours(claimed), deliveries.c.due_at > until)
    return now if connection.execute(query).one_or_none() is not None else None


def finish(connection: Connection, claimed: Claimed, attempt: Attempt) -> bool:
    """Write what became of an attempt, and let the next of its line go once it is over; False where the lease was
    lost."""
    over = attempt.delivered or attempt.is_final
    if over:
        lock_lines(connection, [claimed.order_key])
    now = database_now(connection)
    state = "delivered" if attempt.delivered else "dead" if attempt.is_final else "waiting"
    wait = wait_before_retry(claimed.attempts, jitter=new_jitter(), retry_after=attempt.retry_after)
    values = {
        "state": state,
        "due_at": None if over else min(now + wait, claimed.expires_at),
        "lease_token": None,
        "history": _with(claimed.history, attempt, now) if attempt.made else claimed.history,
        "reason": attempt.reason,
        "finished_at": now if over else None,
    }
    if connection.execute(update(deliveries).where(*_ours(claimed)).values(values)).rowcount == 0:
        return False
    if over:
        release_next(connection, claimed.endpoint, claimed.order_key, now)
        if claimed.kind in STEP_KINDS:
            delivery_over(
                connection, claimed.delivery_id, delivered=attempt.delivered, reason=attempt.reason,
                answer=attempt.answer,
            )  # fmt: skip
    _update_breaker(connection, claimed.endpoint, attempt, now)
    return True


def deadline_passed(claimed: Claimed) -> Attempt:
    """Return what becomes of a delivery that expired before it was taken."""
    last = f"; the last failure: {claimed.last_reason}" if claimed.last_reason else ""
    reason = f"its deadline passed after {claimed.attempts - 1} attempts{last}"
    return Attempt(delivered=False, milliseconds=0, reason=reason, is_final=True, made=False)


def give_back(connection: Connection, claimed: Claimed) -> bool:
    """Return a delivery that was claimed and not sent, to be sent by anybody at once; False where the lease was
    lost."""
    now = database_now(connection)
    values = {"state": "waiting", "due_at": now, "lease_token": None, "attempts": deliveries.c.attempts - 1}
    return connection.execute(update(deliveries).where(*_ours(claimed)).values(values)).rowcount == 1


def release_next(connection: Connection, endpoint: str, order_key: str | None, now: datetime) -> None:
    """Let the next delivery of a line go; lock the line before."""
    if order_key is None:
        return
    line = (deliveries.c.endpoint == endpoint, deliveries.c.order_key == order_key)
    following = select(deliveries.c.seq).where(*line, deliveries.c.state == "blocked").order_by(deliveries.c.seq)
    seq = connection.execute(following.limit(1)).scalar_one_or_none()
    if seq is not None:
        connection.execute(update(deliveries).where(deliveries.c.seq == seq).values(state="waiting", due_at=now))


def dead_letter(connection: Connection, row: Row[Any], *, reason: str, now: datetime) -> None:
    """Make a dead letter of a delivery that is not under way, and let the next of its line go; lock the line before."""
    values = {"state": "dead", "due_at": None, "lease_token": None, "reason": reason, "finished_at": now}
    connection.execute(update(deliveries).where(deliveries.c.seq == row.seq).values(values))
    if row.state != "blocked":
        release_next(connection, row.endpoint, row.order_key, now)
    if row.kind in STEP_KINDS:
        delivery_over(connection, row.delivery_id, delivered=False, reason=reason)


def _sendable(now: datetime) -> Select[Any]:
    due = select(deliveries.c.seq).where(deliveries.c.endpoint == endpoints.c.name, deliveries.c.due_at <= now)
    return select(endpoints).where(
        endpoints.c.paused_at.is_(None),
        or_(endpoints.c.breaker_open_until.is_(None), endpoints.c.breaker_open_until <= now),
        or_(endpoints.c.next_slot_at.is_(None), endpoints.c.next_slot_at <= now),
        due.exists(),
    )


def _claim_from(
    connection: Connection, endpoint: Row[Any], *, limit: int, lease: timedelta, now: datetime
) -> list[Claimed]:
    of = deliveries.c.endpoint == endpoint.name
    under_way = select(func.count()).where(of, deliveries.c.state == "leased", deliveries.c.due_at > now)
    room = endpoint.most_in_flight - connection.execute(under_way).scalar_one()
    spent_until = _spent_until(endpoint, now)
    room = min(room, limit, int((now - spent_until) / timedelta(seconds=1) * endpoint.rate_per_second + 1e-6))
    if room <= 0:
        return []
    query = select(deliveries).where(of, deliveries.c.due_at <= now).order_by(deliveries.c.due_at, deliveries.c.seq)
    found = connection.execute(query.limit(room).with_for_update(skip_locked=True)).all()
    if not found:
        return []
    token = new_id()
    connection.execute(
        update(deliveries)
        .where(deliveries.c.seq.in_([row.seq for row in found]))
        .values(state="leased", lease_token=token, due_at=now + lease, attempts=deliveries.c.attempts + 1)
    )
    slot = spent_until + timedelta(seconds=(len(found) + 1) / endpoint.rate_per_second)
    connection.execute(update(endpoints).where(endpoints.c.name == endpoint.name).values(next_slot_at=slot))
    secrets = active_secrets(connection, endpoint.name, now=now)
    return [_claimed(row, endpoint, token, secrets, now) for row in found]


def _spent_until(endpoint: Row[Any], now: datetime) -> datetime:
    """Compute up to when the rate limit is spent: a second's worth, at least one delivery, may go at once after a
    rest."""
    one = timedelta(seconds=1 / endpoint.rate_per_second)
    earliest = now - max(timedelta(seconds=1), one)
    return earliest if endpoint.next_slot_at is None else max(endpoint.next_slot_at - one, earliest)


def _claimed(
    row: Row[Any], endpoint: Row[Any], token: str, secrets: Sequence[tuple[str, str | None]], now: datetime
) -> Claimed:
    return Claimed(
        seq=row.seq, delivery_id=row.delivery_id, token=token, endpoint=endpoint.name, endpoint_kind=endpoint.kind,
        url=row.target_url or endpoint.url, allow_private=endpoint.allow_private,
        timeout_seconds=endpoint.timeout_seconds, template=endpoint.template, language=endpoint.language,
        secrets=secrets, kind=row.kind, domain=row.domain, case_id=row.case_id, order_key=row.order_key, body=row.body,
        created_at=row.created_at, expires_at=row.expires_at, attempts=row.attempts + 1, history=row.history,
        last_reason=row.reason, expired=row.expires_at <= now,
    )  # fmt: skip


def _ours(claimed: Claimed) -> tuple[Any, ...]:
    held = (deliveries.c.seq == claimed.seq, deliveries.c.lease_token == claimed.token)
    return (*held, deliveries.c.state == "leased")


def _with(history: str, attempt: Attempt, now: datetime) -> str:
    made = {"at": now.isoformat(), "status": attempt.status, "reason": attempt.reason, "ms": attempt.milliseconds}
    return orjson.dumps([*orjson.loads(history), made][-_HISTORY_LENGTH:]).decode()


def _update_breaker(connection: Connection, name: str, attempt: Attempt, now: datetime) -> None:
    """Let an endpoint's breaker and its room for attempts follow what became of one; a healthy one is not written
    to."""
    query = select(endpoints).where(endpoints.c.name == name)
    endpoint = connection.execute(query).one_or_none()
    if endpoint is None or _breaker_update(endpoint, attempt, now) == {}:
        return
    values = _breaker_update(connection.execute(query.with_for_update()).one(), attempt, now)
    if values:
        connection.execute(update(endpoints).where(endpoints.c.name == name).values(values))


def _breaker_update(endpoint: Row[Any], attempt: Attempt, now: datetime) -> Mapping[str, Any]:
    if not attempt.made:
        return {}
    if attempt.gone:
        return {"paused_at": now, "paused_because": "the receiver answered 410: it wants nothing more"}
    if attempt.delivered or attempt.is_final:
        # A receiver that refuses one message for good is well.
        well = {
            "failures_in_a_row": 0, "breaker_openings": 0, "breaker_open_until": None,
            "most_in_flight": min(endpoint.most_in_flight * 2, MAX_IN_FLIGHT),
        }  # fmt: skip
        return {name: value for name, value in well.items() if getattr(endpoint, name) != value}
    if endpoint.breaker_open_until is not None and endpoint.breaker_open_until > now:
        return {}
    failures = endpoint.failures_in_a_row + 1
    if failures < FAILURES_THAT_OPEN and endpoint.breaker_openings == 0:
        return {"failures_in_a_row": failures}
    opened = breaker_opening(endpoint.breaker_openings, jitter=new_jitter())
    return {
        "failures_in_a_row": failures, "breaker_openings": endpoint.breaker_openings + 1,
        "breaker_open_until": now + opened, "most_in_flight": 1,
    }  # fmt: skip
