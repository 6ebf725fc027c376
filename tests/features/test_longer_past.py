"""Specification of totals over windows longer than a year: what they say does not change because time passes."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from features.arithmetic import year_share
from features.columns import encode
from features.domains.invoice_discrepancy import features as invoice_discrepancy
from features.domains.maintenance_priority import features as maintenance_priority
from features.domains.replenishment_risk import features as replenishment_risk
from features.domains.return_fraud import features as return_fraud
from features.history import History, LabelFact
from features.recipe import Recipe

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
STEP = timedelta(days=5)
STEPS_PER_YEAR = 73


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity by its domain, a case of it, and a cause that makes acting straight through wrong and one that does
    not."""

    recipe: Recipe
    case: dict[str, Any]
    wrong: str
    right: str

    def row(self, *, steps: int) -> dict[str, float]:
        """Build a case of the entity after two cases every five days, one wrong and one right."""
        history = History(self.recipe.trails)
        for step in range(1, steps + 1):
            columns = encode([self.recipe.payload(**self.case)], as_of=[NOW - step * STEP])
            (fact,) = self.recipe.facts(columns, known_at=columns.as_of.tolist())
            for cause in (self.wrong, self.right):
                history.add_case(fact)
                label = LabelFact(known_at=fact.known_at, keys=fact.keys, wrong=cause == self.wrong, cause=cause)
                history.add_label(label)
        values = self.recipe.rows(encode([self.recipe.payload(**self.case)], as_of=[NOW]), history)[0]
        return dict(zip(self.recipe.names, values.tolist(), strict=True))


HOUSEHOLD = Entity(
    recipe=return_fraud.RECIPE,
    case={
        "claim_type": "return", "channel": "store", "sku": "A1", "qty_claimed": 1, "refund_amount": "80.00",
        "customer_id_hash": "C1", "address_hash": "H1",
    },
    wrong="wardrobing", right="legitimate",
)  # fmt: skip
LANE = Entity(
    recipe=invoice_discrepancy.RECIPE,
    case={"invoice_id": "I1", "supplier_id": "V1", "line_amount": "100.00", "site_id": "S1"},
    wrong="duplicate_invoice",
    right="receipt_not_posted",
)
ASSET = Entity(
    recipe=maintenance_priority.RECIPE,
    case={"site_id": "S1", "reported_at": NOW - timedelta(days=1), "description": "unit is down", "asset_id": "A1"},
    wrong="refrigeration_temp",
    right="hvac_comfort",
)
ITEM_AT_SITE = Entity(
    recipe=replenishment_risk.RECIPE,
    case={"sku": "A", "on_hand": 40, "site_id": "S1"},
    wrong="phantom_inventory",
    right="supplier_late",
)


@pytest.mark.parametrize(
    ("age_days", "share"),
    [(math.nan, 1.0), (0.0, 1.0), (364.9, 1.0), (365.0, 1.0), (730.0, 0.5), (1095.0, 1 / 3), (4000.0, 1 / 3)],
)
def test_the_share_that_makes_a_year(age_days: float, share: float) -> None:
    assert year_share(np.array([age_days]), within_days=1095).tolist() == [share]


@pytest.mark.parametrize(
    ("entity", "prefixes", "count", "age"),
    [
        (HOUSEHOLD, ("household_", "customer_"), "household_returns_yearly", "household_known_days"),
        (LANE, ("lane_",), "lane_yearly", "lane_known_days"),
    ],
    ids=["household", "lane"],
)
class TestCountedAsAYear:
    def test_two_and_four_years_at_one_pace_say_what_one_says(
        self, entity: Entity, prefixes: tuple[str, ...], count: str, age: str
    ) -> None:
        one, *longer = (entity.row(steps=years * STEPS_PER_YEAR) for years in (1, 2, 4))
        names = [name for name in entity.recipe.names if name.startswith(prefixes)]
        assert {count, age} < set(names)
        for known_longer in longer:
            assert [known_longer[name] for name in names] == pytest.approx([one[name] for name in names], nan_ok=True)

    def test_within_a_year_all_counts(self, entity: Entity, prefixes: tuple[str, ...], count: str, age: str) -> None:
        seen = entity.row(steps=20)
        assert (seen[count], seen[age]) == (40.0, 100.0)

    def test_who_was_never_seen_has_no_age(
        self, entity: Entity, prefixes: tuple[str, ...], count: str, age: str
    ) -> None:
        unseen = entity.row(steps=0)
        assert unseen[count] == 0.0
        assert math.isnan(unseen[age])


@pytest.mark.parametrize(
    ("entity", "pace"), [(ASSET, "asset_failures_per_year"), (ITEM_AT_SITE, "sku_site_days_between_flags")]
)
def test_a_pace_does_not_fade_once_the_window_is_full(entity: Entity, pace: str) -> None:
    full, overfull = (entity.row(steps=years * STEPS_PER_YEAR) for years in (3, 6))
    assert overfull[pace] == full[pace]
