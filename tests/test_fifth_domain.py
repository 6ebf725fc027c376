"""A fifth domain: outside the repository it takes one setting, inside it the edits that docs/architecture.md lists."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from cli.main import app as command_line
from serving.app import create_app
from triage.champions import NoModels
from triage.clock import utc_now
from triage.db.database import open_engine, upgrade
from triage.identity.access import create_key, create_user, grant
from triage.service import open_service
from triage.settings import Settings

ROOT = Path(__file__).parents[1]
TOY = ROOT / "tests" / "toy" / "toy_domain"
ROOMS = ("features", "models", "policies", "triage", "serving", "training", "cli", "lab")
DOCS = (ROOT / "docs" / "architecture.md").read_text()
INSIDE = DOCS[DOCS.index("### Inside this repository") :]
REQUIRED = INSIDE[: INSIDE.index("`tests/test_domains.py`")]
FILES = {
    "features/domains/price_override/__init__.py": "",
    "features/domains/price_override/payload.py": "payload.py",
    "models/domains/price_override.py": "heads.py",
    "policies/domains/price_override.yaml": "price_override.yaml",
    "triage/domains/price_override.py": "__init__.py",
}
"""Each file of a domain inside the repository, and the file of the toy that becomes it."""
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


def test_a_domain_outside_the_repository_takes_under_150_lines_of_python() -> None:
    assert sum(len(path.read_text().splitlines()) for path in TOY.glob("*.py")) < 150


def without_text(source: str) -> str:
    """Take the text out of the toy's payload and recipe."""
    kept = [line for line in source.splitlines() if not line.lstrip().startswith(("note:", "text_fields="))]
    assert len(kept) == len(source.splitlines()) - 2
    return "\n".join(kept).replace("    payload=PriceOverride,", "    payload=PriceOverride,\n    text_fields=(),")


class TestInsideTheRepository:
    def test_the_docs_list_the_edits_that_are_tested(self) -> None:
        assert set(re.findall(r"`([a-z_/]+\.(?:py|yaml))`", REQUIRED)) == {*FILES, "triage/domains/__init__.py"}

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        """A copy of the repository with the listed edits, for a domain without text."""
        for room in (*ROOMS, "tests"):
            shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        for name, source in FILES.items():
            text = (TOY / source).read_text() if source else ""
            if source == "payload.py":
                text = without_text(text)
            if source == "__init__.py":
                text = text.replace("from toy_domain.heads", "from models.domains.price_override")
                text = text.replace("from toy_domain.payload", "from features.domains.price_override.payload")
                text = text.replace(".parent /", '.resolve().parents[2] / "policies" / "domains" /')
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        register = tmp_path / "triage/domains/__init__.py"
        text = register.read_text().replace(
            "from triage.errors",
            "from triage.domains.price_override import DOMAIN as PRICE_OVERRIDE\nfrom triage.errors",
        )
        register.write_text(text.replace("REPLENISHMENT_RISK)", "REPLENISHMENT_RISK, PRICE_OVERRIDE)"))
        return tmp_path

    @pytest.mark.slow
    def test_the_listed_edits_are_all_that_a_domain_without_text_takes(self, repository: Path) -> None:
        def run(*words: str) -> str:
            environment = os.environ | {"PYTHONPATH": str(repository), "TRIAGE_HOME": str(repository / "home")}
            done = subprocess.run(words, cwd=repository, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
            return done.stdout

        tests = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_domains.py")
        assert "passed" in tests and "failed" not in tests
        assert "no errors" in run(sys.executable, "-m", "cli.main", "policy", "lint", "price_override")
        assert "0 broken" in run(str(Path(sys.executable).with_name("lint-imports")))
