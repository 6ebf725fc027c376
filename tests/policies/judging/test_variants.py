"""A variant tightens its domain's policy for some cases; every loosening is an error that names its line."""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.document.document import AppliesTo
from policies.document.errors import PolicyError
from policies.judging.policy import Policy
from policies.judging.variants import fits, is_variant, load_variant, overlapping, select_variant
from tests.policies.conftest import CAUSES, Parcel, certificate_for
from tests.policies.parcel_policies import BUDGETED, VARIANT, policy, variant

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def judge(of: Policy, score, *, price: str = "100", claimed: str | None = "50", **options):
    payload = Parcel.model_validate({"parcel_id": "P1", "price": price, "claimed": claimed})
    over_claim = float("nan") if claimed is None else float(claimed) - float(price)
    certificate = certificate_for(of, model_version="parcel_claims/3")
    return of.judge(
        payload=payload, attributes={}, features=[over_claim], fx_rate=1.0, score=score, now=NOW,
        fallback=None if score else "no model", certificate=certificate, **options,
    )  # fmt: skip


class TestMerging:
    def test_what_it_does_not_say_is_the_parents(self) -> None:
        document, parent = variant().document, policy().document
        assert (document.version, document.variant, document.extends) == ("7-north", "north", "7")
        for part in ("override_rules", "fallback_rules", "priorities", "routes", "reason_codes", "costs", "currency"):
            assert getattr(document, part) == getattr(parent, part)
        assert [rule.id for rule in document.controls] == ["C-1", "C-2", "N-1"]
        assert document.thresholds.review_at_risk == parent.thresholds.review_at_risk
        assert document.error_budget.alpha == 0.01 and document.error_budget.segments == parent.error_budget.segments
        assert (document.audit.share, document.audit.queue) == (0.1, "CHECK")

    def test_its_own_rules_decide_beside_the_parents(self, score) -> None:
        assert judge(variant(), score(risk=0.0), claimed="101").disposition == "escalate"
        verdict = judge(variant(), score(risk=0.0), price="1000", claimed="200")
        assert (verdict.disposition, verdict.sent_to) == ("review", "NORTH")
        assert judge(policy(), score(risk=0.0), price="1000", claimed="200").disposition == "auto"
        assert judge(variant(), score(risk=0.0), price="2500", claimed="0").approval.id == "N-FE"

    def test_a_certificate_of_the_parent_proves_nothing_for_it(self, score) -> None:
        payload = Parcel.model_validate({"parcel_id": "P1", "price": "100", "claimed": "50"})
        verdict = variant().judge(
            payload=payload, attributes={}, features=[-50.0], fx_rate=1.0, score=score(risk=0.0), fallback=None,
            now=NOW,
            certificate=certificate_for(policy(), model_version="parcel_claims/3"),
        )  # fmt: skip
        assert (verdict.disposition, verdict.uncertified) == ("review", "the certificate is for parcel_claims")

    @given(
        risk=st.floats(0, 1), impact=st.floats(0, 2000), cause=st.sampled_from(CAUSES),
        price=st.integers(0, 6000), claimed=st.none() | st.integers(0, 6000), modelled=st.booleans(),
    )  # fmt: skip
    def test_no_case_gets_less_attention_than_under_the_parent(
        self, risk, impact, cause, price, claimed, modelled
    ) -> None:
        from models.score import Cause, Score

        first = Cause(label=cause, probability=0.9)
        score = Score(causes=(first,), risk=risk, impact=impact, reasons=(), model_version="parcel_claims/3")
        given_claim = None if claimed is None else str(claimed)
        own, theirs = (
            judge(of, score if modelled else None, price=str(price), claimed=given_claim)
            for of in (variant(), policy())
        )
        assert own.disposition.rank >= theirs.disposition.rank
        assert own.approval is not None or theirs.approval is None


