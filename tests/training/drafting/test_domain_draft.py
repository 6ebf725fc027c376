"""A domain drafted from a foreign export: the mapping that comes with it reads the very file."""

from pathlib import Path

import pytest
import yaml

from training.drafting.domain_draft import DomainDraft, draft_domain
from training.tables.mapping import read_mapping
from training.tables.reader import read_table
from training.tables.table_error import TableError
from triage.own_domains import read_own_domain

ROWS = [
    f"A-{at};{1 + at % 27:02}.03.2026;{'Fähre' if at % 3 else 'Bahn'};1.{at % 10}00,5{at % 10};{at},25;"
    f"{'ja' if at % 4 else 'nein'}"
    for at in range(60)
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lieferungen.csv"
    header = "Auftrag;Bestellt am;Träger;Preis €;Preis $;pünktlich"
    path.write_text("\n".join([header, *ROWS]) + "\n", encoding="utf-16")
    return path


@pytest.fixture
def draft(file: Path) -> DomainDraft:
    return draft_domain("unpunctual", file, outcome="pünktlich", wrong=["nein"])


def test_the_mapping_reads_the_file_it_was_drafted_from(file: Path, draft: DomainDraft, tmp_path: Path) -> None:
    own = tmp_path / "unpunctual.yaml"
    own.write_text(draft.text, encoding="utf-8")
    card = read_own_domain(own)
    mapping = read_mapping(draft.mapping, name="m.yaml", domain=card)
    read = read_table(file, domain=card, mapping=mapping, keep_payloads=True)
    assert (len(read.rows), read.left_out, read.dataset.wrong.sum()) == (60, (), 15)
    payload = next(row.payload for row in read.rows if row.exception_id == "A-7")
    assert payload is not None
    assert payload.model_dump(mode="json") == {
        "auftrag": "A-7", "bestellt_am": "2026-03-08", "trager": "Fähre", "preis": "1700.5700", "preis_2": "7.2500",
    }  # fmt: skip


def test_columns_whose_names_differ_by_a_sign_are_two_fields(draft: DomainDraft) -> None:
    payload = yaml.safe_load(draft.mapping)["payload"]
    assert (payload["preis"], payload["preis_2"]) == ("Preis €", "Preis $")


def test_yes_in_another_language_is_yes(file: Path) -> None:
    content = next(yaml.safe_load_all(draft_domain("punctual", file, outcome="pünktlich").text))
    assert (content["always_wrong"], content["never_wrong"]) == (["punktlich"], ["not_punktlich"])


def test_an_answer_of_none_is_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "finds.csv"
    rows = [f"A-{at},2026-03-0{1 + at % 9},{('none', 'theft', 'error')[at % 3]}" for at in range(30)]
    path.write_text("\n".join(["id,at,found", *rows]) + "\n")
    content = next(yaml.safe_load_all(draft_domain("finds", path, outcome="found", wrong=["theft"]).text))
    assert list(content["causes"]) == ["error", "none", "theft"]


def test_a_row_that_has_slipped_is_named(file: Path) -> None:
    with file.open("a", encoding="utf-16-le") as opened:
        opened.write("A-60;01.03.2026\n")
    with pytest.raises(TableError, match="row 61 has 2 cells, but the header 6"):
        draft_domain("unpunctual", file, outcome="pünktlich")
