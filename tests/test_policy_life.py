"""The life of a policy from the command line: record, look at, replay, publish, shadow, roll back."""

import json
from pathlib import Path
from typing import Any

import pytest
from toy_domain import DOMAIN
from typer.testing import CliRunner, Result

from cli.main import app, main
from triage.db.database import open_engine, upgrade
from triage.errors import NotFoundError

TEXT = DOMAIN.policy_file.read_text()
EXAMPLES = """
domain: price_override
payload: {receipt_id: R-1, listed_price: "80.00", charged_price: "64.00"}
score: {cause: price_match, risk: 0.01}
examples:
  - {name: A usual override stands., expect: {disposition: DISPOSITION}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIAGE_DOMAIN_MODULES", "toy_domain")
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'triage.db'}")
    upgrade(engine)
    engine.dispose()
    (tmp_path / "new.yaml").write_text(
        TEXT.replace("version: 1.0.0", "version: 1.1.0").replace("half: 0.5", "half: 0.6")
    )
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["policy", *map(str, words)], catch_exceptions=False)


def told(*words: str | Path) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_version_from_draft_to_rollback(folder: Path) -> None:
    added = told("add", "price_override", folder / "new.yaml")
    assert (added["version"], added["new"]) == ("1.1.0", True)
    states = {row["version"]: row["state"] for row in told("list", "price_override")["versions"]}
    assert states == {"1.1.0": "draft", "1.0.0": "live"}
    assert run("show", "price_override", "1.1.0").stdout == (folder / "new.yaml").read_text()

    found = told("simulate", "price_override", "--draft", "1.1.0", "--picture", folder / "curve.svg")
    assert (found["version"], found["cases"]) == ("1.1.0", 0)
    assert (folder / "curve.svg").read_text().startswith("<svg")

    assert told("shadow", "price_override", "1.1.0")["act"] == "shadow"
    assert told("shadow", "price_override", "--off")["act"] == "unshadow"
    act = told("publish", "price_override", "1.1.0")
    assert (act["act"], act["published_by"]) == ("publish", "system:cli")
    assert told("list", "price_override")["live"][""] == "1.1.0"
    assert told("rollback", "price_override")["version"] == "1.0.0"
    assert told("list", "price_override")["live"][""] == "1.0.0"


def test_a_date_to_come_is_utc(folder: Path) -> None:
    run("add", "price_override", folder / "new.yaml")
    act = told("publish", "price_override", "1.1.0", "--at", "2126-12-01")
    assert act["effective_at"] == "2126-12-01T00:00:00+00:00"
    assert told("list", "price_override")["live"][""] == "1.0.0"


def test_what_only_reads_records_nothing(folder: Path) -> None:
    assert told("list", "price_override")["versions"] == []
    assert run("simulate", "price_override", "--draft", folder / "new.yaml").exit_code == 0
    for words in (("show", "price_override", "1.0.0"), ("shadow", "price_override", "--report")):
        with pytest.raises(NotFoundError):
            run(*words)
    assert told("list", "price_override")["acts"] == []


def test_what_a_person_decided_is_not_replaced_by_a_newer_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told("add", "price_override", folder / "new.yaml")
    (folder / "own").mkdir()
    (folder / "own" / "price_override.yaml").write_text(TEXT.replace("version: 1.0.0", "version: 3.0.0"))
    monkeypatch.setenv("TRIAGE_POLICY_FOLDER", str(folder / "own"))
    for words in (("list",), ("publish", "1.1.0"), ("rollback",)):
        told(words[0], "price_override", *words[1:])
    found = told("list", "price_override")
    assert (found["live"][""], {row["version"] for row in found["versions"]}) == ("1.0.0", {"1.0.0", "1.1.0"})


def test_withdrawing_what_was_scheduled_says_that_nothing_else_changed(folder: Path) -> None:
    run("add", "price_override", folder / "new.yaml")
    run("publish", "price_override", "1.1.0", "--at", "2126-12-01")
    told_so = " ".join(run("rollback", "price_override").stdout.split())
    assert told_so == "price_override 1.0.0 stays in force; what was scheduled is withdrawn"
    run("publish", "price_override", "1.1.0")
    assert "1.0.0 is in force again" in " ".join(run("rollback", "price_override").stdout.split())


@pytest.mark.parametrize(("disposition", "code"), [("auto", 0), ("review", 1)])
def test_examples_must_come_out_as_they_say(
    folder: Path, disposition: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = folder / "examples.yaml"
    examples.write_text(EXAMPLES.replace("DISPOSITION", disposition))
    run("add", "price_override", folder / "new.yaml")
    words = ["triage", "policy", "publish", "price_override", "1.1.0", "--examples", str(examples)]
    assert _main(words, monkeypatch) == code
    if code:
        assert "A usual override stands." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("publish", "price_override", "9.9.9"), "has no version '9.9.9'; the newest are 1.0.0"),
        (("rollback", "price_override"), "had no version before"),
        (("shadow", "price_override"), "name a VERSION to set in shadow, or --off"),
        (("simulate", "price_override", "--draft", "1.0.0", "--picture", "curve.png"), "ends in .svg"),
        (("simulate", "price_override", "--draft", "nowhere.yaml"), "has no version 'nowhere.yaml'"),
    ],
)
def test_what_cannot_be_done_says_why_in_a_sentence(
    folder: Path, words: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main(["triage", "policy", *words], monkeypatch) == 1
    assert says in capsys.readouterr().err


def test_tables_for_people(folder: Path) -> None:
    shown = run("simulate", "price_override", "--draft", str(folder / "new.yaml"))
    assert shown.exit_code == 0, shown.output
    assert "straight through" in shown.output


def _main(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", words)
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
