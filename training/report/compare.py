"""A new model beside the one that serves, on the same test cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.columns import Column
from features.recipe import Feature, Matrix
from models.bundle import Bundle, load_bundle
from models.encoder import TextEncoder
from models.errors import ModelError
from models.registry import Registry, VersionRef
from training.fitting.embeddings import embed
from training.fitting.fit import Fitted
from training.report.intervals import Codes, Interval, bootstrap, capturing, interval, losses, ranked
from training.report.metrics import CAPACITY, Judged, known_losses
from training.tables.dataset import Dataset

LEARNT_UNTIL: Final = "learnt_until"
"""Tag of a version: the `as_of` of the newest case it learnt from."""
_MIN_UNSEEN_CASES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The new model less the champion, on cases with a known truth; every interval is 95 %, bootstrapped by entity.

    log_loss: of the risk, negative where the new one is better. auc, captured: positive where it is better.
    champion_auc, champion_captured: the champion's own. unseen_only: only cases later than what the champion learnt
    from.
    """

    champion: str
    cases: int
    unseen_only: bool
    log_loss: Interval
    auc: Interval
    captured: Interval
    champion_auc: float
    champion_captured: float

    def metrics(self) -> dict[str, float]:
        """Name the numbers for the record."""
        numbers = {"champion/risk_auc": self.champion_auc, "champion/captured_loss_at_10pct": self.champion_captured}
        for name, of in (("log_loss", self.log_loss), ("auc", self.auc), ("captured_loss_at_10pct", self.captured)):
            key = f"champion/{name}_difference"
            numbers |= {key: of.value, f"{key}_low": of.low, f"{key}_high": of.high}
        return {name: number for name, number in numbers.items() if np.isfinite(number)}


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A champion that could not be put to the same test, and why."""

    champion: str
    why: str


def compare(
    dataset: Dataset,
    fitted: Fitted,
    judged: Judged,
    groups: Codes,
    *,
    registry: Registry,
    home: Path,
    encoder: TextEncoder | None,
    num_threads: int = 2,
) -> Comparison | NotCompared | None:
    """Put the champion to the same test; None where nothing serves yet.

    home: folder for downloaded versions and remembered embeddings.
    """
    ref = registry.champion(dataset.domain)
    if ref is None:
        return None
    try:
        bundle = load_bundle(registry.download(ref, home / "champions"), num_threads=num_threads)
        _require_same_rows(bundle, dataset.recipe.features, encoder)
    except ModelError as error:
        return NotCompared(str(ref), str(error))
    columns = _rows_for(bundle, fitted, encoder, home / "embeddings", num_threads)
    predicted = bundle.predict(columns)
    later = dataset.columns.as_of[fitted.split.test] > _learnt_until(ref)
    unseen_only = int(later.sum()) >= _MIN_UNSEEN_CASES
    chosen = np.flatnonzero(~np.isnan(judged.wrong) & (later if unseen_only else True))
    if not len(chosen):
        return NotCompared(str(ref), "no test case has a known truth")
    return _differences(
        judged,
        predicted.risk,
        predicted.risk * predicted.impact,
        groups,
        chosen,
        champion=str(ref),
        unseen_only=unseen_only,
    )


def _differences(
    judged: Judged, risk: Column, worth: Column, groups: Codes, chosen: Codes, *, champion: str, unseen_only: bool
) -> Comparison:
    wrong = judged.wrong[chosen]
    apart = losses(judged.risk[chosen], wrong) - losses(risk[chosen], wrong)
    areas = ranked(judged.risk[chosen], wrong), ranked(risk[chosen], wrong)
    known, _ = known_losses(judged)
    costly = chosen[known[chosen]]
    lost = np.where(judged.wrong[costly] == 1, np.maximum(np.nan_to_num(judged.loss[costly]), 0.0), 0.0)
    caught = (
        capturing(judged.expected_loss[costly], lost, CAPACITY),
        capturing(worth[costly], lost, CAPACITY),
    )

    def statistic(weights: Column) -> Column:
        own = weights[chosen]
        loss = float(own @ apart / own.sum()) if own.sum() > 0 else float("nan")
        area = [of(own) for of in areas]
        share = [of(weights[costly]) for of in caught]
        return np.array([loss, area[0] - area[1], share[0] - share[1], area[1], share[1]])

    whole, drawn = statistic(np.ones(len(risk))), bootstrap(statistic, groups)
    log_loss, auc, captured = (interval(float(whole[at]), drawn[:, at]) for at in range(3))
    return Comparison(
        champion=champion,
        cases=len(chosen),
        unseen_only=unseen_only,
        log_loss=log_loss,
        auc=auc,
        captured=captured,
        champion_auc=float(whole[3]),
        champion_captured=float(whole[4]),
    )


def _require_same_rows(bundle: Bundle, features: Sequence[Feature], encoder: TextEncoder | None) -> None:
    """Refuse a champion that reads other rows than those at hand."""
    theirs, ours = _shape(bundle.features), _shape(features)
    if theirs != ours:
        apart = sorted({name for name, *_ in {*theirs} ^ {*ours}}) or ["their order"]
        named = ", ".join(apart[:5]) + (f" and {len(apart) - 5} more" if len(apart) > 5 else "")
        raise ModelError(f"it reads other features; they differ in {named}")
    if bundle.encoder is not None and (encoder is None or encoder.card.key != bundle.encoder.key):
        raise ModelError(f"it reads text by the encoder {bundle.encoder.name}, which was not used here")


def _shape(features: Sequence[Feature]) -> list[tuple[Any, ...]]:
    return [(feature.name, feature.kind, feature.vocabulary) for feature in features]


def _rows_for(bundle: Bundle, fitted: Fitted, encoder: TextEncoder | None, cache: Path, threads: int) -> Matrix:
    """Return the test rows as the champion reads them: the same features, the text by its own projection."""
    test = fitted.split.test
    if bundle.text is None or encoder is None:
        return fitted.rows[test]
    texts = embed([fitted.texts[at] for at in test.tolist()], encoder, cache_folder=cache, threads=threads)
    return np.hstack([fitted.rows[test], bundle.text.project(texts.vectors)[texts.row_of]])


def _learnt_until(ref: VersionRef) -> float:
    """Return up to when the champion has seen cases; for ever where its version does not tell."""
    learnt_until = ref.tags.get(LEARNT_UNTIL)
    return datetime.fromisoformat(learnt_until).timestamp() if learnt_until else float("inf")
