"""What a planner would see of each simulated case: every observable drawn from cause, severity and context alone."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.simulators import replenishment_risk_tables as tables
from training.simulators.replenishment_risk_text import TOPIC_WEIGHTS, TOPICS
from training.simulators.replenishment_risk_world import (
    CATEGORIES,
    CATEGORY_SHELF_LIFE,
    EVENTS,
    MECHANICS,
    Context,
    World,
)
from training.simulators.retailer import Codes, Floats, Instants, misspell, phrase, pick

Frame = dict[str, Any]
STATUSES: Final = ("none", "proposed", "waiting_approval", "released", "confirmed", "shipped")
REGULATED: Final = (CATEGORIES.index("alcohol"), CATEGORIES.index("medicine"))


@dataclass(frozen=True, slots=True)
class Latent:
    """What no one sees: the true cause and how bad it is, as positions in CAUSES and SEVERITIES."""

    cause: Codes
    severity: Codes

    def mean(self, table: Floats) -> Floats:
        """Look up a table by cause, and by severity where it has columns for it."""
        return table[self.cause] if table.ndim == 1 else table[self.cause, self.severity]


def observe(rng: np.random.Generator, world: World, context: Context, latent: Latent) -> Frame:
    """Draw all payload fields by name, before anything is left out."""
    order, status = _order(rng, world, context, latent)
    return {
        **_item(world, context),
        **_sales(rng, context, latent),
        **_stock(rng, world, context, latent),
        **order,
        **_supply(rng, world, context, latent, status, order["max_stock_qty"] - order["reorder_point_qty"]),
        **_promotion(context),
        **_record(rng, context, latent),
        **_proposals(rng, world, context),
        "trigger": np.array(tables.TRIGGERS, dtype=object)[pick(rng, tables.TRIGGER[latent.cause])],
        "block_flags": _blocks(rng, world, context, latent),
        "note": _notes(rng, latent.cause),
    }


def _sales(rng: np.random.Generator, context: Context, latent: Latent) -> Frame:
    base = context.base_daily
    planned_7d = base * (7.0 + (context.uplift - 1.0) * np.maximum(context.promo_day, 0))
    yesterday = _counts(rng, context.planned_daily * latent.mean(tables.YESTERDAY_RATIO), 6.0)
    six_days = _counts(rng, planned_7d * 6 / 7 * latent.mean(tables.WEEK_RATIO), 8.0)
    three_weeks = _counts(rng, base * 21 * latent.mean(tables.MONTH_RATIO), 12.0)
    quarter = latent.mean(tables.QUARTER_RATIO)
    month = yesterday + six_days + three_weeks + _counts(rng, base * 2, 12.0)
    three_months = month + _counts(rng, base * 61 * quarter, 15.0)
    six_months = three_months + _counts(rng, base * 91 * quarter, 15.0)
    # Where nothing sold the last sale lies before; among n sales it is the latest of n uniform moments.
    within_six = 1 + np.floor(6 * (1 - rng.random(len(base)) ** (1 / np.maximum(six_days, 1))))
    within_21 = 7 + np.floor(21 * (1 - rng.random(len(base)) ** (1 / np.maximum(three_weeks, 1))))
    before = 28 + np.floor(rng.exponential(15.0, len(base)))
    silent = np.select([yesterday > 0, six_days > 0, three_weeks > 0], [0.0 * base, within_six, within_21], before)
    return {
        "sales_1d_qty": yesterday,
        "sales_7d_qty": yesterday + six_days,
        "sales_28d_qty": yesterday + six_days + three_weeks,
        "days_since_last_sale": silent.astype(np.int64),
        "stockout_days_28d": rng.binomial(28, latent.mean(tables.STOCKOUT_DAY_RATE)),
        "planned_7d_qty": np.round(planned_7d, 1),
        "planned_28d_qty": np.round(planned_7d + base * 21, 1),
        "forecast_daily_qty": context.planned_daily,
        "sales_1_month_qty": month,
        "sales_3_month_qty": three_months,
        "sales_6_month_qty": six_months,
        "sales_9_month_qty": six_months + _counts(rng, base * 91, 15.0),
        **{f"forecast_{n}_month_qty": np.round(base * 30.4 * n * rng.lognormal(0, 0.08, len(base))) for n in (3, 6, 9)},
    }


def _stock(rng: np.random.Generator, world: World, context: Context, latent: Latent) -> Frame:
    """Draw the record against the demand until the next receipt."""
    rows = len(context.at)
    lead = world.supplier_lead_days[context.supplier]
    days = rng.gamma(3.0, latent.mean(tables.RECEIPT_STRETCH) * (0.5 * lead + 0.5) / 3.0)
    covered = rng.normal(latent.mean(tables.COVER), tables.COVER_SPREAD)
    on_hand = np.rint(context.planned_daily * days * np.exp(covered))
    negative = rng.random(rows) < latent.mean(tables.NEGATIVE_RECORD)
    backroom = _beta(rng, latent.mean(tables.BACKROOM_SHARE), tables.BACKROOM_CONCENTRATION)
    on_hand = np.where(negative, -1.0 - rng.poisson(2.0, rows), on_hand)
    capacity = np.rint(context.base_daily * rng.uniform(2.0, 6.0, rows)) + 2
    return {
        "on_hand": on_hand,
        "next_receipt_at": context.at + (days * 86_400).astype("timedelta64[s]"),
        "reserved_qty": np.where(rng.random(rows) < 0.10, rng.poisson(2.0, rows), 0),
        "open_customer_order_qty": np.where(rng.random(rows) < 0.12, rng.poisson(1.5, rows), 0),
        "backorder_qty": np.where(rng.random(rows) < 0.04, rng.poisson(2.0, rows), 0),
        "backroom_qty": np.where(
            world.site_tracks_backroom[context.site], np.rint(np.maximum(on_hand, 0) * backroom), np.nan
        ),
        "shelf_capacity_qty": capacity,
        "presentation_min_qty": np.rint(capacity * 0.25),
    }


def _order(rng: np.random.Generator, world: World, context: Context, latent: Latent) -> tuple[Frame, Codes]:
    """Draw the order parameters and the open order; its status comes along as a position in STATUSES."""
    rows = len(context.at)
    lead = np.round(world.supplier_lead_days[context.supplier], 1)
    review = rng.choice([1.0, 2.0, 3.0, 7.0], rows, p=(0.4, 0.25, 0.2, 0.15))
    pack = world.item_pack[context.item] * np.where(rng.random(rows) < latent.mean(tables.PACK_ODD), 4.0, 1.0)
    need = context.base_daily * (lead + review)
    reorder = need * rng.lognormal(latent.mean(tables.REORDER_POINT), tables.REORDER_POINT_SPREAD)
    qty = np.maximum(np.ceil(need / pack), 1) * pack
    status = pick(rng, tables.ORDER_STATUS[latent.cause])
    hours = rng.lognormal(np.log(latent.mean(tables.HOURS_WAITING)), 0.8)
    proposed = np.where(rng.random(rows) < 0.02, qty * 4, qty)
    return {
        "lead_time_days": lead,
        "lead_time_sd_days": np.round(lead * rng.uniform(0.1, 0.4, rows), 2),
        "review_period_days": review,
        "pack_size_qty": pack,
        "reorder_point_qty": np.rint(reorder),
        "safety_stock_qty": np.rint(reorder * 0.3),
        "min_stock_qty": np.rint(reorder * 0.6),
        "max_stock_qty": np.rint(reorder + qty),
        "min_order_qty": pack,
        "order_status": np.array(STATUSES, dtype=object)[status],
        "on_order_qty": np.where((status == 3) | (status == 4), qty, 0.0),
        "in_transit_qty": np.where(status == 5, qty, 0.0),
        "order_proposed_at": moments_of(status >= 1, context.at - (hours * 3600).astype("timedelta64[s]")),
        "proposed_order_qty": np.where(status <= 2, proposed, np.nan),
        "proposed_order_value": np.where(
            status <= 2, np.round(proposed * (world.item_price - world.item_margin)[context.item], 2), np.nan
        ),
        "auto_order_stopped": _flags(rng, latent.mean(tables.AUTO_ORDER_STOPPED)),
    }, status  # fmt: skip


def _supply(
    rng: np.random.Generator, world: World, context: Context, latent: Latent, status: Codes, qty: Floats
) -> Frame:
    rows = len(context.at)
    supplier = context.supplier
    placed = status >= 3
    overdue = placed & (rng.random(rows) < latent.mean(tables.OVERDUE))
    days_over = rng.geometric(1.0 / latent.mean(tables.OVERDUE_DAYS))
    promised = context.at.astype("datetime64[D]") + np.where(overdue, -days_over, rng.integers(0, 6, rows)).astype(
        "timedelta64[D]"
    )
    confirmed = np.array([1.0, np.nan, 0.0])[pick(rng, tables.CONFIRMED[latent.cause])]
    share = np.where(np.isnan(confirmed), rng.uniform(0.2, 0.9, rows), confirmed)
    hours = rng.lognormal(np.log(latent.mean(tables.SCAN_HOURS)), 0.7)
    unreliable = 0.06 * world.supplier_late_odds[supplier] + 0.06 * world.supplier_short_odds[supplier]
    otif = np.clip(0.93 - unreliable, 0.3, 0.99)
    recent = np.clip(otif - 0.12 * context.disrupted, 0.2, 0.99)
    empty = rng.random(rows) < latent.mean(tables.DC_EMPTY)
    dc_free = np.where(empty, 0.0, np.rint(context.base_daily * 7 * rng.lognormal(1.2, 0.8, rows)))
    return {
        "past_due_qty": np.where(overdue, qty, 0.0),
        "po_ordered_qty": np.where(placed, qty, np.nan),
        "po_confirmed_qty": np.where(status >= 4, np.rint(share * qty), np.nan),
        "po_promised_on": moments_of(placed, promised),
        "last_carrier_scan_at": moments_of(status == 5, context.at - (hours * 3600).astype("timedelta64[s]")),
        "supplier_otif_90d": _beta(rng, recent, 60.0),
        "supplier_otif_6m": _beta(rng, (otif + recent) / 2, 90.0),
        "supplier_otif_12m": _beta(rng, otif, 150.0),
        "supply_issue": _flags(rng, latent.mean(tables.SUPPLY_ISSUE)),
        "dc_allocatable_qty": dc_free,
        "dc_on_hand_qty": dc_free + rng.poisson(context.base_daily * 3),
        "nearby_surplus_qty": np.where(
            rng.random(rows) < 0.4, np.rint(context.base_daily * rng.exponential(6.0, rows)), 0.0
        ),
        "nearest_surplus_km": np.round(rng.gamma(2.0, 6.0, rows), 1),
    }


def _item(world: World, context: Context) -> Frame:
    item = context.item
    category = world.item_category[item]
    velocity_rank = np.searchsorted(np.quantile(world.item_velocity, (0.5, 0.8)), world.item_velocity[item])
    return {
        "sku": world.item_names[item],
        "site_id": world.site_names[context.site],
        "supplier_id": world.supplier_names[context.supplier],
        "site_type": "store",
        "merch_category": np.array(CATEGORIES, dtype=object)[category],
        "lifecycle_phase": np.array(("new", "core", "delist"), dtype=object)[world.item_phase[item]],
        "abc_class": np.array(("C", "B", "A"), dtype=object)[velocity_rank],
        "xyz_class": np.array(("X", "Y", "Z"), dtype=object)[np.digitize(world.item_cv[item], (0.45, 0.7))],
        "is_kvi": world.item_kvi[item],
        "price": np.round(world.item_price[item], 2),
        "unit_margin": np.round(world.item_margin[item], 2),
        "shelf_life_days": np.array(CATEGORY_SHELF_LIFE)[category],
        "forecast_daily_sd_qty": np.round(context.planned_daily * world.item_cv[item], 2),
        "event": np.array((*EVENTS, None), dtype=object)[context.event],
        "temperature_anomaly_celsius": context.warmth,
    }


def _promotion(context: Context) -> Frame:
    on = context.in_promo
    starts = context.at.astype("datetime64[D]") - np.maximum(context.promo_day, 0).astype("timedelta64[D]")
    mechanic = np.array(MECHANICS, dtype=object)[context.item % len(MECHANICS)]
    return {
        "promo_id": only(on, "PR-" + starts.astype(str).astype(object)),
        "promo_starts_on": moments_of(on, starts),
        "promo_ends_on": moments_of(on, starts + np.timedelta64(6, "D")),
        "promo_mechanic": only(on, mechanic),
        "promo_discount_rate": np.where(on, np.round((context.uplift - 1.0) / 6.0, 2), np.nan),
        "promo_uplift_ratio": np.where(on, context.uplift, np.nan),
        "promo_display": only(on, context.uplift > 2.4),
    }


def _record(rng: np.random.Generator, context: Context, latent: Latent) -> Frame:
    rows = len(context.at)
    count_days = 0.5 + rng.exponential(latent.mean(tables.COUNT_AGE_DAYS))
    minutes = rng.lognormal(np.log(latent.mean(tables.SYNC_MINUTES)), 0.8)
    adjusted = rng.random(rows) < latent.mean(tables.ADJUSTED)
    reason = pick(rng, tables.ADJUSTMENT_REASON[latent.cause])
    sign = np.array(tables.ADJUSTMENT_SIGN)[reason]
    sign = np.where(sign == 0, rng.choice([-1.0, 1.0], rows), sign)
    names = np.array(tables.ADJUSTMENT_REASONS, dtype=object)
    confidence = _beta(rng, latent.mean(tables.CONFIDENCE), tables.CONFIDENCE_CONCENTRATION)
    return {
        "last_counted_at": context.at - (count_days * 86_400).astype("timedelta64[s]"),
        "record_synced_at": context.at - (minutes * 60).astype("timedelta64[s]"),
        "last_adjustment_qty": np.where(adjusted, sign * (1 + rng.poisson(2.0, rows)), np.nan),
        "last_adjustment_reason": only(adjusted, names[reason]),
        "record_confidence": confidence,
    }


def _proposals(rng: np.random.Generator, world: World, context: Context) -> Frame:
    """Draw what others have asked for meanwhile; it says nothing about the cause."""
    rows = len(context.at)
    asked = rng.random(rows)
    transfer = asked < 0.04
    donor = np.rint(context.base_daily * rng.uniform(3, 12, rows))
    adjust = (asked >= 0.04) & (asked < 0.06)
    swap = (asked >= 0.06) & (asked < 0.09)
    regulated = np.isin(world.item_category[context.item], REGULATED)
    return {
        "transfer_qty": np.where(transfer, np.rint(context.base_daily * rng.uniform(1, 4, rows)), np.nan),
        "donor_on_hand_qty": np.where(transfer, donor, np.nan),
        "donor_reserved_qty": np.where(transfer, rng.poisson(1.0, rows), np.nan),
        "donor_reorder_point_qty": np.where(transfer, np.rint(context.base_daily * 3), np.nan),
        "proposed_adjustment_value": np.where(adjust, np.round(rng.lognormal(4.0, 1.0, rows), 2), np.nan),
        "substitute_sku": only(swap, world.item_names[rng.integers(len(world.item_names), size=rows)]),
        "substitute_allergens_differ": only(swap, rng.random(rows) < 0.15),
        "licence_valid": only(regulated, rng.random(rows) < 0.97),
    }


def _blocks(rng: np.random.Generator, world: World, context: Context, latent: Latent) -> list[tuple[str, ...]]:
    rows = len(context.at)
    held = {
        "recall": rng.random(rows) < latent.mean(tables.RECALL),
        "quality_hold": rng.random(rows) < latent.mean(tables.QUALITY_HOLD),
        "regulated": np.isin(world.item_category[context.item], REGULATED),
        "allocation": rng.random(rows) < latent.mean(tables.ALLOCATION_FLAG),
        "purchasing_block": rng.random(rows) < 0.004,
    }
    flags: list[tuple[str, ...]] = [()] * rows
    for name, raised in held.items():
        for row in np.flatnonzero(raised):
            flags[row] = (*flags[row], name)
    return flags


def _notes(rng: np.random.Generator, cause: Codes) -> list[str]:
    topics = list(TOPICS)
    weights = np.array([[TOPIC_WEIGHTS[name].get(topic, 0.0) for topic in topics] for name in tables.CAUSES])
    return misspell(rng, phrase(rng, TOPICS, [topics[code] for code in pick(rng, weights[cause])]))


def _counts(rng: np.random.Generator, mean: Floats, dispersion: float) -> Codes:
    """Draw negative binomial counts of a mean; a high dispersion is close to Poisson."""
    return rng.negative_binomial(dispersion, dispersion / (dispersion + mean))


def _beta(rng: np.random.Generator, mean: Floats, concentration: float) -> Floats:
    return np.round(rng.beta(mean * concentration, (1 - mean) * concentration), 3)


def _flags(rng: np.random.Generator, rate: Floats) -> NDArray[np.bool_]:
    return rng.random(len(rate)) < rate


def only(kept: NDArray[np.bool_], values: Any) -> NDArray[np.object_]:
    """Keep the values of some rows, None in the others."""
    column = np.array(values, dtype=object)
    column[~kept] = None
    return column


def moments_of(kept: NDArray[np.bool_], moments: Instants) -> Instants:
    """Keep the moments of some rows, NaT in the others."""
    return np.where(kept, moments, np.datetime64("NaT"))
