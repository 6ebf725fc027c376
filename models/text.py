"""Sentence embeddings as a few columns of the model's row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.recipe import Feature, Matrix

Vectors = NDArray[np.float32]
FAMILY = "text"


@dataclass(frozen=True, slots=True)
class TextProjection:
    """The directions in which a domain's texts differ most.

    mean: float64 of shape (dims,). components: float64 of shape (n_columns, dims), orthonormal.
    """

    mean: NDArray[np.float64]
    components: NDArray[np.float64]

    @property
    def features(self) -> tuple[Feature, ...]:
        """Describe the columns, in order."""
        return tuple(
            Feature(name=f"text_{at:02d}", title="What the text says", family=FAMILY, sources=("text",))
            for at in range(len(self.components))
        )

    def project(self, vectors: Vectors) -> Matrix:
        """Give the columns of embeddings of shape (n, dims); a row of zeros, the embedding of no text, is missing.

        One row after the other and without BLAS, whose rounding depends on how many rows it is given.
        """
        out = np.full((len(vectors), len(self.components)), np.nan)
        for at in np.flatnonzero(vectors.any(axis=1)):
            out[at] = (self.components * (vectors[at].astype(np.float64) - self.mean)).sum(axis=1)
        return out


def fit_projection(vectors: Vectors, n_columns: int) -> TextProjection | None:
    """Learn the projection from embeddings of distinct texts, (n, dims); None where they are too few to say anything."""
    if len(vectors) < 2 * n_columns:
        return None
    mean = vectors.mean(axis=0, dtype=np.float64)
    centred = vectors.astype(np.float64) - mean
    _, directions = np.linalg.eigh(centred.T @ centred)
    components = directions[:, ::-1][:, :n_columns].T
    # The sign of an eigenvector is arbitrary; fixed, so that the same data gives the same model.
    signs = np.sign(components[np.arange(n_columns), np.abs(components).argmax(axis=1)])
    return TextProjection(mean, np.ascontiguousarray(components * signs[:, None]))
