"""One look at a page: who looks, at what service, and what the page before had to tell."""

from dataclasses import dataclass, replace
from time import monotonic
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.api.body import read_form
from serving.api.problems import invalid_fields
from serving.api.schemas.base import Body
from serving.auth import Caller, CallerDep, ServiceDep
from serving.pages.flash import FLASH_COOKIE, read_note, redirect
from serving.pages.language import UTC_ZONE, Reader, reader, write_for
from serving.pages.templating import render
from triage.db.database import reading
from triage.identity.reader_preferences import preferences_of
from triage.service import Service

FormDep = Annotated[dict[str, str], Depends(read_form)]
PAGE_SIZE: Final = 50
_READER_HOLDS: Final = 10.0
"""Seconds for which a process keeps how somebody reads; a choice is seen at once in the process that took it."""
_MAX_READERS: Final = 1_000
_Body = TypeVar("_Body", bound=Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request for a page by somebody known."""

    request: Request
    caller: Caller
    service: Service

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Answer with a page, and with the note of the page before where it was written for this one."""
        service, policies = self.service, self.service.policies
        note = read_note(self.request, self.caller)
        titles = {(domain, name): queue.title for domain in policies for name, queue in policies.queues(domain).items()}
        answer = render(
            template,
            status=status,
            caller=self.caller,
            now=service.clock(),
            note=note,
            domains=service.domains,
            titles=titles,
            simulated=sorted(
                service.domains[name].title for name in service.promises.simulated() & service.domains.keys()
            ),
            currencies={domain: policy.document.currency for domain, policy in policies.items()},
            **values,
        )
        if FLASH_COOKIE in self.request.cookies:
            answer.delete_cookie(FLASH_COOKIE, path="/")
        return answer

    def go(self, path: str, note: str = "", *, subject: str = "", undo: str = "", seconds: float = 0.0) -> Response:
        """Send the browser to another page, with a note for it. undo: the case whose ruling can be undone."""
        if not note:
            return RedirectResponse(path, 303)
        return redirect(path, note, self.caller, self.service, subject=subject, undo=undo, seconds=seconds)


async def visit(request: Request, caller: CallerDep, service: ServiceDep) -> Visit:
    """Return the look at a page that a request is; what it says is written for who looks."""
    # Set here, in the request's own task: a thread of the pool would set it for itself alone.
    write_for(await run_in_threadpool(_reader_of, request, caller, service))
    return Visit(request=request, caller=caller, service=service)


def _reader_of(request: Request, caller: Caller, service: Service) -> Reader:
    known: dict[str, tuple[float, Reader]] = request.app.state.readers
    name, asked = caller.principal.name, reader()
    at, chosen = known.get(name, (0.0, asked))
    if monotonic() - at > _READER_HOLDS:
        with reading(service.engine) as connection:
            language, time_zone = preferences_of(connection, name)
        chosen = Reader(language=language or "", time_zone=time_zone or UTC_ZONE)
        if len(known) >= _MAX_READERS:
            known.clear()
        known[name] = (monotonic(), chosen)
    return chosen if chosen.language else replace(chosen, language=asked.language)


VisitDep = Annotated[Visit, Depends(visit)]


def body_of(model: type[_Body], **fields: Any) -> _Body:
    """Return what a form sends as the API's call takes it, so that page and call do the same.

    A field left empty is null. Raises InvalidError naming each field that cannot be used.
    """
    try:
        return model.model_validate({name: value or None for name, value in fields.items()})
    except ValidationError as error:
        raise invalid_fields(error.errors()) from None


def local_address(address: str) -> str:
    """Keep an address on this site, or return the front page."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else "/"
