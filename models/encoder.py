"""Texts to sentence embeddings, on onnxruntime and tokenizers alone.

Every text is encoded by itself, in a batch of one on one thread: the same text gives the same bits in a single case and
in a million. Parallelism is across texts.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.errors import EncoderError
from models.text_projection import Vectors

MODEL_FILE: Final = "encoder.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
CARD_FILE: Final = "encoder.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderCard:
    """Which encoder, told by content.

    name: as people know it. model_sha256, tokenizer_sha256: of its two files. dims: length of an embedding.
    max_tokens: where a longer text is cut.
    """

    name: str
    model_sha256: str
    tokenizer_sha256: str
    dims: int
    max_tokens: int

    @property
    def key(self) -> str:
        """A short name by content: of its folder on disk, and in the registry."""
        return hashlib.sha256(f"{self.model_sha256}{self.tokenizer_sha256}{self.max_tokens}".encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "EncoderCard":
        """Read the fields back; raises EncoderError where one is missing or unknown."""
        try:
            return EncoderCard(**values)
        except TypeError as error:
            raise EncoderError(f"not an encoder's card: {error}") from error


_TEXTS: Final = {"yes": 0, "no": 0}


def remembered_texts() -> dict[str, int]:
    """Return how many texts encoders of this process were asked for that they remembered, and that they did not."""
    return dict(_TEXTS)


class TextEncoder:
    """A sentence encoder. Thread-safe."""

    def __init__(self, folder: Path, card: EncoderCard, *, remembered_texts: int = 4096) -> None:
        """Load the encoder of a folder; raise EncoderError unless its files are those of the card."""
        for file, expected in ((MODEL_FILE, card.model_sha256), (TOKENIZER_FILE, card.tokenizer_sha256)):
            if not (folder / file).is_file():
                raise EncoderError(f"{folder / file} is missing")
            if (found := sha256_of(folder / file)) != expected:
                raise EncoderError(f"{folder / file} has sha256 {found}, expected {expected}")
        self.card = card
        self._session = _session(folder / MODEL_FILE)
        self._tokenizer = _tokenizer(folder / TOKENIZER_FILE, card.max_tokens)
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._room = remembered_texts
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> Vectors:
        """Return the embeddings of texts, float32 of shape (n, dims), of length 1; zeros where a text is empty."""
        out = np.zeros((len(texts), self.card.dims), dtype=np.float32)
        rows: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            if kept := text.strip():
                rows.setdefault(kept, []).append(row)
        for (_, positions), vector in zip(rows.items(), self._vectors(list(rows), threads), strict=True):
            out[positions] = vector
        return out

    def _vectors(self, texts: list[str], threads: int) -> list[Vectors]:
        if threads <= 1 or len(texts) <= 1:
            return [self._recall(text) for text in texts]
        with ThreadPoolExecutor(threads, thread_name_prefix="encode") as pool:
            return list(pool.map(self._recall, texts))

    def _recall(self, text: str) -> Vectors:
        with self._lock:
            vector = self._remembered.get(text)
            _TEXTS["no" if vector is None else "yes"] += 1
            if vector is not None:
                self._remembered.move_to_end(text)
                return vector
        vector = self._encode_alone(text)
        with self._lock:
            self._remembered[text] = vector
            if len(self._remembered) > self._room:
                self._remembered.popitem(last=False)
        return vector

    def _encode_alone(self, text: str) -> Vectors:
        # A lone surrogate has no UTF-8 form; it becomes a question mark rather than an error.
        readable = text.encode("utf-8", "replace").decode()
        ids = np.array([self._tokenizer.encode(readable).ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        vector: Vectors = self._session.run(None, inputs)[0][0]
        return vector


@cache
def open_encoder(folder: Path) -> TextEncoder:
    """Load the encoder of a folder once per process, however many domains share it."""
    return TextEncoder(folder, read_card(folder))


def read_card(folder: Path) -> EncoderCard:
    """Read which encoder a folder holds; raise EncoderError where there is none."""
    try:
        return EncoderCard.from_json(json.loads((folder / CARD_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise EncoderError(f"no encoder in {folder}: {error}") from error


def sha256_of(file: Path) -> str:
    """Return the sha256 of a file's content in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _tokenizer(file: Path, max_tokens: int) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer
