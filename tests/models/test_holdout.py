"""Held-out scores: kept with the version that was judged, as plain arrays, and none where it learnt anew."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import load_bundle, load_holdout, save_bundle
from models.errors import BundleError
from models.holdout import Holdout, read_holdout, write_holdout
from models.score import UNKNOWN_CAUSE
from training.fitting.fit import Fitted


def holdout(rows: int = 3) -> Holdout:
    return Holdout(
        exception_ids=tuple(f"Ä-{at}" for at in range(rows)),
        rows=np.array([[1.0, np.nan], [2.0, 3.0], [4.0, 5.0]])[:rows],
        labels=("harmless", "lost"),
        causes=np.array([[0.3, 0.7], [0.9, 0.1], [0.5, 0.5]])[:rows],
        risk=np.array([0.1, 0.2, 0.3])[:rows],
        impact=np.array([10.0, 20.0, 30.0])[:rows],
        origin="simulated, seed 1",
        synthetic=True,
        how="by time",
    )


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_what_is_written_is_read(rows: int) -> None:
    before = holdout(rows)
    after = read_holdout(write_holdout(before))
    for name in ("rows", "causes", "risk", "impact"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert (after.exception_ids, after.labels, after.synthetic) == (before.exception_ids, before.labels, True)
    assert (after.origin, after.how) == ("simulated, seed 1", "by time")


def test_a_score_is_the_models_with_the_likeliest_cause_first() -> None:
    score = holdout().score(0, model_version="late_delivery/1")
    assert [(cause.label, cause.probability) for cause in score.causes] == [("lost", 0.7), ("harmless", 0.3)]
    assert (score.risk, score.impact, score.model_version) == (0.1, 10.0, "late_delivery/1")


def test_without_learnt_causes_the_cause_is_unknown() -> None:
    bare = replace(holdout(), labels=(), causes=np.empty((3, 0)))
    assert bare.score(0, model_version="x/1").causes[0].label == UNKNOWN_CAUSE


class TestInABundle:
    def test_it_comes_back_and_a_bundle_without_one_says_so(self, fitted: Fitted, tmp_path: Path) -> None:
        save_bundle(fitted.bundle, tmp_path / "with", holdout=holdout())
        save_bundle(fitted.bundle, tmp_path / "without")
        found = load_holdout(tmp_path / "with")
        assert found is not None and found.exception_ids == holdout().exception_ids
        assert load_holdout(tmp_path / "without") is None
        assert load_bundle(tmp_path / "with").fingerprint == fitted.bundle.fingerprint

    def test_a_changed_one_is_refused(self, fitted: Fitted, tmp_path: Path) -> None:
        save_bundle(fitted.bundle, tmp_path / "with", holdout=holdout())
        (tmp_path / "with" / "holdout.npz").write_bytes(write_holdout(holdout(1)))
        with pytest.raises(BundleError, match="sha256 differs"):
            load_holdout(tmp_path / "with")
