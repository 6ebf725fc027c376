"""Signing in with a password and a code, and a person's own page: through forms, as a browser sends them."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from tests.serving.conftest import PASSWORD, House, open_house
from triage.db.database import open_engine
from triage.db.schema import api_keys, audit_events
from triage.identity import access

SECOND = re.compile("<code>([A-Z2-7]{32})</code>")


@pytest.fixture(scope="module")
def strict_house_for_all(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("strict")
    engine = open_engine(f"sqlite:///{shutil.copy(empty_sqlite, folder)}")
    yield from open_house(engine, folder, second_factor_roles="approver, admin")


@pytest.fixture
def strict_house(strict_house_for_all: House) -> House:
    """A house where approvers and administrators need a second factor, some minutes after the last test."""
    strict_house_for_all.clock.forward(minutes=6)
    strict_house_for_all.client.cookies.clear()
    return strict_house_for_all


def person(house: House, name: str, *roles: str) -> None:
    with house.service.engine.begin() as connection:
        access.create_user(connection, name, PASSWORD, now=house.clock())
        for role in roles:
            access.grant(connection, f"user:{name}", role)


def enter(house: House, name: str, target: str = "/cases") -> Any:
    return house.client.post("/sign-in", data={"name": name, "password": PASSWORD, "next": target})


def form_token(house: House) -> dict[str, str]:
    found = re.search('name="csrf_token" value="([^"]+)"', house.client.get("/me").text)
    assert found is not None
    return {"csrf_token": found[1]}


def enrolled(house: House, name: str, *roles: str) -> tuple[pyotp.TOTP, list[str]]:
    """Let somebody new enrol at the first sign-in; return the app and the recovery codes."""
    person(house, name, *roles)
    assert enter(house, name).headers["location"] == "/sign-in/enrol"
    found = SECOND.search(house.client.get("/sign-in/enrol").text)
    assert found is not None
    app = pyotp.TOTP(found[1])
    shown = house.client.post("/sign-in/enrol", data={"code": app.at(house.clock())})
    assert shown.status_code == 200, shown.text
    return app, re.findall(r"<li><code>([\w-]+)</code></li>", shown.text)


class TestTheSecondFactor:
    def test_is_asked_of_those_whose_role_takes_it_and_of_nobody_else(self, strict_house: House) -> None:
        assert enter(strict_house, "ann").headers["location"] == "/cases"
        assert enter(strict_house, "paul").headers["location"] == "/sign-in/enrol"

    def test_is_enrolled_at_the_first_sign_in_and_asked_for_at_the_next(self, strict_house: House) -> None:
        app, _ = enrolled(strict_house, "vera", "approver")
        assert strict_house.client.get("/cases").status_code == 200
        strict_house.client.cookies.clear()
        strict_house.clock.forward(seconds=60)
        assert enter(strict_house, "vera").headers["location"] == "/sign-in/code"
        assert strict_house.client.get("/cases").status_code == 401
        assert strict_house.client.post("/sign-in/code", data={"code": "000000"}).status_code == 401
        right = strict_house.client.post("/sign-in/code", data={"code": app.at(strict_house.clock())})
        assert (right.status_code, right.headers["location"]) == (303, "/cases")
        assert "password+code" in strict_house.client.get("/me").text

    def test_lets_a_recovery_code_in_once_and_writes_it_down(self, strict_house: House) -> None:
        _, recovery = enrolled(strict_house, "walt", "admin")
        for status in (303, 401):
            strict_house.client.cookies.clear()
            enter(strict_house, "walt")
            assert strict_house.client.post("/sign-in/code", data={"code": recovery[0]}).status_code == status
        with strict_house.service.engine.connect() as connection:
            verbs = connection.execute(select(audit_events.c.verb).where(audit_events.c.actor == "user:walt"))
            assert list(verbs.scalars()) == ["enrol_second_factor", "use_recovery_code"]

    def test_cannot_be_guessed(self, strict_house: House) -> None:
        enrolled(strict_house, "xena", "approver")
        strict_house.client.cookies.clear()
        enter(strict_house, "xena")
        answers = [strict_house.client.post("/sign-in/code", data={"code": f"{n:06}"}).status_code for n in range(12)]
        assert answers == [401] * 10 + [429] * 2

    @pytest.mark.parametrize("path", ["/sign-in/code", "/sign-in/enrol"])
    def test_pages_lead_back_without_a_password_before(self, strict_house: House, path: str) -> None:
        assert strict_house.client.get(path).headers["location"] == "/sign-in"
        assert strict_house.client.post(path, data={"code": "1"}).headers["location"] == "/sign-in"

    def test_the_password_of_minutes_ago_is_forgotten(self, strict_house: House) -> None:
        enter(strict_house, "paul")
        strict_house.clock.forward(seconds=601)
        assert strict_house.client.get("/sign-in/enrol").headers["location"] == "/sign-in"

    def test_an_administrator_removes_it_for_who_lost_the_phone(self, strict_house: House) -> None:
        enrolled(strict_house, "yann", "approver")
        strict_house.client.cookies.clear()
        root = strict_house.sign_in("root")
        act = {"verb": "remove_second_factor", "name": "yann"}
        done = strict_house.client.post("/admin/people", data=act, headers=root)
        assert done.status_code == 303, done.text
        strict_house.client.cookies.clear()
        assert enter(strict_house, "yann").headers["location"] == "/sign-in/enrol"


class TestSessions:
    def test_a_sign_in_ends_the_one_before_it_in_this_browser(self, strict_house: House) -> None:
        enter(strict_house, "ann")
        first = strict_house.client.cookies["triage_session"]
        enter(strict_house, "vic")
        assert strict_house.client.cookies["triage_session"] != first
        strict_house.client.cookies.clear()
        strict_house.client.cookies.set("triage_session", first)
        assert strict_house.client.get("/cases").status_code == 401

    def test_are_ended_on_the_persons_own_page(self, strict_house: House) -> None:
        enter(strict_house, "olga")
        elsewhere = strict_house.client.cookies["triage_session"]
        strict_house.client.cookies.clear()
        enter(strict_house, "olga")
        token = form_token(strict_house)
        assert strict_house.client.get("/me").text.count("End the session since") == 1
        assert strict_house.client.post("/me/sessions", data=token).status_code == 303
        assert strict_house.client.get("/cases").status_code == 200
        strict_house.client.cookies.clear()
        strict_house.client.cookies.set("triage_session", elsewhere)
        assert strict_house.client.get("/cases").status_code == 401

    def test_are_ended_by_administrators_and_nobody_else(self, strict_house: House) -> None:
        enter(strict_house, "mo")
        victim = strict_house.client.cookies["triage_session"]
        strict_house.client.cookies.clear()
        ann = strict_house.sign_in("ann")
        assert strict_house.client.get("/admin/sessions").status_code == 403
        assert strict_house.client.post("/admin/sessions", data={"session": "x"}, headers=ann).status_code == 403
        root = strict_house.sign_in("root")
        page = strict_house.client.get("/admin/sessions").text
        found = re.search('name="session" value="([0-9a-f]{64})"><input type="hidden" name="name" value="mo"', page)
        assert found is not None
        strict_house.client.post("/admin/sessions", data={"session": found[1], "name": "mo"}, headers=root)
        strict_house.client.cookies.set("triage_session", victim)
        assert strict_house.client.get("/cases").status_code == 401


class TestTheOwnPage:
    def test_changes_the_password_of_who_knows_it(self, strict_house: House) -> None:
        person(strict_house, "zoe", "viewer")
        enter(strict_house, "zoe")
        token = form_token(strict_house)
        change = {"present": "wrong one", "password": "four unrelated plain words"}
        assert strict_house.client.post("/me/password", data=token | change).status_code == 422
        assert strict_house.client.post("/me/password", data=token | change | {"present": PASSWORD}).status_code == 303
        assert strict_house.client.get("/cases").status_code == 401
        assert enter(strict_house, "zoe").status_code == 401

    def test_adds_an_app_and_removes_it_for_who_holds_it(self, strict_house: House) -> None:
        person(strict_house, "uma", "viewer")
        enter(strict_house, "uma")
        token = form_token(strict_house)
        page = strict_house.client.post("/me/second-factor/new", data=token).text
        secret, sealed = SECOND.search(page), re.search('name="sealed" value="([^"]+)"', page)
        assert secret is not None and sealed is not None
        app = pyotp.TOTP(secret[1])
        given = token | {"sealed": sealed[1], "code": app.at(strict_house.clock())}
        assert "Recovery codes" in strict_house.client.post("/me/second-factor", data=given).text
        assert strict_house.client.post("/me/second-factor/remove", data=token | {"code": "1"}).status_code == 422
        strict_house.clock.forward(seconds=60)
        right = token | {"code": app.at(strict_house.clock() + timedelta(seconds=1))}
        assert strict_house.client.post("/me/second-factor/remove", data=right).status_code == 303
        assert "None yet" in strict_house.client.get("/me").text

    def test_is_of_people_alone(self, strict_house: House) -> None:
        assert strict_house.client.get("/me", headers=strict_house.system).status_code == 404


class TestKeys:
    def test_say_when_they_were_last_used_without_a_write_for_each_call(self, strict_house: House) -> None:
        header = strict_house.key(("viewer", None))
        for _ in range(3):
            assert strict_house.client.get("/v1/queues", headers=header).status_code == 200
            strict_house.clock.forward(seconds=5)
        used = select(api_keys.c.last_used_at).where(api_keys.c.name == "viewer.all")
        with strict_house.service.engine.connect() as connection:
            assert connection.execute(used).scalar() is None
        strict_house.client.app.state.known_keys.write_uses(strict_house.service)  # type: ignore[attr-defined]
        with strict_house.service.engine.connect() as connection:
            assert connection.execute(used).scalar() == strict_house.clock() - timedelta(seconds=5)

    def test_are_made_with_an_end_and_a_scope(self, strict_house: House) -> None:
        root = strict_house.sign_in("root")
        act = {"verb": "create_key", "name": "till", "role": "service", "days": "30", "only": "submit"}
        page = strict_house.client.post("/admin/keys", data=act, headers=root)
        found = re.search("trg_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", page.text)
        assert found is not None
        bearer = {"Authorization": f"Bearer {found[0]}"}
        strict_house.client.cookies.clear()
        assert strict_house.client.post("/v1/cases", json=strict_house.case(), headers=bearer).status_code == 201
        assert strict_house.client.get("/v1/queues", headers=bearer).status_code == 403
        with strict_house.service.engine.begin() as connection:
            connection.execute(
                update(api_keys).where(api_keys.c.name == "till").values(expires_at=strict_house.clock())
            )
        strict_house.clock.forward(seconds=3)
        assert strict_house.client.post("/v1/cases", json=strict_house.case(), headers=bearer).status_code == 401
