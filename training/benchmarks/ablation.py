"""What each kind of feature adds: the same risk model, learnt from the payload's own columns first and one kind more each time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column, field_kinds
from features.recipe import Feature, Recipe
from models.text import FAMILY as TEXT_FAMILY
from training.boosting import BoostedTrees
from training.fit import Fitted
from training.heads import fit_risk

KINDS: Final = ("own", "derived", "history", "text")
"""A payload's own columns; what is computed from one payload alone; what looks into the entity history; the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """Share of the Bayes gain in risk with this kind of features and all before it."""

    kinds: str
    columns: int
    risk_share: float


def kind_of(feature: Feature, recipe: Recipe) -> str:
    """Say which kind a feature is, by its lineage."""
    if feature.family == TEXT_FAMILY:
        return "text"
    if {trail.name for trail in recipe.trails} & set(feature.sources):
        return "history"
    own = {kind.name for kind in field_kinds(recipe.payload)}
    return "own" if feature.name in own else "derived"


def ablate(
    fitted: Fitted, recipe: Recipe, *, wrong: Column, judge: Callable[[Column], float], seed: int = 0
) -> list[Ablation]:
    """Learn the risk anew with one kind of features more each time. judge: share of Bayes gain of the test cases' risks."""
    kinds = np.array([kind_of(feature, recipe) for feature in fitted.bundle.columns])
    categories = [at for at, feature in enumerate(fitted.bundle.columns) if feature.kind == "category"]
    found = []
    for number in range(1, len(KINDS) + 1):
        kept = np.flatnonzero(np.isin(kinds, KINDS[:number]))
        share = judge(_risk(fitted, kept, categories, wrong, seed)) if len(kept) else 0.0
        found.append(Ablation(kinds=" + ".join(KINDS[:number]), columns=len(kept), risk_share=share))
    return found


def _risk(fitted: Fitted, kept: NDArray[np.int64], categories: list[int], wrong: Column, seed: int) -> Column:
    """Learn the risk from the columns kept, and predict the test cases."""
    trees = BoostedTrees(
        columns=np.ascontiguousarray(fitted.columns[:, kept]),
        categories=[at for at, column in enumerate(kept.tolist()) if column in categories],
        seed=seed,
        num_threads=2,
    )
    risk, _ = fit_risk(trees, fitted.split, wrong)
    return risk.predict(trees.columns[fitted.split.test])
