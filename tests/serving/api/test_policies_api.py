"""The life of a policy over HTTP: who may do what, what is refused with which words, and what decides the next case."""

import fcntl
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from tests.serving.conftest import House
from tests.triage.policy_life.publishing import TEXT, own
from triage.db.audit_chain import verify_audit
from triage.db.schema import audit_events, policy_versions
from triage.policy_life.versions import publish

BASE = "/v1/policies/price_override"


STRICTER = ("when: charged_price >= listed_price * half", "when: charged_price >= listed_price * 0.9")


def post(house: House, path: str, body: Any, who: str = "pia") -> Any:
    return house.client.post(f"{BASE}/{path}", json=body, headers=house.sign_in(who))


class TestLife:
    def test_draft_simulate_shadow_publish_and_roll_back(self, any_house: House) -> None:
        house = any_house
        first = house.submit()
        assert (first["disposition"], first["policy_version"]) == ("auto", "1.0.0")

        added = post(house, "versions", {"document": own("1.1.0", STRICTER)})
        assert (added.status_code, added.json()["new"]) == (201, True)
        assert post(house, "versions", {"document": own("1.1.0", STRICTER)}).status_code == 200

        found = post(house, "simulate", {"version": "1.1.0"}).json()
        assert found["cases"] == 1
        assert found["changed"]["matrix"] == [{"from": "auto", "to": "review", "cases": 1}]
        assert found["changed_cases"]["items"][0]["case_id"] == first["case_id"]

        house.clock.forward(minutes=1)
        act = post(house, "publish", {"version": "1.1.0"}).json()
        assert (act["act"], act["version"], act["published_by"]) == ("publish", "1.1.0", "user:pia")
        second = house.submit()
        assert (second["disposition"], second["policy_version"]) == ("review", "1.1.0")
        assert house.client.get(BASE, headers=house.system).json()["version"] == "1.1.0"

        house.clock.forward(minutes=1)
        assert post(house, "rollback", {}).json()["version"] == "1.0.0"
        assert house.submit()["policy_version"] == "1.0.0"
        states = house.client.get(f"{BASE}/versions", headers=house.system).json()
        assert [(row["version"], row["state"]) for row in states["versions"]] == [("1.1.0", "past"), ("1.0.0", "live")]
        with house.service.engine.connect() as connection:
            assert verify_audit(connection)[1] is None
            rows = connection.execute(
                select(audit_events).where(audit_events.c.verb.like("policy_%")).order_by(audit_events.c.seq)
            ).all()
        told = [(row.actor, row.verb, orjson.loads(row.detail)["version"]) for row in rows][2:]
        assert told == [
            ("user:pia", "policy_draft", "1.1.0"), ("user:pia", "policy_publish", "1.1.0"),
            ("user:pia", "policy_rollback", "1.0.0"),
        ]  # fmt: skip

    def test_a_case_of_a_version_before_is_still_found_with_its_queue(self, house: House) -> None:
        case_id = house.review_case()
        restricted = house.escalated_case()
        renamed = [("OVERRIDE_DESK", "TILL_DESK"), ("OVERRIDE_LP", "TILL_LP"), ("title: Override desk", "title: Tills")]
        post(house, "versions", {"document": own("2.0.0", *renamed)})
        house.clock.forward(minutes=1)
        post(house, "publish", {"version": "2.0.0"})
        house.sign_in("ann")
        page = house.client.get(f"/cases/{case_id}", headers={"accept": "text/html"})
        assert (page.status_code, "Override desk" in page.text) == (200, True)
        assert house.client.get(f"/v1/cases/{restricted}").status_code == 404
        listed = [queue["queue"] for queue in house.client.get("/v1/queues").json()["queues"]]
        assert listed == ["TILL_DESK", "OVERRIDE_DESK"]
        assert house.client.get("/v1/cases").json()["items"][-1]["case_id"] == case_id
        assert restricted not in house.client.get("/v1/cases").text

    def test_a_date_to_come(self, house: House) -> None:
        post(house, "versions", {"document": own("2.0.0")})
        at = house.clock() + timedelta(hours=3)
        assert post(house, "publish", {"version": "2.0.0", "effective_at": at.isoformat()}).status_code == 200
        assert house.submit()["policy_version"] == "1.0.0"
        house.clock.forward(hours=3)
        assert house.submit()["policy_version"] == "2.0.0"

    def test_a_variant_decides_the_cases_it_is_for(self, house: House) -> None:
        variant = (
            "domain: price_override\nversion: 1.0.0-north\nvariant: north\nextends: 1.0.0\napplies_to: {regions: "
            "[NORTH]}\n"
            "controls:\n  - {id: C-N, title: In the north everything is looked at., when: listed_price > 0.0, "
            "raise_to: review}\n"
        )
        assert post(house, "versions", {"document": variant}).status_code == 201
        house.clock.forward(minutes=1)
        act = post(house, "publish", {"version": "1.0.0-north", "variant": "north"})
        assert act.status_code == 200, act.text
        there = house.client.post("/v1/cases", json=house.case() | {"region": "NORTH"}, headers=house.system).json()
        elsewhere = house.client.post("/v1/cases", json=house.case() | {"region": "SOUTH"}, headers=house.system).json()
        assert (there["policy_version"], there["disposition"]) == ("1.0.0-north", "review")
        assert (elsewhere["policy_version"], elsewhere["disposition"]) == ("1.0.0", "auto")
        found = post(
            house, "simulate", {"document": variant.replace("listed_price > 0.0", "listed_price > 900.0")}
        ).json()
        assert (found["cases"], found["changed"]["newly_automatic"]) == (1, 1)
        assert post(house, "rollback", {"variant": "north"}).json()["version"] is None
        again = house.client.post("/v1/cases", json=house.case() | {"region": "NORTH"}, headers=house.system).json()
        assert again["policy_version"] == "1.0.0"


