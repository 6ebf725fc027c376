"""How pages say things: times with their zone and distance, money, shares, and words for codes."""

import re
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from serving.pages.language import ENGLISH, reader, translate
from serving.pages.marking import MarkTexts

_ACCOUNT: Final = re.compile(r"\b(?:user|key):(\S)")
_TEMPLATES: Final = Path(__file__).parent / "templates"
WORDS: Final = {
    "auto": "Auto", "confirm": "Confirm", "review": "Review", "escalate": "Escalate",
    "open": "Open", "claimed": "Claimed", "approval": "Waits for approval", "on_hold": "On hold",
    "snoozed": "Snoozed", "done": "Done", "audit": "Blind audit",
    "on_track": "On track", "at_risk": "At risk", "breached": "Breached",
    "accepted": "Accepted", "corrected": "Corrected",
    # what payloads abbreviate
    "inr": "Not received", "snad": "Not as described", "boris": "Bought online, returned in store",
    "bnpl": "Buy now, pay later",
    "e_receipt": "E-receipt", "government_id": "Government ID", "gps": "GPS", "edi": "EDI", "pdf": "PDF",
    "dsd": "Direct store delivery", "iot_alarm": "Sensor alarm", "bms": "Building management system",
    "cctv_eas": "Cameras and tags",
    "two_way": "Two-way", "three_way": "Three-way", "four_way": "Four-way", "po_not_approved": "Order not approved",
    "dc": "Distribution center", "oos": "Out of stock", "projected_oos": "About to run out", "late_po": "Late order",
    "short_ship": "Shipped short", "promo_gap": "Promotion not covered", "negative_oh": "Stock record below zero",
}  # fmt: skip
MEANINGS: Final = {
    "auto": "Acted on straight through, nobody asked", "confirm": "A person confirms the recommendation",
    "review": "A person looks into it and decides", "escalate": "An approver decides",
    "audit": "Went straight through; a person checks it without seeing what was decided",
    "approval": "Somebody ruled; a second person has to approve it",
    "on_track": "Due in more than two hours", "at_risk": "Due within two hours", "breached": "Past its due time",
}  # fmt: skip


def render(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Answer with a page."""
    return HTMLResponse(environment().get_template(template).render(**values), status)


PLACE: Final[ContextVar[str]] = ContextVar("place", default="")
"""What the environment is called whose page is written: set for each request (`serving.telemetry`)."""


@cache
def environment() -> Environment:
    """Return the templates: everything escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[MarkTexts],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["place"] = PLACE.get
    # Templates are ours, and so are catalogues: what is looked up may hold an entity.
    made.globals.update(_=lambda text: Markup(translate(text)), reader=reader)
    made.filters.update(
        moment=moment,
        clock=clock,
        day=dated,
        written=written,
        distance=distance,
        share=share,
        minutes=minutes,
        money=money,
        words=words,
        person=person,
        sentence=sentence,
        capital=capital,
        meaning=lambda code: translate(MEANINGS[code]) if code in MEANINGS else None,
    )
    return made


def moment(value: str | datetime | None, now: datetime) -> Markup:
    """Write an instant with its zone, and how far off it is."""
    if value is None:
        return Markup("–")
    at = instant(value)
    iso = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{} <span class="rel">{}</span></time>').format(
        iso, written(at), distance(at, now)
    )


def written(at: datetime) -> str:
    """Write an instant to the minute, at the reader's time."""
    local = at.astimezone(reader().zone)
    return f"{dated(local)} {local:%H:%M %Z}"


def clock(value: str | datetime) -> str:
    """Write the time of day of an instant that is near."""
    return f"{instant(value).astimezone(reader().zone):%H:%M %Z}"


def dated(day: date) -> str:
    """Write a day."""
    if reader().language != ENGLISH:
        return format_date(day, "d. MMM yyyy", locale=reader().language)
    return f"{day.day} {day:%b %Y}"


def instant(value: str | datetime) -> datetime:
    """Read an instant, aware UTC."""
    return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).astimezone(UTC)


def distance(value: str | datetime, now: datetime) -> str:
    """Return how far off an instant is: "in 3 h 20 min", "2 days ago"."""
    gap = instant(value) - now
    length = _length(abs(gap))
    if length == "":
        return translate("now")
    return translate("in {}" if gap > timedelta(0) else "{} ago").format(length)


def minutes(value: float) -> str:
    """Write a length of work: "40 min", "3 h 20 min", "62 h"."""
    whole = round(value)
    if whole < 60:
        return f"{whole} min"
    if whole >= 24 * 60:
        return f"{whole / 60:,.0f} h"
    return f"{whole // 60} h {whole % 60} min" if whole % 60 else f"{whole // 60} h"


def share(value: float | None, places: int = 0) -> str:
    """Write a fraction as a percentage; what is not quite nothing or everything never reads as if it were."""
    if value is None:
        return "–"
    percent = value * 100
    smallest = 10.0**-places
    if 0 < percent < smallest / 2:
        return f"< {smallest:g}%"
    if 100 - smallest / 2 < percent < 100:
        return f"> {100 - smallest:g}%"
    return _number(f"{percent:.{places}f}%")


def money(value: Any, currency: str = "") -> str:
    """Write an amount with two places."""
    return "–" if value is None else f"{_number(f'{Decimal(str(value)):,.2f}')} {currency}".strip()


def _number(text: str) -> str:
    """Write an English number as the reader's language does."""
    language = reader().language
    if language == ENGLISH:
        return text
    signs = {",": get_group_symbol(language), ".": get_decimal_symbol(language)}
    return "".join(signs.get(sign, sign) for sign in text)


def words(code: Any) -> str:
    """Write a code as a person says it; one in capitals (PP, III) is a name and stays as it is."""
    text = str(code)
    known = WORDS.get(text)
    return translate(known) if known else translate(text if text.isupper() else capital(text.replace("_", " ").lower()))


def respoken(value: str) -> str:
    """Put a code met in a sentence, its underscores already gone, into the same words as elsewhere."""
    return WORDS.get(value.replace(" ", "_"), value)


def capital(text: str) -> str:
    """Begin with a capital, and leave the rest alone."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Make a sentence for a person of a rule's title or an error's detail."""
    spoken = capital(_ACCOUNT.sub(r"\1", text.strip()))
    return spoken if spoken.endswith((".", "!", "?")) else f"{spoken}."


def person(name: str | None) -> Markup:
    """Write who did something; a system is marked as one."""
    if name is None:
        return Markup("nobody")
    kind, _, own = name.partition(":")
    return escape(own) if kind == "user" else Markup('{} <span class="tag">{}</span>').format(own or kind, "system")


def _length(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 60:
        return translate("{} months").format(days // 30) if days < 730 else translate("{} years").format(days // 365)
    if days >= 2:
        return translate("{} days").format(days)
    if minutes >= 1440:
        day = translate("1 day")
        return f"{day} {hours} h" if hours else day
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes} min" if minutes else ""
