"""What is old leaves with everything that hangs on it, and nothing else changes: not history, not the proof."""

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, func, insert, select, update

from features.history import DAY_SECONDS, CaseFact, History, Trail
from tests.triage.conftest import ANN, DOMAIN, SYSTEM, ScriptedScorer, override, policy_with
from triage.db.audit_chain import walk_chain
from triage.db.handoff_schema import deliveries
from triage.db.row_proof import RowBook
from triage.db.schema import audit_events, cases, claims, entity_cases, labels, metadata, past_cases, tasks
from triage.errors import InvalidError
from triage.review import verbs
from triage.review.case_retention import OF_A_CASE, SLACK, forget, require_long_enough
from triage.review.outcomes import record_outcome
from triage.review.verbs import Ruling

DAYS = 400.0
KEPT = timedelta(days=DAYS) + SLACK
RULING = Ruling(action="accepted", cause="price_match", reason_code="justified", comment="Fine.")


class Archive:
    """A house with one case that is ruled on, and time that passes."""

    def __init__(self, house: Any, engine: Engine) -> None:
        self.engine = engine
        self.house = house(ScriptedScorer(risk=0.5), policy_with())
        self.case_id = self.house.one(override(1)).body["case_id"]
        self.decided_at = self.house.clock()

    def do(self, verb: Any, *args: Any, **options: Any) -> Any:
        with self.engine.begin() as connection:
            now = self.house.clock()
            return verb(connection, *args, policies=self.house.policies, actor=ANN, now=now, **options)

    def rule(self) -> None:
        self.do(verbs.claim, self.case_id, hold=timedelta(minutes=30))
        self.do(verbs.comment, self.case_id, text="seen")
        self.do(verbs.resolve, self.case_id, ruling=RULING, heads={DOMAIN.name: DOMAIN.heads})

    def outcome(self) -> None:
        raw = {"domain": DOMAIN.name, "exception_id": override(1)["exception_id"], "wrong": True}
        with self.engine.begin() as connection:
            record_outcome(
                connection, raw, domains={DOMAIN.name: DOMAIN}, policies=self.house.policies, actor=SYSTEM,
                now=self.house.clock(),
            )  # fmt: skip

    def forget_after(self, length: timedelta) -> int:
        return forget(self.engine.begin, [DOMAIN.name], now=self.decided_at + length, days=DAYS).cases

    def rows(self) -> dict[str, int]:
        tables = (*OF_A_CASE, cases, labels, claims, entity_cases)
        with self.engine.begin() as connection:
            counted = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
            }
        return {name: count for name, count in counted.items() if count}

    def mismatches(self) -> list[str]:
        with self.engine.begin() as connection, closing(RowBook()) as book:
            for link in walk_chain(connection):
                book.read(link)
            return [str(each) for each in book.mismatches(connection)]


@pytest.fixture
def archive(house: Any, engine: Engine) -> Archive:
    return Archive(house, engine)


def test_a_case_leaves_with_everything_and_the_chain_says_so(archive: Archive) -> None:
    archive.rule()
    assert {"cases", "decisions", "tasks", "resolutions", "comments", "labels"} <= archive.rows().keys()
    assert archive.forget_after(KEPT + timedelta(seconds=1)) == 1
    assert (archive.rows(), archive.mismatches()) == ({}, [])
    with archive.engine.begin() as connection:
        last = connection.execute(select(audit_events).order_by(audit_events.c.seq.desc()).limit(1)).one()
    assert (last.actor, last.verb) == ("system:retention", "forget")
    assert archive.house.one(override(1)).status == 201, "what is forgotten is a new case when it is sent again"


@pytest.mark.parametrize(("seconds", "gone"), [(-1, 0), (0, 0), (1, 1)])
def test_a_case_is_kept_to_the_second(archive: Archive, seconds: int, gone: int) -> None:
    archive.rule()
    assert archive.forget_after(KEPT + timedelta(seconds=seconds)) == gone


def test_a_case_that_waits_is_kept_however_old(archive: Archive) -> None:
    assert archive.forget_after(10 * KEPT) == 0
    archive.house.clock.forward(days=1)
    archive.rule()
    assert archive.forget_after(KEPT + timedelta(hours=23)) == 0
    assert archive.forget_after(KEPT + timedelta(hours=25)) == 1


def test_a_case_of_which_something_became_known_lately_is_kept(archive: Archive) -> None:
    archive.rule()
    archive.house.clock.forward(days=10)
    archive.outcome()
    assert archive.forget_after(KEPT + timedelta(days=9)) == 0
    assert archive.forget_after(KEPT + timedelta(days=11)) == 1


