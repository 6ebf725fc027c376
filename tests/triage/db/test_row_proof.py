"""Every row that matters is proven by the chain: whatever is changed, taken out or put in is found, on both stores."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Boolean, Connection, Engine, Float, Integer, LargeBinary, func, insert, select, update

from policies.judging.certificate import Certificate
from tests.triage.conftest import ANN, DOMAIN, EVE, SYSTEM, ScriptedScorer, override, policy_with
from tests.triage.policy_life.publishing import PolicyPublisher, own
from triage.db.audit_chain import audit, audit_hash, verify_audit, walk_chain
from triage.db.clock_schema import reached_stages
from triage.db.handoff_schema import endpoint_secrets, endpoints
from triage.db.row_digests import PROVEN, UNPROVEN, insert_rows, note_row, row_digest
from triage.db.row_proof import Mismatch, RowBook, row_marks, seal
from triage.db.schema import Instant, audit_events, audit_head, grants, labels, metadata, past_cases, users
from triage.guarantee.certificates import keep
from triage.guarantee.certificates import stop as stop_automation
from triage.handoff.endpoints import NewEndpoint, add_endpoint, pause_endpoint
from triage.identity import access
from triage.identity.second_factor import enrol, new_totp_secret
from triage.proof.bundles import record_bundle
from triage.proof.signatures import sign_version
from triage.review import verbs
from triage.review.approval import approve
from triage.review.outcomes import record_outcome
from triage.review.resting import hold, resume
from triage.review.verbs import Ruling
from triage.sealing import Seal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOLD = timedelta(minutes=30)
LIMIT = [{"id": "FE-1", "title": "More than 70 was charged.", "when": "charged_price > 70.0", "role": "approver"}]
RULING = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified", comment="No sign.")


def mismatches(connection: Connection, *, after: int = 0, marks: Any = None) -> list[Mismatch]:
    """Walk the chain, from a link that is known to be right on, and compare the tables."""
    previous = connection.execute(select(audit_events.c.hash).where(audit_events.c.seq == after)).scalar()
    with closing(RowBook()) as book:
        for link in walk_chain(connection, after=after, **({"previous": previous} if after else {})):
            book.read(link)
        return list(book.mismatches(connection, marks))


@pytest.fixture
def lived(house, engine: Engine) -> Engine:
    """A database in which everything was written that the chain proves."""
    at = house(ScriptedScorer(risk=0.5), policy_with(four_eyes=LIMIT))
    now = at.clock()
    publisher = PolicyPublisher(engine, at.clock)
    publisher.draft(own("1.1.0"))

    def do(verb: Any, *args: Any, **options: Any) -> Any:
        with engine.begin() as connection:
            return verb(connection, *args, policies=at.policies, now=now, **options)

    dear, cheap = (
        at.one(override(number, listed_price="100.00", charged_price=price)).body["case_id"]
        for number, price in ((1, "80.00"), (2, "60.00"))
    )
    for case_id in (dear, cheap):
        do(verbs.claim, case_id, actor=ANN, hold=HOLD)
        do(verbs.comment, case_id, text="seen", actor=ANN)
        do(verbs.resolve, case_id, ruling=RULING, heads={DOMAIN.name: DOMAIN.heads}, actor=ANN)
    resting = at.one(override(3)).body["case_id"]
    do(verbs.claim, resting, actor=ANN, hold=HOLD)
    do(hold, resting, reason="asked", until=None, actor=ANN)
    do(resume, resting, actor=ANN)
    do(approve, dear, agreed=True, comment=None, requesters={}, heads={DOMAIN.name: DOMAIN.heads}, actor=EVE)
    do(
        record_outcome, {"domain": DOMAIN.name, "exception_id": "X-1", "wrong": True}, domains={DOMAIN.name: DOMAIN},
        actor=SYSTEM,
    )  # fmt: skip
    with engine.begin() as connection:
        people(connection, now)
        promise(connection, now)
        record_bundle(connection, "price_override/1", "0" * 64, actor="system:cli", now=now)
        sign_version(connection, Ed25519PrivateKey.generate(), "model", "price_override/1", "0" * 64, now=now)
        row = {
            "domain": DOMAIN.name, "exception_id": "P-1", "known_at": now, "fx_rate": 1.0, "payload": "{}",
            "attributes": "{}", "origin": "past.csv",
        }  # fmt: skip
        insert_rows(connection, past_cases, [row])
        stage = {"case_id": resting, "stage": 0, "body": "{}", "due_at": now, "reached_at": now}
        insert_rows(connection, reached_stages, [stage])
        audit(connection, actor="system:cli", verb="backfill", case_id=None, detail={}, now=now)
    return engine


def people(connection: Connection, now: datetime) -> None:
    access.create_user(connection, "ann", "correct horse battery", now=now)
    access.set_password(connection, "ann", "correct horse staple")
    access.create_key(connection, "pos", now=now)
    secret = new_totp_secret()
    enrol(connection, "ann", secret, pyotp.TOTP(secret).at(now), seal=Seal(Fernet.generate_key().decode()), now=now)
    for role in ("analyst", "approver"):
        access.grant(connection, "user:ann", role, DOMAIN.name)
    access.revoke(connection, "user:ann", "approver", DOMAIN.name)
    access.revoke_key(connection, "pos", now=now)
    add_endpoint(connection, NewEndpoint(name="erp", url="https://erp.example/in"), actor="user:root")
    pause_endpoint(connection, "erp", because="upgrade")
    audit(connection, actor="system:cli", verb="grant", case_id=None, detail={}, now=now)


def promise(connection: Connection, now: datetime) -> None:
    certificate = Certificate(
        certificate_id="c-1", domain=DOMAIN.name, variant=None, policy_version="1.0.0",
        model_version="price_override/1",
        of="risk", alpha=0.05, delta=0.1, margin=0.8, certified_at=now, lapses_at=now + timedelta(days=90), segments={},
        evidence={"labels": {}},
    )  # fmt: skip
    assert keep(connection, certificate, after=None, actor="system:certificates")
    stop_automation(connection, DOMAIN.name, None, why="tills replaced", actor="user:root", now=now)


def other(column: Any, value: Any) -> Any:
    """Give a value of the same kind that is not this one."""
    if isinstance(column.type, Instant):
        return (value or NOW) + timedelta(microseconds=1)
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, Float):
        return (value or 0.0) + 1e-9
    if isinstance(column.type, Integer):
        return (value or 0) + 1
    if isinstance(column.type, LargeBinary):
        return b"\x01" + (value or b"")
    return f"{value or ''}x"[-(column.type.length or 1_000_000) :]


def test_all_that_was_written_is_proven(lived: Engine) -> None:
    with lived.connect() as connection:
        assert mismatches(connection) == []
        assert verify_audit(connection)[1] is None
        empty = [
            name for name, proven in PROVEN.items()
            if not connection.execute(select(func.count()).select_from(proven.table)).scalar()
        ]  # fmt: skip
    assert empty == [], "the day should write every table that the chain proves"


def test_every_table_is_proven_or_says_why_not() -> None:
    assert set(PROVEN) | set(UNPROVEN) == set(metadata.tables), "add the table to PROVEN, or to UNPROVEN with a reason"
    assert set(PROVEN).isdisjoint(UNPROVEN)


class TestTampering:
    def test_a_change_of_any_column_of_any_table_is_found(self, lived: Engine) -> None:
        unseen = []
        for name, proven in PROVEN.items():
            tied = {proven.number, *proven.key, "case_id"}
            for column in (proven.table.c[each] for each in proven.columns if each not in tied):
                with lived.connect() as connection:
                    row = connection.execute(select(proven.table).limit(1)).mappings().one()
                    one = proven.table.c[proven.number] == row[proven.number]
                    values = {column: other(column, row[column.name])}
                    connection.execute(update(proven.table).where(one).values(values))
                    if name not in {each.table for each in mismatches(connection)}:
                        unseen.append(f"{name}.{column.name}")
                    connection.rollback()
        assert unseen == []

    def test_a_row_taken_out_of_any_table_is_found(self, lived: Engine) -> None:
        # A case cannot go without its decisions, which the database itself holds to.
        for name, proven in ((name, each) for name, each in PROVEN.items() if name != "cases"):
            with lived.connect() as connection:
                if name == "endpoints":
                    connection.execute(endpoint_secrets.delete())
                first = connection.execute(select(proven.table.c[proven.number]).limit(1)).scalar_one()
                connection.execute(proven.table.delete().where(proven.table.c[proven.number] == first))
                assert {each.table for each in mismatches(connection)} == {name}
                connection.rollback()

    def test_a_row_put_into_any_table_is_found(self, lived: Engine) -> None:
        # A case has one task: a second cannot be put in.
        for name, proven in ((name, each) for name, each in PROVEN.items() if name != "tasks"):
            with lived.connect() as connection:
                row = dict(connection.execute(select(proven.table).limit(1)).mappings().one())
                for column in proven.table.columns:
                    if column.name != proven.number and not column.foreign_keys:
                        row[column.name] = other(column, row[column.name])
                row[proven.number] = 99 if isinstance(row[proven.number], int) else f"{row[proven.number]}x"[-12:]
                connection.execute(insert(proven.table), row)
                (found,) = mismatches(connection)
                assert (found.table, found.is_unwritten) == (name, True)
                connection.rollback()

    def test_a_grant_that_was_revoked_and_comes_back_is_found(self, lived: Engine) -> None:
        with lived.connect() as connection:
            given = {"principal": "user:ann", "role": "approver", "domain": DOMAIN.name}
            connection.execute(insert(grants), given)
            (found,) = mismatches(connection)
            assert "was put back" in str(found)

    def test_digests_taken_out_of_a_link_break_it(self, lived: Engine) -> None:
        with lived.connect() as connection:
            wrote = audit_events.c.wrote.is_not(None)
            connection.execute(update(audit_events).where(wrote).values(wrote=None))
            assert "was changed" in str(verify_audit(connection)[1])


class TestFromAnAnchorOn:
    @pytest.fixture
    def later(self, lived: Engine) -> tuple[Engine, int, dict[str, int]]:
        """The database with one more label and one more grant than when it was anchored."""
        with lived.begin() as connection:
            seq, marks = connection.execute(select(audit_head.c.seq)).scalar_one(), row_marks(connection)
            access.grant(connection, "user:ann", "viewer", None)
            label = dict(connection.execute(select(labels).limit(1)).mappings().one()) | {
                "label_id": marks["labels"] + 1
            }
            insert_rows(connection, labels, [label | {"exception_id": "X-9"}])
            audit(connection, actor="user:ann", verb="outcome", case_id=None, detail={}, now=NOW)
        return lived, seq, marks

    def test_what_was_written_since_is_proven(self, later) -> None:
        engine, seq, marks = later
        with engine.connect() as connection:
            assert mismatches(connection, after=seq, marks=marks) == []

    @pytest.mark.parametrize(
        ("change", "table"),
        [
            (update(labels).where(labels.c.exception_id == "X-9").values(wrong=None), "labels"),
            (labels.delete().where(labels.c.exception_id == "X-9"), "labels"),
            (grants.delete().where(grants.c.role == "viewer"), "grants"),
            (update(grants).where(grants.c.role == "viewer").values(role="admin"), "grants"),
        ],
    )
    def test_what_was_changed_since_is_found(self, later, change, table: str) -> None:
        engine, seq, marks = later
        with engine.connect() as connection:
            connection.execute(change)
            assert {each.table for each in mismatches(connection, after=seq, marks=marks)} == {table}


class TestBeforeTheUpgrade:
    def test_old_links_stay_right_and_their_rows_are_sealed(self, lived: Engine) -> None:
        with lived.begin() as connection:
            forget_digests(connection)
            assert verify_audit(connection)[1] is None
            unwritten = mismatches(connection)
            assert {each.table for each in unwritten} == set(PROVEN)
            sealed = seal(connection, actor="system:upgrade", why="there before", now=NOW)
            assert sum(sealed.values()) == len(unwritten)
            assert mismatches(connection) == []
            assert seal(connection, actor="system:upgrade", why="again", now=NOW) == {}

    def test_a_sealed_row_is_proven_from_then_on(self, lived: Engine) -> None:
        with lived.begin() as connection:
            forget_digests(connection)
            seal(connection, actor="system:upgrade", why="there before", now=NOW)
            connection.execute(update(users).values(password_hash="x"))
            assert {each.table for each in mismatches(connection)} == {"users"}


def forget_digests(connection: Connection) -> None:
    """Make the chain one from before events said what they wrote."""
    previous = "0" * 64
    for row in connection.execute(select(audit_events).order_by(audit_events.c.seq)).all():
        link = audit_hash(row.seq, row.at, row.actor, row.verb, row.case_id, row.detail, previous)
        changed = update(audit_events).where(audit_events.c.seq == row.seq)
        connection.execute(changed.values(wrote=None, previous_hash=previous, hash=link))
        previous = link
    connection.execute(update(audit_head).values(hash=previous))


class TestNotes:
    def test_what_was_rolled_back_is_nobodys(self, engine: Engine) -> None:
        with engine.connect() as connection:
            with connection.begin() as transaction:
                access.create_user(connection, "ann", "correct horse battery", now=NOW)
                transaction.rollback()
            with connection.begin():
                audit(connection, actor="system:cli", verb="test", case_id=None, detail={}, now=NOW)
            assert connection.execute(select(audit_events.c.wrote)).scalar_one() is None

    def test_many_rows_go_before_in_events_of_their_own(self, engine: Engine) -> None:
        rows = [
            {
                "domain": "d", "exception_id": f"E-{number}", "known_at": NOW, "fx_rate": 1.0, "payload": "{}",
                "attributes": "{}", "origin": "past.csv",
            }
            for number in range(1_201)
        ]  # fmt: skip
        with engine.begin() as connection:
            insert_rows(connection, past_cases, rows)
            audit(connection, actor="system:cli", verb="backfill", case_id=None, detail={"cases": 1_201}, now=NOW)
            verbs_written = connection.execute(select(audit_events.c.verb).order_by(audit_events.c.seq)).scalars().all()
            assert verbs_written == ["write", "write", "backfill"]
            assert mismatches(connection) == []

    def test_null_and_absent_are_the_same(self) -> None:
        proven = PROVEN["labels"]
        row = {name: "x" for name in proven.columns if name not in ("wrong", "loss", "known_at", "recorded_at")}
        assert row_digest(proven, row) == row_digest(proven, row | {"wrong": None, "loss": None})

    def test_a_row_that_is_gone_is_noted_as_gone(self, engine: Engine) -> None:
        with engine.begin() as connection:
            note_row(connection, endpoints, name="erp")
            audit(connection, actor="a", verb="v", case_id=None, detail={}, now=NOW)
            assert connection.execute(select(audit_events.c.wrote)).scalar_one() == '{"endpoints":{"erp":null}}'
