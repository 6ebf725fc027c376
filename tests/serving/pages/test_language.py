"""Pages in the reader's language and at the reader's time: by profile, then by what the browser asks for."""

import re
from pathlib import Path

import pytest

from serving.pages import flash, pass_on, templating
from serving.pages.language import LANGUAGES, Reader, catalogue, translate, wanted_language, write_for
from serving.pages.marking import texts_of
from tests.serving.conftest import House
from tests.serving.pages.reading import PAGE, Page, look, press

PAGES = Path(templating.__file__).parent
ANALYST = (
    "base", "parts", "work", "queue", "cases", "case", "error", "sign_in", "profile",
    *(f"case/{path.stem}" for path in sorted((PAGES / "templates" / "case").glob("*.html"))),
)  # fmt: skip
NAMES = {"triage", "· triage", "UTC"}
MAX_NEW = 5
"""Texts that may wait for their translation: they are shown in English until then."""
OTHERS = [language for language in LANGUAGES if language != "en"]


class TestMarking:
    @pytest.mark.parametrize(
        ("source", "texts"),
        [
            ("<p>Hello <b>you</b></p>", ["Hello", "you"]),
            ('<a href="/x" title="Go on">{{ name }}</a>', ["Go on"]),
            ('{{ "Resume" if held else "Next" }}', ["Resume", "Next"]),
            ('<p class="{{ "bad" if late else "good" }}">x</p>', []),
            ('{{ parts.key("work", "g") }}', []),
            ("<script>let word = 1;</script><code>triage up</code>", []),
            ('{% set right = "was right" %}{% set here = "work" %}', ["was right"]),
            ("{% if a > b %}<b>More than {{ n }} of them</b>{% endif %}", ["More than", "of them"]),
            ('<span {% if a > b %}title="Late"{% endif %}>·</span>', ["Late"]),
        ],
    )
    def test_finds_what_is_for_people(self, source: str, texts: list[str]) -> None:
        assert list(texts_of(source)) == texts

    @pytest.mark.parametrize("language", OTHERS)
    def test_the_path_of_an_analyst_is_complete_but_for_a_few_new_texts(self, language: str) -> None:
        sources = {name: (PAGES / "templates" / f"{name}.html").read_text() for name in ANALYST}
        known = NAMES | catalogue(language).keys()
        missing = [
            f"{name}: {text}" for name, source in sources.items() for text in texts_of(source) if text not in known
        ]
        assert len(missing) <= MAX_NEW, "\n".join(missing)

    @pytest.mark.parametrize("language", OTHERS)
    def test_so_are_words_and_notes_of_it(self, language: str) -> None:
        wanted = {*templating.WORDS.values(), *templating.MEANINGS.values(), *pass_on.RESTS.values()}
        wanted |= {flash.NOTES[name] for name in ("resolved", "undone", "claimed", "released", "held", "escalated")}
        for module in ("views", "clock_words"):
            wanted |= set(re.findall(r'translate\("([^"]+)"\)', (PAGES / f"{module}.py").read_text()))
        assert sorted(wanted - catalogue(language).keys() - {"Claimed {}"}) == []

    @pytest.mark.parametrize("language", OTHERS)
    def test_a_translation_keeps_its_places(self, language: str) -> None:
        odd = [text for text, other in catalogue(language).items() if text.count("{}") != other.count("{}")]
        assert odd == []


class TestReader:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("de", "de"), ("de-AT,en;q=0.5", "de"), ("fr, de;q=0.4, en;q=0.8", "en"), ("fr", "en"), ("", "en"),
            ("*;q=x", "en"), ("en-GB,de", "en"),
        ],
    )  # fmt: skip
    def test_the_first_language_there_is(self, header: str, language: str) -> None:
        assert wanted_language(header) == language

    def test_numbers_days_and_distances(self) -> None:
        from datetime import UTC, datetime, timedelta

        now = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
        try:
            write_for(Reader(language="de", time_zone="Europe/Berlin"))
            assert templating.money("1234.5", "EUR") == "1.234,50 EUR"
            assert templating.written(now) == "2. März 2026 10:15 CET"
            assert templating.distance(now - timedelta(days=3), now) == "vor 3 Tagen"
            assert templating.share(0.125, 1) == "12,5%"
            assert translate("no such text") == "no such text"
        finally:
            write_for(Reader())
        assert templating.written(now) == "2 Mar 2026 09:15 UTC"

    def test_the_browser_asks_and_the_profile_decides(self, any_house: House) -> None:
        case_id = any_house.review_case()
        any_house.sign_in("ann")
        german = PAGE | {"Accept-Language": "de"}
        page = any_house.client.get("/", headers=german).text
        assert '<html lang="de">' in page and "Ihre Arbeit" in page and "Warteschlangen" in page
        assert "Your work" in look(any_house, "/").text
        press(any_house, look(any_house, "/me"), "/me/reading", language="de", time_zone="Asia/Tokyo")
        shown = any_house.client.get(f"/cases/{case_id}", headers=PAGE).text
        assert (
            "Übernehmen" in shown
            and "JST" in shown
            and "Alle Zeiten in Asia/Tokyo" in " ".join(Page(shown).text.split())
        )
        press(any_house, look(any_house, "/me"), "/me/reading", language="", time_zone="")
        assert "Your work" in look(any_house, "/").text

    @pytest.mark.parametrize("fields", [{"language": "xx"}, {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc"}])
    def test_what_there_is_not_is_refused(self, house: House, fields: dict[str, str]) -> None:
        house.sign_in("ann")
        sent = look(house, "/me").forms["/me/reading"] | fields
        assert house.client.post("/me/reading", data=sent, headers=PAGE).status_code == 422

    def test_the_sign_in_page_speaks_it_too(self, house: House) -> None:
        house.client.cookies.clear()
        assert "Anmelden" in house.client.get("/sign-in", headers=PAGE | {"Accept-Language": "de"}).text
