"""What matches order and receipt is matched, what may still come is waited for, and the rest is named."""

from typing import Any

import pytest

from features.documents.match_result import EarlierBill, MatchResult, MatchRules
from features.documents.three_way_match import Related, match_bill, similarity, sum_shares
from features.documents.trade_document import TradeDocument
from tests.features.documents.bills import bill, order, receipt

EXACT = MatchRules(price_fraction=0.0, price_amount=0.0)
ORDERED = order({"line_id": "10", "gtin": "4001"})
RECEIVED = receipt({"gtin": "4001"})


def matched(
    document: TradeDocument,
    *,
    orders: tuple[TradeDocument, ...] = (ORDERED,),
    receipts: tuple[TradeDocument, ...] = (RECEIVED,),
    rules: MatchRules = EXACT,
    final: bool = False,
    **more: Any,
) -> MatchResult:
    return match_bill(document, Related(orders=orders, receipts=receipts, **more), rules, final=final)


def problems(document: TradeDocument, **more: Any) -> tuple[str, ...]:
    return matched(document, **more).all_problems


def test_a_bill_of_what_was_ordered_and_received_is_matched() -> None:
    found = matched(bill({"gtin": "4001"}))
    assert (found.state, found.all_problems) == ("matched", ())
    assert sum_shares([found]) == {"po1#10": 10}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"price": "5.01"}, "price_above_order"),
        ({"price": "4.00"}, None),
        ({"quantity": 11}, "billed_over_ordered"),
        ({"quantity": 9}, None),
        ({"unit": "CS"}, "unit_unknown"),
        ({"unit": "DZN", "quantity": "0.5", "price": "60.00"}, None),
        ({"unit": "DZN", "quantity": "0.5", "price": "66.00"}, "price_above_order"),
        ({"price": "50.00", "price_base_quantity": "10"}, None),
        ({"adjustments": [{"amount": "3", "is_charge": True}]}, "unplanned_charge"),
        ({"adjustments": [{"amount": "3", "is_charge": False}]}, None),
        ({"price": None, "net": None}, "price_unknown"),
        ({"gtin": "4999", "price": "99"}, "not_on_order"),
    ],
)
def test_a_line_that_differs_is_named(line: dict[str, Any], problem: str | None) -> None:
    found = problems(bill({"gtin": "4001"} | line))
    assert problem in found if problem else found == ()


def test_of_two_tolerances_the_lower_holds() -> None:
    dearer = bill({"gtin": "4001", "price": "5.10"})
    assert problems(dearer, rules=MatchRules(price_fraction=0.02, price_amount=1.0)) == ()
    assert problems(dearer, rules=MatchRules(price_fraction=0.01, price_amount=100.0)) == ("price_above_order",)
    assert problems(dearer, rules=MatchRules(price_fraction=0.5, price_amount=0.99)) == ("price_above_order",)


def test_a_missing_receipt_is_waited_for_until_it_is_final() -> None:
    document = bill({"gtin": "4001"})
    assert matched(document, receipts=()).state == "waiting"
    assert matched(document, receipts=(), final=True).state == "exception"
    assert matched(document, receipts=(), rules=MatchRules(match="two_way")).state == "matched"
    part = receipt({"gtin": "4001", "quantity": 8})
    assert (matched(document, receipts=(part,)).state, problems(document, receipts=(part,))) == (
        "waiting", ("billed_over_received",)
    )  # fmt: skip


def test_nothing_is_waited_for_where_no_more_is_coming() -> None:
    last = receipt({"gtin": "4001", "quantity": 8}, complete=True)
    assert matched(bill({"gtin": "4001"}), receipts=(last,)).state == "exception"


def test_rejected_goods_are_not_received() -> None:
    damaged = receipt({"gtin": "4001", "rejected_quantity": 1}, complete=True)
    assert problems(bill({"gtin": "4001"}), receipts=(damaged,)) == ("billed_over_received",)
    assert problems(bill({"gtin": "4001", "quantity": 9}), receipts=(damaged,)) == ()


def test_receipts_add_up() -> None:
    parts = (receipt({"gtin": "4001", "quantity": 4}), receipt({"gtin": "4001", "quantity": 6}, number="GR-2"))
    found = matched(bill({"gtin": "4001"}), receipts=parts)
    assert (found.state, found.lines[0].receipt_count) == ("matched", 2)


def test_what_was_billed_before_counts() -> None:
    assert problems(bill({"gtin": "4001", "quantity": 4}), before={"po1#10": 6}) == ()
    assert problems(bill({"gtin": "4001", "quantity": 5}), before={"po1#10": 6}) == (
        "billed_over_ordered", "billed_over_received"
    )  # fmt: skip


