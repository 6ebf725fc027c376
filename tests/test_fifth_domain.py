"""A fifth domain in a package of its own appears in API, queue and command line by one setting, without any other edit."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from cli.main import app as command_line
from serving.app import create_app
from triage.access import create_key, create_user, grant
from triage.champions import NoModels
from triage.clock import utc_now
from triage.db.database import open_engine, upgrade
from triage.service import open_service
from triage.settings import Settings

TOY = Path(__file__).parent / "toy" / "toy_domain"
PASSWORD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Write the package `fifth_domain` with the domain `till_override`, and name it in the setting."""
    package = tmp_path / "package" / "fifth_domain"
    package.mkdir(parents=True)
    for file in TOY.iterdir():
        if file.is_file():
            text = file.read_text().replace("toy_domain", "fifth_domain").replace("price_override", "till_override")
            (package / file.name.replace("price_override", "till_override")).write_text(text)
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIAGE_DOMAIN_MODULES", "fifth_domain")
    yield Settings()
    for name in [name for name in sys.modules if name.startswith("fifth_domain")]:
        del sys.modules[name]


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    engine = open_engine(settings.database)
    upgrade(engine)
    with engine.begin() as connection:
        create_user(connection, "ann", PASSWORD, now=utc_now())
        grant(connection, "user:ann", "analyst", "till_override")
        key = create_key(connection, "pos", now=utc_now())
        grant(connection, "key:pos", "service", None)
    with TestClient(create_app(open_service(settings, models=NoModels()))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def test_the_api_takes_its_cases(client: TestClient) -> None:
    listed = {domain["name"]: domain for domain in client.get("/v1/domains").json()["domains"]}
    assert "charged_price" in listed["till_override"]["payload_schema"]["properties"]
    example = client.get("/openapi.json").text
    assert "till_override" in example
    payload = {"receipt_id": "R-1", "listed_price": "80", "charged_price": "20"}
    answer = client.post("/v1/cases", json={"domain": "till_override", "exception_id": "T-1", "payload": payload})
    assert (answer.status_code, answer.json()["route"]["queue"]) == (201, "OVERRIDE_DESK")


def test_its_queue_is_on_the_page(client: TestClient) -> None:
    del client.headers["Authorization"]
    signed_in = client.post("/sign-in", data={"name": "ann", "password": PASSWORD})
    assert "Till price overrides" in signed_in.text and "Override desk" in signed_in.text


def test_the_command_line_knows_it(settings: Settings) -> None:
    result = CliRunner().invoke(command_line, ["policy", "lint", "till_override"])
    assert (result.exit_code, "till_override.yaml: no errors" in result.output) == (0, True), result.output


def test_without_the_setting_nobody_knows_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIAGE_DOMAIN_MODULES")
    result = CliRunner().invoke(command_line, ["policy", "lint", "till_override"])
    assert (result.exit_code, "unknown domain" in result.output) == (2, True)
