"""How many statements a request costs: a ruling holds SQLite's only write lock, so it reads what it needs and no
more."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from tests.serving.conftest import House

LIMIT = 14
"""Three that recognise who is calling, before the write lock. Then eleven, begin and commit among them: nine rule, and
two hand the ruling over: one reads decision and callback address of the case, one the endpoints."""


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that run meanwhile, begin and commit among them."""
    seen: list[str] = []

    def collect(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        seen.append(statement)

    def committed(connection: Any) -> None:
        seen.append("COMMIT")

    event.listen(engine, "before_cursor_execute", collect)
    event.listen(engine, "commit", committed)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", collect)
        event.remove(engine, "commit", committed)


def test_a_ruling_reads_what_it_needs_and_no_more(any_house: House) -> None:
    case_id, ann = any_house.review_case(), any_house.sign_in("ann")
    assert any_house.client.post(f"/v1/cases/{case_id}/claim", headers=ann).status_code == 200
    ruling = {"action": "corrected", "cause": "sweethearting", "reason_code": "not_justified"}
    with counted(any_house.service.engine) as statements:
        answer = any_house.client.post(f"/v1/cases/{case_id}/resolve", json=ruling, headers=ann)
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert len(statements) <= LIMIT, statements
