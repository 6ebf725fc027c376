"""What the cause head says of a case, as columns of the row that the risk and the impact head read.

A cause teaches more of a case than right or wrong can, and more cases have one than have a loss; so the cause head knows
things that the others could not learn from their own labels.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.recipe import Feature, Matrix

FAMILY: Final = "likely cause"
SOURCE: Final = "cause head"


def chance_features(labels: Sequence[str]) -> tuple[Feature, ...]:
    """Describe the columns: the chance of every label, in order."""
    return tuple(
        Feature(
            name=f"chance_{label}",
            title=f"chance of {label.replace('_', ' ')}",
            family=FAMILY,
            sources=(SOURCE,),
            unit="fraction",
        )
        for label in labels
    )


def with_chances(columns: Matrix, chances: Matrix) -> Matrix:
    """Append the chances, of shape (n, n_labels), to rows of shape (n, n_columns)."""
    return np.hstack([columns, chances])
