"""Administration: people and their roles, keys of systems, endpoints, dead letters. For administrators alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from serving.api import deliveries as api
from serving.api import fact_sources
from serving.api.schemas import deliveries as schemas
from serving.api.schemas.fact_sources import SourceBody
from serving.pages.visit import FormDep, Visit, VisitDep, body_of
from serving.transactions import Act, Reads, Writes
from triage.db.audit_chain import audit
from triage.errors import FieldProblem, InvalidError
from triage.handoff import deliveries, endpoints
from triage.handoff.deliveries import DeliveryFilter
from triage.handoff.endpoint_states import endpoint_states
from triage.identity import access
from triage.identity.second_factor import remove_second_factor
from triage.identity.sessions import end_sessions
from triage.ids import new_secret

router = APIRouter(include_in_schema=False, prefix="/admin")
_LISTED: Final = 50
_MAX_DAYS: Final = 3_650
_ACTS_ON_PEOPLE: Final = (
    "create_user", "set_password", "disable_user", "grant", "revoke", "remove_second_factor", "end_sessions",
)  # fmt: skip


@router.get("")
def people_page(visit: VisitDep, reads: Reads) -> Response:
    """Show who may sign in and which systems may call, with their roles."""
    with reads() as act:
        act.actor.require("manage_access")
        people, keys = access.list_users(act.connection), access.list_keys(act.connection)
    return _page(visit, people, keys)


@router.post("/people")
def change_person(visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Do what the form says with a person, and write it into the audit chain."""
    verb, name = form.get("verb", ""), form.get("name", "").strip().lower()
    with writes() as act:
        act.actor.require("manage_access")
        _require(verb in _ACTS_ON_PEOPLE, "verb", verb, f"must be one of {', '.join(_ACTS_ON_PEOPLE)}")
        _PEOPLE[verb](act, name, form)
        role = form.get("role") or None
        _audit(act, verb, name=name, roles=[_written(role, form.get("domain"))] if role else [])
    return visit.go("/admin", "changed")


