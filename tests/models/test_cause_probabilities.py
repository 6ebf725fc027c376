"""The probabilities of the causes are columns that risk and impact read, made the same way for one row and for many."""

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import load_bundle, save_bundle
from models.cause_probabilities import MIN_PROBABILITY, RiskOfCauses
from models.errors import BundleError
from tests.toy_data import LABELS, START, make_dataset
from training.fitting.fit import Fitted, fit


def test_they_follow_the_columns_of_the_row_in_the_order_of_the_labels(fitted: Fitted) -> None:
    said = fitted.bundle.predict(fitted.columns[:40])
    assert np.array_equal(said.read[:, :-1], np.hstack([fitted.columns[:40], said.causes]), equal_nan=True)
    assert said.causes.shape == (40, len(LABELS))


def test_the_risk_starts_from_what_the_causes_suggest(fitted: Fitted) -> None:
    said = fitted.bundle.predict(fitted.columns[:40])
    assert said.read[:, -1].tolist() == fitted.bundle.cause.suggested.log_odds(said.causes).tolist()
    assert fitted.bundle.risk.booster is not None
    corrections = fitted.bundle.risk.booster.raw_scores(said.read)[:, 0]
    assert fitted.bundle.risk.log_odds(said.read).tolist() == (said.read[:, -1] + corrections).tolist()


def test_they_suggest_the_share_wrong_of_each_cause_weighed_by_its_probability() -> None:
    suggested = RiskOfCauses(rates=(0.1, 0.6))
    probabilities = np.array([[1.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(suggested.log_odds(probabilities), np.log([0.1 / 0.9, 0.35 / 0.65]))
    steeper = replace(suggested, slope=2.0, intercept=-1.0)
    np.testing.assert_allclose(steeper.log_odds(probabilities), 2.0 * suggested.log_odds(probabilities) - 1.0)


def test_nothing_is_surer_than_one_in_a_hundred_thousand() -> None:
    steep = RiskOfCauses(rates=(0.0, 1.0), slope=3.0)
    np.testing.assert_allclose(1 / (1 + np.exp(-steep.log_odds(np.eye(2)))), [MIN_PROBABILITY, 1 - MIN_PROBABILITY])


def test_a_cause_that_is_never_wrong_leaves_hardly_any_risk() -> None:
    assert RiskOfCauses(rates=(0.0, 0.9)).log_odds(np.array([[1.0, 0.0]]))[0] < -11


def test_one_row_alone_is_told_what_it_is_told_in_a_batch_to_the_last_bit(fitted: Fitted) -> None:
    together = fitted.bundle.predict(fitted.columns[:60])
    alone = [fitted.bundle.predict(fitted.columns[[at]]) for at in range(60)]
    assert [said.risk[0] for said in alone] == together.risk.tolist()
    assert [said.impact[0] for said in alone] == together.impact.tolist()


def test_without_a_cause_head_there_are_none() -> None:
    fitted = fit(replace(make_dataset(600, with_text=False), cause=[None] * 600), now=START)
    assert fitted.bundle.risk.booster is not None
    assert fitted.bundle.predict(fitted.columns[:3]).read.shape == (3, len(fitted.bundle.columns))


def test_a_risk_model_that_does_not_read_them_is_refused(fitted: Fitted, tmp_path) -> None:
    blind = fit(replace(make_dataset(600, with_text=False), cause=[None] * 600), now=START).bundle
    save_bundle(replace(fitted.bundle, risk=replace(blind.risk, starts_from_causes=True)), tmp_path / "bundle")
    with pytest.raises(BundleError, match="the risk model reads 5 columns, not 9"):
        load_bundle(tmp_path / "bundle")
