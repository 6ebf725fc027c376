"""From one environment to another: a signed file, its differences, and what is taken over."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, inspect, select
from toy_domain import DOMAIN

from triage.db.audit_chain import audit
from triage.db.database import is_current, open_engine, upgrade
from triage.db.schema import audit_events, users
from triage.errors import InvalidError
from triage.handoff.endpoints import NewEndpoint, add_endpoint, list_endpoints
from triage.handoff.lookup_sources import LookupSource, add_source, list_sources
from triage.identity.access import create_user
from triage.ids import new_id
from triage.policy_life.acts import add_draft, describe, publish_version
from triage.policy_life.installed import read_installed, record_installed
from triage.proof.chain_key import chain_key, public_text
from triage.proof.verification import verify
from triage.settings import Settings
from triage.transfer.emptying import empty
from triage.transfer.signed_package import collect, read_package
from triage.transfer.taking_over import compare, take_over

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
DOMAINS = {DOMAIN.name: DOMAIN}


def newer(**changes: Any) -> str:
    written = yaml.safe_load(DOMAIN.policy_file.read_text())
    return yaml.safe_dump(written | {"version": "9.0.0"} | changes)


def set_up(engine: Engine) -> None:
    with engine.begin() as connection:
        record_installed(connection, read_installed(DOMAINS), now=NOW)


@pytest.fixture
def exported(empty_sqlite: Path, tmp_path: Path) -> Iterator[tuple[bytes, str]]:
    """The file of a test environment with a newer policy, an endpoint and a look-up; the key that signed it."""
    key = chain_key(Settings(home=tmp_path / "test"))
    mapping = tmp_path / "returns.yaml"
    mapping.write_text("columns: {}\n")
    sqlite_engine = open_engine(f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'test.db')}")
    set_up(sqlite_engine)
    queue = {"OVERRIDE_DESK": {"title": "Another desk"}}
    with sqlite_engine.begin() as connection:
        written = yaml.safe_load(DOMAIN.policy_file.read_text())
        queues = written["queues"] | {"OVERRIDE_DESK": written["queues"]["OVERRIDE_DESK"] | queue["OVERRIDE_DESK"]}
        add_draft(connection, DOMAIN, newer(queues=queues), actor="user:pia", now=NOW)
        publish_version(connection, DOMAIN, "9.0.0", actor="user:pia", now=NOW)
        add_endpoint(
            connection,
            NewEndpoint(name="erp", url="https://erp.test.example/in", secret="whsec_" + "A" * 43 + "="),
            actor="user:root",
        )
        add_endpoint(
            connection,
            NewEndpoint(name="mail", kind="message", url="mailto://u:geheim@mail.example"),
            actor="user:root",
        )
        add_source(
            connection,
            LookupSource(name="stock", kind="http", url="https://s.example/{sku}", secret="env:STOCK"),
            actor="user:root",
            now=NOW,
        )
    with sqlite_engine.connect() as connection:
        package = collect(connection, DOMAINS, environment="test", mappings=[mapping], now=NOW)
    sqlite_engine.dispose()
    yield package.signed(key), public_text(key)


def test_no_secret_goes_along(exported: tuple[bytes, str]) -> None:
    content = exported[0].decode()
    assert "geheim" not in content and "A" * 43 not in content
    assert "env:STOCK" in content
    assert json.loads(content)["body"]["mappings"] == [{"name": "returns.yaml", "text": "columns: {}\n"}]


class TestTheSignature:
    def test_of_a_key_that_is_not_trusted_is_refused(self, exported: tuple[bytes, str]) -> None:
        with pytest.raises(InvalidError, match="not trusted here"):
            read_package(exported[0], trusted=[])

    @pytest.mark.parametrize("part", ["environment", "made_at", "policies", "endpoints", "lookups", "mappings"])
    def test_covers_every_part(self, exported: tuple[bytes, str], part: str) -> None:
        outer = orjson.loads(exported[0])
        outer["body"][part] = "other" if isinstance(outer["body"][part], str) else outer["body"][part][1:]
        with pytest.raises(InvalidError, match="changed after it was signed"):
            read_package(orjson.dumps(outer), trusted=[exported[1]])

    @pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b'{"body": 1}', b"\xff"])
    def test_of_rubbish_is_none(self, content: bytes) -> None:
        with pytest.raises(InvalidError, match="no file of"):
            read_package(content, trusted=["x"])


class TestTakingOver:
    def test_shows_what_differs_changes_nothing_and_then_does(
        self, exported: tuple[bytes, str], engine: Engine
    ) -> None:
        set_up(engine)
        package, signed_by = read_package(exported[0], trusted=[exported[1]])
        with engine.connect() as connection:
            found = compare(connection, package, DOMAINS, now=NOW)
            assert list_endpoints(connection) == []
        parts = {(one.part, one.name) for one in found}
        assert parts == {
            ("policy", "price_override 9.0.0"), ("endpoint", "erp"), ("endpoint", "mail"), ("look-up", "stock")
        }  # fmt: skip
        assert any("Another desk" in one.change for one in found)
        with engine.begin() as connection:
            done = take_over(connection, package, DOMAINS, signed_by=signed_by, key=KEY, publish=True, now=NOW)
        assert any("mail is left out" in line for line in done)
        with engine.connect() as connection:
            assert describe(connection, DOMAIN, now=NOW)["live"][""] == "9.0.0"
            assert [(one["name"], one["state"]) for one in list_endpoints(connection)] == [("erp", "paused")]
            assert list(list_sources(connection)) == ["stock"]
            detail = connection.execute(
                select(audit_events.c.detail).where(audit_events.c.verb == "import_environment")
            ).scalar_one()
            assert json.loads(detail)["signed_by"] == exported[1]
            assert verify(connection).holds
            left = [one for one in compare(connection, package, DOMAINS, now=NOW) if one.part != "endpoint"]
            assert left == []

    def test_without_publishing_only_records(self, exported: tuple[bytes, str], engine: Engine) -> None:
        set_up(engine)
        package, signed_by = read_package(exported[0], trusted=[exported[1]])
        with engine.begin() as connection:
            take_over(connection, package, DOMAINS, signed_by=signed_by, key=KEY, publish=False, now=NOW)
        with engine.connect() as connection:
            assert describe(connection, DOMAIN, now=NOW)["live"][""] != "9.0.0"

    def test_an_endpoint_that_is_here_stays_as_it_is(self, exported: tuple[bytes, str], engine: Engine) -> None:
        set_up(engine)
        package, signed_by = read_package(exported[0], trusted=[exported[1]])
        with engine.begin() as connection:
            add_endpoint(connection, NewEndpoint(name="erp", url="https://erp.example/in"), actor="user:root")
            found = [one.change for one in compare(connection, package, DOMAINS, now=NOW) if one.name == "erp"]
            take_over(connection, package, DOMAINS, signed_by=signed_by, key=KEY, publish=False, now=NOW)
            assert [(one["url"], one["state"]) for one in list_endpoints(connection)] == [
                ("https://erp.example/in", "sending")
            ]
        assert found == [
            "url is 'https://erp.test.example/in' there and 'https://erp.example/in' here; what is here stays"
        ]

    def test_a_version_of_other_content_is_refused(self, exported: tuple[bytes, str], engine: Engine) -> None:
        set_up(engine)
        package, _ = read_package(exported[0], trusted=[exported[1]])
        with engine.begin() as connection:
            add_draft(connection, DOMAIN, newer(), actor="user:pia", now=NOW)
            with pytest.raises(InvalidError, match="raise it"):
                compare(connection, package, DOMAINS, now=NOW)

    def test_a_domain_that_is_not_installed_is_refused(self, exported: tuple[bytes, str], engine: Engine) -> None:
        package, _ = read_package(exported[0], trusted=[exported[1]])
        with engine.connect() as connection, pytest.raises(InvalidError, match="not installed here"):
            compare(connection, package, {}, now=NOW)


def test_a_demonstration_begins_anew(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'demo.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        create_user(connection, "ann", "correct horse battery", now=NOW)
        audit(connection, actor="system:up", verb="create_user", case_id=None, detail={}, now=NOW)
    empty(engine)
    assert inspect(engine).get_table_names() == []
    upgrade(engine)
    assert is_current(engine)
    with engine.connect() as connection:
        assert connection.execute(select(users)).all() == []
        assert verify(connection).holds
    engine.dispose()


@pytest.mark.postgres
def test_a_demonstration_on_postgresql_begins_anew(postgres_url: str) -> None:
    schema = f"demo_{new_id().replace('-', '')[:12]}"
    outside = open_engine(postgres_url)
    with outside.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    url = re.sub(r"search_path%3D\w+", f"search_path%3D{schema}", postgres_url)
    engine = open_engine(url)
    upgrade(engine)
    empty(engine)
    assert inspect(engine).get_table_names() == []
    upgrade(engine)
    assert is_current(engine)
    engine.dispose()
    with outside.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    outside.dispose()
