"""A person is exported and erased: nothing of them is left in any table, the chain verifies, the figures stay."""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, func, select, text, update

from tests.triage.conftest import DOMAIN, DOMAINS, EVE, House, ScriptedScorer, override
from triage.champions import Champion
from triage.db.audit_chain import audit, verify_audit, walk_chain
from triage.db.database import reading
from triage.db.row_digests import insert_rows
from triage.db.row_proof import RowBook
from triage.db.schema import audit_events, cases, comments, entity_cases, labels, metadata, past_cases
from triage.errors import ConflictError, InvalidError
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.identity import access
from triage.identity.access import Principal
from triage.intake import freezing
from triage.intake.freezing import freeze, valid
from triage.intake.histories import Histories
from triage.intake.history_facts import FactsOfRows
from triage.intake.history_files import NOTHING, HistoryFiles
from triage.privacy.erasure import ERASED, erase_person
from triage.privacy.person_export import export_person
from triage.privacy.person_search import check_identifier
from triage.proof.anchor import sign_head
from triage.proof.verification import verify
from triage.review.attachments import attach
from triage.review.search_index import find_cases, index_some
from triage.review.verbs import Ruling, claim, comment, resolve

OFFICER = Principal(name="user:dora", grants=frozenset({("privacy_officer", None)}))
PERSON, OTHER = "C-4711", "C-47112"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def do(at: House, verb: Callable[..., Any], case_id: str, *, actor: Principal = EVE, **more: Any) -> None:
    with at.engine.begin() as connection:
        verb(connection, case_id, policies=at.policies, now=at.clock(), actor=actor, **more)


@pytest.fixture
def at(house: Callable[..., House]) -> House:
    """Two cases of the person with everything that hangs on a case, a past one, and one of somebody else."""
    at = house(ScriptedScorer(risk=0.9))
    note = f"{PERSON} moved to Bath, ask {OTHER}"
    dear = at.one(override(1, cashier_id=PERSON, note=note) | {"attributes": {"badge": PERSON, "till": 4}})
    at.submit(override(2, cashier_id=PERSON), override(3, cashier_id=OTHER, note="quiet"))
    case_id = dear.body["case_id"]
    do(at, claim, case_id, hold=timedelta(hours=1))
    do(at, comment, case_id, text=f"rang {PERSON}: in Bath now")
    do(at, attach, case_id, name="Bath.png", content=PNG)
    ruling = Ruling(
        action="corrected", cause="sweethearting", reason_code="other", comment="she says she lives in Bath"
    )
    do(at, resolve, case_id, ruling=ruling, heads={DOMAIN.name: DOMAIN.heads})
    with at.engine.begin() as connection:
        row = {
            "domain": DOMAIN.name, "exception_id": "P-1", "known_at": at.clock(), "fx_rate": 1.0, "origin": "old.csv",
            "attributes": "{}",
            "payload": f'{{"receipt_id":"R-0","listed_price":"80.00","charged_price":"60.00","cashier_id":"{PERSON}"}}',
        }  # fmt: skip
        insert_rows(connection, past_cases, [row])
        audit(connection, actor="system:cli", verb="backfill", case_id=None, detail={}, now=at.clock())
        while index_some(connection):
            pass
    return at


def erase(at: House, identifier: str = PERSON) -> Any:
    return erase_person(at.engine, DOMAINS, identifier, because="DSR-17", actor=OFFICER, now=at.clock())


def everything(connection: Connection) -> str:
    """Every value of every table as one text."""
    return "\n".join(repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table)))


def broken(connection: Connection) -> list[str]:
    with closing(RowBook()) as book:
        for link in walk_chain(connection):
            book.read(link)
        return [str(each) for each in book.mismatches(connection)]


