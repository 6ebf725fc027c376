"""Situations that people reported of their own systems, played against the running app step by step: `cases/*.yaml`.

Each file is one kind: where it was reported, and steps that change a usual request. `expect` says what the answer must
hold, of the rules alone and, where `setting` says so, beside a model that finds nothing wrong.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from features.columns import field_kinds
from models.score import Cause, Score
from policies.document.document import Disposition
from serving.app import create_app
from tests.serving.conftest import Clock, House, make_people, make_service
from tests.serving.contract import ContractClient
from tests.triage.conftest import ScriptedModels, ScriptedScorer
from triage.db.database import open_engine
from triage.domain import Domain, read_policy
from triage.domains import BUILT_IN
from triage.in_force import InForce
from triage.intake.case import read_case

FOLDER: Final = Path(__file__).parent
USUAL: Final[Mapping[str, Any]] = yaml.safe_load((FOLDER / "usual.yaml").read_text(encoding="utf-8"))
KINDS: Final = sorted((FOLDER / "cases").glob("*.yaml"))
STEP_SECONDS: Final = 9
LEAST: Final = ("auto", "confirm", "review", "escalate")


class Untroubled(ScriptedScorer):
    """A model of one domain that finds every case harmless."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(cause=next(iter(domain.heads.labels)), version=f"{domain.name}/1")
        self.recipe = domain.recipe

    def score(self, rows: Any, texts: Any, *, reasons: bool = True) -> list[Score]:
        causes = (Cause(label=self.cause, probability=1.0),)
        return [Score(causes=causes, risk=0.001, impact=0.5, reasons=(), model_version=self.version) for _ in texts]


class UntroubledModels(ScriptedModels):
    """A store that has such a model for every domain."""

    def load(self, ref: Any, domain: Any) -> ScriptedScorer:
        return Untroubled(domain)


@pytest.fixture(scope="module", params=["rules", "model"])
def app(
    request: pytest.FixtureRequest, empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The app with the four domains, without a model and with one for each."""
    folder, clock = tmp_path_factory.mktemp("field"), Clock()
    engine = open_engine(f"sqlite:///{shutil.copy(empty_sqlite, folder)}")
    models = UntroubledModels(ScriptedScorer()) if request.param == "model" else None
    service = make_service(engine, clock, folder, {domain.name: domain for domain in BUILT_IN}, models=models)
    make_people(service)
    with ContractClient(create_app(service), raise_server_exceptions=True) as client:
        yield House(client=client, service=service, clock=clock)
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS, ids=lambda path: path.stem)
def test_every_step_is_answered_as_expected(app: House, kind: Path) -> None:
    written = yaml.safe_load(kind.read_text(encoding="utf-8"))
    told = []
    for at, step in enumerate(written["steps"], 1):
        app.clock.forward(seconds=STEP_SECONDS)
        for answer, expected in zip(play(app, step, f"{kind.stem}-{at}"), expectations(step), strict=True):
            told += [f"step {at}: {wrong}" for wrong in differences(answer, expected)]
    assert told == []


def play(app: House, step: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Send what a step says: alone and without a trace, to be kept, or several at once."""
    headers = app.key(("service", None), ("admin", None))
    many = [request(step | one, f"{name}-{at}") for at, one in enumerate(step.get("batch", ({},)))]
    if "batch" in step:
        answer = app.client.post("/v1/cases/batch", json=many, headers=headers).json()
        return [one["body"] | {"status": one["status"]} for one in answer["answers"]]
    kept = step.get("keep", False)
    body = many[0] if kept else {key: value for key, value in many[0].items() if key != "exception_id"}
    answer = app.client.post("/v1/cases" if kept else "/v1/score", json=body, headers=headers)
    return [answer.json() | {"status": answer.status_code}]


def request(step: Mapping[str, Any], name: str) -> dict[str, Any]:
    payload = {
        key: value for key, value in (USUAL[step["domain"]] | step.get("payload", {})).items() if value is not None
    }
    sent = {"domain": step["domain"], "exception_id": step.get("exception_id", name), "payload": payload}
    return sent | step.get("envelope", {})


def expectations(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one["expect"] for one in step["batch"]] if "batch" in step else [step["expect"]]


CHECKS: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], bool]]] = {
    "at_least": lambda wanted, answer: LEAST.index(answer["disposition"]) >= LEAST.index(wanted),
    "controls": lambda wanted, answer: set(wanted) <= set(controls(answer)),
    "not_controls": lambda wanted, answer: not set(wanted) & set(controls(answer)),
    "no_controls": lambda wanted, answer: not controls(answer),
    "reasons": lambda wanted, answer: set(wanted) <= set(codes(answer)),
    "not_reasons": lambda wanted, answer: not any(code.startswith(tuple(wanted)) for code in codes(answer)),
    "approval": lambda wanted, answer: (answer["approval"] or {}).get("id") == wanted,
    "not_cause": lambda wanted, answer: answer["cause"]["label"] != wanted,
    "queue": lambda wanted, answer: answer["route"]["queue"] == wanted,
    "disposition": lambda wanted, answer: answer["disposition"] == wanted,
    "priority": lambda wanted, answer: answer["priority"] == wanted,
}
"""What `expect` can say of an answer."""


def differences(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Say what of an answer is not as expected."""
    if answer["status"] not in (200, 201):
        return [f"answered {answer['status']}: {answer}"]
    seen = f"{answer['disposition']} {answer['priority']} {answer['cause']} {controls(answer)} {codes(answer)}"
    return [f"{name} {wanted!r}: {seen}" for name, wanted in expected.items() if not CHECKS[name](wanted, answer)]


def controls(answer: Mapping[str, Any]) -> list[str]:
    return [hit["id"] for hit in answer["controls"]]


def codes(answer: Mapping[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def test_the_page_of_a_double_leads_to_the_other_case(app: House) -> None:
    step = {"domain": "invoice_discrepancy", "keep": True, "payload": {"supplier_id": "LIEF-399", "po_id": "PO-5599"}}
    (first,) = play(app, step | {"exception_id": "LINK-1"}, "")
    (second,) = play(app, step | {"exception_id": "LINK-2"}, "")
    page = app.client.get(f"/cases/{second['case_id']}", headers=app.key(("service", None), ("admin", None)))
    assert f'<a href="/cases/{first["case_id"]}">Open LINK-1</a>' in page.text


@pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
def test_whatever_a_raising_rule_goes_by_holds_where_it_cannot_be_read(domain: Domain) -> None:
    policies = InForce({domain.name: read_policy(domain)})
    kinds = {kind.name: kind for kind in field_kinds(domain.recipe.payload)}
    let_through = []
    for name in sorted(policies[domain.name].guarded):
        if kinds[name].nullable and kinds[name].kind != "flags":
            usual = USUAL[domain.name] | {name: {"not": "a value"}}
            raw = {"domain": domain.name, "exception_id": "E", "payload": usual}
            case = read_case(raw, domains={domain.name: domain}, policies=policies, now=Clock().now)
            if case.floor is not Disposition.REVIEW:
                let_through.append(name)
    assert let_through == []
