"""The doctor finds each thing that is broken, names it, and says what to do."""

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from tests.triage.conftest import DOMAIN, DOMAINS, Clock, ScriptedModels, ScriptedScorer
from triage.clock import utc_now
from triage.db.audit_chain import audit
from triage.db.database import open_engine, upgrade
from triage.db.handoff_schema import deliveries, endpoints, jobs
from triage.db.schema import audit_events
from triage.doctor.decision_checks import decision_checks
from triage.doctor.examination import examine
from triage.doctor.health_check import HealthCheck
from triage.doctor.home_checks import _answers
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.handoff.jobs import JobLease
from triage.identity import access
from triage.policy_life.installed import read_installed, record_installed
from triage.proof.anchoring import anchor_now
from triage.settings import Settings, unknown_variables


def broken(checks: Iterator[HealthCheck] | list[HealthCheck], level: str = "failed") -> dict[str, str]:
    return {check.name: check.found for check in checks if check.level == level}


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("homes") / "home"
    engine = open_engine(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    engine.dispose()
    return home


@pytest.fixture
def settings(upgraded: Path, tmp_path: Path) -> Settings:
    """An installation with an anchored chain, a worker that ran a moment ago, and no model yet."""
    settings = Settings(home=Path(shutil.copytree(upgraded, tmp_path / "home")), database_url="")
    engine = open_engine(settings.database)
    with engine.begin() as connection:
        access.create_user(connection, "ann", "correct horse battery", now=utc_now())
        audit(connection, actor="system:test", verb="create_user", case_id=None, detail={}, now=utc_now())
        ran = {"name": "steps.expire", "next_run_at": utc_now(), "finished_at": utc_now(), "worker": "here:1"}
        connection.execute(insert(jobs), ran)
    anchor_now(JobLease(engine=engine, name="anchor", token="", lease=timedelta(minutes=1)), settings)
    engine.dispose()
    return settings


@pytest.fixture
def change(settings: Settings) -> Callable[..., None]:
    def change(*statements: Any) -> None:
        engine = open_engine(settings.database)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)
        engine.dispose()

    return change


def test_only_the_policies_are_missing_before_the_first_start(settings: Settings) -> None:
    checks = list(examine(settings, {}))
    assert broken(checks) == {
        "policies": "invoice_discrepancy: no policy is in force; publish one with `triage policy publish`"
    }
    assert broken(checks, "warning") == {"MLflow": "nothing was trained yet"}
    assert all(check.cure for check in checks if check.level != "ok")


class TestHome:
    def test_folders_and_secrets_that_others_may_read(self, settings: Settings) -> None:
        settings.home_folder.chmod(0o755)
        (settings.home_folder / "audit_key.pem").chmod(0o644)
        found = broken(examine(settings, {}))
        assert "mode 0755" in found["home folder"] and "audit_key.pem" in found["secrets"]

    def test_no_home_and_no_database_and_none_is_made(self, tmp_path: Path) -> None:
        found = broken(examine(Settings(home=tmp_path / "typo", database_url=""), {}))
        assert set(found) == {"home folder", "database"}
        assert not (tmp_path / "typo").exists()

    def test_a_setting_that_names_what_is_not_there(self, settings: Settings) -> None:
        lost = settings.model_copy(update={"policy_folder": "/nowhere"})
        assert "TRIAGE_POLICY_FOLDER names /nowhere" in broken(examine(lost, {}))["settings"]
        lost = settings.model_copy(update={"schematron_folder": "/nowhere"})
        assert "TRIAGE_SCHEMATRON_FOLDER names /nowhere" in broken(examine(lost, {}))["settings"]

    def test_a_damaged_store_of_models(self, settings: Settings) -> None:
        (settings.home_folder / "mlflow.db").write_bytes(b"no database" * 1_000)
        assert "mlflow.db cannot be read: file is not a database" in broken(examine(settings, {}))["MLflow"]

    def test_a_misspelt_variable_is_named_with_what_was_meant(self, settings: Settings) -> None:
        given = {"TRIAGE_PROT": "80", "TRIAGE_PORT": "80", "TRIAGE_TEST_X": "", "PATH": "", "TRIAGE_ZZZ": ""}
        assert unknown_variables(given) == {"TRIAGE_PROT": "TRIAGE_PORT", "TRIAGE_ZZZ": None}
        found = [check.found for check in examine(settings, given) if check.level == "warning"]
        assert "TRIAGE_PROT is no setting; did you mean TRIAGE_PORT?" in found

    def test_a_door_that_is_open_to_other_machines(self) -> None:
        with closing(socket.socket()) as listening:
            listening.bind(("127.0.0.1", 0))
            port = listening.getsockname()[1]
            assert not _answers("127.0.0.1", port)
            listening.listen()
            assert _answers("127.0.0.1", port)


