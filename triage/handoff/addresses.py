"""Which network addresses may be called: no private, loopback or link-local one, unless an endpoint allows it.

The check is made on the addresses a name resolves to, and the connection goes to one of those: a name that resolves to
another address a moment later (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

_EMBEDDED_V4: Final = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedAddressError(Exception):
    """A name leads to an address that must not be called."""


def refusal(text: str, *, allow_private: bool) -> str | None:
    """Return why an IP address must not be called, None where it may be."""
    address = _innermost(ipaddress.ip_address(text.partition("%")[0]))
    if address.is_multicast or address.is_unspecified or (address.is_reserved and not address.is_loopback):
        return f"{text} is not the address of one machine"
    # Python calls the old site-local range global.
    is_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    if (address.is_global and not is_local) or allow_private:
        return None
    return f"{text} is not a public address; an endpoint that may stand there needs --allow-private"


async def checked_addresses(host: str, port: int, *, allow_private: bool) -> Sequence[str]:
    """Resolve a host; raise RefusedAddressError if any of its addresses must not be called, OSError if it has none.

    One bad address refuses the whole name: which of several is dialled is not the caller's choice.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    for address in addresses:
        refused = refusal(address, allow_private=allow_private)
        if refused is not None:
            raise RefusedAddressError(f"{host} leads to {refused}" if host != address else refused)
    return addresses


def literal_address(host: str) -> str | None:
    """Return a URL's host if it is an IP address, None if it is a name."""
    try:
        return str(ipaddress.ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        return None


def _innermost(address: Address) -> Address:
    """Unwrap an IPv4 address that an IPv6 one carries: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _EMBEDDED_V4:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
