"""A customer's own columns: what is remembered along entities, and which pieces of words a text holds."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features.attributes.attribute_columns import Attribute, add_attributes, extend_recipe
from features.attributes.attribute_text import piece_columns, pieces
from features.columns import Column, encode
from features.domains.replenishment_risk.features import RECIPE
from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.history import History, LabelFact, entity_keys
from training.tables.learn_attributes import MAX_PIECES, telling_pieces, usual_rates
from training.tables.reader import read_table
from triage.domains import domains

DAY = 86_400.0
SHOP = Attribute(
    name="shop", kind="entity", windows_days=(2, 30), prior=0.1, strength=4.0, causes=("late",), cause_priors=(0.05,)
)
HOURS = Attribute(name="hours", kind="number", along=("shop",))


def rows_of(own: list[dict[str, object]], labels: list[LabelFact]) -> dict[str, Column]:
    """Build the feature columns of cases one day apart."""
    recipe = extend_recipe(RECIPE, (SHOP, HOURS))
    payloads = [ReplenishmentRisk(sku="1", on_hand=0) for _ in own]
    columns = encode(payloads, as_of=[datetime(2026, 1, 1 + day, tzinfo=UTC) for day in range(len(own))])
    columns, _ = add_attributes(columns, own, (SHOP, HOURS))
    history = History(recipe.trails)
    for fact in recipe.facts(columns, known_at=columns.as_of.tolist()):
        history.add_case(fact)
    keys = entity_keys(columns, recipe.trails)
    for row, label in enumerate(labels):
        own_keys = {trail: key for trail, values in keys.items() if (key := values[row]) is not None}
        known_at = float(columns.as_of[row]) + label.known_at
        history.add_label(LabelFact(known_at=known_at, keys=own_keys, wrong=label.wrong, cause=label.cause))
    matrix = recipe.rows(columns, history)
    return {name: matrix[:, at] for at, name in enumerate(recipe.names)}


def label(wrong: bool, days: float, cause: str | None = None) -> LabelFact:
    return LabelFact(known_at=days * DAY, keys={}, wrong=wrong, cause=cause)


class TestAlong:
    def test_earlier_values_are_last_mean_and_change(self) -> None:
        found = rows_of([{"shop": "A", "hours": 4.0}, {"shop": "A"}, {"shop": "A", "hours": 7.5}, {"shop": "B"}], [])
        name = "attribute_hours_along_shop"
        np.testing.assert_array_equal(found[f"{name}_last"], [np.nan, 4.0, np.nan, np.nan])
        np.testing.assert_array_equal(found[f"{name}_mean_30d"], [np.nan, 4.0, 4.0, np.nan])
        np.testing.assert_array_equal(found[f"{name}_change"], [np.nan, np.nan, 3.5, np.nan])

    def test_what_is_wrong_stands_against_all_cases_of_the_time(self) -> None:
        own: list[dict[str, object]] = [{"shop": "A"}, {"shop": "B"}, {"shop": "A"}, {"shop": "A"}]
        found = rows_of(own, [label(True, 1.5, "late"), label(False, 0.5)])
        # At the third case the first label, of day 1.5, and the second, of day 1.5, are known; before, nothing is.
        usual = (1 + 0.1 * 20) / (2 + 20)
        assert found["attribute_shop_wrong_excess_30d"][:2].tolist() == [0.0, 0.0]
        assert found["attribute_shop_wrong_excess_30d"][2] == pytest.approx((1 + usual * 4) / 5 - usual)
        assert found["attribute_shop_late_rate"][2] == pytest.approx((1 + 0.05 * 4) / 5)
        assert found["attribute_shop_open"].tolist() == [0.0, 0.0, 0.0, 1.0]


class TestText:
    def test_typing_errors_and_compounds_share_pieces(self) -> None:
        assert "_rad" in pieces("RADIATR hose") & pieces("radiator")
        assert "bucke" in pieces("Bucketteeth") & pieces("L/H BUCKET")

    def test_a_missing_text_is_missing_not_silent(self) -> None:
        (column,) = piece_columns(["Oil leak", None, "bolt"], ["leak"])
        np.testing.assert_array_equal(column, [1.0, np.nan, 0.0])

    def test_pieces_that_tell_classes_apart_come_first(self) -> None:
        texts = ["replace engine", "replace bucket"] * 10 + [f"replace thing{at % 7}" for at in range(20)]
        chosen = telling_pieces(texts, ["e", "b"] * 10 + ["o"] * 20)
        assert len(chosen) <= MAX_PIECES
        assert any("ngine" in piece for piece in chosen) and not any("repl" in piece for piece in chosen)


class TestUsualRates:
    def test_entities_that_are_alike_weigh_little_by_themselves(self) -> None:
        keys = [str(at % 10) for at in range(400)]
        alike = usual_rates(keys, [at // 10 % 5 == 0 for at in range(400)])
        apart = usual_rates(keys, [at % 10 < 2 for at in range(400)])
        assert alike[0] == pytest.approx(apart[0], abs=0.01) and alike[1] > 50 > 2 > apart[1]

    def test_nothing_known_is_no_error(self) -> None:
        assert usual_rates([], []) == (0.5, 5.0)


def test_a_table_teaches_its_attributes_from_the_earlier_part_only(tmp_path: Path) -> None:
    lines = ["exception_id,as_of,sku,on_hand,cell,shop"]
    lines += [
        f"{at},2026-01-{1 + at // 40:02d}T{at % 24:02d}:00:00Z,1,0,{int(at % 4 == 0)},{at % 3}" for at in range(400)
    ]
    # The latest fifth is all wrong, which nobody can have known.
    lines = [line.replace(",0,0,", ",0,1,") if at > 320 else line for at, line in enumerate(lines)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    text = """\
domain: replenishment_risk
exception_id: exception_id
as_of: as_of
payload: {sku: sku, on_hand: on_hand}
attributes:
  shop: {column: shop, kind: entity, windows_days: [3, 9]}
labels: {wrong: cell, known_at: {days_after_as_of: 1}}
"""
    from training.tables.mapping import read_mapping

    domain = domains("")["replenishment_risk"]
    table = read_table(path, domain=domain, mapping=read_mapping(text, name="m.yaml", domain=domain))
    (shop,) = table.dataset.attributes
    assert shop.windows_days == (3, 9) and shop.prior == pytest.approx(0.25, abs=0.02)
