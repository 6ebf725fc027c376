"""The arithmetic rules find what does not add up, and forgive what rounding explains."""

from decimal import Decimal
from typing import Any

import pytest

from features.documents.building import build_document
from features.documents.en16931 import check_arithmetic

VAT = {"category": "S", "rate": "19"}
LINES: list[dict[str, Any]] = [
    {"line_id": "1", "quantity": "3", "price": "33.33", "net": "99.99", "vat_category": "S", "vat_rate": "19"},
    {"line_id": "2", "quantity": "-1", "price": "9.99", "net": "-9.99", "vat_category": "S", "vat_rate": "19"},
]
TOTALS = {"lines": "90.00", "allowances": "10.00", "charges": "5.00", "net": "85.00", "vat": "16.15", "gross": "101.15",
          "prepaid": "20.00", "rounding": "0.05", "payable": "81.20"}  # fmt: skip
USUAL: dict[str, Any] = {
    "kind": "invoice", "number": "R-1", "lines": LINES, "totals": TOTALS,
    "adjustments": [
        {"amount": "10.00", "is_charge": False, "vat_category": "S", "vat_rate": "19"},
        {"amount": "5.00", "is_charge": True, "vat_category": "S", "vat_rate": "19"},
    ],
    "vat": [VAT | {"basis": "85.00", "tax": "16.15"}],
}  # fmt: skip


def broken(**changes: Any) -> list[str]:
    return [each.rule for each in check_arithmetic(build_document(USUAL | changes))]


def totals(**changes: str) -> dict[str, str]:
    return TOTALS | changes


def test_an_invoice_with_all_of_it_adds_up() -> None:
    assert broken() == []


@pytest.mark.parametrize(
    ("name", "wrong", "rule"),
    [
        ("lines", "91.00", "BR-CO-10"),
        ("allowances", "11.00", "BR-CO-11"),
        ("charges", "6.00", "BR-CO-12"),
        ("net", "85.01", "BR-CO-13"),
        ("vat", "16.16", "BR-CO-14"),
        ("gross", "101.16", "BR-CO-15"),
        ("payable", "81.15", "BR-CO-16"),
    ],
)
def test_a_wrong_sum_breaks_its_rule(name: str, wrong: str, rule: str) -> None:
    assert rule in broken(totals=totals(**{name: wrong}))


def test_the_tax_of_a_rate_is_forgiven_a_rounding_of_each_line_and_no_more() -> None:
    tax = [VAT | {"basis": "85.00", "tax": "16.17"}]
    assert broken(vat=tax, totals=totals(vat="16.17", gross="101.17", payable="81.22")) == []
    tax = [VAT | {"basis": "85.00", "tax": "16.18"}]
    assert broken(vat=tax, totals=totals(vat="16.18", gross="101.18", payable="81.23")) == ["BR-CO-17"]


def test_what_is_taxed_is_the_sum_of_its_lines() -> None:
    assert broken(vat=[VAT | {"basis": "80.00", "tax": "15.20"}], totals=totals(vat="15.20", gross="100.20",
                  payable="80.25")) == ["BR-S-08"]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"net": "100.02"}, ["PEPPOL-EN16931-R120"]),
        ({"net": "100.00"}, []),
        ({"price": "333.30", "price_base_quantity": "10"}, []),
        ({"price_base_quantity": "0"}, ["PEPPOL-EN16931-R121"]),
        ({"net": "94.99", "adjustments": [{"amount": "5.00", "is_charge": False}]}, []),
        ({"net": "99.83", "quantity": "74391833", "price": "0.134195", "price_base_quantity": "100000"}, []),
    ],
)
def test_a_line_is_quantity_times_price_of_its_base(changes: dict[str, Any], rules: list[str]) -> None:
    document = build_document({"kind": "invoice", "number": "R-1", "lines": [LINES[0] | changes]})
    assert [each.rule for each in check_arithmetic(document)] == rules


def test_a_finding_says_both_numbers() -> None:
    (found,) = check_arithmetic(build_document(USUAL | {"totals": totals(payable="81.15")}))
    assert (found.stated, found.computed) == (Decimal("81.15"), Decimal("81.20"))
    assert found.sentence == "The amount due: stated 81.15, computed 81.20 (BR-CO-16)"


def test_what_is_not_stated_breaks_no_rule_and_orders_have_none() -> None:
    assert broken(totals={}, vat=[]) == []
    assert broken(kind="order", totals=totals(net="1")) == []
