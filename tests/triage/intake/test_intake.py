"""From submission to answer: stored once, decided with what was known, never lost."""

import threading
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pytest
from sqlalchemy import func, select

from features.history import CaseFact
from tests.triage.conftest import ANN, DOMAIN, DOMAINS, POLICIES, SYSTEM, ScriptedScorer, feature, override
from training.tables.dataset import feature_rows
from training.tables.from_database import dataset_from_database
from triage.db.audit_chain import verify_audit
from triage.db.schema import audit_events, audit_head, cases, decisions, past_cases, tasks
from triage.identity.access import Principal
from triage.intake.entity_history import EntityHistory
from triage.review.case_reading import case_file
from triage.review.outcomes import record_outcome


def past_row(seq: int) -> dict[str, Any]:
    return {
        "seq": seq, "domain": DOMAIN.name, "exception_id": f"P-{seq}", "known_at": datetime(2026, 1, seq, tzinfo=UTC),
        "fx_rate": 1.0, "payload": orjson.dumps(override(seq)["payload"]).decode(), "attributes": "{}",
        "origin": "test",
    }  # fmt: skip


def case_row(seq: int) -> dict[str, Any]:
    moment = datetime(2026, 1, seq, tzinfo=UTC)
    row = past_row(seq) | {"exception_id": f"X-{seq}", "case_id": f"case-{seq}", "content_hash": "0", "as_of": moment}
    del row["origin"]
    return row | {"received_at": moment, "currency": "USD", "envelope": "{}", "submitted_by": "key:pos"}


def count(engine, table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


class TestDecides:
    def test_everything_is_stored_together(self, house) -> None:
        at = house(ScriptedScorer(risk=0.5))
        answer = at.one(override())
        assert (answer.status, answer.body["disposition"], answer.body["model_version"]) == (
            201,
            "review",
            "price_override/1",
        )
        assert [count(at.engine, table) for table in (cases, decisions, tasks, audit_events)] == [1] * 4

    def test_a_case_done_straight_through_waits_for_nobody(self, house) -> None:
        at = house(ScriptedScorer(risk=0.01))
        answer = at.one(override())
        assert (answer.body["disposition"], answer.body["route"]["queue"]) == ("auto", None)
        assert count(at.engine, tasks) == 0

    def test_the_stored_answer_is_the_answer_given(self, house) -> None:
        at = house(ScriptedScorer(risk=0.5))
        answer = at.one(override())
        with at.engine.connect() as connection:
            found = case_file(connection, answer.body["case_id"], policies=POLICIES, actor=ANN, now=at.clock())
        assert found["decision"] == answer.decision

    def test_a_preview_stores_nothing(self, house) -> None:
        at = house(ScriptedScorer(risk=0.5))
        raw = override()
        del raw["exception_id"]
        answer = at.intake.preview(raw, actor=SYSTEM)
        assert (answer.status, answer.body["disposition"], answer.body["case_id"]) == (200, "review", None)
        assert count(at.engine, cases) == 0


class TestIdempotency:
    def test_the_same_again_gets_the_first_decision(self, house) -> None:
        at = house(ScriptedScorer(risk=0.5))
        first = at.one(override())
        at.models.scorer.risk = 0.01
        again = at.one(override())
        assert (again.status, again.body["case_id"], again.body["disposition"]) == (
            200,
            first.body["case_id"],
            "review",
        )
        assert count(at.engine, cases) == 1

    def test_other_content_under_the_same_id_is_a_conflict(self, house) -> None:
        at = house(ScriptedScorer())
        first = at.one(override())
        other = at.one(override(pieces=9))
        assert (other.status, other.body["case_id"]) == (409, first.body["case_id"])

    def test_twice_in_one_batch_is_one_case(self, house) -> None:
        answers = house(ScriptedScorer()).submit(override(), override(), override(pieces=9))
        assert [answer.status for answer in answers] == [201, 200, 409]

    def test_many_at_once_are_one_case(self, house) -> None:
        at = house(ScriptedScorer())
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(at.one(override()).status)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200] * 11 + [201]

    def test_two_replicas_at_once_are_one_case(self, house) -> None:
        one, other = house(ScriptedScorer()), house(ScriptedScorer())
        assert (one.one(override()).status, other.one(override()).status) == (201, 200)


class TestBatch:
    def test_a_bad_one_spoils_no_other(self, house) -> None:
        at = house(ScriptedScorer())
        answers = at.submit(override(1), {"domain": "nonsense"}, override(2, listed_price="x"), override(3))
        assert [answer.status for answer in answers] == [201, 422, 422, 201]
        assert answers[2].body["errors"][0]["field"] == "payload.listed_price"

    def test_a_caller_without_the_right_is_refused_item_by_item(self, house) -> None:
        other = Principal(name="key:wms", grants=frozenset({("service", "return_fraud")}))
        assert house(ScriptedScorer()).one(override(), actor=other).status == 403


