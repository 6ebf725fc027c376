"""Administration of who is signed in where."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from serving.auth import COOKIE
from serving.pages.visit import FormDep, VisitDep
from serving.transactions import Reads, Writes
from triage.db.audit_chain import audit
from triage.identity.sessions import MAX_LISTED, end_session, list_sessions

router = APIRouter(include_in_schema=False, prefix="/admin")


@router.get("/sessions")
def sessions_page(request: Request, visit: VisitDep, reads: Reads) -> Response:
    """Show who is signed in, since when, from where and how."""
    with reads() as act:
        act.actor.require("manage_access")
        found = list_sessions(act.connection, now=act.now, token=request.cookies.get(COOKIE, ""))
    return visit.page("admin/sessions.html", wide=True, sessions=found, most=MAX_LISTED)


@router.post("/sessions")
def end_one(visit: VisitDep, form: FormDep, writes: Writes) -> Response:
    """End somebody's session."""
    with writes() as act:
        act.actor.require("manage_access")
        ended = end_session(act.connection, form.get("session", "")[:64])
        if ended:
            detail = {"name": form.get("name", "")[:64]}
            audit(act.connection, actor=act.actor.name, verb="end_session", case_id=None, detail=detail, now=act.now)
    return visit.go("/admin/sessions", "sessions_ended")
