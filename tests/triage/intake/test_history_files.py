"""Specification of frozen entity history: a start reads only what came after, and says the same to the bit."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from sqlalchemy import Engine, delete, insert, update
from toy_domain import DOMAIN

from triage.champions import Champion
from triage.db.database import reading
from triage.db.schema import labels, past_cases
from triage.intake import entity_history, freezing, histories
from triage.intake.entity_history import EntityHistory
from triage.intake.freezing import freeze, valid
from triage.intake.histories import Histories
from triage.intake.history_facts import FactsOfRows
from triage.intake.history_files import NOTHING, HistoryFiles

START = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = FactsOfRows(DOMAIN.name, DOMAIN.recipe, ())
CASHIERS = ("C-1", "C-2", "C-3")
NO_MODEL = Champion(scorer=None, registry="empty", reason="none")


@pytest.fixture(autouse=True)
def _short_overlap() -> Iterator[None]:
    """Few rows stand in tests; on PostgreSQL the last of them count as not settled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freezing, "OVERLAP", 2)
        patch.setattr(entity_history, "OVERLAP", 2)
        yield


@pytest.fixture
def files(tmp_path: Path) -> HistoryFiles:
    return HistoryFiles(tmp_path, DOMAIN.name, DOMAIN.recipe, ())


def add_cases(engine: Engine, numbers: range) -> None:
    with engine.begin() as connection:
        connection.execute(insert(past_cases), [past_case(number) for number in numbers])


def past_case(number: int) -> dict[str, Any]:
    payload = {
        "receipt_id": f"R-{number}", "listed_price": "80.00", "charged_price": str(60 + number % 7),
        "cashier_id": CASHIERS[number % 3],
    }  # fmt: skip
    return {
        "domain": DOMAIN.name, "exception_id": f"X-{number}", "known_at": START + timedelta(hours=number % 50),
        "fx_rate": 1.0, "payload": orjson.dumps(payload).decode(), "attributes": "{}", "origin": "a test",
    }  # fmt: skip


def add_label(engine: Engine, number: int, *, wrong: bool, source: str = "resolution", days: float = 3) -> None:
    at = START + timedelta(days=days)
    with engine.begin() as connection:
        connection.execute(
            insert(labels),
            {
                "domain": DOMAIN.name, "exception_id": f"X-{number}", "source": source, "cause": None, "wrong": wrong,
                "loss": None, "known_at": at, "recorded_at": at, "recorded_by": "user:ann",
            },
        )  # fmt: skip


def opened(engine: Engine, files: HistoryFiles | None) -> EntityHistory:
    with reading(engine) as connection:
        frozen = valid(connection, files, DOMAIN.name) if files is not None else NOTHING
        history = EntityHistory(DOMAIN.name, DOMAIN.recipe, (), frozen=frozen)
        history.catch_up(connection)
    return history


def looked_up(history: EntityHistory) -> dict[str, list[float]]:
    moments = np.array([(START + timedelta(days=days)).timestamp() for days in (0.5, 1, 2, 4, 40, 400)])
    past = history.history.look_up({"cashier": [*CASHIERS, "C-1", "C-2", None]}, moments)
    return {name: column.tolist() for name, column in past.items()}


def assert_the_same(engine: Engine, files: HistoryFiles) -> None:
    np.testing.assert_equal(looked_up(opened(engine, files)), looked_up(opened(engine, None)))


