"""How the API's calls are read: identity first, then the strict rules of JSON, then the schemas; no parameter is
overlooked."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from serving.api.body import read_json
from serving.api.problems import invalid
from serving.auth import identify


class StrictRequest(Request):
    """A request whose JSON was read and parsed by the rules of `read_json`."""

    def __init__(self, scope: Scope, receive: Receive, content: Any) -> None:
        super().__init__(scope, receive)
        self._content = content

    async def body(self) -> bytes:
        """Return anything but nothing: the content is parsed already."""
        return b"parsed"

    async def json(self) -> Any:
        """Return the content."""
        return self._content


class StrictRoute(APIRoute):
    """A call of the API.

    A body is read only for somebody known, and only as strict JSON; FastAPI then checks it against the declared schema.
    A query parameter that the call does not have is refused: a misspelt filter would list everything.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler FastAPI makes, with the body read before it."""
        handle, has_body = super().get_route_handler(), self.body_field is not None
        known = frozenset(_query_names(self.dependant))

        async def strict(request: Request) -> Response:
            if request.scope["query_string"]:
                refuse_unknown(request, known)
            if has_body:
                await identify(request)
                request = StrictRequest(request.scope, request.receive, await read_json(request))
            return await handle(request)

        return strict


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Raise InvalidError where the address carries a query parameter that the call does not have."""
    for name in request.query_params:
        if name not in known:
            choice = f"; there are {', '.join(sorted(known))}" if known else "; it has none"
            raise invalid(name[:80], request.query_params[name], f"is not a query parameter of this call{choice}")


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _query_names(needed)
