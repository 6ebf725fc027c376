"""What every request passes through: an id, a log line without secrets, a measurement, safe headers, and no bare
500."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.problems import invalid, problem_response
from serving.guarantee_metrics import promise_metrics
from serving.handoff_metrics import handoff_metrics
from serving.pages.templating import PLACE
from serving.process_metrics import ProcessMetrics, measure_commits
from serving.request_rates import RequestRates
from triage.clock import utc_now
from triage.db.database import reading
from triage.errors import TriageError
from triage.identity.access import Principal
from triage.ids import new_id
from triage.intake.data_quality import UNLIKE_CODE
from triage.intake.decision import Decision
from triage.review.queues import queue_counts
from triage.service import Service
from triage.tracing import is_tracing, trace_request

log = structlog.get_logger("access")
_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Nothing here needs a script, a font or a picture from elsewhere, or written into a page, so nothing is allowed to.
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}
_PROBES: Final = frozenset({"/healthz", "/readyz"})
"""What asks whether the process lives is never told to wait."""
# A viewer, so that a scraper never learns what waits in a restricted queue.
SCRAPER: Final = Principal(name="system:metrics", grants=frozenset({("viewer", None)}))


class Measurements:
    """The Prometheus metrics of one app."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "triage_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "triage_request_seconds",
            "Time from request to answer",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.cases = Counter(
            "triage_cases", "Cases decided, by disposition", ("domain", "disposition"), registry=self.registry
        )
        self.fallbacks = Counter(
            "triage_fallback_decisions", "Cases decided by fallback rules", ("domain",), registry=self.registry
        )
        self.unlike = Counter(
            "triage_unlike_cases",
            "Cases unlike what is proven, which go to people",
            ("domain",),
            registry=self.registry,
        )
        measure_commits(service.engine, self.registry)
        self.registry.register(_ServiceMetrics(service))

    def count(self, decision: Decision) -> None:
        """Count a new decision."""
        self.cases.labels(decision.domain, decision.disposition).inc()
        if decision.fallback is not None:
            self.fallbacks.labels(decision.domain).inc()
        if any(reason.code == UNLIKE_CODE for reason in decision.reasons):
            self.unlike.labels(decision.domain).inc()


class _ServiceMetrics:
    """What stands in the database and the registry at the moment of the scrape."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._process = ProcessMetrics(service)

    def describe(self) -> Iterable[Metric]:
        """Describe nothing, so that registering asks no database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Count the queues and name the models."""
        service = self._service
        with reading(service.engine) as connection:
            queues = queue_counts(connection, policies=service.policies, actor=SCRAPER, now=service.clock())
        for name, text in (("open", "not claimed"), ("claimed", "being worked on"), ("overdue", "past their due time")):
            gauge = GaugeMetricFamily(f"triage_queue_{name}", f"Tasks {text}", labels=("domain", "queue"))
            for queue in queues:
                gauge.add_metric((queue["domain"], queue["queue"]), queue[name])
            yield gauge
        models = GaugeMetricFamily(
            "triage_model", "1 for what decides: a model version, or fallback rules", labels=("domain", "model_version")
        )
        for domain, champion in service.champions.describe().items():
            models.add_metric((domain, champion["model_version"] or "fallback"), 1.0)
        yield models
        yield from _policies(service)
        yield from promise_metrics(service)
        yield from handoff_metrics(service)
        yield from self._process.collect()


def _policies(service: Service) -> Iterable[Metric]:
    """Name the policies in force, those that were refused, and count what shadows did."""
    decides = GaugeMetricFamily(
        "triage_policy", "1 for what decides: a policy version", labels=("domain", "variant", "policy_version")
    )
    refused = GaugeMetricFamily(
        "triage_policy_refused", "1 where a published version does not load", labels=("domain",)
    )
    for domain, found in service.live_policies.describe().items():
        for variant, version in {"": found["policy_version"], **found["variants"]}.items():
            decides.add_metric((domain, variant, version), 1.0)
        refused.add_metric((domain,), float(found["refused"] is not None))
    yield decides
    yield refused
    shadows = GaugeMetricFamily("triage_shadow", "What shadows did since the start of this process", labels=("what",))
    for what, count in service.shadows.counts().items():
        shadows.add_metric((what,), count)
    yield shadows


class Doorway:
    """ASGI middleware around everything else."""

    def __init__(
        self,
        app: ASGIApp,
        measurements: Callable[[], Measurements],
        *,
        https_only: bool,
        rates: RequestRates,
        clock: Callable[[], datetime],
        place: str,
    ) -> None:
        self._app = app
        self._rates, self._clock, self._place = rates, clock, place
        self._measurements = measurements
        self._headers = _HEADERS | ({"strict-transport-security": "max-age=31536000"} if https_only else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id, status = new_id(), 0
        bodiless = scope["method"] == "HEAD"
        if bodiless:
            scope = {**scope, "method": "GET"}

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(scope=message), request_id)
            elif bodiless:
                message = {**message, "body": b""}
            await send(message)

        scope.setdefault("state", {})
        PLACE.set(self._place)
        try:
            _refuse_nul(scope)
            if scope["path"] not in _PROBES and scope.get("client"):
                self._rates.count("address", scope["client"][0], now=self._clock())
            await self._app(scope, receive, answer)
        except TriageError as error:
            await problem_response(error)(scope, receive, answer)
        except Exception:
            log.exception("failed", request_id=request_id, path=scope["path"])
            if status == 0:
                sorry = TriageError(f"It is logged as {request_id}; name this id when you report it.")
                await problem_response(sorry, request_id=request_id)(scope, receive, answer)
        self._record(scope, status, perf_counter() - started, request_id)

    def _add_headers(self, headers: MutableHeaders, request_id: str) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")
        headers["x-request-id"] = request_id

    def _record(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        # The route's pattern, never the path: ids would make endless series, and a query string may hold what is
        # private.
        route = getattr(scope.get("route"), "path", "none")
        measurements = self._measurements()
        measurements.requests.labels(scope["method"], route, str(status)).inc()
        measurements.seconds.labels(route).observe(seconds)
        log.info(
            "request",
            request_id=request_id,
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            caller=scope["state"].get("caller"),
        )
        if is_tracing():
            _trace(scope, route, status, seconds)


def _trace(scope: Scope, route: str, status: int, seconds: float) -> None:
    """Make the request's span, in the trace of the case it was about."""
    ended = utc_now()
    case_id = scope["state"].get("case_id") or (scope.get("path_params") or {}).get("case_id")
    parent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
    attributes = {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status}
    trace_request(
        case_id=case_id, parent=parent, begun=ended - timedelta(seconds=seconds), ended=ended, attributes=attributes
    )


def _refuse_nul(scope: Scope) -> None:
    query: bytes = scope.get("query_string", b"")
    if "\x00" in scope["path"] or b"%00" in query or b"\x00" in query:
        raise invalid("address", scope["path"][:80], "must not contain a NUL character")
