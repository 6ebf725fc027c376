"""Which texts a model knows to be harmless: texts far from all of them are unlike what is proven.

A free text never goes straight through on the strength of its model alone where nothing like it was ever found to be
fine. The texts kept are spread as far apart as they are, so that rare ones are among them. The limit is set on later
harmless texts and looks at no other label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.text_projection import Vectors

MAX_KEPT: Final = 256
MIN_HARMLESS: Final = 50
"""With fewer distinct texts found harmless, too little is known to call another one unlike them."""
SHARE_FAR: Final = 0.01
"""Share of the later harmless texts that may lie beyond the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSupport:
    """kept: embeddings of texts found harmless, float16 of shape (n, dims). limit: a text whose nearest of them is less
    alike, by cosine, is unlike them all."""

    kept: NDArray[np.float16]
    limit: float

    def unlike(self, vectors: Vectors) -> NDArray[np.bool_]:
        """Return which embeddings, of shape (n, dims), are far from every text kept; that of no text is not."""
        return (nearest(self.kept, vectors) < self.limit) & vectors.any(axis=1)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "TextSupport":
        """Read it from the arrays `kept` and `limit`."""
        return cls(kept=arrays["kept"], limit=float(arrays["limit"]))


def nearest(kept: NDArray[np.float16], vectors: Vectors) -> NDArray[np.float64]:
    """Return for each embedding how alike the nearest text kept is, by cosine.

    One row after the other and without BLAS, whose rounding depends on how many rows it is given.
    """
    wide = kept.astype(np.float32)
    return np.array([float((wide * vector).sum(axis=1).max()) for vector in vectors], dtype=np.float64)


def fit_text_support(harmless: Vectors, later: Vectors) -> TextSupport | None:
    """Keep texts of those found harmless, and set the limit on later ones; None where too few were.

    harmless: embeddings of distinct texts, of shape (n, dims). later: those of later harmless cases, repeated as often
    as they came; the earlier ones where there are none.
    """
    if len(harmless) < MIN_HARMLESS:
        return None
    kept = harmless[_spread(harmless)].astype(np.float16)
    alike = nearest(kept, later if len(later) else harmless)
    return TextSupport(kept=kept, limit=float(np.quantile(alike, SHARE_FAR, method="lower")))


def _spread(vectors: Vectors) -> list[int]:
    """Choose texts one after the other, each the least like all those chosen before it."""
    chosen = [0]
    alike = vectors @ vectors[0]
    while len(chosen) < min(MAX_KEPT, len(vectors)):
        chosen.append(int(np.argmin(alike)))
        alike = np.maximum(alike, vectors @ vectors[chosen[-1]])
    return chosen
