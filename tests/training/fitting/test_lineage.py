"""Features that read what was not known yet, or what nobody declared, are refused with field, share and an example."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from toy_domain import DOMAIN
from toy_domain.payload import PriceOverride

from features.attributes.attribute_columns import Attribute, extend_recipe
from features.columns import Column, encode, field_kinds
from features.fields import Day, Instant, Payload, PlannedDay, PlannedInstant
from features.recipe import Feature, Recipe
from tests.toy_data import make_dataset
from training.fitting.lineage import LeakError, check_lineage, known_too_late, undeclared
from training.tables.dataset import Dataset
from triage.domains import BUILT_IN

DAY = 86_400.0
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Dated(Payload):
    """Four moments of a case."""

    seen_at: Instant | None = None
    seen_on: Day | None = None
    promised_at: PlannedInstant | None = None
    promised_on: PlannedDay | None = None


def dated(**late: Column) -> Dataset:
    """A hundred cases at noon whose moments lie a day before; `late` shifts a field by so many seconds against
    `as_of`."""
    toy = make_dataset(100, with_text=False)
    columns = encode([Dated()] * 100, as_of=[NOON] * 100)
    moments = dict.fromkeys(columns.numbers, columns.as_of - DAY)
    shifted = {name: columns.as_of + shift for name, shift in late.items()}
    names = tuple(moments)
    recipe = Recipe(
        payload=Dated,
        text_fields=(),
        trails=(),
        measures=lambda columns: {},
        features=tuple(Feature(name=name, title=name, family="time", sources=(name,)) for name in names),
        build=lambda columns, past: {name: columns[name] for name in names},
        money_at_stake=lambda columns: np.zeros(columns.n),
    )
    return replace(toy, recipe=recipe, columns=replace(columns, numbers=moments | shifted))


def some(seconds: float, *, cases: int) -> Column:
    """Shift the first cases; the others lie a day before `as_of`."""
    shift = np.full(100, -DAY)
    shift[:cases] = seconds
    return shift


class TestMoments:
    def test_what_lies_before_as_of_passes(self) -> None:
        check_lineage(dated())

    def test_an_instant_after_as_of_is_refused_with_share_and_example(self) -> None:
        expected = (
            r"seen_at lies after as_of in 40\.0% of the cases .* \(e\.g\. LATE-1-0: 2026-03-02 14:00, as_of "
            r"2026-03-02 12:00\)"
        )
        with pytest.raises(LeakError, match=expected):
            check_lineage(dated(seen_at=some(7200.0, cases=40)))

    def test_the_share_counts_only_cases_that_have_the_field(self) -> None:
        shift = some(7200.0, cases=1)
        shift[2:] = np.nan
        assert [late.share for late in known_too_late(dated(seen_at=shift))] == [0.5]

    def test_a_plan_may_lie_after_as_of(self) -> None:
        check_lineage(dated(promised_at=some(30 * DAY, cases=100), promised_on=some(30 * DAY, cases=100)))

    def test_a_clock_that_is_minutes_ahead_passes(self) -> None:
        check_lineage(dated(seen_at=some(240.0, cases=100)))

    def test_today_further_east_passes_and_the_day_after_does_not(self) -> None:
        check_lineage(dated(seen_on=some(DAY / 2, cases=100)))
        with pytest.raises(LeakError, match="seen_on lies after as_of in 100"):
            check_lineage(dated(seen_on=some(1.5 * DAY, cases=100)))

    def test_a_field_that_no_feature_reads_passes(self) -> None:
        dataset = dated(seen_at=some(DAY, cases=100))
        recipe = replace(dataset.recipe, features=dataset.recipe.features[1:])
        check_lineage(replace(dataset, recipe=recipe))

    def test_every_late_field_is_named_at_once(self) -> None:
        with pytest.raises(LeakError) as caught:
            check_lineage(dated(seen_at=some(DAY, cases=9), seen_on=some(9 * DAY, cases=9)))
        assert "seen_at" in str(caught.value) and "seen_on" in str(caught.value)


class TestSources:
    def with_source(self, *sources: str) -> Recipe:
        (first, *others) = DOMAIN.recipe.features
        return replace(DOMAIN.recipe, features=(replace(first, sources=sources), *others))

    @pytest.mark.parametrize("sources", [("outcome",), ("listed_price", "p_wrong"), ("attributes.region",), ()])
    def test_what_is_declared_nowhere_is_found(self, sources: tuple[str, ...]) -> None:
        assert undeclared(self.with_source(*sources)) == [("discount_share", sources[-1] if sources else "")]

    def test_fields_trails_attributes_and_as_of_are_sources(self) -> None:
        region = Attribute(name="region", kind="number")
        recipe = extend_recipe(self.with_source("listed_price", "cashier", "as_of", "attributes.region"), [region])
        assert undeclared(recipe, [region]) == []

    def test_training_refuses_them_by_name(self) -> None:
        dataset = make_dataset(50, with_text=False)
        features = (replace(dataset.recipe.features[0], sources=("truth",)), *dataset.recipe.features[1:])
        with pytest.raises(LeakError, match="late_delivery: feature value reads 'truth', which is no payload field"):
            check_lineage(replace(dataset, recipe=replace(dataset.recipe, features=features)))


class TestDeclared:
    def test_the_toy_declares_no_plan(self) -> None:
        assert [kind.name for kind in field_kinds(PriceOverride) if kind.planned] == []

    @pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
    def test_every_domain_says_where_its_features_come_from(self, domain: Any) -> None:
        assert undeclared(domain.recipe) == []
