"""Cases are found by every identifier and text that they hold, on both databases, however it is written."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.triage.conftest import ANN, ScriptedScorer, override, policy_with
from triage.db.schema import cases
from triage.review import search_index
from triage.review.case_lists import Filters, count_values, every_case, list_cases
from triage.review.search_index import find_cases, index_some, remove_from_index
from triage.review.search_words import MAX_WORDS, asked_of, texts_in, words_of


class Found:
    """Cases with notes, indexed, and what questions find of them."""

    def __init__(self, house: Any, *notes: str) -> None:
        self.house = house(ScriptedScorer(risk=0.5), policy_with())
        self.ids = [self.house.one(override(at, note=note)).body["case_id"] for at, note in enumerate(notes)]
        with self.house.engine.begin() as connection:
            while index_some(connection):
                pass

    def list(self, **filters: Any) -> list[int]:
        """Return the places of the cases that are listed, in their order."""
        with self.house.engine.begin() as connection:
            order = filters.pop("order", "newest")
            answer = list_cases(
                connection, policies=self.house.policies, actor=ANN, filters=Filters(**filters), cursor=None,
                limit=50, now=self.house.clock(), order=order,
            )  # fmt: skip
        return [self.ids.index(item["case_id"]) for item in answer["items"]]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("compressor", [0]),
        ("COMPRESSOR", [0]),
        ("compres", [0]),
        ("compressor leaking", [0]),
        ("leaking compressor", [0]),
        ("compressor missing", []),
        ("sn-4711/b", [1]),
        ("SN4711B", [1]),
        ("4711", [1]),
        ("123", [2]),
        ("00123", [2]),
        ("muller", [3]),
        ("Müller", [3]),
        ("冰箱", [4]),
        ("漏水", [4]),
        ("水箱", []),
        ("' OR 1=1 --", []),
        ('"compressor', [0]),
        ("NEAR(compressor", []),
        ("compressor*", [0]),
        ("-compressor", [0]),
        ("   ", [5, 4, 3, 2, 1, 0]),
        ("!!!", []),
    ],
)
def test_a_question_finds_what_holds_all_of_it(house, question: str, found: list[int]) -> None:
    notes = (
        "The compressor is leaking",
        "serial SN-4711/B",
        "order 00123",
        "Herr Müller rief an",
        "冰箱漏水",
        "nothing",
    )
    assert Found(house, *notes).list(q=question.strip() or None) == found


def test_words_and_the_beginning_of_an_id_are_found_together_newest_first(house) -> None:
    found = Found(house, "one", "two", "three")
    with found.house.engine.begin() as connection:
        name = connection.scalar(select(cases.c.exception_id).where(cases.c.case_id == found.ids[1]))
    assert found.list(q=name) == [1]
    assert found.list(q=found.ids[2]) == [2]


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_indexing_goes_on_where_it_ended(house, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(search_index, "_AT_ONCE", at_once)
    found = Found(house, "same", "same", "same")
    later = found.house.one(override(9, note="same")).body["case_id"]
    with found.house.engine.begin() as connection:
        assert (index_some(connection), index_some(connection)) == (1, 0)
        newest = find_cases(connection, "same", before=None, limit=2)
        older = find_cases(connection, "same", before=newest[-1], limit=5)
    assert (len(newest), len(older)) == (2, 2)
    found.ids.append(later)
    assert found.list(q="same") == [3, 2, 1, 0]


def test_what_is_taken_out_of_the_index_is_no_longer_found(house) -> None:
    found = Found(house, "secret one", "secret two")
    with found.house.engine.begin() as connection:
        rows = connection.execute(select(cases).where(cases.c.case_id == found.ids[0])).all()
        remove_from_index(connection, rows)
        remove_from_index(connection, [])
        assert len(find_cases(connection, "secret", before=None, limit=5)) == 1


def test_days_bound_what_is_listed(house) -> None:
    found = Found(house, "one")
    first = found.house.clock()
    found.house.clock.forward(days=2)
    found.ids.append(found.house.one(override(8)).body["case_id"])
    day = timedelta(days=1)
    for bounds, expected in (
        ({"received_to": first}, []),
        ({"received_to": first + day}, [0]),
        ({"received_from": first}, [1, 0]),
        ({"received_from": first + day}, [1]),
        ({"received_from": first + day, "received_to": first + 1.5 * day}, []),
    ):
        assert found.list(**bounds) == expected, bounds


def test_orders_put_the_dearest_and_the_earliest_due_first_and_what_has_none_last(house) -> None:
    found = Found(house, "one", "two", "three")
    losses = []
    with found.house.engine.begin() as connection:
        for item in every_case(
            connection, policies=found.house.policies, actor=ANN, filters=Filters(), now=found.house.clock(), most=2
        ):
            losses.append(item["case_id"])
    assert [found.ids.index(one) for one in losses] == [2, 1]
    for order in ("due", "expected_loss", "risk"):
        assert sorted(found.list(order=order)) == [0, 1, 2]


def test_values_are_counted_of_what_fits(house) -> None:
    found = Found(house, "one", "two three", "three")
    with found.house.engine.begin() as connection:
        counted = count_values(
            connection, policies=found.house.policies, actor=ANN, filters=Filters(q="three"), now=found.house.clock()
        )
    assert counted["counts"]["state"] == {"open": 2}
    assert (counted["counted"], counted["complete"]) == (2, True)


def test_the_index_can_be_empty(house) -> None:
    found = Found(house)
    with found.house.engine.begin() as connection:
        connection.execute(delete(cases))
        assert find_cases(connection, "anything", before=None, limit=5) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("INV-2026/07", ["inv202607", "inv", "2026", "07"]),
        ("007", ["007", "7"]),
        ("000", ["000"]),
        ("12.50", ["1250"]),
        ("Straße", ["strasse"]),
        ("ÉTÉ été", ["ete"]),
        ("--", []),
        ("漏水了", ["漏水", "水了"]),
        ("a_b", ["ab", "a", "b"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of([text]) == words


def test_a_text_without_end_is_cut() -> None:
    assert len(words_of([" ".join(f"w{at}" for at in range(10_000))])) == MAX_WORDS
    assert len(asked_of("a " * 60)) == 12


def test_instants_and_amounts_are_no_texts() -> None:
    value = {"a": "x", "b": ["2026-11-29T10:00:00Z", "12.50", {"c": "y", "d": 3, "e": None, "f": True}]}
    assert list(texts_in(value)) == ["x", "y"]
