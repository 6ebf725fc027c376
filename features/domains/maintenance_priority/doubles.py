"""Requests for maintenance as claims: the ticket, and what is asked to be done with it."""

import hashlib

from features.domains.maintenance_priority.payload import MaintenancePriority
from features.doubles import Claim, key, keys
from features.identifiers import normal_form


def claim(payload: MaintenancePriority) -> Claim | None:
    """Return what is compared of a request, None where it names no ticket."""
    site, ticket = normal_form(payload.site_id, "entity"), normal_form(payload.ticket_id, "document")
    if site is None or ticket is None:
        return None
    # Dispatching a ticket and closing it later are two requests.
    step = payload.requested_step or "dispatch"
    day = str(payload.reported_at.date())
    return Claim(
        keys=keys(key("ticket", step, site, ticket), key("day", step, site, day)),
        number=ticket,
        written=payload.ticket_id or "",
        amount=day,
        apart={
            "asset": normal_form(payload.asset_id, "entity"),
            "class": payload.asset_class,
            "description": _digest(payload.description),
        },
    )


def _digest(text: str) -> str:
    """Shorten a text to what tells whether another is the same but for case, blanks and punctuation."""
    letters = "".join(sign for sign in text.casefold() if sign.isalnum())
    return hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).hexdigest()
