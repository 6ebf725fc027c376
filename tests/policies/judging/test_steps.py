"""Steps of a route: what is refused when a policy is read, which apply to a case, and what they say and send."""

from typing import Any

import pytest
import yaml

from policies.checking.lint import lint
from policies.document.errors import PolicyError
from policies.document.steps import Occasion
from policies.judging.policy import Policy, load_policy
from policies.judging.step_plans import UnfilledError, filled, is_wanted, read_results
from tests.policies.conftest import CAUSES, DOCUMENT, RECIPE, Parcel

SCORE = {"risk": 0.4, "impact": 50.0, "expected_loss": 20.0, "cause": "swap", "cause_probability": 0.9}
TOLD = {"case_id": "c-1", "exception_id": "E-1", "disposition": "review", "priority": "P2", "queue": "CHECK"}
CALL = {"id": "stock", "kind": "call", "system": "erp", "operation": "stock.check", "body": {}}
TASK = {"id": "ask", "kind": "task", "queue": "CHECK", "title": "Look at {parcel_id}", "due_hours": 4}


def policy(*steps: dict[str, Any], **more: Any) -> Policy:
    written = yaml.safe_load(DOCUMENT) | {"systems": {"erp": {"title": "ERP"}}} | more
    written["routes"][1]["steps"] = list(steps)
    return load_policy(yaml.safe_dump(written), name="parcels.yaml", recipe=RECIPE, causes=CAUSES)


