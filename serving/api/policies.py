"""The life of a policy over HTTP: versions, drafts, publishing and rolling back, what-if, and shadows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from features.fields import Instant
from policies.judging.policy import Policy
from serving.api.cases import JsonDep
from serving.api.problems import invalid, json_response, refused
from serving.auth import PrincipalDep, ServiceDep
from triage.db.database import reading
from triage.domain import Domain
from triage.errors import NotFoundError, UnavailableError
from triage.policy_life import acts as policy_desk
from triage.policy_life.shadow_report import shadow_report
from triage.policy_life.versions import get_version
from triage.policy_life.what_if import MAX_CASES, simulate
from triage.service import Service

router = APIRouter(tags=["policies"])
MAX_LISTED: Final = 1_000
MOST_LETTERS: Final = 200_000
_SIMULATING: Final = threading.BoundedSemaphore(1)
_Body = TypeVar("_Body", bound=BaseModel)
Version = Annotated[str, Field(min_length=1, max_length=32)]
Variant = Annotated[
    str | None, Field(max_length=40, description="A variant by name; left out: the domain's own policy")
]
OfVariant = Annotated[
    str | None, Query(max_length=40, description="A variant by name; left out: the domain's own policy")
]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DraftBody(_Asked):
    """A document to be recorded as a version, which is never changed afterwards."""

    document: Annotated[
        str, Field(min_length=1, max_length=MOST_LETTERS, description="The policy in YAML, as in a file")
    ]


class PublishBody(_Asked):
    """Which version comes into force, and when."""

    version: Version
    variant: Variant = None
    effective_at: Annotated[Instant | None, Field(description="Left out: now")] = None
    examples: Annotated[
        str | None,
        Field(max_length=MOST_LETTERS, description="Example cases in YAML, all of which must come out as they say"),
    ] = None


class RollbackBody(_Asked):
    """What to go back to."""

    variant: Variant = None
    to: Annotated[Version | None, Field(description="Left out: the version that was in force before")] = None


class ShadowBody(_Asked):
    """Which version decides beside the live one."""

    version: Annotated[Version | None, Field(description="null ends the shadow")]
    variant: Variant = None


class SimulateBody(_Asked):
    """Which draft to replay, over which cases."""

    version: Annotated[Version | None, Field(description="A stored version, or give `document`")] = None
    variant: Variant = None
    document: Annotated[
        str | None, Field(max_length=MOST_LETTERS, description="A draft in YAML that need not be stored")
    ] = None
    since: Instant | None = None
    until: Instant | None = None
    cases: Annotated[int, Field(ge=1, le=MAX_CASES, description="At most so many, the newest")] = 20_000
    changed_from: Annotated[int, Field(ge=0)] = 0
    changed_limit: Annotated[int, Field(ge=0, le=MAX_LISTED)] = 100


@router.get("/v1/policies/{domain}/versions", summary="Versions of a domain's policies")
def get_versions(domain: str, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Lists every version with what it is now (draft, scheduled, live, shadow or past), and every act with who did it."""
    card = _card(service, domain)
    principal.require("read", domain)
    with reading(service.engine) as connection:
        return json_response(policy_desk.describe(connection, card, now=service.clock()))


@router.get("/v1/policies/{domain}/versions/{version}", summary="One version as it was written")
def get_one_version(
    domain: str, version: str, service: ServiceDep, principal: PrincipalDep, variant: OfVariant = None
) -> Response:
    """Gives the YAML text of a version with who recorded it, when, and its sha256."""
    card = _card(service, domain)
    principal.require("read", domain)
    with reading(service.engine) as connection:
        found = get_version(connection, card.name, version, variant=variant)
    return json_response(
        {
            "domain": domain, "variant": found.variant, "version": found.version, "document": found.document,
            "sha256": found.sha256, "created_at": found.created_at.isoformat(), "created_by": found.created_by,
        }
    )  # fmt: skip