class TestRefused:
    def test_a_document_that_does_not_load_is_refused_with_every_line(self, house: House) -> None:
        broken = own("2.0.0", ("queue: OVERRIDE_LP", "queue: NOWHERE"), ("raise_to: review", "raise_to: perhaps"))
        answer = post(house, "versions", {"document": broken})
        assert answer.status_code == 422
        assert any("raise_to" in problem["field"] for problem in answer.json()["errors"])

    def test_a_draft_in_which_lint_finds_an_error_is_not_published(self, house: House) -> None:
        unreachable = ("  - id: F1\n", "  - {id: F0, title: All., disposition: review}\n  - id: F1\n")
        added = post(house, "versions", {"document": own("2.0.0", unreachable)})
        assert added.status_code == 201
        assert any(finding["severity"] == "error" for finding in added.json()["findings"])
        answer = post(house, "publish", {"version": "2.0.0"})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert "fallback_rules" in answer.text
        assert house.submit()["policy_version"] == "1.0.0"

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("publish", {"version": "9.9.9"}, 404), ("publish", {"version": "1.0.0"}, 409), ("publish", {}, 422),
            ("rollback", {}, 409), ("rollback", {"to": "9.9.9"}, 404), ("shadow", {"version": None}, 409),
            ("shadow", {"version": "9.9.9"}, 404), ("simulate", {}, 422), ("simulate", {"version": "9.9.9"}, 404),
            ("simulate", {"version": "1.0.0", "cases": 10**9}, 422), ("simulate", {"document": "domain: ["}, 422),
            ("versions", {"document": TEXT.replace("half: 0.5", "half: 0.4")}, 409), ("versions", {"document": 3}, 422),
            ("publish", {"version": "1.0.0", "effective_at": "2020-01-01T00:00:00Z"}, 422),
            ("simulate", {"document": TEXT.replace("currency: USD", "currency: EUR")}, 422),
        ],
    )  # fmt: skip
    def test_with_a_problem_document(self, lasting_house: House, path: str, body: Any, status: int) -> None:
        answer = post(lasting_house, path, body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
        assert answer.json()["detail"]

    def test_only_one_what_if_runs_at_a_time(self, house: House) -> None:
        with (house.service.settings.home_folder / "what-if.lock").open("w") as taken:
            fcntl.flock(taken, fcntl.LOCK_EX)
            answer = post(house, "simulate", {"version": "1.0.0"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")

    def test_cases_of_restricted_queues_are_replayed_only_for_who_may_see_them(self, house: House) -> None:
        house.escalated_case()
        looser = own(
            "2.0.0", ("when: listed_price > large && charged_price", "when: listed_price > 5000.0 && charged_price")
        )
        found = post(house, "simulate", {"document": looser}).json()
        assert (found["cases"], found["changed"]["dispositions"], found["changed_cases"]["total"]) == (0, 0, 0)
        assert post(house, "simulate", {"document": looser}, who="root").json()["changed_cases"]["total"] == 1


class TestRubbish:
    @pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
    def test_an_absurd_instant_is_named(self, house: House, moment: str) -> None:
        for path, body in (("publish", {"version": "1.0.0", "effective_at": moment}), ("simulate", {"since": moment})):
            answer = post(house, path, body)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] in ("effective_at", "since")


class TestExamples:
    def test_the_bodies_of_the_reference_are_taken_as_they_stand(self, house: House) -> None:
        document = house.client.get("/openapi.json", headers=house.system).json()
        post(house, "versions", {"document": own("1.1.0")})
        house.clock.forward(minutes=1)
        for path in ("publish", "shadow", "simulate", "rollback"):
            call = document["paths"][f"/v1/policies/{{domain}}/{path}"]["post"]
            (example,) = call["requestBody"]["content"]["application/json"]["examples"].values()
            assert post(house, path, example["value"]).status_code == 200, path
            house.clock.forward(minutes=1)


class TestHealth:
    def test_readiness_and_metrics_name_the_versions_and_what_was_refused(self, house: House) -> None:
        variants = {"policy_version": "1.0.0", "variants": {}, "shadow": [], "refused": None, "database": "ok"}
        assert house.client.get("/readyz").json()["domains"]["price_override"]["policy"] == variants
        post(house, "versions", {"document": own("2.0.0")})
        with house.service.engine.begin() as connection:
            connection.execute(
                policy_versions.update().where(policy_versions.c.version == "2.0.0").values(document="secret: [")
            )
            house.clock.forward(minutes=1)
            publish(connection, domain="price_override", version="2.0.0", actor="user:pia", now=house.clock())
        house.service.live_policies.refresh()
        ready = house.client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["domains"]["price_override"]["policy"] == variants | {
            "refused": "a published version does not load; what served goes on"
        }
        assert "secret" not in ready.text
        metrics = house.client.get("/metrics", headers=house.system).text
        assert 'triage_policy{domain="price_override",policy_version="1.0.0",variant=""} 1.0' in metrics
        assert 'triage_policy_refused{domain="price_override"} 1.0' in metrics
        assert 'triage_shadow{what="failed"} 0.0' in metrics
