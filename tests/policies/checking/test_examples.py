"""Examples beside a policy: the four built-in ones hold, and one that does not hold says what came instead."""

from pathlib import Path

import pytest

import policies
from policies.checking.examples import try_examples, untried
from policies.document.errors import PolicyError
from tests.policies.parcel_policies import BUDGETED, policy
from triage.domain import read_policy
from triage.domains import BUILT_IN

FILE = """\
domain: parcel_claims
payload: {parcel_id: P1, price: "100", claimed: "50"}
score: {cause: honest, impact: 100.0}
examples:
  - name: An honest claim
    expect:
      {disposition: auto, queue: null, cause: honest, priority: P4, controls: [], overrides: [], approval: null,
       segment: small, route: R-rest}
  - name: More than it cost
    payload: {claimed: "100.01"}
    expect: {disposition: review, queue: CHECK, controls: [C-1]}
  - name: Nothing claimed, and no model
    payload: {claimed: null}
    score: null
    expect: {disposition: escalate, fallback_rule: F1, controls: [C-2], cause: honest}
  - name: A feature of history
    features: {over_claim: 5.0}
    expect: {controls: [C-1]}
  - name: In another currency
    payload: {claimed: "600", price: "700"}
    fx_rate: 2.0
    expect: {controls: [C-2]}
  - name: An attribute
    attributes: {vip: true}
    expect: {priority: P2}
  - name: Theft, two people
    payload: {price: "5000"}
    score: {cause: theft, risk: 0.2, impact: 10.0}
    expect: {overrides: [O-1], approval: FE-1, queue: THEFT, route: R-theft, segment: rest}
  - name: Without a certificate
    certified: false
    expect: {disposition: review}
  - name: Without a model
    score: null
    expect: {fallback_rule: F2, disposition: confirm}
"""  # fmt: skip


def tried(text: str = FILE):
    return try_examples(policy(), text, name="parcel_claims.examples.yaml")


@pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
class TestBuiltIn:
    def test_every_example_holds_and_every_rule_is_tried(self, domain) -> None:
        built_in = read_policy(domain)
        path = Path(policies.__file__).parent / "domains" / f"{domain.name}.examples.yaml"
        results = try_examples(built_in, path.read_text(encoding="utf-8"), name=path.name)
        assert [(example.where, example.missed) for example in results if example.missed] == []
        assert untried(built_in, results) == []
        assert len(results) >= 60


class TestTrying:
    def test_what_holds_misses_nothing(self) -> None:
        assert [example.missed for example in tried()] == [()] * 9
        assert untried(policy(), tried()) == []

    @pytest.mark.parametrize(
        ("was", "is_now", "missed"),
        [
            ("{disposition: auto,", "{disposition: confirm,", "disposition: expected confirm, got auto"),
            ("queue: CHECK, controls: [C-1]", "queue: THEFT, controls: [C-1]", "queue: expected THEFT, got CHECK"),
            ("queue: CHECK, controls: [C-1]", "queue: CHECK, controls: []", "controls: expected none, got C-1"),
            ("queue: null", "queue: CHECK", "queue: expected CHECK, got none"),
            ("fallback_rule: F1", "fallback_rule: F2", "fallback_rule: expected F2, got F1"),
            ("approval: FE-1", "approval: null", "approval: expected none, got FE-1"),
            ("segment: small", "segment: rest", "segment: expected rest, got small"),
            ("priority: P2", "priority: P1", "priority: expected P1, got P2"),
        ],
    )
    def test_what_does_not_hold_says_what_came_instead(self, was: str, is_now: str, missed: str) -> None:
        assert FILE.count(was) == 1
        assert [example.missed for example in tried(FILE.replace(was, is_now)) if example.missed] == [(missed,)]

    def test_each_names_its_line(self) -> None:
        assert [example.where for example in tried()][:2] == [
            "parcel_claims.examples.yaml:5",
            "parcel_claims.examples.yaml:9",
        ]

    def test_a_change_of_the_policy_is_noticed(self) -> None:
        looser = policy(BUDGETED.replace("when: over_claim > 0.0", "when: over_claim > 1.0"))
        missed = {example.name: example.missed for example in try_examples(looser, FILE, name="f") if example.missed}
        assert missed == {
            "More than it cost": (
                "disposition: expected review, got auto",
                "queue: expected CHECK, got none",
                "controls: expected C-1, got none",
            )
        }

    def test_rules_no_example_makes_fire_are_named(self) -> None:
        start, end = FILE.index("  - name: Theft"), FILE.index("  - name: Without a certificate")
        assert untried(policy(), tried(FILE[:start] + FILE[end:])) == [("four_eyes", "FE-1"), ("override_rules", "O-1")]


class TestWrongFiles:
    @pytest.mark.parametrize(
        ("was", "is_now", "line", "says"),
        [
            ("domain: parcel_claims", "domain: parcels", 1, "are examples of parcels"),
            ("    certified: false", "    certifid: false", 31, "certifid"),
            ('payload: {claimed: "100.01"}', 'payload: {claimd: "100.01"}', 10, "claimd"),
            ('payload: {claimed: "100.01"}', "payload: {claimed: lots}", 10, "claimed"),
            ("features: {over_claim: 5.0}", "features: {over_clam: 5.0}", 17, "is no feature of this domain"),
            ("{disposition: auto,", "{disposition: allow,", 7, "disposition"),
        ],
    )
    def test_an_error_names_line_and_key(self, was: str, is_now: str, line: int, says: str) -> None:
        assert FILE.count(was) == 1
        with pytest.raises(PolicyError) as caught:
            tried(FILE.replace(was, is_now))
        assert says in str(caught.value)
        assert any(problem.startswith(f"parcel_claims.examples.yaml:{line}:") for problem in caught.value.problems)
