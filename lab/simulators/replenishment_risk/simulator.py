"""A simulated chain's replenishment flags: the cause first, then what a planner would see of it, then what became of
it.

Every observable leaves its exact density with what it shows, so what could at best be known of each case is known, too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.domains.replenishment_risk.stock_and_cover import KVI_MULTIPLIER, RETAILER_LOST_SHARE
from lab.simulators.posterior import Evidence, Posterior, posterior
from lab.simulators.recording import Recorded, record
from lab.simulators.replenishment_risk import parameters as tables
from lab.simulators.replenishment_risk.evidence import Scene
from lab.simulators.replenishment_risk.neutral_fields import Frame, moments_of
from lab.simulators.replenishment_risk.seen import ALWAYS_KNOWN, FEEDS, observe
from lab.simulators.replenishment_risk.wording import write_notes
from lab.simulators.replenishment_risk.world import SOURCE_SYSTEMS, Context, World, draw_context, draw_world, log_odds
from lab.simulators.retailer import Codes, Floats, Knobs, Simulated, exception_ids, pick
from lab.simulators.visits import Visits, draw_visits

MONTH_WEIGHTS: Final = (0.9, 0.9, 1.0, 1.0, 1.0, 1.1, 1.1, 1.0, 0.9, 1.0, 1.3, 1.4)
OPENING_HOURS: Final = (4, 8)
TRAPS: Final = ("post_event_sales", "late_count")
"""Leaks that can be planted in the cases."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The cases before their outcome. log_joint: as Evidence has it. seen: payload fields before any is left out."""

    visits: Visits
    world: World
    context: Context
    scene: Scene
    log_joint: Floats
    seen: Frame

    @property
    def kind(self) -> Codes:
        """Return the hidden kind of each case's item at its site."""
        return self.visits.kind[self.visits.entity]


@dataclass(frozen=True, slots=True)
class DrawnOutcome:
    """What became of the cases. probability: P(wrong | cause, all seen), (n, C). impact: E[loss | wrong, cause, all
    seen], (n, C)."""

    probability: Floats
    impact: Floats
    wrong: NDArray[np.bool_]
    loss: Floats


def simulate(knobs: Knobs) -> Simulated:
    """Draw one retailer's flagged sku-site-days."""
    rng = np.random.default_rng([knobs.seed, 4])
    drawn = _draw(rng, knobs)
    outcome = _outcome(rng, drawn)
    recorded = _record(rng, knobs, drawn, outcome)
    best = _best(drawn, outcome, recorded)
    ids = exception_ids("REP", knobs)
    return Simulated(
        cases=_cases(drawn, drawn.seen | _leak(knobs, drawn, outcome), ids),
        outcomes=pd.concat([pd.DataFrame({"exception_id": ids}), recorded.frame], axis=1),
        truth=_truth(drawn, outcome, best, ids),
    )


def _draw(rng: np.random.Generator, knobs: Knobs) -> Drawn:
    """Draw who is flagged when, then why, then what is seen of it."""
    visits = draw_visits(
        rng,
        knobs,
        kind_shares=tables.KIND_SHARES,
        visits_per_year=(np.array(tables.FLAGS_PER_YEAR) * rng.lognormal(0.0, 0.08, len(tables.KINDS))).tolist(),
        month_weights=MONTH_WEIGHTS,
        opening_hours=OPENING_HOURS,
    )
    world = draw_world(rng, knobs, pairs=len(visits.kind))
    context = draw_context(rng, knobs, world, visits)
    log_joint = log_odds(knobs, world, context)
    cause = pick(rng, np.exp(log_joint[np.arange(knobs.rows), visits.kind[visits.entity]]))
    scene = Scene(rng, cause, causes=len(tables.CAUSES), missing_rate=knobs.missing_rate, feeds=FEEDS)
    seen = observe(scene, world, context) | {"note": write_notes(scene)}
    log_joint += scene.log_likelihood[:, None, :]
    log_joint += visits.log_gap[:, :, None]
    return Drawn(visits, world, context, scene, log_joint, seen)


def _outcome(rng: np.random.Generator, drawn: Drawn) -> DrawnOutcome:
    """Draw whether leaving it alone lost sales before the next receipt, and what they were worth."""
    probability, impact = _wrong_probability(drawn), _mean_loss(drawn)
    rows, cause = np.arange(drawn.scene.rows), drawn.scene.cause
    wrong = rng.random(len(rows)) < probability[rows, cause]
    around_mean = rng.lognormal(-0.5 * tables.GAP_DAYS_SPREAD**2, tables.GAP_DAYS_SPREAD, len(rows))
    return DrawnOutcome(
        probability, impact, wrong, np.where(wrong, np.round(impact[rows, cause] * around_mean, 2), 0.0)
    )


def _wrong_probability(drawn: Drawn) -> Floats:
    """Return P(wrong | cause, all that is seen), shape (n, C)."""
    context, seen = drawn.context, drawn.seen
    owed = seen["reserved_qty"] + seen["open_customer_order_qty"] + seen["backorder_qty"]
    days = (seen["next_receipt_at"] - context.at) / np.timedelta64(1, "D")
    free = np.maximum(seen["on_hand"] - owed, 0.0)
    tight = np.log((context.planned_daily * days + 0.5) / (free + 0.5))
    tight = np.clip(tight, -tables.TIGHTEST, tables.TIGHTEST)
    speed = np.clip(np.log(context.base_daily / 6.0), -2.0, 2.0)
    base, per_tightness, per_speed = drawn.world.wrong.T
    logit = base + per_tightness * tight[:, None] + per_speed * speed[:, None]
    logit += drawn.world.site_effect[context.site][:, None]
    harmless = np.isin(tables.CAUSES, tables.HARMLESS)
    return np.asarray(np.where(harmless, 0.0, 1.0 / (1.0 + np.exp(-logit))))


