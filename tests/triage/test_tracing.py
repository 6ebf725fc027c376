"""One trace a case: decision, requests and deliveries have the case's own id, in whatever process they are made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from triage import tracing
from triage.errors import UnavailableError
from triage.ids import new_id

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASE = new_id()


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.start_tracing("", exporter=exporter)
    yield exporter
    tracing.stop_tracing()


def judged() -> Any:
    decision = SimpleNamespace(
        domain="d", disposition="auto", model_version=None, policy_version="1.0.0", route=SimpleNamespace(queue=None)
    )
    return SimpleNamespace(case_id=CASE, case=SimpleNamespace(received_at=AT), decision=decision)


def test_nothing_is_made_or_sent_where_it_is_off() -> None:
    assert tracing.traceparent(CASE, "d-1") == {} and not tracing.is_tracing()
    tracing.trace_decisions([judged()], ended=AT)


def test_decision_request_and_delivery_are_one_trace(spans: InMemorySpanExporter) -> None:
    later = AT + timedelta(seconds=1)
    tracing.trace_decisions([judged()], ended=later)
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    attributes = {"http.request.method": "POST", "http.route": "/v1/cases"}
    tracing.trace_request(case_id=CASE, parent=caller, begun=AT, ended=later, attributes=attributes)
    tracing.trace_delivery(
        case_id=CASE, delivery_id="d-1", begun=AT, ended=later, failed="it answered 500", attributes={}
    )
    decide, request, deliver = spans.get_finished_spans()
    trace = int(CASE.replace("-", ""), 16)
    assert [span.context.trace_id for span in (decide, request, deliver)] == [trace] * 3
    assert decide.parent is None and request.parent.span_id == deliver.parent.span_id == decide.context.span_id
    assert [f"{link.context.trace_id:032x}" for link in request.links] == ["0af7651916cd43dd8448eb211c80319c"]
    header = tracing.traceparent(CASE, "d-1")["traceparent"]
    assert header == f"00-{trace:032x}-{deliver.context.span_id:016x}-01"
    assert not deliver.status.is_ok and (decide.end_time - decide.start_time) == 1_000_000_000


def test_a_request_about_no_case_is_in_its_callers_trace(spans: InMemorySpanExporter) -> None:
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    attributes = {"http.request.method": "GET", "http.route": "/v1/queues"}
    for parent in (caller, "nonsense", None):
        tracing.trace_request(case_id=None, parent=parent, begun=AT, ended=AT, attributes=attributes)
    first, *others = spans.get_finished_spans()
    assert f"{first.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert all(span.parent is None for span in others)


def test_a_missing_extra_is_said_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_Tracing", lambda *given: (_ for _ in ()).throw(ImportError()))
    with pytest.raises(UnavailableError, match=r"install retail-exception-triage\[otel\]"):
        tracing.start_tracing("http://127.0.0.1:4318")
