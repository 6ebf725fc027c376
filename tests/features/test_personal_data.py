"""Personal data in the forms people type is masked; barcodes, dates, amounts and document numbers are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, luhn

from features.personal_data import (
    BANK_ACCOUNT,
    CARD,
    EMAIL,
    PHONE,
    SOCIAL_SECURITY,
    is_card_number,
    is_plain,
    marks_in,
    mask,
)


@pytest.mark.parametrize(
    "written",
    [
        "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111",
        "4111\u00a01111\u00a01111\u00a01111",
        "4111  1111  1111  1111", "4111 - 1111 - 1111 - 1111", "4111\u20111111\u20131111\u20141111",
        "4111/1111/1111/1111", "4111\n1111\n1111\n1111",
        "\uff14\uff11\uff11\uff11 1111 1111 1111", "4111\u202f1111\u200b1111 1111", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "3782 822463 10005",
        "5555555555554444", "2223 0031 2200 3222", "6011000990139424", "30569309025904", "3530111333300000",
        "4222222222222",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "to my card {}, please", "order 12345 {} exp 12/27", "Karte:{}."])
def test_a_card_is_masked_however_it_is_typed(written: str, around: str) -> None:
    assert mask(around.format(written)) == around.format(CARD)


@pytest.mark.parametrize(
    "text",
    [
        "box says 4006381333931, wrong colour", "UPC 036000291452", "carton 14006381333938",
        "pallet 340123450000000018", "4111 1111 1111 1112",
        "order 4500012345 line 10, 100 pieces at 42.00", "between 2026-11-29 10:30:00 and 2026-11-30 11:45:00",
        "IMEI 490154203237518",
        "temperatures -12.5, 14.2, 13.9, 12.1, 11.8", "0000000000000000", "call extension 4521", "ticket 00123456789",
        "part 123-456-78",
        "", "x", "a@b", "price 19.99 @ 3 pieces", "DE12 is the aisle", "tracking 1Z999AA10123456784",
    ],
)  # fmt: skip
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("IBAN DE89 3704 0044 0532 0130 00 please", f"IBAN {BANK_ACCOUNT} please"),
        ("gb82west12345698765432", BANK_ACCOUNT),
        ("ES91-2100-0418-4502-0005-1332.", f"{BANK_ACCOUNT}."),
        ("write to jane.doe+x@example.co.uk today", f"write to {EMAIL} today"),
        ("jane (at) example.com", EMAIL),
        ("call +49 170 1234567", f"call {PHONE}"),
        ("ring me on 01632 960983 after five", f"ring me on {PHONE} after five"),
        ("tel: 01632 960983", f"tel: {PHONE}"),
        ("(555) 123-4567", PHONE),
        ("555-123-4567", PHONE),
        ("ssn 123-45-6789", f"ssn {SOCIAL_SECURITY}"),
    ],
)
def test_other_kinds_are_masked_where_they_are_sure(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_what_was_masked_is_named_in_words() -> None:
    assert marks_in(mask("4111111111111111 and a@example.com")) == ["a card number", "an e-mail address"]
    assert marks_in("nothing") == []


@pytest.mark.parametrize(
    ("text", "card"),
    [("4111 1111 1111 1111", True), ("4111111111111111", True), ("card 4111111111111111", False), ("tok_4111", False)],
)
def test_a_text_can_be_a_card_and_nothing_else(text: str, card: bool) -> None:
    assert is_card_number(text) is card


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("4111-1111-1111-1111", True),
        ("jane@example.com", True),
        ("DE89370400440532013000", True),
        ("b1946ac92492d2347c6235b4d2611184", False),
    ],
)
def test_a_hash_is_not_the_thing_itself(text: str, plain: bool) -> None:
    assert is_plain(text) is plain


@given(
    st.text(alphabet="0123456789", min_size=11, max_size=11),
    st.sampled_from(["4", "51", "37", "6011"]),
    st.sampled_from([" ", "-", ".", "\u00a0", "  ", ""]),
)
def test_every_card_of_a_brand_is_found_between_any_separators(digits: str, brand: str, between: str) -> None:
    length = 15 if brand == "37" else 16
    body = (brand + digits + "0000")[: length - 1]
    card = body + luhn.calc_check_digit(body)
    typed = between.join(card[at : at + 4] for at in range(0, length, 4))
    assert mask(f"to {typed} now") == f"to {CARD} now"


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_no_thirteen_digit_barcode_is_a_card(digits: str) -> None:
    barcode = digits + ean.calc_check_digit(digits)
    assert mask(f"barcode {barcode}.") == f"barcode {barcode}."


@given(st.text(max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)
