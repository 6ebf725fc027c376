"""The stability index: nothing where the shares are the same, and as by hand where they are not."""

from math import log

import numpy as np
import pytest

from triage.model_life.score_drift import stability_index


def test_the_same_values_have_none() -> None:
    values = np.linspace(0, 1, 1000).tolist()
    assert stability_index(values, values) == pytest.approx(0.0, abs=1e-12)


def test_two_bins_by_hand() -> None:
    # Half of the expected lies in each bin; three of four observed in the upper.
    index = stability_index([0.0, 1.0], [0.0, 1.0, 1.0, 1.0], bins=2)
    assert index == pytest.approx((0.25 - 0.5) * log(0.25 / 0.5) + (0.75 - 0.5) * log(0.75 / 0.5))


def test_a_bin_that_is_empty_now_is_large_and_finite() -> None:
    assert 0.25 < stability_index(list(range(100)), [99] * 100) < 20


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="both sides"):
        stability_index([], [1.0])
