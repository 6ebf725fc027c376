"""The wiring: one app around one service."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from serving.api import (
    blind_audits,
    bulk,
    case_clocks,
    case_files,
    case_steps,
    catalogue,
    decision,
    deliveries,
    documents,
    fact_sources,
    finding,
    models,
    persons,
    policies,
    process,
    reference,
)
from serving.api import cases as casework
from serving.api import certificates as promises
from serving.api import submission as api
from serving.api.decision import DecisionWaits
from serving.api.openapi import openapi_document
from serving.api.problems import HttpError, invalid_fields, problem_response
from serving.attempts import Attempts
from serving.auth import KnownKeys
from serving.identity_provider import IdentityProvider
from serving.logs import configure_logs
from serving.pages import (
    account_pages,
    admin_pages,
    bulk_pages,
    case_page,
    explanation_page,
    figures_page,
    file_pages,
    find_page,
    live_pages,
    model_pages,
    pass_on,
    policy_pages,
    profile_pages,
    provider_pages,
    quality_pages,
    sign_in_pages,
    step_pages,
    what_if_pages,
)
from serving.pages import queue_pages as pages
from serving.pages.language import ReaderLanguage
from serving.pages.queue_pages import error_page, wants_page
from serving.request_rates import RequestRates
from serving.sign_on_check import check_sign_on, proxy_addresses
from serving.telemetry import Doorway, Measurements
from triage.db.probe import WriteProbe
from triage.errors import TriageError, UnavailableError
from triage.sealing import open_seal
from triage.service import Service, open_service
from triage.settings import Settings, unknown_variables
from triage.watcher import Watcher

log = structlog.get_logger(__name__)
ROUTERS: Final = (
    api.router,
    # Before the call that takes anything below /v1/cases/ for a case id.
    finding.router,
    casework.router,
    bulk.router,
    case_clocks.router,
    decision.router,
    case_steps.router,
    documents.router,
    deliveries.router,
    fact_sources.router,
    catalogue.router,
    policies.router,
    models.router,
    blind_audits.router,
    promises.router,
    process.router,
    persons.router,
    reference.router,
    sign_in_pages.router,
    provider_pages.router,
    profile_pages.router,
    pages.router,
    find_page.router,
    live_pages.router,
    bulk_pages.router,
    figures_page.router,
    admin_pages.router,
    account_pages.router,
    policy_pages.router,
    what_if_pages.router,
    model_pages.router,
    quality_pages.router,
    case_page.router,
    pass_on.router,
    step_pages.router,
    explanation_page.router,
    file_pages.router,
    case_files.router,
)
USES_EVERY_SECONDS: Final = 60.0
_STATIC: Final = Path(__file__).parent / "pages" / "static"


class _Static(StaticFiles):
    """Static files that a browser may keep for an hour."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with a file."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["cache-control"] = "public, max-age=3600"
        return answer


