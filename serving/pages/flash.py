"""What one page tells the next: a note in a signed cookie, shown once, and only by the page it was written for.

A note in the address would be told to everybody who follows a copied link, and anybody could write one.
"""

from dataclasses import asdict, dataclass
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.auth import Caller
from serving.pages.language import translate
from triage.service import Service

FLASH_COOKIE: Final = "triage_note"
_SECONDS: Final = 60
NOTES: Final = {
    "empty": "Nothing is waiting there: every case of this queue is done or claimed.",
    "none_left": "Nothing is left for you: everything you may work on is done, claimed, or waits for somebody else.",
    "resolved": "Resolved.",
    "ruled": "Ruled. A second person has to approve it.",
    "undone": "Undone. Nothing of the ruling has happened; the case is yours.",
    "attached": "The file is in the case.",
    "approved": "Approved. The ruling stands and the case is closed.",
    "sent_back": "Sent back. The case is open again, with your comment in the history.",
    "claimed": "The case is yours for now.",
    "released": "The case is back in its queue.",
    "held": "On hold. It comes back to you.",
    "snoozed": "Snoozed. It comes back to you.",
    "handed_off": "Handed over.",
    "assigned": "Moved on.",
    "escalated": "Left to an approver.",
    "passed_back": "Sent back to who passed it on.",
    "review_requested": "A person will decide it.",
    "commented": "Your comment is in the file.",
    "view_saved": "The view is kept under its name.",
    "view_deleted": "The view is gone.",
    "draft_saved": "Recorded. It decides nothing until it is published.",
    "published": "Published: it decides from now on.",
    "rolled_back": "The version before is back in force.",
    "shadowed": "It decides every new case in shadow, without effect.",
    "shadow_ended": "Nothing decides in shadow any more.",
    "sessions_ended": "Signed out there.",
    "changed": "Done, and written into the audit trail.",
    "model_waiting": "Asked for. Somebody else who may manage automation has to agree.",
    "model_done": "Done: every process serves it within seconds.",
    "model_rejected": "Refused. The model that served goes on.",
    "seeded": "They are among the audits now.",
    "none_seeded": "There is none: no outcome is known of an automatic case that nobody looked at.",
    "bulk_running": "Begun; some cases are left. Go on with them here.",
    "bulk_done": "Done, and written into the history of each case.",
    "bulk_waiting": "A second person sees it on their page of acts and has to agree.",
    "bulk_rejected": "Refused. Nothing happened to any case.",
    "redriven": "Sent again: a worker takes it from here.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note for the page at `path`. subject: the exception id of the case it is about, where that is another one.

    undo: the id of the case whose ruling can be undone for some seconds, empty for none.
    """

    name: str
    path: str
    subject: str = ""
    undo: str = ""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The note in words."""
        text = translate(NOTES[self.name])
        return f"{self.subject}: {text}" if self.subject else text


def redirect(
    path: str,
    name: str,
    caller: Caller,
    service: Service,
    *,
    subject: str = "",
    undo: str = "",
    seconds: float = 0.0,
) -> Response:
    """Send the browser to a page that shows a note."""
    answer = RedirectResponse(path, 303)
    note = Note(name=name, path=path.partition("?")[0], subject=subject, undo=undo, seconds=seconds)
    answer.set_cookie(
        FLASH_COOKIE,
        _signer(caller).dumps(asdict(note)),
        max_age=_SECONDS,
        httponly=True,
        samesite="lax",
        secure=service.settings.secure_cookies,
        path="/",
    )
    return answer


def read_note(request: Request, caller: Caller) -> Note | None:
    """Return the note for this page, None where there is none, or none that this session was given."""
    given = request.cookies.get(FLASH_COOKIE)
    if given is None or caller.csrf_token is None:
        return None
    try:
        note = Note(**_signer(caller).loads(given))
    except (BadSignature, TypeError):
        return None
    return note if note.path == request.url.path and note.name in NOTES else None


def _signer(caller: Caller) -> URLSafeSerializer:
    # Only this session knows its token, so what another session or site wrote is not believed.
    return URLSafeSerializer(caller.csrf_token or "", salt="note")
