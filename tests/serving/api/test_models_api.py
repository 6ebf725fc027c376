"""Models of a domain: what promotion would change, and promoting and rolling back by two people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from models.bundle import MANIFEST
from tests.serving.conftest import House, open_house, policy_domain
from tests.serving.pages.reading import look, press
from tests.serving.scenarios import PROMISED, OneModel
from triage.db.schema import audit_events, signatures
from triage.model_store import RegisteredModels
from triage.proof.bundles import bundle_sha256
from triage.proof.chain_key import chain_key, public_text
from triage.proof.signatures import wrong_signatures

MODELS = "/v1/models/price_override"
PROMOTE = {"verb": "promote", "version": 2, "reason": "Fewer errors on the same cases."}
CAREFUL = {"thresholds": {"confirm_at_risk": 0.03, "review_at_risk": 0.3, "escalate_at_risk": 0.9}}


@pytest.fixture
def modelled(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app where version 1 serves and version 2, which finds twice the risk, waits."""
    yield from open_house(sqlite_engine, tmp_path, domain=policy_domain(tmp_path, **CAREFUL), models=OneModel())


@pytest.fixture
def any_modelled(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """The same over SQLite and PostgreSQL."""
    yield from open_house(engine, tmp_path, domain=policy_domain(tmp_path, **CAREFUL), models=OneModel())


def ask(house: House, name: str, body: dict[str, Any]) -> Any:
    return house.client.post(f"{MODELS}/changes", json=body, headers=house.sign_in(name))


def decide(house: House, name: str, change: dict[str, Any], **body: Any) -> Any:
    path = f"{MODELS}/changes/{change['change_id']}/decide"
    return house.client.post(path, json=body, headers=house.sign_in(name))


def serving(house: House) -> str:
    return str(house.client.get(MODELS).json()["serving"])


def test_a_second_person_agrees_and_the_model_serves(any_modelled: House) -> None:
    house = any_modelled
    change = ask(house, "mo", PROMOTE).json()
    assert (change["state"], serving(house)) == ("waiting", "price_override/1")
    assert decide(house, "mo", change, agreed=True).status_code == 403
    assert ask(house, "pia", PROMOTE).status_code == 409  # one change at a time
    done = decide(house, "pia", change, agreed=True).json()
    assert (done["state"], done["decided_by"], serving(house)) == ("done", "user:pia", "price_override/2")
    assert house.submit()["model_version"] == "price_override/2"
    with house.service.engine.connect() as connection:
        kept = select(func.count()).where(audit_events.c.verb.in_(["ask_promote", "promote"]))
        assert connection.scalar(kept) == 2
    back = ask(house, "mo", {"verb": "rollback", "reason": "Too many reviews."}).json()
    assert back["version"] == 1
    decide(house, "pia", back, agreed=True)
    assert serving(house) == "price_override/1"


def test_refusing_takes_a_comment(modelled: House) -> None:
    change = ask(modelled, "mo", PROMOTE).json()
    assert decide(modelled, "pia", change, agreed=False).status_code == 422
    assert decide(modelled, "pia", change, agreed=False, comment="Not yet.").json()["state"] == "rejected"
    assert serving(modelled) == "price_override/1"
    assert decide(modelled, "pia", change, agreed=True).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (PROMOTE | {"version": 9}, 422),
        (PROMOTE | {"version": 1}, 409),
        ({"verb": "promote", "reason": "x"}, 422),
        ({"verb": "rollback", "reason": "x"}, 409),
    ],
)
def test_what_cannot_serve_is_said(modelled: House, body: dict[str, Any], status: int) -> None:
    assert ask(modelled, "mo", body).status_code == status


def test_analysts_neither_ask_nor_agree(modelled: House) -> None:
    change = ask(modelled, "mo", PROMOTE).json()
    assert [ask(modelled, "ann", PROMOTE).status_code, decide(modelled, "ann", change, agreed=True).status_code] == [
        403,
        403,
    ]


