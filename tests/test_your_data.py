"""docs/your-data.md, from a raw export to certified automation and a running queue: every step is run as it is written,
and every line of output it shows is there, whatever its digits."""

import json
import os
import re
import runpy
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.running import free_port, served
from triage.clock import utc_now

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8")
EXPORT = ROOT / "examples" / "foreign_export"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def steps() -> Iterator[tuple[list[str], list[str]]]:
    """Each command in words, with the lines it is shown to print."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            yield command.split(), [line for line in shown if line != "…"]


def digits_aside(line: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\d[\d.,:]*", "0", line)).strip()


def missing(shown: list[str], printed: str) -> list[str]:
    there = {digits_aside(line) for line in printed.split("\n")}
    return [line for line in shown if digits_aside(line) not in there]


def run(words: list[str]) -> str:
    result = CliRunner().invoke(app, words, input="a long enough password for ann\n")
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.usefixtures("simplest_shapes")
def test_every_step_of_the_page_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIAGE_PORT", str(port))
    shutil.copy(EXPORT / "returns.yaml", tmp_path)
    every = list(steps())
    serve = next(at for at, (words, _) in enumerate(every) if words == ["triage", "serve"])
    for words, shown in every[:serve]:
        if words[0] == "python":
            today = utc_now().date().isoformat()
            runpy.run_path(str(ROOT / words[1]))["main"](today, str(tmp_path))
            continue
        assert missing(shown, run(words[1:])) == [], words
    (draft,) = blocks("yaml")
    assert missing([line for line in draft.splitlines() if line != "…"], (tmp_path / "draft.yaml").read_text()) == []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "cli.main", "serve"]
    with served(command, ready=f"{address}/readyz", environment=environment, log=tmp_path / "served.log"):
        certified_within(20.0)
        key = ""
        for words, shown in every[serve + 1 :]:
            printed = run(words[1:])
            assert missing(shown, printed) == [], words
            if words[1:3] == ["key", "create"]:
                key = next(word for word in printed.split() if len(word) > 30)
        (case,) = blocks("json")
        answer = httpx.post(
            f"{address}/v1/cases", json=json.loads(case), headers={"Authorization": f"Bearer {key}"}, timeout=20
        )
        assert answer.status_code == 201, answer.text
        assert answer.json()["disposition"] in ("review", "escalate") and answer.json()["route"]["queue"]


def certified_within(seconds: float) -> None:
    """Wait for the service to have made its certificates."""
    until = time.monotonic() + seconds
    while "certified for" not in run(["certificate", "show", "return_fraud"]):
        assert time.monotonic() < until, "nothing is certified"
        time.sleep(0.5)
