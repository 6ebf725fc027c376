"""Who may do what, and how people and systems prove who they are."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, select

from triage.db.schema import api_keys, users
from triage.db.schema import sessions as session_rows
from triage.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from triage.identity import access, sessions
from triage.identity.access import PERMISSIONS, ROLES, Permission, Principal
from triage.identity.sign_on import link_user

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def person(connection: Connection, name: str = "ann", *roles: tuple[str, str | None]) -> None:
    access.create_user(connection, name, PASSWORD, now=NOW)
    for role, domain in roles:
        access.grant(connection, f"user:{name}", role, domain)


class TestPrincipal:
    @pytest.mark.parametrize(
        ("role", "permissions"),
        [
            ("viewer", {"read"}),
            ("analyst", {"read", "work_tasks", "record_outcome", "answer_persons"}),
            (
                "approver",
                {"read", "work_tasks", "approve", "read_audit", "see_restricted", "answer_persons", "work_in_bulk"},
            ),
            ("privacy_officer", {"read", "manage_personal_data", "answer_persons"}),
            ("model_reviewer", {"read", "manage_automation"}),
            ("policy_editor", {"read", "edit_policy", "manage_automation"}),
            ("admin", set(PERMISSIONS)),
            ("service", {"read", "submit", "record_outcome"}),
        ],
    )
    def test_a_role_allows_exactly(self, role: str, permissions: set[str]) -> None:
        principal = Principal(name="user:ann", grants=frozenset({(role, None)}))
        assert {permission for permission in PERMISSIONS if principal.may(permission)} == permissions

    def test_who_rules_on_blind_audits_cannot_ask_the_model_first_but_for_administrators(self) -> None:
        assert PERMISSIONS["submit"] & PERMISSIONS["work_tasks"] == {
            "admin"
        }  # docs/review.md says what that leaves open

    def test_every_role_allows_something(self) -> None:
        assert set().union(*PERMISSIONS.values()) == set(ROLES)

    @pytest.mark.parametrize(
        ("permission", "domain", "allowed"),
        [
            ("work_tasks", "returns", True),
            ("work_tasks", "invoices", False),
            ("work_tasks", None, True),
            ("read", "invoices", True),
            ("submit", "returns", False),
        ],
    )
    def test_a_grant_for_a_domain_holds_there_only(
        self, permission: Permission, domain: str | None, allowed: bool
    ) -> None:
        principal = Principal(name="user:ann", grants=frozenset({("analyst", "returns"), ("viewer", None)}))
        assert principal.may(permission, domain) is allowed

    def test_domains_for(self) -> None:
        principal = Principal(name="user:ann", grants=frozenset({("analyst", "returns"), ("viewer", None)}))
        assert principal.domains_for("work_tasks") == {"returns"}
        assert principal.domains_for("read") is None
        assert principal.domains_for("submit") == frozenset()

    def test_require_says_which_role_it_takes(self) -> None:
        principal = Principal(name="user:vic", grants=frozenset({("viewer", None)}))
        with pytest.raises(
            ForbiddenError, match=r"user:vic may not work tasks for returns: .*analyst or approver or admin"
        ):
            principal.require("work_tasks", "returns")

    def test_without_grants_nothing_is_allowed(self) -> None:
        assert not any(Principal(name="user:new", grants=frozenset()).may(permission) for permission in PERMISSIONS)


class TestPasswords:
    def test_the_right_one_and_no_other(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            assert access.check_password(connection, "ann", PASSWORD)
            assert not access.check_password(connection, "ann", PASSWORD + "!")
            assert not access.check_password(connection, "bob", PASSWORD)

    def test_is_stored_as_argon2id(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            stored = connection.execute(select(users.c.password_hash)).scalar_one()
        assert stored.startswith("$argon2id$")
        assert PASSWORD not in stored

    @pytest.mark.parametrize(
        "password",
        [
            "",
            "short",
            "12345678901",
            "a" * 257,
            "annannannann",
            "ann-123456789",
            "0123456789ab\x00",
            "0123456789ab\ud800",
            "passwordpassword",
            "Password1234",
            "qwertyuiop12",
            "triagetriage",
            "aaaaaaaaaaaaaaaa",
            "1234567890123456",
        ],
    )
    def test_a_weak_or_odd_one_is_refused_without_showing_it(self, engine: Engine, password: str) -> None:
        with engine.begin() as connection, pytest.raises(InvalidError) as refusal:
            access.create_user(connection, "ann", password, now=NOW)
        assert [problem.field for problem in refusal.value.problems] == ["password"]
        assert refusal.value.problems[0].value == "(hidden)"

    @pytest.mark.parametrize("name", ["", "Ann", "a b", "../etc", "a" * 65, "ann\x00", "🙂"])
    def test_an_odd_name_is_refused_and_never_signs_in(self, engine: Engine, name: str) -> None:
        with engine.begin() as connection:
            with pytest.raises(InvalidError):
                access.create_user(connection, name, PASSWORD, now=NOW)
            assert not access.check_password(connection, name, PASSWORD)

    @pytest.mark.parametrize("password", ["\x00", "\ud800", "x" * 100_000])
    def test_rubbish_is_a_wrong_password_not_an_error(self, engine: Engine, password: str) -> None:
        with engine.begin() as connection:
            person(connection)
            assert not access.check_password(connection, "ann", password)

    def test_a_name_is_taken_once(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            with pytest.raises(ConflictError):
                person(connection)

    def test_a_new_password_ends_the_sessions(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            token = sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1))
            access.set_password(connection, "ann", "another good one")
            assert sessions.principal_of_session(connection, token, now=NOW) is None
            assert access.check_password(connection, "ann", "another good one")
            assert not access.check_password(connection, "ann", PASSWORD)

    def test_a_disabled_person_is_out_at_once(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            token = sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1))
            access.disable_user(connection, "ann", now=NOW)
            assert sessions.principal_of_session(connection, token, now=NOW) is None
            assert not access.check_password(connection, "ann", PASSWORD)

    def test_an_unknown_name_takes_as_long_as_a_wrong_password(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(access, "_HASHER", PasswordHasher())  # the real cost, or there is nothing to see
        access._nobodys_hash.cache_clear()
        with engine.begin() as connection:
            person(connection)
            access.check_password(connection, "nobody", PASSWORD)
            wrong = min(_duration(connection, "ann") for _ in range(3))
            unknown = min(_duration(connection, "nobody") for _ in range(3))
        assert 0.3 < unknown / wrong < 3


class TestKeys:
    def test_the_secret_is_shown_once_and_stored_hashed(self, engine: Engine) -> None:
        with engine.begin() as connection:
            shown = access.create_key(connection, "pos", now=NOW)
            access.grant(connection, "key:pos", "service", "returns")
            row = connection.execute(select(api_keys)).mappings().one()
            principal = access.principal_of_key(connection, shown, now=NOW)
            listed = access.list_keys(connection)
        assert shown.startswith(f"trg_{row['key_id']}_")
        assert shown.split("_", 2)[2] not in str(dict(row)) + str(listed)
        assert principal == Principal(name="key:pos", grants=frozenset({("service", "returns")}))
        assert listed[0]["grants"] == [("service", "returns")]

    def test_every_changed_character_of_a_key_is_noticed(self, engine: Engine) -> None:
        with engine.begin() as connection:
            shown = access.create_key(connection, "pos", now=NOW)
            for at in range(
                4, len(shown) - 1
            ):  # the last character of 256 bits in base64 carries spare bits; hashed all the same
                forged = shown[:at] + ("0" if shown[at] != "0" else "1") + shown[at + 1 :]
                assert access.principal_of_key(connection, forged, now=NOW) is None, at

    @pytest.mark.parametrize(
        "presented",
        ["", "trg_", "trg__", "Bearer x", "trg_000000000000_" + "a" * 43, "trg_\x00", "\ud800", "x" * 10_000],
    )
    def test_rubbish_is_nobody(self, engine: Engine, presented: str) -> None:
        with engine.begin() as connection:
            assert access.principal_of_key(connection, presented, now=NOW) is None

    def test_a_revoked_key_is_nobody_and_its_name_stays_taken(self, engine: Engine) -> None:
        with engine.begin() as connection:
            shown = access.create_key(connection, "pos", now=NOW)
            access.revoke_key(connection, "pos", now=NOW)
            access.revoke_key(connection, "pos", now=NOW + timedelta(days=1))
            assert access.principal_of_key(connection, shown, now=NOW) is None
            assert access.list_keys(connection)[0]["revoked_at"] == NOW
            with pytest.raises(ConflictError):
                access.create_key(connection, "pos", now=NOW)

    @pytest.mark.parametrize(("days", "known"), [(29, True), (30, False), (31, False)])
    def test_holds_until_it_runs_out(self, engine: Engine, days: int, known: bool) -> None:
        ends = NOW + timedelta(days=30)
        with engine.begin() as connection:
            shown = access.create_key(connection, "pos", now=NOW, expires_at=ends)
            later = NOW + timedelta(days=days)
            assert (access.principal_of_key(connection, shown, now=later) is not None) is known
            assert (access.principal_of_key_named(connection, "pos", now=later) is not None) is known

    def test_a_scope_takes_away_and_never_gives(self, engine: Engine) -> None:
        with engine.begin() as connection:
            shown = access.create_key(connection, "pos", now=NOW, scope=["submit", "approve"])
            access.grant(connection, "key:pos", "service")
            principal = access.principal_of_key(connection, shown, now=NOW)
        assert principal is not None
        assert principal.may("submit", "returns")
        assert not any(principal.may(other) for other in PERMISSIONS if other != "submit")
        assert principal.domains_for("read") == frozenset()
        with pytest.raises(ForbiddenError, match="narrowed to approve, submit"):
            principal.require("read")

    @pytest.mark.parametrize("scope", [[], ["everything"]])
    def test_a_senseless_scope_is_refused(self, engine: Engine, scope: list[str]) -> None:
        with engine.begin() as connection, pytest.raises(InvalidError, match="scope"):
            access.create_key(connection, "pos", now=NOW, scope=scope)

    def test_a_service_account_has_no_secret_and_one_name(self, engine: Engine) -> None:
        with engine.begin() as connection:
            assert access.create_key(connection, "erp", now=NOW, subject="abc") == ""
            key_id = connection.execute(select(api_keys.c.key_id)).scalar()
            assert access.principal_of_key(connection, f"trg_{key_id}_" + "a" * 43, now=NOW) is None
            assert access.principal_of_subject(connection, "abc", now=NOW) is not None
            assert access.principal_of_subject(connection, "abd", now=NOW) is None
            with pytest.raises(ConflictError):
                access.create_key(connection, "erp2", now=NOW, subject="abc")
            access.revoke_key(connection, "erp", now=NOW)
            assert access.principal_of_subject(connection, "abc", now=NOW) is None

    def test_the_last_use_only_moves_on(self, engine: Engine) -> None:
        with engine.begin() as connection:
            access.create_key(connection, "pos", now=NOW)
            access.note_use(connection, {"pos": NOW, "gone": NOW})
            access.note_use(connection, {"pos": NOW - timedelta(hours=1)})
            assert access.list_keys(connection)[0]["last_used_at"] == NOW

    def test_an_unknown_key_cannot_be_revoked(self, engine: Engine) -> None:
        with engine.begin() as connection, pytest.raises(NotFoundError):
            access.revoke_key(connection, "pos", now=NOW)


class TestGrants:
    def test_giving_twice_is_giving_once(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(
                connection, "ann", ("analyst", "returns"), ("analyst", "returns"), ("viewer", None), ("viewer", None)
            )
            assert access.list_users(connection)[0]["grants"] == [("analyst", "returns"), ("viewer", None)]

    def test_revoking_takes_exactly_that_grant(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection, "ann", ("analyst", "returns"), ("analyst", None))
            access.revoke(connection, "user:ann", "analyst")
            assert access.list_users(connection)[0]["grants"] == [("analyst", "returns")]
            with pytest.raises(NotFoundError):
                access.revoke(connection, "user:ann", "analyst")

    @pytest.mark.parametrize(
        ("principal", "role", "domain", "error"),
        [
            ("user:ann", "boss", None, InvalidError),
            ("user:ann", "service", None, InvalidError),
            ("user:ann", "admin", "returns", InvalidError),
            ("ann", "viewer", None, InvalidError),
            ("user:nobody", "viewer", None, NotFoundError),
            ("key:nobody", "viewer", None, NotFoundError),
        ],
    )
    def test_a_senseless_grant_is_refused(
        self, engine: Engine, principal: str, role: str, domain: str | None, error: type[Exception]
    ) -> None:
        with engine.begin() as connection:
            person(connection)
            with pytest.raises(error):
                access.grant(connection, principal, role, domain)

    def test_a_new_grant_reaches_an_open_session(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            token = sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1))
            access.grant(connection, "user:ann", "analyst", "returns")
            signed_in = sessions.principal_of_session(connection, token, now=NOW)
        assert signed_in is not None
        assert signed_in.principal.may("work_tasks", "returns")


class TestSessions:
    @pytest.mark.parametrize(
        ("after", "known"), [(timedelta(0), True), (timedelta(minutes=59), True), (timedelta(hours=1), False)]
    )
    def test_holds_for_its_time(self, engine: Engine, after: timedelta, known: bool) -> None:
        with engine.begin() as connection:
            person(connection)
            token = sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1))
            assert (sessions.principal_of_session(connection, token, now=NOW + after) is not None) is known

    def test_the_cookie_is_stored_hashed_and_each_session_has_its_own_tokens(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            tokens = [sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1)) for _ in range(2)]
            rows = [str(dict(row)) for row in connection.execute(select(session_rows)).mappings()]
            csrf = {
                signed.csrf_token
                for token in tokens
                if (signed := sessions.principal_of_session(connection, token, now=NOW))
            }
        assert len(set(tokens)) == len(csrf) == 2
        assert not any(token in row for token in tokens for row in rows)

    def test_signing_out_ends_this_session_only(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            first, second = (
                sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1)) for _ in range(2)
            )
            sessions.close_session(connection, first)
            sessions.close_session(connection, "unknown")
            assert sessions.principal_of_session(connection, first, now=NOW) is None
            assert sessions.principal_of_session(connection, second, now=NOW) is not None

    def test_are_listed_and_ended_by_their_owner_alone(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection, "ann")
            person(connection, "bob")
            opening = sessions.Opening(how="password+code", agent="Firefox" * 50, address="10.0.0.1")
            mine = sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1), opening=opening)
            sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=2))
            sessions.open_session(connection, "bob", now=NOW, holds=timedelta(hours=1))
            listed = sessions.list_sessions(connection, "ann", now=NOW, token=mine)
            assert [(row["how"], bool(row["own"])) for row in listed] == [("password", False), ("password+code", True)]
            assert len(listed[1]["agent"]) == 120
            others = [row["token_hash"] for row in sessions.list_sessions(connection, now=NOW) if row["name"] == "bob"]
            assert sessions.end_session(connection, others[0], of="ann") == 0
            assert sessions.end_sessions(connection, "ann", but=mine) == 1
            assert sessions.principal_of_session(connection, mine, now=NOW) is not None
            assert sessions.end_session(connection, others[0]) == 1
            assert [row["name"] for row in sessions.list_sessions(connection, now=NOW)] == ["ann"]

    def test_of_the_provider_end_by_its_session_or_its_subject(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            link_user(connection, "ann", "https://id.example 7")
            for provider_session in ("s1", "s2"):
                opening = sessions.Opening(how="provider", provider_session=provider_session, id_token="x")
                sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1), opening=opening)
            end = sessions.end_provider_sessions
            assert end(connection, subject="https://id.example 7", provider_session="s1") == 1
            assert end(connection, subject="https://id.example 8", provider_session=None) == 0
            assert end(connection, subject="https://id.example 7", provider_session=None) == 1

    def test_sessions_that_ran_out_are_forgotten(self, engine: Engine) -> None:
        with engine.begin() as connection:
            person(connection)
            sessions.open_session(connection, "ann", now=NOW, holds=timedelta(hours=1))
            sessions.open_session(connection, "ann", now=NOW + timedelta(hours=2), holds=timedelta(hours=1))
            assert len(connection.execute(select(session_rows)).all()) == 1


def _duration(connection: Connection, name: str) -> float:
    from time import perf_counter

    start = perf_counter()
    access.check_password(connection, name, "wrong password")
    return perf_counter() - start
