"""One trace a case, from request to delivery, over OpenTelemetry; nothing of it is loaded, or costs anything, where
TRIAGE_OTLP_ENDPOINT is empty.

The trace's id is the case's id, so it need not be kept: whatever any process does for a case, now or next month, is
part of the same trace, and who has the case has the trace. Its first span, the decision, has an id made of it; all
others are below.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from triage.errors import UnavailableError

SERVICE: Final = "triage"
_PATH: Final = "/v1/traces"
_tracing: "_Tracing | None" = None


def start_tracing(endpoint: str, *, exporter: Any = None) -> None:
    """Send spans to an OTLP address over HTTP from now on. exporter: another place, for tests.

    Raises UnavailableError where the extra `otel` is not installed.
    """
    global _tracing
    if not endpoint and exporter is None:
        return
    try:
        _tracing = _Tracing(endpoint, exporter)
    except ImportError:
        raise UnavailableError(
            "TRIAGE_OTLP_ENDPOINT is set, and the exporter is not installed: install retail-exception-triage[otel]"
        ) from None


def stop_tracing() -> None:
    """Send what is left, and stop."""
    global _tracing
    if _tracing is not None:
        _tracing.provider.shutdown()
        _tracing = None


def is_tracing() -> bool:
    """Check whether spans are made."""
    return _tracing is not None


def traceparent(case_id: str | None, span: str) -> dict[str, str]:
    """Return the W3C header by which a receiver joins a case's trace; empty while nothing is traced."""
    trace = _trace_id(case_id) if _tracing is not None and case_id is not None else None
    return {"traceparent": f"00-{trace:032x}-{_span_id(span):016x}-01"} if trace else {}


def trace_decisions(decided: Iterable[Any], *, ended: datetime) -> None:
    """Make the first span of each case's trace, from its arrival to its commit. decided: judgements."""
    if _tracing is None:
        return
    for one in decided:
        decision = one.decision
        _tracing.span(
            "decide", case_id=one.case_id, begun=one.case.received_at, ended=ended, first=True,
            attributes={
                "triage.domain": decision.domain, "triage.disposition": decision.disposition,
                "triage.model_version": decision.model_version or "fallback",
                "triage.policy_version": decision.policy_version, "triage.queue": decision.route.queue or "",
            },
        )  # fmt: skip


def trace_request(
    *, case_id: str | None, parent: str | None, begun: datetime, ended: datetime, attributes: Mapping[str, Any]
) -> None:
    """Make the span of an answered request: in its case's trace, linked to the caller's, or in the caller's."""
    if _tracing is not None:
        name = f"{attributes['http.request.method']} {attributes['http.route']}"
        _tracing.span(
            name, case_id=case_id, begun=begun, ended=ended, attributes=attributes, caller=parent, kind="server"
        )


def trace_delivery(
    *, case_id: str | None, delivery_id: str, begun: datetime, ended: datetime, failed: str | None,
    attributes: Mapping[str, Any],
) -> None:  # fmt: skip
    """Make the span of an attempt to deliver, under the id that the receiver was sent."""
    if _tracing is not None:
        _tracing.span(
            "deliver", case_id=case_id, begun=begun, ended=ended, attributes=attributes, kind="client",
            named=delivery_id, failed=failed,
        )  # fmt: skip


class _Tracing:
    """The parts of OpenTelemetry in use."""

    def __init__(self, endpoint: str, exporter: Any) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        self._ids = _ids()
        self.provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}), id_generator=self._ids)
        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            address = endpoint if endpoint.endswith(_PATH) else endpoint.rstrip("/") + _PATH
            # Sent by a thread of its own; what it cannot send in time is dropped, never waited for.
            self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=5)))
        else:
            self.provider.add_span_processor(SimpleSpanProcessor(exporter))
        self._tracer = self.provider.get_tracer(SERVICE)

    def span(
        self,
        name: str,
        *,
        case_id: str | None,
        begun: datetime,
        ended: datetime,
        attributes: Mapping[str, Any],
        first: bool = False,
        caller: str | None = None,
        kind: str = "internal",
        named: str | None = None,
        failed: str | None = None,
    ) -> None:
        """Make one span with both its ends known."""
        from opentelemetry.trace import Link, SpanKind, Status, StatusCode

        trace, calling = _trace_id(case_id), _caller_context(caller)
        links = [Link(calling)] if calling is not None and trace is not None else []
        self._ids.next_trace = trace if first else None
        self._ids.next_span = _span_id(case_id) if first and case_id else _span_id(named) if named else None
        span = self._tracer.start_span(
            name,
            context=self._below(trace, case_id, calling, first=first),
            kind=SpanKind[kind.upper()],
            start_time=_nanoseconds(begun),
            links=links,
            attributes={**attributes, **({"triage.case_id": case_id} if case_id else {})},
        )
        if failed is not None:
            span.set_status(Status(StatusCode.ERROR, failed))
        span.end(end_time=_nanoseconds(max(begun, ended)))

    def _below(self, trace: int | None, case_id: str | None, calling: Any, *, first: bool) -> Any:
        from opentelemetry.context import Context
        from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

        if first:
            return Context()
        if trace is not None and case_id is not None:
            flags = TraceFlags(TraceFlags.SAMPLED)
            context = SpanContext(trace_id=trace, span_id=_span_id(case_id), is_remote=True, trace_flags=flags)
            return set_span_in_context(NonRecordingSpan(context), Context())
        return set_span_in_context(NonRecordingSpan(calling), Context()) if calling is not None else Context()


def _ids() -> Any:
    import threading

    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class _Ids(RandomIdGenerator, threading.local):
        """Random ids, but where the next one of this thread is known."""

        next_trace: int | None = None
        next_span: int | None = None

        def generate_trace_id(self) -> int:
            known, self.next_trace = self.next_trace, None
            return known or super().generate_trace_id()

        def generate_span_id(self) -> int:
            known, self.next_span = self.next_span, None
            return known or super().generate_span_id()

    return _Ids()


def _caller_context(parent: str | None) -> Any:
    """Read a W3C traceparent; None where there is none or it is none."""
    if not parent:
        return None
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    found = get_current_span(TraceContextTextMapPropagator().extract({"traceparent": parent})).get_span_context()
    return found if found.is_valid else None


def _trace_id(case_id: str | None) -> int | None:
    try:
        return int((case_id or "").replace("-", ""), 16) or None
    except ValueError:
        return None


def _span_id(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") or 1


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000
