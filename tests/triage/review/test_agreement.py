"""Cohen's kappa: by hand, at its ends, and as scikit-learn has it."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from triage.review.agreement import cohen_kappa, confusion


@pytest.mark.parametrize(
    ("pairs", "value"),
    [
        ([("a", "a"), ("b", "b")], 1.0),
        ([("a", "b"), ("b", "a")], -1.0),
        ([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")], 0.0),
        # Cohen's two raters: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7, expected .5.
        ([("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15, 0.4),
        ([("a", "a")] * 3, None),
        ([], None),
    ],
)
def test_by_hand(pairs: list[tuple[str, str]], value: float | None) -> None:
    found = cohen_kappa(pairs)
    assert found.value == (None if value is None else pytest.approx(value))
    assert (found.pairs, found.agreed) == (len(pairs), sum(one == other for one, other in pairs))


@pytest.mark.parametrize("seed", range(5))
def test_as_scikit_learn_has_it(seed: int) -> None:
    draw = np.random.default_rng(seed)
    first = draw.choice(list("abcd"), 200)
    second = np.where(draw.random(200) < 0.6, first, draw.choice(list("abcd"), 200))
    found = cohen_kappa([(str(one), str(other)) for one, other in zip(first, second, strict=True)])
    assert found.value == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)
    assert found.low is not None and found.high is not None and found.value is not None
    assert found.low < found.value < found.high


def test_confusion_counts_pairs() -> None:
    assert confusion([("a", "b"), ("a", "a"), ("a", "b")]) == [("a", "b", 2), ("a", "a", 1)]
