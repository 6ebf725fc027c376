"""Policies as pages: versions and what tells them apart, a draft with what lint says, publish, roll back, shadow."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from policies.checking.difference import Change, difference
from policies.checking.findings import Finding
from policies.judging.policy import Policy
from serving.api import policies
from serving.api.domains import EditedDomain, ReadDomain
from serving.api.schemas import policies as schemas
from serving.auth import ServiceDep
from serving.pages.visit import FormDep, Visit, VisitDep, body_of
from serving.transactions import Reads, Writes
from triage.domain import Domain
from triage.errors import InvalidError
from triage.policy_life import acts
from triage.policy_life.versions import get_version
from triage.proof.chain_key import chain_key
from triage.proof.signatures import sign_policy

router = APIRouter(include_in_schema=False)
_MAX_CHANGES: Final = 300
AnyVersion = Annotated[str, Query(max_length=32)]
OfVariant = Annotated[str, Query(max_length=40)]


@router.get("/policies")
def first_policy(visit: VisitDep) -> Response:
    """Lead to the first policy that one may read."""
    readable = [name for name in visit.service.policies if visit.caller.principal.may("read", name)]
    return RedirectResponse(f"/policies/{readable[0]}" if readable else "/", 303)


@router.get("/policies/{domain}")
def policy_page(
    card: ReadDomain,
    visit: VisitDep,
    reads: Reads,
    old: AnyVersion = "",
    new: AnyVersion = "",
    variant: OfVariant = "",
) -> Response:
    """Show the versions of a policy, and what tells two of them apart."""
    with reads() as act:
        life = acts.describe(act.connection, card, now=act.now)
        changes = None
        if old and new:
            first = acts.stored_policy(act.connection, card, old, variant=variant or None)
            second = acts.stored_policy(act.connection, card, new, variant=variant or None)
            changes = difference(first.document, second.document)
    return visit.page(
        "policy.html", wide=True, domain=card, life=life, old=old, new=new, variant=variant,
        changes=None if changes is None else [_written(change) for change in changes[:_MAX_CHANGES]],
        more=max(0, len(changes or ()) - _MAX_CHANGES), versions=[row["version"] for row in life["versions"]],
        promises=[each for each in visit.service.promises.describe() if each["domain"] == card.name],
        champion=visit.service.champions.describe().get(card.name),
        document=visit.service.policies[card.name].document,
    )  # fmt: skip


@router.get("/policies/{domain}/draft")
def draft_page(
    card: EditedDomain, visit: VisitDep, reads: Reads, of: AnyVersion = "", variant: OfVariant = ""
) -> Response:
    """Show a version's text, to be changed into a draft."""
    with reads() as act:
        version = of or visit.service.policies[card.name].version
        text = get_version(act.connection, card.name, version, variant=variant or None).document
    return _draft(visit, card, text)


@router.post("/policies/{domain}/draft")
def save_draft(card: EditedDomain, visit: VisitDep, form: FormDep, reads: Reads, writes: Writes) -> Response:
    """Check a draft, and record it as a version where the form asks for that."""
    text = form.get("document", "").replace("\r\n", "\n")
    try:
        with reads() as act:
            read, findings = acts.check_draft(act.connection, card, text)
            changes = difference(act.policies[card.name].document, read.document)
        if "save" not in form:
            return _draft(visit, card, text, read=read, findings=findings, changes=changes)
        with writes() as act:
            added = acts.add_draft(
                act.connection, card, text, actor=act.actor.name, now=act.now, checked=(read, findings)
            )
            key = chain_key(act.service.settings)
            sign_policy(act.connection, key, card.name, added["variant"], added["version"], text, now=act.now)
    except InvalidError as error:
        return _draft(visit, card, text, refusal=error, status=422)
    return visit.go(f"/policies/{card.name}", "draft_saved")


@router.post("/policies/{domain}/publish")
def publish(
    card: EditedDomain, visit: VisitDep, form: FormDep, reads: Reads, writes: Writes, service: ServiceDep
) -> Response:
    """Let a version come into force now."""
    body = body_of(schemas.PublishBody, version=form.get("version"), variant=form.get("variant"))
    policies.publish(card, body, reads, writes, service)
    return visit.go(f"/policies/{card.name}", "published")


@router.post("/policies/{domain}/rollback")
def rollback(card: EditedDomain, visit: VisitDep, form: FormDep, writes: Writes, service: ServiceDep) -> Response:
    """Bring the version before back."""
    policies.rollback(card, body_of(schemas.RollbackBody, variant=form.get("variant")), writes, service)
    return visit.go(f"/policies/{card.name}", "rolled_back")


@router.post("/policies/{domain}/shadow")
def shadow(card: EditedDomain, visit: VisitDep, form: FormDep, writes: Writes, service: ServiceDep) -> Response:
    """Let a version decide every new case beside the live one, without effect, or end that."""
    version = form.get("version")
    body = body_of(schemas.ShadowBody, version=version, variant=form.get("variant"))
    policies.set_shadow(card, body, writes, service)
    return visit.go(f"/policies/{card.name}", "shadowed" if version else "shadow_ended")


def _draft(
    visit: Visit,
    card: Domain,
    text: str,
    *,
    read: Policy | None = None,
    findings: list[Finding] | None = None,
    changes: list[Change] | None = None,
    refusal: InvalidError | None = None,
    status: int = 200,
) -> Response:
    return visit.page(
        "policy_draft.html", status=status, wide=True, domain=card, text=text, read=read, findings=findings,
        changes=None if changes is None else [_written(change) for change in changes[:_MAX_CHANGES]],
        refusal=refusal, live=visit.service.policies[card.name].version,
    )  # fmt: skip


def _written(change: Change) -> dict[str, Any]:
    """Write a change as a person reads it: rules by their id, values as in the document."""
    return {
        "direction": change.direction, "key": change.key, "was": _value(change.was), "becomes": _value(change.becomes),
    }  # fmt: skip


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_value(each)}" for name, each in value.items() if each is not None)
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
