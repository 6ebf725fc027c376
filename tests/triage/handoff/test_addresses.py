"""What may be called: no private address unless allowed, and the one that was checked is the one that is dialled."""

import asyncio
import socket

import pytest

from triage.errors import InvalidError
from triage.handoff import addresses
from triage.handoff.addresses import RefusedAddressError, checked_addresses, refusal
from triage.handoff.callbacks import covers, require_callback
from triage.handoff.endpoints import NewEndpoint, check_endpoint

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1",
    "fe80::1",
    "fe80::1%eth0", "fc00::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_needs_leave(address: str) -> None:
    assert "--allow-private" in refusal(address, allow_private=False)
    assert refusal(address, allow_private=True) is None


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"])
def test_what_is_no_machine_is_never_called(address: str) -> None:
    assert refusal(address, allow_private=True) is not None


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_a_public_address_is_called(address: str) -> None:
    assert refusal(address, allow_private=False) is None


class _Loop:
    def __init__(self, *answers: str) -> None:
        self.answers = answers

    async def getaddrinfo(self, host, port, **how):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port)) for answer in self.answers]


def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch) -> None:
    monkeypatch.setattr(addresses.asyncio, "get_running_loop", lambda: _Loop("1.1.1.1", "10.0.0.7"))
    with pytest.raises(RefusedAddressError, match=r"rebind\.example leads to 10\.0\.0\.7"):
        asyncio.run(checked_addresses("rebind.example", 443, allow_private=False))


def test_a_name_is_looked_up_once_and_the_checked_address_is_dialled(handoff, receiver, work, monkeypatch) -> None:
    """DNS rebinding: a second look-up would give another address; there is none."""
    asked: list[str] = []

    def resolve(host, *args, **how):
        asked.append(host)
        if host == "127.0.0.1":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", args[0]))]
        answer = "127.0.0.1" if asked.count(host) == 1 else "203.0.113.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, args[0]))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    handoff.add(url=f"http://rebind.example:{receiver.port}/hook")
    handoff.enqueue("a")
    work()
    (arrival,) = receiver.wait_for(1)
    assert arrival.headers["host"] == f"rebind.example:{receiver.port}"
    assert asked.count("rebind.example") == 1


def test_a_name_that_leads_to_a_private_address_is_not_called(handoff, receiver, work, monkeypatch) -> None:
    def resolve(host, port, *args, **how):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    handoff.add(url="https://hooks.example/hook", allow_private=False)
    handoff.enqueue("a")
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    work()
    handoff.wait_for_states({"waiting": 1})
    while handoff.rows()[0].reason is None:
        pass
    assert "hooks.example leads to 127.0.0.1 is not a public address" in handoff.rows()[0].reason
    assert receiver.arrivals == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/hook", "must be https"),
        ("https://10.0.0.1/hook", "not a public address"),
        ("https://[::1]/hook", "not a public address"),
        ("https://localhost/hook", "localhost is this machine"),
        ("https://user:pass@example.com/", "must have no user"),
        ("https://example.com/#part", "fragment"),
        ("ftp://example.com/", "must be an http or https URL"),
        ("https:///hook", "must be an http or https URL"),
        ("https://exa mple.com/\n", "must be an http or https URL"),
        ("https://example.com:99999/", "is not a URL"),
    ],
)
def test_an_endpoint_is_refused_with_its_field_and_without_its_password(url: str, why: str) -> None:
    with pytest.raises(InvalidError, match=why) as refused:
        check_endpoint(NewEndpoint(name="erp", url=url))
    assert refused.value.problems[0].field == "url"
    assert "pass" not in str(refused.value).replace("password", "")


BASE = "https://flows.example/hook/"


@pytest.mark.parametrize(
    ("url", "covered"),
    [
        ("https://flows.example/hook", True),
        ("https://flows.example/hook/run/7?step=1", True),
        ("https://flows.example:443/hook/run", True),
        ("https://FLOWS.example/hook/run", True),
        ("https://flows.example/hooks", False),
        ("https://flows.example/other", False),
        ("https://flows.example.evil.example/hook/", False),
        ("https://flows.example@evil.example/hook/", False),
        ("http://flows.example/hook/", False),
        ("https://flows.example:8443/hook/", False),
        ("https://flows.example/hook/../admin", False),
        ("https://flows.example/hook/%2e%2e/admin", False),
        ("https://flows.example/hook/%252e%252e/admin", False),
        ("https://flows.example/hook/..%2fadmin", False),
        ("https://flows.example/hook/..%5cadmin", False),
        ("https://flows.example\\@evil.example/hook/", False),
        ("https://flows.example/hook/#a", False),
        ("https://flows.example/hook/\nx", False),
        ("https://flows.example:port/hook/", False),
        ("", False),
    ],
)
def test_a_callback_lies_below_a_registered_url_or_nowhere(url: str, covered: bool) -> None:
    assert covers(BASE, url) is covered


def test_only_an_endpoint_that_takes_callbacks_makes_one_welcome(handoff) -> None:
    handoff.add("plain", url="https://a.example/hook")
    handoff.add("flows", url="https://b.example/hook", callbacks=True)
    with handoff.engine.begin() as connection:
        require_callback(connection, "https://b.example/hook/7")
        with pytest.raises(InvalidError, match="--callbacks") as refused:
            require_callback(connection, "https://a.example/hook/7")
    assert refused.value.problems[0].field == "callback_url"
