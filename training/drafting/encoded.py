"""How alike a sentence encoder finds the names of columns and fields, where one is on this machine."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import open_encoder
from training.drafting.draft import Likenesses
from triage.domain import Domain

_MIN_COSINE: Final = 0.55
_MARGIN: Final = 0.05
_TRUST: Final = 0.9
"""Names alone are less sure than words that are known."""


def likenesses_of(folder: Path) -> Likenesses | None:
    """Return what compares names by the encoder in a folder of them, None where there is none. Nothing is fetched."""
    found = sorted(path for path in folder.glob("*") if (path / "encoder.json").is_file()) if folder.is_dir() else []
    if not found:
        return None
    encoder = open_encoder(found[-1])

    def likenesses(columns: list[str], domain: Domain) -> Mapping[tuple[str, str], float]:
        fields = list(domain.recipe.payload.model_fields.items())
        named = [_words(column) for column in columns]
        about = [f"{field.title or _words(name)}. {field.description or ''}".strip() for name, field in fields]
        left, right = _unit(encoder.encode(named)), _unit(encoder.encode(about))
        cosines = left @ right.T
        alike: dict[tuple[str, str], float] = {}
        for row, column in enumerate(columns):
            order = np.argsort(-cosines[row])
            best, second = cosines[row, order[0]], cosines[row, order[1]]
            if best >= _MIN_COSINE and best - second >= _MARGIN:
                alike[column, fields[int(order[0])][0]] = float(best) * _TRUST
        return alike

    return likenesses


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_\W]+", " ", name).strip()


def _unit(vectors: NDArray[Any]) -> NDArray[np.float64]:
    matrix = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: NDArray[np.float64] = matrix / np.maximum(lengths, 1e-12)
    return unit
