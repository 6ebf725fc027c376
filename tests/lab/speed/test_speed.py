"""The speed benchmark: its callers count every answer, and a short run against real servers writes its page."""

import asyncio
from pathlib import Path

import pytest

from lab.speed import servers
from lab.speed.client import Timings, load, repeated, written
from lab.speed.rounds import BARE, STORE, Rounds, SpeedPlan
from lab.speed.speed_page import draw, page

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("callers", [1, 4])
def test_callers_count_every_answer_of_a_real_server(callers: int) -> None:
    with servers.bare() as port:
        requests = repeated([written("/acknowledge", b'{"exception_id":"A"}')])
        measured = asyncio.run(load(port, requests, callers=callers, seconds=0.3))
    assert set(measured.statuses) == {201}
    assert measured.statuses[201] == len(measured.seconds) > callers
    assert 0.0 < measured.quantile_ms(0.5) <= measured.quantile_ms(0.99)


def test_a_server_that_does_not_start_is_reported_with_its_last_words() -> None:
    with (
        pytest.raises(TimeoutError, match="no such thing"),
        servers.served(["python", "-c", "raise SystemExit('no such thing')"], port=1, ready="/"),
    ):
        pass


def test_the_page_compares_within_rounds(tmp_path: Path) -> None:
    def rounds(subject: str, rates: list[int]) -> Rounds:
        made = Rounds(subject=subject, callers=16)
        for rate in rates:
            made.measured.append(Timings(seconds=[0.001] * rate, lasted_seconds=1.0))
            made.bare.append(Timings(seconds=[0.001] * 100, lasted_seconds=1.0))
        return made

    found = [rounds(BARE, [100, 100, 100]), rounds(STORE, [20, 30, 10])]
    text = page(found, SpeedPlan(home=tmp_path), command="triage benchmark speed", stamp="today", chart="speed.svg")
    assert "| POST /v1/cases | 16 | 20 | 0.200 (0.100 to 0.300) | 1.00 | 1.00 |" in text
    draw(found, tmp_path / "speed.svg")
    assert (tmp_path / "speed.svg").read_text().count("<svg") == 1
