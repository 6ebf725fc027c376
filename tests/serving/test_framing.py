"""What two servers could read in two ways is refused, on a real socket; and who sent it is believed of declared proxies
alone."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import Engine
from starlette.types import Receive, Scope, Send

from serving.app import server_config
from serving.sign_on_check import proxy_addresses
from tests.serving.conftest import House, open_house
from triage.errors import InvalidError
from triage.settings import Settings

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with who the request is from, and what it brought."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    text = json.dumps({"client": scope["client"][0], "scheme": scope["scheme"], "body": body.decode()}).encode()
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@contextmanager
def serving(**settings: Any) -> Iterator[tuple[str, int]]:
    config = server_config(mirror, Settings(port=1, **settings))
    config.port, config.lifespan, config.log_level = 0, "off", "critical"
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[:2]
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with serving() as found:
        yield found


def ask(address: tuple[str, int], sent: bytes) -> bytes:
    """Send bytes and read until the server has nothing more to say."""
    read = b""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(4096):
            read += part
            if b'"body"' in read:
                break
    return read


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        POST + b"Content-Length: 2, 2\r\n\r\nab",
        POST + b"Content-Length: +2\r\n\r\nab",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\nab",
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: identity\r\n\r\nab",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n",
        POST + b"A: b\rContent-Length: 2\r\n\r\nab",
        POST + b"A: b\r\n Content-Length: 9\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\nHost: x\nContent-Length: 2\n\nab",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_contradictory_framing_is_refused_and_nothing_after_it_is_read(address: tuple[str, int], sent: bytes) -> None:
    answer = ask(address, sent)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"connection: close" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 2\r\n\r\nab",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab",
    ],
)
def test_usual_framing_is_read(address: tuple[str, int], sent: bytes) -> None:
    assert b'"body": "ab"' in ask(address, sent)


class TestProxies:
    FORWARDED = (
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n\r\n"
    )

    def test_nobody_is_believed_unless_declared(self, address: tuple[str, int]) -> None:
        assert b'"client": "127.0.0.1", "scheme": "http"' in ask(address, self.FORWARDED)

    @pytest.mark.parametrize(("declared", "client"), [("127.0.0.0/8", "203.0.113.7"), ("10.0.0.1", "127.0.0.1")])
    def test_a_declared_one_says_who_came_to_it_and_not_who_that_one_names(self, declared: str, client: str) -> None:
        with serving(trusted_proxies=f" {declared} , 192.0.2.1") as address:
            assert f'"client": "{client}"'.encode() in ask(address, self.FORWARDED)

    @pytest.mark.parametrize("written", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.0/33"])
    def test_what_is_no_address_is_refused_at_the_start(self, written: str) -> None:
        with pytest.raises(InvalidError, match="TRIAGE_TRUSTED_PROXIES"):
            proxy_addresses(written)


class TestRates:
    @pytest.fixture
    def limited_house(self, sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
        yield from open_house(sqlite_engine, tmp_path, key_requests_per_minute=3, address_requests_per_minute=6)

    def test_a_caller_over_the_limit_waits_and_others_do_not(self, limited_house: House) -> None:
        mine, other = limited_house.key(("viewer", None)), limited_house.system
        answers = [limited_house.client.get("/v1/queues", headers=mine) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        case = limited_house.case()
        assert limited_house.client.post("/v1/cases", json=case, headers=other).status_code == 201

    def test_an_address_over_the_limit_waits_but_not_for_the_probes(self, limited_house: House) -> None:
        statuses = [limited_house.client.get("/sign-in").status_code for _ in range(7)]
        assert statuses == [200] * 6 + [429]
        assert limited_house.client.get("/healthz").status_code == 200

    def test_processes_share_the_limit(self) -> None:
        from serving.api.problems import TooManyRequestsError
        from serving.request_rates import RequestRates
        from triage.clock import utc_now

        rates = RequestRates(key=4, address=0, processes=2)
        for _ in range(2):
            rates.count("key", "key:a", now=utc_now())
        with pytest.raises(TooManyRequestsError, match="2 requests a minute"):
            rates.count("key", "key:a", now=utc_now())
