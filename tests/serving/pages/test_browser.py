"""The review queue in a real browser, at desktop and phone width."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import Engine
from toy_domain import DOMAIN

from serving.app import create_app
from tests.serving.conftest import PASSWORD, Clock, make_people, make_service, policy_domain
from tests.serving.scenarios import AUDITED
from triage import access
from triage.domain import Domain

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def address(sqlite_engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A running queue with three cases in it."""
    payload = {
        "receipt_id": "R-1",
        "listed_price": "80.00",
        "charged_price": "8.00",
        "note": "Box torn, customer waited. " * 20,
    }
    yield from _running(sqlite_engine, tmp_path, DOMAIN, [payload] * 3)


@pytest.fixture
def promised(sqlite_engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A running queue with a blind audit, and two cases that take two people, of which one fits into the day."""
    dear = {"receipt_id": "R-1", "listed_price": "80.00", "charged_price": "8.00"}
    domain = policy_domain(tmp_path, **AUDITED)
    yield from _running(sqlite_engine, tmp_path, domain, [dear | {"charged_price": "64.00"}, dear, dear])


def _running(engine: Engine, folder: Path, domain: Domain, payloads: list[dict[str, str]]) -> Iterator[str]:
    """Run a queue with these cases in it; give its address."""
    service = make_service(engine, Clock(), folder, {domain.name: domain})
    make_people(service)
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    system = access.Principal(name="key:pos", grants=frozenset({("service", None)}))
    for at, payload in enumerate(payloads):
        raw = {"domain": DOMAIN.name, "exception_id": f"PRO-{at}-{'long' * 20}", "payload": payload}
        service.intake.submit([raw], actor=system)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(params=[1440, 390])
def width(request: pytest.FixtureRequest) -> int:
    """Of the window, in CSS pixels: a desk, a phone."""
    return int(request.param)


@pytest.fixture
def page(browser: Any, width: int) -> Iterator[Any]:
    """A page of a window of its own, which must neither warn nor fail to load anything."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    opened.on(
        "requestfailed",
        # Leaving a page while its icon still loads is no failure.
        lambda request: complaints.append(request.url) if request.failure != "net::ERR_ABORTED" else None,
    )
    yield opened
    context.close()
    assert complaints == []


def test_sign_in_open_a_queue_claim_and_resolve(page: Any, address: str, width: int) -> None:
    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    def follow(role: str, name: str) -> None:
        """Click what leads to another page, and wait until that page is whole."""
        with page.expect_navigation():
            page.get_by_role(role, name=name).click()

    page.goto(address)
    assert "/sign-in" in page.url
    fits()
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    follow("button", "Sign in")
    fits()
    follow("link", "Override desk")
    fits()
    follow("link", "PRO-0")
    follow("button", "Take it" if width == 390 else "Claim")
    fits()
    ruling, file = (page.locator(f"#{name}").bounding_box()["y"] for name in ("act", "payload"))
    assert ruling < file  # on a phone, too, the ruling comes before the long file
    assert page.get_by_label("True cause").input_value() == "sweethearting"
    page.get_by_role("button", name="Resolve and go on").click()
    assert page.get_by_role("button", name="Resolve and go on").is_visible()  # the browser asks for what is required
    button = page.get_by_role("button", name="Resolve and go on").bounding_box()
    assert width == 390 or button["y"] + button["height"] <= 900  # no scrolling before one can rule
    page.get_by_role("radio", name="Wrong").check()
    page.locator("[name=reason_code]").select_option("not_justified")
    page.locator("[name=comment]").fill("Seen on video")
    follow("button", "Resolve and go on")
    assert "Resolved. Here is the next case" in page.inner_text("main")
    assert "PRO-1" in page.inner_text("h1")
    for path in ("/cases", "/docs", "/"):
        page.goto(address + path)
        fits()
    follow("button", "Sign out")
    assert "You are signed out" in page.inner_text("main")


def test_a_blind_audit_and_a_ruling_that_two_people_agree_on(page: Any, promised: str, width: int) -> None:
    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    def follow(role: str, name: str) -> None:
        with page.expect_navigation():
            page.get_by_role(role, name=name).first.click()
        fits()

    def sign_in(name: str) -> None:
        page.context.clear_cookies()
        page.goto(promised)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        follow("button", "Sign in")

    def rule(button: str, action: str, cause: str, reason: str) -> None:
        page.get_by_role("radio", name=action).check()
        page.locator("[name=cause]").select_option(cause)
        page.locator("[name=reason_code]").select_option(reason)
        follow("button", button)

    sign_in("ann")
    assert "1 beyond today" in page.inner_text("main")
    follow("link", "Spot checks")
    follow("button", "Take next")
    assert "Blind audit." in page.inner_text("main")
    assert page.get_by_label("True cause").input_value() == ""
    assert page.locator("#reasons").count() == 0
    rule("Resolve and go on", "Right", "price_match", "justified")
    page.goto(f"{promised}/queues/OVERRIDE_DESK")
    assert "1 case fits, 1 does not" in page.inner_text("main")
    follow("button", "Take next")
    rule("Rule and go on", "Wrong", "sweethearting", "not_justified")
    assert "waits for a second person" in page.inner_text("main")
    page.goto(f"{promised}/cases?state=approval")
    fits()
    follow("link", "PRO-1")
    assert "You cannot approve it" in page.inner_text("main")
    case = page.url
    sign_in("paul")
    page.goto(case)
    page.get_by_role("radio", name="Stands", exact=False).first.check()
    follow("button", "Say so")
    assert "Approved. The ruling stands" in page.inner_text("main")
