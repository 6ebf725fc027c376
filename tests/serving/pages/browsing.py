"""A queue that runs, and pages of a real browser to use it with."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import Engine
from toy_domain import DOMAIN

from serving.app import create_app
from tests.serving.conftest import PASSWORD, Clock, make_people, make_service
from triage.champions import ModelStore
from triage.domain import Domain
from triage.identity import access

CHROMIUM = Path("/usr/bin/chromium")
DEAR = {"receipt_id": "R-1", "listed_price": "80.00", "charged_price": "8.00", "note": "Box torn, customer waited."}
TO_CONFIRM: Mapping[str, Any] = {
    "fallback_rules": [
        {"id": "F1", "title": "Nothing is odd.", "disposition": "confirm", "cause": "price_match"}
    ]
}  # fmt: skip
"""A policy that asks a person to confirm everything."""


@contextmanager
def running(
    engine: Engine,
    folder: Path,
    payloads: Sequence[Mapping[str, Any]],
    *,
    domain: Domain = DOMAIN,
    models: ModelStore | None = None,
    name: str = "PRO-{:02d}-" + "long" * 20,
) -> Iterator[str]:
    """Run a queue with these cases in it, named by their number; give its address."""
    service = make_service(engine, Clock(), folder, {domain.name: domain}, models=models)
    make_people(service)
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    system = access.Principal(name="key:pos", grants=frozenset({("service", None)}))
    for at, payload in enumerate(payloads):
        raw = {"domain": domain.name, "exception_id": name.format(at), "payload": payload}
        service.intake.submit([raw], actor=system)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)


@contextmanager
def window(browser: Any, *, width: int, height: int = 900, **options: Any) -> Iterator[Any]:
    """Open a window of its own, whose page must neither warn nor fail to load anything."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
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


def sign_in(page: Any, address: str, name: str) -> None:
    """Sign in as a person, from nobody."""
    page.context.clear_cookies()
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


def cut_off(page: Any) -> list[str]:
    """Name what of a page reaches beyond the window at the right; nothing may, but inside of what scrolls by itself."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const beyond = [...document.querySelectorAll("body *")].filter((one) =>
            one.getBoundingClientRect().right > width + 1 && !one.closest(".scroll"));
          return [location.pathname, ...beyond.map((one) => `${one.tagName}.${one.className}`)];
        }"""
    )
    return found


def type_key(page: Any, key: str) -> None:
    """Type a key that leads to another page, and wait until that page is whole."""
    with page.expect_navigation():
        page.keyboard.press(key)
