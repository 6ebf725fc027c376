"""Lines are paired by what they are, all together, and never by being first."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from features.documents import line_pairing
from features.documents.line_pairing import pair_lines
from features.documents.trade_document import TradeLine


def lines(*parts: dict[str, Any]) -> list[TradeLine]:
    return [TradeLine.model_validate(part) for part in parts]


def test_identifiers_win_over_position_and_text() -> None:
    billed = lines({"line_id": "1", "gtin": "4001"}, {"line_id": "2", "gtin": "4002"})
    ordered = lines({"line_id": "1", "gtin": "04002"}, {"line_id": "2", "gtin": "04001"})
    assert pair_lines(billed, ordered) == [1, 0]


def test_a_position_that_contradicts_the_item_is_not_believed() -> None:
    billed = lines({"order_line_id": "10", "buyer_item": "B"})
    ordered = lines({"line_id": "10", "buyer_item": "A"}, {"line_id": "20", "buyer_item": "B"})
    assert pair_lines(billed, ordered) == [1]
    assert pair_lines(billed, ordered[:1]) == [None], "one position and two items are no pair"


def test_text_and_amounts_where_nothing_is_numbered() -> None:
    billed = lines({"description": "Paper cups 250 ml (50)", "price": "3.7", "quantity": "40"},
                   {"description": "Dark roast 1 kg", "price": "8.5", "quantity": "120"})  # fmt: skip
    ordered = lines({"description": "Coffee beans, dark roast, 1 kg", "price": "8.5", "quantity": "120"},
                    {"description": "Paper cups, 250 ml, pack of 50", "price": "3.7", "quantity": "40"})  # fmt: skip
    assert pair_lines(billed, ordered) == [1, 0]


def test_the_pairing_is_solved_and_not_greedy() -> None:
    # The first line likes the second partner most, which the second line needs: alone it could have taken the first.
    billed = lines({"description": "tea green bags", "price": "4"}, {"description": "tea green", "price": "4"})
    ordered = lines({"description": "tea bags", "price": "4"}, {"description": "tea green", "price": "4"})
    assert pair_lines(billed, ordered) == [0, 1]


def test_lines_of_different_orders_never_meet() -> None:
    assert pair_lines(lines({"gtin": "1001", "order_id": "PO-1"}), lines({"gtin": "1001", "order_id": "PO-2"})) == [
        None
    ]


def test_nothing_in_common_is_no_pair() -> None:
    assert pair_lines(
        lines({"description": "freight", "price": "60"}), lines({"description": "apples", "price": "2"})
    ) == [None]


def test_two_lines_of_one_item_share_its_order_line() -> None:
    assert pair_lines(lines({"gtin": "1001"}, {"gtin": "1001"}), lines({"gtin": "1001"})) == [0, 0]


def test_very_many_lines_are_paired_by_identifiers_alone(monkeypatch: Any) -> None:
    monkeypatch.setattr(line_pairing, "MAX_COMPARED", 8)
    billed = lines(*({"gtin": str(1000 + at)} for at in range(4)))
    assert pair_lines(billed, list(reversed(billed))) == [3, 2, 1, 0]


@given(st.permutations(range(6)))
def test_the_order_of_lines_does_not_matter(places: list[int]) -> None:
    ordered = lines(*({"line_id": str(at), "buyer_item": f"I{at}", "price": "2", "quantity": "3"} for at in range(6)))
    billed = [ordered[at].model_copy(update={"line_id": None}) for at in places]
    assert pair_lines(billed, ordered) == list(places)
