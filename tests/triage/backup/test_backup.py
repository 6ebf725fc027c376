"""A backup made while people work holds one moment; it comes back elsewhere, and only over what may be replaced."""

import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text

from tests.conftest import POSTGRES
from triage.backup.backing_up import back_up
from triage.backup.backup_manifest import MANIFEST_FILE, read_backup_manifest
from triage.backup.postgresql_tools import _without_secrets, require_tool
from triage.backup.restoring import check_backup, restore
from triage.clock import utc_now
from triage.db.audit_chain import audit, verify_audit
from triage.db.database import open_engine, upgrade
from triage.db.schema import audit_events, users
from triage.errors import ConflictError, InvalidError, UnavailableError
from triage.handoff.jobs import JobLease
from triage.identity import access
from triage.ids import new_id
from triage.proof.anchor import anchor_file, read_anchors
from triage.proof.anchoring import anchor_now
from triage.proof.chain_key import chain_key, public_text
from triage.proof.verification import verify
from triage.settings import Settings

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
Make = Callable[[str], Settings]


def outside(statement: str) -> None:
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Make the settings of an installation with a database of its own, empty yet."""
    made: list[str] = []

    def settings(name: str) -> Settings:
        home = tmp_path / name
        if request.param == "sqlite":
            return Settings(home=home)
        request.getfixturevalue("postgres_url")  # skips where no server answers
        database = f"triage_backup_{new_id()[:8]}"
        outside(f"CREATE DATABASE {database}")
        made.append(database)
        url = make_url(POSTGRES).set(database=database, drivername="postgresql")
        return Settings(home=home, database_url=url.render_as_string(hide_password=False))

    yield settings
    for database in made:
        outside(f"DROP DATABASE {database} WITH (FORCE)")


def write_events(settings: Settings, count: int, *, first: int = 0) -> None:
    engine = open_engine(settings.database)
    for number in range(first, first + count):
        with engine.begin() as connection:
            access.create_user(connection, f"user{number}", "correct horse battery", now=utc_now())
            audit(connection, actor="system:test", verb="create_user", case_id=None, detail={}, now=utc_now())
    engine.dispose()


def anchor(settings: Settings) -> None:
    engine = open_engine(settings.database)
    anchor_now(JobLease(engine=engine, name="anchor", token="", lease=timedelta(minutes=1)), settings)
    engine.dispose()


@pytest.fixture
def lived_in(make: Make) -> Settings:
    """An installation with people, an anchored chain, a file of a key, and files that are made again."""
    settings = make("home")
    engine = open_engine(settings.database)
    upgrade(engine)
    engine.dispose()
    write_events(settings, 3)
    anchor(settings)
    (settings.home_folder / "logs").mkdir()
    (settings.home_folder / "logs" / "triage.log").write_text("a line")
    (settings.home_folder / "history" / "d" / "f").mkdir(parents=True)
    (settings.home_folder / "history" / "d" / "f" / "current.json").write_text("{}")
    (settings.home_folder / "history" / "d" / "f" / ".lock").touch()
    return settings


def test_it_comes_back_elsewhere_and_the_chain_verifies_with_its_anchors(
    lived_in: Settings, make: Make, tmp_path: Path
) -> None:
    back_up(lived_in, tmp_path / "copy", now=NOW)
    other = make("other")
    found = restore(other, tmp_path / "copy", now=NOW, public_key=public_text(chain_key(lived_in)))
    assert (found.aside, found.to_do) == ((), ("`triage audit verify`, then `triage doctor`",))
    anchors = list(read_anchors(anchor_file(other), public_key=public_text(chain_key(other, make=False))))
    engine = open_engine(other.database)
    with engine.connect() as connection:
        verification = verify(connection, anchors)
        assert (verification.broken, verification.links, verification.anchors) == ([], 3, 1)
        assert len(connection.execute(select(users)).all()) == 3
    engine.dispose()
    kept = {str(path.relative_to(other.home_folder)) for path in other.home_folder.rglob("*") if path.is_file()}
    assert {"audit_key.pem", "audit_anchors.jsonl", "history/d/f/current.json"} <= kept
    assert not any(name.startswith("logs") for name in kept)
    assert stat.S_IMODE(other.home_folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((other.home_folder / name).stat().st_mode) for name in kept if ".db" not in name} == {0o600}


def test_it_is_one_moment_while_others_write(lived_in: Settings, make: Make, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            write_events(lived_in, 1, first=number)
            anchor(lived_in)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifest = back_up(lived_in, tmp_path / "copy", now=NOW)
    finally:
        stop.set()
        writer.join()
    other = make("other")
    restore(other, tmp_path / "copy", now=NOW)
    engine = open_engine(other.database)
    with engine.connect() as connection:
        assert verify_audit(connection) == (manifest.chain_seq, None)
        # Anchors never name a link that the copy of the database lacks.
        anchors = list(read_anchors(anchor_file(other), public_key=public_text(chain_key(other))))
        assert verify(connection, anchors).broken == []
        # Each event was written with its person.
        events = connection.execute(select(audit_events.c.seq)).all()
        assert len(connection.execute(select(users)).all()) == len(events)
    engine.dispose()


def test_it_overwrites_only_when_told_to_and_keeps_what_was_there(
    lived_in: Settings, make: Make, tmp_path: Path
) -> None:
    back_up(lived_in, tmp_path / "copy", now=NOW)
    write_events(lived_in, 2, first=50)
    with pytest.raises(ConflictError, match=r"there is something already: .*--overwrite"):
        restore(lived_in, tmp_path / "copy", now=NOW)
    engine = open_engine(lived_in.database)
    with engine.connect() as connection:
        assert verify_audit(connection) == (5, None), "a refusal touches nothing"
    engine.dispose()
    found = restore(lived_in, tmp_path / "copy", now=NOW, overwrite=True)
    (aside,) = found.aside
    assert (aside / "audit_key.pem").is_file()
    engine = open_engine(lived_in.database)
    with engine.connect() as connection:
        assert verify_audit(connection) == (3, None)
    engine.dispose()
    back_up(lived_in, tmp_path / "again", now=NOW)
    names = read_backup_manifest(tmp_path / "again").files
    assert not any("before-restore" in name for name in names), "what was put aside is in no later backup"


class TestOneFile:
    """What SQLite alone can show, quickly."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> Settings:
        settings = Settings(home=tmp_path / "home", database_url="")
        engine = open_engine(settings.database)
        upgrade(engine)
        engine.dispose()
        write_events(settings, 1)
        return settings

    @pytest.mark.parametrize("name", ["database.sqlite", "home/audit_key.pem"])
    def test_a_changed_a_missing_and_a_foreign_file_are_each_named(
        self, home: Settings, tmp_path: Path, name: str
    ) -> None:
        chain_key(home)
        copy = tmp_path / "copy"
        back_up(home, copy, now=NOW)
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(InvalidError, match=f"{name} is not what was backed up"):
            check_backup(copy)
        (copy / name).unlink()
        (copy / "home" / "extra").touch()
        with pytest.raises(InvalidError, match=f"{name} is missing; home/extra is not in the manifest"):
            restore(Settings(home=tmp_path / "other"), copy, now=NOW)
        assert not (tmp_path / "other").exists()

    def test_a_manifest_written_anew_is_not_signed_by_the_key(self, home: Settings, tmp_path: Path) -> None:
        key = public_text(chain_key(home))
        copy = tmp_path / "copy"
        manifest = back_up(home, copy, now=NOW)
        check_backup(copy, public_key=key)
        (copy / MANIFEST_FILE).write_bytes((copy / MANIFEST_FILE).read_bytes().replace(b"not installed", b"other"))
        manifest.write(copy)
        (copy / MANIFEST_FILE).write_bytes((copy / MANIFEST_FILE).read_bytes() + b"\n")
        check_backup(copy)
        with pytest.raises(InvalidError, match="is not signed by the key"):
            check_backup(copy, public_key=key)

    def test_the_key_stays_at_home_when_told_to(self, home: Settings, tmp_path: Path) -> None:
        chain_key(home)
        back_up(home, tmp_path / "copy", now=NOW, with_keys=False)
        assert not list((tmp_path / "copy").rglob("*.pem"))

    def test_a_database_that_somebody_has_open_is_not_replaced(self, home: Settings, tmp_path: Path) -> None:
        back_up(home, tmp_path / "copy", now=NOW)
        engine = open_engine(home.database)
        with engine.connect() as connection:
            connection.execute(select(users)).all()
            connection.commit()
            with pytest.raises(ConflictError, match="is in use: stop the service"):
                restore(home, tmp_path / "copy", now=NOW, overwrite=True)
        engine.dispose()
        restore(home, tmp_path / "copy", now=NOW, overwrite=True)

    def test_a_backup_of_a_newer_schema_is_refused(self, home: Settings, tmp_path: Path) -> None:
        engine = open_engine(home.database)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        engine.dispose()
        back_up(home, tmp_path / "copy", now=NOW)
        with pytest.raises(InvalidError, match="schema 9999, which this program does not know"):
            restore(Settings(home=tmp_path / "other"), tmp_path / "copy", now=NOW)

    def test_a_failed_backup_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidError, match="there is no database"):
            back_up(Settings(home=tmp_path / "nothing"), tmp_path / "copy", now=NOW)
        assert not [path for path in tmp_path.iterdir() if "copy" in path.name]

    def test_files_that_settings_name_come_along_and_secrets_do_not(self, home: Settings, tmp_path: Path) -> None:
        folder = tmp_path / "policies"
        folder.mkdir()
        (folder / "return_fraud.yaml").write_text("a policy")
        sheets = tmp_path / "sheets"
        sheets.mkdir()
        (sheets / "ubl.xsl").write_text("a stylesheet")
        chosen = home.model_copy(
            update={
                "policy_folder": str(folder), "schematron_folder": str(sheets), "port": 9000,
                "bus_url": "nats://a:secret@b",
            }
        )  # fmt: skip
        manifest = back_up(chosen, tmp_path / "copy", now=NOW)
        assert manifest.settings == {
            "TRIAGE_POLICY_FOLDER": str(folder), "TRIAGE_SCHEMATRON_FOLDER": str(sheets), "TRIAGE_PORT": "9000",
        }  # fmt: skip
        assert manifest.secrets == ("TRIAGE_BUS_URL",)
        assert b"secret@" not in (tmp_path / "copy" / MANIFEST_FILE).read_bytes()
        found = restore(Settings(home=tmp_path / "other"), tmp_path / "copy", now=NOW)
        policy = tmp_path / "other" / "restored-settings" / "policy_folder" / "return_fraud.yaml"
        assert policy.read_text() == "a policy"
        stylesheet = tmp_path / "other" / "restored-settings" / "schematron_folder" / "ubl.xsl"
        assert stylesheet.read_text() == "a stylesheet"
        assert found.to_do[:3] == (
            f"TRIAGE_POLICY_FOLDER: what it named is in {policy.parent}",
            f"TRIAGE_SCHEMATRON_FOLDER: what it named is in {stylesheet.parent}",
            "TRIAGE_PORT=9000",
        )

    def test_domains_in_the_home_folder_are_found_in_the_new_one(self, home: Settings, tmp_path: Path) -> None:
        folder = home.home_folder / "domains"
        folder.mkdir()
        (folder / "loans.yaml").write_text("a domain")
        chosen = Settings(home=home.home_folder, domain_modules="their_own")
        assert chosen.domain_modules == f"their_own,{folder / 'loans.yaml'}"
        manifest = back_up(chosen, tmp_path / "copy", now=NOW)
        assert manifest.settings == {"TRIAGE_DOMAIN_MODULES": "their_own"}
        restore(Settings(home=tmp_path / "other"), tmp_path / "copy", now=NOW)
        assert Settings(home=tmp_path / "other").named_domains == ""
        assert Settings(home=tmp_path / "other").domain_modules == str(tmp_path / "other" / "domains" / "loans.yaml")

    def test_a_copied_home_is_an_installation_of_its_own(self, home: Settings, tmp_path: Path) -> None:
        shutil.copytree(home.home_folder, tmp_path / "moved")
        moved = Settings(home=tmp_path / "moved")
        engine = open_engine(moved.database)
        with engine.connect() as connection:
            assert verify_audit(connection) == (1, None)
        engine.dispose()


class TestTools:
    def test_a_missing_and_an_old_tool_are_named_with_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(UnavailableError, match=r"pg_dump is not installed .* postgresql-client"):
            require_tool("pg_dump", 15)
        tool = tmp_path / "pg_dump"
        tool.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9 (Debian)'\n")
        tool.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
        require_tool("pg_dump", 14)
        with pytest.raises(UnavailableError, match=r"version 14, older than the server's 16: .*postgresql-client-16"):
            require_tool("pg_dump", 16)

    def test_a_password_is_never_an_argument(self) -> None:
        url = "postgresql+psycopg://triage:s%40fe@db/triage?sslmode=require&options=-csearch_path%3Da"
        address, environment = _without_secrets(url)
        assert address == "postgresql://triage@db/triage?options=-csearch_path%3Da&sslmode=require"
        assert environment == {"PGPASSWORD": "s@fe"}
