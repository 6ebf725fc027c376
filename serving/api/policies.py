"""The life of a policy over HTTP: versions, drafts, publishing and rolling back, what-if, and shadows."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from anyio import from_thread
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from policies.judging.policy import Policy
from serving.api.domains import EditedDomain, ReadDomain
from serving.api.problems import invalid
from serving.api.schemas import policies as schemas
from serving.api.schemas.base import body_problems, problems
from serving.api.strict_route import StrictRoute
from serving.auth import ServiceDep
from serving.transactions import Reads, Writes
from triage.domain import Domain
from triage.policy_life import acts
from triage.policy_life.shadow_report import shadow_report
from triage.policy_life.versions import get_version
from triage.policy_life.what_if import MAX_CASES
from triage.policy_life.what_if_process import AskedWhatIf
from triage.proof.chain_key import chain_key
from triage.proof.signatures import sign_policy

router = APIRouter(tags=["policies"], route_class=StrictRoute, strict_content_type=False)
OfVariant = Annotated[
    str | None, Query(max_length=40, description="A variant by name; left out: the domain's own policy")
]


@router.get(
    "/v1/policies/{domain}/versions",
    summary="Versions of a domain's policies",
    response_model=schemas.PolicyVersions,
    responses=problems(404),
)
def get_versions(card: ReadDomain, reads: Reads) -> Any:
    """Lists every version with what it is now (draft, scheduled, live, shadow or past), and every act with who did
    it."""
    with reads() as act:
        return acts.describe(act.connection, card, now=act.now)


@router.get(
    "/v1/policies/{domain}/versions/{version}",
    summary="One version as it was written",
    response_model=schemas.PolicyVersion,
    responses=problems(404),
)
def get_one_version(card: ReadDomain, version: str, reads: Reads, variant: OfVariant = None) -> Any:
    """Returns the YAML text of a version with who recorded it, when, and its sha256."""
    with reads() as act:
        return asdict(get_version(act.connection, card.name, version, variant=variant))


@router.post(
    "/v1/policies/{domain}/versions",
    summary="Record a draft",
    status_code=201,
    response_model=schemas.Draft,
    responses={
        200: {"model": schemas.Draft, "description": "Recorded before with the same content"},
        **body_problems(404, 409),
    },
)
def add_version(card: EditedDomain, body: schemas.DraftBody, reads: Reads, writes: Writes, response: Response) -> Any:
    """Records a document as a version, with what lint says of it. The same again answers 200; other content answers
    409."""
    with reads() as act:
        checked = acts.check_draft(act.connection, card, body.document)
    with writes() as act:
        added = acts.add_draft(act.connection, card, body.document, actor=act.actor.name, now=act.now, checked=checked)
        key = chain_key(act.service.settings)
        sign_policy(act.connection, key, card.name, added["variant"], added["version"], body.document, now=act.now)
    if not added["new"]:
        response.status_code = 200
    return added


@router.post(
    "/v1/policies/{domain}/publish",
    summary="Let a version come into force",
    response_model=schemas.Act,
    responses=body_problems(404, 409),
)
def publish(card: EditedDomain, body: schemas.PublishBody, reads: Reads, writes: Writes, service: ServiceDep) -> Any:
    """Publishes a recorded version, now or from a date on; 422 where lint finds an error in it."""
    with reads() as act:
        checked = acts.publishable(act.connection, card, body.version, variant=body.variant, examples=body.examples)
    with writes() as act:
        published = acts.publish_version(
            act.connection, card, body.version, variant=body.variant, effective_at=body.effective_at,
            actor=act.actor.name, now=act.now, checked=checked,
        )  # fmt: skip
    service.live_policies.refresh()
    return published


@router.post(
    "/v1/policies/{domain}/rollback",
    summary="Bring the version before back",
    response_model=schemas.Act,
    responses=body_problems(404, 409),
)
def rollback(card: EditedDomain, body: schemas.RollbackBody, writes: Writes, service: ServiceDep) -> Any:
    """Brings back what was in force before, or the version named, at once; what was to come later is withdrawn."""
    with writes() as act:
        brought_back = acts.roll_back_version(
            act.connection, card, variant=body.variant, to=body.to, actor=act.actor.name, now=act.now
        )
    service.live_policies.refresh()
    return brought_back


@router.post(
    "/v1/policies/{domain}/shadow",
    summary="Let a version decide in shadow, or end it",
    response_model=schemas.Act,
    responses=body_problems(404, 409),
)
def set_shadow(card: EditedDomain, body: schemas.ShadowBody, writes: Writes, service: ServiceDep) -> Any:
    """Lets a recorded version decide every new case beside the live one, without effect."""
    with writes() as act:
        shadowed = acts.shadow_version(
            act.connection, card, body.version, variant=body.variant, actor=act.actor.name, now=act.now
        )
    service.live_policies.refresh()
    return shadowed


@router.get(
    "/v1/policies/{domain}/shadow",
    summary="What a shadow would have done otherwise",
    response_model=schemas.ShadowReport,
    responses=problems(404),
)
def get_shadow(
    card: EditedDomain,
    reads: Reads,
    kind: Annotated[Literal["policy", "model"], Query(description="Which of the two is not the live one")] = "policy",
    version: Annotated[
        str | None, Query(max_length=64, description="Left out: the last that decided in shadow")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=MAX_CASES)] = 0,
    limit: Annotated[int, Query(ge=0, le=schemas.MAX_LISTED)] = 100,
) -> Any:
    """Compares shadow decisions with live ones: agreement, a matrix, error, money, minutes, and the cases that
    differ."""
    with reads() as act:
        queues = dict(act.policies.queues(card.name))
        for policy in act.service.live_policies.shadows(card.name):
            queues |= policy.document.queues
        return shadow_report(
            act.connection, card.name, queues=queues, kind=kind, version=version, offset=offset, limit=limit,
            restricted=act.actor.may("see_restricted", card.name),
        )  # fmt: skip


@router.post(
    "/v1/policies/{domain}/simulate",
    summary="What if: replay a draft over stored cases",
    response_model=schemas.WhatIf,
    response_model_exclude_unset=True,
    responses=body_problems(404),
)
def post_simulate(
    request: Request, card: EditedDomain, body: schemas.SimulateBody, reads: Reads, service: ServiceDep
) -> Any:
    """Replays a stored version or a document over the newest cases and sets it beside what was decided; changes
    nothing.

    One runs at a time on a machine, a minute at most, in a process of its own; 503 where another does not end in ten
    seconds. It is stopped when the caller hangs up.
    """
    with reads() as act:
        document, draft = _draft(act.connection, card, body)
        asked = AskedWhatIf(
            domain=card.name,
            document=document,
            certificate=service.promises.current(draft),
            now=act.now,
            since=body.since,
            until=body.until,
            limit=body.cases,
            changed_from=body.changed_from,
            changed_limit=body.changed_limit,
            restricted=act.actor.may("see_restricted", card.name),
        )
    return service.what_ifs.run(asked, abandoned=lambda: from_thread.run(request.is_disconnected))


def _draft(connection: Connection, card: Domain, asked: schemas.SimulateBody) -> tuple[str, Policy]:
    """Return the text of what is to be replayed, and the policy that it is."""
    if (asked.version is None) == (asked.document is None):
        raise invalid("version", asked.version, "name a stored `version`, or give a `document`; one of the two")
    if asked.document is not None:
        return asked.document, acts.read_draft(connection, card, asked.document)
    version = asked.version or ""
    policy = acts.stored_policy(connection, card, version, variant=asked.variant)
    return get_version(connection, card.name, version, variant=asked.variant).document, policy
