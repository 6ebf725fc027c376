"""Every page and state is clean under axe-core (WCAG 2.2 A and AA), in light and dark, on a desk and a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.serving.conftest import policy_domain
from tests.serving.pages.axe import clean, follow
from tests.serving.pages.browsing import DEAR, running, sign_in, window
from tests.serving.scenarios import AUDITED

pytestmark = pytest.mark.browser


@pytest.fixture
def address(sqlite_engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A running queue with an audit, cases that take two people, and one that escalates."""
    domain = policy_domain(tmp_path, **AUDITED)
    escalates = DEAR | {"pieces": 1000, "charged_price": "70.00"}
    with running(
        sqlite_engine, tmp_path, [DEAR | {"charged_price": "64.00"}, DEAR, DEAR, escalates], domain=domain
    ) as found:
        yield found


@pytest.fixture(params=[(1440, "light"), (1440, "dark"), (768, "dark"), (360, "light")], ids=str)
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, scheme = request.param
    with window(browser, width=width, color_scheme=scheme, reduced_motion="reduce") as opened:
        yield opened


def test_pages_and_lists(page: Any, address: str) -> None:
    page.goto(f"{address}/sign-in")
    clean(page, "sign-in")
    sign_in(page, address, "ann")
    clean(page, "work")
    for path in (
        "/cases",
        "/cases?state=done",
        "/figures",
        "/steps",
        "/policies/price_override",
        "/queues/OVERRIDE_DESK",
        "/queues/OVERRIDE_QA",
        "/docs",
    ):
        page.goto(address + path)
        clean(page, path)
    sign_in(page, address, "root")
    for path in ("/me", "/admin", "/admin/sessions", "/admin/deliveries", "/admin/lookups"):
        page.goto(address + path)
        clean(page, path)


def test_a_case_in_every_state(page: Any, address: str) -> None:
    sign_in(page, address, "ann")
    page.goto(f"{address}/queues/OVERRIDE_DESK")
    follow(page, "link", "PRO-01")
    clean(page, "a free case")
    follow(page, "button", "Claim")
    clean(page, "a case of mine")
    if page.viewport_size["width"] > 900:
        page.get_by_role("button", name="Keys").click()
        clean(page, "the list of keys")
        page.get_by_role("button", name="Close").click()
    for name, value in (("action", "corrected"), ("cause", "sweethearting"), ("reason_code", "not_justified")):
        page.locator(f".ruling [name={name}][value={value}]").check()
    clean(page, "a ruling filled in")
    follow(page, "button", "Rule and go on")
    clean(page, "the next case, with a note")
    page.goto(f"{address}/queues/OVERRIDE_QA")
    follow(page, "button", "Take next of this queue")
    clean(page, "a blind audit")
    sign_in(page, address, "vic")
    page.goto(f"{address}/cases?state=approval")
    follow(page, "link", "PRO-01")
    clean(page, "a case to look at")
    sign_in(page, address, "paul")
    follow(page, "button", "Next case")
    clean(page, "an approver's next case")
