"""A cause that settles whether acting straight through was wrong is not believed beside a ruling that says
otherwise."""

import pytest

from models.heads import Heads
from triage.domains import BUILT_IN

HEADS = {card.name: card.heads for card in BUILT_IN}


@pytest.mark.parametrize(
    ("domain", "cause", "wrong", "contradicts"),
    [
        ("return_fraud", "legitimate", True, True),
        ("return_fraud", "legitimate", False, False),
        ("return_fraud", "stolen_merchandise", False, True),
        ("return_fraud", "stolen_merchandise", True, False),
        ("return_fraud", "wardrobing", False, False),
        ("return_fraud", "wardrobing", True, False),
        ("return_fraud", "legitimate", None, False),
        ("return_fraud", None, True, False),
        ("invoice_discrepancy", "suspected_fraud", False, True),
        ("invoice_discrepancy", "duplicate_invoice", False, True),
        ("invoice_discrepancy", "over_shipment", False, False),
        ("replenishment_risk", "false_alarm", True, True),
        ("replenishment_risk", "phantom_inventory", False, False),
        ("maintenance_priority", "fire_life_safety", False, False),
    ],
)
def test_what_cannot_both_be_true(domain: str, cause: str | None, wrong: bool | None, contradicts: bool) -> None:
    assert (HEADS[domain].contradiction(cause, wrong) is not None) is contradicts


def test_it_says_what_contradicts_and_what_to_do() -> None:
    assert HEADS["return_fraud"].contradiction("legitimate", True) == (
        "contradicts 'wrong': with 'Honest return' acting straight through is never wrong; "
        "name the cause that made it wrong, or say that it was right"
    )


@pytest.mark.parametrize("heads", HEADS.values(), ids=HEADS)
def test_only_known_causes_settle_it_and_none_both_ways(heads: Heads) -> None:
    settled = (*heads.never_wrong, *heads.always_wrong)
    assert set(settled) <= set(heads.labels)
    assert len(set(settled)) == len(settled)
