"""A customer's own text as flags: which telling pieces of words it holds, so that typing errors and compounds still
match."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from features.columns import Column

_WORD: Final = re.compile(r"[^\W_]+")
_LENGTHS: Final = range(3, 7)
_MAX_WORDS: Final = 200


def pieces(text: str) -> frozenset[str]:
    """Cut a text's words into runs of three to six letters; `_` marks where a word begins or ends.

    >>> sorted(pieces("Oil!"))
    ['_oi', '_oil', '_oil_', 'il_', 'oil', 'oil_']
    """
    found: set[str] = set()
    for word in set(_WORD.findall(text.casefold())[:_MAX_WORDS]):
        marked = f"_{word}_"
        for length in _LENGTHS:
            found.update(marked[start : start + length] for start in range(len(marked) - length + 1))
    return frozenset(found)


def piece_columns(texts: Sequence[str | None], vocabulary: Sequence[str]) -> list[Column]:
    """Return 1 where a text holds a piece, 0 where it does not, NaN where there is no text; one column per piece."""
    matrix = np.zeros((len(vocabulary), len(texts)))
    position = {piece: at for at, piece in enumerate(vocabulary)}
    for row, text in enumerate(texts):
        if text is None:
            matrix[:, row] = np.nan
        else:
            matrix[[position[piece] for piece in pieces(text) if piece in position], row] = 1.0
    return list(matrix)
