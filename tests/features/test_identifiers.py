"""Spellings of one id meet, two ids stay apart, and what stands for no id is none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.identifiers import Form, has_lost_digits, is_placeholder, normal_form, within_one_edit

FORMS: list[Form] = ["entity", "document", "serial", "code"]


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        ("document", "INV-0042", "inv-0042"),
        ("document", "INV-0042", "INV-42"),
        ("document", "INV-0042", "INV 0042"),
        ("document", "INV-0042", "INV0042"),
        ("document", "INV-0042", "INV\u20110042"),
        ("document", "INV-0042", "\uff29\uff2e\uff36\uff0d\uff10\uff10\uff14\uff12"),
        ("document", "INV-0042", "inv\u200b-0042\ufeff"),
        ("document", "2026/0042", "2026-0042"),
        ("document", "4500.0", "4500"),
        ("document", "\u0661\u0662\u0663\u0664", "1234"),
        ("entity", "8001", "8001.0"),
        ("entity", "0000010442", "10442"),
        ("entity", "JSMITH", "jsmith"),
        ("entity", "V 100", "V\u2013100"),
        ("entity", "10 - 42", "10-42"),
        ("entity", "STRASSE 1", "straße1"),
        ("serial", "SN 00-12", "sn0012"),
        ("code", "ea", "EA"),
    ],
)
def test_spellings_of_one_id_meet(form: Form, one: str, other: str) -> None:
    assert normal_form(one, form) == normal_form(other, form) is not None


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        ("entity", "1-11", "11-1"),
        ("entity", "V-0042", "V-42"),
        ("entity", "jsmith", "j.smith"),
        ("entity", "10442", "104420"),
        ("serial", "SN0012", "SN12"),
        ("serial", "0012", "12"),
        ("document", "INV-10", "INV-1"),
        ("document", "INV-100", "INV-1"),
        ("document", "A1", "B1"),
    ],
)
def test_two_ids_stay_apart(form: Form, one: str, other: str) -> None:
    assert normal_form(one, form) != normal_form(other, form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value",
    [
        "N/A",
        "n.a.",
        "#N/A",
        "unknown",
        "UNKNOWN ",
        "none",
        "null",
        "-",
        "--",
        "\u2014",
        "?",
        ".",
        "",
        " ",
        "TBD",
        "Guest",
    ],
)
def test_what_stands_for_no_id_is_none(form: Form, value: str) -> None:
    assert is_placeholder(value, form)
    assert normal_form(value, form) is None


@pytest.mark.parametrize("value", ["0", "000", "0.0", "9999", "99999999", "9999.0", "xxx"])
def test_digits_that_stand_for_no_id_are_none_but_in_a_code(value: str) -> None:
    assert is_placeholder(value, "entity")
    assert not is_placeholder(value, "code")


@pytest.mark.parametrize("value", ["9", "999", "10", "9998", "1", "NONE-1", "V-0", "Nanterre", "X", "0A"])
def test_a_real_id_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value, "entity")


def test_the_country_namibia_is_a_code() -> None:
    assert not is_placeholder("NA", "code")


@pytest.mark.parametrize(
    ("value", "lost"), [("4.00638E+12", True), ("1,2E12", True), ("4E12", False), ("E-12", False), ("400638", False)]
)
def test_a_number_in_scientific_notation_has_lost_digits(value: str, lost: bool) -> None:
    assert has_lost_digits(value) is lost


@given(st.text(max_size=20), st.sampled_from(FORMS))
def test_the_normal_form_is_normal(value: str, form: Form) -> None:
    found = normal_form(value, form)
    assert found is None or normal_form(found, form) in (found, None)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=12), st.sampled_from(FORMS))
def test_case_width_and_blanks_mean_nothing(value: str, form: Form) -> None:
    assert normal_form(f" {value}\u200b", form) == normal_form(value, form)
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in value)
    assert normal_form(wide, form) == normal_form(value, form)
    if unicodedata.normalize("NFKC", value.upper().casefold()) == unicodedata.normalize("NFKC", value.casefold()):
        assert normal_form(value.upper(), form) == normal_form(value, form)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("4711", "4711", True), ("4711", "4771", True), ("4711", "471", True), ("4711", "47111", True), ("4711", "7411",
        True),
        ("4711", "4117", False), ("4711", "4722", False), ("4711", "47", False), ("", "4", True), ("", "47", False),
    ],
)  # fmt: skip
def test_one_edit_is_a_change_a_gap_an_extra_or_a_swap(one: str, other: str, near: bool) -> None:
    assert within_one_edit(one, other) is within_one_edit(other, one) is near