class TestLoosening:
    @pytest.mark.parametrize(
        ("was", "is_now", "line", "says"),
        [
            ("confirm_at_risk: 0.05", "confirm_at_risk: 0.11", 19, "0.11 loosens the parent's 0.1; only lower is "
            "allowed"),
            ("review_at_expected_loss: 40", "review_at_expected_loss: 51", 20, "51 loosens the parent's 50"),
            ("alpha: 0.01", "alpha: 0.03", 23, "0.03 loosens the parent's 0.02"),
            ("alpha: 0.01", "delta: 0.2", 23, "0.2 loosens the parent's 0.1"),
            ("alpha: 0.01", "margin: 0.9", 23, "0.9 loosens the parent's 0.8"),
            ("alpha: 0.01", "lapse_days: 91", 23, "91 loosens the parent's 90"),
            ("alpha: 0.01", "segments: [{id: all}]", 23, "segments"),
            ("share: 0.1", "share: 0.02", 25, "0.02 is less than the parent's 0.03"),
            ("  - id: C-1\n    raise_to: escalate", "  - id: C-2\n    raise_to: review", 11, "C-2 raises to escalate "
            "in the parent"),
            ("  - id: C-1\n", "  - id: C-1\n    when: 'false'\n", 11, "when of C-1 is the parent's and stays"),
            ("  - id: C-1\n", "  - id: C-1\n    queue: NORTH\n", 11, "queue of C-1 is the parent's and stays"),
            ("  north_limit: 200.0", "  north_limit: 200.0\n  big_claim: 5000", 9, "is the parent's and stays as "
            "it is"),
            ("NORTH: {", "CHECK: {", 31, "is the parent's and stays as it is"),
            ("id: N-FE", "id: FE-1", 27, "is the parent's and stays as it is"),
            ("limits:", "routes: []\nlimits:", 7, "Extra inputs are not permitted"),
            ('extends: "7"', 'extends: "6"', 4, "the parent is version 7; see what changed"),
            ("domain: parcel_claims", "domain: parcels", 1, "is of parcel_claims"),
            ('  regions: ["NO", SE]', "  regions:", 5, "names no region, banner or legal entity"),
            ('["NO", SE]', "[NO, SE]", 6, "put it in quotes"),
            ('["NO", SE]', "[4711, SE]", 6, "put 4711 in quotes"),
            ("    title: The north looks at smaller claims\n", "", 12, "a rule of your own needs `title`"),
            ("claimed >= north_limit", "claimed >= nort_limit", 14, "unknown name 'nort_limit'; did you mean "
            "north_limit"),
            ("price >= 2500.0", "price >= 'x'", 29, "type error"),
            ("queue: NORTH", "queue: NORD", 17, "unknown queue 'NORD'"),
            ("north_limit: 200.0", "north_limit: 2026-02-30", 8, "limits.north_limit: '2026-02-30' is no date"),
        ],
    )  # fmt: skip
    def test_is_refused_with_line_and_key(self, was: str, is_now: str, line: int, says: str) -> None:
        assert was in VARIANT
        with pytest.raises(PolicyError) as caught:
            variant(VARIANT.replace(was, is_now))
        assert says in str(caught.value)
        assert any(problem.startswith(f"north.yaml:{line}:") for problem in caught.value.problems), caught.value

    def test_an_unclear_cause_may_only_be_caught_earlier(self) -> None:
        clear = BUDGETED.replace("  review_at_expected_loss: 50", "  review_below_cause_probability: 0.5")
        later = VARIANT.replace("confirm_at_risk: 0.05", "review_below_cause_probability: 0.4")
        with pytest.raises(PolicyError, match="only higher is allowed"):
            variant(later, clear)
        assert variant(later.replace("0.4", "0.6"), clear).document.thresholds.review_below_cause_probability == 0.6

    def test_there_is_nothing_to_tighten_where_the_parent_has_none(self) -> None:
        bare = BUDGETED[: BUDGETED.index("error_budget")]
        with pytest.raises(PolicyError) as caught:
            variant(VARIANT, bare)
        assert sum("give the parent one first" in problem for problem in caught.value.problems) == 2

    def test_a_variant_of_a_variant_is_refused(self) -> None:
        text = VARIANT.replace("variant: north", "variant: far_north").replace('extends: "7"', 'extends: "7-north"')
        with pytest.raises(PolicyError, match="extend the domain's own policy"):
            load_variant(text, name="far.yaml", parent=variant())


VARIANTS = {
    "north": AppliesTo(regions=["NO", "SE"]),
    "outlet": AppliesTo(banners=["OUTLET"], regions=["DE"]),
    "entity": AppliesTo(legal_entities=["DE01"], banners=["CITY"]),
}


class TestSelecting:
    @pytest.mark.parametrize(
        ("envelope", "chosen"),
        [
            ({}, None),
            ({"region": "NO"}, "north"),
            ({"region": "no"}, None),
            ({"region": "DE"}, None),
            ({"region": "DE", "banner": "OUTLET"}, "outlet"),
            ({"banner": "CITY", "legal_entity": "DE01"}, "entity"),
            ({"banner": "CITY", "legal_entity": None}, None),
        ],
    )
    def test_every_list_given_must_name_the_value(self, envelope, chosen) -> None:
        assert select_variant(envelope, VARIANTS) == chosen

    def test_variants_that_could_meet_are_found(self) -> None:
        assert overlapping(VARIANTS) == [("entity", "north")]
        assert overlapping(VARIANTS | {"south": AppliesTo(regions=["IT"])}) == [
            ("entity", "north"),
            ("entity", "south"),
        ]

    def test_two_fit_one_case_exactly_where_they_overlap(self) -> None:
        values = itertools.product(["NO", "DE", None], ["OUTLET", "CITY", None], ["DE01", None])
        envelopes = [dict(zip(("region", "banner", "legal_entity"), each, strict=True)) for each in values]
        for first, second in itertools.combinations(sorted(VARIANTS), 2):
            meet = any(fits(VARIANTS[first], envelope) and fits(VARIANTS[second], envelope) for envelope in envelopes)
            assert meet is ((first, second) in overlapping(VARIANTS))


def test_a_document_says_by_itself_whether_it_is_a_variant() -> None:
    assert is_variant(VARIANT) and not is_variant(BUDGETED) and not is_variant("- 1") and not is_variant("a: [")
    assert not is_variant(VARIANT + "day: 2026-02-30\n")
