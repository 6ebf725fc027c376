"""A day's work without a mouse: one key confirms, two override, and every key can be changed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.serving.conftest import policy_domain
from tests.serving.pages.browsing import DEAR, TO_CONFIRM, running, sign_in, type_key, window

pytestmark = pytest.mark.browser


@pytest.fixture
def address(sqlite_engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A running queue with twelve cases to confirm."""
    domain = policy_domain(tmp_path, **TO_CONFIRM)
    with running(sqlite_engine, tmp_path, [DEAR] * 12, domain=domain) as found:
        yield found


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    with window(browser, width=1440) as opened:
        yield opened


def test_ten_cases_with_eleven_keys(page: Any, address: str) -> None:
    began = time.perf_counter()
    sign_in(page, address, "ann")
    type_key(page, "n")
    seen = []
    for _ in range(10):
        seen.append(page.inner_text("h1"))
        type_key(page, "c")
    took = time.perf_counter() - began
    assert len(set(seen)) == 10
    assert "Resolved." in page.inner_text(".note")
    print(f"ten rulings, 11 keys after sign-in, {took:.1f} s from sign-in to the tenth")
    assert took < 60


def test_two_keys_override(page: Any, address: str) -> None:
    sign_in(page, address, "ann")
    type_key(page, "n")
    page.keyboard.press("2")  # another cause,
    assert page.locator("[name=cause]:checked").input_value() == "damaged_item"
    assert page.locator(".ruling [name=action]:checked").input_value() == "accepted"
    type_key(page, "1")  # and why
    assert "Resolved." in page.inner_text(".note")


@pytest.mark.parametrize(
    ("key", "cause", "action"),
    [
        ("1", "price_match", "corrected"),  # the suggested cause: then it is the other answer that departs
        ("Shift+Digit1", "price_match", "accepted"),
        ("2", "damaged_item", "accepted"),
        ("Shift+Digit2", "damaged_item", "corrected"),
    ],
)
def test_a_cause_brings_its_answer(page: Any, address: str, key: str, cause: str, action: str) -> None:
    sign_in(page, address, "ann")
    type_key(page, "n")
    page.keyboard.press(key)
    assert page.locator("[name=cause]:checked").input_value() == cause
    assert page.locator(".ruling [name=action]:checked").input_value() == action


def test_a_draft_survives_a_reload_and_goes_with_the_ruling(page: Any, address: str) -> None:
    sign_in(page, address, "ann")
    type_key(page, "n")
    case = page.url
    page.keyboard.press("2")
    page.locator(".ruling textarea").fill("Torn on the way")
    page.reload()
    assert page.locator("[name=cause]:checked").input_value() == "damaged_item"
    assert page.locator(".ruling textarea").input_value() == "Torn on the way"
    page.keyboard.press("Tab")
    page.locator("[name=reason_code][value=justified]").check()
    with page.expect_navigation():
        page.locator(".ruling textarea").press("Control+Enter")
    assert page.url != case
    kept = page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('triage.draft.'))")
    assert kept == []


def test_keys_are_listed_changed_and_turned_off(page: Any, address: str) -> None:
    sign_in(page, address, "ann")
    type_key(page, "n")
    page.keyboard.press("?")
    listed = page.locator("#keys .keys label").all_inner_texts()
    assert {"Confirm", "Next case", "Give it back", "Comment"} <= {text.strip() for text in listed}
    page.get_by_label("Key for Confirm").fill("y")
    page.get_by_role("button", name="Close").click()
    assert page.locator(".confirm kbd").inner_text() == "y"
    first = page.inner_text("h1")
    page.keyboard.press("c")
    assert page.inner_text("h1") == first
    type_key(page, "y")
    assert page.inner_text("h1") != first
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.get_by_role("button", name="Close").click()
    second = page.inner_text("h1")
    page.keyboard.press("y")
    assert page.inner_text("h1") == second
    page.keyboard.press("?")
    assert not page.locator("#keys").is_visible()


def test_nothing_happens_while_one_types(page: Any, address: str) -> None:
    sign_in(page, address, "ann")
    type_key(page, "n")
    first = page.inner_text("h1")
    page.keyboard.press("m")
    page.keyboard.type("cnr2")
    assert page.locator(".comment textarea").input_value() == "cnr2"
    assert page.inner_text("h1") == first


def test_a_rule_lights_up_what_it_read(page: Any, sqlite_engine: Engine, tmp_path: Path) -> None:
    with running(sqlite_engine, tmp_path, [DEAR | {"authorised": False}]) as address:
        sign_in(page, address, "ann")
        type_key(page, "n")
        rule = page.locator("li[data-reads=authorised]")
        rule.focus()
        assert page.locator(".lit").inner_text().split("\n")[0] == "Authorised by a supervisor"
        rule.evaluate("element => element.blur()")
        assert page.locator(".lit").count() == 0