class TestDatabase:
    def test_an_old_schema(self, settings: Settings, change: Callable[..., None]) -> None:
        from sqlalchemy import text

        change(text("UPDATE alembic_version SET version_num = '0007'"))
        assert broken(examine(settings, {})) == {"database": "its schema is not the newest"}

    def test_a_table_that_is_gone(self, settings: Settings, change: Callable[..., None]) -> None:
        from sqlalchemy import text

        change(text("DROP TABLE comments"))
        assert broken(examine(settings, {})) == {"database": "tables are gone: comments"}

    def test_no_server(self, settings: Settings) -> None:
        away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"})
        assert "it does not answer" in broken(examine(away, {}))["database"]

    def test_a_changed_last_link_and_a_dropped_tail(self, settings: Settings, change: Callable[..., None]) -> None:
        change(update(audit_events).values(detail='{"other":1}'))
        assert "link 1 was changed" in broken(examine(settings, {}))["audit chain"]
        change(audit_events.delete())
        found = broken(examine(settings, {}))
        assert "link 1, which is not the last" in found["audit chain"]
        assert "not the one that was anchored" in found["audit anchors"]

    def test_no_worker_for_minutes_and_a_job_that_fails(self, settings: Settings, change: Callable[..., None]) -> None:
        ago = utc_now() - timedelta(minutes=10)
        change(update(jobs).values(finished_at=ago, failures_in_a_row=3, reason="OSError: no room"))
        found = broken(examine(settings, {}))
        assert found["worker"] == "no job has ended for 10 minutes: nothing is delivered"
        assert found["jobs"] == "steps.expire failed 3 times in a row: OSError: no room"

    def test_an_outbox_that_grows_old_and_dead_letters(self, settings: Settings) -> None:
        engine = open_engine(settings.database)
        ago = utc_now() - timedelta(minutes=9)
        row = {
            "endpoint": "erp", "kind": "decision.made", "body": "{}", "created_at": ago, "attempts": 1,
            "expires_at": utc_now() + timedelta(hours=1),
        }  # fmt: skip
        with engine.begin() as connection:
            add_endpoint(connection, NewEndpoint(name="erp", url="https://erp.example/hook"), actor="user:ann")
            connection.execute(insert(deliveries), row | {"delivery_id": "1", "state": "waiting", "due_at": ago})
            connection.execute(insert(deliveries), row | {"delivery_id": "2", "state": "dead"})
        engine.dispose()
        checks = list(examine(settings, {}))
        assert broken(checks)["deliveries"] == "erp: one waits for 9 minutes"
        assert broken(checks, "warning")["deliveries"] == "erp: 1 dead letters"

    def test_a_clock_that_is_behind_what_was_written(self, settings: Settings) -> None:
        checks = examine(settings, {}, clock=lambda: utc_now() - timedelta(hours=1))
        assert "in the future" in broken(checks)["clock"]


class TestDecisions:
    @pytest.fixture
    def recorded(self, sqlite_engine: Engine, clock: Clock) -> Engine:
        with sqlite_engine.begin() as connection:
            record_installed(connection, read_installed(DOMAINS), now=clock())
        return sqlite_engine

    def test_a_champion_that_loads_and_no_certificate(self, recorded: Engine, clock: Clock) -> None:
        models = ScriptedModels(ScriptedScorer())
        checks = list(decision_checks(recorded, DOMAINS, models, clock=clock))
        assert broken(checks) == {}
        names = {check.name: check.level for check in checks}
        assert names[f"policy {DOMAIN.name}"] == names[f"model {DOMAIN.name}"] == "ok"

    def test_no_champion_is_a_warning(self, recorded: Engine, clock: Clock) -> None:
        checks = list(decision_checks(recorded, DOMAINS, ScriptedModels(None), clock=clock))
        assert "fallback rules decide" in broken(checks, "warning")[f"model {DOMAIN.name}"]

    @pytest.mark.parametrize(
        ("error", "said"),
        [(ConnectionError("refused"), "MLflow cannot be reached"), (ValueError("other features"), "does not load")],
    )
    def test_a_champion_that_cannot_be_used(self, recorded: Engine, clock: Clock, error: Exception, said: str) -> None:
        models = ScriptedModels(ScriptedScorer())
        models.load_error = error
        assert said in broken(decision_checks(recorded, DOMAINS, models, clock=clock))[f"model {DOMAIN.name}"]


def test_nothing_was_written_but_the_probe(settings: Settings) -> None:
    def rows() -> list[Any]:
        engine = open_engine(settings.database)
        with engine.connect() as connection:
            found = [connection.execute(select(table)).all() for table in (audit_events, jobs, endpoints)]
        engine.dispose()
        return found

    before = rows()
    list(examine(settings, {}))
    assert rows() == before
