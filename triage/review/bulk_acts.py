"""One act on many cases: proposed with a preview, agreed to by a second person above a limit, done a part at a time.

The preview does what was asked to each case and takes it back, so it says what will happen and nothing else can. Every
part is a transaction of at most CASES_AT_ONCE cases; one that breaks off is gone on with by whoever asks again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from triage.db.audit_chain import audit
from triage.db.desk_schema import bulk_acts
from triage.db.row_digests import take_notes
from triage.errors import ConflictError, ForbiddenError, NotFoundError, TriageError
from triage.identity.access import Principal, known_person, principal_of_key_named
from triage.ids import new_id
from triage.review import pending, verbs
from triage.review.bulk_verbs import BulkContext, BulkOrder, act_on, order_of, require_order, written_order
from triage.review.task_access import MAX_COMMENT, invalid, plain_text

MAX_CASES: Final = 500
"""Of one act."""
CASES_AT_ONCE: Final = 20
"""Of one transaction: nobody else's write waits longer for it than for that many rulings."""
MIN_UNDO: Final = timedelta(seconds=60)
"""How long rulings in bulk can be undone at least, where rulings can be undone at all."""
KEPT: Final = timedelta(days=30)
COUNTED_TOGETHER: Final = timedelta(hours=1)
"""What one person does in bulk within so long counts as one, or the limit would be met by many small acts."""
_LISTED: Final = 50
_NAMED: Final = 5


def propose(
    connection: Connection, context: BulkContext, *, order: BulkOrder, found: Sequence[Mapping[str, Any]], query: str
) -> str:
    """Write down what is asked of which cases, and return the act's id; nothing happens to them.

    found: case_id, exception_id and domain of each; those beyond MAX_CASES are left out, and the act says so.
    """
    context.actor.require("work_in_bulk")
    require_order(order)
    connection.execute(delete(bulk_acts).where(bulk_acts.c.proposed_at < context.now - KEPT))
    items = [
        {"case_id": one["case_id"], "exception_id": one["exception_id"], "domain": one["domain"], "state": "unchecked"}
        for one in found[:MAX_CASES]
    ]
    bulk_id = new_id()
    row = {
        "bulk_id": bulk_id, "verb": order.verb, "arguments": _json(written_order(order)), "query": query,
        "more_fit": len(found) > MAX_CASES, "items": _json(items), "state": "previewing", "four_eyes": False,
        "acted_on": 0, "proposed_by": context.actor.name, "proposed_at": context.now,
    }  # fmt: skip
    connection.execute(insert(bulk_acts), row)
    return bulk_id


def preview_part(connection: Connection, context: BulkContext, bulk_id: str, *, limit: int) -> bool:
    """Try the act on some more cases and take it back; return whether more are to be tried. limit: of four eyes."""
    row = _own(connection, bulk_id, context.actor, "previewing")
    items, order = orjson.loads(row.items), _order(row)
    for item in _next(items, "unchecked"):
        trial = connection.begin_nested()
        try:
            item |= {"outcome": act_on(connection, item["case_id"], order, context), "state": "ready"}
        except TriageError as error:
            item |= {"reason": error.detail, "state": "refused"}
        trial.rollback()
        take_notes(connection)  # of rows that are not there any more
    more = any(item["state"] == "unchecked" for item in items)
    ready = sum(item["state"] == "ready" for item in items)
    two = not more and _takes_two(connection, row, ready, limit=limit, now=context.now)
    _set(connection, bulk_id, items=_json(items), state="previewing" if more else "previewed", four_eyes=two)
    return more


def start(connection: Connection, context: BulkContext, bulk_id: str, *, limit: int) -> str:
    """Let an act begin that was previewed, or let it wait for a second person; return its state.

    limit: cases that one person may act on within COUNTED_TOGETHER alone. One that runs already is gone on with.
    """
    row = _row(connection, bulk_id, lock=True)
    if row is not None and row.proposed_by == context.actor.name and row.state == "running":
        return "running"
    row = _own(connection, bulk_id, context.actor, "previewed")
    ready = sum(item["state"] == "ready" for item in orjson.loads(row.items))
    if not ready:
        raise ConflictError("no case is left that this can be done to")
    two = _takes_two(connection, row, ready, limit=limit, now=context.now)
    if two:
        _set(connection, bulk_id, state="waiting", four_eyes=True)
        _audit(connection, context, row, "bulk_propose", cases=ready)
        return "waiting"
    _run(connection, context, row, ready, decided_by=None, comment=None)
    return "running"


