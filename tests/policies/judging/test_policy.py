"""The order of judgement: controls, then score or fallback, then thresholds; everything can only raise."""

import functools
import itertools
from datetime import UTC, datetime

import pytest

from policies.document.document import Disposition
from policies.document.errors import PolicyError
from policies.judging.policy import Policy, load_policy
from tests.policies.conftest import CAUSES, DOCUMENT, RECIPE, Parcel

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@functools.cache
def policy(text: str = DOCUMENT) -> Policy:
    return load_policy(text, name="parcel_claims.yaml", recipe=RECIPE, causes=CAUSES)


def judge(score=None, *, price="100", claimed="50", attributes=None, text=DOCUMENT, **options):
    payload = Parcel.model_validate({"parcel_id": "P1", "price": price, "claimed": claimed})
    over_claim = float("nan") if claimed is None else float(claimed) - float(price)
    options.setdefault("fallback", None if score else "no champion is registered")
    return policy(text).judge(
        payload=payload,
        attributes=attributes or {},
        features=[over_claim],
        fx_rate=1.0,
        now=NOW,
        score=score,
        **options,
    )


class TestThresholds:
    @pytest.mark.parametrize(
        ("risk", "impact", "disposition"),
        [
            (0.0999, 100.0, "auto"),
            (0.10, 100.0, "confirm"),
            (0.1001, 100.0, "confirm"),
            (0.2999, 100.0, "confirm"),
            (0.30, 100.0, "review"),
            (0.7999, 10.0, "review"),
            (0.80, 10.0, "escalate"),
            (0.05, 999.0, "auto"),
            (0.05, 1000.0, "review"),
            (0.05, 1001.0, "review"),
        ],
    )
    def test_a_threshold_is_inclusive(self, score, risk: float, impact: float, disposition: str) -> None:
        assert judge(score(risk=risk, impact=impact)).disposition == disposition

    def test_the_reason_names_the_threshold(self, score) -> None:
        verdict = judge(score(risk=0.3))
        assert ("threshold:review", "Risk 30.0% is at or above 30.0%.") in [(r.code, r.text) for r in verdict.reasons]


class TestControls:
    def test_a_control_beats_a_score_without_risk(self, score) -> None:
        verdict = judge(score(risk=0.0), claimed="100.01")
        assert verdict.disposition is Disposition.REVIEW
        assert [(hit.id, hit.values) for hit in verdict.controls] == [("C-1", {"over_claim": pytest.approx(0.01)})]
        assert verdict.sent_to == "CHECK"

    @pytest.mark.parametrize(("claimed", "fires"), [("999.99", False), ("1000", True), ("1000.01", True), (None, True)])
    def test_missing_does_what_the_rule_says(self, score, claimed: str | None, fires: bool) -> None:
        verdict = judge(score(risk=0.0), price="5000", claimed=claimed)
        assert ("C-2" in [hit.id for hit in verdict.controls]) is fires

    def test_money_is_compared_in_the_reporting_currency(self, score) -> None:
        payload = Parcel.model_validate({"parcel_id": "P", "price": "5000", "claimed": "600"})
        options = {"attributes": {}, "features": [-1.0], "score": score(risk=0.0), "fallback": None}
        assert policy().judge(payload=payload, fx_rate=1.0, now=NOW, **options).disposition == "auto"
        assert policy().judge(payload=payload, fx_rate=2.0, now=NOW, **options).disposition == "escalate"

    def test_nothing_lowers_a_disposition(self, score) -> None:
        combinations = itertools.product((0.0, 0.2, 0.5, 0.9), CAUSES, ("50", "150", "2000"), Disposition)
        for risk, cause, claimed, floor in combinations:
            alone = [judge(score(risk=risk)).disposition, floor]
            alone += [hit.raise_to for hit in judge(score(risk=0.0, cause=cause), claimed=claimed).controls]
            alone += [Disposition.REVIEW] if cause == "theft" else []
            verdict = judge(score(risk=risk, cause=cause), claimed=claimed, floor=floor)
            assert verdict.disposition.rank == max(value.rank for value in alone)

    def test_a_rule_that_fails_raises_and_says_so(self, score) -> None:
        text = DOCUMENT.replace("when: over_claim > 0.0", "when: 1 / int(over_claim) > 0")
        verdict = judge(score(risk=0.0), claimed="100", text=text)
        assert verdict.disposition is Disposition.REVIEW
        assert "rule_error:C-1" in [reason.code for reason in verdict.reasons]

    def test_an_index_beyond_a_list_fails_the_rule_and_not_the_case(self, score) -> None:
        text = DOCUMENT.replace("when: over_claim > 0.0", "when: '[over_claim][1] > 0.0'")
        verdict = judge(score(risk=0.0), text=text)
        assert (verdict.disposition, verdict.reasons[0].code) == ("review", "rule_error:C-1")

    def test_a_fallback_rule_that_fails_decides_nothing(self) -> None:
        rule = "    when: 1 / int(price) > 0\n    disposition: auto"
        text = DOCUMENT.replace("    when: claimed == null\n    if_missing: evaluate\n    disposition: review", rule)
        verdict = judge(price="0", claimed="0", text=text)
        assert (verdict.disposition, verdict.cause) == ("review", "unknown")
        assert "rule_error:F1" in [reason.code for reason in verdict.reasons]

    def test_where_a_control_sends_a_case_it_says_what_to_do(self, score) -> None:
        text = DOCUMENT.replace(
            "    queue: CHECK\n  - id: C-2", "    queue: CHECK\n    action: Ask for it\n  - id: C-2"
        )
        told = [
            judge(score(risk=0.0, cause="theft"), claimed="101", text=document).route.action
            for document in (DOCUMENT, text)
        ]
        assert told == ["The claim is above the price. Look into that first.", "Ask for it"]


