"""The verbs of review, one function each: what the JSON call and the button of the page do."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from features.panels import RelatedCase
from serving.transactions import Act
from triage.domain import Domain
from triage.identity.access import people_who_may
from triage.review import approval, attachments, passing, pending, resting, verbs
from triage.review.case_reading import case_file, cases_by_id, cases_named, require_visible
from triage.review.next_best import held_by, next_for
from triage.review.pending import rule_pending
from triage.review.presence import ask, asked_of, look
from triage.review.queues import queue_counts, queue_names
from triage.review.related_cases import related_cases
from triage.review.verbs import Ruling


def claim(act: Act, case_id: str) -> Mapping[str, Any]:
    """Take a task for the caller for a while."""
    return verbs.claim(act.connection, case_id, policies=act.policies, actor=act.actor, now=act.now, hold=_hold(act))


def claim_next(act: Act, queue: str) -> str | None:
    """Claim the next best case of a queue; None when it is empty."""
    return verbs.next_case(act.connection, queue, policies=act.policies, actor=act.actor, now=act.now, hold=_hold(act))


def claim_best(act: Act, *, but: str | None = None) -> str | None:
    """Claim the best case over all queues the caller may work; None when nothing is left. but: not this one."""
    requesters = {name: domain.requesters for name, domain in act.service.domains.items()}
    return next_for(
        act.connection,
        policies=act.policies,
        requesters=requesters,
        actor=act.actor,
        now=act.now,
        hold=_hold(act),
        but=but,
    )


def release(act: Act, case_id: str) -> Mapping[str, Any]:
    """Return a task of the caller's back to its queue."""
    return verbs.release(act.connection, case_id, policies=act.policies, actor=act.actor, now=act.now)


def comment(act: Act, case_id: str, text: str) -> Mapping[str, Any]:
    """Add a remark to the file; whom it names with an @ finds the case in their list."""
    written = verbs.comment(act.connection, case_id, text=text, policies=act.policies, actor=act.actor, now=act.now)
    ask(act.connection, case_id, text, policies=act.policies, actor=act.actor, now=act.now)
    return written


def resolve(act: Act, case_id: str, ruling: Ruling) -> Mapping[str, Any]:
    """Close the task with a ruling, or leave the ruling for a second person."""
    heads = {name: domain.heads for name, domain in act.service.domains.items()}
    return verbs.resolve(
        act.connection, case_id, ruling=ruling, policies=act.policies, heads=heads, actor=act.actor, now=act.now
    )


def resolve_pending(act: Act, case_id: str, ruling: Ruling) -> str:
    """Rule so that it can be undone for a while; return the state it brings: done or approval."""
    heads = {name: domain.heads for name, domain in act.service.domains.items()}
    within = timedelta(seconds=act.service.settings.undo_seconds)
    if not within:
        return str(resolve(act, case_id, ruling)["state"])
    return rule_pending(
        act.connection, case_id, ruling=ruling, undo_within=within, policies=act.policies, heads=heads,
        actor=act.actor, now=act.now,
    )  # fmt: skip


def undo(act: Act, case_id: str) -> None:
    """Take a ruling of the caller's back that does not stand yet."""
    pending.undo(act.connection, case_id, policies=act.policies, actor=act.actor, now=act.now)


def see(act: Act, case_id: str) -> list[str]:
    """Note that the caller looks at a case, and name the others who do."""
    return look(act.connection, case_id, policies=act.policies, actor=act.actor, now=act.now)


def attach(act: Act, case_id: str, *, name: str, content: bytes) -> Mapping[str, Any]:
    """Add a file to a case."""
    return attachments.attach(
        act.connection, case_id, name=name, content=content, policies=act.policies, actor=act.actor, now=act.now
    )


def read_attachments(act: Act, case_id: str) -> list[dict[str, Any]]:
    """List the files of a case the caller may see."""
    require_visible(act.connection, case_id, policies=act.policies, actor=act.actor)
    return attachments.attachments_of(act.connection, case_id)


def read_attachment(act: Act, case_id: str, attachment_id: str) -> tuple[str, str, bytes]:
    """Return name, media type and content of a file of a case the caller may see."""
    require_visible(act.connection, case_id, policies=act.policies, actor=act.actor)
    return attachments.read_attachment(act.connection, case_id, attachment_id)


def approve(act: Act, case_id: str, *, agreed: bool, remark: str | None) -> Mapping[str, Any]:
    """Let a waiting ruling stand, or send the case back with a remark."""
    return approval.approve(
        act.connection,
        case_id,
        agreed=agreed,
        comment=remark,
        policies=act.policies,
        requesters={name: domain.requesters for name, domain in act.service.domains.items()},
        heads={name: domain.heads for name, domain in act.service.domains.items()},
        actor=act.actor,
        now=act.now,
    )


