"""Which directions of a sentence embedding become columns: those that tell causes apart, then those in which texts
differ most."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from models.text_projection import TextProjection, Vectors

Floats = NDArray[np.float64]
_PENALTIES: Final = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Ridge penalties tried, per row and in units of the embedding's mean variance per direction times its dimensions."""
_MIN_OF_CLASS: Final = 30
_MIN_TEXTS: Final = 500
_HELD_OUT: Final = 5


def fit_projection(vectors: Vectors, codes: Column, wrong: Column, *, n_columns: int) -> TextProjection | None:
    """Fit the text columns to the embeddings of cases with a text, (n, dims); None where they are too few.

    codes: position of each case's cause, wrong: 0 or 1; NaN where unknown. One direction per frequent cause and one for
    wrong are ridge regressions; principal components fill up to `n_columns`. With few texts only the latter are used.
    """
    if len(vectors) < 2 * n_columns:
        return None
    exact = vectors.astype(np.float64)
    mean = exact.mean(axis=0)
    centred = exact - mean
    telling = _telling_directions(centred, _targets(codes, wrong)) if len(vectors) >= _MIN_TEXTS else []
    varied = _principal_directions(centred)
    components = np.array([*telling, *varied][:n_columns])
    return TextProjection(mean, np.ascontiguousarray(components))


def _targets(codes: Column, wrong: Column) -> list[Column]:
    """Return one column per question: wrong or not, then each frequent cause against all others."""
    known = codes[~np.isnan(codes)].astype(np.int64)
    frequent = [code for code, count in enumerate(np.bincount(known)) if count >= _MIN_OF_CLASS] if len(known) else []
    asked = [wrong, *(np.where(np.isnan(codes), np.nan, codes == code) for code in frequent)]
    return [target for target in asked if len(np.unique(target[~np.isnan(target)])) > 1]


def _telling_directions(centred: Floats, targets: list[Column]) -> list[Floats]:
    """Fit all ridge regressions with the penalty that predicts held-out rows best; return each direction at length
    1."""
    from sklearn.linear_model import Ridge

    if not targets:
        return []
    answers: Floats = np.nan_to_num(np.array([target - np.nanmean(target) for target in targets]).T)
    answers = np.asarray(answers / answers.std(axis=0))
    held_out = np.arange(len(centred)) % _HELD_OUT == 0

    def fitted(rows: Floats, answers: Floats, penalty: float) -> Floats:
        alpha = penalty * float((rows**2).sum())
        return np.asarray(Ridge(alpha=alpha, fit_intercept=False, solver="cholesky").fit(rows, answers).coef_)

    errors = [
        float(
            (
                (centred[held_out] @ fitted(centred[~held_out], answers[~held_out], penalty).T - answers[held_out]) ** 2
            ).sum()
        )
        for penalty in _PENALTIES
    ]
    weights = np.atleast_2d(fitted(centred, answers, _PENALTIES[int(np.argmin(errors))]))
    lengths = np.sqrt((weights**2).sum(axis=1))
    return [row / length for row, length in zip(weights, lengths.tolist(), strict=True) if length > 0]


def _principal_directions(centred: Floats) -> list[Floats]:
    from sklearn.decomposition import PCA

    components: Floats = PCA(svd_solver="covariance_eigh").fit(centred).components_
    # The sign of a direction is arbitrary; fixed, so that the same data gives the same model.
    signs = np.sign(components[np.arange(len(components)), np.abs(components).argmax(axis=1)])
    return list(components * signs[:, None])