class TestOverrideRules:
    def test_an_override_rule_beats_a_low_score(self, score) -> None:
        verdict = judge(score(risk=0.01, cause="theft"))
        assert (verdict.disposition, [hit.id for hit in verdict.overrides]) == ("review", ["O-1"])

    def test_a_rule_over_causes_is_silent_where_the_model_speaks_of_others(self, score) -> None:
        text = DOCUMENT.replace("when: cause == 'theft'", "when: cause != 'honest'")
        assert judge(score(risk=0.01, cause="swap"), text=text).disposition == "review"
        assert judge(score(risk=0.01, cause="arson"), text=text).disposition == "auto"


class TestFallback:
    @pytest.mark.parametrize(
        ("claimed", "disposition", "cause", "rule"),
        [(None, "escalate", "honest", "F1"), ("50", "confirm", "unknown", "F2")],
    )
    def test_the_first_fitting_rule_decides_and_says_why(self, claimed, disposition, cause, rule) -> None:
        verdict = judge(claimed=claimed)
        assert (verdict.disposition, verdict.cause) == (disposition, cause)
        assert verdict.fallback == "no champion is registered"
        assert [reason.code for reason in verdict.reasons if reason.code.startswith("fallback")] == [
            "fallback",
            f"fallback:{rule}",
        ]

    def test_controls_hold_without_a_model(self) -> None:
        assert judge(price="10", claimed="2000").disposition is Disposition.ESCALATE


class TestPriorities:
    @pytest.mark.parametrize(
        ("risk", "attributes", "level"),
        [(0.9, {}, "P4"), (1.0, {}, "P1"), (0.1, {"vip": True}, "P2"), (0.1, {"vip": False}, "P4"), (0.1, {}, "P4")],
    )
    def test_first_match_wins(self, score, risk: float, attributes: dict, level: str) -> None:
        assert judge(score(risk=risk), attributes=attributes).priority == level

    def test_a_text_that_cannot_be_written_is_compared_with_question_marks_and_loses_no_case(self, score) -> None:
        text = DOCUMENT.replace("vip: flag", "vip: text").replace(
            "when: attributes.vip", "when: attributes.vip == 'a?'"
        )
        assert judge(score(risk=0.1), attributes={"vip": "a\ud800"}, text=text).priority == "P2"

    def test_without_a_score_no_rule_over_the_score_holds(self) -> None:
        assert judge(attributes={"vip": True}).priority == "P2"


