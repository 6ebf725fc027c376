"""A policy on pages: its versions, a draft with what the check says, publishing, and who may."""

import html
import re

import pytest

from tests.serving.conftest import House
from tests.serving.pages.reading import PAGE, Page, look

POLICY = "/policies/price_override"


def plain(page: Page) -> str:
    return re.sub(r"\s+", " ", page.text)


def send(house: House, page: Page, action: str, **fields: str) -> str:
    """Send a form that must lead on; return where."""
    form = {"csrf_token": page.forms[action]["csrf_token"]} | fields
    answer = house.client.post(action, data=form, headers=PAGE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def draft_of(house: House, version: str) -> tuple[Page, str]:
    """Open the draft of what is in force, and return its text under another version with a higher price limit."""
    page = look(house, f"{POLICY}/draft")
    source = house.client.get(f"{POLICY}/draft", headers=PAGE).text
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", source, re.DOTALL)
    assert text is not None
    written = html.unescape(text[1])
    return page, re.sub(r'version: "?[\w.-]+"?', f'version: "{version}"', written, count=1)


def test_a_draft_is_checked_recorded_compared_published_and_taken_back(any_house: House) -> None:
    any_house.sign_in("pia")
    page, text = draft_of(any_house, "9.0.0")
    form = {"csrf_token": page.forms[f"{POLICY}/draft"]["csrf_token"], "document": text}
    checked = any_house.client.post(f"{POLICY}/draft", data=form, headers=PAGE)
    assert checked.status_code == 200
    assert "What the check says" in checked.text
    assert "9.0.0" in checked.text
    page = look(any_house, send(any_house, page, f"{POLICY}/draft", document=text, save="yes"))
    assert "Recorded. It decides nothing until it is published." in page.text
    live = any_house.service.policies["price_override"].version
    compared = plain(look(any_house, f"{POLICY}?old={live}&new=9.0.0"))
    assert "version" in compared
    page = look(any_house, send(any_house, page, f"{POLICY}/shadow", version="9.0.0"))
    assert "decides in shadow" in page.text
    page = look(any_house, send(any_house, page, f"{POLICY}/shadow", version=""))
    page = look(any_house, send(any_house, page, f"{POLICY}/publish", version="9.0.0"))
    assert "Published: it decides from now on." in page.text
    assert any_house.service.policies["price_override"].version == "9.0.0"
    page = look(any_house, send(any_house, page, f"{POLICY}/rollback"))
    assert any_house.service.policies["price_override"].version == live


@pytest.mark.parametrize("text", ["", "nothing: [", "domain: price_override\nversion: '9'\n"])
def test_what_does_not_load_says_why_and_keeps_the_text(any_house: House, text: str) -> None:
    any_house.sign_in("pia")
    page = look(any_house, f"{POLICY}/draft")
    form = {"csrf_token": page.forms[f"{POLICY}/draft"]["csrf_token"], "document": text, "save": "yes"}
    answer = any_house.client.post(f"{POLICY}/draft", data=form, headers=PAGE)
    assert answer.status_code == 422
    assert "It does not load" in answer.text


def test_a_reader_sees_versions_and_no_buttons(any_house: House) -> None:
    any_house.sign_in("ann")
    assert any_house.client.get("/policies", headers=PAGE).headers["location"] == POLICY
    page = look(any_house, POLICY)
    assert "In force" in page.text
    assert [action for action in page.forms if action.startswith(POLICY + "/")] == []
    assert any_house.client.get(f"{POLICY}/draft", headers=PAGE).status_code == 403


@pytest.mark.parametrize(
    ("verb", "fields"), [("publish", {}), ("publish", {"version": "x" * 40}), ("shadow", {"variant": "y" * 50})]
)
def test_a_form_that_cannot_be_read_names_its_field(any_house: House, verb: str, fields: dict[str, str]) -> None:
    any_house.sign_in("pia")
    page = look(any_house, f"{POLICY}/draft")
    form = {"csrf_token": page.forms[f"{POLICY}/draft"]["csrf_token"]} | fields
    answer = any_house.client.post(f"{POLICY}/{verb}", data=form, headers=PAGE)
    assert answer.status_code == 422
    assert (*fields, "version")[0] in answer.text.lower()
