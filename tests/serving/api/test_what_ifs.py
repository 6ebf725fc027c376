"""What-ifs are bounded, take turns, and end where nobody waits for them."""

import fcntl
import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import orjson
import pytest
import uvicorn

from serving.app import create_app
from tests.serving.conftest import House
from tests.triage.policy_life.publishing import own
from triage.errors import UnavailableError
from triage.policy_life.what_if_process import MAX_WAITING, AskedWhatIf

PATH = "/v1/policies/price_override/simulate"
STRICTER = own("1.1.0", ("when: charged_price >= listed_price * half", "when: charged_price >= listed_price * 0.9"))


def asked(house: House) -> AskedWhatIf:
    return AskedWhatIf(
        domain="price_override", document=STRICTER, certificate=None, now=house.clock(), since=None, until=None,
        limit=100, changed_from=0, changed_limit=100, restricted=True,
    )  # fmt: skip


@contextmanager
def taken(house: House) -> Iterator[None]:
    """Hold the turn, as another process of the machine does."""
    with (house.service.settings.home_folder / "what-if.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class TestBounds:
    def test_what_takes_too_long_is_stopped_and_the_next_has_its_turn(self, lasting_house: House) -> None:
        what_ifs = lasting_house.service.what_ifs
        what_ifs.max_seconds = 0.0
        with pytest.raises(UnavailableError, match="took longer than 0 s and was stopped: ask for fewer `cases`"):
            what_ifs.run(asked(lasting_house))
        assert multiprocessing.active_children() == []
        what_ifs.max_seconds = 60.0
        lasting_house.submit()
        found = what_ifs.run(asked(lasting_house))
        assert (found["cases"], found["changed"]["dispositions"]) == (1, 1)
        assert multiprocessing.active_children() == []

    def test_what_nobody_waits_for_is_stopped(self, lasting_house: House) -> None:
        with pytest.raises(UnavailableError, match="nobody waited"):
            lasting_house.service.what_ifs.run(asked(lasting_house), abandoned=lambda: True)
        assert multiprocessing.active_children() == []

    def test_it_waits_for_its_turn(self, lasting_house: House) -> None:
        what_ifs = lasting_house.service.what_ifs
        what_ifs.wait_seconds = 30.0
        holding = threading.Event()

        def hold() -> None:
            with taken(lasting_house):
                holding.set()
                sleep(0.3)

        other = threading.Thread(target=hold)
        other.start()
        holding.wait()
        assert what_ifs.run(asked(lasting_house))["version"] == "1.1.0"
        other.join()

    def test_a_database_that_is_away_is_a_sentence(self, lasting_house: House, tmp_path: Path) -> None:
        what_ifs = lasting_house.service.what_ifs
        database, what_ifs._database = what_ifs._database, f"sqlite:///{tmp_path / 'empty.db'}"
        with pytest.raises(UnavailableError, match="the database did not answer the what-if"):
            what_ifs.run(asked(lasting_house))
        what_ifs._database = database


def test_callers_that_hang_up_leave_their_places(house: House) -> None:
    """Over a real server: as many as may wait do, one more is refused at once, and those who hang up wait no longer."""
    house.service.what_ifs.wait_seconds = 60.0
    key = house.key(("policy_editor", None))["Authorization"]
    body = orjson.dumps({"document": STRICTER})
    server = uvicorn.Server(uvicorn.Config(create_app(house.service), port=0, log_level="warning", lifespan="off"))
    running = threading.Thread(target=server.run)
    running.start()
    try:
        while not server.started:
            sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        what_ifs, waited = house.service.what_ifs, monotonic() + 60
        with taken(house):
            callers = [socket.create_connection(("127.0.0.1", port)) for _ in range(MAX_WAITING)]
            for caller in callers:
                caller.sendall(head.encode() + body)
            while what_ifs.waiting < MAX_WAITING:
                assert monotonic() < waited
                sleep(0.05)
            headers = {"Authorization": key, "Content-Type": "application/json"}
            refused = httpx.post(f"http://127.0.0.1:{port}{PATH}", content=body, headers=headers, timeout=60)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            for caller in callers:
                caller.close()
            while what_ifs.waiting:
                assert monotonic() < waited
                sleep(0.05)
    finally:
        server.should_exit = True
        running.join()
