"""A small recipe and policy that say everything a policy can say."""

from datetime import UTC, datetime

import numpy as np
import pytest

from features.columns import Columns
from features.fields import Id, Money, Payload
from features.recipe import Feature, Past, Recipe
from models.score import Cause, Score
from policies.judging.certificate import Certificate, CertifiedSegment
from policies.judging.policy import Policy


class Parcel(Payload):
    parcel_id: Id
    price: Money
    claimed: Money | None = None


def _build(columns: Columns, past: Past):
    return {"over_claim": columns["claimed"] - columns["price"]}


RECIPE = Recipe(
    payload=Parcel,
    text_fields=(),
    trails=(),
    measures=lambda columns: {},
    features=(Feature(name="over_claim", title="claimed above price", family="amount", sources=("price", "claimed")),),
    build=_build,
    money_at_stake=lambda columns: np.nan_to_num(columns["price"]),
)
CAUSES = ("honest", "swap", "theft")
LIKENESS_CONTROLS = {
    f"{subject}-{name}"
    for subject in ("C-INV-DANGER", "C-MNT-1", "C-REP-DANGER", "C-RET-DANGER")
    for name in ("LIKENESS", "UNSURE")
}
"""Specified for all domains together, in domains/test_danger_likeness.py."""
DOCUMENT = """\
domain: parcel_claims
version: "7"
title: Parcel claims
currency: EUR
auto_action: Pay the claim
limits:
  big_claim: 1000
attributes:
  vip: flag
controls:
  - id: C-1
    title: The claim is above the price
    when: over_claim > 0.0
    if_missing: skip
    raise_to: review
    queue: CHECK
  - id: C-2
    title: The claim is big
    when: claimed >= big_claim
    if_missing: match
    raise_to: escalate
thresholds:
  confirm_at_risk: 0.10
  review_at_risk: 0.30
  escalate_at_risk: 0.80
  review_at_expected_loss: 50
override_rules:
  - id: O-1
    title: Theft is never confirmed with one click
    when: cause == 'theft'
    raise_to: review
fallback_rules:
  - id: F1
    title: Nothing claimed
    when: claimed == null
    if_missing: evaluate
    disposition: review
    cause: honest
    queue: CHECK
  - id: F2
    title: A person looks
    disposition: confirm
priorities:
  - level: P1
    when: expected_loss >= 100.0
  - level: P2
    when: attributes.vip
    if_missing: skip
  - level: P4
queues:
  CHECK: {title: Check, owner_role: clerk}
  THEFT: {title: Theft, owner_role: detective, restricted: true}
routes:
  - id: R-theft
    causes: [theft]
    queue: THEFT
    sla_hours: {P1: 4, P2: 8}
    action: Call the police
  - id: R-rest
    queue: CHECK
    sla_hours: 48
    action: Look at it
reason_codes:
  agreed: The recommendation was right
"""


@pytest.fixture
def score():
    """Make a score; the rest of the probability goes to the other causes."""

    def make(*, risk: float, cause: str = "honest", impact: float = 100.0, probability: float = 0.9) -> Score:
        others = [Cause(label=label, probability=(1 - probability) / 2) for label in CAUSES if label != cause]
        first = Cause(label=cause, probability=probability)
        return Score(causes=(first, *others), risk=risk, impact=impact, reasons=(), model_version="parcel_claims/3")

    return make


def certificate_for(policy: Policy, *, threshold: float = 1.0, model_version: str = "test") -> Certificate:
    """Make a certificate that lets every segment of a policy go straight through up to a threshold; it never lapses."""
    budget = policy.document.error_budget
    assert budget is not None
    proven = {"labels": 1000, "errors": 0, "bound": 0.0, "passed": 1.0}
    return Certificate(
        certificate_id="certificate-1",
        domain=policy.document.domain,
        variant=policy.document.variant,
        policy_version=policy.version,
        model_version=model_version,
        of=budget.of,
        alpha=budget.alpha,
        delta=budget.delta,
        margin=budget.margin,
        certified_at=datetime(2026, 1, 1, tzinfo=UTC),
        lapses_at=datetime(2100, 1, 1, tzinfo=UTC),
        segments={
            part.id: CertifiedSegment(segment=part.id, threshold=threshold, **proven) for part in budget.segments
        },
        evidence={},
    )
