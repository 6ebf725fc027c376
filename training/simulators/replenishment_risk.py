"""A simulated chain's replenishment flags: the cause first, then what a planner would see of it, then what became of it."""

from typing import Any, Final

import numpy as np
import pandas as pd

from features.replenishment_risk_build import KVI_MULTIPLIER, RETAILER_LOST_SHARE
from training.simulators import replenishment_risk_tables as tables
from training.simulators.replenishment_risk_seen import Frame, Latent, moments_of, observe, only
from training.simulators.replenishment_risk_world import (
    SOURCE_SYSTEMS,
    Context,
    World,
    draw_cause,
    draw_context,
    draw_world,
)
from training.simulators.retailer import Knobs, Simulated, blank, exception_ids, late, mislabel, pick, timeline

ALWAYS_KNOWN: Final = frozenset(
    {"sku", "on_hand", "block_flags", "note", "promo_starts_on", "promo_ends_on", "promo_id"}
)
HORIZON_SUMS: Final = (
    "sales_1_month_qty", "sales_3_month_qty", "sales_6_month_qty", "sales_9_month_qty",
    "forecast_3_month_qty", "forecast_6_month_qty", "forecast_9_month_qty",
)  # fmt: skip
TIGHTEST: Final = 2.5
EASE: Final = -1.3
"""Added to every log-odds of wrong: it sets how often the standard run copes."""


def simulate(knobs: Knobs) -> Simulated:
    """Draw one retailer's flagged sku-site-days."""
    rng = np.random.default_rng([knobs.seed, 4])
    at = timeline(rng, knobs, month_weights=(0.9, 0.9, 1, 1, 1, 1.1, 1.1, 1, 0.9, 1, 1.3, 1.4), opening_hours=(4, 8))
    world = draw_world(rng, knobs)
    context = draw_context(rng, world, at)
    cause = draw_cause(rng, world, context)
    latent = Latent(cause, pick(rng, tables.SEVERITY[cause]))
    seen = observe(rng, world, context, latent)
    truth = {"cause": np.array(tables.CAUSES, dtype=object)[cause], **_outcome(rng, world, context, latent, seen)}
    return _assemble(rng, knobs, world, context, latent, seen, truth)


def _outcome(rng: np.random.Generator, world: World, context: Context, latent: Latent, seen: Frame) -> Frame:
    """Draw whether leaving it alone lost sales before the next receipt, and what they were worth."""
    owed = seen["reserved_qty"] + seen["open_customer_order_qty"] + seen["backorder_qty"]
    days = (seen["next_receipt_at"] - context.at) / np.timedelta64(1, "D")
    free = np.maximum(seen["on_hand"] - owed, 0.0)
    tight = np.clip(np.log((context.planned_daily * days + 0.5) / (free + 0.5)), -TIGHTEST, TIGHTEST)
    speed = np.clip(np.log(context.base_daily / 6.0), -2.0, 2.0)
    base, per_severity, per_tightness, per_speed = tables.WRONG[latent.cause].T
    logit = EASE + base + per_severity * latent.severity + per_tightness * tight + per_speed * speed
    logit += world.site_effect[context.site] + world.item_effect[context.item] + world.supplier_effect[context.supplier]
    probability = 1.0 / (1.0 + np.exp(-logit))
    wrong = rng.random(len(logit)) < probability
    gap = rng.lognormal(np.log(latent.mean(tables.GAP_DAYS)), 0.5)
    lost = context.planned_daily * gap * world.item_margin[context.item] * RETAILER_LOST_SHARE
    loss = lost * np.where(world.item_kvi[context.item], KVI_MULTIPLIER, 1.0)
    return {"wrong": wrong, "loss": np.where(wrong, np.round(loss, 2), 0.0), "wrong_probability": probability}


def _assemble(
    rng: np.random.Generator, knobs: Knobs, world: World, context: Context, latent: Latent, seen: Frame, truth: Frame
) -> Simulated:
    ids = exception_ids("REP", knobs)
    system = world.site_system[context.site]
    head = {
        "exception_id": ids,
        "as_of": pd.to_datetime(context.at, utc=True),
        "source_system": np.array(SOURCE_SYSTEMS, dtype=object)[system],
        "currency": "USD",
    }
    payload = {name: _left_out(rng, name, values, knobs) for name, values in seen.items()}
    for name in HORIZON_SUMS:
        payload[name] = only(system != SOURCE_SYSTEMS.index("wms"), payload[name])
    recorded = mislabel(rng, truth["cause"], knobs.label_noise, confusions=tables.CONFUSIONS)
    outcomes = {
        "exception_id": ids,
        "cause": recorded,
        "wrong": truth["wrong"],
        "loss": truth["loss"],
        "known_at": pd.to_datetime(late(rng, context.at, median_days=9.0), utc=True),
        "source": "outcome",
    }
    hidden = {
        "severity": latent.severity,
        "disrupted": context.disrupted,
        "site_effect": world.site_effect[context.site],
    }
    return Simulated(
        cases=pd.DataFrame({**head, **payload}),
        outcomes=pd.DataFrame(outcomes),
        truth=pd.DataFrame({"exception_id": ids, **truth, **hidden}),
    )


def _left_out(rng: np.random.Generator, name: str, values: Any, knobs: Knobs) -> Any:
    """Leave values out as real tables do; an instant column keeps its type, with NaT where missing."""
    if name == "note":
        return [text or None for text in values]
    if isinstance(values, list):
        return values
    missing = 0.0 if name in ALWAYS_KNOWN or isinstance(values, str) else knobs.missing_rate
    column = np.asarray(values)
    if column.dtype.kind == "M" and np.datetime_data(column.dtype)[0] == "s":
        return pd.to_datetime(pd.Series(moments_of(rng.random(len(column)) >= missing, column)), utc=True)
    column = column.astype(object)
    column[pd.isna(column)] = None
    return blank(rng, column, missing) if column.ndim else values
