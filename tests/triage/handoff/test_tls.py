"""TLS to receivers and to a bus by an authority of one's own: taken when it is trusted, refused when it is not."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.own_authority import OwnAuthority
from tests.own_brokers import free_port
from tests.receiving import receiving
from triage.handoff.brokers.bus import open_bus
from triage.handoff.brokers.bus_address import read_bus_address


@pytest.fixture
def authority(tmp_path: Path) -> OwnAuthority:
    return OwnAuthority(tmp_path)


def test_a_receiver_is_known_by_the_authority_the_environment_names(handoff, work, authority, monkeypatch) -> None:
    with receiving(tls=authority.context("localhost")) as receiver:
        handoff.add(url=f"https://localhost:{receiver.port}/hook")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        work()
        handoff.enqueue("a")
        handoff.wait_for_states({"delivered": 1})
        assert receiver.arrivals[0].headers["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize(
    ("names", "trusted", "reason"),
    [
        (("localhost",), False, "unable to get local issuer certificate"),
        (("another.example",), True, "Hostname mismatch"),
    ],
)
def test_a_receiver_nobody_vouches_for_gets_nothing(
    handoff, work, authority, monkeypatch, names: tuple[str, ...], trusted: bool, reason: str
) -> None:
    with receiving(tls=authority.context(*names)) as receiver:
        handoff.add(url=f"https://localhost:{receiver.port}/hook")
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        work()
        handoff.enqueue("a")
        until = time.monotonic() + 10
        while handoff.rows()[0].reason is None and time.monotonic() < until:
            time.sleep(0.02)
        (row,) = handoff.rows()
        assert row.state == "waiting" and reason in row.reason
        assert receiver.arrivals == []


@contextmanager
def nats_with_tls(authority: OwnAuthority, folder: Path) -> Iterator[int]:
    if shutil.which("nats-server") is None:
        pytest.skip("there is no nats-server on this machine")
    certificate, key = authority.server("127.0.0.1")
    port = free_port()
    command = ["nats-server", "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "nats"), "--tls"]
    running = subprocess.Popen(
        [*command, "--tlscert", str(certificate), "--tlskey", str(key)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        running.kill()
        running.wait()


class TestABus:
    def test_deliveries_reach_a_bus_whose_authority_the_address_names(
        self, handoff, work, authority, tmp_path: Path
    ) -> None:
        with nats_with_tls(authority, tmp_path) as port:
            handoff.add(name="bus", kind="bus", url=f"tls://127.0.0.1:{port}?ca={authority.file}")
            work()
            handoff.enqueue("a", "b")
            handoff.wait_for_states({"delivered": 2})

    def test_an_authority_nobody_named_is_refused(self, authority, tmp_path: Path) -> None:
        async def connect(url: str) -> None:
            bus = open_bus(read_bus_address(url, purpose="events"))
            try:
                await bus.connect()
            finally:
                await bus.aclose()

        with (
            nats_with_tls(authority, tmp_path) as port,
            pytest.raises(Exception, match=r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|no servers"),
        ):
            asyncio.run(connect(f"tls://127.0.0.1:{port}"))
