"""The difference of two documents in words, and its direction only where that is certain."""

import pytest

from policies.checking.difference import difference
from tests.policies.parcel_policies import BUDGETED, policy, variant


def changes(was: str, is_now: str, text: str = BUDGETED):
    assert text.count(was) == 1
    found = difference(policy(text).document, policy(text.replace(was, is_now)).document)
    return [(change.direction, change.sentence) for change in found]


def test_a_document_does_not_differ_from_itself() -> None:
    assert difference(policy().document, policy().document) == []


@pytest.mark.parametrize(
    ("was", "is_now", "direction", "sentence"),
    [
        ('version: "7"', 'version: "8"', "changed", "version: 7 → 8"),
        ("confirm_at_risk: 0.10", "confirm_at_risk: 0.2", "looser", "thresholds.confirm_at_risk: 0.1 → 0.2"),
        ("confirm_at_risk: 0.10", "confirm_at_risk: 0.05", "tighter", "thresholds.confirm_at_risk: 0.1 → 0.05"),
        ("  review_at_expected_loss: 50\n", "", "looser", "thresholds.review_at_expected_loss removed, was 50.0"),
        ("  review_at_expected_loss: 50", "  review_at_expected_loss: 50\n  confirm_at_expected_loss: 5", "tighter",
        "thresholds.confirm_at_expected_loss added: 5.0"),
        ("  review_at_expected_loss: 50", "  review_at_expected_loss: 50\n  review_below_cause_probability: 0.4",
        "tighter", "thresholds.review_below_cause_probability: 0.0 → 0.4"),
        ("alpha: 0.02", "alpha: 0.03", "looser", "error_budget.alpha: 0.02 → 0.03"),
        ("alpha: 0.02", "alpha: 0.02\n  lapse_days: 30", "tighter", "error_budget.lapse_days: 90.0 → 30.0"),
        ("alpha: 0.02", "alpha: 0.02\n  of: cause", "changed", "error_budget.of: risk → cause"),
        ("  queue: CHECK\ncosts", "  queue: CHECK\n  share: 0.1\ncosts", "tighter", "audit.share: 0.03 → 0.1"),
        ("price < 500.0", "price < 400.0", "changed", "error_budget.segments.small.when: price < 500.0 → price < "
        "400.0"),
        ('false_refuse: "40.0"', 'false_refuse: "50.0"', "changed", "costs.false_refuse: 40.0 → 50.0"),
        ("big_claim: 1000", "big_claim: 900", "changed", "limits.big_claim: 1000.0 → 900.0"),
        ("when: over_claim > 0.0", "when: over_claim > 1.0", "changed", "controls.C-1.when: over_claim > 0.0 → "
        "over_claim > 1.0"),
        ("raise_to: escalate", "raise_to: review", "looser", "controls.C-2.raise_to: escalate → review"),
        ("    title: Two people decide on dear parcels\n", "    title: Two people decide on dear parcels\n    role: "
        "admin\n", "tighter", "four_eyes.FE-1.role: approver → admin"),
        ("    disposition: confirm", "    disposition: review", "tighter", "fallback_rules.F2.disposition: confirm → "
        "review"),
        ("owner_role: detective, restricted: true", "owner_role: detective", "looser", "queues.THEFT.restricted: True "
        "→ False"),
        ("agreed: The", "agreed: That the", "changed", "reason_codes.agreed: The recommendation was right → That the "
        "recommendation was right"),
        ("    when: attributes.vip\n", "    when: '!attributes.vip'\n", "changed", "priorities.2.when: attributes.vip "
        "→ !attributes.vip"),
    ],
)  # fmt: skip
def test_a_change_is_said_with_its_direction(was: str, is_now: str, direction: str, sentence: str) -> None:
    assert changes(was, is_now) == [(direction, sentence)]


def test_a_control_that_goes_is_looser_and_one_that_comes_tighter() -> None:
    renamed = changes("  - id: C-2\n", "  - id: C-3\n")
    assert [(direction, sentence.split(":")[0].split(",")[0]) for direction, sentence in renamed] == [
        ("looser", "controls.C-2 removed"),
        ("tighter", "controls.C-3 added"),
    ]


def test_the_order_of_controls_decides_nothing_and_that_of_routes_does() -> None:
    text = BUDGETED.replace(
        "  - id: R-rest",
        "  - id: R-swap\n    causes: [swap]\n    queue: CHECK\n    sla_hours: 1\n    action: Weigh\n  - id: R-rest",
    )
    start, middle, end = text.index("  - id: R-theft"), text.index("  - id: R-swap"), text.index("  - id: R-rest")
    swapped = text[:start] + text[middle:end] + text[start:middle] + text[end:]
    found = difference(policy(text).document, policy(swapped).document)
    assert [change.sentence for change in found] == [
        "routes (order): R-theft, R-swap, R-rest → R-swap, R-theft, R-rest"
    ]
    start, middle, end = text.index("  - id: C-1"), text.index("  - id: C-2"), text.index("thresholds:")
    swapped = text[:start] + text[middle:end] + text[start:middle] + text[end:]
    assert difference(policy(text).document, policy(swapped).document) == []


def test_an_error_budget_that_goes_is_looser() -> None:
    bare = BUDGETED[: BUDGETED.index("error_budget:")] + BUDGETED[BUDGETED.index("audit:") :]
    found = difference(policy().document, policy(bare).document)
    assert ("looser", "error_budget") in [(change.direction, change.key) for change in found]


def test_nothing_in_a_variant_is_looser_than_in_its_parent() -> None:
    found = difference(policy().document, variant().document)
    assert "looser" not in {change.direction for change in found}
    assert {"thresholds.confirm_at_risk", "controls.N-1", "error_budget.alpha"} <= {change.key for change in found}