def planned(found: Policy, occasion: Occasion = Occasion.DECISION, **more: Any) -> tuple[list[Any], list[str]]:
    given = {"parcel_id": "P-1", "price": "100.00"} | more.pop("payload", {})
    return found.follow(
        "R-rest", occasion, payload=Parcel(**given), attributes={"vip": True}, features=[float("nan")], fx_rate=2.0,
        score=SCORE, context=TOLD | more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{**CALL, "system": "sap"}], "unknown system 'sap'; known are erp"),
        ([{**TASK, "queue": "NOWHERE"}], "unknown queue 'NOWHERE'"),
        ([{**TASK, "on_failure": {"queue": "NOWHERE", "due_hours": 1}}], "unknown queue 'NOWHERE'"),
        ([{**TASK, "after": ["stock"]}], "unknown step 'stock'; steps of this route are ask"),
        ([TASK, {**TASK}], "step 'ask' is there twice"),
        ([{**CALL, "after": ["ask"]}, {**TASK, "after": ["stock"]}], "stock waits for itself"),
        ([{**TASK, "after": ["ask"]}], "ask waits for itself"),
        ([{**TASK, "occasions": ["automatic"]}], "an automatic case waits for nobody"),
        ([{"id": "w", "kind": "wait", "until": "person", "timeout_hours": 1}], "needs `queue` and `title`"),
        ([{"id": "w", "kind": "wait", "until": "callback"}], "timeout_hours: Field required"),
        ([{**TASK, "kind": "email"}], "needs a `kind`: task, call, message, wait or propose"),
        ([{**TASK, "when": "nobody_knows > 1.0"}], "unknown name 'nobody_knows'"),
        ([{**TASK, "when": "claimed > 1.0"}], "'claimed' can be missing"),
        ([{**TASK, "title": "Look at {nobody_knows}"}], "unknown fact 'nobody_knows'"),
        ([{**TASK, "title": "Look at {parcel_id:>10}"}], "is not a name"),
        ([{**TASK, "title": "Look at {parcel_id.__class__}"}], "is not a name"),
        ([{**TASK, "title": "By {ruled_by}"}], "a ruling is known only to steps with `occasions: [accepted]`"),
        ([{**CALL, "body": {"a": {"fact": "nothing"}}}], "unknown fact 'nothing'"),
        ([{**CALL, "body": {"a": {"amount": "price * 2"}}}], "numbers are doubles: write 2.0"),
        ([{**CALL, "body": {"a": {"amount": "claimed * 2.0"}}}], "'claimed' can be missing"),
        ([{**TASK, "when": "stock_on_hand > 0.0", "if_missing": "skip"}], "unknown name 'stock_on_hand'"),
        ([{**TASK, "id": f"s{at}"} for at in range(13)], "at most 12"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(steps: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        policy(*steps)
    assert said in str(refused.value), refused.value
    assert "parcels.yaml:" in str(refused.value)


class TestPlanning:
    def test_of_an_occasion_only_its_steps_whose_condition_holds(self) -> None:
        found = policy(
            TASK, {**CALL, "when": "price > 1000.0"}, {**TASK, "id": "later", "occasions": ["accepted", "corrected"]}
        )
        steps, left_out = planned(found)
        assert ([step.id for step in steps], left_out) == (["ask"], ["stock"])
        assert [step.id for step in planned(found, Occasion.CORRECTED)[0]] == ["later"]
        assert planned(found, Occasion.AUTOMATIC) == ([], [])

    @pytest.mark.parametrize(("price", "held"), [("249.99", False), ("250", True), ("250.01", True)])
    def test_a_condition_computes_in_the_policys_currency(self, price: str, held: bool) -> None:
        steps, _ = planned(policy({**TASK, "when": "price >= 500.0"}), payload={"price": price})
        assert bool(steps) is held

    def test_a_condition_may_read_the_decision_and_a_ruling(self) -> None:
        rule = "ruling_action == 'corrected' && priority == 'P2' && cause == 'swap'"
        found = policy({**TASK, "occasions": ["accepted", "corrected"], "when": rule})
        told = {"ruling_cause": "swap", "ruling_reason_code": "agreed", "ruled_by": "user:ann"}
        assert planned(found, Occasion.CORRECTED, ruling_action="corrected", **told)[0]
        assert not planned(found, Occasion.CORRECTED, ruling_action="accepted", **told)[0]

    def test_what_reads_a_result_is_decided_when_the_result_is_there(self) -> None:
        call = {**CALL, "returns": {"on_hand": "number"}}
        late = {**TASK, "after": ["stock"], "when": "stock_on_hand < 1.0 && price > 10.0", "if_missing": "match"}
        _, ask = planned(policy(call, {**late, "title": "{stock_on_hand} left of {parcel_id}"}))[0]
        assert ask.plan["late"] == ["stock_on_hand"]
        assert is_wanted(ask.plan, {"stock_on_hand": 0.0})
        assert not is_wanted(ask.plan, {"stock_on_hand": 3.0})
        assert is_wanted(ask.plan, {})  # it can be missing, and then matches
        assert filled(ask.plan, {"stock_on_hand": 3.0})["title"] == "3 left of P-1"
        assert filled(ask.plan, {})["title"] == "unknown left of P-1"

    def test_a_condition_that_fails_is_said_and_not_guessed(self) -> None:
        (step,), _ = planned(policy({**TASK, "when": "[1.0][int(price)] > 0.0"}))
        with pytest.raises(UnfilledError, match="its condition fails"):
            is_wanted(step.plan, {})


class TestFilling:
    def test_a_body_has_facts_as_sent_amounts_texts_and_constants_and_nests(self) -> None:
        body = {
            "parcel.id": {"fact": "parcel_id"}, "parcel.price": {"fact": "price"}, "claimed": {"fact": "claimed"},
            "half": {"amount": "price * 0.5"}, "vip": {"fact": "attributes.vip"}, "limit": {"fact": "big_claim"},
            "pieces": 3, "urgent": True, "why": "{cause} of {parcel_id}, vip {attributes.vip}, {{as it is}}",
        }  # fmt: skip
        (step,), _ = planned(policy({**CALL, "body": body}))
        assert filled(step.plan, {})["body"] == {
            "parcel": {"id": "P-1", "price": "100.00"}, "claimed": None, "half": 100.0, "vip": True, "limit": 1000.0,
            "pieces": 3.0, "urgent": True, "why": "swap of P-1, vip yes, {as it is}",
        }  # fmt: skip

    def test_braces_in_a_fact_are_only_text(self) -> None:
        (step,), _ = planned(policy(TASK), payload={"parcel_id": "{price}{0.__class__}"})
        assert filled(step.plan, {})["title"] == "Look at {price}{0.__class__}"

    @pytest.mark.parametrize(
        ("answer", "read"),
        [
            ({"on_hand": 3, "free": False, "bin": "A7"}, (3.0, False, "A7")),
            ({"on_hand": "3", "free": 0, "bin": 7}, (None, None, None)),
            ({"on_hand": True}, (None, None, None)),
            ([1, 2], (None, None, None)),
            (None, (None, None, None)),
        ],
    )
    def test_of_an_answer_only_what_is_of_its_kind_is_read(self, answer: Any, read: tuple[Any, ...]) -> None:
        found = read_results("stock", {"on_hand": "number", "free": "flag", "bin": "text"}, answer)
        assert tuple(found.values()) == read and list(found) == ["stock_on_hand", "stock_free", "stock_bin"]


class TestLint:
    @pytest.mark.parametrize(
        ("steps", "rule"),
        [
            ([{**CALL, "when": "false"}], "step-not-reached"),
            ([{**CALL, "occasions": ["automatic"]}, {**TASK, "after": ["stock"]}], "step-order-idle"),
            ([{"id": "w", "kind": "wait", "until": "callback", "timeout_hours": 1}], "wait-unasked"),
            ([TASK], "system-not-used"),
        ],
    )
    def test_a_slip_is_found(self, steps: list[dict[str, Any]], rule: str) -> None:
        assert rule in {one.rule for one in lint(policy(*steps))}

    def test_a_ruling_may_come_after_what_the_decision_began(self) -> None:
        found = {one.rule for one in lint(policy(CALL, {**TASK, "occasions": ["accepted"], "after": ["stock"]}))}
        assert not found & {"step-not-reached", "step-order-idle", "wait-unasked", "system-not-used"}