@pytest.mark.parametrize(("state", "gone"), [("waiting", 0), ("leased", 0), ("delivered", 1), ("dead", 1)])
def test_a_case_whose_delivery_is_under_way_is_kept(archive: Archive, state: str, gone: int) -> None:
    archive.rule()
    at = archive.decided_at
    with archive.engine.begin() as connection:
        connection.execute(
            insert(deliveries),
            {
                "delivery_id": "d", "endpoint": "erp", "kind": "case.decided", "case_id": archive.case_id, "body": "{}",
                "created_at": at, "expires_at": at, "state": state,
            },
        )  # fmt: skip
    assert archive.forget_after(KEPT + timedelta(days=1)) == gone


def test_what_is_newer_stays_and_is_still_proven(archive: Archive) -> None:
    archive.rule()
    archive.house.clock.forward(days=2)
    other = archive.house.one(override(2)).body["case_id"]
    before = archive.mismatches()
    assert archive.forget_after(KEPT + timedelta(days=1)) == 1
    assert (archive.mismatches(), before) == ([], [])
    with archive.engine.begin() as connection:
        assert connection.execute(select(cases.c.case_id)).scalars().all() == [other]
        connection.execute(update(cases).values(site_id="elsewhere"))
    assert archive.mismatches(), "a change behind the program's back is found as before"


def test_backfilled_cases_leave_too(engine: Engine) -> None:
    start = datetime.fromisoformat("2024-01-01T00:00:00+00:00")
    rows = [
        {
            "domain": DOMAIN.name, "exception_id": f"X-{day}", "known_at": start + timedelta(days=day), "fx_rate": 1.0,
            "payload": "{}", "attributes": "{}", "origin": "a test",
        }
        for day in range(500)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(past_cases), rows)
    found = forget(engine.begin, [DOMAIN.name], now=start + KEPT + timedelta(days=450), days=DAYS)
    assert found.past_cases == 450


def test_every_table_of_a_case_is_listed() -> None:
    of_a_case = {table.name for table in metadata.sorted_tables if "case_id" in table.c}
    # Audit events stay; which case came of a document goes with the document, which is kept as long.
    assert of_a_case - {"cases", "audit_events", "document_cases"} == {table.name for table in OF_A_CASE}


def test_tasks_that_left_are_no_longer_counted(archive: Archive) -> None:
    archive.rule()
    archive.forget_after(2 * KEPT)
    with archive.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(tasks)).scalar_one() == 0


class TestHorizon:
    """History counts nothing older than is kept, whether it left or not."""

    TRAIL = Trail(name="cashier", key=("cashier_id",), windows_days=(30, 365))

    def history(self, days: list[float], *, horizon_days: float) -> History:
        history = History([self.TRAIL], horizon_days=horizon_days)
        for day in days:
            history.add_case(CaseFact(known_at=day * DAY_SECONDS, keys={"cashier": "C-1"}, measures={}))
        return history

    def row(self, history: History, day: float) -> list[float]:
        found = history.look_up({"cashier": ["C-1"]}, np.array([day * DAY_SECONDS]))
        return [float(column[0]) for column in found.values()]

    @pytest.mark.parametrize("at", [0.5, 399.0, 400.0, 400.5, 420.0, 700.0, 1000.0, 2000.0])
    def test_a_row_is_the_same_with_and_without_what_is_older(self, at: float) -> None:
        days = [0.0, 1.0, 10.0, 399.5, 400.0, 650.0]
        kept = [day for day in days if day >= at - 400.0]
        whole, rest = (self.history(some, horizon_days=400.0) for some in (days, kept))
        np.testing.assert_equal(self.row(whole, at), self.row(rest, at))

    def test_without_a_horizon_everything_counts(self) -> None:
        assert self.row(self.history([0.0], horizon_days=float("inf")), 5000.0)[0] == 5000.0


@pytest.mark.parametrize(("days", "refused"), [(None, False), (365.0, True), (366.0, False), (5000.0, False)])
def test_no_window_may_reach_further_back_than_is_kept(days: float | None, refused: bool) -> None:
    if refused:
        with pytest.raises(InvalidError, match="looks back 365 days"):
            require_long_enough(days, {DOMAIN.name: DOMAIN})
    else:
        require_long_enough(days, {DOMAIN.name: DOMAIN})
