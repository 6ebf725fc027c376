"""Which directions of an embedding become columns."""

import numpy as np
import pytest

from training.fitting.projection import fit_projection

DIMS = 40


def texts(rows: int, seed: int = 1):
    """Embeddings that differ most in one direction, and tell the cause in another that hardly varies."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(3, size=rows).astype(float)
    vectors = rng.normal(0.0, 0.05, (rows, DIMS))
    vectors[:, 0] += rng.normal(0.0, 2.0, rows)
    vectors[:, 1] += 0.2 * (codes == 2)
    return vectors.astype(np.float32), codes, (codes == 2).astype(float)


def told_apart(columns: np.ndarray, wrong: np.ndarray) -> float:
    """Give how many standard deviations the best column sets right and wrong apart."""
    apart = np.abs(columns[wrong == 1].mean(axis=0) - columns[wrong == 0].mean(axis=0)) / columns.std(axis=0)
    return float(apart.max())


class TestLearnProjection:
    def test_what_tells_causes_apart_comes_first_however_little_it_varies(self) -> None:
        vectors, codes, wrong = texts(2_000)
        projection = fit_projection(vectors, codes, wrong, n_columns=8)
        assert projection is not None
        assert abs(projection.components[0][1]) > 0.9
        unseen, _, wrong = texts(500, seed=2)
        assert told_apart(projection.project(unseen)[:, :1], wrong) > 1.5

    def test_directions_have_length_one_and_are_as_many_as_asked(self) -> None:
        projection = fit_projection(*texts(2_000), n_columns=8)
        assert projection is not None and projection.components.shape == (8, DIMS)
        np.testing.assert_allclose(np.linalg.norm(projection.components, axis=1), 1.0)

    @pytest.mark.parametrize(("rows", "columns"), [(15, None), (16, 8), (499, 8)])
    def test_few_texts_give_what_differs_most_or_nothing(self, rows: int, columns: int | None) -> None:
        projection = fit_projection(*texts(rows), n_columns=8)
        assert (None if projection is None else len(projection.components)) == columns
        if projection is not None:
            assert abs(projection.components[0][0]) > 0.9

    def test_unknown_labels_are_left_out(self) -> None:
        vectors, codes, wrong = texts(2_000)
        codes[::2], wrong[1::2] = np.nan, np.nan
        projection = fit_projection(vectors, codes, wrong, n_columns=8)
        assert projection is not None and abs(projection.components[0][1]) > 0.85
        nothing = fit_projection(vectors, np.full(2_000, np.nan), np.full(2_000, np.nan), n_columns=8)
        assert nothing is not None and abs(nothing.components[0][0]) > 0.9
