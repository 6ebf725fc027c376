"""Who may do what: role by call, with and without sessions."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.serving.conftest import PASSWORD, House

PEOPLE = ("vic", "ann", "olga", "paul", "mo", "pia", "root", "new")
EVERYBODY = (200,) * 7 + (403,)
CALLS: dict[str, tuple[str, str, Any, tuple[int, ...]]] = {
    #                                                       viewer analyst other approver reviewer editor admin none
    "list cases": ("GET", "/v1/cases", None, (200, 200, 200, 200, 200, 200, 200, 403)),
    "read a case": ("GET", "/v1/cases/{review}", None, (200, 200, 404, 200, 200, 200, 200, 404)),
    "read a restricted case": ("GET", "/v1/cases/{escalated}", None, (404, 404, 404, 200, 404, 404, 200, 404)),
    "claim": ("POST", "/v1/cases/{review}/claim", None, (403, 200, 404, 200, 403, 403, 200, 404)),
    "claim a restricted case": ("POST", "/v1/cases/{escalated}/claim", None, (404, 404, 404, 200, 404, 404, 200, 404)),
    "comment": ("POST", "/v1/cases/{review}/comment", {"text": "x"}, (403, 201, 404, 201, 403, 403, 201, 404)),
    "next": ("POST", "/v1/queues/OVERRIDE_DESK/next", None, (403, 200, 404, 200, 403, 403, 200, 404)),
    "next of all": ("POST", "/v1/next", None, (403, 200, 204, 200, 403, 403, 200, 403)),
    "next restricted": ("POST", "/v1/queues/OVERRIDE_LP/next", None, (404, 404, 404, 200, 404, 404, 200, 404)),
    "queues": ("GET", "/v1/queues", None, EVERYBODY),
    "act on many": ("POST", "/v1/bulk", {"verb": "confirm"}, (403, 403, 403, 201, 403, 403, 201, 403)),
    "acts on many": ("GET", "/v1/bulk", None, (403, 403, 403, 200, 403, 403, 200, 403)),
    "export a person": ("POST", "/v1/persons/export", {"identifier": "C-0"}, (403,) * 6 + (200, 403)),
    "erase a person": ("POST", "/v1/persons/erase", {"identifier": "C-0", "because": "x"}, (403,) * 6 + (200, 403)),
    "explain": ("GET", "/v1/cases/{review}/explanation", None, (200, 200, 404, 200, 200, 200, 200, 403)),
    "ask for a human": (
        "POST",
        "/v1/cases/{review}/review-request",
        {"because": "x"},
        (403, 201, 404, 201, 403, 403, 201, 403),
    ),
    "domains": ("GET", "/v1/domains", None, EVERYBODY),
    "policy": ("GET", "/v1/policies/price_override", None, (200, 200, 403, 200, 200, 200, 200, 403)),
    "policy versions": ("GET", "/v1/policies/price_override/versions", None, (200, 200, 403, 200, 200, 200, 200, 403)),
    "a policy version": (
        "GET",
        "/v1/policies/price_override/versions/1.0.0",
        None,
        (200, 200, 403, 200, 200, 200, 200, 403),
    ),
    "record a draft": ("POST", "/v1/policies/price_override/versions", {}, (403, 403, 403, 403, 403, 422, 422, 403)),
    "publish": ("POST", "/v1/policies/price_override/publish", {}, (403, 403, 403, 403, 403, 422, 422, 403)),
    "roll back": ("POST", "/v1/policies/price_override/rollback", {}, (403, 403, 403, 403, 403, 409, 409, 403)),
    "shadow": ("POST", "/v1/policies/price_override/shadow", {}, (403, 403, 403, 403, 403, 422, 422, 403)),
    "shadow report": ("GET", "/v1/policies/price_override/shadow", None, (403, 403, 403, 403, 403, 404, 404, 403)),
    "what if": ("POST", "/v1/policies/price_override/simulate", {}, (403, 403, 403, 403, 403, 422, 422, 403)),
    "models": ("GET", "/v1/models", None, EVERYBODY),
    "metrics": ("GET", "/metrics", None, EVERYBODY),
    "docs": ("GET", "/docs", None, EVERYBODY),
    "openapi": ("GET", "/openapi.json", None, EVERYBODY),
    "submit": ("POST", "/v1/cases", "case", (403, 403, 403, 403, 403, 403, 201, 403)),
    "score": ("POST", "/v1/score", "case", (403, 403, 403, 403, 403, 403, 200, 403)),
    "batch": ("POST", "/v1/cases/batch", [], (403, 403, 403, 403, 403, 403, 200, 403)),
    "outcome": ("POST", "/v1/outcomes", "outcome", (403, 201, 403, 403, 403, 403, 201, 403)),
    "queue page": ("GET", "/queues/OVERRIDE_DESK", None, (200, 200, 404, 200, 200, 200, 200, 404)),
    "restricted queue page": ("GET", "/queues/OVERRIDE_LP", None, (404, 404, 404, 200, 404, 404, 200, 404)),
    "restricted case page": ("GET", "/cases/{escalated}", None, (404, 404, 404, 200, 404, 404, 200, 404)),
    "claim by form": ("POST", "/cases/{review}/claim", None, (403, 303, 404, 303, 403, 403, 303, 404)),
}

BODIES: dict[str, Callable[[House], dict[str, Any]]] = {
    "case": lambda house: house.case(),
    "outcome": lambda house: {
        "domain": "price_override", "exception_id": house.submit()["exception_id"], "wrong": False,
    },
}  # fmt: skip


class TestRoles:
    @pytest.mark.parametrize("call", CALLS)
    def test_role_by_call(self, request: pytest.FixtureRequest, call: str) -> None:
        method, path, body, expected = CALLS[call]
        house: House = request.getfixturevalue("lasting_house" if method == "GET" else "house")
        got = []
        for person in PEOPLE:
            made = {"review": house.review_case, "escalated": house.escalated_case}
            cases = {name: make() for name, make in made.items() if f"{{{name}}}" in path or path.endswith("/next")}
            sent = BODIES[body](house) if isinstance(body, str) else body
            headers = house.sign_in(person)
            answer = house.client.request(method, path.format(**cases), json=sent, headers=headers)
            got.append(answer.status_code)
        assert dict(zip(PEOPLE, got, strict=True)) == dict(zip(PEOPLE, expected, strict=True))

    def test_an_escalated_case_is_closed_by_an_approver(self, house: House) -> None:
        case_id = house.escalated_case(restricted=False)
        ruling = {"action": "accepted", "cause": "price_match", "reason_code": "justified"}
        statuses = []
        for person in ("ann", "paul"):
            headers = house.sign_in(person)
            house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
            statuses.append(house.client.post(f"/v1/cases/{case_id}/resolve", json=ruling, headers=headers).status_code)
            house.client.post(f"/v1/cases/{case_id}/release", headers=headers)
        assert statuses == [403, 200]

    @pytest.mark.parametrize(
        ("grants", "submit", "read"),
        [
            ((("service", None),), 201, 200),
            ((("service", "price_override"),), 201, 200),
            ((("service", "another_domain"),), 403, 404),
            ((("viewer", None),), 403, 200),
            ((), 403, 404),
        ],
    )
    def test_keys(
        self, lasting_house: House, grants: tuple[tuple[str, str | None], ...], submit: int, read: int
    ) -> None:
        case_id = lasting_house.submit()["case_id"]
        headers = lasting_house.key(*grants)
        assert lasting_house.client.post("/v1/cases", json=lasting_house.case(), headers=headers).status_code == submit
        assert lasting_house.client.get(f"/v1/cases/{case_id}", headers=headers).status_code == read

    def test_a_list_holds_nothing_of_a_restricted_queue(self, house: House) -> None:
        house.escalated_case(), house.review_case()
        house.sign_in("vic")
        items = house.client.get("/v1/cases").json()["items"]
        queues = house.client.get("/v1/queues").json()["queues"]
        assert [item["disposition"] for item in items] == ["review"]
        assert [queue["queue"] for queue in queues] == ["OVERRIDE_DESK"]
        assert "Loss prevention" not in house.client.get("/").text + house.client.get("/cases").text

    def test_whoever_submits_learns_nothing_that_a_restricted_queue_keeps(self, house: House) -> None:
        case = house.case(listed_price="900.00", charged_price="90.00")
        told = house.client.post("/v1/cases", json=case, headers=house.system).json()
        assert (told["disposition"], told["cause"]["label"], told["reasons"], told["controls"]) == (
            "escalate",
            None,
            [],
            [],
        )
        assert "OVERRIDE_LP" not in str(told)
        house.sign_in("paul")
        known = house.client.get(f"/v1/cases/{told['case_id']}").json()["decision"]
        assert (known["route"]["queue"], known["controls"][0]["id"]) == ("OVERRIDE_LP", "C-PRO-1")

    def test_every_write_names_its_actor(self, house: House) -> None:
        case_id = house.review_case()
        headers = house.sign_in("ann")
        house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
        history = house.client.get(f"/v1/cases/{case_id}").json()["history"]
        assert [event["actor"] for event in history] == ["key:service.all", "user:ann"]


class TestNobody:
    @pytest.mark.parametrize(
        "authorization",
        [None, "", "Bearer", "Bearer x", "Bearer trg_000000000000_" + "a" * 43, "Basic YW5uOmE=", "Bearer \xff"],
    )
    @pytest.mark.parametrize("path", ["/v1/cases", "/v1/queues", "/v1/domains", "/metrics", "/openapi.json"])
    def test_is_401_as_a_problem_document(self, lasting_house: House, path: str, authorization: str | None) -> None:
        headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
        lasting_house.client.cookies.clear()
        answer = lasting_house.client.get(path, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"

    def test_every_route_but_health_and_sign_in_needs_somebody(self, lasting_house: House) -> None:
        from serving.app import ROUTERS

        lasting_house.client.cookies.clear()
        open_paths = {"/healthz", "/readyz", "/sign-in", "/signed-out"}
        # They open nothing without a sealed cookie or a signed token; their own tests say so.
        on_the_way_in = {
            "/sign-in/code", "/sign-in/enrol", "/sign-in/provider", "/sign-in/return", "/sign-out/provider"
        }  # fmt: skip
        for route in (route for router in ROUTERS for route in router.routes):
            path = route.path.replace("{", "").replace("}", "")  # type: ignore[attr-defined]
            if path in on_the_way_in:
                continue
            for method in route.methods:  # type: ignore[attr-defined]
                answer = lasting_house.client.request(method, path, headers={"Content-Type": "application/json"})
                assert (answer.status_code in (401, 303)) is (path not in open_paths), (
                    method,
                    path,
                    answer.status_code,
                )

    def test_a_browser_is_sent_to_sign_in_and_back(self, house: House) -> None:
        answer = house.client.get("/cases?state=open", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/cases%3Fstate%3Dopen")

    def test_a_revoked_key_is_nobody_within_seconds(self, house: House) -> None:
        from triage.identity import access

        headers = house.system
        assert house.client.get("/v1/cases", headers=headers).status_code == 200
        with house.service.engine.begin() as connection:
            access.revoke_key(connection, "service.all", now=house.clock())
        house.clock.forward(seconds=2)
        assert house.client.get("/v1/cases", headers=headers).status_code == 401


class TestCsrf:
    @pytest.mark.parametrize(
        ("alter", "status"),
        [
            (lambda headers: headers, 200),
            (lambda headers: {}, 403),
            (lambda headers: {"X-CSRF-Token": ""}, 403),
            (lambda headers: {"X-CSRF-Token": headers["X-CSRF-Token"][:-1]}, 403),
            (lambda headers: headers | {"Sec-Fetch-Site": "cross-site"}, 403),
            (lambda headers: headers | {"Sec-Fetch-Site": "same-origin"}, 200),
        ],
    )
    def test_a_write_with_a_cookie_needs_the_token(
        self, house: House, alter: Callable[[dict[str, str]], dict[str, str]], status: int
    ) -> None:
        case_id = house.review_case()
        headers = alter(house.sign_in("ann"))
        assert house.client.post(f"/v1/cases/{case_id}/claim", headers=headers).status_code == status

    def test_the_token_of_another_session_does_not_do(self, house: House) -> None:
        case_id = house.review_case()
        other = house.sign_in("paul")
        house.sign_in("ann")
        assert house.client.post(f"/v1/cases/{case_id}/claim", headers=other).status_code == 403

    def test_the_token_may_come_as_a_form_field(self, house: House) -> None:
        case_id = house.review_case()
        token = house.sign_in("ann")["X-CSRF-Token"]
        assert house.client.post(f"/cases/{case_id}/claim", data={"csrf_token": "x"}).status_code == 403
        assert house.client.post(f"/cases/{case_id}/claim", data={"csrf_token": token}).status_code == 303

    def test_a_key_needs_none(self, house: House) -> None:
        assert house.client.post("/v1/cases", json=house.case(), headers=house.system).status_code == 201


class TestSigningIn:
    def sign_in(self, house: House, **fields: str) -> Any:
        form = {"name": "ann", "password": PASSWORD, "next": "/cases"} | fields
        return house.client.post("/sign-in", data=form)

    def test_the_right_password_opens_a_session(self, house: House) -> None:
        answer = self.sign_in(house)
        assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"))
        assert "Secure" not in cookie
        assert house.client.get("/").status_code == 200

    @pytest.mark.parametrize(
        "fields", [{"password": "wrong"}, {"name": "nobody"}, {"password": ""}, {"name": ""}, {"name": "x" * 9999}]
    )
    def test_anything_else_does_not(self, lasting_house: House, fields: dict[str, str]) -> None:
        answer = self.sign_in(lasting_house, **fields)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert PASSWORD not in answer.text

    @pytest.mark.parametrize(
        "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\n/evil"]
    )
    def test_leads_to_no_other_site(self, lasting_house: House, target: str) -> None:
        assert self.sign_in(lasting_house, next=target).headers["location"] == "/"

    def test_a_form_of_another_site_is_refused(self, house: House) -> None:
        form = {"name": "ann", "password": PASSWORD}
        answer = house.client.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403

    def test_guessing_is_slowed_down(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        told = SimpleNamespace(time=lambda: house.clock().timestamp())
        monkeypatch.setattr("limits.storage.memory.time", told)
        statuses = [self.sign_in(house, password="wrong").status_code for _ in range(11)]
        assert statuses == [401] * 10 + [429]
        refused = self.sign_in(house)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "300"
        house.clock.forward(minutes=5, seconds=1)
        assert self.sign_in(house).status_code == 303

    def test_signing_out_ends_the_session(self, house: House) -> None:
        self.sign_in(house)
        token = house.client.get("/").text.split('name="csrf_token" value="')[1].split('"')[0]
        assert house.client.post("/sign-out", data={"csrf_token": token}).status_code == 303
        assert house.client.get("/v1/cases").status_code == 401

    def test_a_session_runs_out(self, house: House) -> None:
        self.sign_in(house)
        house.clock.forward(hours=12)
        assert house.client.get("/v1/cases").status_code == 401
