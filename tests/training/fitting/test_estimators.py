"""The heads keep scikit-learn's contract: cloned, asked for parameters, cross-validated and searched like any other
estimator."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import GridSearchCV, cross_val_predict

from training.fitting.cause import CauseClassifier
from training.fitting.impact import ImpactRegressor
from training.fitting.risk import RiskClassifier

LIGHTGBM_NAMES = {
    "n_estimators", "num_leaves", "learning_rate", "feature_fraction", "extra_trees", "early_stopping_rounds",
    "lambda_l2", "min_data_in_leaf",
}  # fmt: skip
HEADS = (CauseClassifier, RiskClassifier, ImpactRegressor)
SMALL = {"n_estimators": 20, "num_leaves": 4, "learning_rate": 0.2, "early_stopping_rounds": 5}


@pytest.fixture(scope="module")
def columns() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(600, 3))


@pytest.fixture(scope="module")
def targets(columns: np.ndarray) -> dict[type, np.ndarray]:
    noise = np.random.default_rng(2).normal(size=600)
    return {
        CauseClassifier: np.digitize(columns[:, 0] + noise / 4, (-0.5, 0.5)).astype(float),
        RiskClassifier: (columns[:, 0] + noise > 0).astype(float),
        ImpactRegressor: np.exp(columns[:, 0] + noise / 4),
    }


@pytest.mark.parametrize("head", HEADS)
class TestContract:
    def test_parameters_have_the_names_of_lightgbm(self, head: type) -> None:
        assert set(head().get_params()) >= LIGHTGBM_NAMES

    def test_a_clone_has_the_same_parameters_and_has_not_learnt(self, head: type, columns, targets) -> None:
        learnt = head(**SMALL, random_state=3).fit(columns, targets[head])
        copied = clone(learnt)
        assert copied.get_params() == learnt.get_params() and not hasattr(copied, "predictor_")
        assert copied.fit(columns, targets[head]).predict(columns).tolist() == learnt.predict(columns).tolist()

    def test_what_it_learns_is_the_predictor_of_the_bundle(self, head: type, columns, targets) -> None:
        learnt = head(**SMALL).fit(columns, targets[head])
        said = learnt.predictor_.predict(columns)
        answer = learnt.predict(columns) if is_regressor(learnt) else learnt.predict_proba(columns)
        assert np.array_equal(said, answer[:, 1] if head is RiskClassifier else answer)

    def test_it_can_be_cross_validated(self, head: type, columns, targets) -> None:
        method = "predict" if head is ImpactRegressor else "predict_proba"
        said = cross_val_predict(head(**SMALL), columns, targets[head], cv=3, method=method)
        assert len(said) == 600 and np.isfinite(said).all()
        if is_classifier(head()):
            assert np.allclose(said.sum(axis=1), 1.0)


def test_a_grid_is_searched_by_lightgbms_names(columns, targets) -> None:
    search = GridSearchCV(RiskClassifier(**SMALL), {"num_leaves": [2, 4]}, cv=2, scoring="neg_log_loss")
    search.fit(columns, targets[RiskClassifier])
    assert search.best_estimator_.about_["risk_num_leaves"] == search.best_params_["num_leaves"]
