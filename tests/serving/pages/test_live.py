"""Live counts: sent at once and when something happened, bounded, and for nobody but who may see the queue."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from serving.pages import live_pages
from serving.pages.live_pages import MAX_STREAMS, MAX_STREAMS_OF_ONE, LiveCounts
from tests.serving.conftest import House
from triage.errors import UnavailableError
from triage.identity.access import Principal

ANALYST = Principal(name="user:ann", grants=frozenset({("analyst", "price_override")}))
OTHER = Principal(name="user:olga", grants=frozenset({("analyst", "another_domain")}))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look as often as asked."""
    monkeypatch.setattr(live_pages, "LOOK_SECONDS", 0.0)


class Listening(Request):
    """A request whose caller still listens."""

    def __init__(self) -> None:
        super().__init__({"type": "http"})

    async def is_disconnected(self) -> bool:
        return False


def open_cases(counts: bytes | None) -> dict[str, int]:
    assert counts is not None
    return {queue["queue"]: queue["open"] for queue in json.loads(counts)}


def test_counts_come_once_and_again_when_something_happened(any_house: House) -> None:
    live = LiveCounts(any_house.service)
    any_house.review_case()
    seen, counts = live.look(ANALYST, -1)
    assert open_cases(counts)["OVERRIDE_DESK"] == 1
    assert live.look(ANALYST, seen) == (seen, None)
    any_house.review_case()
    later, counts = live.look(ANALYST, seen)
    assert later > seen and open_cases(counts)["OVERRIDE_DESK"] == 2


def test_nobody_is_told_of_a_queue_they_may_not_see(house: House) -> None:
    live = LiveCounts(house.service)
    house.escalated_case()
    assert "OVERRIDE_LP" not in open_cases(live.look(ANALYST, -1)[1])
    assert open_cases(live.look(OTHER, -1)[1]) == {}


def test_what_people_may_see_alike_is_counted_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    true = live_pages.queue_counts
    monkeypatch.setattr(live_pages, "queue_counts", lambda *args, **kw: counted.append("") or true(*args, **kw))
    live = LiveCounts(house.service)
    for name in ("user:ann", "user:ben"):
        live.look(Principal(name=name, grants=ANALYST.grants), -1)
    assert len(counted) == 1


def test_streams_are_bounded_for_one_and_for_all(house: House) -> None:
    live = LiveCounts(house.service)
    for _ in range(MAX_STREAMS_OF_ONE):
        live.begin("user:ann")
    with pytest.raises(UnavailableError, match="live counts"):
        live.begin("user:ann")
    live.end("user:ann")
    live.begin("user:ann")
    for number in range(MAX_STREAMS - MAX_STREAMS_OF_ONE):
        live.begin(f"user:{number}")
    with pytest.raises(UnavailableError):
        live.begin("user:one-more")


def test_a_stream_that_ends_makes_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveCounts(house.service)

    async def first_events() -> list[bytes]:
        events: AsyncIterator[Any] = live_pages._events(Listening(), live, ANALYST)
        found = [await anext(events), await anext(events)]
        await events.aclose()  # type: ignore[attr-defined]
        return found

    live.begin(ANALYST.name)
    retry, counts = asyncio.run(first_events())
    assert retry.startswith(b"retry:") and counts.startswith(b"event: queues\ndata: [")
    for _ in range(MAX_STREAMS_OF_ONE):
        live.begin(ANALYST.name)


def test_the_address_needs_somebody_who_may_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_pages, "STREAM_SECONDS", 0.2)
    assert house.client.get("/live/queues").status_code == 401
    house.sign_in("new")
    assert house.client.get("/live/queues").status_code == 403
    house.sign_in("ann")
    answer = house.client.get("/live/queues")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("retry: 5000\n\nevent: queues\ndata: [")