def decide(connection: Connection, context: BulkContext, bulk_id: str, *, agreed: bool, comment: str | None) -> str:
    """Agree to an act of somebody else, which then runs, or refuse it with a comment; return its state."""
    row = _row(connection, bulk_id, lock=True)
    if row is None or not _may_know(row, context.actor):
        raise NotFoundError(f"there is no bulk act {bulk_id[:40]}")
    if row.proposed_by == context.actor.name:
        raise ForbiddenError("you proposed this yourself; somebody else has to agree to it")
    if row.state != "waiting":
        raise ConflictError(f"this act does not wait for a second person; it is {row.state}")
    comment = plain_text("comment", comment, most=MAX_COMMENT) if comment is not None and comment.strip() else None
    if not agreed:
        if comment is None:
            raise invalid("comment", comment, "must say why it is refused")
        _set(connection, bulk_id, state="rejected", decided_by=context.actor.name, comment=comment)
        _audit(connection, context, row, "bulk_reject", comment=comment)
        return "rejected"
    ready = sum(item["state"] == "ready" for item in orjson.loads(row.items))
    _run(connection, context, row, ready, decided_by=context.actor.name, comment=comment)
    return "running"


def act_on_part(connection: Connection, context: BulkContext, bulk_id: str) -> bool:
    """Do the act to some more cases; return whether more are to be done.

    Each case is done with in the transaction that says so: one that breaks off leaves none half done, and none is done
    twice. It is done in the name of who proposed it.
    """
    row = _row(connection, bulk_id, lock=True)
    if row is None or row.state != "running":
        return False
    context = _as_proposer(connection, context, row)
    items, order = orjson.loads(row.items), _order(row)
    for item in _next(items, "ready"):
        step = connection.begin_nested()
        try:
            item |= {"outcome": act_on(connection, item["case_id"], order, context), "state": "done"}
            step.commit()
        except TriageError as error:
            step.rollback()
            take_notes(connection)
            item |= {"reason": error.detail, "state": "failed"}
    more = any(item["state"] == "ready" for item in items)
    _set(connection, bulk_id, items=_json(items), state="running" if more else "done")
    return more


def undo_part(connection: Connection, context: BulkContext, bulk_id: str) -> bool:
    """Undo rulings of an act that do not stand yet, and give the cases back; return whether more are to be undone."""
    row = _own(connection, bulk_id, context.actor, "done")
    if row.stands_at is None or row.stands_at <= context.now:
        raise ConflictError("this cannot be undone any more; what turns out otherwise is recorded as an outcome")
    items = orjson.loads(row.items)
    for item in _next(items, "done"):
        step = connection.begin_nested()
        try:
            pending.undo(connection, item["case_id"], policies=context.policies, actor=context.actor, now=context.now)
            verbs.release(connection, item["case_id"], policies=context.policies, actor=context.actor, now=context.now)
            step.commit()
            item["state"] = "undone"
        except TriageError as error:
            step.rollback()
            take_notes(connection)
            item |= {"reason": error.detail, "state": "stands"}
    more = any(item["state"] == "done" for item in items)
    _set(connection, bulk_id, items=_json(items), stands_at=row.stands_at if more else None)
    return more


def describe_bulk(connection: Connection, bulk_id: str, *, actor: Principal) -> dict[str, Any]:
    """Return an act with how many cases fare how; raise NotFoundError where somebody else may not know of it."""
    row = _row(connection, bulk_id)
    if row is None or not _may_know(row, actor):
        raise NotFoundError(f"there is no bulk act {bulk_id[:40]}")
    return _described(row, actor)


def list_bulk(connection: Connection, *, actor: Principal) -> list[dict[str, Any]]:
    """List the acts that wait for this person to agree, then their own, the newest first."""
    waiting = bulk_acts.c.state == "waiting"
    others = select(bulk_acts).where(waiting).order_by(bulk_acts.c.proposed_at).limit(_LISTED)
    own = select(bulk_acts).where(bulk_acts.c.proposed_by == actor.name).order_by(bulk_acts.c.proposed_at.desc())
    rows = [row for row in connection.execute(others) if row.proposed_by != actor.name and _may_know(row, actor)]
    rows += connection.execute(own.limit(_LISTED)).all()
    return [_described(row, actor) for row in rows]


def _run(
    connection: Connection,
    context: BulkContext,
    row: Row[Any],
    ready: int,
    *,
    decided_by: str | None,
    comment: str | None,
) -> None:
    # A system's rulings stand at once, as those of its single calls do.
    undoable = row.verb == "confirm" and context.undo_within and row.proposed_by.startswith("user:")
    stands_at = context.now + max(context.undo_within, MIN_UNDO) if undoable else None
    _set(
        connection, row.bulk_id, state="running", applied_at=context.now, stands_at=stands_at, acted_on=ready,
        decided_by=decided_by, comment=comment,
    )  # fmt: skip
    _audit(
        connection, context, row, "bulk_apply", cases=ready, proposed_by=row.proposed_by, agreed_by=decided_by,
        comment=comment,
    )  # fmt: skip


