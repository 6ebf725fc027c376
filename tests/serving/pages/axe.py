"""Pages of a browser held to axe-core."""

from typing import Any

import pytest

from tests.serving.pages.browsing import cut_off

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def complaints(page: Any) -> list[str]:
    """Name what axe finds wrong with a page as it stands."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}" for one in found for node in one["nodes"]
    ]


def clean(page: Any, state: str) -> None:
    """Fail where axe finds something, or something is cut off."""
    assert (state, complaints(page)) == (state, [])
    assert (state, cut_off(page)) == (state, [])


def follow(page: Any, role: str, name: str) -> None:
    """Click what leads to another page."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).first.click()
