"""In whose words and at whose time a page is written: the reader's language and time zone.

They are those of the reader's profile; the language else the first of Accept-Language that there is; the zone else UTC.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import negotiate_locale
from babel.messages.pofile import read_po
from starlette.types import ASGIApp, Receive, Scope, Send

ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch"}
UTC_ZONE: Final = "UTC"
_CATALOGUES: Final = Path(__file__).parent / "locale"
_MAX_HEADER: Final = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a page is written for. time_zone: IANA."""

    language: str = ENGLISH
    time_zone: str = UTC_ZONE

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)


_READER: ContextVar[Reader] = ContextVar("reader")
_NOBODY: Final = Reader()


def reader() -> Reader:
    """Return who the page at hand is written for."""
    return _READER.get(_NOBODY)


def write_for(who: Reader) -> None:
    """Write what follows in this request for somebody."""
    _READER.set(who)


def translate(text: str) -> str:
    """Return a text in the reader's language; English where the catalogue has none."""
    language = reader().language
    return text if language == ENGLISH else catalogue(language).get(text, text)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by their English ones."""
    with (_CATALOGUES / f"{language}.po").open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale=language) if each.id and each.string}


def wanted_language(header: str) -> str:
    """Return the first language of an Accept-Language header that there is, English where there is none."""
    ranked = sorted(
        (-_quality(part), at, part.partition(";")[0].strip().replace("-", "_"))
        for at, part in enumerate(header[:_MAX_HEADER].split(","))
    )
    found = negotiate_locale([name for *_, name in ranked], LANGUAGES)
    return found if found is not None else ENGLISH


class ReaderLanguage:
    """ASGI middleware that takes the language from a request until the reader is known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
            write_for(Reader(language=wanted_language(given) if given else ENGLISH))
        await self._app(scope, receive, send)


def _quality(part: str) -> float:
    _, _, quality = part.partition("q=")
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0
