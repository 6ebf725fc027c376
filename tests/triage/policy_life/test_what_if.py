"""What if another policy had decided: the replay is what that policy would have done, and what that is worth."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from policies.document.document import Queue
from policies.judging.policy import Policy, load_policy
from tests.triage.conftest import DOMAIN, POLICIES, POLICY, ScriptedScorer, override
from triage.cost_curve import cost_curve
from triage.db.schema import cases, decisions, labels
from triage.errors import InvalidError
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.intake import Intake
from triage.policy_life.what_if import simulate

ROOT = Principal(name="user:root", grants=frozenset({("admin", None)}))
TEXT = DOMAIN.policy_file.read_text()
COSTS = "costs: {review_per_minute: 0.5}\ncontrols:"


def draft(*changes: tuple[str, str]) -> Policy:
    text = TEXT.replace("version: 1.0.0", "version: 2.0.0").replace("\ncontrols:", f"\n{COSTS}", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_policy(text, name="draft", recipe=DOMAIN.recipe, causes=tuple(DOMAIN.heads.labels))


STRICTER = (("confirm_at_risk: 0.1", "confirm_at_risk: 0.02"), ("large: 500.0", "large: 70.0"))


class RisingScorer(ScriptedScorer):
    """Finds more risk in every case than in the one before."""

    def score(self, rows: Any, texts: Any, *, reasons: bool = True) -> Any:
        self.risk = min(self.risk + 0.01, 0.99)
        return super().score(rows, texts, reasons=reasons)


@pytest.fixture
def decided(house):
    """Forty cases of all kinds, decided by the policy in force: by a model, by fallback rules, in several
    currencies."""
    at = house(RisingScorer(risk=0.0))
    kinds: list[dict[str, Any]] = [
        {}, {"listed_price": "900.00", "charged_price": "90.00"}, {"authorised": False}, {"pieces": 1000},
        {"charged_price": "8.00"}, {"listed_price": "70.50", "charged_price": "20.00"}, {"cashier_id": None},
        {"pieces": "odd"},
    ]  # fmt: skip
    for number in range(40):
        raw = override(number, **kinds[number % len(kinds)])
        if number == 30:
            at.models.scorer = None
            at.champions.refresh()
        if number % 7 == 3:
            raw |= {"currency": "EUR", "fx_rate": "2.0"} if number % 2 else {"currency": "EUR"}
        assert at.one(raw).status == 201
        at.clock.forward(minutes=1)
    return at


def run(at: Any, policy: Policy, **options: Any) -> Any:
    with at.engine.connect() as connection:
        return simulate(connection, policy, in_force=POLICIES, now=at.clock(), **options)


class TestReplay:
    def test_the_policy_that_decided_changes_nothing(self, decided) -> None:
        found = run(decided, POLICY)
        assert found["cases"] == 40
        assert found["changed"] == {
            "dispositions": 0, "queues": 0, "priorities": 0, "newly_automatic": 0, "no_longer_automatic": 0,
            "matrix": found["changed"]["matrix"],
        }  # fmt: skip
        assert {row["from"] for row in found["changed"]["matrix"]} == {"auto", "confirm", "review", "escalate"}
        assert found["stored"]["dispositions"] == found["draft"]["dispositions"]
        assert found["changed_cases"] == {"total": 0, "offset": 0, "items": []}

    def test_it_says_what_the_draft_would_have_decided_had_it_been_in_force(self, decided) -> None:
        policy = draft(*STRICTER)
        found = run(decided, policy, changed_limit=1000)
        assert found["changed"]["dispositions"] > 5
        told = {item["exception_id"]: item["draft"] for item in found["changed_cases"]["items"]}
        for exception_id, verdict in _had_it_been_in_force(decided, policy).items():
            before = _decision(decided, exception_id)
            now = {
                "disposition": verdict["disposition"],
                "queue": verdict["route"]["queue"],
                "priority": verdict["priority"],
            }
            differs = before["disposition"] != now["disposition"] or before["queue"] != now["queue"]
            assert (exception_id in told) == differs, exception_id
            if differs:
                assert told[exception_id] == now

    def test_cases_are_chosen_by_arrival_and_number(self, decided) -> None:
        start = decided.clock() - timedelta(minutes=40)
        options = {"since": start + timedelta(minutes=10), "until": start + timedelta(minutes=15)}
        assert run(decided, POLICY, **options)["cases"] == 5
        assert run(decided, POLICY, limit=7)["cases"] == 7

    def test_changed_cases_come_in_pages_the_dearest_first(self, decided) -> None:
        policy = draft(*STRICTER)
        whole = run(decided, policy, changed_limit=1000)["changed_cases"]
        pages = [run(decided, policy, changed_from=at, changed_limit=3)["changed_cases"] for at in (0, 3)]
        assert [item["case_id"] for page in pages for item in page["items"]] == [
            item["case_id"] for item in whole["items"][:6]
        ]
        losses = [item["expected_loss"] or 0.0 for item in whole["items"]]
        assert losses == sorted(losses, reverse=True)

    def test_another_currency_is_refused(self, decided) -> None:
        with pytest.raises(InvalidError, match="stored cases are counted in USD"):
            run(decided, draft(("currency: USD", "currency: EUR")))

    def test_no_cases_at_all(self, house) -> None:
        found = run(house(None), draft())
        assert (found["cases"], found["curve"], found["draft"]["straight_through_rate"]) == (0, [], 0.0)
        assert cost_curve(found).startswith("<svg")


class TestFigures:
    def test_costs_minutes_and_queues_of_both_sides(self, decided) -> None:
        policy = draft(*STRICTER, ("    title: Override desk\n", "    title: Override desk\n    minutes_per_case: 4\n"))
        found = run(decided, policy)
        side = found["draft"]
        desk, lp = (
            next(queue for queue in side["queues"] if queue["queue"] == name)
            for name in ("OVERRIDE_DESK", "OVERRIDE_LP")
        )
        assert side["review_minutes"] == desk["cases"] * 4 + lp["cases"] * 10
        assert side["review_cost"] == pytest.approx(side["review_minutes"] * 0.5)
        assert desk["cases"] + lp["cases"] == 40 - side["dispositions"]["auto"]
        risks = _risks(decided, set(range(40)) - _changed_to_people(found, decided))
        assert found["stored"]["expected_error"] is not None
        assert side["expected_loss"] == pytest.approx(sum(risks) * 10.0)

    def test_queues_where_nobody_waits_are_left_out_and_those_of_before_are_not(self, decided) -> None:
        automatic = (
            "routes:\n",
            "routes:\n  - {id: R-AUTO, dispositions: [auto], queue: TILL, sla_hours: 1, action: Go on.}\n",
        )
        till = ("queues:\n", "queues:\n  TILL: {title: Done at the till, owner_role: cashier}\n")
        policy, before = draft(automatic, till), Queue(title="Before", owner_role="nobody")
        names = {"OVERRIDE_DESK", "OVERRIDE_LP"}
        in_force = InForce({DOMAIN.name: policy}, past_queues={DOMAIN.name: {"BEFORE": before}})
        with decided.engine.connect() as connection:
            found = simulate(connection, policy, in_force=in_force, now=decided.clock())
        assert [{queue["queue"] for queue in found[side]["queues"]} for side in ("stored", "draft")] == [
            names | {"BEFORE"},
            names,
        ]
        also_audited = draft(automatic, till, ("\nthresholds:", "\naudit: {share: 0.5, queue: TILL}\nthresholds:"))
        assert {queue["queue"] for queue in run(decided, also_audited)["draft"]["queues"]} == names | {"TILL"}

    def test_the_audited_error_weighs_audits_by_their_propensity_and_rulings_by_the_share_known(self, decided) -> None:
        automatic = _automatic(decided)
        with decided.engine.begin() as connection:
            for at, case_id in enumerate(automatic[:4]):
                chosen = {"audit_propensity": 0.5 if at < 2 else 0.25, "audit_sample": True}
                connection.execute(update(decisions).where(decisions.c.case_id == case_id).values(**chosen))
                _label(connection, case_id, wrong=at == 0, now=decided.clock())
        error = run(decided, POLICY)["stored"]["audited_error"]
        assert error["labels"] == 4
        assert error["rate"] == pytest.approx((1 / 0.5) / (2 / 0.5 + 2 / 0.25))
        assert error["low"] < error["rate"] < error["high"]

    def test_without_labels_nothing_is_claimed(self, decided) -> None:
        assert run(decided, POLICY)["stored"]["audited_error"]["rate"] is None

    def test_an_error_budget_without_a_certificate_lets_nothing_through_and_says_so(self, decided) -> None:
        policy = draft((COSTS, "error_budget: {alpha: 0.05}\n" + COSTS))
        found = run(decided, policy)
        assert found["draft"]["straight_through_rate"] == 0.0
        assert found["draft"]["straight_through_rate_if_all_were_certified"] > 0.1
        assert any("no certificate yet" in told for told in found["assumptions"])

    def test_the_cost_curve_falls_from_reviewing_everything_and_rises_where_accepting_costs_more(self, decided) -> None:
        found = run(decided, draft(("when: authorised == false", "when: authorised == false && pieces > 1.0")))
        costs = [point["expected_cost"] for point in found["curve"]]
        assert costs[0] == pytest.approx(40 * 10 * 0.5)
        assert costs == sorted(costs, reverse=True)  # a minute costs more here than any risk times 10
        rates = [point["straight_through_rate"] for point in found["curve"]]
        assert rates == sorted(rates)
        dear = draft((COSTS, 'costs: {review_per_minute: 0.01, false_accept: "impact * 100.0"}\ncontrols:'))
        costs = [point["expected_cost"] for point in run(decided, dear)["curve"]]
        assert np.argmin(costs) < len(costs) - 1

    def test_the_picture_is_well_formed_and_says_in_words_what_it_shows(self, decided) -> None:
        from xml.etree import ElementTree

        picture = cost_curve(run(decided, draft(*STRICTER)))
        root = ElementTree.fromstring(picture)
        assert root.find("{http://www.w3.org/2000/svg}polyline") is not None
        told = root.findtext("{http://www.w3.org/2000/svg}desc")
        assert told is not None
        assert "stored: " in told
        assert "draft: " in told


def _had_it_been_in_force(at: Any, policy: Policy) -> dict[str, Any]:
    """Submit the same cases anew where the draft is in force, to a model that says the same of each."""
    in_force = InForce({DOMAIN.name: policy})
    found = {}
    with at.engine.connect() as connection:
        rows = connection.execute(
            select(cases, decisions.c.risk)
            .join(decisions, decisions.c.case_id == cases.c.case_id)
            .order_by(cases.c.seq)
        ).all()
    import orjson

    for row in rows:
        scorer = ScriptedScorer(risk=row.risk) if row.risk is not None else None
        at.models.scorer = scorer
        at.champions._current[DOMAIN.name] = at.champions._refreshed(DOMAIN, _nothing())
        intake = Intake(
            engine=at.engine, domains={DOMAIN.name: DOMAIN}, policies=lambda now: in_force, champions=at.champions,
            clock=at.clock, group_cases=1,
        )  # fmt: skip
        intake.start()
        raw = orjson.loads(row.envelope) | {
            "payload": orjson.loads(row.payload),
            "exception_id": f"again-{row.exception_id}",
        }
        number = int(row.exception_id.removeprefix("X-"))
        if number % 8 == 7:
            raw["payload"]["pieces"] = "odd"
        found[row.exception_id] = intake.preview(raw, actor=ROOT).body
        intake.stop()
    return found


def _nothing() -> Any:
    from triage.champions import Champion

    return Champion(scorer=None, registry="not asked yet", reason=None)


def _decision(at: Any, exception_id: str) -> Any:
    import orjson

    with at.engine.connect() as connection:
        query = select(decisions.c.answer).join(cases, cases.c.case_id == decisions.c.case_id)
        answer = orjson.loads(connection.execute(query.where(cases.c.exception_id == exception_id)).scalar_one())
    return {"disposition": answer["disposition"], "queue": answer["route"]["queue"]}


def _automatic(at: Any) -> list[str]:
    with at.engine.connect() as connection:
        query = select(decisions.c.case_id).where(decisions.c.disposition == "auto").order_by(decisions.c.decision_id)
        return list(connection.execute(query).scalars())


def _changed_to_people(found: Any, at: Any) -> set[int]:
    """Give the numbers of the cases a person decides under the draft."""
    with at.engine.connect() as connection:
        query = select(cases.c.exception_id).join(decisions, decisions.c.case_id == cases.c.case_id)
        people = set(connection.execute(query.where(decisions.c.disposition != "auto")).scalars())
    for item in found["changed_cases"]["items"]:
        (people.add if item["draft"]["queue"] else people.discard)(item["exception_id"])
    return {int(exception_id.removeprefix("X-")) for exception_id in people}


def _risks(at: Any, numbers: set[int]) -> list[float]:
    with at.engine.connect() as connection:
        query = select(cases.c.exception_id, decisions.c.risk).join(decisions, decisions.c.case_id == cases.c.case_id)
        rows = connection.execute(query).all()
    return [row.risk for row in rows if row.risk is not None and int(row.exception_id.removeprefix("X-")) in numbers]


def _label(connection: Any, case_id: str, *, wrong: bool, now: Any) -> None:
    exception_id = connection.execute(select(cases.c.exception_id).where(cases.c.case_id == case_id)).scalar_one()
    connection.execute(
        insert(labels),
        {
            "domain": DOMAIN.name, "exception_id": exception_id, "source": "audit", "cause": None, "wrong": wrong,
            "loss": None, "known_at": now, "recorded_at": now, "recorded_by": "user:ann",
        },
    )  # fmt: skip
