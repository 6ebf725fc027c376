"""Specification of the invoice payload and its feature row."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from features.columns import encode
from features.domains.invoice_discrepancy.features import RECIPE
from features.domains.invoice_discrepancy.payload import InvoiceDiscrepancy
from features.fields import required_fields
from features.history import History, LabelFact, entity_keys
from models.domains.invoice_discrepancy import LABELS

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
FULL: dict[str, Any] = {
    "site_id": "S1", "po_buyer": "B1", "po_id": "4500000001", "sku": "A1", "merch_category": "dairy",
    "merch_subcategory": "milk",
    "invoice_line_id": "10", "supplier_bank_account_hash": "h1", "invoiced_qty": 100, "invoice_unit_price": "44.00",
    "line_amount": "4400.00", "po_unit_price": "40.00", "ordered_qty": 80, "received_qty": 60, "rejected_qty": 6,
    "previously_invoiced_qty": 20, "asn_qty": 50, "pod_available": True, "tolerance_price_fraction": 0.05,
    "tolerance_price_amount": "500.00", "tolerance_qty_fraction": 0.5, "tolerance_qty": 10,
    "contract_unit_price": "44.00",
    "last_paid_unit_price": "55.00", "charges_amount": "44.00", "tax_amount": "440.00", "expected_tax_amount": "352.00",
    "payable_amount": "4884.00", "approval_limit_amount": "4500.00", "po_open_amount": "2200.00", "order_uom": "CS",
    "invoice_uom": "cs", "issued_on": date(2026, 3, 21), "due_on": date(2026, 4, 20), "discount_days": 10,
    "po_on": date(2026, 3, 1), "last_gr_at": NOW - timedelta(days=5), "received_at": NOW - timedelta(days=2),
    "bank_changed_at": NOW - timedelta(days=12), "created_by": "u1", "approver": "u2", "po_requester": "u1",
    "gr_poster": "u3",
    "blocking_codes": ("PP", "DQ", "KW"),
}  # fmt: skip


def make_payload(**overrides: Any) -> InvoiceDiscrepancy:
    return InvoiceDiscrepancy(**({"invoice_id": "I1", "supplier_id": "V1", "line_amount": "100.00"} | overrides))


def build(payload: InvoiceDiscrepancy, history: History | None = None, at: datetime = NOW) -> dict[str, float]:
    row = RECIPE.rows(encode([payload], as_of=[at]), history or History(RECIPE.trails))[0]
    return dict(zip(RECIPE.names, row.tolist(), strict=True))


def remember(*payloads: InvoiceDiscrepancy, at: datetime, cause: str = "", labelled_at: datetime = NOW) -> History:
    history = History(RECIPE.trails)
    columns = encode(payloads, as_of=[at] * len(payloads))
    for fact in RECIPE.facts(columns, known_at=columns.as_of.tolist()):
        history.add_case(fact)
        if cause:
            history.add_label(LabelFact(known_at=labelled_at.timestamp(), keys=fact.keys, wrong=True, cause=cause))
    return history


class TestPayload:
    def test_needs_only_the_claim_and_who_makes_it(self) -> None:
        assert required_fields(InvoiceDiscrepancy) == {"invoice_id", "supplier_id", "line_amount"}

    def test_fits_a_line_of_an_order_log(self) -> None:
        row = build(make_payload(po_id="4500", gr_count=3, po_price_change_count=1, merch_category="logistics"))
        assert (row["gr_count"], row["po_price_change_count"], row["no_po"], row["no_receipt"]) == (3.0, 1.0, 0.0, 0.0)

    @pytest.mark.parametrize("later", ["released_by", "credit_memo", "final_paid_amount", "resolution_code"])
    def test_has_no_field_for_what_is_learnt_later(self, later: str) -> None:
        with pytest.raises(ValidationError):
            make_payload(**{later: "x"})

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("po_unit_price", -1),
            ("ocr_confidence", 1.2),
            ("blocking_codes", ("ZZ",)),
            ("received_qty", -1),
            ("gr_count", -1),
        ],
    )
    def test_refuses_impossible_values(self, field: str, value: Any) -> None:
        with pytest.raises(ValidationError):
            make_payload(**{field: value})

    def test_names_every_field_in_words(self) -> None:
        assert all(field.title for field in InvoiceDiscrepancy.model_fields.values())


class TestValues:
    @pytest.mark.parametrize(
        ("feature", "expected"),
        [
            ("price_var_fraction", 0.1),
            ("price_var_amount", 400.0),
            ("price_var_in_tolerances", 2.0),  # 10 % is twice the 5 % allowed, 400 is less than 500
            ("price_vs_contract_fraction", 0.0),
            ("price_vs_last_paid_fraction", -0.2),
            ("billed_not_received_fraction", 0.6),  # 100 + 20 - 60 of 100
            ("billed_over_ordered_fraction", 0.5),
            ("ordered_excess_in_tolerances", 4.0),  # 40 over, the lower limit is 10
            ("rejected_fraction", 0.1),
            ("announced_fraction", 0.5),
            ("value_not_received", 2640.0),
            ("amount_vs_receipt_fraction", 1.75),  # 4,400 against 40 unpaid at 40
            ("uom_differs", 0.0),
            ("proof_without_receipt", 0.0),
            ("days_since_last_gr", 5.0),
            ("days_gr_to_invoice", 3.0),
            ("order_room_ratio", 0.5),
            ("hands_in_common", 1.0),
            ("approval_share", 4884 / 4500),
            ("just_below_limit", 1.0),
            ("charges_share", 0.01),
            ("tax_residual_share", 0.02),
            ("days_since_bank_change", 12.0),
            ("days_to_due", 20.0),
            ("days_to_discount_end", 0.0),
            ("block_count", 3.0),
            ("blocked_for_price", 1.0),
            ("month_end", 1.0),
        ],
    )
    def test_of_a_full_case(self, feature: str, expected: float) -> None:
        assert build(make_payload(**FULL))[feature] == pytest.approx(expected)

    def test_of_a_bare_case_are_missing_not_zero(self) -> None:
        row = build(make_payload())
        for name in ("price_var_fraction", "billed_not_received_fraction", "uom_differs", "gr_count", "approval_share"):
            assert np.isnan(row[name]), name
        assert (row["no_po"], row["no_receipt"], row["supplier_count_30d"]) == (1.0, 0.0, 0.0)
        assert row["supplier_wrong_rate"] == 0.35

    @pytest.mark.parametrize(
        ("price", "fraction", "amount", "expected"),
        [
            ("40.00", 0.0, "0.00", 0.0), ("40.01", 0.0, "500.00", 1e6), ("36.00", 0.05, "500.00", -2.0),
            ("44.00", 0.5, "100.00", 4.0), ("44.00", None, "200.00", 2.0), ("44.00", None, None, float("nan")),
        ],
    )  # fmt: skip
    def test_the_stricter_price_tolerance_counts(self, price: str, fraction: Any, amount: Any, expected: float) -> None:
        fields = FULL | {
            "invoice_unit_price": price,
            "tolerance_price_fraction": fraction,
            "tolerance_price_amount": amount,
        }
        assert build(make_payload(**fields))["price_var_in_tolerances"] == pytest.approx(expected, nan_ok=True)

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"invoice_unit_price": "480.00"}, 1.0), ({"invoice_unit_price": "3.34"}, 1.0),
            ({"invoice_unit_price": "61.00"}, 0.0),
            ({"invoice_unit_price": None, "invoiced_qty": 480}, 1.0), ({"invoice_unit_price": None,
            "invoiced_qty": None}, float("nan")),
        ],
    )  # fmt: skip
    def test_a_whole_pack_shows(self, fields: dict[str, Any], expected: float) -> None:
        assert build(make_payload(**FULL | fields))["pack_likeness"] == pytest.approx(expected, nan_ok=True)

    def test_nothing_received_with_proof_of_delivery(self) -> None:
        row = build(make_payload(**FULL | {"received_qty": 0}))
        assert (row["no_receipt"], row["proof_without_receipt"]) == (1.0, 1.0)
        assert build(make_payload(gr_count=0))["no_receipt"] == 1.0

    def test_odd_denominators_stay_finite(self) -> None:
        zeros = dict.fromkeys(
            ("po_unit_price", "invoiced_qty", "ordered_qty", "received_qty", "line_amount", "approval_limit_amount",
             "contract_unit_price", "tolerance_qty"), 0,
        )  # fmt: skip
        assert not any(np.isinf(value) for value in build(make_payload(**FULL | zeros)).values())

    def test_money_at_stake_is_line_charges_and_tax_in_the_reporting_currency(self) -> None:
        columns = encode([make_payload(**FULL), make_payload()], as_of=[NOW, NOW], fx_rates=[2.0, 1.0])
        assert RECIPE.money_at_stake(columns).tolist() == [9768.0, 100.0]


class TestHistory:
    def test_counts_only_what_was_known_strictly_before(self) -> None:
        history = remember(make_payload(**FULL), at=NOW - timedelta(days=2))
        assert build(make_payload(**FULL), history)["supplier_count_30d"] == 1.0
        assert build(make_payload(**FULL), history, NOW - timedelta(days=2))["supplier_count_30d"] == 0.0

    @pytest.mark.parametrize(
        ("fields", "feature", "expected"),
        [
            ({}, "same_number_and_amount", 1.0), ({"line_amount": "4400.01"}, "same_number_and_amount", 0.0),
            ({"invoice_line_id": "20"}, "same_number_and_amount", 1.0), ({"invoice_id": "i-001"},
            "same_number_and_amount", 1.0),
            ({"supplier_id": "V2"}, "same_number_and_amount", 0.0), ({"invoice_id": "I2"}, "same_amount_on_order", 1.0),
            ({"line_amount": "2200.00"}, "amount_vs_supplier_mean", 0.5), ({"invoice_unit_price": "46.20"},
            "price_vs_last_billed_fraction", 0.05),
            ({}, "account_age_days", 2.0), ({"supplier_bank_account_hash": "h2"}, "account_age_days", float("nan")),
            ({}, "order_count", 1.0), ({"sku": None}, "price_vs_last_billed_fraction", float("nan")),
        ],
    )  # fmt: skip
    def test_remembers_the_line_before(self, fields: dict[str, Any], feature: str, expected: float) -> None:
        history = remember(make_payload(**FULL), at=NOW - timedelta(days=2))
        assert build(make_payload(**FULL | fields), history)[feature] == pytest.approx(expected, nan_ok=True)

    def test_a_label_counts_from_when_it_became_known(self) -> None:
        late = NOW - timedelta(hours=1)
        before = make_payload(**FULL)
        history = remember(before, at=NOW - timedelta(days=9), cause="short_shipment_or_damage", labelled_at=late)
        then, now = (build(before, history, at) for at in (late, NOW))
        assert (then["supplier_wrong_rate"], now["supplier_wrong_rate"]) == pytest.approx((0.35, 1.7 / 3))
        shares = [f"{trail}_share_short_shipment_or_damage" for trail in ("supplier", "site", "lane")]
        assert [now[name] for name in shares] == pytest.approx([1.18 / 3] * 3)

    def test_outcomes_without_causes_leave_the_shares_alone(self) -> None:
        history = remember(
            make_payload(**FULL), at=NOW - timedelta(days=9), cause="none", labelled_at=NOW - timedelta(days=1)
        )
        now = build(make_payload(**FULL), history)
        assert now["supplier_wrong_rate"] == pytest.approx(1.7 / 3)
        assert now["supplier_share_receipt_not_posted"] == pytest.approx(0.22)

    @pytest.mark.parametrize(("day", "expected"), [(28, 0.0), (29, 1.0), (31, 1.0)])
    def test_month_end(self, day: int, expected: float) -> None:
        assert build(make_payload(), at=NOW.replace(day=day))["month_end"] == expected


class TestRows:
    def test_a_row_alone_equals_the_row_in_a_batch(self) -> None:
        payloads = [
            make_payload(),
            make_payload(**FULL),
            make_payload(line_amount="0.07", po_unit_price="0.03", invoice_unit_price="0.07"),
        ]
        moments = [NOW, NOW + timedelta(hours=7, microseconds=3), NOW + timedelta(days=100)]
        yesterday = NOW - timedelta(days=1)
        history = remember(*payloads, at=NOW - timedelta(days=3), cause="duplicate_invoice", labelled_at=yesterday)
        batch = RECIPE.rows(encode(payloads, as_of=moments), history)
        for row, (payload, moment) in enumerate(zip(payloads, moments, strict=True)):
            assert RECIPE.rows(encode([payload], as_of=[moment]), history).tobytes() == batch[row].tobytes()

    def test_every_source_is_a_field_a_trail_or_the_time(self) -> None:
        known = {*InvoiceDiscrepancy.model_fields, *(trail.name for trail in RECIPE.trails), "as_of"}
        assert {source for feature in RECIPE.features for source in feature.sources} <= known

    def test_trails_count_only_known_causes(self) -> None:
        assert {cause for trail in RECIPE.trails for cause in trail.causes} <= set(LABELS)

    def test_a_bare_case_leaves_a_trace_only_at_its_supplier_and_invoice(self) -> None:
        keys = entity_keys(encode([make_payload()], as_of=[NOW]), RECIPE.trails)
        assert [name for name, values in keys.items() if values[0] is not None] == ["supplier", "invoice", "claim"]