class TestFreezing:
    def test_in_any_number_of_steps_the_history_stays_the_same(self, engine: Engine, files: HistoryFiles) -> None:
        for step in range(6):
            add_cases(engine, range(step * 9, step * 9 + 9))
            add_label(engine, step * 9, wrong=step % 2 == 0)
            freeze(engine, files, FACTS)
            assert_the_same(engine, files)
        assert opened(engine, files).rows_in_memory <= 2
        assert len(files.open().segments) < 6

    def test_more_rows_than_fit_at_once_become_several_segments(
        self, engine: Engine, files: HistoryFiles, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(freezing, "MAX_ROWS_AT_ONCE", 5)
        add_cases(engine, range(23))
        assert freeze(engine, files, FACTS) >= 21
        assert_the_same(engine, files)

    def test_a_label_about_a_frozen_case_counts_and_a_better_one_takes_it_back(
        self, engine: Engine, files: HistoryFiles
    ) -> None:
        add_cases(engine, range(9))
        add_label(engine, 1, wrong=True)
        freeze(engine, files, FACTS)
        add_label(engine, 1, wrong=False, source="outcome", days=5)
        add_label(engine, 1, wrong=True, days=6)
        add_label(engine, 2, wrong=True)
        assert_the_same(engine, files)
        history = opened(engine, files)
        later = np.array([(START + timedelta(days=9)).timestamp()])
        past = history.history.look_up({"cashier": ["c2"]}, later)
        assert (past["cashier_labelled_365d"][0], past["cashier_wrong_365d"][0]) == (1, 0)
        freeze(engine, files, FACTS)
        assert_the_same(engine, files)

    def test_fewer_rows_than_asked_for_are_left(self, engine: Engine, files: HistoryFiles) -> None:
        add_cases(engine, range(9))
        assert freeze(engine, files, FACTS, min_rows=10) == 0
        assert files.open() is NOTHING

    def test_only_one_process_freezes_at_a_time(self, engine: Engine, files: HistoryFiles) -> None:
        add_cases(engine, range(9))
        with files.alone() as mine:
            assert mine
            assert freeze(engine, files, FACTS) == 0
        assert freeze(engine, files, FACTS) >= 7


class TestWhatIsNotTrusted:
    def test_files_of_another_database(self, engine: Engine, files: HistoryFiles) -> None:
        add_cases(engine, range(9))
        freeze(engine, files, FACTS)
        with engine.begin() as connection:
            reach = files.open().reach["past_cases"].number
            connection.execute(update(past_cases).where(past_cases.c.seq == reach).values(exception_id="another"))
        assert_the_same(engine, files)
        freeze(engine, files, FACTS)
        assert_the_same(engine, files)

    def test_a_database_that_was_emptied(self, engine: Engine, files: HistoryFiles) -> None:
        add_cases(engine, range(9))
        freeze(engine, files, FACTS)
        with engine.begin() as connection:
            connection.execute(delete(past_cases))
        assert_the_same(engine, files)

    def test_what_a_crash_left_half_done(self, engine: Engine, files: HistoryFiles) -> None:
        add_cases(engine, range(9))
        freeze(engine, files, FACTS)
        (files.folder / ".current.json.1").write_bytes(b'{"segm')
        (files.folder / "9-9-9").mkdir()
        assert_the_same(engine, files)
        add_cases(engine, range(9, 20))
        freeze(engine, files, FACTS)
        assert_the_same(engine, files)

    def test_segments_that_are_gone(self, engine: Engine, files: HistoryFiles) -> None:
        add_cases(engine, range(9))
        freeze(engine, files, FACTS)
        for folder in files.folder.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
        assert files.open() is NOTHING
        assert_the_same(engine, files)

    def test_facts_built_another_way_have_files_of_their_own(self, files: HistoryFiles, tmp_path: Path) -> None:
        from features.attributes.attribute import Attribute

        other = HistoryFiles(tmp_path, DOMAIN.name, DOMAIN.recipe, (Attribute(name="till", kind="entity"),))
        assert other.folder != files.folder


class TestARunningProcess:
    """Freezing beside the intake thread, and going on with what is frozen."""

    @pytest.fixture(autouse=True)
    def _few_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(histories, "FREEZE_ROWS", 5)

    def of(self, opened: Histories, engine: Engine) -> EntityHistory:
        with reading(engine) as connection:
            history = opened.of(connection, DOMAIN, NO_MODEL)
            history.catch_up(connection)
        return history

    def test_a_start_with_much_behind_it_freezes_first(self, engine: Engine, tmp_path: Path) -> None:
        add_cases(engine, range(30))
        opened = Histories(tmp_path)
        opened.freeze_backlog(engine, DOMAIN, NO_MODEL)
        history = self.of(opened, engine)
        assert history.rows_in_memory <= 2
        np.testing.assert_equal(looked_up(history), looked_up(opened_without(engine)))

    def test_a_start_with_little_behind_it_reads_it(self, engine: Engine, tmp_path: Path) -> None:
        add_cases(engine, range(7))
        opened = Histories(tmp_path)
        opened.freeze_backlog(engine, DOMAIN, NO_MODEL)
        assert self.of(opened, engine).rows_in_memory == 7

    def test_what_grew_large_is_frozen_beside_and_swapped_in(self, sqlite_engine: Engine, tmp_path: Path) -> None:
        engine = (
            sqlite_engine  # the process of its own keeps PostgreSQL's long overlap, which would need a thousand rows
        )
        opened = Histories(tmp_path)
        first = self.of(opened, engine)
        add_cases(engine, range(12))
        self.of(opened, engine)
        address = engine.url.render_as_string(hide_password=False)
        opened.tend(engine, address, "toy_domain")
        add_cases(engine, range(12, 14))
        second = self.of(opened, engine)
        assert second is not first
        assert second.rows_in_memory <= 4
        np.testing.assert_equal(looked_up(second), looked_up(opened_without(engine)))
        opened.tend(engine, address, "toy_domain")
        assert self.of(opened, engine) is second


def opened_without(engine: Engine) -> EntityHistory:
    return opened(engine, None)