def _as_proposer(connection: Connection, context: BulkContext, row: Row[Any]) -> BulkContext:
    """Return the context in the name of who proposed an act, with what they may do now."""
    kind, _, name = row.proposed_by.partition(":")
    if kind == "user":
        found = known_person(connection, name)
    else:
        found = principal_of_key_named(connection, name, now=context.now)
    actor = found or Principal(name=row.proposed_by, grants=frozenset())
    # All rulings of one act stand at one instant, however long it runs.
    within = max(row.stands_at - context.now, timedelta(seconds=1)) if row.stands_at is not None else timedelta(0)
    return replace(context, actor=actor, undo_within=within)


def _takes_two(connection: Connection, row: Row[Any], ready: int, *, limit: int, now: datetime) -> bool:
    alone = and_(
        bulk_acts.c.proposed_by == row.proposed_by,
        # So that the index is used: nothing is applied before it is proposed, nor proposed long before.
        bulk_acts.c.proposed_at > now - KEPT,
        bulk_acts.c.applied_at > now - COUNTED_TOGETHER,
        bulk_acts.c.decided_by.is_(None),
    )
    before = connection.scalar(select(func.coalesce(func.sum(bulk_acts.c.acted_on), 0)).where(alone)) or 0
    return bool(before + ready > limit)


def _own(connection: Connection, bulk_id: str, actor: Principal, state: str) -> Row[Any]:
    row = _row(connection, bulk_id, lock=True)
    if row is None or row.proposed_by != actor.name:
        raise NotFoundError(f"there is no bulk act {bulk_id[:40]} of yours")
    if row.state != state:
        raise ConflictError(f"this act is {row.state}, not {state}")
    return row


def _row(connection: Connection, bulk_id: str, *, lock: bool = False) -> Row[Any] | None:
    query = select(bulk_acts).where(bulk_acts.c.bulk_id == bulk_id)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def _may_know(row: Row[Any], actor: Principal) -> bool:
    domains = {item["domain"] for item in orjson.loads(row.items)}
    return row.proposed_by == actor.name or all(actor.may("work_in_bulk", domain) for domain in domains)


def _described(row: Row[Any], actor: Principal) -> dict[str, Any]:
    items = orjson.loads(row.items)
    counts = dict.fromkeys(("unchecked", "ready", "refused", "done", "failed", "undone", "stands"), 0)
    for item in items:
        counts[item["state"]] += 1
    acts = [item for item in items if item["state"] in ("ready", "done", "undone", "stands")]
    against = [item for item in items if item["state"] in ("refused", "failed")]
    return {
        "bulk_id": row.bulk_id, "verb": row.verb, "arguments": orjson.loads(row.arguments), "query": row.query,
        "more_fit": row.more_fit, "state": row.state, "four_eyes": row.four_eyes, "proposed_by": row.proposed_by,
        "proposed_at": row.proposed_at, "decided_by": row.decided_by, "comment": row.comment,
        "applied_at": row.applied_at, "stands_at": row.stands_at, "own": row.proposed_by == actor.name,
        "cases": len(items), "counts": counts,
        "outcomes": [{"outcome": orjson.loads(key)} | rest for key, rest in _grouped(acts, _outcome)],
        "refusals": [{"reason": key} | rest for key, rest in _grouped(against, lambda item: str(item["reason"]))],
    }  # fmt: skip


def _outcome(item: Mapping[str, Any]) -> str:
    return orjson.dumps(item["outcome"] | {"domain": item["domain"]}, option=orjson.OPT_SORT_KEYS).decode()


def _grouped(
    items: Iterable[Mapping[str, Any]], key: Callable[[Mapping[str, Any]], str]
) -> list[tuple[str, dict[str, Any]]]:
    """Return items by what they have in common, the largest group first, with the exception ids of some."""
    groups: dict[str, list[str]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item["exception_id"])
    listed = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [(name, {"cases": len(members), "examples": members[:_NAMED]}) for name, members in listed]


def _next(items: Sequence[dict[str, Any]], state: str) -> list[dict[str, Any]]:
    return [item for item in items if item["state"] == state][:CASES_AT_ONCE]


def _order(row: Row[Any]) -> BulkOrder:
    return order_of(orjson.loads(row.arguments), row.verb)


def _set(connection: Connection, bulk_id: str, **values: Any) -> None:
    connection.execute(update(bulk_acts).where(bulk_acts.c.bulk_id == bulk_id).values(**values))


def _audit(connection: Connection, context: BulkContext, row: Row[Any], verb: str, **detail: Any) -> None:
    common = {"bulk_id": row.bulk_id, "verb": row.verb, "arguments": orjson.loads(row.arguments), "query": row.query}
    audit(connection, actor=context.actor.name, verb=verb, case_id=None, detail=common | detail, now=context.now)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
