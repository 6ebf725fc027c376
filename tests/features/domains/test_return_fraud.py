"""Specification of the return-fraud payload and its feature row."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from features.columns import encode
from features.domains.return_fraud.features import RECIPE, money_at_stake
from features.domains.return_fraud.payload import ReturnFraud
from features.fields import required_fields
from features.history import History, LabelFact, entity_keys
from models.domains.return_fraud import LABELS

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday


def make_payload(**overrides: Any) -> ReturnFraud:
    plain = {"claim_type": "return", "channel": "store", "sku": "A1", "qty_claimed": 1, "refund_amount": "80.00"}
    return ReturnFraud(**(plain | overrides))


FULL: dict[str, Any] = {
    "site_id": "S1", "customer_id_hash": "C1", "tender_hash": "T1", "device_hash": "D1", "address_hash": "H1",
    "phone_hash": "P1",
    "associate_id_hash": "E1", "original_txn_id": "X1", "label_tracking_id": "1Z1", "reason_text": "too small",
    "category": "footwear",
    "has_receipt": True, "qty_purchased": 3, "qty_already_returned": 1, "unit_price_paid": "80.00",
    "unit_price_current": "60.00",
    "unit_discount": "20.00", "purchased_at": NOW - timedelta(days=40), "return_window_days": 30,
    "customer_spend_365d": "400.00",
    "refund_tender": "cash", "original_tender": "card", "carrier_weight_g": 310, "expected_weight_g": 1240,
    "serial_number_sold": "SN1", "serial_number_returned": "SN2", "purchase_site_id": "S2", "item_entry": "keyed",
}  # fmt: skip


def build(payload: ReturnFraud, history: History | None = None, at: datetime = NOW) -> dict[str, float]:
    row = RECIPE.rows(encode([payload], as_of=[at]), history or History(RECIPE.trails))[0]
    return dict(zip(RECIPE.names, row.tolist(), strict=True))


def remember(
    *payloads: ReturnFraud, at: datetime, cause: str | None = None, labelled_at: datetime | None = None
) -> History:
    history = History(RECIPE.trails)
    columns = encode(payloads, as_of=[at] * len(payloads))
    for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
        history.add_case(fact)
        if cause is not None and labelled_at is not None:
            wrong = cause != "legitimate"
            history.add_label(LabelFact(known_at=labelled_at.timestamp(), keys=fact.keys, wrong=wrong, cause=cause))
    return history


class TestPayload:
    def test_needs_only_what_a_return_makes_no_sense_without(self) -> None:
        assert required_fields(ReturnFraud) == {"claim_type", "channel", "sku", "qty_claimed", "refund_amount"}

    @pytest.mark.parametrize("leak", ["inspection_result", "chargeback", "gender", "age", "nationality"])
    def test_has_no_field_for_later_findings_nor_for_protected_attributes(self, leak: str) -> None:
        with pytest.raises(ValidationError):
            make_payload(**{leak: "x"})

    @pytest.mark.parametrize(
        ("field", "value"), [("refund_amount", -1e13), ("claim_type", "theft"), ("qty_claimed", "two")]
    )
    def test_refuses_impossible_values(self, field: str, value: Any) -> None:
        with pytest.raises(ValidationError):
            make_payload(**{field: value})

    @pytest.mark.parametrize(("pieces", "money"), [(-1, "-25.00"), (1, "-25.00"), (-1, "25.00"), (1, "25.00")])
    def test_a_minus_of_what_goes_back_is_left_out(self, pieces: int, money: str) -> None:
        payload = make_payload(qty_claimed=pieces, refund_amount=money)
        assert (payload.qty_claimed, payload.refund_amount) == (1, Decimal("25.00"))

    def test_names_every_field_in_words(self) -> None:
        assert all(field.title and field.description for field in ReturnFraud.model_fields.values())


class TestValues:
    @pytest.mark.parametrize(
        ("feature", "expected"),
        [
            ("refund_to_paid", 1.0),
            ("price_change", 0.75),
            ("discount_share", 0.2),
            ("qty_left_over", 1.0),  # 3 - (1 + 1)
            ("claimed_share", 2 / 3),
            ("days_to_return", 40.0),
            ("days_past_window", 10.0),
            ("weight_gap", 0.75),
            ("serial_mismatch", 1.0),
            ("foreign_site", 1.0),
            ("tender_differs", 1.0),
            ("worn_after_weekend", 1.0),
            ("reason_length", 9.0),
            ("weekday", 0.0),
            ("month", 3.0),
            ("receipt_line_excess_qty", -2.0),
        ],
    )
    def test_of_a_full_case(self, feature: str, expected: float) -> None:
        assert build(make_payload(**FULL))[feature] == pytest.approx(expected)

    def test_of_a_bare_case_are_missing_not_zero(self) -> None:
        row = build(make_payload())
        for name in (
            "refund_to_paid",
            "days_to_return",
            "weight_gap",
            "serial_mismatch",
            "tender_differs",
            "has_receipt",
        ):
            assert np.isnan(row[name]), name
        assert row["customer_returns_30d"] == 0.0

    def test_store_credit_is_not_another_tender(self) -> None:
        assert build(make_payload(**FULL | {"refund_tender": "store_credit"}))["tender_differs"] == 0.0

    @pytest.mark.parametrize(
        ("refund", "expected"), [("179.99", 0.0), ("180.00", 1.0), ("199.99", 1.0), ("200.00", 0.0)]
    )
    def test_just_under_the_limit(self, refund: str, expected: float) -> None:
        assert build(make_payload(refund_amount=refund))["just_under_limit"] == expected

    def test_odd_denominators_stay_quiet(self) -> None:
        odd = {
            "unit_price_paid": 0,
            "unit_discount": 0,
            "qty_purchased": 0,
            "expected_weight_g": 0,
            "customer_spend_365d": 0,
        }
        row = build(make_payload(**FULL | odd))
        assert not any(np.isinf(value) for value in row.values())

    def test_proof_of_delivery_counts_only_against_a_not_received_claim(self) -> None:
        assert build(make_payload(delivery_proof="signature"))["claim_against_proof"] == 0.0
        assert build(make_payload(claim_type="inr", delivery_proof="signature"))["claim_against_proof"] == 4.0

    def test_says_what_the_reason_speaks_of(self) -> None:
        row = build(make_payload(reason_text="Worn to a Wedding, lost the receipt"))
        assert {name for name, value in row.items() if name.startswith("speaks_of_") and value == 1.0} == {
            "speaks_of_occasion", "speaks_of_no_receipt",
        }  # fmt: skip
        assert math.isnan(build(make_payload())["speaks_of_occasion"])

    def test_money_at_stake_is_the_refund(self) -> None:
        columns = encode([make_payload()], as_of=[NOW], fx_rates=[1.5])
        assert money_at_stake(columns).tolist() == [120.0]


class TestHistory:
    def test_counts_only_what_was_known_strictly_before(self) -> None:
        history = remember(make_payload(**FULL), at=NOW - timedelta(days=2))
        assert build(make_payload(**FULL), history, NOW)["customer_returns_30d"] == 1.0
        assert build(make_payload(**FULL), history, NOW - timedelta(days=2))["customer_returns_30d"] == 0.0

    @pytest.mark.parametrize(
        ("feature", "expected"),
        [
            ("customer_value_365d", 160.0), ("customer_return_share", 0.4), ("tender_returns_30d", 2.0),
            ("device_returns_30d", 2.0),
            ("receipt_returns_365d", 2.0), ("receipt_line_excess_qty", 0.0), ("tracking_seen_365d", 2.0),
            ("wording_seen_30d", 2.0),
            ("associate_refund_share", 1.0), ("associate_keyed_rate", 3 / 22), ("associate_tender_returns_90d", 2.0),
            ("other_site_returns_7d", 0.0), ("address_others_30d", 0.0), ("refund_to_sku_mean", 1.0),
        ],
    )  # fmt: skip
    def test_adds_up_two_earlier_returns(self, feature: str, expected: float) -> None:
        history = remember(make_payload(**FULL), make_payload(**FULL), at=NOW - timedelta(days=1))
        assert build(make_payload(**FULL), history)[feature] == pytest.approx(expected)

    def test_tells_other_sites_and_other_people_apart(self) -> None:
        elsewhere = make_payload(**FULL | {"site_id": "S9"})
        stranger = make_payload(**FULL | {"customer_id_hash": "C2"})
        row = build(make_payload(**FULL), remember(elsewhere, stranger, at=NOW - timedelta(days=1)))
        assert (row["other_site_returns_7d"], row["address_others_30d"]) == (1.0, 1.0)

    def test_a_household_is_followed_from_one_customer_number_to_the_next(self) -> None:
        before, known = NOW - timedelta(days=20), NOW - timedelta(days=2)
        history = remember(make_payload(**FULL), at=before, cause="receipt_fraud", labelled_at=known)
        row = build(make_payload(**FULL | {"customer_id_hash": "C2"}), history)
        assert (row["household_returns_yearly"], row["household_wrong_yearly"], row["household_fraud_yearly"]) == (
            1.0,
            1.0,
            1.0,
        )
        assert (row["household_known_days"], row["new_customer_at_address"]) == (20.0, 1.0)
        no_address = build(make_payload(**FULL | {"address_hash": None}), history)
        assert (no_address["household_returns_yearly"], no_address["new_customer_at_address"]) == (1.0, 0.0)

    def test_a_label_counts_from_when_it_became_known(self) -> None:
        late = NOW - timedelta(hours=1)
        history = remember(make_payload(**FULL), at=NOW - timedelta(days=9), cause="wardrobing", labelled_at=late)
        assert build(make_payload(**FULL), history, late)["customer_wrong_rate"] == pytest.approx(0.09)
        assert build(make_payload(**FULL), history, NOW)["customer_wrong_rate"] == pytest.approx(1.27 / 4)
        assert build(make_payload(**FULL), history, NOW)["customer_wardrobing_rate"] == pytest.approx(1.09 / 4)


class TestRows:
    def test_a_row_alone_equals_the_row_in_a_batch(self) -> None:
        payloads = [
            make_payload(),
            make_payload(**FULL),
            make_payload(refund_amount="0.07", claim_type="inr", **{"site_id": "S1"}),
        ]
        at = [NOW, NOW + timedelta(hours=7), NOW + timedelta(days=100)]
        history = remember(
            *payloads, at=NOW - timedelta(days=3), cause="receipt_fraud", labelled_at=NOW - timedelta(days=1)
        )
        batch = RECIPE.rows(encode(payloads, as_of=at), history)
        for row, (payload, moment) in enumerate(zip(payloads, at, strict=True)):
            alone = RECIPE.rows(encode([payload], as_of=[moment]), history)
            assert alone.tobytes() == batch[row].tobytes()

    def test_every_source_is_a_field_or_a_trail(self) -> None:
        known = set(ReturnFraud.model_fields) | {trail.name for trail in RECIPE.trails} | {"as_of"}
        assert {source for feature in RECIPE.features for source in feature.sources} <= known

    def test_trails_count_only_known_causes(self) -> None:
        assert {cause for trail in RECIPE.trails for cause in trail.causes} <= set(LABELS)

    def test_a_case_without_keys_leaves_no_trace(self) -> None:
        keys = entity_keys(encode([make_payload()], as_of=[NOW]), RECIPE.trails)
        assert [name for name, values in keys.items() if values[0] is not None] == ["sku"]
