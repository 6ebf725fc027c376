"""The error budget: what would be automatic stays so only with a certificate; four eyes, costs and what is kept of a
decision."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.score import Cause, Score
from policies.document.errors import PolicyError
from policies.judging.certificate import Certificate, CertifiedSegment
from policies.judging.verdict import Verdict
from tests.policies.conftest import DOCUMENT, Parcel
from tests.policies.parcel_policies import BUDGETED, PROMISES, policy

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CERTIFICATE = Certificate(
    certificate_id="cert-1",
    domain="parcel_claims",
    variant=None,
    policy_version="7",
    model_version="parcel_claims/3",
    of="risk",
    alpha=0.02,
    delta=0.1,
    margin=0.8,
    certified_at=NOW - timedelta(days=1),
    lapses_at=NOW + timedelta(days=89),
    segments={
        "small": CertifiedSegment(segment="small", threshold=0.05, labels=900, errors=4, bound=0.015, passed=0.8),
        "rest": CertifiedSegment(
            segment="rest", threshold=None, labels=40, errors=0, bound=None, passed=0.0, reason="40 labels are too few"
        ),
    },
    evidence={},
)


def judge(score, *, price="100", claimed="50", certificate=CERTIFICATE, text=BUDGETED, now=NOW, **options) -> Verdict:
    payload = Parcel.model_validate({"parcel_id": "P1", "price": price, "claimed": claimed})
    over_claim = float("nan") if claimed is None else float(claimed) - float(price)
    options.setdefault("fallback", None if score else "no champion is registered")
    return policy(text).judge(
        payload=payload, attributes={}, features=[over_claim], fx_rate=1.0, score=score, now=now,
        certificate=certificate, **options,
    )  # fmt: skip


def codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


class TestErrorBudget:
    @pytest.mark.parametrize(
        ("risk", "disposition"), [(0.0, "auto"), (0.0499, "auto"), (0.05, "auto"), (0.0501, "confirm"), (0.0999,
        "confirm")]
    )  # fmt: skip
    def test_the_certified_threshold_is_inclusive(self, score, risk: float, disposition: str) -> None:
        verdict = judge(score(risk=risk))
        assert (verdict.disposition, verdict.segment, verdict.certificate_id) == (disposition, "small", "cert-1")
        assert (verdict.uncertified is None) is (disposition == "auto")
        assert "certificate" in codes(verdict)

    def test_what_would_be_looked_at_anyway_asks_no_certificate(self, score) -> None:
        for verdict in (judge(score(risk=0.10)), judge(score(risk=0.0), claimed="101"), judge(score(risk=0.9))):
            assert (verdict.certificate_id, verdict.uncertified) == (None, None)
            assert "certificate" not in codes(verdict)

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            (None, "there is no certificate for this policy yet"),
            ({"lapses_at": NOW}, "the certificate lapsed on 2026-03-02"),
            ({"stopped": "more errors than the budget allows"}, "automation is stopped: more errors"),
            ({"policy_version": "6"}, "policy 7 is not certified yet"),
            ({"model_version": "parcel_claims/2"}, "model parcel_claims/3 is not certified yet"),
            ({"domain": "return_fraud"}, "the certificate is for return_fraud"),
            ({"variant": "north"}, "the certificate is for parcel_claims, variant north"),
            ({"of": "cause"}, "the certificate is about the cause, the budget about the risk"),
            ({"alpha": 0.05}, "the certificate allows 5.00% with 90% confidence, the budget 2.00%"),
            ({"delta": 0.2}, "the certificate allows 2.00% with 80% confidence"),
            ({"segments": {}}, "segment small is not certified: no labels"),
        ],
    )
    def test_without_a_valid_certificate_a_person_decides_and_the_reason_says_why(self, score, changes, says) -> None:
        certificate = None if changes is None else replace(CERTIFICATE, **changes)
        verdict = judge(score(risk=0.0), certificate=certificate)
        assert verdict.disposition == "review"
        assert says in (verdict.uncertified or "")
        assert any(reason.code == "certificate" and says in reason.text for reason in verdict.reasons)

    def test_one_second_before_it_lapses_it_still_holds(self, score) -> None:
        assert judge(score(risk=0.0), now=CERTIFICATE.lapses_at - timedelta(seconds=1)).disposition == "auto"

    def test_a_segment_that_could_not_be_certified_goes_to_review(self, score) -> None:
        verdict = judge(score(risk=0.0), price="500")
        assert (verdict.disposition, verdict.segment) == ("review", "rest")
        assert verdict.uncertified == "segment rest is not certified: 40 labels are too few"

    def test_without_a_model_nothing_is_certified_and_one_click_confirms(self) -> None:
        text = BUDGETED.replace("    disposition: confirm", "    disposition: auto")
        verdict = judge(None, text=text)
        assert (verdict.disposition, verdict.uncertified) == (
            "confirm",
            "no model spoke, and no certificate covers a rule",
        )

    def test_a_risk_that_is_no_number_is_never_automatic(self, score) -> None:
        assert judge(score(risk=float("nan"))).disposition == "review"

    @pytest.mark.parametrize(("probability", "disposition"), [(0.951, "auto"), (0.949, "confirm")])
    def test_a_budget_for_the_cause_looks_at_its_probability(self, score, probability: float, disposition: str) -> None:
        text = BUDGETED.replace("  alpha: 0.02", "  alpha: 0.02\n  of: cause")
        certificate = replace(CERTIFICATE, of="cause")
        verdict = judge(score(risk=0.0, probability=probability), certificate=certificate, text=text)
        assert verdict.disposition == disposition

    def test_a_segment_may_be_a_cause_and_is_none_without_a_model(self, score) -> None:
        text = BUDGETED.replace("price < 500.0", "cause == 'honest'")
        assert [judge(said, text=text).segment for said in (score(risk=0.0), score(risk=0.0, cause="swap"), None)] == [
            "small",
            "rest",
            "rest",
        ]

    @given(
        risk=st.floats(0, 1), impact=st.floats(0, 2000), price=st.integers(0, 9000), claimed=st.integers(0, 9000),
        certified=st.booleans(), threshold=st.none() | st.floats(0, 1), modelled=st.booleans(),
    )  # fmt: skip
    def test_it_only_takes_away(self, risk, impact, price, claimed, certified, threshold, modelled) -> None:
        causes = (Cause(label="honest", probability=0.9),)
        score = Score(causes=causes, risk=risk, impact=impact, reasons=(), model_version="parcel_claims/3")
        small = replace(CERTIFICATE.segments["small"], threshold=threshold)
        certificate = replace(CERTIFICATE, segments={"small": small}) if certified else None
        given_score = score if modelled else None
        bare = DOCUMENT + PROMISES[PROMISES.index("four_eyes") :]
        with_budget, without = (
            judge(given_score, price=str(price), claimed=str(claimed), certificate=certificate, text=text)
            for text in (BUDGETED, bare)
        )
        assert with_budget.disposition.rank >= without.disposition.rank
        if without.disposition != "auto":
            assert with_budget.disposition is without.disposition
        elif with_budget.disposition == "auto":
            assert certified and modelled and threshold is not None and risk <= threshold and price < 500

    def test_without_an_error_budget_everything_is_as_before(self, score) -> None:
        verdict = judge(score(risk=0.0), certificate=None, text=DOCUMENT)
        assert (verdict.disposition, verdict.segment, verdict.uncertified) == ("auto", None, None)

    def test_a_segment_whose_condition_fails_goes_to_a_person(self, score) -> None:
        verdict = judge(
            score(risk=0.0), price="0", claimed="0", text=BUDGETED.replace("price < 500.0", "1 / int(price) > 0")
        )
        assert (verdict.disposition, verdict.segment) == ("review", "rest")
        assert "rule_error:small" in codes(verdict)


class TestFourEyes:
    @pytest.mark.parametrize(("price", "asked"), [("4999.99", False), ("5000", True), ("5000.01", True)])
    def test_a_second_person_is_asked_and_nothing_goes_straight_through(self, score, price: str, asked: bool) -> None:
        verdict = judge(score(risk=0.0), price=price, text=DOCUMENT + PROMISES[PROMISES.index("four_eyes") :])
        assert (verdict.disposition, verdict.approval is not None) == (("review", True) if asked else ("auto", False))
        assert ("four_eyes:FE-1" in codes(verdict)) is asked

    def test_it_holds_without_a_model(self) -> None:
        verdict = judge(None, price="5000")
        assert verdict.approval is not None and verdict.approval.id == "FE-1"

    def test_the_strictest_role_is_asked(self, score) -> None:
        more = "  - id: FE-2\n    title: And an admin\n    when: price >= 9000.0\n    role: admin\n"
        assert [judge(score(risk=0.0), price=price, text=BUDGETED + more).approval.id for price in ("8000",
        "9000")] == ["FE-1", "FE-2"]  # fmt: skip

    def test_one_that_fails_asks_for_a_second_person_too(self, score) -> None:
        verdict = judge(
            score(risk=0.0), price="0", claimed="0", text=BUDGETED.replace("price >= 5000.0", "1 / int(price) > 0")
        )
        assert verdict.approval is not None and "rule_error:FE-1" in codes(verdict)

    def test_it_may_not_read_the_score(self) -> None:
        with pytest.raises(PolicyError, match=r"four_eyes\.0\.when: unknown name 'risk'"):
            policy(BUDGETED.replace("price >= 5000.0", "risk > 0.5"))

    def test_the_fields_it_reads_are_guarded(self) -> None:
        assert policy(BUDGETED.replace("when: over_claim > 0.0", "when: claimed > 1.0")).guarded == {"price", "claimed"}


class TestCosts:
    def test_a_minute_saves_the_better_of_accepting_and_holding_unseen_less_the_review(self, score) -> None:
        # Accepting costs 0.2 x 100, holding 0.8 x 40; the queue takes 10 minutes a case, and a minute costs 0.5.
        assert judge(score(risk=0.2)).saved_per_minute == pytest.approx(2.0 - 0.5)
        assert judge(score(risk=0.5)).saved_per_minute == pytest.approx(2.0 - 0.5)
        assert judge(score(risk=0.75)).saved_per_minute == pytest.approx(1.0 - 0.5)

    def test_a_review_that_costs_more_than_it_saves_is_below_zero(self, score) -> None:
        assert judge(score(risk=0.9999)).saved_per_minute == pytest.approx(0.0004 - 0.5)

    def test_an_automatic_case_saves_nobodys_minutes(self, score) -> None:
        assert judge(score(risk=0.0)).saved_per_minute == 0.0

    def test_without_costs_the_expected_loss_is_saved(self, score) -> None:
        assert judge(score(risk=0.2, impact=100.0), text=DOCUMENT).saved_per_minute == pytest.approx(2.0)

    def test_the_queue_that_gets_the_case_says_how_long_it_takes(self, score) -> None:
        text = BUDGETED.replace("owner_role: clerk", "owner_role: clerk, minutes_per_case: 4")
        assert judge(score(risk=0.2), text=text).saved_per_minute == pytest.approx(5.0 - 0.5)

    @pytest.mark.parametrize("broken", ["1.0 / (price - 100.0)", "-price", "double(1 / int(price - 100.0))"])
    def test_one_that_fails_is_replaced_by_the_expected_loss_and_says_so(self, score, broken: str) -> None:
        verdict = judge(
            score(risk=0.2, impact=50.0), text=BUDGETED.replace("false_accept: price", f"false_accept: {broken}")
        )
        assert verdict.saved_per_minute == pytest.approx(1.0 - 0.5)
        assert "rule_error:costs.false_accept" in codes(verdict)
        assert verdict.disposition == "confirm"

    def test_a_cost_by_cause_falls_back_quietly_where_the_model_names_none(self, score) -> None:
        text = BUDGETED.replace("false_accept: price", "false_accept: \"cause == 'theft' ? price : 0.0\"")
        verdict = judge(score(risk=0.2, cause="arson", impact=50.0), text=text)
        assert verdict.saved_per_minute == pytest.approx(1.0 - 0.5) and "rule_error" not in " ".join(codes(verdict))

    def test_without_a_score_nothing_is_known_to_be_saved(self) -> None:
        verdict = judge(None, text=BUDGETED.replace("false_accept: price", "false_accept: impact"))
        assert verdict.saved_per_minute == 0.0 and "rule_error" not in " ".join(codes(verdict))

    @pytest.mark.parametrize(
        ("cost", "says"),
        [
            ("claimed", "gives NoneType, not a number; 'claimed' can be missing: write `claimed != null"),
            ("claimed + 1.0", "type error"),
            ("price > 1.0", "gives bool, not a number"),
            ("prise", "unknown name 'prise'; did you mean price"),
        ],
    )
    def test_is_typed_when_the_policy_is_read(self, cost: str, says: str) -> None:
        with pytest.raises(PolicyError) as caught:
            policy(BUDGETED.replace("false_accept: price", f"false_accept: {cost}"))
        assert says in str(caught.value) and "costs.false_accept" in str(caught.value)


class TestWhatIsKept:
    def test_every_rule_that_decided_is_named_with_the_values_it_read(self, score) -> None:
        verdict = judge(score(risk=0.05, cause="theft", impact=4000.0), price="5000", claimed="6000")
        assert {(rule.part, rule.id): dict(rule.values) for rule in verdict.fired} == {
            ("controls", "C-1"): {"over_claim": 1000.0},
            ("controls", "C-2"): {"claimed": 6000.0, "big_claim": 1000.0},
            ("override_rules", "O-1"): {"cause": "theft"},
            ("four_eyes", "FE-1"): {"price": 5000.0},
            ("segments", "rest"): {},
            ("priorities", "priorities.1"): {"expected_loss": 200.0},
            ("routes", "R-theft"): {},
        }

    def test_without_a_model_the_fallback_rule_too(self) -> None:
        fired = {(rule.part, rule.id): dict(rule.values) for rule in judge(None, claimed=None).fired}
        assert fired["fallback_rules", "F1"] == {"claimed": None}

    def test_the_answers_to_all_conditions_are_packed_in_document_order(self, score) -> None:
        verdict = judge(score(risk=0.0), price="5000", claimed="6000")
        bits = np.unpackbits(np.frombuffer(verdict.holds, np.uint8), count=len(policy().conditions))
        held = {name for name, bit in zip(policy().conditions, bits, strict=True) if bit}
        assert held >= {("controls", "C-1"), ("controls", "C-2"), ("four_eyes", "FE-1"), ("segments", "rest")}
        assert not held & {("override_rules", "O-1"), ("segments", "small"), ("fallback_rules", "F1")}
        assert [part for part, _ in policy().conditions][:2] == ["controls", "controls"]

    def test_a_condition_that_failed_is_a_zero(self, score) -> None:
        text = BUDGETED.replace("when: over_claim > 0.0", "when: 1 / int(over_claim) > 0")
        verdict = judge(score(risk=0.0), claimed="100", text=text)
        assert np.unpackbits(np.frombuffer(verdict.holds, np.uint8))[0] == 0
        assert np.unpackbits(np.frombuffer(verdict.holds, np.uint8))[2:4].tolist() == [1, 1]


class TestLoading:
    @pytest.mark.parametrize(
        ("was", "is_now", "says"),
        [
            ("  queue: CHECK\ncosts", "  queue: CHEKC\ncosts", "audit.queue: unknown queue 'CHEKC'"),
            ("    - id: rest", "    - id: rest\n      when: price > 1.0", "error_budget.segments.1: the last rule must "
            "fit every case"),
            ("    - id: rest", "    - id: small", "error_budget.segments.1.id: rule id 'small' is used twice"),
            ("alpha: 0.02", "alpha: 0.5", "error_budget.alpha"),
            ("audit:\n", "audit:\n  share: 0\n", "audit.share"),
        ],
    )  # fmt: skip
    def test_an_error_names_the_key(self, was: str, is_now: str, says: str) -> None:
        assert was in BUDGETED
        with pytest.raises(PolicyError) as caught:
            policy(BUDGETED.replace(was, is_now))
        assert says in str(caught.value)
