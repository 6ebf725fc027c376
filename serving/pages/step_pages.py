"""The steps of a case on its page: what else is done for it, and what this person may do with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from serving.api import case_steps as api
from serving.api.problems import invalid
from serving.api.schemas import steps as schemas
from serving.pages.visit import FormDep, Visit, VisitDep, body_of
from serving.transactions import Act, Reads, Writes
from triage.db.database import reading
from triage.handoff.step_states import BLOCKED, ENDED_BADLY, LOOKUP, OPEN, WAITING
from triage.handoff.step_store import find
from triage.identity.access import Principal
from triage.review import step_acts
from triage.review.task_access import may_see_queue

router = APIRouter(include_in_schema=False)
_SKIPPED_FROM: Final = frozenset({BLOCKED, OPEN, WAITING, *ENDED_BADLY})
_LISTED: Final = 50
_FIELD: Final = "result."
_FLAGS: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """A step as the page shows it. title: in words; said: what is sent or asked; may: what this person may do with
    it."""

    step: Mapping[str, Any]
    title: str
    said: Sequence[tuple[str, Any]]
    may: Sequence[str]


def shown_steps(act: Act, case_id: str) -> list[ShownStep]:
    """Return the steps of a case as its page shows them; none while its blind audit is open."""
    found = step_acts.case_steps(act.connection, case_id, policies=act.policies, actor=act.actor)
    return [_shown(act, step) for step in found]


@router.get("/steps")
def steps_page(
    visit: VisitDep,
    reads: Reads,
    queue: Annotated[str, Query(max_length=40)] = "",
    site_id: Annotated[str, Query(max_length=128)] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Show what waits for people beside the cases: tasks, proposals, calls to be made by hand."""
    with reads() as act:
        found = step_acts.open_steps(
            act.connection, queue=queue or None, site_id=site_id or None, policies=act.policies, actor=act.actor,
            after=after, limit=_LISTED,
        )  # fmt: skip
        shown = [_shown(act, step) for step in found]
    following = found[-1]["seq"] if len(found) == _LISTED else None
    return visit.page("steps.html", wide=True, steps=shown, queue=queue, site_id=site_id, following=following)


@router.post("/cases/{case_id}/steps/{step_id}")
def act_on_step(case_id: str, step_id: str, visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """Complete a step, decline, skip or retry it, as the API's call of that name does."""
    verb, text = form.get("verb", ""), form.get("text", "").strip()
    if verb == "complete":
        body = body_of(schemas.CompleteBody, comment=text, result=_result(visit, step_id, form))
        api.complete_step(step_id, body, writes)
    elif verb in _REASONED:
        _REASONED[verb](step_id, body_of(schemas.ReasonBody, reason=text), writes)
    else:
        raise invalid("verb", verb, f"must be one of complete, {', '.join(_REASONED)}")
    return visit.go("/steps" if form.get("from") == "steps" else f"/cases/{case_id}", "changed")


_REASONED: Final = {"decline": api.decline_step, "skip": api.skip_step, "retry": api.retry_step}


def _result(visit: Visit, step_id: str, form: Mapping[str, str]) -> dict[str, Any] | None:
    """Read what a person filled in, each field in its own kind; one left empty is not given."""
    given = {name.removeprefix(_FIELD): text.strip() for name, text in form.items() if name.startswith(_FIELD)}
    given = {name: text for name, text in given.items() if text}
    if not given:
        return None
    with reading(visit.service.engine) as connection:
        step = find(connection, step_id)
    kinds = (step.plan.get("returns") or {}) if step is not None else {}
    return {name: _read(name, text, kinds.get(name, "text")) for name, text in given.items()}


def _read(name: str, text: str, kind: str) -> float | bool | str:
    if kind == "flag":
        if text not in _FLAGS:
            raise invalid(name, text, "must be yes or no")
        return _FLAGS[text]
    if kind == "number":
        try:
            return float(text)
        except ValueError:
            raise invalid(name, text, "must be a number, 3 or 2.5") from None
    return text


def _shown(act: Act, step: Mapping[str, Any]) -> ShownStep:
    body = step["body"] or {}
    return ShownStep(step=step, title=_title(step), said=_flat(body), may=_may(act, step))


def _may(act: Act, step: Mapping[str, Any]) -> list[str]:
    """Return what this person may do with a step now; each act checks the same again."""
    principal: Principal = act.actor
    domain, state = step["domain"], step["state"]
    hidden = step["queue"] is not None and not may_see_queue(act.policies, domain, step["queue"], principal)
    if hidden or not principal.may("work_tasks", domain):
        return []
    approves = principal.may("approve", domain)
    if step["needs_approver"] and not approves:
        return []
    allowed = ["complete"] if state == OPEN else []
    allowed += ["decline"] if state == OPEN and step["kind"] == "propose" else []
    if approves:
        allowed += ["skip"] if state in _SKIPPED_FROM else []
        allowed += ["retry"] if state in ENDED_BADLY or (step["by_hand"] and state == OPEN) else []
    return allowed


def _title(step: Mapping[str, Any]) -> str:
    title = step["title"]
    if isinstance(title, dict):
        title = title.get("en") or next(iter(title.values()), None)
    if title:
        return str(title)
    name = step["name"].replace("_", " ")
    if step["kind"] == LOOKUP:
        return f"Find out: {name}"
    if step["system"] is not None:
        return f"{step['system']}: {step['operation'] or name}"
    return str(name).capitalize()


def _flat(body: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Return the fields of a body by dotted name."""
    fields: list[tuple[str, Any]] = []
    for name, value in body.items():
        if isinstance(value, dict):
            fields += _flat(value, f"{above}{name}.")
        else:
            fields.append((f"{above}{name}", value))
    return fields
