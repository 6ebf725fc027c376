"""Policies of the parcel claims: one with an error budget, and a variant of it for the north."""

import functools

from policies.judging.policy import Policy, load_policy
from policies.judging.variants import load_variant
from tests.policies.conftest import CAUSES, DOCUMENT, RECIPE

PROMISES = """\
error_budget:
  alpha: 0.02
  segments:
    - id: small
      when: price < 500.0
    - id: rest
audit:
  queue: CHECK
costs:
  false_accept: price
  false_refuse: "40.0"
  review_per_minute: 0.5
four_eyes:
  - id: FE-1
    title: Two people decide on dear parcels
    when: price >= 5000.0
"""
BUDGETED = DOCUMENT + PROMISES
VARIANT = """\
domain: parcel_claims
version: "7-north"
variant: north
extends: "7"
applies_to:
  regions: ["NO", SE]
limits:
  north_limit: 200.0
controls:
  - id: C-1
    raise_to: escalate
  - id: N-1
    title: The north looks at smaller claims
    when: claimed >= north_limit
    if_missing: match
    raise_to: review
    queue: NORTH
thresholds:
  confirm_at_risk: 0.05
  review_at_expected_loss: 40
  escalate_at_expected_loss: 900
error_budget:
  alpha: 0.01
audit:
  share: 0.1
four_eyes:
  - id: N-FE
    title: Two people decide on half as dear parcels
    when: price >= 2500.0
queues:
  NORTH: {title: North, owner_role: northern clerk}
"""


@functools.cache
def policy(text: str = BUDGETED) -> Policy:
    return load_policy(text, name="parcel_claims.yaml", recipe=RECIPE, causes=CAUSES)


@functools.cache
def variant(text: str = VARIANT, parent: str = BUDGETED) -> Policy:
    return load_variant(text, name="north.yaml", parent=policy(parent))
