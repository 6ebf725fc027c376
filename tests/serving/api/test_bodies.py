"""Whatever is sent, the answer is a 4xx that says what is wrong, never a 5xx."""

import asyncio
import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from toy_domain import DOMAIN

from serving.api.body import parse_form
from serving.app import create_app
from tests.serving.conftest import Clock, House, make_service
from triage.db.database import open_engine
from triage.db.schema import metadata
from triage.errors import InvalidError
from triage.identity import access
from triage.intake.strict_json import parse_json

RUBBISH = {
    "empty": b"",
    "blank": b" \n ",
    "NaN": b'{"payload": NaN}',
    "Infinity": b'{"payload": -Infinity}',
    "a number out of range": b'{"payload": 1e400}',
    "a NUL": b'{"domain": "a\x00b"}',
    "an escaped NUL": b'{"domain": "a\\u0000b", "exception_id": "\\u0000", "payload": {"receipt_id": "\\u0000"}}',
    "a lone surrogate": b'{"domain": "\\ud800"}',
    "not UTF-8": b'{"domain": "\xff\xfe"}',
    "UTF-16": '{"domain": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "depth 100,000": b"[" * 100_000,
    "closed depth 100,000": b"[" * 100_000 + b"]" * 100_000,
    "depth 500": b'{"payload":' * 500 + b"1" + b"}" * 500,
    "depth 100": b"[" * 100 + b"]" * 100,
    "a huge integer": b'{"exception_id": ' + b"9" * 400 + b"}",
    "an array": b"[]",
    "a string": b'"case"',
    "null": b"null",
    "two documents": b"{} {}",
    "a comment": b"{} // hello",
    "single quotes": b"{'a': 1}",
    "a trailing comma": b'{"a": 1,}',
    "a key given twice": b'{"domain": "price_override", "domain": "price_override"}',
    "a nested key given twice": b'{"payload": {"receipt_id": "1", "receipt_id" : "2"}}',
    "a form": b"domain=price_override",
}
ODD_FIELDS: dict[str, Any] = {
    "year 1": {"overridden_at": "0001-01-01T00:00:00+14:00"},
    "year 9999": {"overridden_at": "9999-12-31T23:59:59-12:00"},
    "a naive instant": {"overridden_at": "2026-03-02T09:15:00"},
    "the 30th of February": {"delivered_on": "2026-02-30"},
    "a date of year 10000": {"delivered_on": "10000-01-01"},
    "seconds since 1970 as a huge number": {"overridden_at": 10**18},
    "a huge count": {"pieces": 10**18},
    "a negative count": {"pieces": -1},
    "a boolean as a count": {"pieces": True},
    "a fraction of 2": {"markdown_share": 2},
    "an object for an enum": {"kind": {"a": 1}},
    "an array for text": {"note": ["a"]},
    "a NUL in a note": {"note": "a\x00b"},
    "a note too long": {"note": "x" * 5000},
    "an emoji for a boolean": {"authorised": "🙂"},
    "flags as text": {"flags": "after_hours"},
    "flags of rubbish": {"flags": [{}, 3, "after_hours"]},
}
ODD_REQUIRED: dict[str, Any] = {
    "null": None, "text": "much", "an object": {}, "an array": [1], "negative": -0.01, "too much": 10**15,
    "a huge text": "9" * 400,
    "infinite text": "Infinity", "NaN text": "NaN", "true": True,
}  # fmt: skip


class TestRubbish:
    @pytest.mark.parametrize("path", ["/v1/cases", "/v1/score", "/v1/cases/batch", "/v1/outcomes"])
    @pytest.mark.parametrize("name", RUBBISH)
    def test_is_a_4xx_with_a_problem_document(self, lasting_house: House, name: str, path: str) -> None:
        headers = lasting_house.system | {"Content-Type": "application/json"}
        answer = lasting_house.client.post(path, content=RUBBISH[name], headers=headers)
        if path in ("/v1/cases/batch", "/v1/outcomes") and name == "an array":
            assert answer.status_code == 200
            return
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]

    @pytest.mark.parametrize("name", ODD_FIELDS)
    def test_an_odd_optional_field_is_a_reason(self, lasting_house: House, name: str) -> None:
        answer = lasting_house.client.post(
            "/v1/cases", json=lasting_house.case(**ODD_FIELDS[name]), headers=lasting_house.system
        )
        assert answer.status_code == 201, answer.text
        odd = [reason for reason in answer.json()["reasons"] if reason["code"].startswith("data_quality:")]
        expected = 0 if name == "a boolean as a count" else 1
        assert len(odd) >= expected

    @pytest.mark.parametrize("name", ODD_REQUIRED)
    def test_an_odd_required_field_is_422_and_named(self, lasting_house: House, name: str) -> None:
        answer = lasting_house.client.post(
            "/v1/cases", json=lasting_house.case(listed_price=ODD_REQUIRED[name]), headers=lasting_house.system
        )
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == ["payload.listed_price"]

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"exception_id": ""}, 422),
            ({"exception_id": "x" * 129}, 422),
            ({"exception_id": {}}, 422),
            ({"domain": ["price_override"]}, 422),
            ({"domain": {"a": 1}}, 422),
            ({"unknown": 1}, 422),
            ({"as_of": "0001-01-01T00:00:00+14:00"}, 201),
            ({"as_of": "9999-12-31T23:59:59-14:00"}, 201),
            ({"as_of": "2030-01-01T00:00:00Z"}, 201),
            ({"currency": "usd"}, 201),
            ({"fx_rate": 0}, 201),
            ({"site_id": "\x00"}, 201),
            ({"schema_version": "99"}, 422),
            ({"attributes": [1]}, 201),
            ({"attributes": {"a": {"b": 1}, "c\x00": 1, "d": "\x00"}}, 201),
            ({"attributes": {str(at): at for at in range(500)}}, 201),
        ],
    )
    def test_odd_envelopes(self, any_house: House, change: dict[str, Any], status: int) -> None:
        answer = any_house.client.post("/v1/cases", json=any_house.case() | change, headers=any_house.system)
        assert answer.status_code == status, answer.text


