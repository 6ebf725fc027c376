"""A model beside the best possible observer of a simulation: how much of what can be known it has learnt, and whether it cheats.

The exact posterior is what anybody could know at `as_of`. No honest model beats it except by chance. One that does has read
something that became known later, so it is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Feature, Matrix
from training.evaluate import Judged
from training.intervals import Codes, mean_error
from training.lineage import LeakError
from training.truth import Truth

MOST_ERRORS: Final = 3.0
MOST_NATS: Final = 6.6
"""ln 740, the odds of three standard errors, whatever the tails: an honest model's likelihood ratio exceeds 740 once in 740 times."""
MOST_NATS_KNOWN: Final = 9.2
"""ln 10,000: what the finer sign of a leak must reach, since it would also show a posterior that is not quite exact."""
_LEANINGS: Final = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
_SUSPECTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One head beside the best observer, in nats per case.

    difference: log-loss of the model less that of the observer against what truly happened, negative where the model does
        better; error: its standard error, clustered by entity.
    leaning_errors, leaning_nats: how far the observer gains by leaning towards the model, in standard errors at the best
        leaning, and as the logarithm of the mean likelihood ratio over all of them. It cannot gain from anybody who knows
        no more, however bad that one is otherwise; so this shows a leak that a poor model hides.
    expected, expected_bayes, expected_base: log-loss expected under the exact posterior, of the model, of the observer
        and of the base rate.
    """

    cases: int
    difference: float
    error: float
    leaning_errors: float
    leaning_nats: float
    expected: float
    expected_bayes: float
    expected_base: float

    @property
    def gain_share(self) -> float:
        """Give the share of what can be gained over the base rate that the model gains; 1 is the best possible."""
        possible = self.expected_base - self.expected_bayes
        return (self.expected_base - self.expected) / possible if possible > 0 else float("nan")

    @property
    def is_better(self) -> bool:
        """Say whether it beats the observer by more than three standard errors, and by more than chance gives at 1 : 740."""
        ahead = -self.difference
        return ahead > MOST_ERRORS * self.error and ahead * self.cases > MOST_NATS

    @property
    def knows_more(self) -> bool:
        """Say whether the observer could learn from it, beyond all chance."""
        return self.leaning_errors > MOST_ERRORS and self.leaning_nats > MOST_NATS_KNOWN


def beside_bayes(judged: Judged, truth: Truth, labels: Sequence[str], groups: Codes) -> dict[str, Beside]:
    """Compare the heads with the best observer on the test part; the cause only where both know the same causes."""
    rows = len(judged.risk)
    if not rows:
        return {}
    wrong = truth.wrong.astype(np.int64)
    base = np.full(rows, judged.base_risk)
    found = {"risk": _beside(_both(judged.risk), _both(truth.p_wrong), _both(base), wrong, groups)}
    if set(truth.labels) == set(labels) and set(truth.cause) <= set(labels):
        exact = truth.p_causes[:, [truth.labels.index(name) for name in labels]]
        happened = np.array([list(labels).index(name) for name in truth.cause], dtype=np.int64)
        base_causes = np.tile(np.array(judged.base_causes), (rows, 1))
        found["cause"] = _beside(judged.causes, exact, base_causes, happened, groups)
    return found


def refuse_leaks(
    found: dict[str, Beside], *, domain: str, features: Sequence[Feature], gains: Mapping[str, Column]
) -> None:
    """Raise LeakError for a model that is better than anybody could be, naming the features it relies on most.

    gains: by head, of the splits on each feature.
    """
    problems = []
    for head, beside in found.items():
        if not (beside.is_better or beside.knows_more):
            continue
        how = (
            f"it beats the best possible observer by {-beside.difference:.4f} nats per case "
            f"({-beside.difference / beside.error:.1f} standard errors)"
            if beside.is_better
            else f"the best possible observer could learn from it ({beside.leaning_errors:.1f} standard errors)"
        )
        problems.append(
            f"{domain}: suspected leak in the {head} model: on {beside.cases:,} test cases {how}, which takes knowledge "
            f"from after as_of. It relies most on {_suspects(gains[head], features)}. Nothing was registered"
        )
    if problems:
        raise LeakError("\n".join(problems))


def bayes_metrics(found: dict[str, Beside]) -> dict[str, float]:
    """Name what was found for the record."""
    metrics: dict[str, float] = {}
    for head, beside in found.items():
        metrics |= {
            f"bayes/{head}_gain_share": beside.gain_share,
            f"bayes/{head}_expected_log_loss": beside.expected,
            f"bayes/{head}_expected_log_loss_bayes": beside.expected_bayes,
            f"bayes/{head}_expected_log_loss_baseline": beside.expected_base,
            f"bayes/{head}_log_loss_minus_bayes": beside.difference,
            f"bayes/{head}_log_loss_minus_bayes_se": beside.error,
            f"bayes/{head}_leaning_nats": beside.leaning_nats,
        }
    return {name: value for name, value in metrics.items() if np.isfinite(value)}


def _both(probability: Column) -> Matrix:
    return np.column_stack([1.0 - probability, probability])


def _beside(own: Matrix, exact: Matrix, base: Matrix, happened: Codes, groups: Codes) -> Beside:
    """Compare one head; probabilities of shape (n, k), what happened as positions among the k."""
    rows = np.arange(len(happened))
    said, best = _logs(own), _logs(exact)
    apart = best[rows, happened] - said[rows, happened]
    leanings = [_leaning(said, best, by)[rows, happened] - best[rows, happened] for by in _LEANINGS]
    errors = [float(gain.mean()) / max(mean_error(gain, groups), 1e-12) for gain in leanings]
    totals = np.array([gain.sum() for gain in leanings])
    return Beside(
        cases=len(rows),
        difference=float(apart.mean()),
        error=max(mean_error(apart, groups), 1e-12),
        leaning_errors=max(errors),
        leaning_nats=float(np.logaddexp.reduce(totals) - np.log(len(totals))),
        expected=_expected(exact, said),
        expected_bayes=_expected(exact, best),
        expected_base=_expected(exact, _logs(base)),
    )


def _leaning(said: Matrix, best: Matrix, by: float) -> Matrix:
    """Move the best observer's logarithms of probabilities a share of the way towards the model's."""
    moved: Matrix = best + by * (said - best)
    return np.asarray(moved - np.logaddexp.reduce(moved, axis=1, keepdims=True))


def _logs(probabilities: Matrix) -> Matrix:
    return np.asarray(np.log(np.clip(probabilities, 1e-12, 1.0)))


def _expected(exact: Matrix, logs: Matrix) -> float:
    return float(-(exact * logs).sum(axis=1).mean())


def _suspects(gains: Column, features: Sequence[Feature]) -> str:
    if not gains.any():
        return "no feature at all"
    first = np.argsort(-gains, kind="stable")[:_SUSPECTS]
    shares = gains / max(float(gains.sum()), 1e-12)
    return ", ".join(
        f"{features[at].name} ({shares[at]:.0%} of the gain; reads {', '.join(features[at].sources)})"
        for at in first.tolist()
        if gains[at] > 0
    )
