"""Signing on through a real OpenID provider: there and back, roles by groups, out again, keys that change."""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from serving.sign_on_check import check_sign_on
from tests.serving.conftest import PASSWORD, House, open_house
from tests.serving.signing_on import Provider, running_provider
from triage.clock import utc_now
from triage.db.database import open_engine
from triage.db.schema import api_keys, audit_events, users
from triage.errors import InvalidError
from triage.identity import access, second_factor
from triage.identity.sign_on import link_user
from triage.settings import Settings

AUDIENCE = "https://triage.example/api"
ROLES = {"desk": ["analyst:price_override"], "lead": ["approver"], "it": ["admin"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as found:
        yield found


@pytest.fixture(scope="module")
def open_signed_house(
    provider: Provider, empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("signed")
    named: dict[str, Any] = {
        "oidc_issuer": provider.issuer, "oidc_client_id": "triage", "oidc_client_secret": "of the client",
        "oidc_scopes": "openid profile groups", "oidc_roles": ROLES, "oidc_audience": AUDIENCE,
        "public_url": "https://testserver", "second_factor_roles": "approver,admin", "secure_cookies": True,
    }  # fmt: skip
    for house in open_house(open_engine(f"sqlite:///{shutil.copy(empty_sqlite, folder)}"), folder, **named):
        house.client.base_url = "https://testserver"
        with house.service.engine.begin() as connection:
            access.create_key(connection, "erp", now=house.clock(), subject="erp")
            access.grant(connection, "key:erp", "service")
        yield house


@pytest.fixture
def signed_house(open_signed_house: House) -> House:
    """An app that this provider signs people on for, at the time it is, in a browser nobody used."""
    open_signed_house.clock.now = utc_now()
    open_signed_house.client.cookies.clear()
    return open_signed_house


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A person whom no other test knows."""
    return "nora." + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]


def sign_on(house: House, provider: Provider, target: str = "/cases") -> Any:
    """Go to the provider and back; return the answer to the return."""
    away = house.client.get("/sign-in/provider", params={"next": target})
    assert away.status_code == 303
    return house.client.get(provider.follow(away.headers["location"]))


def granted(house: House, name: str) -> list[tuple[str, str | None]]:
    with house.service.engine.connect() as connection:
        found = {row["name"]: row["grants"] for row in access.list_users(connection)}
    roles: Any = found.get(name, [])
    return sorted(roles, key=str)


class TestComingIn:
    def test_somebody_new_gets_the_roles_of_the_groups_and_the_page_that_was_wanted(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(name.title(), "desk", "canteen")
        answer = sign_on(signed_house, provider, "/cases?state=open")
        assert (answer.status_code, answer.headers["location"]) == (303, "/cases?state=open")
        assert signed_house.client.get("/cases").status_code == 200
        assert granted(signed_house, name) == [("analyst", "price_override")]

    def test_the_request_carries_a_challenge_a_state_and_a_nonce_and_none_of_them_twice(
        self, signed_house: House, name: str
    ) -> None:
        asked = [
            parse_qs(urlsplit(signed_house.client.get("/sign-in/provider").headers["location"]).query) for _ in range(2)
        ]
        assert asked[0]["code_challenge_method"] == ["S256"]
        assert asked[0]["redirect_uri"] == ["https://testserver/sign-in/return"]
        for name in ("state", "nonce", "code_challenge"):
            assert len(asked[0][name][0]) >= 43
            assert asked[0][name] != asked[1][name]

    def test_who_has_no_group_of_ours_is_refused_with_a_sentence_and_leaves_no_trace(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(name, "canteen")
        answer = sign_on(signed_house, provider)
        assert answer.status_code == 403
        assert f"None of the groups of {name}" in answer.text
        assert "triage_session" not in signed_house.client.cookies
        assert granted(signed_house, "otto") == []

    def test_roles_follow_the_groups_and_what_was_granted_by_hand_stays(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(name, "desk")
        sign_on(signed_house, provider)
        with signed_house.service.engine.begin() as connection:
            access.grant(connection, f"user:{name}", "viewer")
        provider.next_is(name, "it", amr=("pwd", "otp"))
        sign_on(signed_house, provider)
        assert granted(signed_house, name) == [("admin", None), ("viewer", None)]
        provider.next_is(name)
        sign_on(signed_house, provider)
        assert granted(signed_house, name) == [("viewer", None)]
        with signed_house.service.engine.connect() as connection:
            written = connection.execute(
                select(audit_events.c.detail).where(audit_events.c.verb == "sign_on")
            ).scalars()
            roles = [detail["roles"] for detail in map(json.loads, written) if detail["name"] == name]
        assert roles == [["analyst:price_override"], ["admin"], []]

    def test_whose_last_group_is_gone_is_out_and_the_roles_are_too(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(name, "desk")
        sign_on(signed_house, provider)
        provider.next_is(name)
        assert sign_on(signed_house, provider).status_code == 403
        assert granted(signed_house, name) == []

    def test_nobody_takes_over_a_local_user_by_having_the_name(self, signed_house: House, provider: Provider) -> None:
        provider.next_is("ann", "it")
        answer = sign_on(signed_house, provider)
        assert answer.status_code == 409
        assert "triage user link ann" in answer.text
        with signed_house.service.engine.begin() as connection:
            link_user(connection, "ann", f"{provider.issuer} ann")
        assert sign_on(signed_house, provider).headers["location"] == "/sign-in/enrol"

    def test_a_subject_keeps_its_user_whatever_the_name_claim_says(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(f"{name}|1", "desk")
        sign_on(signed_house, provider)
        provider.next_is(f"{name}|2", "it")
        assert sign_on(signed_house, provider).status_code == 409

    def test_who_is_disabled_here_stays_out(self, signed_house: House, provider: Provider, name: str) -> None:
        provider.next_is(name, "desk")
        sign_on(signed_house, provider)
        with signed_house.service.engine.begin() as connection:
            access.disable_user(connection, name, now=signed_house.clock())
        assert sign_on(signed_house, provider).status_code == 403

    def test_a_user_of_the_provider_has_no_password_to_guess(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(name, "desk")
        sign_on(signed_house, provider)
        with signed_house.service.engine.connect() as connection:
            assert not access.check_password(connection, name, "")
            assert connection.execute(select(users.c.password_hash).where(users.c.name == name)).scalar() == ""


class TestWhatDoesNotComeIn:
    def back(self, house: House, provider: Provider, name: str) -> str:
        provider.next_is(name, "desk")
        return provider.follow(house.client.get("/sign-in/provider").headers["location"])

    def test_an_answer_that_this_browser_did_not_ask_for(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        back = self.back(signed_house, provider, name)
        signed_house.client.cookies.clear()
        answer = signed_house.client.get(back)
        assert (answer.status_code, "not begun in this browser" in answer.text) == (403, True)

    def test_an_answer_to_another_question_of_this_browser(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        back = self.back(signed_house, provider, name)
        signed_house.client.get("/sign-in/provider")
        assert signed_house.client.get(back).status_code == 403

    def test_an_answer_that_names_another_provider(self, signed_house: House, provider: Provider, name: str) -> None:
        back = re.sub("iss=[^&]*", "iss=https%3A%2F%2Fevil.example", self.back(signed_house, provider, name))
        assert signed_house.client.get(back).status_code == 403

    def test_a_code_twice(self, signed_house: House, provider: Provider, name: str) -> None:
        back = self.back(signed_house, provider, name)
        cookie = signed_house.client.cookies.get("triage_sign_on")
        assert signed_house.client.get(back).status_code == 303
        signed_house.client.cookies.set("triage_sign_on", str(cookie), path="/sign-in")
        answer = signed_house.client.get(back)
        assert (answer.status_code, "did not take the code" in answer.text) == (403, True)

    def test_a_refusal_of_the_provider_is_said(self, signed_house: House, provider: Provider) -> None:
        asked = parse_qs(urlsplit(signed_house.client.get("/sign-in/provider").headers["location"]).query)
        back = {"state": asked["state"][0], "error": "access_denied", "error_description": "not today"}
        answer = signed_house.client.get("/sign-in/return", params=back)
        assert (answer.status_code, "not today" in answer.text) == (403, True)

    @pytest.mark.parametrize(("off", "status"), [(-45, 303), (45, 303), (-3_600, 403), (3_600, 403)])
    def test_clocks_may_differ_by_a_minute(
        self, signed_house: House, provider: Provider, off: int, status: int, name: str
    ) -> None:
        signed_house.clock.forward(seconds=off)
        provider.next_is(name, "desk")
        answer = sign_on(signed_house, provider)
        assert answer.status_code == status, answer.text
        assert status == 303 or "compare the clocks" in answer.text


class TestTheProvider:
    def test_may_change_its_keys(self, signed_house: House, provider: Provider, name: str) -> None:
        provider.next_is(name, "desk")
        assert sign_on(signed_house, provider).status_code == 303
        signed_house.clock.forward(seconds=31)
        provider.rotate_keys()
        assert sign_on(signed_house, provider).status_code == 303

    def test_is_not_asked_for_its_keys_by_every_forged_token(self, signed_house: House, provider: Provider) -> None:
        header = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"unknown"}').decode().rstrip("=")
        forged = {"Authorization": f"Bearer {header}.e30.AAAA"}
        assert signed_house.client.get("/v1/queues", headers=forged).status_code == 401
        asked = signed_house.client.app.state.identity_provider  # type: ignore[attr-defined]
        before = asked._keys
        assert signed_house.client.get("/v1/queues", headers=forged).status_code == 401
        assert asked._keys is before

    def test_that_does_not_answer_is_named_and_passwords_go_on(
        self, signed_house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        asked = signed_house.client.app.state.identity_provider  # type: ignore[attr-defined]
        monkeypatch.setattr(asked, "_issuer", "http://127.0.0.1:9")
        monkeypatch.setattr(asked, "_published", None)
        answer = signed_house.client.get("/sign-in/provider")
        assert (answer.status_code, "127.0.0.1:9 does not answer" in answer.text) == (503, True)
        assert signed_house.client.post("/sign-in", data={"name": "ann", "password": PASSWORD}).status_code == 303


class TestTheSecondFactor:
    def test_of_the_provider_counts(self, signed_house: House, provider: Provider, name: str) -> None:
        provider.next_is(name, "lead", amr=("pwd", "otp"))
        assert sign_on(signed_house, provider).headers["location"] == "/cases"

    def test_is_asked_for_here_where_the_provider_took_a_password_alone(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(name, "lead")
        assert sign_on(signed_house, provider).headers["location"] == "/sign-in/enrol"
        assert signed_house.client.get("/cases").status_code == 401


class TestGoingOut:
    def test_leads_to_the_provider_and_back(self, signed_house: House, provider: Provider, name: str) -> None:
        provider.next_is(name, "desk")
        sign_on(signed_house, provider)
        page = signed_house.client.get("/me").text
        csrf = re.search('name="csrf_token" value="([^"]+)"', page)
        assert csrf is not None
        left = signed_house.client.post("/sign-out", data={"csrf_token": csrf[1]})
        onward = re.search('<a class="button" href="([^"]+)"', left.text)
        assert onward is not None
        address = onward[1].replace("&amp;", "&")
        assert address.startswith(f"{provider.issuer}/session/end?")
        asked = provider.browser.get(address)
        assert asked.status_code == 200
        xsrf = re.search('name="xsrf" value="([^"]+)"', asked.text)
        assert xsrf is not None
        done = provider.browser.post(f"{provider.issuer}/session/end/confirm", data={"xsrf": xsrf[1], "logout": "yes"})
        assert done.headers["location"].startswith("https://testserver/signed-out")
        assert signed_house.client.get("/cases").status_code == 401

    def test_the_provider_ends_the_session_by_its_own_word_and_by_nobody_elses(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        provider.next_is(name, "desk")
        sign_on(signed_house, provider)
        ended = signed_house.client.post("/sign-out/provider", data={"logout_token": provider.client_token()})
        assert ended.status_code == 400
        assert signed_house.client.get("/cases").status_code == 200
        token = provider.browser.get(f"{provider.issuer}/test/logout-token").json()["token"]
        assert signed_house.client.post("/sign-out/provider", data={"logout_token": token}).status_code == 200
        assert signed_house.client.get("/cases").status_code == 401


class TestServiceAccounts:
    def test_a_token_by_client_credentials_is_the_key_that_names_its_subject(
        self, signed_house: House, provider: Provider
    ) -> None:
        bearer = {"Authorization": f"Bearer {provider.client_token()}"}
        assert signed_house.client.post("/v1/cases", json=signed_house.case(), headers=bearer).status_code == 201

    def test_a_token_of_a_service_account_that_no_key_names_is_refused_with_the_cure(
        self, signed_house: House, provider: Provider, name: str
    ) -> None:
        with signed_house.service.engine.begin() as connection:
            connection.execute(update(api_keys).where(api_keys.c.name == "erp").values(subject="other"))
        signed_house.clock.forward(seconds=3)
        bearer = {"Authorization": f"Bearer {provider.client_token()}"}
        refused = signed_house.client.get("/v1/queues", headers=bearer)
        with signed_house.service.engine.begin() as connection:
            connection.execute(update(api_keys).where(api_keys.c.name == "erp").values(subject="erp"))
        assert (refused.status_code, "triage key create" in refused.text) == (401, True)

    @pytest.mark.parametrize("change", ["expired", "signature", "audience", "none"])
    def test_any_other_token_is_nobodys(
        self, signed_house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, change: str
    ) -> None:
        token = provider.client_token()
        head, body, signature = token.split(".")
        if change == "expired":
            signed_house.clock.forward(seconds=361)
        elif change == "signature":
            token = f"{head}.{body}.{signature[:-6]}AAAAAA"
        elif change == "audience":
            settings = signed_house.service.settings.model_copy(update={"oidc_audience": "https://other.example"})
            asked = signed_house.client.app.state.identity_provider  # type: ignore[attr-defined]
            monkeypatch.setattr(asked, "_settings", settings)
        else:
            none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            token = f"{none}.{body}."
        answer = signed_house.client.get("/v1/queues", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "named"),
        [
            ({"password_sign_in": False}, "TRIAGE_PASSWORD_SIGN_IN"),
            ({"oidc_issuer": "https://id.example", "public_url": "https://t.example"}, "TRIAGE_OIDC_CLIENT_ID"),
            ({"oidc_issuer": "http://id.example", "oidc_client_id": "t"}, "TRIAGE_OIDC_ISSUER"),
            ({"oidc_issuer": "https://id.example", "oidc_client_id": "t"}, "TRIAGE_PUBLIC_URL"),
            ({"oidc_roles": {"it": ["boss"]}}, "it"),
            ({"oidc_roles": {"it": ["analyst:nowhere"]}}, "nowhere"),
            ({"second_factor_roles": "boss"}, "TRIAGE_SECOND_FACTOR_ROLES"),
        ],
    )
    def test_that_would_lock_people_out_are_refused_at_the_start(self, settings: dict[str, Any], named: str) -> None:
        with pytest.raises(InvalidError, match=named):
            check_sign_on(Settings(**settings), ["price_override"])

    def test_passwords_can_be_turned_off(self, signed_house: House, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        settings = signed_house.service.settings.model_copy(update={"password_sign_in": False})
        before = signed_house.service.settings
        object.__setattr__(signed_house.service, "settings", settings)
        assert 'name="password"' not in signed_house.client.get("/sign-in").text
        refused = signed_house.client.post("/sign-in", data={"name": "ann", "password": PASSWORD})
        object.__setattr__(signed_house.service, "settings", before)
        assert (refused.status_code, "turned off" in refused.text) == (403, True)


def test_a_code_of_the_second_factor_survives_no_other_house(tmp_path: Path) -> None:
    from triage.sealing import open_seal

    mine, other = open_seal(Settings(home=tmp_path / "a")), open_seal(Settings(home=tmp_path / "b"))
    now = utc_now()
    sealed = mine.close("totp", {"secret": second_factor.new_totp_secret()}, now=now)
    assert other.open("totp", sealed, now=now) is None
    assert mine.open("sign-in", sealed, now=now) is None
    assert mine.open("totp", sealed, now=now) is not None
    assert mine.open("totp", sealed, now=now + timedelta(seconds=11), max_age_seconds=10) is None
    assert (tmp_path / "a" / "secret_key").stat().st_mode & 0o077 == 0
