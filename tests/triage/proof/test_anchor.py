"""The signed end of the chain outside the database: what whoever owns the database cannot undo unseen."""

import base64
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, select, update

from tests.triage.conftest import ScriptedScorer, override
from triage.db.audit_chain import GENESIS, audit_hash
from triage.db.database import reading
from triage.db.handoff_schema import deliveries
from triage.db.schema import audit_events, audit_head, decisions
from triage.errors import InvalidError, UnavailableError
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.handoff.jobs import Job, run_job_now
from triage.proof.anchor import Anchor, anchor_file, read_anchors, sign_head
from triage.proof.anchoring import anchor_now
from triage.proof.chain_key import chain_key, is_signed, public_text, sign
from triage.proof.verification import verify
from triage.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def at(house):
    opened = house(ScriptedScorer())
    opened.submit(*(override(number) for number in range(3)))
    return opened


def run(engine: Engine, settings: Settings) -> str | None:
    from datetime import timedelta

    job = Job(name="audit.anchor", every=timedelta(hours=1), run=lambda hold: anchor_now(hold, settings) and None)
    return run_job_now(engine, job, worker="w")


def anchors(settings: Settings) -> list[Anchor]:
    return list(read_anchors(anchor_file(settings), public_key=public_text(chain_key(settings))))


def verified(engine: Engine, settings: Settings, **options: Any) -> list[str]:
    with reading(engine) as connection:
        return verify(connection, anchors(settings), **options).broken


def rehash(connection: Connection, after: int) -> None:
    """Make the links behind one right again, as somebody does who owns the database and knows the program."""
    rows = connection.execute(select(audit_events).order_by(audit_events.c.seq)).all()
    previous = next((row.hash for row in rows if row.seq == after), GENESIS)
    for row in (row for row in rows if row.seq > after):
        link = audit_hash(row.seq, row.at, row.actor, row.verb, row.case_id, row.detail, previous, row.wrote)
        own = update(audit_events).where(audit_events.c.seq == row.seq)
        connection.execute(own.values(previous_hash=previous, hash=link))
        previous = link
    last = max((row.seq for row in rows), default=0)
    connection.execute(update(audit_head).values(seq=last, hash=previous))


class TestKey:
    def test_it_is_made_once_and_only_its_owner_may_read_it(self, settings: Settings) -> None:
        first = public_text(chain_key(settings))
        file = settings.home_folder / "audit_key.pem"
        assert public_text(chain_key(settings)) == first
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_one_that_others_may_read_is_refused(self, settings: Settings) -> None:
        chain_key(settings)
        (settings.home_folder / "audit_key.pem").chmod(0o644)
        with pytest.raises(InvalidError, match="chmod 600"):
            chain_key(settings)

    def test_it_may_come_from_the_environment(self, tmp_path: Path) -> None:
        seed = base64.b64encode(bytes(range(32))).decode()
        settings = Settings(home=tmp_path, audit_key=seed)
        assert public_text(chain_key(settings)) == "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
        assert seed not in repr(settings)
        assert not (tmp_path / "audit_key.pem").exists()

    @pytest.mark.parametrize("written", ["no base64!", "AAAA"])
    def test_what_is_no_key_is_refused_without_being_shown(self, tmp_path: Path, written: str) -> None:
        with pytest.raises(InvalidError) as refused:
            chain_key(Settings(home=tmp_path, audit_key=written))
        assert written not in str(refused.value)

    def test_a_signature_is_of_one_key_and_one_body(self, settings: Settings, tmp_path: Path) -> None:
        key, other = chain_key(settings), chain_key(Settings(home=tmp_path / "other"))
        signed = sign(key, b"body")
        assert is_signed(b"body", signed, public_text(key))
        assert not is_signed(b"bodY", signed, public_text(key))
        assert not is_signed(b"body", signed, public_text(other))
        assert not is_signed(b"body", "no base64!", public_text(key))


