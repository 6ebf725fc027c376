"""What `triage train` tells the person who started it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.learning import train_dataset, warn_of_strange_causes
from models.version_record import VersionRef
from tests.toy_data import make_dataset
from training.train import TrainedVersion
from triage.domains import domains
from triage.settings import Settings

NOTE = "tune_minutes 5 is not used: it needs 400 cases"


def test_what_was_asked_for_and_not_done_is_said_once_training_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ref = VersionRef(name="return_fraud", version=1, run_id="1", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    trained = TrainedVersion(ref=ref, metrics={}, split="by time", champion=False, notes=(NOTE,))

    def train(*_: Any, **__: Any) -> TrainedVersion:
        return trained

    monkeypatch.setattr("training.train.train", train)
    train_dataset(Settings(home=tmp_path), domains()["return_fraud"], make_dataset(10, with_text=False))
    assert NOTE in capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(("recorded", "said"), [
    ([None, "unknown"], []),
    (["till_error", "unknown", "till_error"], ["till_error"]),
    (["f", "e", "d", "c", "b", "a"], ["a, b, c, d, e, …"]),
])  # fmt: skip
def test_causes_of_the_database_that_the_domain_does_not_know_are_named(
    recorded: list[str | None], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = make_dataset(10, with_text=False)
    warn_of_strange_causes(replace(dataset, cause=[*recorded, *dataset.cause[len(recorded) :]]))
    told = [f"causes that {dataset.domain} does not know count as unknown: {names}" for names in said]
    assert capsys.readouterr().err.splitlines() == told