class TestKindsOfBody:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Content-Type": "application/json"}, 201),
            ({"Content-Type": "application/json; charset=utf-8"}, 201),
            ({"Content-Type": "application/problem+json"}, 201),
            ({"Content-Type": "APPLICATION/JSON"}, 201),
            ({"Content-Type": "text/plain"}, 415),
            ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
            ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
            ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
            ({"Content-Type": "application/json", "Content-Encoding": "identity"}, 201),
        ],
    )
    def test_only_plain_json_is_read(self, lasting_house: House, headers: dict[str, str], status: int) -> None:
        body = json.dumps(lasting_house.case()).encode()
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.compress(body)
        answer = lasting_house.client.post("/v1/cases", content=body, headers=lasting_house.system | headers)
        assert answer.status_code == status, answer.text


class TestParsing:
    @pytest.mark.parametrize(
        "body",
        [
            b'{"a": ":b", "c": "\\":", "d": "x\\\\", "e" : {"f": ["\\" :"]}}',
            b'{"a\\\\": 1, "a\\"": 2, "a": 3}',
            b'{"\\u0061": 1, "b": 2}',
            b"[]", b"7", b'"x"', b"{}",
        ],
    )  # fmt: skip
    def test_strings_that_look_like_keys_are_no_keys(self, body: bytes) -> None:
        assert parse_json(body) == json.loads(body)

    @pytest.mark.parametrize(
        "body", [b'{"a": 1, "\\u0061": 2}', b'[{"b": {"a": 1, "a": 1}}]', b'{"a\\":": 1, "a\\":": 2}']
    )
    def test_a_key_given_twice_is_found_however_it_is_written(self, body: bytes) -> None:
        with pytest.raises(InvalidError, match="twice"):
            parse_json(body)

    @pytest.mark.parametrize(
        "body", [b"a=%00", b"a=%ff", b"\xff", b"a=" + b"x" * 100_001, b"&".join(b"a=1" for _ in range(300))]
    )
    def test_a_form_of_rubbish_is_refused(self, body: bytes) -> None:
        scope = {"type": "http", "app": None, "headers": [(b"content-type", b"application/x-www-form-urlencoded")]}
        with pytest.raises(InvalidError):
            asyncio.run(parse_form(body, Request(scope)))


LIMIT = 20_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A real server on a real port, with a small body limit, and a key."""
    folder: Path = tmp_path_factory.mktemp("served")
    engine = open_engine(f"sqlite:///{folder / 'triage.db'}")
    metadata.create_all(engine)
    service = make_service(engine, Clock(), folder, {DOMAIN.name: DOMAIN}, max_body_bytes=LIMIT)
    with engine.begin() as connection:
        key = access.create_key(connection, "pos", now=service.clock())
        access.grant(connection, "key:pos", "service")
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1], key
    server.should_exit = True
    thread.join(timeout=20)


def chunks(total: int) -> Iterator[bytes]:
    yield b'{"x": "'
    for _ in range(total // 1000):
        yield b"x" * 1000
    yield b'"}'


class TestOverASocket:
    def post(self, served: tuple[int, str], body: Any, **headers: str) -> tuple[int, str | None, bytes]:
        """Send a body; return the status, what the answer says of the connection, and its own body."""
        port, key = served
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request(
                "POST", "/v1/cases", body=body, encode_chunked=not isinstance(body, bytes),
                headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"} | headers,
            )  # fmt: skip
            answer = connection.getresponse()
            return answer.status, answer.getheader("connection"), answer.read()

    @pytest.mark.parametrize("size", [LIMIT + 1000, 3_000_000])
    @pytest.mark.parametrize("chunked", [True, False])
    def test_a_body_over_the_limit_gets_413_and_the_connection_ends(
        self, served: tuple[int, str], size: int, chunked: bool
    ) -> None:
        body = chunks(size) if chunked else b"".join(chunks(size))
        headers = {"Transfer-Encoding": "chunked"} if chunked else {}
        status, connection, answer = self.post(served, body, **headers)
        assert (status, connection, json.loads(answer)["status"]) == (413, "close", 413)

    @pytest.mark.parametrize("chunked", [True, False])
    def test_a_body_under_the_limit_is_read(self, served: tuple[int, str], chunked: bool) -> None:
        body = chunks(LIMIT - 1000) if chunked else b"".join(chunks(LIMIT - 1000))
        status, _, _ = self.post(served, body, **({"Transfer-Encoding": "chunked"} if chunked else {}))
        assert status == 422

    def test_whoever_asks_first_is_not_made_to_send(self, served: tuple[int, str]) -> None:
        port, key = served
        head = (
            f"POST /v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            "Content-Length: 900000000\r\nExpect: 100-continue\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
            raw.sendall(head.encode())
            answer = raw.recv(4096)
        assert answer.startswith(b"HTTP/1.1 413")

    def test_a_body_that_breaks_off_harms_nobody(self, served: tuple[int, str]) -> None:
        port, key = served
        head = (
            f"POST /v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            'Content-Length: 5000\r\n\r\n{"domain'
        )
        with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
            raw.sendall(head.encode())
        case = {
            "domain": "price_override", "exception_id": "AFTER",
            "payload": {"receipt_id": "R", "listed_price": 2, "charged_price": 2},
        }  # fmt: skip
        assert self.post(served, json.dumps(case).encode())[0] in (200, 201)
