"""A mapping drafted from a file: how it is written, what its columns are, and what of it a person must say."""

from pathlib import Path

import pytest

from training.drafting.check import check_mapping
from training.drafting.dialect import guess_dialect
from training.drafting.draft import Draft, draft_mapping
from training.drafting.draft_text import draft_text
from training.drafting.vocabulary import further_names, tokens_of
from training.drafting.written_forms import flag_words, number_form, time_form
from training.tables.mapping import OPEN, MappingError, read_mapping
from triage.domain import Domain
from triage.domains import BUILT_IN

EXPORT = Path(__file__).parents[3] / "examples" / "foreign_export" / "retouren.csv"
RETURNS = next(domain for domain in BUILT_IN if domain.name == "return_fraud")


@pytest.fixture(scope="module")
def draft() -> Draft:
    return draft_mapping(EXPORT, RETURNS)


class TestHowItIsWritten:
    def test_a_german_export_below_two_lines_of_title(self) -> None:
        form = guess_dialect(EXPORT).form
        assert (form.encoding, form.delimiter, form.skip_lines) == ("cp1252", ";", 2)

    @pytest.mark.parametrize(
        ("cells", "decimal", "thousands"),
        [
            (["1.234,50", "12,5", "-3"], ",", "."),
            (["1,234.50", "12.5"], ".", ","),
            (["1 234,50", "7,25"], ",", " "),
            (["1'234.50", "7.25"], ".", "'"),
            (["12,50 €", "3,99 €"], ",", ""),
            (["1234", "99"], ".", ""),
        ],
    )
    def test_numbers(self, cells: list[str], decimal: str, thousands: str) -> None:
        form = number_form(cells)
        assert form is not None and (form.decimal, form.thousands) == (decimal, thousands)

    def test_what_may_be_a_thousand_is_said(self) -> None:
        form = number_form(["1.234", "2.500"])
        assert form is not None and form.ambiguous

    def test_codes_with_zeros_in_front_are_no_numbers(self) -> None:
        assert number_form(["00012", "00400", "12345"]) is None

    def test_a_number_far_from_all_others_means_nothing(self) -> None:
        form = number_form([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, -99.0, -99.0])
        assert form is not None and form.missing == (-99,) and form.least == 0.1

    @pytest.mark.parametrize(
        ("cells", "form", "other"),
        [
            (["31.12.2025", "01.02.2026"], "%d.%m.%Y", None),
            (["12/31/2025", "01/02/2026"], "%m/%d/%Y", None),
            (["03/04/2026", "05/06/2026"], "%d/%m/%Y", "%m/%d/%Y"),
            (["20260401", "20251231"], "%Y%m%d", None),
            (["2026-04-01T10:00:00Z"], None, None),
            ([1767225600, 1767225601], "epoch seconds", None),
        ],
    )
    def test_times(self, cells: list[object], form: str | None, other: str | None) -> None:
        found = time_form(cells)
        assert found is not None and (found.format, found.other) == (form, other)

    def test_yes_and_no(self) -> None:
        assert flag_words(["ja", "nein"]) == {"ja": True, "nein": False}
        assert flag_words(["oui", "non"]) == {"oui": True, "non": False}
        assert flag_words(["x", "x"]) == {"x": True}
        assert flag_words(["ja", "vielleicht"]) is None


class TestNames:
    @pytest.mark.parametrize(
        ("name", "concepts"),
        [
            ("Lieferantennummer", {"supplier", "identifier"}),
            ("Fecha de la factura", {"day", "invoice"}),
            ("prix_unitaire", {"price", "unit"}),
            ("Quantità ordinata", {"quantity", "order"}),
            ("Data zamówienia", {"day", "order"}),
            ("leverancier nr", {"supplier", "identifier"}),
            ("dataDoVencimento", {"day", "due"}),
        ],
    )
    def test_words_of_eight_languages_mean_the_same(self, name: str, concepts: set[str]) -> None:
        found = set().union(*(token.concepts for token in tokens_of(name)))
        assert concepts <= found

    @pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
    def test_every_further_name_is_of_a_field_there_is(self, domain: Domain) -> None:
        names = further_names(domain.name)
        assert names and set(names) <= set(domain.recipe.payload.model_fields)


class TestDraft:
    @pytest.mark.parametrize(
        ("field", "column"),
        [
            ("sku", "Artikelnr"),
            ("refund_amount", "Erstattungsbetrag"),
            ("customer_id_hash", "Kundennr"),
            ("site_id", "Filiale"),
            ("has_receipt", "Bon vorhanden"),
            ("purchased_at", "Kaufdatum"),
            ("refund_tender", "Auszahlung"),
            ("condition_grade", "Zustand"),
        ],
    )
    def test_columns_find_their_fields(self, draft: Draft, field: str, column: str) -> None:
        line = draft.line("payload", field)
        assert line is not None and line.confidence is not None and line.confidence > 0.8
        assert (line.value if isinstance(line.value, str) else line.value["column"]) == column

    def test_codes_become_the_fields_own(self, draft: Draft) -> None:
        line = draft.line("payload", "condition_grade")
        assert line is not None and line.value["values"] == {"neu": "new", "gebraucht": "used", "beschädigt": "damaged"}

    def test_what_is_filled_only_after_the_outcome_is_not_read(self, draft: Draft) -> None:
        assert "filled in 100% of the cases with an outcome and in 0% of the open ones" in draft.left["Sperrvermerk"]

    def test_the_outcome_and_when_it_was_known(self, draft: Draft) -> None:
        wrong, known_at = draft.line("labels", "wrong"), draft.line("labels", "known_at")
        assert wrong is not None and wrong.value["values"] == {"Betrug": True, "in Ordnung": False}
        assert known_at is not None and known_at.value["column"] == "Abschlussdatum"

    def test_what_no_column_says_is_left_to_the_person(self, draft: Draft) -> None:
        line = draft.line("payload", "channel")
        assert line is not None and line.value == OPEN and line.confidence is None and "one of store" in line.evidence
        with pytest.raises(MappingError, match=r"payload\.channel: is left to you"):
            read_mapping(draft_text(draft, file="retouren.csv"), name="m.yaml", domain=RETURNS)

    def test_completed_it_is_read_and_shown_line_by_line(self, draft: Draft) -> None:
        text = draft_text(draft, file="retouren.csv")
        text = text.replace('channel: "???"', "channel: {constant: store}")
        text = text.replace('claim_type: "???"', "claim_type: {constant: return}")
        checked = check_mapping(EXPORT, RETURNS, read_mapping(text, name="m.yaml", domain=RETURNS))
        assert (checked.rows, checked.cases) == (3000, 3000)
        assert checked.labels["wrong"] > 100 and checked.labels["unknown"] > 100
        refund = next(line for line in checked.lines if line.line == "payload.refund_amount")
        assert refund.filled == 1.0 and refund.examples[0] == "'27,70' → 27.7"
        assert "Sperrvermerk" in checked.unread
        purchased = next(line for line in checked.lines if line.line == "payload.purchased_at")
        assert 0.8 < purchased.filled < 1.0
