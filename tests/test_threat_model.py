"""Every test that the documents on security name exists: a promise without its test is none."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")


@cache
def defined(path: Path) -> frozenset[str]:
    """Name what a file of tests defines, as pytest does: "::Class::test"."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"::{node.name}::{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(f"::{node.name}")
    return frozenset(found)


@pytest.mark.parametrize("page", ["threat-model.md", "asvs.md"])
def test_every_test_that_is_named_exists(page: str) -> None:
    named = NAMED.findall((ROOT / "docs" / page).read_text())
    assert len(named) > 10
    missing = [
        f"{file}{test}" for file, test in named if not (ROOT / file).exists() or test not in defined(ROOT / file)
    ]
    assert missing == []


def test_every_promise_has_a_test() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text()
    table = text.split("## Promises and the tests that hold them", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert [row for row in rows if not NAMED.search(row)] == []
