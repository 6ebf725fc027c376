"""Which words of a text moved the risk, quoted in the reason that speaks of the text.

A text moves the risk through the columns of its projected embedding. Each word is projected by itself; a word is taken
to have moved the risk as far as it lies on the text's side of the columns that pushed. That is near to leaving each
word out, and costs nothing for words the encoder remembers.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import TextEncoder
from models.score import Reason, ReasonCode
from models.text_projection import FAMILY, TextProjection

MAX_ASKED: Final = 24
MAX_QUOTED: Final = 3
_MIN_SHARE_OF_STRONGEST: Final = 0.5
"""A word is quoted that moved the risk at least half as much as the strongest."""
_WORD: Final = re.compile(r"[^\W\d_][^\W\d_'’-]{2,29}")
_CODE: Final = f"{ReasonCode.MODEL}:{FAMILY}"


def quote_words(
    reasons: Sequence[Reason],
    text: str,
    *,
    row: NDArray[np.float64],
    contributions: NDArray[np.float64],
    projection: TextProjection,
    encoder: TextEncoder,
) -> tuple[Reason, ...]:
    """Quote in the reason about the text the words that moved it; other reasons stay.

    row, contributions: of the text columns alone, shape (n_text_columns,), contributions in log-odds.
    """
    return tuple(
        _quoting(reason, _moving(text, reason.weight, row, contributions, projection, encoder))
        if reason.code == _CODE
        else reason
        for reason in reasons
    )


def _moving(
    text: str,
    weight: float,
    row: NDArray[np.float64],
    contributions: NDArray[np.float64],
    projection: TextProjection,
    encoder: TextEncoder,
) -> list[str]:
    words = list(dict.fromkeys(word.lower() for word in _WORD.findall(text)))[:MAX_ASKED]
    if not words:
        return []
    strength = np.where(np.sign(contributions) == np.sign(weight), np.abs(contributions), 0.0) * np.sign(
        np.nan_to_num(row)
    )
    moved = projection.project(encoder.encode(words)) @ strength
    strongest = np.argsort(-moved, kind="stable")[:MAX_QUOTED].tolist()
    return [
        words[at] for at in strongest if moved[at] > 0.0 and moved[at] >= _MIN_SHARE_OF_STRONGEST * moved[strongest[0]]
    ]


def _quoting(reason: Reason, words: Sequence[str]) -> Reason:
    """Put the words where the other reasons have their value."""
    if not words:
        return reason
    what, found, effect = reason.text.rpartition(" says ")
    if not found:
        return reason
    quoted = ", ".join(f"“{word}”" for word in words)
    return replace(reason, text=f"{what} says: {quoted}, which {effect}")
