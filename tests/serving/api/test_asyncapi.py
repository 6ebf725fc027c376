"""The messages of the event bus: described, valid by the specification's own schema, and only ever added to.

`python -m tests.serving.api.test_asyncapi` renews the snapshot, after something was added.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from serving.api.asyncapi import asyncapi_document
from serving.api.schemas.events import EVENT_BODIES
from tests.serving.api.compatibility import breaks
from triage.domains import domains
from triage.handoff.event_kinds import EVENT_KINDS

SNAPSHOT = Path(__file__).with_name("asyncapi_schemas.json")
SPECIFICATION = Path(__file__).parent / "clients/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi_document(domains(""))


def is_taken(name: str) -> bool:
    """Check whether a schema is of what is sent to us: the domains' payloads, cases and their events."""
    payloads = {domain.recipe.payload.__name__ for domain in domains("").values()}
    return name in payloads | {f"{payload}Case" for payload in payloads} | {
        f"{payload}CaseEvent" for payload in payloads
    }


def test_nothing_that_was_promised_is_gone_or_another_thing(document) -> None:
    before, now = json.loads(SNAPSHOT.read_text()), document["components"]["schemas"]
    broken = [f"{name} is gone" for name in before if name not in now]
    for name in before.keys() & now.keys():
        broken += breaks(before[name], now[name], taken=is_taken(name), path=name)
    assert broken == []


CHANGES = [
    # what, taken, before, now, told
    ("a field is added", False, {}, {"properties": {"b": {"type": "string"}}}, None),
    ("a field we give is gone", False, {"properties": {"a": {"type": "string"}}}, {"properties": {}}, ".a is gone"),
    ("a field we take is gone", True, {"properties": {"a": {"type": "string"}}}, {"properties": {}}, ".a is gone"),
    ("a field is retyped", False, {"type": "string"}, {"type": "integer"}, "was string and is integer"),
    ("what we give may now be null", False, {"type": "string"}, {"type": ["string", "null"]}, "is null or string"),
    ("what we take may now be null", True, {"type": "string"}, {"type": ["string", "null"]}, None),
    ("what we take must now be there", True, {}, {"required": ["a"]}, ".a is required now"),
    ("what we give is now always there", False, {}, {"required": ["a"]}, None),
    ("what we give may be missing", False, {"required": ["a"]}, {}, ".a is no longer sure"),
    ("a choice is added", True, {"enum": ["a"]}, {"enum": ["a", "b"]}, None),
    ("a choice is gone", True, {"enum": ["a", "b"]}, {"enum": ["a"]}, "no longer has b"),
    ("a bound is tighter", True, {"maxLength": 9}, {"maxLength": 8}, "has maxLength 8, before 9"),
    ("a bound is wider", True, {"maxLength": 9}, {"maxLength": 10}, None),
    ("deep inside", False, {"items": {"properties": {"a": {}}}}, {"items": {}}, "[].a is gone"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "before", "now", "told"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_the_comparison_sees(taken, before, now, told) -> None:
    found = list(breaks(before, now, taken=taken))
    assert (found == []) if told is None else (told in " ".join(found))


def test_every_example_fits_its_own_schema(document) -> None:
    schemas = document["components"]["schemas"]
    for name, message in document["components"]["messages"].items():
        for example in message.get("examples", []):
            schema = message["payload"] | {"components": {"schemas": schemas}}
            errors = [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(example["payload"])]
            assert errors == [], (name, example["name"])


def test_every_kind_of_event_has_a_channel(document) -> None:
    assert set(EVENT_KINDS) <= set(document["channels"])
    assert set(EVENT_BODIES) <= set(EVENT_KINDS)


def test_it_is_valid_by_the_specification(document) -> None:
    if not SPECIFICATION.exists():
        pytest.skip("the AsyncAPI specification is not installed: run `make clients`")
    validator = jsonschema_rs.validator_for(json.loads(SPECIFICATION.read_text()))
    assert [f"{error.instance_path}: {error.message[:200]}" for error in validator.iter_errors(document)] == []


def test_references_lead_somewhere(document) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for value in part.values() for found in references(value)]
        return [found for value in part for found in references(value)] if isinstance(part, list) else []

    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


class TestServed:
    def test_it_is_served_to_who_may_read(self, house) -> None:
        told = house.client.get("/asyncapi.json", headers=house.system)
        assert (told.status_code, told.json()["asyncapi"]) == (200, "3.0.0")
        assert "price_override.submission" in told.json()["components"]["messages"]
        house.client.cookies.clear()
        assert house.client.get("/asyncapi.json").status_code == 401

    def test_what_is_really_sent_fits_what_is_described(self, house) -> None:
        from sqlalchemy import select

        from triage.db.handoff_schema import deliveries
        from triage.handoff.endpoints import NewEndpoint, add_endpoint

        with house.service.engine.begin() as connection:
            wanted = NewEndpoint(name="all", url="nats://127.0.0.1", kind="bus", allow_private=True)
            add_endpoint(connection, wanted, actor="user:root")
        decided = house.submit(charged_price="8.00")
        case = f"/v1/cases/{decided['case_id']}"
        csrf = house.sign_in("ann")
        assert house.client.post(f"{case}/claim", headers=csrf).status_code == 200
        ruling = {"action": "corrected", "cause": "price_match", "reason_code": "other", "comment": "no receipt"}
        answer = house.client.post(f"{case}/resolve", json=ruling, headers=csrf)
        assert answer.status_code == 200, answer.text
        outcome = {"domain": "price_override", "exception_id": decided["exception_id"], "wrong": True, "loss": "12.50"}
        assert house.client.post("/v1/outcomes", json=outcome, headers=house.system).status_code == 201
        house.sign_in("root")
        with house.service.engine.connect() as connection:
            rows = connection.execute(select(deliveries.c.kind, deliveries.c.body).order_by(deliveries.c.seq)).all()
        schemas = house.client.get("/asyncapi.json", headers=house.system).json()["components"]["schemas"]
        kinds = {"case.decided": "Decision", "case.ruled": "RuledEvent", "case.outcome": "OutcomeEvent"}
        assert [row.kind for row in rows] == list(kinds)
        for row in rows:
            schema = {"$ref": f"#/components/schemas/{kinds[row.kind]}", "components": {"schemas": schemas}}
            body = json.loads(row.body)
            errors = [f"{e.instance_path}: {e.message}" for e in jsonschema_rs.validator_for(schema).iter_errors(body)]
            assert errors == [], row.kind
            described = schemas[kinds[row.kind]]["properties"]
            assert set(body) <= set(described), "a field that is sent and not described"


if __name__ == "__main__":
    schemas = asyncapi_document(domains(""))["components"]["schemas"]
    SNAPSHOT.write_text(json.dumps(schemas, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
