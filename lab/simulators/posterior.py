"""What could be known of each simulated case: the exact posterior of cause, of wrong and of the loss, at its `as_of`.

Each case belongs to one entity whose kind never changes and is never seen. Given the kind, cases are independent; so
the posterior of the kind is the prior times one factor per earlier case of the entity, and one more from the instant a
case's label became known. That makes the filter over an entity's whole history a running sum. What many cases share (a
site's habits, a supplier's) is a parameter of the retailer and taken as known: the posterior is that of an observer who
knows how the retailer was drawn, and nothing that lies after `as_of`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lab.simulators.retailer import Codes, Floats, Instants


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What each case shows, n cases, K kinds, C causes.

    entity: code of the entity that the caller can recognise, shape (n,); -1 where nothing ties the case to others.
    log_prior: ln P(kind), shape (K,).
    log_joint: ln P(cause, everything first seen with the case | kind), shape (n, K, C), up to a constant per case; -inf
        where impossible.
    wrong: P(wrong | cause, kind, all that is seen), shape (n, K, C) or broadcastable to it.
    impact: E[loss | wrong, cause, kind, all that is seen] in money, shape (n, K, C) or broadcastable.
    """

    entity: Codes
    log_prior: Floats
    log_joint: Floats
    wrong: Floats
    impact: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvidence:
    """What each case's recorded label says.

    log_likelihood: ln P(recorded label | cause, kind, all that is seen), shape (n, K, C). known_at: datetime64[s] of
        shape (n,); its delay must not depend on kind or cause, or a label that is still missing would say something,
        too.
    """

    log_likelihood: Floats
    known_at: Instants


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """The exact answer. causes: (n, C), rows summing to 1. risk: P(wrong), (n,). impact: E[loss | wrong], (n,),
    money."""

    causes: Floats
    risk: Floats
    impact: Floats

    @property
    def expected_loss(self) -> Floats:
        """Return P(wrong) x E[loss | wrong]."""
        return self.risk * self.impact

    def truth_columns(self, causes: Sequence[str]) -> dict[str, Floats]:
        """Name the exact answer for truth.parquet: p_wrong, expected_impact, expected_loss, and p_CAUSE for every
        cause."""
        own = {"p_wrong": self.risk, "expected_impact": self.impact, "expected_loss": self.expected_loss}
        return own | {f"p_{name}": self.causes[:, at] for at, name in enumerate(causes)}


def posterior(evidence: Evidence, labels: LabelEvidence, at: Instants) -> Posterior:
    """Filter every entity's history: earlier cases and labels known strictly before `at`, of shape (n,)."""
    log_joint = evidence.log_joint - evidence.log_joint.max(axis=(1, 2), keepdims=True)
    seen = _log_sum(log_joint)
    seen_and_labelled = _log_sum(log_joint + labels.log_likelihood)
    before = _sums_before(evidence.entity, at, seen, labels.known_at, seen_and_labelled - seen)
    kinds = _normalised(evidence.log_prior + before)
    joint = log_joint + np.log(np.maximum(kinds, 1e-300))[:, :, None]
    joint = np.exp(joint - joint.max(axis=(1, 2), keepdims=True))
    joint /= joint.sum(axis=(1, 2), keepdims=True)
    wrong = joint * evidence.wrong
    risk = wrong.sum(axis=(1, 2))
    loss = (wrong * evidence.impact).sum(axis=(1, 2))
    impact = np.divide(loss, risk, out=np.zeros_like(loss), where=risk > 0)
    return Posterior(causes=joint.sum(axis=1), risk=np.clip(risk, 0.0, 1.0), impact=impact)


def _sums_before(entity: Codes, at: Instants, seen: Floats, known_at: Instants, labelled: Floats) -> Floats:
    """Sum, per case and kind, the factors of its entity that were known strictly before it."""
    n = len(at)
    asks = np.arange(n)
    whose = np.concatenate([entity, entity, entity])
    when = np.concatenate([at, at, known_at]).astype("datetime64[s]").astype(np.int64)
    # At one instant the questions come first: what happens then is not known yet.
    rank = np.concatenate([np.zeros(n), np.ones(n), np.ones(n)])
    added = np.concatenate([np.zeros_like(seen), seen, labelled])
    order = np.lexsort((rank, when, whose))
    starts = np.concatenate([[True], whose[order][1:] != whose[order][:-1]])
    running = np.cumsum(added[order], axis=0) - added[order]
    offset = running[np.maximum.accumulate(np.where(starts, np.arange(3 * n), 0))]
    sums = np.empty_like(running)
    sums[order] = running - offset
    found: Floats = sums[asks]
    found[entity < 0] = 0.0
    return found


def _log_sum(values: Floats) -> Floats:
    """Return ln sum exp over the last axis, -inf where all are."""
    top = values.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        summed: Floats = np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0]
    bounded: Floats = np.maximum(summed, -700.0)
    return bounded


def _normalised(log_weights: Floats) -> Floats:
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares
