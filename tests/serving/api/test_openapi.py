"""The catalogue, the OpenAPI document and the reference page: what they show can be pasted and works."""

import html
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import Engine

from serving.api.payload_examples import example_case
from serving.app import create_app
from tests.serving.conftest import Clock, House, make_service
from triage.db.schema import metadata
from triage.domains import domains
from triage.identity import access


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A real server with the built-in domains and the toy, registered as a deployment would; its address and a key."""
    from triage.db.database import open_engine

    folder: Path = tmp_path_factory.mktemp("everything")
    engine: Engine = open_engine(f"sqlite:///{folder / 'triage.db'}")
    metadata.create_all(engine)
    service = make_service(engine, Clock(), folder, domains("toy_domain"))
    with engine.begin() as connection:
        key = access.create_key(connection, "pos", now=service.clock())
        for role in ("service", "admin"):  # an administrator, for what only they may call
            access.grant(connection, "key:pos", role)
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
    server.should_exit = True
    thread.join(timeout=20)


def curl(address: str, key: str, *more: str) -> str:
    command = ["curl", "-s", "-H", f"Authorization: Bearer {key}", *more, address]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


class TestEveryDomain:
    def test_the_examples_are_accepted_as_they_stand(self, everything: tuple[str, str]) -> None:
        address, key = everything
        examples = json.loads(curl(f"{address}/openapi.json", key))["paths"]["/v1/cases"]["post"]["requestBody"][
            "content"
        ]
        for name, example in examples["application/json"]["examples"].items():
            body = json.dumps(example["value"])
            answer = json.loads(curl(f"{address}/v1/cases", key, "-H", "Content-Type: application/json", "-d", body))
            assert answer["domain"] == name, answer
            assert not any(reason["code"].startswith("data_quality") for reason in answer["reasons"]), answer

    def test_the_commands_of_the_reference_page_run_as_pasted(self, everything: tuple[str, str]) -> None:
        address, key = everything
        shown = curl(f"{address}/docs", key)
        commands = [html.unescape(found) for found in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", shown, re.S)]
        assert len(commands) > 20
        for command in commands:
            if "{" in command.splitlines()[0]:
                continue  # needs an id of one's own
            ran = subprocess.run(
                ["bash", "-c", command + " -o /dev/null -w '%{http_code}'"],
                capture_output=True, text=True, timeout=30, env={"TRIAGE_KEY": key, "PATH": "/usr/bin:/bin"},
                check=True,
            )  # fmt: skip
            assert ran.stdout.endswith(("200", "201", "409")), (command, ran.stdout)

    def test_a_fifth_domain_appears_by_itself(self, everything: tuple[str, str]) -> None:
        address, key = everything
        listed = json.loads(curl(f"{address}/v1/domains", key))["domains"]
        assert [domain["name"] for domain in listed][-1] == "price_override"
        assert len(listed) == 5
        assert "OVERRIDE_DESK" in curl(f"{address}/v1/queues", key)
        assert "PriceOverrideCase" in curl(f"{address}/openapi.json", key)
        assert "Till price overrides" in curl(f"{address}/docs", key)
        assert "price_override" in curl(f"{address}/readyz", key)


class TestDocument:
    def test_every_reference_inside_it_resolves(self, house: House) -> None:
        document = house.client.get("/openapi.json", headers=house.system).json()

        def references(part: Any) -> Iterator[str]:
            if isinstance(part, dict):
                if isinstance(part.get("$ref"), str):
                    yield part["$ref"]
                for value in part.values():
                    yield from references(value)
            elif isinstance(part, list):
                for value in part:
                    yield from references(value)

        for reference in set(references(document)):
            part = document
            for step in reference.removeprefix("#/").split("/"):
                assert step in part, reference
                part = part[step]

    def test_every_call_of_the_surface_is_described(self, house: House) -> None:
        paths = house.client.get("/openapi.json", headers=house.system).json()["paths"]
        calls = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
        assert calls == {
            "POST /v1/documents", "GET /v1/documents", "GET /v1/documents/{document_id}",
            "GET /v1/documents/{document_id}/original",
            "GET /v1/process", "GET /v1/process/ages", "GET /v1/process/breaches", "GET /v1/process/causes",
            "POST /v1/score", "POST /v1/cases", "POST /v1/cases/batch", "GET /v1/cases", "GET /v1/cases/{case_id}",
            "POST /v1/cases/{case_id}/claim", "POST /v1/cases/{case_id}/release", "POST /v1/cases/{case_id}/comment",
            *(f"POST /v1/cases/{{case_id}}/{verb}" for verb in ("hold", "snooze", "resume", "hand-off", "assign")),
            "POST /v1/cases/{case_id}/send-back", "POST /v1/cases/{case_id}/escalate",
            "GET /v1/models/{domain}", "GET /v1/models/{domain}/comparison", "POST /v1/models/{domain}/changes",
            "POST /v1/models/{domain}/changes/{change_id}/decide",
            "POST /v1/persons/export", "POST /v1/persons/erase", "GET /v1/cases/{case_id}/explanation",
            "POST /v1/cases/{case_id}/review-request",
            "GET /v1/quality/{domain}", "POST /v1/quality/{domain}/known-cases",
            "GET /v1/bulk", "POST /v1/bulk", "GET /v1/bulk/{bulk_id}", "POST /v1/bulk/{bulk_id}/start",
            "POST /v1/bulk/{bulk_id}/decide", "POST /v1/bulk/{bulk_id}/undo",
            "POST /v1/cases/{case_id}/resolve", "POST /v1/cases/{case_id}/approve", "GET /v1/queues",
            "POST /v1/queues/{queue}/next", "POST /v1/next", "POST /v1/cases/{case_id}/attachments",
            "GET /v1/cases/export", "GET /v1/cases/counts", "GET /v1/views", "POST /v1/views",
            "DELETE /v1/views/{view_id}", "POST /v1/outcomes",
            "GET /v1/cases/{case_id}/attachments", "GET /v1/cases/{case_id}/attachments/{attachment_id}",
            "GET /v1/policies/{domain}/versions", "GET /v1/policies/{domain}/versions/{version}",
            "POST /v1/policies/{domain}/versions", "POST /v1/policies/{domain}/publish",
            "POST /v1/policies/{domain}/rollback", "POST /v1/policies/{domain}/shadow",
            "GET /v1/policies/{domain}/shadow",
            "POST /v1/policies/{domain}/simulate", "GET /v1/policies/{domain}/certificate",
            "GET /v1/policies/{domain}/certificates", "POST /v1/policies/{domain}/certificate",
            "POST /v1/policies/{domain}/certificate/stop",
            "GET /v1/cases/{case_id}/decision", "GET /v1/endpoints", "POST /v1/endpoints",
            "DELETE /v1/endpoints/{name}",
            "POST /v1/endpoints/{name}/pause", "POST /v1/endpoints/{name}/resume", "POST /v1/endpoints/{name}/rotate",
            "GET /v1/deliveries", "GET /v1/deliveries/{delivery_id}", "POST /v1/deliveries/{delivery_id}/redrive",
            "POST /v1/deliveries/redrive", "POST /v1/deliveries/test",
            "GET /v1/lookups", "POST /v1/lookups", "PUT /v1/lookups/{name}/rows", "DELETE /v1/lookups/{name}",
            "GET /v1/cases/{case_id}/steps", "GET /v1/steps", "POST /v1/steps/{step_id}/complete",
            "POST /v1/steps/{step_id}/decline", "POST /v1/steps/{step_id}/skip", "POST /v1/steps/{step_id}/retry",
            "POST /v1/steps/{step_id}/callback",
            "GET /v1/domains", "GET /v1/policies/{domain}", "GET /v1/models", "GET /healthz", "GET /readyz",
            "GET /metrics",
        }  # fmt: skip

    def test_examples_hold_the_required_fields_and_those_with_examples(self) -> None:
        from toy_domain import DOMAIN

        assert example_case(DOMAIN)["payload"] == {
            "receipt_id": "R-5512", "listed_price": "80.00", "charged_price": "64.00", "cashier_id": "C-17",
        }  # fmt: skip


class TestCatalogue:
    def test_domains_carry_the_payload_schema(self, house: House) -> None:
        (domain,) = house.client.get("/v1/domains", headers=house.system).json()["domains"]
        assert domain["required"] == ["charged_price", "listed_price", "receipt_id"]
        assert domain["payload_schema"]["properties"]["receipt_id"]["title"] == "Receipt"
        assert domain["causes"]["sweethearting"] == "Favour to a friend"

    def test_policy_and_models(self, house: House) -> None:
        policy = house.client.get("/v1/policies/price_override", headers=house.system).json()
        assert (policy["version"], policy["document"]["controls"][0]["id"]) == ("1.0.0", "C-PRO-1")
        assert house.client.get("/v1/policies/none", headers=house.system).status_code == 404
        models = house.client.get("/v1/models", headers=house.system).json()["models"]
        assert models["price_override"]["reason"] == "no champion is registered"