def test_an_order_that_is_not_known_is_waited_for_and_none_at_all_is_not() -> None:
    document = bill({"gtin": "4001"})
    assert (matched(document, orders=(), receipts=()).state, problems(document, orders=(), receipts=())) == (
        "waiting", ("order_unknown",)
    )  # fmt: skip
    freight = bill({"gtin": "4001"}, adjustments=[{"amount": "3", "is_charge": True}])
    assert matched(freight, orders=(), receipts=()).state == "waiting", "its order may plan the charge"
    without = bill({"gtin": "4001"}, order_ids=[])
    assert (matched(without, orders=()).state, problems(without, orders=())) == ("exception", ("no_order",))


def test_one_line_that_bills_several_orders() -> None:
    orders = (
        order({"line_id": "10", "gtin": "4001"}),
        order({"line_id": "10", "gtin": "4001", "quantity": 5}, number="PO-2"),
    )
    receipts = (RECEIVED, receipt({"gtin": "4001", "quantity": 5}, number="GR-2", order="PO-2"))
    both = bill({"gtin": "4001", "quantity": 15}, order_ids=["PO-1", "PO-2"])
    found = matched(both, orders=orders, receipts=receipts)
    assert found.state == "matched"
    assert sum_shares([found]) == {"po1#10": 10, "po2#10": 5}


def test_two_lines_of_one_order_line_are_added_up() -> None:
    halves = bill({"gtin": "4001", "quantity": 5}, {"gtin": "4001", "quantity": 5})
    assert matched(halves).state == "matched"
    assert problems(bill({"gtin": "4001", "quantity": 6}, {"gtin": "4001", "quantity": 5})) == (
        "billed_over_ordered", "billed_over_received"
    )  # fmt: skip


def test_a_deduction_that_no_order_has_costs_nobody_anything() -> None:
    assert problems(bill({"gtin": "4001"}, {"description": "Loyalty", "quantity": -1, "price": "3"})) == ()


def test_a_credit_note_gives_back_what_was_billed() -> None:
    credit = bill({"gtin": "4001", "quantity": 4}, kind="credit_note")
    found = matched(credit, before={"po1#10": 10})
    assert (found.state, sum_shares([found])) == ("matched", {"po1#10": -4})
    assert problems(credit) == ("credited_over_billed",)
    assert problems(bill({"gtin": "4001", "price": "4.50"}, kind="credit_note"), before={"po1#10": 10}) == (
        "credit_below_order",
    )


def test_charges_of_the_head_are_planned_by_the_order_or_named() -> None:
    freight = [{"amount": "30", "is_charge": True}]
    assert problems(bill({"gtin": "4001"}, adjustments=freight)) == ("unplanned_charge",)
    assert problems(bill({"gtin": "4001"}, adjustments=freight), rules=MatchRules(charge_amount=30.0)) == ()
    planned = order({"line_id": "10", "gtin": "4001"}, adjustments=freight)
    assert problems(bill({"gtin": "4001"}, adjustments=freight), orders=(planned,)) == ()


def test_the_order_of_somebody_else() -> None:
    other = order({"gtin": "4001"}, supplier={"ids": ["V2"], "name": "Quite Another Ltd"})
    assert "supplier_differs" in problems(bill({"gtin": "4001"}), orders=(other,))
    renumbered = order({"gtin": "4001"}, supplier={"ids": ["V2"], "name": "Mill & Sons"})
    assert problems(bill({"gtin": "4001"}), orders=(renumbered,)) == ()


def test_another_currency() -> None:
    assert problems(bill({"gtin": "4001"}, currency="USD")) == ("currency_differs",)


def test_a_bill_that_does_not_add_up_is_no_match() -> None:
    found = matched(bill({"gtin": "4001", "net": "50.00"}, totals={"lines": "51.00", "payable": "51.00"}))
    assert (found.state, found.problems) == ("exception", ("arithmetic",))
    assert found.findings == ("The sum of the lines: stated 51.00, computed 50.00 (BR-CO-10)",)


def test_the_likeness_of_bills() -> None:
    first = bill({}, number="R-100", totals={"payable": "50"}, issued_on="2026-03-02")
    again = first.model_copy(update={"number": "R100"})
    copy = first.model_copy(update={"number": "R-100/1"})
    following = first.model_copy(update={"number": "R-101"})
    credit = first.model_copy(update={"kind": "credit_note"})
    assert similarity(first, again) == 1.0
    assert 0.75 <= similarity(first, copy) < 1.0
    assert similarity(first, following) == pytest.approx(0.6), "numbers in a row are no copies"
    assert similarity(first, credit) == 0.0


def test_a_bill_like_an_earlier_one_is_named() -> None:
    closest = EarlierBill(document_id="d", number="R-1", similarity=0.8)
    assert problems(bill({"gtin": "4001"}), closest=closest) == ("duplicate",)
    assert problems(bill({"gtin": "4001"}), closest=closest, rules=MatchRules(duplicate_similarity=0.81)) == ()