def test_another_champion_meanwhile_is_a_conflict(modelled: House) -> None:
    change = ask(modelled, "mo", PROMOTE).json()
    store = modelled.service.champions.store
    assert isinstance(store, OneModel)
    store.version = "price_override/7"
    answer = decide(modelled, "pia", change, agreed=True)
    assert answer.status_code == 409 and "price_override/7 serves by now" in answer.json()["detail"]


def test_a_version_that_must_not_serve_leaves_the_change_open(modelled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: OneModel, domain: Any, version: int) -> None:
        raise ValueError("its golden cases differ")

    change = ask(modelled, "mo", PROMOTE).json()
    monkeypatch.setattr(OneModel, "promote", refuse)
    answer = decide(modelled, "pia", change, agreed=True)
    assert (answer.status_code, "golden cases" in answer.json()["detail"]) == (409, True)
    assert modelled.client.get(MODELS).json()["changes"][0]["state"] == "waiting"


def test_promotion_would_send_what_is_riskier_now_to_people(modelled: House) -> None:
    cases = [modelled.submit() for _ in range(3)]
    assert {case["disposition"] for case in cases} == {"auto"}
    modelled.sign_in("mo")
    found = modelled.client.get(f"{MODELS}/comparison").json()
    assert (found["cases"], found["rescored"], found["changed"], found["no_longer_automatic"]) == (3, 3, 3, 3)
    assert (found["champion"]["straight_through_rate"], found["challenger_side"]["straight_through_rate"]) == (1.0, 0.0)
    assert found["champion"]["expected_error"] == pytest.approx(0.02)
    assert found["challenger_side"]["review_minutes"] > found["champion"]["review_minutes"] == 0.0


def test_the_challenger_is_given_the_certificate_it_would_get(sqlite_engine: Engine, tmp_path: Path) -> None:
    for house in open_house(sqlite_engine, tmp_path, domain=policy_domain(tmp_path, **PROMISED), models=OneModel()):
        house.submit()
        house.sign_in("mo")
        found = house.client.get(f"{MODELS}/comparison").json()
        assert found["challenger_side"]["straight_through_rate"] == 0.0
        step = house.client.get(MODELS).json()["next_step"]
        assert step.startswith("Rule on more cases: a segment has 0 labels")


def test_the_page_leads_from_comparing_to_serving(modelled: House) -> None:
    modelled.submit()
    modelled.sign_in("mo")
    page = look(modelled, "/models/price_override?compare=yes")
    assert "no longer" in page.text and "Next step." in page.text
    where = press(modelled, page, f"{where_asked(page)}", verb="promote", reason="Better.")
    page = look(modelled, where)
    assert "Somebody else who may manage automation has to agree." in page.text
    modelled.sign_in("pia")
    page = look(modelled, where)
    (decision,) = [action for action in page.forms if action.endswith("/decide")]
    press(modelled, page, decision, agreed="yes")
    assert "price_override/2 serves" in look(modelled, where).text


def where_asked(page: Any) -> str:
    (found,) = [action for action in page.forms if action.endswith("/changes")]
    return str(found)


class Registered(OneModel, RegisteredModels):
    """The same models, as if they came from a registry."""

    def __init__(self, folder: Path) -> None:
        OneModel.__init__(self)
        self.folder = folder

    def fetched_bundle(self, version: str) -> Path:
        assert version == "price_override/2"
        return self.folder


def test_what_serves_is_recorded_and_signed(sqlite_engine: Engine, tmp_path: Path) -> None:
    store = Registered(tmp_path / "bundle")
    store.folder.mkdir()
    (store.folder / MANIFEST).write_bytes(b"{}")
    domain = policy_domain(tmp_path, **CAREFUL)
    for house in open_house(sqlite_engine, tmp_path, domain=domain, models=store):
        change = ask(house, "mo", PROMOTE).json()
        assert decide(house, "pia", change, agreed=True).json()["state"] == "done"
        with house.service.engine.connect() as connection:
            signed = connection.execute(select(signatures.c.what, signatures.c.name, signatures.c.sha256)).all()
            assert ("model", "price_override/2", bundle_sha256(store.folder)) in signed
            public = public_text(chain_key(house.service.settings))
            assert [one for one in wrong_signatures(connection, public) if "model" in one] == []
