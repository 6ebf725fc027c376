"""Every table says why it is kept and what of it is about persons, and the page shows what is declared."""

import os
from pathlib import Path

from features.kinds import field_kinds
from triage.db.schema import metadata
from triage.domains import BUILT_IN
from triage.privacy.person_search import personal_fields
from triage.privacy.stored_fields import STORED, table_lines

PAGE = Path(__file__).parents[3] / "docs" / "personal-data.md"
BEGIN, END = "<!-- declared -->\n", "<!-- end -->\n"


def declared() -> str:
    lines = [*table_lines(), "", "| domain | identifiers of persons | free text, masked |", "|---|---|---|"]
    for domain in BUILT_IN:
        persons = ", ".join(f"`{name}` ({whose})" for name, whose in personal_fields(domain).items()) or "none"
        written = ", ".join(f"`{kind.name}`" for kind in field_kinds(domain.recipe.payload) if kind.written)
        lines.append(f"| `{domain.name}` | {persons} | {written or 'none'} |")
    return "\n".join(lines) + "\n"


def test_every_table_is_declared_and_no_other() -> None:
    assert set(STORED) == set(metadata.tables)


def test_what_is_said_to_be_of_persons_is_a_column() -> None:
    odd = {name: set(stored.personal) - set(metadata.tables[name].c.keys()) for name, stored in STORED.items()}
    assert {name: columns for name, columns in odd.items() if columns} == {}


def test_every_column_that_holds_a_name_is_declared() -> None:
    """By their ends, such columns are easily forgotten when a table is added."""
    ends = ("_by", "actor", "principal", "owner", "person", "comment", "text")
    missing = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(ends) and column.name not in STORED[table.name].personal and column.name != "passed_by"
    ]
    assert missing == []


def test_who_may_ask_for_an_approval_is_a_person() -> None:
    """A payload field that names who asked is an identifier of a person."""
    for domain in BUILT_IN:
        assert set(domain.requesters) <= set(personal_fields(domain)), domain.name


def test_the_page_shows_it() -> None:
    before, rest = PAGE.read_text().split(BEGIN)
    shown, after = rest.split(END)
    if os.environ.get("TRIAGE_WRITE_PAGES"):
        PAGE.write_text(f"{before}{BEGIN}{declared()}{END}{after}")
        return
    assert shown == declared(), "TRIAGE_WRITE_PAGES=1 writes it anew"