@router.post("/keys")
def change_key(visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Make a key, which is shown this once, or revoke one."""
    name, verb = form.get("name", "").strip().lower(), form.get("verb", "")
    secret = None
    with writes() as act:
        act.actor.require("manage_access")
        _require(verb in ("create_key", "revoke_key"), "verb", verb, "must be create_key or revoke_key")
        if verb == "create_key":
            secret = access.create_key(
                act.connection, name, now=act.now, expires_at=_expiry(act, form.get("days", "")),
                scope=[one for one in access.PERMISSIONS if one == form.get("only")] or None,
                subject=form.get("subject", "").strip() or None,
            )  # fmt: skip
            access.grant(act.connection, f"key:{name}", form.get("role", ""), form.get("domain") or None)
            _audit(act, verb, name=name, roles=[_written(form.get("role"), form.get("domain"))])
        else:
            access.revoke_key(act.connection, name, now=act.now)
            _audit(act, verb, name=name)
        people, keys = access.list_users(act.connection), access.list_keys(act.connection)
    if not secret:
        return visit.go("/admin", "changed")
    return _page(visit, people, keys, made={"name": name, "secret": secret})


@router.get("/deliveries")
def deliveries_page(
    visit: VisitDep,
    reads: Reads,
    endpoint: Annotated[str, Query(max_length=64)] = "",
    state: Annotated[str, Query(max_length=10)] = "dead",
    cursor: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show endpoints, how they do, and deliveries, dead letters first."""
    _require(state in deliveries.STATES, "state", state, f"must be one of {', '.join(deliveries.STATES)}")
    with reads() as act:
        act.actor.require("manage_deliveries")
        known = endpoints.list_endpoints(act.connection)
        stand = {one.endpoint: one for one in endpoint_states(act.connection)}
        wanted = DeliveryFilter(endpoint=endpoint or None, state=state)
        found = deliveries.list_deliveries(act.connection, wanted, cursor=cursor or None, limit=_LISTED)
    return visit.page(
        "admin/deliveries.html", wide=True, endpoints=known, found=found["items"], following=found["next_cursor"],
        endpoint=endpoint, state=state, states=deliveries.STATES, stand=stand,
    )  # fmt: skip


@router.get("/deliveries/{delivery_id}")
def delivery_page(delivery_id: str, visit: VisitDep, reads: Reads) -> Response:
    """Show one delivery, with what it carries and its last attempts."""
    with reads() as act:
        act.actor.require("manage_deliveries")
        found = deliveries.show_delivery(act.connection, delivery_id)
    return visit.page("admin/delivery.html", delivery=found)


@router.post("/deliveries/redrive")
def redrive(visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Send one delivery again, or every dead letter that matches."""
    if delivery_id := form.get("delivery_id"):
        api.redrive_one(delivery_id, writes)
    else:
        api.redrive_matching(body_of(schemas.RedriveBody, endpoint=form.get("endpoint")), writes)
    return visit.go("/admin/deliveries", "redriven")


@router.post("/endpoints")
def change_endpoint(visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Pause an endpoint, resume it, or try it."""
    name, verb = form.get("name", ""), form.get("verb", "")
    if verb == "pause_endpoint":
        api.pause_endpoint(name, body_of(schemas.PauseBody, because=form.get("because", "").strip()), writes)
    elif verb == "resume_endpoint":
        api.resume_endpoint(name, writes)
    else:
        _require(verb == "test_endpoint", "verb", verb, "must be pause_endpoint, resume_endpoint or test_endpoint")
        api.test_endpoint(body_of(schemas.TestBody, endpoint=name), writes)
    return visit.go("/admin/deliveries", "changed")


@router.get("/lookups")
def lookups_page(visit: VisitDep, reads: Reads) -> Response:
    """Show the systems and tables in which facts are looked up before a case is judged."""
    return visit.page("admin/lookups.html", wide=True, sources=fact_sources.list_lookups(reads)["sources"])


@router.post("/lookups")
def change_lookup(visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Add a source, or remove one."""
    name, verb = form.get("name", "").strip(), form.get("verb", "")
    if verb == "add_lookup":
        leave = {"allow_private": True} if form.get("allow_private") == "yes" else {}
        given = {"url": form.get("url", "").strip(), "secret": form.get("secret", "").strip()}
        body = body_of(SourceBody, name=name, **given, **leave)
        fact_sources.add_lookup(body, writes)
    else:
        _require(verb == "remove_lookup", "verb", verb, "must be add_lookup or remove_lookup")
        fact_sources.remove_lookup(name, writes)
    return visit.go("/admin/lookups", "changed")


def _page(visit: Visit, people: list[Any], keys: list[Any], made: dict[str, str] | None = None) -> Response:
    return visit.page(
        "admin/people.html", wide=True, people=people, keys=keys, made=made, roles=access.ROLES,
        permissions=tuple(access.PERMISSIONS), now_at=visit.service.clock(), suggestion=new_secret()[:16],
    )  # fmt: skip


def _create(act: Act, name: str, form: dict[str, str]) -> None:
    access.create_user(act.connection, name, form.get("password", ""), now=act.now)
    _grant(act, name, form)


def _grant(act: Act, name: str, form: dict[str, str]) -> None:
    access.grant(act.connection, f"user:{name}", form.get("role", ""), form.get("domain") or None)


def _revoke(act: Act, name: str, form: dict[str, str]) -> None:
    last_admin = form.get("role") == "admin" and f"user:{name}" == act.actor.name
    _require(not last_admin, "role", "admin", "is your own: another administrator has to take it from you")
    access.revoke(act.connection, f"user:{name}", form.get("role", ""), form.get("domain") or None)


def _disable(act: Act, name: str, form: dict[str, str]) -> None:
    del form
    _require(f"user:{name}" != act.actor.name, "name", name, "is you: another administrator has to do that")
    access.disable_user(act.connection, name, now=act.now)


def _remove_second_factor(act: Act, name: str, form: dict[str, str]) -> None:
    """Let somebody who lost the phone in: with the password alone, or to enrol anew where a role takes a second
    factor."""
    del form
    removed = remove_second_factor(act.connection, name)
    _require(removed, "name", name, "has no authenticator app")
    end_sessions(act.connection, name)


def _end_sessions(act: Act, name: str, form: dict[str, str]) -> None:
    del form
    end_sessions(act.connection, name)


def _expiry(act: Act, days: str) -> datetime | None:
    if not days:
        return None
    _require(days.isdecimal() and 1 <= int(days) <= _MAX_DAYS, "days", days, f"must be 1 to {_MAX_DAYS}")
    return act.now + timedelta(days=int(days))


_PEOPLE: Final[dict[str, Callable[[Act, str, dict[str, str]], None]]] = {
    "create_user": _create,
    "set_password": lambda act, name, form: access.set_password(act.connection, name, form.get("password", "")),
    "disable_user": _disable,
    "grant": _grant,
    "revoke": _revoke,
    "remove_second_factor": _remove_second_factor,
    "end_sessions": _end_sessions,
}


def _written(role: str | None, domain: str | None) -> str:
    return f"{role}:{domain}" if domain else str(role)


def _require(holds: bool, field: str, value: str, message: str) -> None:
    if not holds:
        problem = FieldProblem(field=field, value=value[:80], message=message)
        raise InvalidError(f"{field} {value[:80]!r} {message}", problems=[problem])


def _audit(act: Act, verb: str, **detail: Any) -> None:
    audit(act.connection, actor=act.actor.name, verb=verb, case_id=None, detail=detail, now=act.now)
