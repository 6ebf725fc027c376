"""Acts on many cases, for calls and pages: each part is a transaction of its own, so nobody waits for the whole."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from serving.api.finding import read_moment
from serving.transactions import Act, Reads, Writes
from triage.review import bulk_acts
from triage.review.bulk_verbs import BulkContext, BulkOrder
from triage.review.case_lists import Filters, every_case
from triage.review.case_reading import cases_by_id
from triage.review.saved_views import check_query


def propose_bulk(
    reads: Reads, writes: Writes, *, order: BulkOrder, query: str = "", case_ids: Sequence[str] = ()
) -> dict[str, Any]:
    """Preview an act on the cases that filters keep, or on some by id, and return it; nothing happens to them."""
    with reads() as act:
        act.actor.require("work_in_bulk")
        kept, found = _found(act, query, case_ids)
    with writes() as act:
        bulk_id = bulk_acts.propose(act.connection, context_of(act), order=order, found=found, query=kept)
    more = True
    while more:
        with writes() as act:
            limit = act.service.settings.bulk_four_eyes_cases
            more = bulk_acts.preview_part(act.connection, context_of(act), bulk_id, limit=limit)
    return read_bulk(reads, bulk_id)


def start_bulk(reads: Reads, writes: Writes, bulk_id: str) -> dict[str, Any]:
    """Do what was previewed, or let it wait for a second person; return the act."""
    with writes() as act:
        bulk_acts.start(act.connection, context_of(act), bulk_id, limit=act.service.settings.bulk_four_eyes_cases)
    return _finish(reads, writes, bulk_id)


def decide_bulk(reads: Reads, writes: Writes, bulk_id: str, *, agreed: bool, comment: str | None) -> dict[str, Any]:
    """Agree to somebody else's act, which is then done, or refuse it; return the act."""
    with writes() as act:
        bulk_acts.decide(act.connection, context_of(act), bulk_id, agreed=agreed, comment=comment)
    return _finish(reads, writes, bulk_id)


def undo_bulk(reads: Reads, writes: Writes, bulk_id: str) -> dict[str, Any]:
    """Undo the rulings of an act that do not stand yet; return the act."""
    more = True
    while more:
        with writes() as act:
            more = bulk_acts.undo_part(act.connection, context_of(act), bulk_id)
    return read_bulk(reads, bulk_id)


def read_bulk(reads: Reads, bulk_id: str) -> dict[str, Any]:
    """Return an act."""
    with reads() as act:
        return bulk_acts.describe_bulk(act.connection, bulk_id, actor=act.actor)


def context_of(act: Act) -> BulkContext:
    """Return what acts need of a transaction."""
    settings = act.service.settings
    return BulkContext(
        policies=act.policies,
        heads={name: domain.heads for name, domain in act.service.domains.items()},
        actor=act.actor,
        now=act.now,
        hold=timedelta(minutes=settings.claim_minutes),
        undo_within=timedelta(seconds=settings.undo_seconds),
    )


def _finish(reads: Reads, writes: Writes, bulk_id: str) -> dict[str, Any]:
    more = True
    while more:
        with writes() as act:
            more = bulk_acts.act_on_part(act.connection, context_of(act), bulk_id)
    return read_bulk(reads, bulk_id)


def _found(act: Act, query: str, case_ids: Sequence[str]) -> tuple[str, list[dict[str, Any]]]:
    """Return the filters as written, and the cases they keep that wait: one more than an act may hold says so."""
    if case_ids:
        return "", cases_by_id(
            act.connection, list(dict.fromkeys(case_ids)), policies=act.policies, actor=act.actor, now=act.now
        )
    kept = check_query(query)
    # What is done or went straight through cannot be acted on, so it takes no place among the first.
    given: dict[str, Any] = {"state": "open"} | {name: value for name, value in parse_qsl(kept) if name != "order"}
    moments: dict[str, Any] = {
        name: read_moment(name, given.pop(name, None), at_end=name == "received_to")
        for name in ("received_from", "received_to")
    }
    found = every_case(
        act.connection, policies=act.policies, actor=act.actor, filters=Filters(**given, **moments), now=act.now,
        most=bulk_acts.MAX_CASES + 1,
    )  # fmt: skip
    return kept, list(islice(found, bulk_acts.MAX_CASES + 1))
