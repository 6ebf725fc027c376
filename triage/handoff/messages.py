"""Sending mail and chat through apprise, which knows more than a hundred services by their address."""

import asyncio
from time import perf_counter

import orjson

from triage.handoff.claiming import Attempt, Claimed
from triage.handoff.secrets import UnreadableSecretError, read_secrets
from triage.handoff.templates import UnwritableMessageError, write_message


def is_known_address(address: str) -> bool:
    """Check whether apprise knows what an address stands for."""
    from apprise import Apprise

    return bool(Apprise.instantiate(address, suppress_exceptions=True))


async def send_message(claimed: Claimed) -> Attempt:
    """Send one delivery as a message and return what became of it."""
    started = perf_counter()
    reason, is_final = None, False
    try:
        title, body = write_message(
            claimed.template, claimed.language, kind=claimed.kind, delivery_id=claimed.delivery_id,
            data=orjson.loads(claimed.body),
        )  # fmt: skip
        (address, *_) = read_secrets(claimed.secrets)
        async with asyncio.timeout(claimed.timeout_seconds):
            reason = await asyncio.to_thread(_notify, address, title, body, claimed.timeout_seconds)
    except TimeoutError:
        reason = f"not taken within {claimed.timeout_seconds:g} seconds"
    except UnreadableSecretError as error:
        reason = str(error)
    except UnwritableMessageError as error:
        reason, is_final = str(error), True
    took = int((perf_counter() - started) * 1000)
    return Attempt(delivered=reason is None, milliseconds=took, reason=reason, is_final=is_final)


def _notify(address: str, title: str, body: str, timeout_seconds: float) -> str | None:
    """Return why a message was not taken, None where it was; never the address, which holds a password."""
    from apprise import Apprise, NotifyFormat

    # Half the time to connect and half to be read, so that the thread ends about when its caller stops waiting.
    half = timeout_seconds / 2
    service = Apprise.instantiate(
        f"{address}{'&' if '?' in address else '?'}cto={half}&rto={half}", suppress_exceptions=True
    )
    if not service:
        return "apprise does not know what the address stands for"
    taken = Apprise()
    taken.add(service)
    return (
        None if taken.notify(body=body, title=title, body_format=NotifyFormat.TEXT) else "the service did not take it"
    )
