"""The whole day of an approver, a policy editor, a model reviewer and an administrator in a real browser, and pictures.

An analyst's day is in test_keyboard. With TRIAGE_WRITE_IMAGES set the pictures of docs/images are made anew.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import Engine

from tests.serving.conftest import policy_domain
from tests.serving.pages.axe import clean, follow
from tests.serving.pages.browsing import DEAR, TO_CONFIRM, cut_off, running, sign_in, type_key, window
from tests.serving.scenarios import PROMISED, OneModel
from triage.domains.invoice_discrepancy import DOMAIN as INVOICES

pytestmark = pytest.mark.browser
IMAGES = Path(__file__).parents[3] / "docs" / "images"
MAX_BYTES = 60_000
WIDTHS = ((1440, "light"), (768, "dark"), (360, "light"))
MODELLED = PROMISED | {"thresholds": {"confirm_at_risk": 0.03, "review_at_risk": 0.3, "escalate_at_risk": 0.9}}


def picture(page: Any, name: str, folder: Path) -> None:
    """Take a picture of what is seen; small enough for a repository, which keeps the wide ones and two of a phone."""
    shot = Image.open(io.BytesIO(page.screenshot()))
    for quality in (60, 40, 25):
        out = io.BytesIO()
        shot.convert("RGB").save(out, "WEBP", quality=quality, method=4)
        if len(out.getvalue()) <= MAX_BYTES:
            break
    assert len(out.getvalue()) <= MAX_BYTES, (name, len(out.getvalue()))
    if folder != IMAGES or name.endswith("-1440") or name in ("work-360", "case-360"):
        (folder / f"{name}.webp").write_bytes(out.getvalue())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where pictures go: into the docs where they are to be made anew."""
    if not os.environ.get("TRIAGE_WRITE_IMAGES"):
        return tmp_path
    IMAGES.mkdir(parents=True, exist_ok=True)
    return IMAGES


@pytest.fixture
def house(sqlite_engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A queue with a model that serves, one that waits, and audits of everything that goes through."""
    domain = policy_domain(tmp_path, **MODELLED, **TO_CONFIRM)
    plain = DEAR | {"charged_price": "64.00"}
    with running(sqlite_engine, tmp_path, [DEAR, DEAR, plain, plain], domain=domain, models=OneModel()) as found:
        yield found


def test_an_approver_acts_on_many_at_once(browser: Any, house: str) -> None:
    with window(browser, width=1440) as page:
        sign_in(page, house, "paul")
        page.goto(f"{house}/cases?state=open")
        follow(page, "link", "Act on the cases that fit")
        clean(page, "what to do to many")
        page.get_by_label("Assign to a person or a queue").check()
        page.locator("input[name=to]").fill("ann")
        follow(page, "button", "Preview")
        clean(page, "what will happen")
        assert "Put before ann" in page.inner_text("main")
        type_key(page, "c")
        clean(page, "what happened")
        assert "What happened" in page.inner_text("main")


def test_a_model_is_compared_asked_for_and_agreed_to(browser: Any, house: str) -> None:
    with window(browser, width=1440, color_scheme="dark") as page:
        sign_in(page, house, "mo")
        follow(page, "link", "Models")
        clean(page, "models")
        follow(page, "button", "Compare the two")
        clean(page, "compared")
        page.get_by_label("Why").fill("Twice as careful.")
        follow(page, "button", "Ask to promote it")
        clean(page, "asked for")
        follow(page, "link", "Blind audits")
        clean(page, "blind audits")
        sign_in(page, house, "pia")
        page.goto(f"{house}/models/price_override")
        follow(page, "button", "Agree: version 2 serves")
        assert "price_override/2 serves" in page.inner_text("main")


def test_a_policy_editor_moves_a_slider_and_the_figures_follow(browser: Any, house: str) -> None:
    with window(browser, width=768) as page:
        sign_in(page, house, "pia")
        page.goto(f"{house}/policies/price_override")
        follow(page, "link", "What if")
        clean(page, "what if")
        slider = page.get_by_label("Error budget")
        slider.focus()
        with page.expect_response(lambda answer: "alpha=" in answer.url):
            page.keyboard.press("Home")
        expect(page.locator("#what-if-result")).not_to_have_attribute("aria-busy", "true")
        assert page.locator("output[data-of=alpha]").inner_text() == "0.5%"
        assert "alpha=0.005" in page.url
        clean(page, "another budget")


def test_counts_follow_what_others_do(browser: Any, house: str) -> None:
    with window(browser, width=1440) as page, window(browser, width=360) as other:
        sign_in(page, house, "ann")
        count = page.locator("[data-live-queue=OVERRIDE_DESK] [data-live=open]")
        before = int(count.inner_text())
        sign_in(other, house, "paul")
        other.get_by_role("button", name="Next case").first.click()
        other.wait_for_url("**/cases/**")
        expect(count).to_have_text(str(before - 1), timeout=15_000)


def test_pictures_of_a_queue_of_invoices(browser: Any, sqlite_engine: Engine, tmp_path: Path, folder: Path) -> None:
    written = yaml.safe_load((INVOICES.policy_file.parent / "invoice_discrepancy.examples.yaml").read_text())
    shown = [one.get("payload", {}) for one in written["examples"]]
    payloads = [
        {
            name: value
            for name, value in (written["payload"] | own | {"invoice_id": f"I{at}"}).items()
            if value is not None
        }
        for at, own in enumerate(shown[:24])
    ]
    with running(sqlite_engine, tmp_path, payloads, domain=INVOICES, name="INV-2026-{:04d}") as address:
        for width, scheme in WIDTHS:
            with window(browser, width=width, height=900, color_scheme=scheme) as page:
                sign_in(page, address, "root")
                pages = {
                    "work": "/", "cases": "/cases", "figures": "/figures", "policy": "/policies/invoice_discrepancy",
                    "queue": "/queues/AP_GENERAL", "bulk": "/bulk", "admin": "/admin",
                    "deliveries": "/admin/deliveries", "profile": "/me",
                }  # fmt: skip
                for name, path in pages.items():
                    page.goto(address + path)
                    picture(page, f"{name}-{width}", folder)
                    assert (name, width, cut_off(page)) == (name, width, [])
                page.goto(f"{address}/cases")
                page.locator("td.lead a").first.click()
                page.wait_for_url("**/cases/*-*")
                picture(page, f"case-{width}", folder)
                assert cut_off(page) == []


def test_pictures_of_models_and_what_if(browser: Any, house: str, folder: Path) -> None:
    for width, scheme in WIDTHS:
        with window(browser, width=width, height=900, color_scheme=scheme) as page:
            sign_in(page, house, "root")
            for name, path in {
                "models": "/models/price_override?compare=yes",
                "quality": "/quality/price_override",
                "what-if": "/policies/price_override/what-if",
            }.items():
                page.goto(house + path)
                picture(page, f"{name}-{width}", folder)
                assert (name, width, cut_off(page)) == (name, width, [])
