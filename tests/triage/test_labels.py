"""Which of a case's labels holds: one table, asked of the rule and of everything that rests on it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from features.columns import encode
from features.history import entity_keys
from tests.triage.conftest import DOMAIN, POLICIES, ScriptedScorer, override
from tests.triage.guarantee.promising import QUEUE, policy_with, promising
from training.tables.from_database import dataset_from_database
from training.tables.mapping import read_mapping
from training.tables.reader import read_table
from triage.db.database import reading
from triage.db.schema import labels
from triage.guarantee.alarm import audited_errors
from triage.guarantee.sample import decided
from triage.intake.entity_history import EntityHistory
from triage.labels import labels_that_hold, replaces, says_wrong
from triage.policy_life.stored_cases import read_stored

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ID = "X-1"


@dataclass(frozen=True)
class Label:
    source: str
    wrong: bool | None
    day: int
    cause: str | None = None

    @property
    def known_at(self) -> datetime:
        return START + timedelta(days=self.day)


def wrong(source: str, day: int, cause: str | None = "sweethearting") -> Label:
    return Label(source, True, day, cause)


def right(source: str, day: int, cause: str | None = "price_match") -> Label:
    return Label(source, False, day, cause)


# In the order they were recorded; every case is also audited, so that certificates and the alarm know of it.
CASES = {
    "an outcome before a resolution": ([wrong("audit", 1), wrong("resolution", 2), right("outcome", 3)], False),
    "an outcome before a later resolution": ([right("audit", 1), wrong("outcome", 2), right("resolution", 3)], True),
    "an outcome before a later audit": ([wrong("outcome", 2), right("audit", 3)], True),
    "a resolution before an audit": ([right("audit", 1), wrong("resolution", 2)], True),
    "a resolution before a later audit": ([wrong("resolution", 1), right("audit", 2)], True),
    "a backfill is as strong as a resolution": ([right("audit", 1), wrong("backfill", 2), right("resolution", 3)],
    False),
    "of one source the later": ([right("audit", 1), right("outcome", 2), wrong("outcome", 3)], True),
    "of one source the later, right": ([wrong("audit", 1), wrong("outcome", 2), right("outcome", 3)], False),
    "of one source the later known, not the later recorded": (
        [wrong("audit", 1), wrong("outcome", 3), right("outcome", 2)], True,
    ),
    "of two known at once the later recorded": ([wrong("audit", 1), right("outcome", 2), wrong("outcome", 2)], True),
    "one that does not say right or wrong goes last": (
        [right("audit", 1), Label("outcome", None, 2, "sweethearting")], False,
    ),
}  # fmt: skip
TABLE = pytest.mark.parametrize(("known", "expected"), list(CASES.values()), ids=list(CASES))


class TestRule:
    @TABLE
    def test_one_label_holds(self, known: list[Label], expected: bool) -> None:
        held = labels_that_hold(("x", label) for label in known)
        assert held["x"].wrong is expected

    def test_asked_for_the_cause_a_label_without_one_gives_way(self) -> None:
        known = [right("audit", 1, "price_match"), wrong("outcome", 2, None)]
        held = labels_that_hold((("x", label) for label in known), "cause")
        assert (held["x"].source, held["x"].cause) == ("audit", "price_match")

    def test_a_case_whose_labels_answer_nothing_has_none(self) -> None:
        assert labels_that_hold([("x", Label("outcome", None, 1))]) == {}

    def test_a_source_of_a_name_of_its_own_counts_as_a_backfill(self) -> None:
        ours, theirs = right("resolution", 2), wrong("warehouse", 1)
        assert (replaces(theirs, ours), replaces(ours, theirs)) == (False, True)
        assert replaces(theirs, right("audit", 3))

    @pytest.mark.parametrize(("label", "risk", "cause"), [
        (wrong("audit", 1, "b"), True, True), (right("audit", 1, "a"), False, False), (right("audit", 1, "b"), False,
        True),
        (wrong("audit", 1, None), True, None), (Label("audit", None, 1, "a"), None, False),
    ])  # fmt: skip
    def test_what_was_wrong_depends_on_the_question(self, label: Label, risk: bool | None, cause: bool | None) -> None:
        assert says_wrong(label, "risk", suggested="a") is risk
        assert says_wrong(label, "cause", suggested="a") is cause


def record(engine: Engine, known: list[Label]) -> None:
    """Write labels in this order."""
    with engine.begin() as connection:
        for label in known:
            connection.execute(
                insert(labels),
                {
                    "domain": DOMAIN.name, "exception_id": ID, "source": label.source, "wrong": label.wrong,
                    "loss": None,
                    "cause": label.cause, "known_at": label.known_at, "recorded_at": START, "recorded_by": "user:ann",
                },
            )  # fmt: skip


class TestEverythingThatRestsOnIt:
    @pytest.fixture
    def decide(self, house: Any) -> Any:
        """Decide one case under a policy, and record what became known of it."""

        def decide(known: list[Label], policy: Any) -> Any:
            opened = house(ScriptedScorer(risk=0.02), policy)
            assert opened.one(override(1)).status == 201
            record(opened.engine, known)
            return opened

        return decide

    @TABLE
    def test_entity_history(self, decide: Any, known: list[Label], expected: bool) -> None:
        opened = decide(known, POLICIES)
        history = EntityHistory(DOMAIN.name, DOMAIN.recipe, ())
        with reading(opened.engine) as connection:
            history.catch_up(connection)
        later = (START + timedelta(days=9)).timestamp()
        columns = encode([DOMAIN.recipe.payload.model_validate(override(1)["payload"])], as_of=[START])
        past = history.history.look_up(entity_keys(columns, DOMAIN.recipe.trails), _column(later))
        assert (past["cashier_labelled_365d"][0], past["cashier_wrong_365d"][0]) == (1, float(expected))

    @TABLE
    def test_replay(self, decide: Any, known: list[Label], expected: bool) -> None:
        opened = decide(known, POLICIES)
        with reading(opened.engine) as connection:
            stored = read_stored(connection, POLICIES[DOMAIN.name], in_force=POLICIES)
        assert stored.wrong.tolist() == [float(expected)]

    @TABLE
    def test_certificate(self, decide: Any, known: list[Label], expected: bool) -> None:
        policy = promising()
        opened = decide(known, policy)
        with reading(opened.engine) as connection:
            (row,) = decided(connection, policy, model_version="price_override/1", since=START)
        assert row.wrong is expected

    @TABLE
    def test_alarm(self, decide: Any, known: list[Label], expected: bool) -> None:
        policy = policy_with(audit={"share": 1.0, "queue": "OVERRIDE_QA"}, queues=QUEUE)
        opened = decide(known, policy)
        with reading(opened.engine) as connection:
            rate = audited_errors(connection, policy, since=START)[None].rate
        assert (rate.audits, rate.errors) == (1, int(expected))

    @TABLE
    def test_training_from_the_database(self, decide: Any, known: list[Label], expected: bool) -> None:
        opened = decide(known, POLICIES)
        with reading(opened.engine) as connection:
            dataset = dataset_from_database(connection, DOMAIN)
        assert dataset.wrong.tolist() == [float(expected)]
        assert sum(fact.sign for _, fact in dataset.label_history or ()) == 1

    @TABLE
    def test_training_from_files(self, tmp_path: Path, known: list[Label], expected: bool) -> None:
        (tmp_path / "cases.csv").write_text(f"id,at,listed,charged\n{ID},2026-03-01T00:00:00Z,10,8\n")
        said = {True: "true", False: "false", None: ""}
        rows = [
            f"{ID},{label.cause},{said[label.wrong]},,{label.known_at.isoformat()},{label.source}" for label in known
        ]
        (tmp_path / "found.csv").write_text("\n".join(["exception_id,cause,wrong,loss,known_at,source", *rows]) + "\n")
        text = (
            "domain: price_override\nexception_id: id\nas_of: at\npayload: {receipt_id: id, listed_price: listed, "
            "charged_price: charged}\n"
        )
        mapping = read_mapping(text, name="map.yaml", domain=DOMAIN)
        table = read_table(tmp_path / "cases.csv", domain=DOMAIN, mapping=mapping, outcomes=tmp_path / "found.csv")
        assert table.dataset.wrong.tolist() == [float(expected)]

    def test_a_cause_that_says_neither_right_nor_wrong_still_teaches(self, decide: Any) -> None:
        opened = decide([Label("backfill", None, 1, "sweethearting")], POLICIES)
        with reading(opened.engine) as connection:
            dataset = dataset_from_database(connection, DOMAIN)
        assert (dataset.cause, dataset.wrong[0] == dataset.wrong[0]) == (["sweethearting"], False)
        assert not dataset.label_history


def _column(value: float) -> Any:
    import numpy as np

    return np.array([value])
