"""A model beside the best possible observer of a simulation: how much of what can be known it has learnt, and whether
it cheats.

The exact posterior is what anybody could know at `as_of`. No honest model beats it except by chance. One that does has
read something that became known later, so it is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Feature, Matrix
from lab.truth import Truth
from models.bundle import Bundle
from training.fitting.lineage import TEXT, LeakError
from training.report.intervals import Codes, mean_error
from training.report.metrics import Judged, gains_by_column

MAX_STANDARD_ERRORS: Final = 3.0
MAX_NATS: Final = 6.6
"""ln 740, the odds of three standard errors, whatever the tails: an honest model's likelihood ratio exceeds 740 once in
740 times."""
MAX_NATS_OF_LEANING: Final = 9.2
"""ln 10,000: what the finer signs of a leak must reach, since they would also show a posterior that is not quite
exact."""
_LEANINGS: Final = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
_SUSPECTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What speaks for a leak, in standard errors and as the logarithm of a likelihood ratio. min_nats: nats beyond
    chance."""

    errors: float
    nats: float
    min_nats: float

    @property
    def strength(self) -> float:
        """Return how far it is from nothing to a refusal: above 1 it is beyond three standard errors and beyond
        chance."""
        return min(self.errors / MAX_STANDARD_ERRORS, self.nats / self.min_nats)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverComparison:
    """One head beside the best observer, in nats per case.

    difference: log-loss of the model less that of the observer against what truly happened, negative where the model
        does better; error: its standard error, clustered by entity.
    leaning: how far the observer gains by leaning towards the model, in standard errors at the best leaning, and as the
        logarithm of the mean likelihood ratio over all of them. It cannot gain from anybody who knows no more, however
        bad that one is otherwise; so this shows a leak that a poor model hides.
    leaning_on_one: the same for leaning towards what the model says of one answer only, over all answers, which shows a
        leak about one cause that what it says badly of the others hides. answer: at which the gain is largest.
    expected, expected_bayes, expected_base: log-loss expected under the exact posterior, of the model, of the observer
        and of the base rate.
    """

    cases: int
    difference: float
    error: float
    leaning: Sign
    leaning_on_one: Sign
    answer: str
    expected: float
    expected_bayes: float
    expected_base: float

    @property
    def gain_share(self) -> float:
        """Return the share of what can be gained over the base rate that the model gains; 1 is the best possible."""
        possible = self.expected_base - self.expected_bayes
        return (self.expected_base - self.expected) / possible if possible > 0 else float("nan")

    @property
    def ahead(self) -> Sign:
        """Return how far it beats the observer, who is beaten by chance at 1 : 740."""
        return Sign(errors=-self.difference / self.error, nats=-self.difference * self.cases, min_nats=MAX_NATS)

    @property
    def strength(self) -> float:
        """Return the strength of the strongest sign of a leak; above 1 the model is refused."""
        return max(self.ahead.strength, self.leaning.strength, self.leaning_on_one.strength)


def compare_with_observer(
    judged: Judged, truth: Truth, labels: Sequence[str], groups: Codes
) -> dict[str, ObserverComparison]:
    """Compare the heads with the best observer on the test part; the cause only where both know the same causes."""
    rows = len(judged.risk)
    if not rows:
        return {}
    wrong = truth.wrong.astype(np.int64)
    base = np.full(rows, judged.base_risk)
    found = {
        "risk": _comparison(_both(judged.risk), _both(truth.p_wrong), _both(base), wrong, groups, ("right", "wrong"))
    }
    if set(truth.labels) == set(labels) and set(truth.cause) <= set(labels):
        exact = truth.p_causes[:, [truth.labels.index(name) for name in labels]]
        happened = np.array([list(labels).index(name) for name in truth.cause], dtype=np.int64)
        base_causes = np.tile(np.array(judged.base_causes), (rows, 1))
        found["cause"] = _comparison(judged.causes, exact, base_causes, happened, groups, labels)
    return found


def refuse_leaks(found: Mapping[str, ObserverComparison], bundle: Bundle, text_fields: Sequence[str] = ()) -> None:
    """Raise LeakError for a model that is better than anybody could be, naming the features it relies on most.

    text_fields: the payload's fields that the text columns read.
    """
    problems = []
    for head, comparison in found.items():
        if comparison.strength <= 1.0:
            continue
        problems.append(
            f"{bundle.domain}: suspected leak in the {head} model: on {comparison.cases:,} test cases "
            f"{_how(comparison)}, which takes knowledge "
            "from after as_of. It relies most on "
            f"{_suspects(gains_by_column(bundle)[head], bundle.columns, text_fields)}. Nothing was registered"
        )
    if problems:
        raise LeakError("\n".join(problems))