class TestGuarded:
    def test_names_the_payload_fields_that_controls_read_also_through_features(self) -> None:
        assert policy().guarded == {"price", "claimed"}
        without = DOCUMENT.replace("when: over_claim > 0.0", "when: claimed > 5000.0")
        assert policy(without).guarded == {"claimed"}

    @pytest.mark.parametrize(
        "rule",
        [
            'fallback_rules:\n  - {id: F-0, title: Dear, when: price > 9000.0, disposition: review, queue: CHECK}',
            'override_rules:\n  - {id: O-0, title: Dear, when: price > 9000.0, raise_to: review}',
        ],
    )  # fmt: skip
    def test_names_those_that_any_other_rule_which_raises_reads(self, rule: str) -> None:
        without = DOCUMENT.replace("when: over_claim > 0.0", "when: claimed > 5000.0")
        part = rule.partition("\n")[0]
        assert policy(without.replace(part, rule)).guarded == {"claimed", "price"}


class TestLoading:
    @pytest.mark.parametrize(
        ("was", "is_now", "line", "says"),
        [
            ("version:", "verzion:", 2, "verzion"),
            ("raise_to: review\n    queue: CHECK", "raise_to: never\n    queue: CHECK", 15, "confirm"),
            ("raise_to: review\n    queue: CHECK", "raise_to: auto\n    queue: CHECK", 15, "confirm"),
            ("queue: CHECK\n  - id: C-2", "queue: CHEKC\n  - id: C-2", 16, "unknown queue 'CHEKC'; known are CHECK, "
            "THEFT"),
            ("when: over_claim > 0.0", "when: over_clam > 0.0", 13, "unknown name 'over_clam'; did you mean "
            "over_claim"),
            ("when: over_claim > 0.0", "when: over_claim > 'x'", 13, "type error"),
            ("when: over_claim > 0.0", "when: over_claim >", 13, "not a CEL expression"),
            ("when: over_claim > 0.0", "when: over_claim + 1.0", 13, "not true or false"),
            ("when: over_claim > 0.0", "when: risk > 0.5", 13, "unknown name 'risk'"),
            ("    if_missing: skip\n    raise_to: review", "    raise_to: review", 13, "'over_claim' can be missing"),
            ("causes: [theft]", "causes: [thefft]", 55, "unknown cause 'thefft'"),
            ("id: C-2", "id: C-1", 17, "rule id 'C-1' is used twice"),
            ("  - level: P4", "  - level: P4\n    when: price > 0.0", 49, "must fit every case"),
            ("review_at_risk: 0.30", "review_at_risk: 0.05", 22, "must hold"),
            ("big_claim: 1000", "big_claim: [1]", 7, "limits.big_claim"),
            ("big_claim: 1000", "price: 1000", 7, "is already the name of a field"),
            ("title: Parcel claims", "title: Parcel claims\ntitle: Again", 4, "key given twice"),
            ("title: Parcel claims", "title: [Parcel claims", 4, "not YAML"),
            ("title: Parcel claims", "title: &t [*t]", 3, "aliases are not read"),
            ("big_claim: 1000", "big_claim: .inf", 7, "finite number"),
            ("big_claim: 1000", "big_claim: 2026-02-30", 7, "limits.big_claim: '2026-02-30' is no date; write a day "
            "and time that exist"),
            ("big_claim: 1000", "big_claim: [{a: 2026-01-01T25:00:00}]", 7, "limits.big_claim.0.a: "
            "'2026-01-01T25:00:00' is no date"),
            ("big_claim: 1000", "2026-13-01: 1000", 7, "limits.2026-13-01: '2026-13-01' is no date"),
            ("big_claim: 1000", "big_claim: " + "9" * 5000, 7, "limits.big_claim: "
            "'9999999999999999999999999999999999999999' is no whole number"),
            ("title: Parcel claims", 'title: "\\UFFFFFFFF"', 3, "not YAML"),
            ("big_claim: 1000", "big_claim: !!bool maybe", 7, "limits.big_claim: 'maybe' is no value of its type"),
        ],
    )  # fmt: skip
    def test_an_error_names_line_and_key(self, was: str, is_now: str, line: int, says: str) -> None:
        assert was in DOCUMENT
        with pytest.raises(PolicyError) as caught:
            policy(DOCUMENT.replace(was, is_now))
        assert says in str(caught.value)
        assert any(problem.startswith(f"parcel_claims.yaml:{line}:") for problem in caught.value.problems), caught.value
