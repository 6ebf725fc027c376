"""The six digits of an authenticator app: right ones count once, recovery codes too, and only here."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import Engine, select

from triage.db.audit_chain import audit
from triage.db.schema import second_factors
from triage.errors import ConflictError, InvalidError
from triage.identity import access, second_factor
from triage.proof.verification import verify
from triage.sealing import Seal, open_seal
from triage.settings import Settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return open_seal(Settings(home=tmp_path))


@pytest.fixture
def recovery(engine: Engine, seal: Seal) -> list[str]:
    """The recovery codes of ann, who enrolled at NOW."""
    with engine.begin() as connection:
        access.create_user(connection, "ann", "correct horse battery", now=NOW)
        return second_factor.enrol(connection, "ann", SECRET, code(NOW), seal=seal, now=NOW)


def check(engine: Engine, seal: Seal, given: str, at: datetime, name: str = "ann") -> str | None:
    with engine.begin() as connection:
        return second_factor.check_code(connection, name, given, seal=seal, now=at)


@pytest.mark.usefixtures("recovery")
class TestACode:
    @pytest.mark.parametrize(("off", "right"), [(30, True), (60, True), (0, True), (120, False)])
    def test_counts_within_half_a_minute_of_the_phones_clock(
        self, engine: Engine, seal: Seal, off: int, right: bool
    ) -> None:
        later = NOW + timedelta(seconds=60)
        found = check(engine, seal, code(NOW + timedelta(seconds=off)), later)
        # The one of NOW was used up by enrolling.
        assert (found == "code") is (right and off != 0)

    def test_counts_once(self, engine: Engine, seal: Seal) -> None:
        later = NOW + timedelta(seconds=60)
        assert check(engine, seal, code(later), later) == "code"
        assert check(engine, seal, code(later), later) is None
        assert check(engine, seal, code(later - timedelta(seconds=30)), later) is None

    @pytest.mark.parametrize("given", ["", "000000", "1" * 5_000, "１２３４５６", "\ud800", "12345x"])
    def test_of_rubbish_is_wrong(self, engine: Engine, seal: Seal, given: str) -> None:
        assert check(engine, seal, given, NOW + timedelta(seconds=60)) is None

    def test_of_a_secret_copied_to_another_name_is_wrong(self, engine: Engine, seal: Seal) -> None:
        later = NOW + timedelta(seconds=60)
        with engine.begin() as connection:
            access.create_user(connection, "bob", "correct horse battery", now=NOW)
            row = dict(connection.execute(select(second_factors)).mappings().one())
            connection.execute(second_factors.insert(), row | {"name": "bob", "recovery_hashes": "[]"})
        assert check(engine, seal, code(later), later, "bob") is None

    def test_is_not_checked_where_the_house_lost_its_key(self, engine: Engine, tmp_path: Path) -> None:
        other = open_seal(Settings(home=tmp_path / "other"))
        assert check(engine, other, code(NOW + timedelta(seconds=60)), NOW + timedelta(seconds=60)) is None


class TestARecoveryCode:
    def test_counts_once_each(self, engine: Engine, seal: Seal, recovery: list[str]) -> None:
        assert len(set(recovery)) == second_factor.RECOVERY_CODES
        assert check(engine, seal, recovery[3], NOW) == "recovery"
        assert check(engine, seal, recovery[3], NOW) is None
        assert check(engine, seal, recovery[4], NOW) == "recovery"

    def test_is_not_stored_and_neither_is_the_secret(self, engine: Engine, recovery: list[str]) -> None:
        with engine.connect() as connection:
            stored = str(dict(connection.execute(select(second_factors)).mappings().one()))
        assert not any(one in stored for one in [*recovery, SECRET])


class TestEnrolling:
    def test_takes_a_right_code(self, engine: Engine, seal: Seal) -> None:
        with engine.begin() as connection:
            access.create_user(connection, "ann", "correct horse battery", now=NOW)
            with pytest.raises(InvalidError, match="clock of the phone"):
                second_factor.enrol(connection, "ann", SECRET, "000000", seal=seal, now=NOW)
            assert not second_factor.has_second_factor(connection, "ann")

    def test_never_replaces_an_app(self, engine: Engine, seal: Seal, recovery: list[str]) -> None:
        del recovery
        with engine.begin() as connection, pytest.raises(ConflictError):
            second_factor.enrol(connection, "ann", SECRET, code(NOW), seal=seal, now=NOW)

    def test_and_removing_are_proven_by_the_chain(self, engine: Engine, seal: Seal) -> None:
        with engine.begin() as connection:
            access.create_user(connection, "ann", "correct horse battery", now=NOW)
            second_factor.enrol(connection, "ann", SECRET, code(NOW), seal=seal, now=NOW)
            audit(connection, actor="user:ann", verb="enrol_second_factor", case_id=None, detail={}, now=NOW)
        later = NOW + timedelta(seconds=60)
        assert check(engine, seal, code(later), later) == "code"
        with engine.connect() as connection:
            assert verify(connection).holds
        with engine.begin() as connection:
            connection.execute(second_factors.delete())
        with engine.connect() as connection:
            assert not verify(connection).holds