class TestFallback:
    def test_without_a_champion_the_rules_decide_and_say_so(self, house) -> None:
        answer = house(None).one(override())
        assert (answer.status, answer.body["disposition"]) == (201, "auto")
        assert answer.body["fallback"] == "no champion is registered"
        assert (answer.body["risk"], answer.body["model_version"]) == (None, None)

    def test_a_model_that_breaks_loses_no_case(self, house) -> None:
        at = house(ScriptedScorer())
        at.models.scorer.error = RuntimeError("broken tree")
        answer = at.one(override())
        assert (answer.status, answer.body["fallback"]) == (201, "the model price_override/1 failed (RuntimeError)")

    def test_a_registry_that_cannot_be_reached_leaves_the_champion_serving(self, house) -> None:
        at = house(ScriptedScorer(risk=0.5))
        at.models.error = ConnectionError("refused")
        at.champions.refresh()
        assert at.one(override()).body["model_version"] == "price_override/1"
        assert at.champions.describe()["price_override"]["registry"] == "unreachable"

    def test_a_registry_unreachable_from_the_start_means_fallback(self, house) -> None:
        at = house(None)
        at.models.error = ConnectionError("refused")
        at.champions.refresh()
        assert "cannot be reached" in at.one(override()).body["fallback"]

    def test_a_download_that_breaks_off_is_tried_again(self, house) -> None:
        at = house(None)
        at.models.scorer, at.models.load_error = ScriptedScorer(), OSError("connection reset")
        at.champions.refresh()
        assert "could not be fetched yet" in at.one(override(1)).body["fallback"]
        at.models.load_error = None
        at.champions.refresh()
        assert at.one(override(2)).body["model_version"] == "price_override/1"

    def test_a_version_that_must_not_serve_leaves_the_one_before(self, house) -> None:
        at = house(ScriptedScorer())
        at.models.scorer, at.models.load_error = (
            ScriptedScorer(version="price_override/2"),
            ValueError("other features"),
        )
        at.champions.refresh()
        assert at.one(override()).body["model_version"] == "price_override/1"
        assert at.champions.describe()["price_override"]["refused"] == "price_override/2"

    def test_a_new_champion_is_picked_up_while_serving(self, house) -> None:
        at = house(ScriptedScorer())
        assert at.one(override(1)).body["model_version"] == "price_override/1"
        at.models.scorer = ScriptedScorer(version="price_override/2")
        at.champions.refresh()
        assert at.one(override(2)).body["model_version"] == "price_override/2"


class TestHistory:
    def test_a_case_counts_for_the_next_one_and_not_for_itself(self, house) -> None:
        at = house(ScriptedScorer())
        for number in (1, 2, 3):
            at.one(override(number))
            at.clock.forward(hours=1)
        counts = [feature(row, "cashier_overrides_30d") for row in at.models.scorer.seen]
        assert counts == [0, 1, 2]

    def test_it_survives_a_restart_to_the_last_bit(self, house) -> None:
        at = house(ScriptedScorer())
        for number in range(5):
            at.one(override(number, cashier_id=f"C-{number % 2}"))
            at.clock.forward(hours=1)
        running = at.intake.preview(override(9), actor=SYSTEM) and at.models.scorer.seen[-1]
        restarted = house(ScriptedScorer())
        restarted.intake.preview(override(9), actor=SYSTEM)
        np.testing.assert_array_equal(restarted.models.scorer.seen[-1], running)

    def test_another_replicas_cases_count(self, house) -> None:
        one, other = house(ScriptedScorer()), house(ScriptedScorer())
        one.one(override(1))
        one.clock.forward(hours=1)
        other.one(override(2))
        assert feature(other.models.scorer.seen[-1], "cashier_overrides_30d") == 1

    def test_an_outcome_counts_from_when_it_was_known(self, house) -> None:
        at = house(ScriptedScorer())
        at.one(override(1))
        before = at.clock.now
        at.clock.forward(days=2)
        with at.engine.begin() as connection:
            raw = {"domain": DOMAIN.name, "exception_id": "X-1", "wrong": True, "cause": "sweethearting"}
            record_outcome(connection, raw, domains=DOMAINS, policies=POLICIES, actor=SYSTEM, now=at.clock())
        at.clock.forward(days=1)
        at.one(override(2))
        at.one(override(3) | {"as_of": before.isoformat()})
        rates = [feature(row, "cashier_wrong_rate") for row in at.models.scorer.seen[1:]]
        assert rates == [pytest.approx(1.5 / 6), pytest.approx(0.1)]

    def test_a_row_that_appears_late_is_not_missed(self, engine) -> None:
        history = EntityHistory(DOMAIN.name, DOMAIN.recipe, ())
        rows = [past_row(seq) for seq in (1, 2, 3)]
        with engine.begin() as connection:
            connection.execute(past_cases.insert(), [rows[0], rows[2]])
            assert history.catch_up(connection) == 2
        if engine.dialect.name == "sqlite":
            return  # its one writer at a time gives out numbers in the order of commits
        with engine.begin() as connection:
            connection.execute(past_cases.insert(), [rows[1]])
            assert (history.catch_up(connection), history.catch_up(connection)) == (1, 0)

    def test_anothers_case_between_reading_and_writing_is_not_missed(self, engine) -> None:
        history = EntityHistory(DOMAIN.name, DOMAIN.recipe, ())
        with engine.begin() as connection:
            history.catch_up(connection)
            connection.execute(cases.insert(), [case_row(1), case_row(2)])
            history.add_case(2, "X-2", CaseFact(known_at=0.0, keys={"cashier": "C-1"}, measures={"given_away": 1}))
            assert history.catch_up(connection) == 1

    def test_retraining_sees_the_history_that_deciding_saw(self, house) -> None:
        at = house(ScriptedScorer())
        at.one(override(1))
        for wrong in (True, False, True):
            at.clock.forward(days=1)
            with at.engine.begin() as connection:
                raw = {"domain": DOMAIN.name, "exception_id": "X-1", "wrong": wrong}
                record_outcome(connection, raw, domains=DOMAINS, policies=POLICIES, actor=SYSTEM, now=at.clock())
            at.clock.forward(hours=1)
            at.one(override(10 + len(at.models.scorer.seen)))
        with at.engine.connect() as connection:
            dataset = dataset_from_database(connection, DOMAIN)
        np.testing.assert_array_equal(feature_rows(dataset), np.array(at.models.scorer.seen))
        assert dataset.wrong[0] == 1.0


