"""Sentence embeddings as a few columns of the model's row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.recipe import Feature, Matrix

Vectors = NDArray[np.float32]
FAMILY = "text"
TITLE = "What the text says"


@dataclass(frozen=True, slots=True)
class TextProjection:
    """The directions of the embedding that say most about a domain's texts.

    mean: float64 of shape (dims,). components: float64 of shape (n_columns, dims), each of length 1.
    """

    mean: NDArray[np.float64]
    components: NDArray[np.float64]

    @property
    def features(self) -> tuple[Feature, ...]:
        """Describe the columns, in order."""
        return tuple(
            Feature(name=f"text_{at:02d}", title=TITLE, family=FAMILY, sources=("text",))
            for at in range(len(self.components))
        )

    def project(self, vectors: Vectors) -> Matrix:
        """Return the columns of embeddings of shape (n, dims); a row of zeros, the embedding of no text, is missing.

        One row after the other and without BLAS, whose rounding depends on how many rows it is given.
        """
        out = np.full((len(vectors), len(self.components)), np.nan)
        for at in np.flatnonzero(vectors.any(axis=1)):
            out[at] = (self.components * (vectors[at].astype(np.float64) - self.mean)).sum(axis=1)
        return out