@router.post("/v1/policies/{domain}/versions", summary="Record a draft", status_code=201)
def add_version(domain: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Records a document as a version, with what lint says of it. The same again answers 200; other content answers 409."""
    card = _card(service, domain)
    principal.require("edit_policy", domain)
    document = _read(DraftBody, body).document
    with service.engine.begin() as connection:
        added = policy_desk.add_draft(connection, card, document, actor=principal.name, now=service.clock())
    return json_response(added, 201 if added["new"] else 200)


@router.post("/v1/policies/{domain}/publish", summary="Let a version come into force")
def publish(domain: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Publishes a recorded version, now or from a date on; 422 where lint finds an error in it."""
    card = _card(service, domain)
    principal.require("edit_policy", domain)
    asked = _read(PublishBody, body)
    with service.engine.begin() as connection:
        act = policy_desk.publish_version(
            connection, card, asked.version, variant=asked.variant, effective_at=asked.effective_at,
            examples=asked.examples,
            actor=principal.name, now=service.clock(),
        )  # fmt: skip
    service.live_policies.refresh()
    return json_response(act)


@router.post("/v1/policies/{domain}/rollback", summary="Bring the version before back")
def rollback(domain: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Brings back what was in force before, or the version named, at once; what was to come later is withdrawn."""
    card = _card(service, domain)
    principal.require("edit_policy", domain)
    asked = _read(RollbackBody, body)
    with service.engine.begin() as connection:
        act = policy_desk.roll_back_version(
            connection, card, variant=asked.variant, to=asked.to, actor=principal.name, now=service.clock()
        )
    service.live_policies.refresh()
    return json_response(act)


@router.post("/v1/policies/{domain}/shadow", summary="Let a version decide in shadow, or end it")
def set_shadow(domain: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Lets a recorded version decide every new case beside the live one, without effect."""
    card = _card(service, domain)
    principal.require("edit_policy", domain)
    asked = _read(ShadowBody, body)
    with service.engine.begin() as connection:
        act = policy_desk.shadow_version(
            connection, card, asked.version, variant=asked.variant, actor=principal.name, now=service.clock()
        )
    service.live_policies.refresh()
    return json_response(act)


@router.get("/v1/policies/{domain}/shadow", summary="What a shadow would have done otherwise")
def get_shadow(
    domain: str,
    service: ServiceDep,
    principal: PrincipalDep,
    kind: Annotated[Literal["policy", "model"], Query(description="Which of the two is not the live one")] = "policy",
    version: Annotated[
        str | None, Query(max_length=64, description="Left out: the last that decided in shadow")
    ] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=0, le=MAX_LISTED)] = 100,
) -> Response:
    """Compares shadow decisions with live ones: agreement, a matrix, error, money, minutes, and the cases that differ."""
    card = _card(service, domain)
    principal.require("edit_policy", domain)
    queues = dict(service.policies.queues(domain))
    for policy in service.live_policies.shadows(domain):
        queues |= policy.document.queues
    with reading(service.engine) as connection:
        return json_response(
            shadow_report(
                connection, card.name, queues=queues, kind=kind, version=version, offset=offset, limit=limit,
                restricted=principal.may("see_restricted", domain),
            )
        )  # fmt: skip


@router.post("/v1/policies/{domain}/simulate", summary="What if: replay a draft over stored cases")
def post_simulate(domain: str, body: JsonDep, service: ServiceDep, principal: PrincipalDep) -> Response:
    """Replays a stored version or a document over the newest cases and sets it beside what was decided; changes nothing.

    One at a time: 503 while another runs.
    """
    card = _card(service, domain)
    principal.require("edit_policy", domain)
    asked = _read(SimulateBody, body)
    with _alone(), reading(service.engine) as connection:
        draft = _draft(connection, card, asked)
        found = simulate(
            connection,
            draft,
            certificate=service.promises.current(draft),
            in_force=service.policies,
            now=service.clock(),
            since=asked.since,
            until=asked.until,
            limit=asked.cases,
            changed_from=asked.changed_from,
            changed_limit=asked.changed_limit,
            restricted=principal.may("see_restricted", domain),
        )
    return json_response(found)


def _draft(connection: Any, card: Domain, asked: SimulateBody) -> Policy:
    if (asked.version is None) == (asked.document is None):
        raise invalid("version", asked.version, "name a stored `version`, or give a `document`; one of the two")
    if asked.document is not None:
        return policy_desk.read_draft(connection, card, asked.document)
    return policy_desk.stored_policy(connection, card, asked.version or "", variant=asked.variant)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one replay run at a time, so that no number of callers can starve the cases of computing time."""
    if not _SIMULATING.acquire(blocking=False):
        raise UnavailableError("Another what-if is running; try again in a few seconds.")
    try:
        yield
    finally:
        _SIMULATING.release()


def _card(service: Service, domain: str) -> Domain:
    card = service.domains.get(domain)
    if card is None:
        raise NotFoundError(f"There is no domain {domain[:40]!r}; there are {', '.join(service.domains)}.")
    return card


def _read(model: type[_Body], raw: Any) -> _Body:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise refused(error) from None


EXAMPLES: Final[dict[str, tuple[type[BaseModel], dict[str, Any]]]] = {
    "/v1/policies/{domain}/versions": (DraftBody, {"document": "domain: …\nversion: 1.1.0\n…"}),
    "/v1/policies/{domain}/publish": (PublishBody, {"version": "1.1.0"}),
    "/v1/policies/{domain}/rollback": (RollbackBody, {}),
    "/v1/policies/{domain}/shadow": (ShadowBody, {"version": "1.1.0"}),
    "/v1/policies/{domain}/simulate": (SimulateBody, {"version": "1.1.0", "cases": 20_000}),
}
"""The body of each call and an example of it."""
