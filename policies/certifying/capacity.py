"""What each case costs done straight through, held or reviewed, and which cases fill the reviewers' minutes best.

Review is worth what it saves over the cheaper of the other two. Filling a limited number of minutes with the cases that
save most is a knapsack; taking them by saving per minute is optimal but for the last case that no longer fits: no other
choice saves more than this one plus that case's saving. A reviewer is taken to be right.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCosts:
    """Expected cost of each case by what is done with it, in the policy's currency, and the minutes its review
    takes."""

    auto: Floats
    hold: Floats
    review: Floats
    minutes: Floats

    @property
    def saved(self) -> Floats:
        """Return what reviewing each case saves over the cheaper alternative; negative where review costs more than it
        saves."""
        return np.minimum(self.auto, self.hold) - self.review

    @property
    def saved_per_minute(self) -> Floats:
        """Return that saving by minute of review."""
        return np.asarray(self.saved / self.minutes, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledQueue:
    """Who fits into the minutes, and what does not.

    fits: per case, whether it is reviewed; rank: its place in the order of worth, from 0. minutes, saved: of those that
    fit. left_cases, left_minutes, left_saved: of those that would be worth reviewing and do not fit. not_worth: cases
    whose review costs more than it saves.
    """

    fits: Flags
    rank: NDArray[np.int64]
    cases: int
    minutes: float
    saved: float
    left_cases: int
    left_minutes: float
    left_saved: float
    not_worth: int


def case_costs(
    risks: Floats, *, false_accept: Floats, false_refuse: Floats | None, minutes: Floats, per_minute: float
) -> CaseCosts:
    """Work out what each case is expected to cost.

    risks: probability that straight through is wrong, [0, 1]. false_accept: cost of accepting a case that is wrong.
    false_refuse: cost of holding one that is fine; None where holding is no alternative. minutes: of review, above 0.
    per_minute: cost of a reviewer's minute.
    Raises ValueError for minutes that are not above 0.
    """
    if len(minutes) and float(minutes.min()) <= 0.0:
        raise ValueError(f"minutes must be above 0; the least is {float(minutes.min())}")
    held = np.full(len(risks), np.inf) if false_refuse is None else (1.0 - risks) * false_refuse
    return CaseCosts(auto=risks * false_accept, hold=held, review=minutes * per_minute, minutes=minutes)


def fill_queue(costs: CaseCosts, *, minutes: float | None) -> FilledQueue:
    """Fill so many minutes by saving per minute; a case that is too long is passed over for shorter ones after it.

    minutes: what the reviewers have; None: enough for all. Cases whose review saves nothing stay out. Ties go to the
    earlier row.
    """
    order = np.argsort(-costs.saved_per_minute, kind="stable")
    worth = costs.saved > 0.0
    fits = np.zeros(len(order), dtype=np.bool_)
    fits[_filled(order[worth[order]], costs.minutes, np.inf if minutes is None else minutes)] = True
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    left = worth & ~fits
    return FilledQueue(
        fits=fits,
        rank=rank,
        cases=int(fits.sum()),
        minutes=float(costs.minutes[fits].sum()),
        saved=float(costs.saved[fits].sum()),
        left_cases=int(left.sum()),
        left_minutes=float(costs.minutes[left].sum()),
        left_saved=float(costs.saved[left].sum()),
        not_worth=int((~worth).sum()),
    )


def _filled(order: NDArray[np.int64], minutes: Floats, free: float) -> NDArray[np.int64]:
    """Take cases in order as long as they fit, passing over those that do not."""
    taken = []
    while len(order):
        total = np.cumsum(minutes[order])
        fitting = int(np.searchsorted(total, free, side="right"))
        taken.append(order[:fitting])
        free -= float(total[fitting - 1]) if fitting else 0.0
        order = order[fitting + 1 :]
        order = order[minutes[order] <= free]
    return np.concatenate(taken) if taken else order