class TestOrigin:
    @pytest.mark.parametrize(
        ("origins", "synthetic"),
        [
            (["not_simulated.csv", "simulated, seed 1.csv"], False),
            (["not_simulated.csv", "simulated, seed 1"], True),
            (["a" * 196 + ".csv", "simulated, seed 1"], True),
        ],
    )
    def test_past_cases_are_synthetic_where_some_were_simulated_whatever_files_are_called(
        self, engine, origins: list[str], synthetic: bool
    ) -> None:
        with engine.begin() as connection:
            rows = [past_row(at) | {"origin": origin} for at, origin in enumerate(origins, 1)]
            connection.execute(past_cases.insert(), rows)
            dataset = dataset_from_database(connection, DOMAIN)
        assert dataset.synthetic is synthetic
        assert dataset.origin == f"database, with past cases of: {'; '.join(origins)}"[:200]


class TestNothingStopsIt:
    def test_stored_cases_that_cannot_be_read_do_not_keep_new_ones_out(self, engine, house) -> None:
        absurd = past_row(1) | {
            "payload": orjson.dumps(override(1, listed_price="1e11")["payload"]).decode(),
            "fx_rate": 1e300,
        }
        unreadable = past_row(2) | {"payload": '{"a_field_of_another_version": 1}'}
        with engine.begin() as connection:
            connection.execute(past_cases.insert(), [absurd, unreadable, past_row(3)])
        at = house(ScriptedScorer())
        assert at.one(override(10)).status == 201
        assert at.intake.is_ready
        at.clock.forward(hours=1)
        at.one(override(11))
        assert feature(at.models.scorer.seen[-1], "cashier_overrides_30d") == 1

    def test_it_says_that_it_is_not_ready_once_its_thread_has_ended(self, house) -> None:
        at = house(ScriptedScorer())
        assert at.one(override(1)).status == 201
        at.intake.stop()
        assert not at.intake.is_ready


class TestRestricted:
    def test_a_caller_who_may_not_see_the_queue_learns_only_that_it_is_held(self, house) -> None:
        at = house(ScriptedScorer(risk=0.95, cause="sweethearting"))
        first, again = at.one(override()).body, at.one(override()).body
        assert (first["disposition"], first["recommended_action"]) == ("escalate", "Hold; a person decides.")
        assert (first["route"]["queue"], first["risk"], first["reasons"], first["controls"]) == (None, None, [], [])
        assert first == again
        assert "sweethearting" not in str(first)


class TestAudit:
    def test_every_decision_is_a_link_of_an_unbroken_chain(self, house) -> None:
        at = house(ScriptedScorer())
        at.submit(*(override(number) for number in range(5)))
        with at.engine.connect() as connection:
            assert verify_audit(connection) == (5, None)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (audit_events.update().where(audit_events.c.seq == 3).values(actor="user:mallory"), "link 3 was changed"),
            (audit_events.delete().where(audit_events.c.seq == 3), "link 3 is missing"),
            (audit_events.delete().where(audit_events.c.seq == 5), "ends at link 4"),
            (audit_head.delete(), "its head is gone"),
        ],
    )
    def test_tampering_shows(self, house, change, says: str) -> None:
        at = house(ScriptedScorer())
        at.submit(*(override(number) for number in range(5)))
        with at.engine.begin() as connection:
            connection.execute(change)
            assert says in str(verify_audit(connection)[1])
