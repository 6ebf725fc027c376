"""How much a free text reads like a danger to people, learnt from texts: beside the words that name one, never in
their place.

A sentence embedding and hashed pieces of words are weighed by one logistic function, fitted by `triage benchmark
danger` on the texts of `lab/danger/`. The weights ship with the program in `danger_likeness.npz`. They fit one encoder,
and English alone: of any other text nothing is said.
"""

import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.danger.coverage import reads_as_english
from features.danger.normal_form import plain_text
from models.encoder import TextEncoder
from models.errors import EncoderError
from models.text_projection import Vectors

WEIGHTS_FILE: Final = Path(__file__).with_name("danger_likeness.npz")
LIKENESS: Final = "danger_likeness"
TEXT_FACTS: Final[Mapping[str, float]] = {LIKENESS: 0.5}
"""A sample of each fact about a text that policy rules may read, whatever the domain."""
N_GRAMS: Final = 1 << 15
EMBEDDING_SCALE: Final = 2.0
"""Chosen with held-out kinds: how much the embedding, of length 1, weighs beside the pieces of words, of length 1."""
MAX_READ_LETTERS: Final = 4_000
MAX_PARTS: Final = 12
MIN_WORDS_OF_A_PART: Final = 4
_SAME: Final = 0.02
_WORDS: Final = re.compile(r"[^\W_]+")
_SENTENCES: Final = re.compile(r"(?<=[.!?;])\s+|\s*\n+\s*|\s+[-\u2013\u2014]\s+")
_PIECES: Final = (3, 4, 5)
Row = NDArray[np.float32]


class DangerLikeness:
    """The likeness of texts to danger, by the shipped weights. Thread-safe."""

    def __init__(self, encoder: TextEncoder, weights: "LikenessWeights | None" = None) -> None:
        """Fit the weights to an encoder; raise EncoderError where it is not the one they were fitted with."""
        self._encoder = encoder
        self._weights = weights if weights is not None else shipped_weights()
        if encoder.card.dims != len(self._weights.embedding):
            raise EncoderError(f"{encoder.card.name} gives {encoder.card.dims} numbers a text, not as many as expected")
        for text, expected in zip(self._weights.golden, self._weights.golden_values.tolist(), strict=True):
            if not abs(self._of_parts([text]) - expected) <= _SAME:
                raise EncoderError(f"{encoder.card.name} is not the encoder that {WEIGHTS_FILE.name} was fitted with")

    def of(self, texts: Sequence[str]) -> list[float | None]:
        """Return the likeness of each text, in [0, 1]; None where a text is empty or not English.

        A text is as like as the likest of it and its sentences, so that a danger told last in a long text shows.
        """
        return [self._of_parts(parts_of(text)) if text.strip() and reads_as_english(text) else None for text in texts]

    def _of_parts(self, parts: Sequence[str]) -> float:
        weights = self._weights
        said = self._encoder.encode(parts) @ weights.embedding * EMBEDDING_SCALE
        log_odds = [
            float(own) + float(weights.grams[places].sum()) / np.sqrt(max(1, len(places)))
            for own, places in zip(said, map(_places, parts), strict=True)
        ]
        return float(1.0 / (1.0 + np.exp(-(max(log_odds) + weights.bias))))


class LikenessWeights:
    """What the logistic function weighs.

    embedding: of shape (dims,); grams: of shape (N_GRAMS,); both in log-odds. golden: texts whose likeness tells
    whether an encoder is the one the weights were fitted with; golden_values: their likeness.
    """

    def __init__(
        self, embedding: Row, grams: Row, bias: float, golden: Sequence[str], golden_values: NDArray[np.float64]
    ) -> None:
        self.embedding = embedding
        self.grams = grams
        self.bias = bias
        self.golden = tuple(golden)
        self.golden_values = golden_values

    def to_bytes(self) -> bytes:
        """Return them as the content of a file of plain arrays."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            embedding=self.embedding.astype(np.float32),
            grams=self.grams.astype(np.float16),
            bias=np.array(self.bias),
            golden=np.array(self.golden, dtype=np.str_),
            golden_values=self.golden_values,
        )
        return buffer.getvalue()


@lru_cache(maxsize=1)
def shipped_weights() -> LikenessWeights:
    """Read the weights that ship with the program."""
    with np.load(WEIGHTS_FILE, allow_pickle=False) as arrays:
        return LikenessWeights(
            arrays["embedding"].astype(np.float32),
            arrays["grams"].astype(np.float32),
            float(arrays["bias"]),
            arrays["golden"].tolist(),
            arrays["golden_values"],
        )


def parts_of(text: str) -> list[str]:
    """Return a text and, where it has several, its sentences; short ones join the next, and there are MAX_PARTS at
    most."""
    cut = text[:MAX_READ_LETTERS]
    plain = cut if cut.isascii() and "<" not in cut and "&" not in cut else " ".join(plain_text(cut).split())
    sentences: list[str] = []
    short = ""
    for sentence in _SENTENCES.split(plain):
        joined = f"{short} {sentence}".strip()
        short = joined if len(_WORDS.findall(joined)) < MIN_WORDS_OF_A_PART else ""
        if not short:
            sentences.append(joined)
    if short and sentences:
        sentences[-1] = f"{sentences[-1]} {short}"
    if len(sentences) < 2:
        return [plain.strip()]
    step = -(-len(sentences) // (MAX_PARTS - 1))
    return [plain.strip(), *(" ".join(sentences[at : at + step]) for at in range(0, len(sentences), step))]


def rows_of(texts: Sequence[str], vectors: Vectors) -> Row:
    """Return what the function weighs of each text: its embedding and its hashed pieces, float32 of shape (n, dims +
    N_GRAMS)."""
    rows = np.zeros((len(texts), vectors.shape[1] + N_GRAMS), dtype=np.float32)
    rows[:, : vectors.shape[1]] = vectors * EMBEDDING_SCALE
    for at, text in enumerate(texts):
        places = _places(text)
        if places:
            rows[at, vectors.shape[1] + np.array(places)] = 1.0 / np.sqrt(len(places))
    return rows


def _places(text: str) -> list[int]:
    return sorted({zlib.crc32(gram.encode("utf-8", "replace")) % N_GRAMS for gram in _grams(text)})


def _grams(text: str) -> Iterator[str]:
    """Yield the words of a text, those next to each other, and every three to five letters of a word."""
    words = _WORDS.findall(text.lower())
    yield from (f"={word}" for word in words)
    yield from (f"{one}_{other}" for one, other in pairwise(words))
    for word in words:
        marked = f" {word} "
        yield from (marked[at : at + n] for n in _PIECES for at in range(len(marked) - n + 1))
