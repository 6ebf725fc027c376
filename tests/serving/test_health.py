"""Health, metrics, methods, headers, and what happens when something fails inside."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from serving.app import create_app
from tests.serving.conftest import House


class TestHealth:
    def test_readyz_says_what_decides(self, any_house: House) -> None:
        answer = any_house.client.get("/readyz")
        assert answer.status_code == 200
        told = answer.json()
        assert told["domains"]["price_override"].pop("policy")["policy_version"] == "1.0.0"
        assert told == {
            "status": "ready",
            "database": "ok",
            "history": "in memory",
            "domains": {
                "price_override": {
                    "decides": "fallback rules", "reason": "no champion is registered", "registry": "empty",
"automation": [
                        {"variant": None, "automation": "by thresholds, without a promise", "lapses_at": None}
                    ],
                }
            },
        }  # fmt: skip

    def test_readyz_is_503_without_a_database_and_healthz_is_not(self, house: House) -> None:
        path = house.service.engine.url.database
        assert path
        house.service.engine.dispose()
        Path(path).write_bytes(b"this is no database" * 100)
        assert house.client.get("/readyz").status_code == 503
        assert house.client.get("/readyz").json()["database"] == "unreachable"
        assert house.client.get("/healthz").status_code == 200

    def test_an_unreachable_registry_keeps_its_address_to_itself(self, house: House) -> None:
        class Unreachable:
            def champion(self, name: str) -> Any:
                raise ConnectionError(f"http://user:secret@mlflow/{name}")

            def load(self, ref: Any, domain: Any) -> Any:
                raise AssertionError

        house.service.champions._store = Unreachable()
        house.service.champions.refresh()
        answer = house.client.get("/readyz")
        assert answer.json()["domains"]["price_override"]["reason"] == "the model registry cannot be reached"
        assert "secret" not in answer.text
        assert "secret" in house.submit()["fallback"]


class TestMetrics:
    def test_counts_requests_decisions_queues_and_models(self, house: House) -> None:
        house.submit(), house.review_case(), house.client.get("/v1/cases/none", headers=house.system)
        house.clock.forward(hours=25)
        lines = house.client.get("/metrics", headers=house.system).text.splitlines()
        for line in (
            'triage_requests_total{method="POST",route="/v1/cases",status="201"} 2.0',
            'triage_requests_total{method="GET",route="/v1/cases/{case_id}",status="404"} 1.0',
            'triage_cases_total{disposition="auto",domain="price_override"} 1.0',
            'triage_cases_total{disposition="review",domain="price_override"} 1.0',
            'triage_fallback_decisions_total{domain="price_override"} 2.0',
            'triage_queue_open{domain="price_override",queue="OVERRIDE_DESK"} 1.0',
            'triage_queue_overdue{domain="price_override",queue="OVERRIDE_DESK"} 1.0',
            'triage_model{domain="price_override",model_version="fallback"} 1.0',
        ):
            assert line in lines
        assert not any("OVERRIDE_LP" in line for line in lines), "a scraper learns what waits in a restricted queue"
        assert any(line.startswith('triage_request_seconds_bucket{le="0.005",route="/v1/cases"}') for line in lines)

    def test_a_repeated_case_is_not_counted_twice(self, house: House) -> None:
        case = house.case()
        for _ in range(2):
            house.client.post("/v1/cases", json=case, headers=house.system)
        text_of = house.client.get("/metrics", headers=house.system).text
        assert 'triage_cases_total{disposition="auto",domain="price_override"} 1.0' in text_of


class TestMethods:
    @pytest.mark.parametrize("path", ["/healthz", "/v1/queues", "/v1/cases", "/sign-in", "/static/css/base.css"])
    def test_head_is_get_without_the_body(self, lasting_house: House, path: str) -> None:
        got, head = (
            lasting_house.client.request(method, path, headers=lasting_house.system) for method in ("GET", "HEAD")
        )
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"]

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            ("/v1/cases", "GET, HEAD, OPTIONS, POST"),
            ("/v1/cases/x/claim", "OPTIONS, POST"),
            ("/healthz", "GET, HEAD, OPTIONS"),
            ("/sign-in", "GET, HEAD, OPTIONS, POST"),
        ],
    )
    def test_options_and_405_name_what_is_allowed(self, lasting_house: House, path: str, allowed: str) -> None:
        options = lasting_house.client.request("OPTIONS", path)
        assert (options.status_code, options.headers["allow"]) == (204, allowed)
        refused = lasting_house.client.request("PATCH", path)
        assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
        assert refused.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(
        "path", ["/v1/none", "/v1", "/v1/cases/", "/static/none.css", "/static/../app.py", "/static/%2e%2e/app.py"]
    )
    def test_elsewhere_is_404(self, lasting_house: House, path: str) -> None:
        assert lasting_house.client.get(path, headers=lasting_house.system).status_code in (404, 307)


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/", "/sign-in", "/cases", "/v1/queues", "/healthz", "/nowhere", "/static/css/base.css"]
    )
    def test_every_answer_is_guarded(self, lasting_house: House, path: str) -> None:
        lasting_house.sign_in("ann")
        headers = lasting_house.client.get(path, headers={"Accept": "text/html"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert len(headers["x-request-id"]) == 36
        assert headers["cache-control"] == ("public, max-age=3600" if "static" in path else "no-store")

    def test_secure_cookies_bring_https_only(self, sqlite_engine: Engine, tmp_path: Any) -> None:
        from toy_domain import DOMAIN

        from tests.serving.conftest import PASSWORD, Clock, make_people, make_service

        service = make_service(sqlite_engine, Clock(), tmp_path, {DOMAIN.name: DOMAIN}, secure_cookies=True)
        make_people(service)
        with TestClient(create_app(service), follow_redirects=False) as client:
            answer = client.post("/sign-in", data={"name": "ann", "password": PASSWORD})
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers


class TestFailing:
    @pytest.mark.parametrize("path", ["/v1/cases/x", "/cases/x"])
    def test_an_unexpected_error_is_a_500_with_an_id_that_is_logged(
        self, capfd: pytest.CaptureFixture[str], house: House, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*args: Any, **kwargs: Any) -> None:
            raise RuntimeError("a secret of the inside")

        monkeypatch.setattr("serving.review.case_file", broken)
        answer = house.client.get(path, headers=house.system)
        logged = capfd.readouterr().err
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert answer.headers["x-request-id"] in logged
        assert "a secret of the inside" in logged

    def test_a_database_without_tables_loses_nothing_silently(self, house: House) -> None:
        with house.service.engine.begin() as connection:
            connection.execute(text("ALTER TABLE decisions RENAME TO gone"))
        answer = house.client.post("/v1/cases", json=house.case(), headers=house.system)
        assert answer.status_code == 503
        assert "nothing was stored" in answer.json()["detail"]
        assert answer.headers["retry-after"] == "1"

    def test_no_key_or_password_reaches_the_log(self, capfd: pytest.CaptureFixture[str], house: House) -> None:
        house.submit(note="a private note")
        house.client.post("/sign-in", data={"name": "ann", "password": "correct horse battery"})
        house.client.get("/v1/cases?q=private-query", headers=house.system)
        logged = capfd.readouterr().err
        assert '"route": "/v1/cases"' in logged
        secret = house.system["Authorization"].split("_", 2)[2]
        assert [word for word in (secret, "horse", "private") if word in logged] == []