def _mean_loss(drawn: Drawn) -> Floats:
    """Return E[loss | wrong, cause, all that is seen], shape (n, C); days out of stock are lognormal."""
    world, context = drawn.world, drawn.context
    per_day = context.planned_daily * world.item_margin[context.item] * RETAILER_LOST_SHARE
    per_day *= np.where(world.item_kvi[context.item], KVI_MULTIPLIER, 1.0)
    return np.asarray(per_day[:, None] * world.gap_days * np.exp(0.5 * tables.GAP_DAYS_SPREAD**2))


def _record(rng: np.random.Generator, knobs: Knobs, drawn: Drawn, outcome: DrawnOutcome) -> Recorded:
    return record(
        rng,
        knobs,
        causes=tables.CAUSES,
        cause=drawn.scene.cause,
        wrong=outcome.wrong,
        loss=outcome.loss,
        at=drawn.context.at,
        wrong_given=outcome.probability[:, None, :],
        confusions=tables.CONFUSIONS,
        harmless=tables.HARMLESS,
    )


def _best(drawn: Drawn, outcome: DrawnOutcome, recorded: Recorded) -> Posterior:
    """Work out what could at best be known of each case."""
    evidence = Evidence(
        entity=drawn.visits.entity,
        log_prior=np.log(np.array(tables.KIND_SHARES) / np.sum(tables.KIND_SHARES)),
        log_joint=drawn.log_joint,
        wrong=outcome.probability[:, None, :],
        impact=outcome.impact[:, None, :],
    )
    return posterior(evidence, recorded.evidence, drawn.context.at)


def _truth(drawn: Drawn, outcome: DrawnOutcome, best: Posterior, ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "exception_id": ids,
            "cause": np.array(tables.CAUSES, dtype=object)[drawn.scene.cause],
            "wrong": outcome.wrong,
            "loss": outcome.loss,
            **best.truth_columns(tables.CAUSES),
            "kind": np.array(tables.KINDS, dtype=object)[drawn.kind],
            "flags_before": drawn.visits.nth,
        }
    )


def _cases(drawn: Drawn, fields: Frame, ids: list[str]) -> pd.DataFrame:
    system = drawn.world.site_system[drawn.context.site]
    head = {
        "exception_id": ids,
        "as_of": pd.to_datetime(drawn.context.at, utc=True),
        "source_system": np.array(SOURCE_SYSTEMS, dtype=object)[system],
        "currency": "USD",
    }
    return pd.DataFrame(head | {name: _left_out(drawn.scene, name, values) for name, values in fields.items()})


def _left_out(scene: Scene, name: str, values: Any) -> Any:
    """Leave values out as real tables do; an instant column keeps its type, with NaT where missing."""
    if isinstance(values, list | str):
        return values
    given = np.ones(scene.rows, dtype=np.bool_) if name in ALWAYS_KNOWN else scene.given(name)
    if values.dtype.kind == "M" and np.datetime_data(values.dtype)[0] == "s":
        return pd.to_datetime(pd.Series(moments_of(given, values)), utc=True)
    column = values.astype(object)
    column[pd.isna(column) | ~given] = None
    return column


def _leak(knobs: Knobs, drawn: Drawn, outcome: DrawnOutcome) -> Frame:
    """Return the fields as a trap has them: filled in from what was known only after `as_of`."""
    if not knobs.trap:
        return {}
    # Draws of its own, so that all else is as it would be without the trap.
    rng = np.random.default_rng([knobs.seed, 5, TRAPS.index(knobs.trap)])
    return _TRAPS[knobs.trap](rng, drawn, outcome)


def _post_event_sales(rng: np.random.Generator, drawn: Drawn, outcome: DrawnOutcome) -> Frame:
    """Let short sales windows run past `as_of`: what ran out no longer sells."""
    per_day = drawn.context.planned_daily * np.where(outcome.wrong, 0.15, 1.0)
    day, week = rng.poisson(per_day), rng.poisson(per_day * 6.0)
    return {"sales_1d_qty": day, "sales_7d_qty": day + week}


def _late_count(rng: np.random.Generator, drawn: Drawn, outcome: DrawnOutcome) -> Frame:
    """Take the stock as a later count corrected it: a phantom is gone, what was hidden is there."""
    on_hand, causes = drawn.seen["on_hand"], np.array(tables.CAUSES)[drawn.scene.cause]
    found = np.rint(drawn.context.planned_daily * rng.uniform(2.0, 6.0, drawn.scene.rows))
    counted = np.where(causes == "phantom_inventory", 0.0, on_hand)
    return {"on_hand": np.where(causes == "hidden_or_negative_stock", np.maximum(on_hand, 0.0) + found, counted)}


_TRAPS: Final[Mapping[str, Callable[[np.random.Generator, Drawn, DrawnOutcome], Frame]]] = {
    "post_event_sales": _post_event_sales,
    "late_count": _late_count,
}
