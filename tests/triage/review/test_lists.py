"""Lists of cases look at a bounded number of them, and a page that is short for that reason says where to go on."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.triage.conftest import ANN, DOMAIN, ScriptedScorer, override, policy_with
from triage.db.schema import cases, tasks
from triage.review import arrivals, case_lists
from triage.review.case_lists import Filters, list_cases


class Listed:
    """Six cases that wait, of which the first has another cause, and lists of them."""

    def __init__(self, house: Any) -> None:
        self.house = house(ScriptedScorer(risk=0.5), policy_with())
        self.ids = [self.house.one(override(number)).body["case_id"] for number in range(6)]

    def page(self, cursor: str | None = None, limit: int = 2, **filters: Any) -> dict[str, Any]:
        with self.house.engine.begin() as connection:
            return list_cases(
                connection, policies=self.house.policies, actor=ANN, filters=Filters(**filters), cursor=cursor,
                limit=limit, now=self.house.clock(),
            )  # fmt: skip

    def all(self, **filters: Any) -> tuple[list[str], int]:
        """Return what all pages list, and how many pages there were."""
        cursor, found, pages = None, [], 0
        while pages == 0 or cursor is not None:
            answer = self.page(cursor, **filters)
            found += [item["case_id"] for item in answer["items"]]
            cursor, pages = answer["next_cursor"], pages + 1
        return found, pages


@pytest.mark.parametrize(
    "filters", [{}, {"state": "open"}, {"queue": "OVERRIDE_DESK"}, {"domain": DOMAIN.name}, {"q": "o"}], ids=str
)
@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_pages_together_list_every_case_once(house, monkeypatch, filters: dict[str, Any], at_once: int) -> None:
    monkeypatch.setattr(arrivals, "_AT_ONCE", at_once)
    listed = Listed(house)
    filters = filters | ({"q": _id_of(listed, listed.ids[0])[:1].lower()} if "q" in filters else {})
    assert listed.all(**filters) == (listed.ids[::-1], 3)


def test_a_page_that_looked_at_enough_is_short_and_goes_on(house, monkeypatch) -> None:
    monkeypatch.setattr(arrivals, "_AT_ONCE", 2)
    monkeypatch.setattr(case_lists, "MAX_LOOKED_AT", 2)
    listed = Listed(house)
    first = listed.page(cause="no_such_cause")
    assert (first["items"], first["next_cursor"] is not None) == ([], True)
    assert listed.all(cause="no_such_cause")[0] == []


def test_a_search_takes_the_beginning_in_any_case_of_letters_or_a_whole_case_id(house) -> None:
    listed = Listed(house)
    wanted = listed.ids[3]
    exception_id = _id_of(listed, wanted)
    for q in (exception_id, exception_id.swapcase(), wanted, wanted.upper()):
        assert listed.all(q=q)[0] == [wanted], q
    for q in (exception_id[1:], "%", "_", exception_id + "\U0010ffff"):
        assert listed.all(q=q)[0] == [], q


def _id_of(listed: Listed, case_id: str) -> str:
    with listed.house.engine.begin() as connection:
        return str(connection.execute(select(cases.c.exception_id).where(cases.c.case_id == case_id)).scalar_one())


def test_a_task_knows_the_arrival_of_its_case(house) -> None:
    listed = Listed(house)
    pairs = select(cases.c.seq, tasks.c.seq).join(tasks, tasks.c.case_id == cases.c.case_id)
    with listed.house.engine.begin() as connection:
        found = connection.execute(pairs).all()
    assert len(found) == 6
    assert all(case == task for case, task in found)
