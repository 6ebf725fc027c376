"""Texts far from every text found harmless are unlike what is proven; few are, of those that came later."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import load_bundle, save_bundle
from models.encoder import TextEncoder
from models.scorer import Scorer
from models.text_projection import TITLE
from models.text_support import MAX_KEPT, MIN_HARMLESS, TextSupport, fit_text_support, nearest
from training.fitting.fit import Fitted


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


RNG = np.random.default_rng(4)
AROUND = np.zeros((1, 16)) + np.eye(16)[0] * 3
SEEN, LATER = unit(AROUND + RNG.normal(size=(600, 16)) * 0.3), unit(AROUND + RNG.normal(size=(400, 16)) * 0.3)
FAR = unit(-AROUND + RNG.normal(size=(20, 16)) * 0.3)


def test_far_texts_are_unlike_and_hardly_any_later_one_is() -> None:
    support = fit_text_support(SEEN, LATER)
    assert support is not None
    assert len(support.kept) == MAX_KEPT
    assert support.unlike(FAR).all()
    assert support.unlike(LATER).mean() <= 0.01


def test_no_text_is_not_unlike_and_a_row_has_the_same_answer_alone() -> None:
    support = fit_text_support(SEEN, LATER)
    assert support is not None
    assert not support.unlike(np.zeros((1, 16), dtype=np.float32)).any()
    together = nearest(support.kept, LATER)
    assert together.tolist() == [nearest(support.kept, row[np.newaxis])[0] for row in LATER]


def test_a_limit_below_at_and_above() -> None:
    kept = np.eye(2, dtype=np.float16)
    near = np.array([[0.8, 0.6]], dtype=np.float32)
    for limit, expected in ((0.79, False), (float(np.float32(0.8)), False), (0.81, True)):
        assert TextSupport(kept=kept, limit=limit).unlike(near).tolist() == [expected]


@pytest.mark.parametrize(("n", "known"), [(0, False), (MIN_HARMLESS - 1, False), (MIN_HARMLESS, True)])
def test_too_few_harmless_texts_tell_nothing(n: int, known: bool) -> None:
    assert (fit_text_support(SEEN[:n], LATER) is not None) is known


def test_without_later_texts_the_limit_is_set_on_the_earlier_ones() -> None:
    support = fit_text_support(SEEN, LATER[:0])
    assert support is not None
    assert support.unlike(SEEN).mean() <= 0.01


def test_it_is_read_back_as_it_was() -> None:
    support = fit_text_support(SEEN, LATER)
    assert support is not None
    again = TextSupport.from_arrays({"kept": support.kept, "limit": np.array(support.limit)})
    assert again.limit == support.limit
    assert again.unlike(LATER).tolist() == support.unlike(LATER).tolist()


def test_a_case_says_that_its_text_is_unlike_and_the_bundle_keeps_it(
    fitted_with_text: Fitted, encoder: TextEncoder, tmp_path: Path
) -> None:
    kept = encoder.encode(["short shipment, three cartons missing"]).astype(np.float16)
    bundle = replace(fitted_with_text.bundle, text_support=TextSupport(kept=kept, limit=0.6))
    save_bundle(bundle, tmp_path / "bundle")
    scorer = Scorer(load_bundle(tmp_path / "bundle"), fitted_with_text.scorer.recipe, encoder)
    texts = ["three cartons are missing, short shipment", "", "the volcano sings at dawn"]
    scores = scorer.score(fitted_with_text.rows[:3], texts)
    assert [TITLE in score.unlike for score in scores] == [False, False, True]
