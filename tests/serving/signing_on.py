"""An OpenID provider of its own process, certified oidc-provider on Node, and a browser that goes there and back."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

SITE = "https://testserver"
FOLDER = Path(__file__).parent / "identity"


@dataclass
class Provider:
    """The provider, who signs in there next, and the browser's cookies for it."""

    issuer: str
    browser: httpx.Client

    def next_is(self, login: str, *groups: str, amr: tuple[str, ...] = ("pwd",)) -> None:
        """Let this person sign in next, in a browser that nobody signed in with."""
        self.browser.cookies.clear()
        body = {"login": login, "groups": list(groups), "amr": list(amr)}
        assert self.browser.post(f"{self.issuer}/test/who", json=body).status_code == 200

    def rotate_keys(self) -> None:
        """Sign with new keys from now on, and forget the old."""
        assert self.browser.post(f"{self.issuer}/test/rotate").status_code == 200

    def follow(self, address: str) -> str:
        """Go where the service sends the browser, until the provider sends it back; return the address there."""
        for _ in range(10):
            if address.startswith(SITE):
                return address.removeprefix(SITE)
            answer = self.browser.get(address)
            assert answer.status_code in (302, 303), answer.text
            address = urljoin(address, answer.headers["location"])
        raise AssertionError(f"no way back from {address}")

    def client_token(self) -> str:
        """Return an access token of the service account `erp`, by client credentials."""
        answer = self.browser.post(
            f"{self.issuer}/token", data={"grant_type": "client_credentials"}, auth=("erp", "of%20the%20erp")
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run the provider; skips where Node or its package is missing."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "oidc-provider").exists():
        pytest.skip("no OpenID provider: `make clients` installs it, with npm")
    process = subprocess.Popen(
        [node, "provider.mjs", SITE], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        port = next(line.split()[1] for line in process.stdout if line.startswith("listening "))
        with httpx.Client(follow_redirects=False) as browser:
            yield Provider(issuer=f"http://127.0.0.1:{port}", browser=browser)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
