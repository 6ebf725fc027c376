"""No statement of the request, page and history paths looks through a table that grows: each is explained on both
databases."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from sqlalchemy import Engine, event, select, text

from tests.serving.conftest import House, open_house
from tests.serving.pages.reading import PAGE
from triage.db.clock_schema import clocks
from triage.db.schema import cases
from triage.documents.document_retention import forget_documents
from triage.domains.invoice_discrepancy import DOMAIN as INVOICES
from triage.handoff.jobs import run_job_now
from triage.process.reporting import By
from triage.review.search_index import index_some, remove_from_index
from triage.review.stages import is_stage_due, reach_due_stages
from triage.shared_jobs import process_jobs, shared_jobs

GROWING: Final = frozenset(
    {
        "cases", "decisions", "tasks", "resolutions", "comments", "labels", "shadow_decisions", "past_cases",
        "audit_events",
        "outbox", "sessions", "deliveries", "claims", "entity_cases", "clocks", "pauses", "reached_stages",
        "inbox", "case_search",
        "process_figures", "breach_forecasts", "bulk_acts", "known_cases",
        "documents", "document_files", "document_orders", "document_cases",
    }
)  # fmt: skip
"""Tables with a row for each case, act or call; the others have one for each person, key, endpoint or act on a
policy."""

DOCUMENTS: Final = Path(__file__).parents[2] / "examples" / "documents"
LADDER: Final = '{"stages": [{"at_percent": 50, "notify": ["lead"], "escalate_to": "lead"}]}'
Statements = dict[str, Any]


@pytest.fixture
def statements(engine: Engine) -> Iterator[Statements]:
    """Everything the engine is asked, by its text, with the parameters it was last asked with."""
    asked: Statements = {}

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", statement, re.IGNORECASE):
            asked[statement] = parameters[0] if executemany else parameters

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def scans(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """Name the growing tables that a statement would look through from end to end."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            found = [re.match(r"SCAN (\w+)(.*)", str(row[3])) for row in plan]
            return [
                match[1] for match in found if match and match[1] in GROWING and not _is_bounded(statement, match[2])
            ]
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
        found = [re.search(r"Seq Scan on (\w+)", str(row[0])) for row in plan]
        return [match[1] for match in found if match and match[1] in GROWING]


def _is_bounded(statement: str, how: str) -> bool:
    """Return whether a walk ends by itself: in the order of arrival after some rows, or in an index over what waits
    alone."""
    if "WHERE" not in statement:
        return "LIMIT" in statement
    # Of the index for searching SQLite says SCAN always, and after the colon by what: words (M) or a number (=).
    return "ix_tasks_waiting" in how or re.search(r"VIRTUAL TABLE INDEX \d+:\S", how) is not None


def test_every_statement_uses_an_index(any_house: House, statements: Statements) -> None:
    live(any_house)
    engine = any_house.service.engine
    assert len(statements) > 50, "the day should ask most of what there is to ask"
    looked_through = {
        f"{tables}: {' '.join(statement.split())[:400]}"
        for statement, parameters in statements.items()
        if (tables := scans(engine, statement, parameters))
    }
    assert looked_through == set(), "\n".join(sorted(looked_through))


def test_every_statement_about_documents_uses_an_index(engine: Engine, tmp_path: Path, statements: Statements) -> None:
    office = contextmanager(open_house)(engine, tmp_path, domain=INVOICES)
    with office as house:
        client, system = house.client, house.system
        for name in ("orders.csv", "invoice-M-77-idoc.xml", "receipts.csv", "invoice-7731-cii.xml", "unreadable.xml"):
            sent = client.post("/v1/documents", content=(DOCUMENTS / name).read_bytes(), headers=system)
            assert sent.status_code == 201, sent.text
        document_id = sent.json()["documents"][0]["document_id"]
        assert house.service.documents.tend() == 1, "the receipts mend some of an exception"
        for path in ("", "?state=exception", "?kind=order", "?number=7731", "?order=4500012400", "?before=3",
                     f"/{document_id}", f"/{document_id}/original"):  # fmt: skip
            assert client.get(f"/v1/documents{path}", headers=system).status_code == 200, path
        house.clock.forward(days=500)
        assert forget_documents(engine.begin, now=house.clock(), days=400.0) == 11
    looked_through = {
        f"{tables}: {' '.join(statement.split())[:400]}"
        for statement, parameters in statements.items()
        if "document" in statement and (tables := scans(engine, statement, parameters))
    }
    assert looked_through == set(), "\n".join(sorted(looked_through))
    if engine.dialect.name == "sqlite":  # PostgreSQL chooses by how many rows there are, and here are eleven
        for column in ("state", "kind", "number"):
            (listed,) = [each for each in statements if re.search(rf"documents\.{column} = \S+ ORDER BY", each)]
            with engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {listed}", statements[listed]).all()
            assert f"ix_documents_domain_{column}_seq" in str(plan), listed


