"""Promoting a model and rolling back: asked for by one person, agreed to by a second, then done.

The registry and the database are two systems: a change is marked as under way before the alias moves and as done after
it, so that one that broke off is seen and can be agreed to once more.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final, Literal, TypeVar, get_args

from sqlalchemy import Connection, Row, insert, select, update

from triage.champions import ModelStore
from triage.db.audit_chain import audit
from triage.db.model_schema import model_changes
from triage.domain import Domain
from triage.errors import ConflictError, ForbiddenError, NotFoundError, UnavailableError
from triage.identity.access import Principal
from triage.ids import new_id
from triage.review.task_access import MAX_COMMENT, invalid, plain_text

ModelVerb = Literal["promote", "rollback"]
_LISTED: Final = 20
_OPEN: Final = ("waiting", "applying")
_Answer = TypeVar("_Answer")
Begin = Callable[[], AbstractContextManager[Connection]]


def ask_for_change(
    connection: Connection,
    store: ModelStore,
    domain: Domain,
    *,
    verb: ModelVerb,
    version: int | None,
    reason: str,
    actor: Principal,
    now: datetime,
) -> str:
    """Ask that a version serve, or the one before; return the id of the change, which waits for a second person.

    version: needed to promote. Raises InvalidError for a version that is not there, ConflictError where it serves
    already, where nothing served before, or where another change waits.
    """
    actor.require("manage_automation", domain.name)
    if verb not in get_args(ModelVerb):
        raise invalid("verb", verb, "must be promote or rollback")
    reason = plain_text("reason", reason, most=MAX_COMMENT)
    serving, wanted = _champion(store, domain.name), version
    if verb == "rollback":
        before = _asked(lambda: store.previous(domain.name))
        if before is None:
            raise ConflictError(f"no version of {domain.name} served before, so there is none to go back to")
        wanted = before.version
    known = {ref.version for ref in _asked(lambda: store.versions(domain.name))}
    if wanted is None or wanted not in known:
        raise invalid("version", version, f"must be one of {', '.join(map(str, sorted(known))) or 'none: train first'}")
    if wanted == serving:
        raise ConflictError(f"{domain.name}/{wanted} serves already")
    waiting = select(model_changes.c.change_id).where(
        model_changes.c.domain == domain.name, model_changes.c.state.in_(_OPEN)
    )
    if connection.execute(waiting.limit(1)).one_or_none() is not None:
        raise ConflictError("another change of this model waits; agree to it or refuse it first")
    row = {
        "change_id": new_id(), "domain": domain.name, "verb": verb, "version": wanted, "champion_before": serving,
        "reason": reason, "state": "waiting", "asked_by": actor.name, "asked_at": now,
    }  # fmt: skip
    connection.execute(insert(model_changes), row)
    detail = {"domain": domain.name, "version": wanted, "reason": reason}
    audit(connection, actor=actor.name, verb=f"ask_{verb}", case_id=None, detail=detail, now=now)
    return str(row["change_id"])


def decide_change(
    begin: Begin,
    store: ModelStore,
    domain: Domain,
    change_id: str,
    *,
    agreed: bool,
    comment: str | None,
    actor: Principal,
    now: datetime,
    alone: bool = False,
) -> str:
    """Agree to a change, which is then made, or refuse it with a comment; return its state.

    alone: whether who asked may agree. Raises ForbiddenError for who asked, ConflictError where another version serves
    than when it was asked for, or the version must not serve.
    """
    with begin() as connection:
        row = _open_change(connection, domain, change_id)
        actor.require("manage_automation", domain.name)
        if row.asked_by == actor.name and not alone:
            raise ForbiddenError("you asked for this change yourself; somebody else has to agree to it")
        comment = plain_text("comment", comment, most=MAX_COMMENT) if comment is not None and comment.strip() else None
        if not agreed:
            if comment is None:
                raise invalid("comment", comment, "must say why it is refused")
            _close(connection, row, "rejected", actor, comment, now, f"reject_{row.verb}")
            return "rejected"
        serving = _champion(store, domain.name)
        if serving not in (row.champion_before, row.version):
            raise ConflictError(f"{domain.name}/{serving} serves by now; refuse this change and ask again")
        _set(connection, row, state="applying", decided_by=actor.name)
    try:
        store.promote(domain, row.version)
    except (ValueError, ConnectionError) as error:
        with begin() as connection:
            _set(connection, row, state="waiting", decided_by=None)
        if isinstance(error, ConnectionError):
            raise UnavailableError(f"the model registry cannot be reached: {error}") from None
        raise ConflictError(f"{domain.name}/{row.version} must not serve: {error}") from None
    with begin() as connection:
        _close(connection, row, "done", actor, comment, now, row.verb)
    return "done"


def list_changes(connection: Connection, domain: str) -> list[dict[str, Any]]:
    """List the newest changes of a domain's model that were asked for."""
    query = select(model_changes).where(model_changes.c.domain == domain).order_by(model_changes.c.asked_at.desc())
    return [
        {str(name): value for name, value in row.items()} for row in connection.execute(query.limit(_LISTED)).mappings()
    ]


def _open_change(connection: Connection, domain: Domain, change_id: str) -> Row[Any]:
    own = (model_changes.c.change_id == change_id, model_changes.c.domain == domain.name)
    row = connection.execute(select(model_changes).where(*own).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no change {change_id[:40]} of the model of {domain.name}")
    if row.state not in _OPEN:
        raise ConflictError(f"this change is {row.state} already")
    return row


def _close(
    connection: Connection, row: Row[Any], state: str, actor: Principal, comment: str | None, now: datetime, verb: str
) -> None:
    _set(connection, row, state=state, decided_by=actor.name, decided_at=now, comment=comment)
    detail = {
        "domain": row.domain, "version": row.version, "asked_by": row.asked_by, "reason": row.reason,
        "champion_before": row.champion_before, "comment": comment,
    }  # fmt: skip
    audit(connection, actor=actor.name, verb=verb, case_id=None, detail=detail, now=now)


def _set(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(update(model_changes).where(model_changes.c.change_id == row.change_id).values(**values))


def _champion(store: ModelStore, name: str) -> int | None:
    found = _asked(lambda: store.champion(name))
    return found.version if found is not None else None


def _asked(question: Callable[[], _Answer]) -> _Answer:
    """Ask the registry; raise UnavailableError where it cannot be reached."""
    try:
        return question()
    except ConnectionError as error:
        raise UnavailableError(f"the model registry cannot be reached: {error}") from None
