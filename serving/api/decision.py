"""`GET /v1/cases/{case_id}/decision?wait=30`: a workflow asks once and is answered when the case is settled.

However many wait, one query every half second asks for all of them together.
"""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from serving.api.schemas.base import problems
from serving.api.schemas.deliveries import CaseDecision
from serving.api.strict_route import StrictRoute
from serving.auth import PrincipalDep, ServiceDep
from triage.db.database import reading
from triage.errors import UnavailableError
from triage.identity.access import Principal
from triage.review.final_decision import final_decision, settled
from triage.service import Service

router = APIRouter(route_class=StrictRoute, strict_content_type=False)
MAX_WAIT_SECONDS: Final = 60.0
MAX_WAITING: Final = 500
_LOOK_SECONDS: Final = 0.5


class DecisionWaits:
    """Everybody who waits for a case to be settled, in one event loop."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    async def wait(self, case_id: str, *, seconds: float) -> None:
        """Wait until a case is settled or the time is over; raise UnavailableError where too many wait already."""
        if self.count >= MAX_WAITING:
            raise UnavailableError(f"{MAX_WAITING} callers wait for decisions already; ask again, or use callback_url")
        done = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(case_id, set()).add(done)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait([done], timeout=seconds)
        finally:
            done.cancel()
            self._waiting.get(case_id, set()).discard(done)
            if not self._waiting.get(case_id):
                self._waiting.pop(case_id, None)

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(_LOOK_SECONDS)
            for case_id in await run_in_threadpool(self._settled, list(self._waiting)):
                for done in self._waiting.get(case_id, set()):
                    if not done.done():
                        done.set_result(None)

    def _settled(self, case_ids: list[str]) -> set[str]:
        with reading(self._service.engine) as connection:
            return settled(connection, case_ids) if case_ids else set()


@router.get(
    "/v1/cases/{case_id}/decision",
    tags=["cases"],
    summary="The decision, and the ruling once there is one",
    response_model=CaseDecision,
    responses=problems(404),
)
async def get_decision(
    case_id: str,
    request: Request,
    service: ServiceDep,
    principal: PrincipalDep,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for a person's ruling")] = 0.0,
) -> Any:
    """Returns the decision; `final` says that no person's ruling is awaited. With `wait` it answers as soon as that is
    so.

    Not final after the wait? Ask again. 503 while too many callers wait.
    """
    found = await run_in_threadpool(_read, service, case_id, principal)
    if wait and not found["final"]:
        waits: DecisionWaits = request.app.state.decision_waits
        await waits.wait(case_id, seconds=wait)
        found = await run_in_threadpool(_read, service, case_id, principal)
    return found


def _read(service: Service, case_id: str, principal: Principal) -> dict[str, Any]:
    with reading(service.engine) as connection:
        return final_decision(connection, case_id, policies=service.policies, actor=principal)