def create_app(service: Service) -> FastAPI:
    """Make the API and the review queue of a service, which starts and stops with them."""
    check_sign_on(service.settings, service.domains)
    provider = IdentityProvider(service.settings, service.clock) if service.settings.oidc_issuer else None
    known_keys = KnownKeys()
    uses = Watcher(
        lambda: known_keys.write_uses(service),
        name="key uses",
        failed="key_uses_not_written",
        rest_seconds=USES_EVERY_SECONDS,
        rests_first=True,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        await run_in_threadpool(service.start)
        uses.start()
        yield
        await run_in_threadpool(uses.stop)
        uses.once()
        if provider is not None:
            provider.close()
        await run_in_threadpool(service.stop)

    app = FastAPI(
        title="triage",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service
    app.state.known_keys = known_keys
    settings = service.settings
    rates = app.state.request_rates = RequestRates(
        key=settings.key_requests_per_minute,
        address=settings.address_requests_per_minute,
        processes=settings.workers,
    )
    app.state.identity_provider = provider
    app.state.seal = open_seal(service.settings)
    app.state.attempts = Attempts(processes=service.settings.workers)
    app.state.write_probe = WriteProbe(service.engine)
    app.state.decision_waits = DecisionWaits(service)
    app.state.readers = {}
    app.add_middleware(ReaderLanguage)
    app.state.live_counts = live_pages.LiveCounts(service)
    app.state.measurements = Measurements(service)
    app.add_middleware(
        Doorway,
        measurements=lambda: app.state.measurements,
        https_only=settings.secure_cookies,
        rates=rates,
        clock=service.clock,
        place=settings.environment,
    )
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", _Static(directory=_STATIC), name="static")
    _add_error_handlers(app)
    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not described:
            described.update(openapi_document(app, service.domains))
        return described

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def serve(settings: Settings) -> None:
    """Run the API and the review queue until interrupted; raise UnavailableError or PolicyError instead of starting
    badly."""
    import uvicorn

    from serving.supervisor import Supervisor

    configure_logs()
    for variable, meant in unknown_variables(os.environ).items():
        log.warning("setting_not_known", variable=variable, did_you_mean=meant)

    # What is wrong is raised here, also where several processes then each make an app of their own.
    service = open_service(settings)
    if settings.workers > 1:
        check_sign_on(settings, service.domains)
        service.engine.dispose()
    app = create_app(service) if settings.workers == 1 else "serving.app:worker"
    config = server_config(app, settings)
    if settings.workers == 1:
        _run(uvicorn.Server(config))
        return
    supervisor = Supervisor(config, sockets=[config.bind_socket()])
    supervisor.run()
    if supervisor.gave_up:
        raise UnavailableError("the serving processes died again and again; the lines before this one say why")


def server_config(app: Any, settings: Settings) -> Any:
    """Configure how the HTTP server runs an app, or the path of what makes one where several processes do."""
    import uvicorn

    from serving.connections import PatientProtocol

    return uvicorn.Config(
        app,
        factory=settings.workers > 1,
        workers=settings.workers,
        # A process that loads models on a busy machine answers late; one that is replaced for it begins anew.
        timeout_worker_healthcheck=120,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        # Headers that say who a request is from are believed from the proxies that were declared, and from nobody else.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=proxy_addresses(settings.trusted_proxies),
        limit_concurrency=settings.max_connections,
        backlog=settings.max_connections,
        http=PatientProtocol,
    )


def _run(server: Any) -> None:
    """Run one process until it is told to end."""
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise UnavailableError("the service could not start; the lines before this one say why")


def worker() -> FastAPI:
    """Make the app of one of several processes that serve one port; its settings are those of the environment."""
    configure_logs()
    return create_app(open_service(Settings()))


def _add_error_handlers(app: FastAPI) -> None:
    async def triage_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, TriageError)
        return error_page(request, error) if wants_page(request) else problem_response(error)

    async def bad_parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return await triage_error(request, invalid_fields(error.errors()))

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return await _method_not_allowed(request, triage_error)
        title = "Not found" if error.status_code == 404 else str(error.detail)
        detail = f"There is nothing at {request.url.path[:200]}." if error.status_code == 404 else str(error.detail)
        return await triage_error(request, HttpError(error.status_code, title, detail))

    async def database_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, OperationalError)
        return await triage_error(
            request, UnavailableError("The database does not answer; nothing was changed. Try again.")
        )

    async def gone(request: Request, error: Exception) -> Response:
        del error
        return await triage_error(request, HttpError(400, "The caller went away", "The body broke off."))

    app.add_exception_handler(TriageError, triage_error)
    app.add_exception_handler(RequestValidationError, bad_parameters)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(OperationalError, database_error)
    app.add_exception_handler(ClientDisconnect, gone)


async def _method_not_allowed(request: Request, answer: Any) -> Response:
    """Answer OPTIONS with what is allowed, and anything else that is not with 405 and the same."""
    allowed = {"OPTIONS"}
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, Route) and route.path_regex.match(request.url.path):
            allowed |= route.methods or set()
    allowed |= {"HEAD"} if "GET" in allowed else set()
    headers = {"Allow": ", ".join(sorted(allowed))}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    detail = f"{request.method[:20]} is not one of {headers['Allow']}."
    response: Response = await answer(request, HttpError(405, "Method not allowed", detail))
    response.headers["Allow"] = headers["Allow"]
    return response
