"""What the words of danger and the likeness to danger find together, in lists kept for measuring and in ordinary
texts."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from features.danger.danger_kinds import GOODS, SITE, named
from lab.danger.likeness_fitting import (
    LEXICON_TEXTS,
    LabelledTexts,
    fit_likeness,
    held_out_likeness,
    read_list,
    read_texts,
)
from lab.simulated import draw
from lab.simulators.retailer import Knobs
from models.danger_likeness import WEIGHTS_FILE, DangerLikeness, LikenessWeights
from models.encoder import TextEncoder
from triage.domain import Domain, read_policy

RESULTS: Final = LEXICON_TEXTS / "likeness.json"
"""What was measured last; the page of danger texts is written from it."""
LISTS: Final = (
    ("unmended", "fresh_unmended", None, SITE), ("voices_site", "other_voices", "site", SITE),
    ("voices_goods", "other_voices", "goods", GOODS), ("eighth_site", "fresh_eighth", "site", SITE),
    ("eighth_goods", "fresh_eighth", "goods", GOODS),
)  # fmt: skip
MAX_HARMLESS_ESCALATED: Final = 0.04
MIN_DANGEROUS_HELD: Final = 0.95
SEED: Final = 101
_STEP: Final = 0.01
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerCount:
    """Of so many texts: found by words alone, escalated by words or likeness, not straight through by either."""

    name: str
    dangerous: bool | None
    texts: int
    by_words: int
    escalated: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerMeasured:
    """Everything the page shows. fitted_on: how many texts. suggested: limits by the held-out kinds, beside those of
    the policies (review, escalate)."""

    fitted_on: int
    limits: tuple[float, float]
    suggested: tuple[float, float]
    counts: tuple[DangerCount, ...]

    def to_bytes(self) -> bytes:
        """Return it as JSON that ends with a line break."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def measure_danger_texts(
    encoder: TextEncoder, domains: Sequence[Domain], *, cases: int, ordinary: Path | None, say: Say
) -> DangerMeasured:
    """Judge the shipped weights on kinds held out, on lists nothing was fitted to, and on ordinary texts.

    cases: simulated ones of each domain. ordinary: a file of texts, one a line, in which there is hardly a danger.
    """
    read = read_texts()
    likeness = DangerLikeness(encoder)
    limits = _limits(domains)
    unseen = held_out_likeness(read, encoder, say=say)
    fresh = ~read.mended
    counts = [
        _count("held_out", label, read.named[fresh & (read.dangerous == label)],
               unseen[fresh & (read.dangerous == label)], limits)
        for label in (True, False)
    ]  # fmt: skip
    for name, file, part, kinds in LISTS:
        for label, texts in read_list(file, part).items():
            say(f"{name}: {label}")
            counts.append(count_texts(name, texts, kinds, likeness, limits, dangerous=label == "dangerous"))
    for domain in domains:
        say(f"simulated texts of {domain.name}")
        kinds = SITE if domain.name == "maintenance_priority" else GOODS
        counts.append(count_texts(f"simulated {domain.name}", _simulated(domain, cases), kinds, likeness, limits))
    if ordinary is not None:
        texts = ordinary.read_text(encoding="utf-8").splitlines()
        counts.append(count_texts(f"file {ordinary.stem}", texts, SITE, likeness, limits))
    return DangerMeasured(
        fitted_on=len(read.texts), limits=limits, suggested=_suggested(read, unseen), counts=tuple(counts)
    )


def fit_and_write(encoder: TextEncoder, *, say: Say) -> LikenessWeights:
    """Fit the weights anew and write them where the program reads them."""
    weights = fit_likeness(read_texts(), encoder, say=say)
    WEIGHTS_FILE.write_bytes(weights.to_bytes())
    return weights


def count_texts(
    name: str,
    texts: Sequence[str],
    kinds: frozenset[str],
    likeness: DangerLikeness,
    limits: tuple[float, float],
    *,
    dangerous: bool | None = None,
) -> DangerCount:
    """Count what is found in texts. dangerous: what they are labelled, None where nobody labelled them."""
    by_words = np.array([bool(named(text, kinds)) for text in texts])
    values = np.array([found if found is not None else 0.0 for found in likeness.of(texts)])
    return _count(name, dangerous, by_words, values, limits)


def _count(
    name: str,
    dangerous: bool | None,
    by_words: NDArray[np.bool_],
    likeness: NDArray[np.float64],
    limits: tuple[float, float],
) -> DangerCount:
    review, escalate = limits
    return DangerCount(
        name=name,
        dangerous=dangerous,
        texts=len(by_words),
        by_words=int(by_words.sum()),
        escalated=int((by_words | (likeness >= escalate)).sum()),
        held=int((by_words | (likeness >= review)).sum()),
    )


def _limits(domains: Sequence[Domain]) -> tuple[float, float]:
    """Return the limits of the policies, which must not differ from domain to domain here."""
    found = {
        (float(limits["likeness_to_review"]), float(limits["likeness_to_escalate"]))
        for limits in (read_policy(domain).document.limits for domain in domains)
    }
    (limits,) = found
    return limits


def _suggested(read: LabelledTexts, unseen: NDArray[np.float64]) -> tuple[float, float]:
    """Return the highest limit that still holds enough of what is dangerous, and the lowest at which few of the
    harmless escalate."""
    fresh = ~read.mended
    steps = np.arange(_STEP, 1.0, _STEP)
    held = [float((read.named | (unseen >= at))[fresh & read.dangerous].mean()) for at in steps]
    escalated = [float((read.named | (unseen >= at))[fresh & ~read.dangerous].mean()) for at in steps]
    review = max((at for at, share in zip(steps, held, strict=True) if share >= MIN_DANGEROUS_HELD), default=_STEP)
    enough = (at for at, share in zip(steps, escalated, strict=True) if share <= MAX_HARMLESS_ESCALATED)
    return round(float(review), 2), round(float(min(enough, default=1.0)), 2)


def _simulated(domain: Domain, cases: int) -> list[str]:
    """Return the distinct free texts of a simulated retailer."""
    frame = draw(domain, Knobs(rows=cases, seed=SEED)).cases
    fields = [name for name in domain.recipe.text_fields if name in frame]
    texts: list[Any] = [text for name in fields for text in frame[name].dropna().tolist()]
    return sorted({str(text) for text in texts if str(text).strip()})


def all_measured(content: bytes) -> dict[str, Any]:
    """Read what `DangerMeasured.to_bytes` wrote, as plain values."""
    found: dict[str, Any] = orjson.loads(content)
    return found