class TestFound:
    def test_an_untouched_chain_agrees(self, at, settings: Settings) -> None:
        assert run(at.engine, settings) is None
        at.one(override(9))
        assert verified(at.engine, settings) == []
        assert verified(at.engine, settings, since=anchors(settings)[-1]) == []

    def test_a_dropped_tail(self, at, settings: Settings) -> None:
        run(at.engine, settings)
        with at.engine.begin() as connection:
            connection.execute(audit_events.delete().where(audit_events.c.seq == 3))
            rehash(connection, 2)
        assert verified(at.engine, settings, rows=False)[0].endswith("its tail is gone")

    def test_an_emptied_chain(self, at, settings: Settings) -> None:
        run(at.engine, settings)
        with at.engine.begin() as connection:
            connection.execute(audit_events.delete())
            connection.execute(audit_head.delete())
        assert verified(at.engine, settings, rows=False)[0].startswith("the chain is empty, but link 3 was anchored")

    def test_a_rehashed_suffix(self, at, settings: Settings) -> None:
        run(at.engine, settings)
        with at.engine.begin() as connection:
            connection.execute(update(audit_events).where(audit_events.c.seq == 2).values(actor="user:mallory"))
            rehash(connection, 1)
        assert "the chain was rewritten" in verified(at.engine, settings, rows=False)[0]
        assert "is not the one that was anchored" in verified(at.engine, settings, since=anchors(settings)[0])[0]

    def test_a_rewritten_beginning_that_grew_beyond_the_anchor(self, at, settings: Settings) -> None:
        run(at.engine, settings)
        with at.engine.begin() as connection:
            connection.execute(update(audit_events).where(audit_events.c.seq == 1).values(actor="user:mallory"))
            rehash(connection, 0)
        at.one(override(9))
        assert "begins with another link" in verified(at.engine, settings, rows=False)[0]

    def test_a_changed_decision_whose_link_was_rehashed_to_fit(self, at, settings: Settings) -> None:
        run(at.engine, settings)
        with at.engine.begin() as connection:
            connection.execute(update(decisions).values(risk=0.5))
        assert any("decisions" in told for told in verified(at.engine, settings))


class TestAnchorFile:
    def line(self, at, settings: Settings) -> bytes:
        with reading(at.engine) as connection:
            made = sign_head(connection, chain_key(settings), now=at.clock())
        assert made is not None
        return made.written

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ((b'"seq":3', b'"seq":2'), "it was changed"),
            ((b'"format":1', b'"format":2'), "has format 2"),
            ((b'"seq":3,', b""), "is no anchor"),
            ((b'"public_key":"', b'"public_key":"x'), "another key"),
        ],
    )
    def test_a_changed_line_is_named(self, at, settings: Settings, change: tuple[bytes, bytes], says: str) -> None:
        file = anchor_file(settings)
        written = self.line(at, settings)
        assert change[0] in written
        file.write_bytes(written + written.replace(*change))
        with pytest.raises(InvalidError, match=f":2: .*{says}"):
            anchors(settings)

    def test_nothing_is_anchored_of_an_empty_chain(self, engine: Engine, settings: Settings) -> None:
        assert run(engine, settings) is None
        assert not anchor_file(settings).exists()


class TestPlaces:
    def test_an_endpoint_gets_what_the_file_holds(self, at, settings: Settings) -> None:
        with at.engine.begin() as connection:
            add_endpoint(connection, NewEndpoint(name="vault", url="https://vault.example/in", events=[]), actor="a")
        assert run(at.engine, settings.model_copy(update={"audit_anchor_endpoint": "vault"})) is None
        with at.engine.connect() as connection:
            sent = connection.execute(select(deliveries.c.kind, deliveries.c.body)).one()
        assert sent.kind == "audit.anchored"
        assert sent.body.encode() + b"\n" == anchor_file(settings).read_bytes()

    def test_one_that_fails_is_told_and_does_not_keep_the_others_from_it(self, at, settings: Settings) -> None:
        broken = settings.model_copy(update={"audit_anchor_url": "http://127.0.0.1:9/{seq}"})
        assert "object store: ConnectError" in str(run(at.engine, broken))
        assert len(anchors(settings)) == 1

    def test_an_object_store_gets_it_by_put_with_the_header_of_the_file(
        self, at, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from triage.proof import anchoring

        header, seen = tmp_path / "header", []
        header.write_text("Authorization: Bearer s3cret\n")
        chosen = {"audit_anchor_url": "https://store.example/a/{seq}", "audit_anchor_header_file": str(header)}

        def put(url: str, **given: Any) -> httpx.Response:
            seen.append((url, given["headers"]["Authorization"], given["follow_redirects"]))
            return httpx.Response(403 if len(seen) > 1 else 200)

        monkeypatch.setattr(httpx, "put", put)
        assert run(at.engine, settings.model_copy(update=chosen)) is None
        assert seen == [("https://store.example/a/3", "Bearer s3cret", False)]
        with pytest.raises(UnavailableError, match="403"):
            anchoring.put_object(anchors(settings)[0], settings.model_copy(update=chosen))
