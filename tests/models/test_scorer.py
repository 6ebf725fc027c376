"""One row and many go through the same lines; thin data give base rates; a changed model is noticed."""

from dataclasses import replace

import numpy as np
import pytest

from models.encoder import TextEncoder
from models.errors import BundleError
from models.reasons import take_apart
from models.scorer import Scorer
from tests.toy_data import LABELS, RECIPE, START, make_dataset
from training.fitting.fit import Fitted, fit
from training.tables.dataset import Dataset, feature_rows


def test_a_case_alone_scores_as_in_a_batch_to_the_last_bit(fitted_with_text: Fitted) -> None:
    scorer, rows, texts = fitted_with_text.scorer, fitted_with_text.rows, fitted_with_text.texts
    together = scorer.score(rows, texts, threads=2)
    assert [scorer.score(rows[[at]], [texts[at]])[0] for at in range(len(rows))] == together


def test_a_score_is_well_formed(fitted: Fitted) -> None:
    for score in fitted.scorer.score_columns(fitted.columns):
        probabilities = [cause.probability for cause in score.causes]
        assert {cause.label for cause in score.causes} == set(LABELS)
        assert sum(probabilities) == pytest.approx(1)
        assert probabilities == sorted(probabilities, reverse=True)
        assert 0 < score.risk < 1
        assert score.impact >= 0
        assert len(score.reasons) <= 4
        assert all(type(value) is float for value in (score.risk, score.impact, *probabilities))


def test_it_has_learnt(fitted: Fitted, dataset: Dataset) -> None:
    test = fitted.split.test
    scores = fitted.scorer.score_columns(fitted.columns[test], reasons=False)
    risk, wrong = np.array([score.risk for score in scores]), dataset.wrong[test]
    # The share of pairs in the right order (AUC): half by chance.
    assert (risk[wrong == 1][:, None] > risk[wrong == 0]).mean() > 0.75
    hits = [score.causes[0].label == dataset.cause[at] for score, at in zip(scores, test.tolist(), strict=True)]
    assert np.mean(hits) > 0.65


def test_text_carries_weight(fitted_with_text: Fitted) -> None:
    row = fitted_with_text.rows[:1]
    score = fitted_with_text.scorer.score
    (calm,), (theft,) = (
        score(row, ["driver delayed by traffic near hall 7"]),
        score(row, ["driver reports theft in hall 7"]),
    )
    assert theft.risk > calm.risk
    stolen = [{cause.label: cause.probability for cause in said.causes}["stolen"] for said in (theft, calm)]
    assert stolen[0] > 2 * stolen[1]


def test_the_words_of_a_text_that_moved_the_risk_are_quoted(fitted_with_text: Fitted) -> None:
    row = fitted_with_text.rows[:1]
    (score,) = fitted_with_text.scorer.score(row, ["driver reports theft in hall 7"])
    (told,) = [reason for reason in score.reasons if reason.code == "model:text"]
    assert told.text.startswith("What the text says: “")
    assert "“theft”" in told.text
    assert told.text.endswith(", which raises the risk.")
    assert take_apart(told.text)[0] == "What the text says"


def test_a_text_without_words_quotes_none(fitted_with_text: Fitted) -> None:
    (score,) = fitted_with_text.scorer.score(fitted_with_text.rows[:1], ["7 / 12"])
    assert not [reason.text for reason in score.reasons if "“" in reason.text]


def test_version_and_attributes_are_told(fitted: Fitted) -> None:
    assert (
        Scorer(fitted.bundle, RECIPE, version="late_delivery/7").score_columns(fitted.columns[:1])[0].model_version
        == "late_delivery/7"
    )
    assert fitted.scorer.version.startswith("late_delivery/")
    assert fitted.scorer.attributes == ()


def test_reasons_can_be_left_out(fitted: Fitted) -> None:
    with_reasons, without = (
        fitted.scorer.score_columns(fitted.columns[:5], reasons=wanted) for wanted in (True, False)
    )
    assert [replace(score, reasons=()) for score in with_reasons] == without
    assert all(score.reasons for score in with_reasons)


def test_as_many_texts_as_rows(fitted: Fitted) -> None:
    with pytest.raises(ValueError, match="2 rows but 1 texts"):
        fitted.scorer.score(fitted.rows[:2], [""])


def test_the_self_test_notices_another_model(fitted: Fitted) -> None:
    fitted.scorer.self_test()
    assert len(fitted.bundle.golden) == 12
    colder = replace(fitted.bundle.cause, temperature=fitted.bundle.cause.temperature * 1.001)
    richer = replace(fitted.bundle.impact, intercept=fitted.bundle.impact.intercept + 0.001)
    for changed in ({"cause": colder}, {"impact": richer}, {"risk": replace(fitted.bundle.risk, booster=None)}):
        with pytest.raises(BundleError, match="golden row"):
            Scorer(replace(fitted.bundle, **changed), RECIPE).self_test()


def test_the_self_test_notices_an_answer_that_is_no_number(fitted: Fitted) -> None:
    nothing = replace(fitted.bundle.impact, intercept=float("nan"))
    with pytest.raises(BundleError, match="golden row"):
        Scorer(replace(fitted.bundle, impact=nothing), RECIPE).self_test()


def test_the_self_test_notices_another_reading_of_text(fitted_with_text: Fitted, encoder: TextEncoder) -> None:
    projection = fitted_with_text.bundle.text
    assert projection is not None
    turned = replace(projection, components=projection.components[::-1])
    with pytest.raises(BundleError, match="read differently"):
        Scorer(replace(fitted_with_text.bundle, text=turned), RECIPE, encoder).self_test()


@pytest.mark.parametrize(
    ("change", "risk"),
    [
        ({"wrong": np.zeros(600), "loss": np.zeros(600)}, pytest.approx(0.001, abs=0.002)),
        ({"wrong": np.ones(600)}, pytest.approx(1.0, abs=0.002)),
        ({"cause": ["lost"] * 600}, None),
        ({"cause": [None] * 600}, None),
        ({"wrong": np.full(600, np.nan), "loss": np.full(600, np.nan)}, 0.5),
        ({"known_at": np.full(600, np.nan)}, 0.5),
    ],
    ids=["never wrong", "always wrong", "one cause", "no cause", "no ruling", "no labels at all"],
)
def test_where_there_is_nothing_to_tell_apart_the_rate_is_the_answer(
    dataset: Dataset, change: dict[str, object], risk: object
) -> None:
    fitted = fit(replace(dataset, **change), now=START)  # type: ignore[arg-type]
    fitted.scorer.self_test()
    (score,) = fitted.scorer.score_columns(fitted.columns[:1])
    assert sum(cause.probability for cause in score.causes) == pytest.approx(1)
    assert np.isfinite([score.risk, score.impact]).all()
    if risk is not None:
        assert score.risk == risk


@pytest.mark.parametrize("rows", [1, 2, 7, 45])
def test_tiny_data_still_give_a_model(rows: int) -> None:
    fitted = fit(make_dataset(rows, with_text=False, delay_days=0.1), now=START)
    fitted.scorer.self_test()
    assert fitted.bundle.risk.booster is None
    assert len(fitted.scorer.score_columns(fitted.columns)) == rows


def test_a_label_never_seen_keeps_a_small_probability(dataset: Dataset) -> None:
    seen = replace(dataset, cause=["lost" if cause == "stolen" else cause for cause in dataset.cause])
    fitted = fit(seen, now=START)
    probabilities = fitted.bundle.cause.predict(feature_rows(seen))
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.all((probabilities[:, 2] > 0) & (probabilities[:, 2] < 0.01))