def bayes_metrics(found: Mapping[str, ObserverComparison]) -> dict[str, float]:
    """Name what was found for the record."""
    metrics: dict[str, float] = {}
    for head, comparison in found.items():
        metrics |= {
            f"bayes/{head}_gain_share": comparison.gain_share,
            f"bayes/{head}_expected_log_loss": comparison.expected,
            f"bayes/{head}_expected_log_loss_bayes": comparison.expected_bayes,
            f"bayes/{head}_expected_log_loss_baseline": comparison.expected_base,
            f"bayes/{head}_log_loss_minus_bayes": comparison.difference,
            f"bayes/{head}_log_loss_minus_bayes_se": comparison.error,
            f"bayes/{head}_leaning_nats": comparison.leaning.nats,
            f"bayes/{head}_leaning_on_one_nats": comparison.leaning_on_one.nats,
            f"bayes/{head}_leak_strength": comparison.strength,
        }
    return {name: value for name, value in metrics.items() if np.isfinite(value)}


def _how(comparison: ObserverComparison) -> str:
    if comparison.ahead.strength > 1.0:
        ahead = f"it beats the best possible observer by {-comparison.difference:.4f} nats per case"
        return f"{ahead} ({comparison.ahead.errors:.1f} standard errors)"
    if comparison.leaning.strength > 1.0:
        return f"the best possible observer could learn from it ({comparison.leaning.errors:.1f} standard errors)"
    learn = f"the best possible observer could learn from what it says of {comparison.answer}"
    return f"{learn} ({comparison.leaning_on_one.errors:.1f} standard errors)"


def _both(probability: Column) -> Matrix:
    return np.column_stack([1.0 - probability, probability])


def _comparison(
    own: Matrix, exact: Matrix, base: Matrix, happened: Codes, groups: Codes, answers: Sequence[str]
) -> ObserverComparison:
    """Compare one head; probabilities of shape (n, k), what happened as positions among the k answers."""
    rows = np.arange(len(happened))
    said, best = _logs(own), _logs(exact)
    apart = best[rows, happened] - said[rows, happened]
    leanings = [_leaning(said, best, by)[rows, happened] - best[rows, happened] for by in _LEANINGS]
    ones = [
        _sign([_gain_on_one(said, best, by, answer, happened) for by in _LEANINGS], groups)
        for answer in range(len(answers))
    ]
    largest = int(np.argmax([one.nats for one in ones]))
    return ObserverComparison(
        cases=len(rows),
        difference=float(apart.mean()),
        error=max(mean_error(apart, groups), 1e-12),
        leaning=_sign(leanings, groups),
        leaning_on_one=replace(ones[largest], nats=_mean_ratio([one.nats for one in ones])),
        answer=answers[largest],
        expected=_expected(exact, said),
        expected_bayes=_expected(exact, best),
        expected_base=_expected(exact, _logs(base)),
    )


def _leaning(said: Matrix, best: Matrix, by: float) -> Matrix:
    """Move the best observer's logarithms of probabilities a share of the way towards the model's."""
    moved: Matrix = best + by * (said - best)
    return np.asarray(moved - np.logaddexp.reduce(moved, axis=1, keepdims=True))


def _gain_on_one(said: Matrix, best: Matrix, by: float, answer: int, happened: Codes) -> Column:
    """Return what each case gains if the observer moves this answer towards the model, and the others in proportion."""
    moved = by * (said[:, answer] - best[:, answer])
    gained: Column = moved * (happened == answer) - np.log1p(np.exp(best[:, answer]) * np.expm1(moved))
    return gained


def _sign(gains: Sequence[Column], groups: Codes) -> Sign:
    errors = [float(gain.mean()) / max(mean_error(gain, groups), 1e-12) for gain in gains]
    nats = _mean_ratio([float(gain.sum()) for gain in gains])
    return Sign(errors=max(errors), nats=nats, min_nats=MAX_NATS_OF_LEANING)


def _mean_ratio(nats: Sequence[float]) -> float:
    """Return the logarithm of the mean of likelihood ratios: a bet spread over them, won as seldom as a single one."""
    return float(np.logaddexp.reduce(np.array(nats)) - np.log(len(nats)))


def _logs(probabilities: Matrix) -> Matrix:
    return np.asarray(np.log(np.clip(probabilities, 1e-12, 1.0)))


def _expected(exact: Matrix, logs: Matrix) -> float:
    return float(-(exact * logs).sum(axis=1).mean())


def _suspects(gains: Column, features: Sequence[Feature], text_fields: Sequence[str]) -> str:
    if not gains.any():
        return "no feature at all"
    first = np.argsort(-gains, kind="stable")[:_SUSPECTS]
    shares = gains / max(float(gains.sum()), 1e-12)
    reads = [text_fields or (TEXT,) if feature.sources == (TEXT,) else feature.sources for feature in features]
    return ", ".join(
        f"{features[at].name} ({shares[at]:.0%} of the gain; reads {', '.join(reads[at])})"
        for at in first.tolist()
        if gains[at] > 0
    )
