"""Fits the likeness to danger on texts, and judges it on kinds of danger that it has not seen.

The same texts and encoder give the same weights: the function is convex, and what is drawn has a seed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from features.danger.danger_kinds import GOODS, SITE, named
from models.danger_likeness import LikenessWeights, rows_of
from models.encoder import TextEncoder

TEXTS: Final = Path(__file__).parent / "texts"
LEXICON_TEXTS: Final = Path(__file__).parents[2] / "tests" / "features" / "danger"
"""Lists the word rules were mended with; the lists kept for measuring are not among those read of them."""
MENDED_LISTS: Final = (
    "en", "en_second", "en_third", "en_fourth", "fresh_en", "fresh_last", "fresh_look_alikes", "fresh_goods", "domains",
)  # fmt: skip
FOLDS: Final = 10
C: Final = 3.0
SEED: Final = 17
_LINES_OF_A_KIND: Final = 20
_SLIPS_PER_TEXT: Final = 1
_OPENINGS: Final = (
    "hi, ", "please help: ", "store 214 ", "fyi ", "hello team ", "urgent: ", "re: ", "mgr reports ", "caller says ",
    "customer says ", "we noticed ", "aisle 4, ", "again: ", "um so ", "control, ",
)  # fmt: skip
_ENDINGS: Final = (
    " thanks", " please advise", " pls call", ", regards Mia", " asap", " (photo attached)", " thx", " since monday",
    ", off and on", " again", " in the back", " near till 3", " today",
)  # fmt: skip
_WORDS_AROUND: Final = 0.5
"""How often a copy has words around it that say nothing, so that they come to mean nothing."""
_GOLDEN: Final = (
    "the handle gives you a shock when you touch it", "lamp in aisle 7 flickers", "price differs from the contract",
    "he waits outside with a knife",
)  # fmt: skip
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTexts:
    """texts with whether each is dangerous, the kind it is held out with, whether word rules find a danger in it, and
    whether rules were ever mended with it."""

    texts: tuple[str, ...]
    dangerous: Bools
    kinds: tuple[str, ...]
    named: Bools
    mended: Bools


def read_texts() -> LabelledTexts:
    """Read every text the likeness is fitted on."""
    found: list[tuple[str, bool, str, bool, bool]] = []
    for file in sorted(TEXTS.glob("*.yaml")):
        for kind, texts in _read(file).items():
            rules = GOODS if "goods" in file.stem or kind == "returns_and_supply" else SITE
            is_danger = file.stem.endswith("dangerous")
            found += [
                (text, is_danger, f"{file.stem}.{kind}", bool(named(text, rules)), False) for text in map(str, texts)
            ]
    for name in MENDED_LISTS:
        content = _read(LEXICON_TEXTS / f"{name}.yaml")
        for domain, lists in (content if name == "domains" else {name: content}).items():
            for label, texts in lists.items():
                found += [
                    (str(text), label == "dangerous", f"{domain}.{label}.{at // _LINES_OF_A_KIND}", True, True)
                    for at, text in enumerate(texts)
                ]
    texts, dangerous, kinds, hits, mended = zip(*found, strict=True)
    return LabelledTexts(
        texts=tuple(texts),
        dangerous=np.array(dangerous),
        kinds=tuple(kinds),
        named=np.array(hits),
        mended=np.array(mended),
    )


def read_list(name: str, part: str | None = None) -> dict[str, list[str]]:
    """Read a list kept for measuring: the dangerous and the harmless texts, of one part where it has several."""
    content = _read(LEXICON_TEXTS / f"{name}.yaml")
    lists = content if part is None else content[part]
    return {label: [str(text) for text in lists[label]] for label in ("dangerous", "harmless")}


def fit_likeness(read: LabelledTexts, encoder: TextEncoder, *, say: Callable[[str], None]) -> LikenessWeights:
    """Fit the weights on every text and its hurried copy."""
    rows, dangerous, _ = _rows(read, encoder, say)
    fitted = _fit(rows, dangerous)
    weights = fitted.coef_[0].astype(np.float32)
    dims = encoder.card.dims
    grams = weights[dims:].astype(np.float16).astype(np.float32)
    golden = rows_of(_GOLDEN, encoder.encode(_GOLDEN)) @ np.concatenate([weights[:dims], grams])
    values = 1.0 / (1.0 + np.exp(-(golden.astype(np.float64) + fitted.intercept_[0])))
    return LikenessWeights(weights[:dims], grams, float(fitted.intercept_[0]), _GOLDEN, values)


def held_out_likeness(read: LabelledTexts, encoder: TextEncoder, *, say: Callable[[str], None]) -> NDArray[np.float64]:
    """Return the likeness of every text by weights fitted without any text of its kind."""
    rows, dangerous, of = _rows(read, encoder, say)
    kinds = np.array(read.kinds)[of]
    found = np.zeros(len(read.texts))
    parts = GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, dangerous, kinds)
    for number, (seen, unseen) in enumerate(parts):
        say(f"holding out kinds {number + 1} of {FOLDS}")
        own = unseen[unseen < len(read.texts)]
        found[own] = _fit(rows[seen], dangerous[seen]).predict_proba(rows[own])[:, 1]
    return found


def _rows(
    read: LabelledTexts, encoder: TextEncoder, say: Callable[[str], None]
) -> tuple[csr_matrix, Bools, NDArray[np.int64]]:
    """Return rows, labels and the position of the text each is of: the texts first, then their hurried copies."""
    texts = [*read.texts, *hurried(read.texts)]
    say(f"embedding {len(texts):,} texts")
    of = np.concatenate([np.arange(len(read.texts))] * 2)
    rows = csr_matrix(rows_of(texts, encoder.encode(texts)))
    return rows, read.dangerous[of], of


def _fit(rows: csr_matrix, dangerous: Bools) -> LogisticRegression:
    return LogisticRegression(C=C, max_iter=5_000, class_weight="balanced").fit(rows, dangerous)


def hurried(texts: Sequence[str]) -> list[str]:
    """Return a copy of each text as typed in a hurry: a letter left out, doubled or swapped, and words around it."""
    rng = np.random.default_rng(SEED)
    return [_hurried(text, rng) for text in texts]


def _hurried(text: str, rng: np.random.Generator) -> str:
    for _ in range(_SLIPS_PER_TEXT + len(text) // 60):
        at = int(rng.integers(1, max(2, len(text) - 1)))
        slip = int(rng.integers(3))
        if slip == 0:
            text = text[:at] + text[at + 1 :]
        elif slip == 1:
            text = text[:at] + text[at : at + 1] + text[at:]
        else:
            text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    if rng.random() < _WORDS_AROUND:
        text = _OPENINGS[int(rng.integers(len(_OPENINGS)))] + text
    if rng.random() < _WORDS_AROUND:
        text = text + _ENDINGS[int(rng.integers(len(_ENDINGS)))]
    return text


def _read(file: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content