class TestErasing:
    def test_nothing_of_the_person_is_left_and_the_other_one_is_whole(self, at: House) -> None:
        with at.engine.connect() as connection:
            before = everything(connection)
            assert PERSON in before and "Bath" in before
        done = erase(at)
        assert (done.cases, done.past_cases, done.domains) == (2, 1, {DOMAIN.name})
        with at.engine.connect() as connection:
            after = everything(connection)
            assert re.search(rf"{PERSON}(?!2)", after) is None and "Bath" not in after
            assert after.count(OTHER) >= 1 and "quiet" in after
            names = connection.execute(select(cases.c.payload).order_by(cases.c.seq)).scalars().all()
            assert names[0].count("erased-") == 1 and f'"note":"{ERASED}"' in names[0].replace(": ", ":")
            found = find_cases(connection, PERSON, before=None, limit=10)
            assert len(found) == 1 and found == find_cases(connection, OTHER, before=None, limit=10), "which begins so"
        assert erase(at).cases == 0

    def test_the_figures_stay_and_the_person_is_one_person_still(self, at: House) -> None:
        with at.engine.connect() as connection:
            known = connection.execute(select(labels)).all()
            keys = sorted(
                connection.execute(
                    select(func.count()).group_by(entity_cases.c.digest).select_from(entity_cases)
                ).scalars()
            )
        erase(at)
        with at.engine.connect() as connection:
            assert connection.execute(select(labels)).all() == known
            after = connection.execute(select(func.count()).group_by(entity_cases.c.digest).select_from(entity_cases))
            assert sorted(after.scalars()) == keys

    def test_the_chain_verifies_with_its_anchors_before_and_after(self, at: House) -> None:
        key = Ed25519PrivateKey.generate()
        with reading(at.engine) as connection:
            anchor = sign_head(connection, key, now=at.clock())
        assert anchor is not None
        erase(at)
        at.one(override(9))
        with reading(at.engine) as connection:
            assert verify(connection, [anchor]).broken == []
            assert verify(connection, [anchor], since=anchor).broken == []
            event = connection.execute(select(audit_events).where(audit_events.c.verb == "erase_person")).one()
            assert event.actor == "user:dora" and '"because":"DSR-17"' in event.detail

    @pytest.mark.parametrize(
        "tamper",
        [
            "UPDATE cases SET payload = '{}' WHERE seq = (SELECT MIN(seq) FROM cases)",
            "UPDATE comments SET text = 'something else'",
            "UPDATE past_cases SET salt = NULL",
            "UPDATE audit_events SET detail = '{\"text\":\"another\"}' WHERE verb = 'comment'",
            "UPDATE audit_events SET actor = 'user:mallory' WHERE verb = 'comment'",
            "DELETE FROM erasures",
        ],
    )
    def test_what_is_changed_after_an_erasure_is_found(self, at: House, tamper: str) -> None:
        key = Ed25519PrivateKey.generate()
        with reading(at.engine) as connection:
            anchor = sign_head(connection, key, now=at.clock())
        erase(at)
        with at.engine.begin() as connection:
            connection.execute(text(tamper))
            assert verify_audit(connection)[1] is not None or broken(connection) != []
            if "audit_events" not in tamper and "erasures" not in tamper:
                assert verify(connection, since=anchor).broken != [], "also from the anchor on"

    def test_words_changed_without_an_erasure_are_found(self, at: House) -> None:
        erase(at)
        with at.engine.begin() as connection:
            other = select(audit_events.c.seq).where(audit_events.c.verb == "decide").limit(1).scalar_subquery()
            connection.execute(update(audit_events).where(audit_events.c.seq == other).values(detail="{}"))
            assert verify_audit(connection)[1] is not None

    def test_a_case_on_its_way_to_a_receiver_waits(self, at: House) -> None:
        with at.engine.begin() as connection:
            add_endpoint(connection, NewEndpoint(name="erp", url="https://erp.example/in"), actor="user:root")
            audit(connection, actor="user:root", verb="add_endpoint", case_id=None, detail={}, now=at.clock())
        at.one(override(5, cashier_id=PERSON))
        with pytest.raises(ConflictError, match="is on its way to a receiver"):
            erase(at)

    def test_another_digest_of_what_was_erased_cannot_be_guessed(self, at: House) -> None:
        with at.engine.connect() as connection:
            salts = [salt for table in (cases, comments) for salt in connection.execute(select(table.c.salt)).scalars()]
        assert len(set(salts)) == len(salts) and all(len(salt) == 32 for salt in salts)
        erase(at)
        with at.engine.connect() as connection:
            left = set(connection.execute(select(cases.c.salt)).scalars())
        assert len(left & set(salts)) == 1, "that of the other person's case"


class TestHistory:
    def test_frozen_and_running_histories_forget_the_name(
        self, at: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(freezing, "OVERLAP", 0)
        files = HistoryFiles(tmp_path, DOMAIN.name, DOMAIN.recipe, ())
        assert freeze(at.engine, files, FactsOfRows(DOMAIN.name, DOMAIN.recipe, ())) > 0
        histories = Histories(tmp_path)
        champion = Champion(scorer=None, registry="empty", reason="none")
        with reading(at.engine) as connection:
            before = histories.of(connection, DOMAIN, champion)
            assert valid(connection, files, DOMAIN.name).rows > 0
        erase(at)
        with reading(at.engine) as connection:
            assert valid(connection, files, DOMAIN.name) is NOTHING
        histories.tend(at.engine, "", "")
        with reading(at.engine) as connection:
            after = histories.of(connection, DOMAIN, champion)
        assert after is not before
        histories.tend(at.engine, "", "")
        with reading(at.engine) as connection:
            assert histories.of(connection, DOMAIN, champion) is after


class TestExport:
    def test_it_holds_every_case_with_all_that_hangs_on_it(self, at: House) -> None:
        with reading(at.engine) as connection:
            found = export_person(connection, DOMAINS, PERSON, now=at.clock())
        assert [case["exception_id"] for case in found["cases"]] == ["X-1", "X-2"]
        first = found["cases"][0]
        assert first["person_is"] == ["staff"]
        assert [each["text"] for each in first["comments"]] == [f"rang {PERSON}: in Bath now"]
        assert [each["name"] for each in first["attachments"]] == ["Bath.png"]
        assert [each["verb"] for each in first["history"]] == ["decide", "claim", "comment", "attach", "resolve"]
        assert first["known_of_it"][0]["cause"] == "sweethearting"
        assert [case["exception_id"] for case in found["past_cases"]] == ["P-1"]
        assert "salt" not in first and "features" not in first["decisions"][0]

    def test_an_account_is_exported_with_what_it_did(self, at: House) -> None:
        with at.engine.begin() as connection:
            access.create_user(connection, "eve", "correct horse battery", now=at.clock())
            audit(connection, actor="system:cli", verb="create_user", case_id=None, detail={}, now=at.clock())
            found = export_person(connection, DOMAINS, "user:eve", now=at.clock())
        assert [act["verb"] for act in found["account"]["acts"]] == ["claim", "comment", "attach", "resolve"]
        assert "password_hash" not in found["account"]

    @pytest.mark.parametrize("odd", ["", "ab", "x" * 300, "a\0bc"])
    def test_an_identifier_that_is_none(self, odd: str) -> None:
        with pytest.raises(InvalidError, match="identifier must have 3 to 256"):
            check_identifier(odd)