def hold(act: Act, case_id: str, *, reason: str, until: datetime | None = None) -> Mapping[str, Any]:
    """Stop the clock of a case the caller holds, with a reason, until an instant or for as long as policy allows."""
    return resting.hold(
        act.connection, case_id, reason=reason, until=until, policies=act.policies, actor=act.actor, now=act.now
    )


def snooze(act: Act, case_id: str, *, until: datetime, reason: str | None = None) -> Mapping[str, Any]:
    """Hide a case the caller holds until an instant."""
    return resting.snooze(
        act.connection, case_id, until=until, reason=reason, policies=act.policies, actor=act.actor, now=act.now
    )


def resume(act: Act, case_id: str) -> Mapping[str, Any]:
    """Bring a case back that is on hold or snoozed."""
    return resting.resume(act.connection, case_id, policies=act.policies, actor=act.actor, now=act.now)


def hand_off(act: Act, case_id: str, *, to: str, comment: str | None = None) -> Mapping[str, Any]:
    """Hand the caller's claim to another person."""
    return passing.hand_off(
        act.connection, case_id, to=to, comment=comment, policies=act.policies, actor=act.actor, now=act.now,
        hold=_hold(act),
    )  # fmt: skip


def assign(
    act: Act, case_id: str, *, to: str | None = None, queue: str | None = None, comment: str | None = None
) -> Mapping[str, Any]:
    """Put a case before a person, into another queue, or both."""
    return passing.assign(
        act.connection, case_id, to=to, queue=queue, comment=comment, policies=act.policies, actor=act.actor,
        now=act.now,
    )  # fmt: skip


def escalate(act: Act, case_id: str, *, reason: str) -> Mapping[str, Any]:
    """Leave a case the caller holds to an approver."""
    return passing.escalate(act.connection, case_id, reason=reason, policies=act.policies, actor=act.actor, now=act.now)


def send_back(act: Act, case_id: str, *, reason: str) -> Mapping[str, Any]:
    """Return a case to where it was passed on from."""
    return passing.send_back(
        act.connection, case_id, reason=reason, policies=act.policies, actor=act.actor, now=act.now
    )


def read_case(act: Act, case_id: str) -> dict[str, Any]:
    """Return the whole file of a case."""
    return case_file(act.connection, case_id, policies=act.policies, actor=act.actor, now=act.now)


def read_related(
    act: Act, domain: Domain, found: Mapping[str, Any]
) -> tuple[dict[str, list[RelatedCase]], dict[str, str]]:
    """Return the other cases of what a case is about, and the case ids of those that can be opened; `found` is its
    file."""
    try:
        payload = domain.recipe.payload.model_validate(found["payload"])
    except ValidationError:
        # Of an older schema: its page shows what was sent, and nothing around it.
        return {}, {}
    return related_cases(
        act.connection,
        domain,
        payload,
        exception_id=found["case"]["exception_id"],
        as_of=datetime.fromisoformat(found["case"]["as_of"]),
        policies=act.policies,
        actor=act.actor,
    )


def read_cases_named(act: Act, domain: str, exception_ids: Sequence[str]) -> dict[str, str]:
    """Return the case ids of exceptions, of those the caller may see."""
    return cases_named(act.connection, domain, exception_ids, policies=act.policies, actor=act.actor)


def read_queues(act: Act, *, only: str | None = None) -> list[dict[str, Any]]:
    """Count what waits in every queue the caller may see, or in those of one name."""
    return queue_counts(act.connection, policies=act.policies, actor=act.actor, now=act.now, only=only)


def read_held(act: Act) -> list[dict[str, Any]]:
    """Return the cases the caller holds, the first to run out first, as lists show them."""
    held = [row.case_id for row in held_by(act.connection, act.actor, now=act.now)]
    return cases_by_id(act.connection, held, policies=act.policies, actor=act.actor, now=act.now)


def read_colleagues(act: Act, domain: str) -> list[str]:
    """Name the other people who may work on a domain's cases."""
    own = act.actor.name.removeprefix("user:")
    return [name for name in people_who_may(act.connection, "work_tasks", domain) if name != own]


def read_asked(act: Act) -> list[dict[str, Any]]:
    """Return the open cases the caller was asked about, as lists show them."""
    found = asked_of(act.connection, act.actor)
    shown = cases_by_id(act.connection, found, policies=act.policies, actor=act.actor, now=act.now)
    return [item for item in shown if item["state"] != "done"]


def name_queues(act: Act) -> list[dict[str, Any]]:
    """Name the queues the caller may see, without counting what waits in them."""
    return queue_names(act.policies, act.actor)


def _hold(act: Act) -> timedelta:
    return timedelta(minutes=act.service.settings.claim_minutes)
