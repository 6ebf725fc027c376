"""The embeddings of a data set's texts, each distinct text encoded once and remembered on disk."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import TextEncoder
from models.text_projection import Vectors

_CHUNK: Final = 256


@dataclass(frozen=True, slots=True)
class DistinctTexts:
    """vectors: embeddings of the distinct texts, (n_distinct, dims). row_of: which of them each case has."""

    vectors: Vectors
    row_of: NDArray[np.int64]


def embed(
    texts: Sequence[str],
    encoder: TextEncoder,
    *,
    cache_folder: Path | None = None,
    threads: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> DistinctTexts:
    """Embed texts; what the cache folder remembers of this encoder is not encoded again."""
    positions: dict[str, int] = {}
    row_of = np.array([positions.setdefault(text.strip(), len(positions)) for text in texts], dtype=np.int64)
    distinct = list(positions)
    with closing(_open(cache_folder, encoder.card.key)) as remembered:
        found = _recall(remembered, distinct)
        missing = [text for text in distinct if text not in found]
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            vectors = encoder.encode(chunk, threads=threads)
            _remember(remembered, chunk, vectors)
            found.update(zip(chunk, vectors, strict=True))
            progress(f"embedded {min(start + _CHUNK, len(missing)):,} of {len(missing):,} new texts")
    shape = (len(distinct), encoder.card.dims)
    return DistinctTexts(np.array([found[text] for text in distinct], dtype=np.float32).reshape(shape), row_of)


def _open(folder: Path | None, key: str) -> sqlite3.Connection:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(":memory:" if folder is None else folder / f"embeddings-{key}.db", timeout=60)
    # Losing the last embeddings in a power cut costs a second of encoding, syncing each chunk costs more.
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS embeddings (text_sha256 BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
    )
    return connection


def _recall(connection: sqlite3.Connection, texts: Sequence[str]) -> dict[str, Vectors]:
    found = {}
    for text in texts:
        row = connection.execute("SELECT vector FROM embeddings WHERE text_sha256 = ?", (_key(text),)).fetchone()
        if row is not None:
            found[text] = np.frombuffer(row[0], dtype="<f4")
    return found


def _remember(connection: sqlite3.Connection, texts: Sequence[str], vectors: Vectors) -> None:
    rows = [(_key(text), vector.astype("<f4").tobytes()) for text, vector in zip(texts, vectors, strict=True)]
    with connection:
        connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", rows)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
