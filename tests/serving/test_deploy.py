"""What is in deploy/ fits the program: manifests are valid, every setting and metric they name exists, every alert has
a page."""

import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.serving.conftest import House
from triage.settings import Settings, unknown_variables

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((DEPLOY / "grafana/triage.json").read_text())
METRIC = re.compile(r"\btriage_[a-z_]+")
KUBERNETES = "1.30"


def names_in(expression: str) -> set[str]:
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRIC.findall(expression)}


@pytest.fixture
def given(any_house: House) -> set[str]:
    """The names of the metrics that a service gives, those without a value as well."""
    house = any_house
    house.submit()
    key = house.key(("viewer", None))
    text = house.client.get("/metrics", headers=key).text
    return {re.sub(r"_(created)$", "", name) for name in re.findall(r"^# TYPE (\S+)", text, re.M)}


def test_every_metric_of_alerts_and_dashboard_exists(given: set[str]) -> None:
    asked = set().union(*(names_in(rule["expr"]) for rule in ALERTS))
    asked |= set().union(*(names_in(target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]))
    assert asked - given == set()


def test_every_alert_has_a_section_in_the_runbook_and_no_section_is_left_over() -> None:
    page = (DEPLOY.parent / "docs" / "runbook.md").read_text()
    sections = re.findall(r"^## (\w+)$", page, re.M)
    assert sections == [rule["alert"] for rule in ALERTS]
    for rule in ALERTS:
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes/triage.yaml").read_text()))


@pytest.mark.parametrize("manifest", manifests(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_a_manifest_is_valid(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_no_container_runs_as_root_or_writes_its_root() -> None:
    for manifest in manifests():
        pod = manifest.get("spec", {}).get("template", {}).get("spec")
        if pod is None:
            continue
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert all(compose["services"][name]["read_only"] for name in ("schema", "api", "worker"))
    assert re.search(r"^USER 10001", (DEPLOY / "Dockerfile").read_text(), re.M)


def test_every_setting_that_a_file_names_exists() -> None:
    for file in DEPLOY.rglob("*"):
        if file.is_file():
            found = dict.fromkeys(re.findall(r"\bTRIAGE_[A-Z_]+", file.read_text()), "x")
            assert unknown_variables(found) == {}, file.name


class TestNamedFiles:
    def test_a_setting_stands_in_a_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        secret = tmp_path / "url"
        secret.write_text("postgresql://triage:secret@db/triage\n")
        monkeypatch.setenv("TRIAGE_DATABASE_URL_FILE", str(secret))
        assert Settings().database_url == "postgresql://triage:secret@db/triage"
        monkeypatch.setenv("TRIAGE_DATABASE_URL", "sqlite:///own.db")
        assert Settings().database_url == "sqlite:///own.db", "the variable itself goes before"

    def test_one_that_cannot_be_read_is_no_silence(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRIAGE_DATABASE_URL_FILE", str(tmp_path / "gone"))
        with pytest.raises(FileNotFoundError):
            Settings()

    def test_a_setting_that_is_a_file_itself_is_not_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRIAGE_AUDIT_KEY_FILE", str(tmp_path / "key.pem"))
        assert Settings().audit_key_file == str(tmp_path / "key.pem")