def live(house: House) -> None:
    """Do what callers and people do in a day."""
    client, system = house.client, house.system
    ids = [house.review_case(note=f"note {number}") for number in range(3)]
    escalated = house.escalated_case(restricted=False)
    decision = house.submit()
    client.post("/v1/cases/batch", json=[house.case(), house.case()], headers=system)
    client.post("/v1/score", json=house.case(), headers=system)
    outcome = {"domain": "price_override", "exception_id": decision["exception_id"], "wrong": True}
    client.post("/v1/outcomes", json=outcome, headers=system)
    ann = house.sign_in("ann")
    with house.service.engine.begin() as connection:
        index_some(connection)
        remove_from_index(connection, connection.execute(select(cases).order_by(cases.c.seq).limit(1)).all())
    client.post("/v1/views", json={"name": "open", "query": "state=open"}, headers=ann)
    read(house)
    for path in ("/v1/queues/OVERRIDE_DESK/next", "/v1/next"):
        client.post(path, headers=ann)
    for verb, body in (("comment", {"text": "seen"}), ("release", None), ("claim", None)):
        client.post(f"/v1/cases/{ids[0]}/{verb}", json=body, headers=ann)
    for verb, body in (
        ("hold", {"reason": "waiting"}), ("resume", None), ("claim", None),
        ("snooze", {"until": (house.clock() + timedelta(hours=1)).isoformat()}), ("resume", None), ("claim", None),
        ("hand-off", {"to": "paul"}), ("assign", {"to": "ann"}), ("send-back", {"reason": "no"}),
    ):  # fmt: skip
        who = house.sign_in("paul") if verb in ("assign", "send-back") else ann
        assert client.post(f"/v1/cases/{ids[0]}/{verb}", json=body, headers=who).status_code == 200, verb
    client.post(f"/v1/cases/{ids[0]}/claim", headers=ann)
    ruling = {"cause": "price_match", "wrong": False, "reason_code": "PRICE_MATCH_OK", "comment": "fine"}
    client.post(f"/v1/cases/{ids[0]}/resolve", json=ruling, headers=ann)
    house.sign_in("paul")
    client.post(f"/v1/cases/{escalated}/claim", headers=house.sign_in("paul"))
    act_on_many(house)
    for who in ("mo", "pia", "root"):
        house.sign_in(who)
        read(house)
    with house.service.engine.begin() as connection:
        due = house.clock() - timedelta(minutes=1)
        own = clocks.update().where(clocks.c.case_id == escalated)
        connection.execute(own.values(next_due_at=due, ladder=LADDER, next_stage=0))
        assert is_stage_due(connection, house.clock())
        assert reach_due_stages(connection, now=house.clock())
    house.service.promises.refresh()
    house.service.live_policies.refresh()
    house.clock.forward(days=1)
    house.submit()
    work(house)
    house.sign_in("root")
    read(house)


def act_on_many(house: House) -> None:
    """Do one thing to every case that waits."""
    paul = house.sign_in("paul")
    read(house)
    many = house.client.post("/v1/bulk", json={"verb": "assign", "to": "ann"}, headers=paul).json()
    assert house.client.post(f"/v1/bulk/{many['bulk_id']}/start", headers=paul).json()["counts"]["done"]


def work(house: House) -> None:
    """Do what the shared jobs of a worker do."""
    service = house.service
    shared = [job for job in shared_jobs(service.settings) if not job.name.startswith("process.")]
    process = process_jobs(lambda hold: service.policies, service.domains)
    jobs = [*shared, *process]
    for job in jobs:
        assert run_job_now(service.engine, job, worker="w") is None, job.name


def read(house: House) -> None:
    """Look at everything there is to look at."""
    case_id = house.client.get("/v1/cases").json()["items"][0]["case_id"]
    for path in (
        "/v1/cases", "/v1/cases?state=open", "/v1/cases?queue=OVERRIDE_DESK&disposition=review", "/v1/cases?state=done",
        "/v1/cases?claimed_by=user:ann", "/v1/cases?domain=price_override&cause=price_match", "/v1/cases?q=pro-0",
        "/v1/cases?state=on_hold", "/v1/cases?state=snoozed", "/v1/cases?q=note", "/v1/cases/counts?q=note",
        "/v1/cases/export?state=done", "/v1/views",
        "/v1/cases?received_from=2020-01-01&received_to=2030-01-01&order=due",
        "/v1/cases?state=auto", "/v1/cases?state=claimed&claimed_by=user:ann", f"/v1/cases/{case_id}",
        "/v1/queues", "/v1/policies/price_override/certificate", "/v1/policies/price_override/certificates",
        "/v1/policies/price_override", "/v1/policies/price_override/versions", "/v1/policies/price_override/shadow",
        "/v1/models/price_override", "/v1/quality/price_override", "/v1/domains", "/v1/models", "/readyz", "/metrics",
        "/v1/process/ages", "/v1/process/breaches", "/v1/process/causes",
        *(f"/v1/process?from=2025-12-10&by={by}" for by in get_args(By)),
    ):  # fmt: skip
        house.client.get(path)
    for path in ("/", "/cases", f"/cases/{case_id}", "/queues/OVERRIDE_DESK", "/cases?q=PRO-0001", "/bulk"):
        house.client.get(path, headers=PAGE)


def test_a_scan_is_seen(any_house: House) -> None:
    engine = any_house.service.engine
    assert scans(engine, "SELECT * FROM cases WHERE currency = 'USD'", ()) == ["cases"]
    assert scans(engine, "SELECT * FROM cases WHERE case_id = 'x'", ()) == []
