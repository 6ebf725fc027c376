"""The cause head's view of the risk: mixed in where it helps, and only there."""

from pathlib import Path

import numpy as np
import pytest

from models.bundle import load_bundle, save_bundle
from models.predictors import SecondOpinion
from tests.toy_data import START, make_dataset
from training.fit import Fitted, fit
from training.mixing import second_opinion


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(make_dataset(3_000, with_text=False), now=START)


def opinion(fitted: Fitted, own: np.ndarray, wrong: np.ndarray) -> SecondOpinion | None:
    dataset = make_dataset(3_000, with_text=False)
    codes = np.array([dataset.labels.index(cause or "") for cause in dataset.cause], dtype=float)
    rows = fitted.split.calibration
    return second_opinion(fitted.bundle.cause, fitted.columns, fitted.split, codes, wrong, own=own[rows], judge_on=rows)


class TestMixing:
    def test_the_view_is_the_share_wrong_of_each_cause_weighed_by_its_chance(self, fitted: Fitted) -> None:
        view = SecondOpinion(causes=fitted.bundle.cause, wrong_rates=(0.1, 0.5, 0.9))
        chances = fitted.bundle.cause.predict(fitted.columns[:5])
        wrong = chances @ np.array([0.1, 0.5, 0.9])
        np.testing.assert_allclose(view.log_odds(fitted.columns[:5]), np.log(wrong / (1 - wrong)))

    def test_beside_a_risk_that_knows_nothing_the_causes_decide(self, fitted: Fitted) -> None:
        found = opinion(fitted, np.random.default_rng(1).normal(size=3_000), make_dataset(3_000, with_text=False).wrong)
        assert found is not None
        assert found.cause_weight > 0.7 > 0.2 > abs(found.own_weight)

    def test_beside_a_risk_that_knows_everything_they_are_left_out(self, fitted: Fitted) -> None:
        rng = np.random.default_rng(2)
        odds = rng.normal(0.0, 2.0, 3_000)
        wrong = (rng.random(3_000) < 1 / (1 + np.exp(-odds))).astype(float)
        assert opinion(fitted, odds, wrong) is None

    def test_one_row_alone_equals_the_row_in_a_batch_to_the_last_bit(self, fitted: Fitted) -> None:
        view = SecondOpinion(causes=fitted.bundle.cause, wrong_rates=(0.1, 0.5, 0.9), own_weight=0.6, cause_weight=0.5)
        own = np.linspace(-2, 2, 40)
        alone = [view.mix(own[[at]], fitted.columns[[at]])[0] for at in range(40)]
        assert view.mix(own, fitted.columns[:40]).tolist() == alone

    def test_comes_back_with_its_bundle(self, fitted: Fitted, tmp_path: Path) -> None:
        assert fitted.bundle.risk.second is not None
        save_bundle(fitted.bundle, tmp_path / "bundle")
        again = load_bundle(tmp_path / "bundle")
        assert again.risk.second is not None and again.risk.second.to_json() == fitted.bundle.risk.second.to_json()
        assert again.risk.predict(fitted.columns).tolist() == fitted.bundle.risk.predict(fitted.columns).tolist()
