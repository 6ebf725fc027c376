"""Whether, and how much, the cause head's view of the risk is mixed in: three weights by logistic regression."""

from typing import Final

import numpy as np

from features.columns import Column
from features.recipe import Matrix
from models.calibration import fit_logistic, log_loss, sigmoid
from models.predictors import CausePredictor, SecondOpinion
from training.boosting import Positions
from training.split import Split

_LEAST_ROWS: Final = 300
_LEAST_GAIN: Final = 1e-4
_PRIOR_CASES: Final = 20.0
_MOST_SURE: Final = 0.995


def second_opinion(
    causes: CausePredictor,
    columns: Matrix,
    parts: Split,
    codes: Column,
    wrong: Column,
    *,
    own: Column,
    judge_on: Positions,
) -> SecondOpinion | None:
    """Weigh the causes' view against the risk booster's log-odds `own` on the rows `judge_on`, which taught neither.

    None where the cause head has learnt nothing, the rows are few, or mixing does not lower the log-loss of rows that did not
    choose the weights.
    """
    happened = wrong[judge_on]
    if causes.booster is None or len(judge_on) < _LEAST_ROWS or not 0 < happened.sum() < len(happened):
        return None
    view = SecondOpinion(causes=causes, wrong_rates=_wrong_rates(codes[parts.train], wrong[parts.train], causes))
    terms = np.column_stack([own, view.log_odds(columns[judge_on])])
    if _held_out_loss(terms[:, :1], happened) - _held_out_loss(terms, happened) < _LEAST_GAIN:
        return None
    own_weight, cause_weight, intercept = fit_logistic(terms, happened)
    return SecondOpinion(
        causes=causes,
        wrong_rates=view.wrong_rates,
        intercept=intercept,
        own_weight=own_weight,
        cause_weight=cause_weight,
    )


def _wrong_rates(codes: Column, wrong: Column, causes: CausePredictor) -> tuple[float, ...]:
    """Give every cause's share of wrong cases, drawn towards the share of all where a cause is rare."""
    known = ~np.isnan(codes) & ~np.isnan(wrong)
    positions, happened = codes[known].astype(np.int64), wrong[known]
    labels = len(causes.base)
    counts = np.bincount(positions, minlength=labels)
    bad = np.bincount(positions, weights=happened, minlength=labels)
    rates = (bad + _PRIOR_CASES * happened.mean()) / (counts + _PRIOR_CASES)
    return tuple(np.clip(rates, 1.0 - _MOST_SURE, _MOST_SURE).tolist())


def _held_out_loss(terms: Matrix, happened: Column) -> float:
    """Give the log-loss of rows weighed by what the other half chose."""
    even = np.arange(len(happened)) % 2 == 0
    losses = []
    for half in (even, ~even):
        *weights, intercept = fit_logistic(terms[~half], happened[~half])
        losses.append(log_loss(sigmoid(terms[half] @ np.array(weights) + intercept), happened[half]))
    return float(np.mean(losses))
