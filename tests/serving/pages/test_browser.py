"""The review queue in a real browser, at desktop, tablet and phone width."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.serving.conftest import policy_domain
from tests.serving.pages.browsing import DEAR, cut_off, running, sign_in, window
from tests.serving.scenarios import AUDITED

pytestmark = pytest.mark.browser


@pytest.fixture
def address(sqlite_engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A running queue with three cases in it."""
    with running(sqlite_engine, tmp_path, [DEAR | {"note": "Box torn, customer waited. " * 20}] * 3) as found:
        yield found


@pytest.fixture
def audited(sqlite_engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A running queue with a blind audit, and two cases that take two people, of which one fits into the day."""
    domain = policy_domain(tmp_path, **AUDITED)
    with running(sqlite_engine, tmp_path, [DEAR | {"charged_price": "64.00"}, DEAR, DEAR], domain=domain) as found:
        yield found


@pytest.fixture(params=[1440, 768, 360])
def width(request: pytest.FixtureRequest) -> int:
    """Of the window, in CSS pixels: a desk, a tablet, a small phone."""
    return int(request.param)


@pytest.fixture
def page(browser: Any, width: int) -> Iterator[Any]:
    with window(browser, width=width) as opened:
        yield opened


def follow(page: Any, role: str, name: str, *, exact: bool = False) -> None:
    """Click what leads to another page, which must fit into the window."""
    with page.expect_navigation():
        page.get_by_role(role, name=name, exact=exact).first.click()
    assert cut_off(page) == []


def rule(page: Any, button: str, action: str, cause: str, reason: str) -> None:
    """Fill in the form of a ruling by hand, and send it."""
    page.locator(f"[name=action][value={action}]").last.check()
    page.locator(f"[name=cause][value={cause}]").check()
    page.locator(f"[name=reason_code][value={reason}]").check()
    follow(page, "button", button)


def test_open_a_queue_claim_and_resolve(page: Any, address: str, width: int) -> None:
    sign_in(page, address, "ann")
    assert cut_off(page) == []
    follow(page, "link", "Override desk")
    follow(page, "link", "PRO-00")
    follow(page, "button", "Claim")
    ruling, reasons = (page.locator(f"#{name}").bounding_box()["y"] for name in ("act", "reasons"))
    assert ruling < reasons  # on a phone, too, the ruling comes before the long file
    assert page.locator("[name=cause]:checked").input_value() == "sweethearting"
    page.get_by_role("button", name="Resolve and go on").click()
    assert page.get_by_role("button", name="Resolve and go on").is_visible()  # the browser asks for what is required
    rule(page, "Resolve and go on", "corrected", "sweethearting", "not_justified")
    assert "PRO-00" in page.inner_text(".note") and "Resolved." in page.inner_text(".note")
    assert "PRO-01" in page.inner_text("h1")
    page.reload()
    assert page.locator(".note").count() == 0  # told once; and nobody else who follows the link is told
    for path in ("/cases", "/docs", "/"):
        page.goto(address + path)
        assert cut_off(page) == []
    follow(page, "button", "Sign out")
    assert "You are signed out" in page.inner_text("main")


def test_a_blind_audit_and_a_ruling_that_two_people_agree_on(page: Any, audited: str) -> None:
    sign_in(page, audited, "ann")
    assert "1 beyond today" in page.inner_text("main")
    follow(page, "link", "Spot checks")
    follow(page, "button", "Take next of this queue")
    assert "Blind audit." in page.inner_text("main")
    assert page.locator("[name=cause]:checked").count() == 0
    assert page.locator("#reasons").count() == 0
    rule(page, "Resolve and go on", "accepted", "price_match", "justified")
    page.goto(f"{audited}/queues/OVERRIDE_DESK")
    assert "1 case fits, 1 does not" in page.inner_text("main")
    follow(page, "button", "Take next of this queue")
    rule(page, "Rule and go on", "corrected", "sweethearting", "not_justified")
    assert "A second person has to approve it." in page.inner_text("main")
    page.goto(f"{audited}/cases?state=approval")
    follow(page, "link", "PRO-01")
    assert "You cannot approve it" in page.inner_text("main")
    sign_in(page, audited, "paul")
    follow(page, "button", "Next case")  # an approver gets what is to be approved like any other case
    assert "Waits for approval" in page.inner_text("main")
    follow(page, "button", "Approve")
    assert "Approved. The ruling stands" in page.inner_text(".note")


@pytest.mark.parametrize("width", [360, 768, 1024, 1920, 3840])
def test_lists_show_the_due_time_at_every_width(browser: Any, address: str, width: int) -> None:
    with window(browser, width=width) as page:
        sign_in(page, address, "ann")
        for path in ("/cases", "/queues/OVERRIDE_DESK"):
            page.goto(address + path)
            box = page.locator("td.where").first.bounding_box()
            assert (cut_off(page), box["x"] + box["width"] <= width) == ([], True), path
