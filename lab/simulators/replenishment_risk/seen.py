"""What a planner would see of each simulated case: what depends on the cause is shown on the scene, the rest merely
drawn."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from lab.simulators.replenishment_risk import parameters as tables
from lab.simulators.replenishment_risk.evidence import (
    Category,
    Count,
    Duration,
    Flag,
    Scene,
    Share,
    Tally,
    WaitingTime,
    WholeUnits,
)
from lab.simulators.replenishment_risk.neutral_fields import (
    Frame,
    item_of,
    moments_of,
    promotion_of,
    proposals,
    regulated,
)
from lab.simulators.replenishment_risk.world import SOURCE_SYSTEMS, Context, World
from lab.simulators.retailer import Codes, Floats

STATUSES: Final = ("none", "proposed", "waiting_approval", "released", "confirmed", "shipped")
PROPOSED, WAITING, RELEASED, CONFIRMED, SHIPPED = range(1, 6)
ALWAYS_KNOWN: Final = frozenset(
    {
        "sku", "site_id", "on_hand", "reserved_qty", "open_customer_order_qty", "backorder_qty", "next_receipt_at",
        "forecast_daily_qty", "promo_id", "promo_starts_on", "promo_ends_on", "promo_uplift_ratio", "event",
        "temperature_anomaly_celsius", "order_status", "last_adjustment_qty", "last_adjustment_reason", "block_flags",
        "note",
    }
)  # fmt: skip
"""What no flag comes without, and what means "none" where it is empty."""
_COME_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "sales": ("sales_1d_qty", "sales_7d_qty", "sales_28d_qty", "days_since_last_sale"),
    "horizons": (
        "sales_1_month_qty", "sales_3_month_qty", "sales_6_month_qty", "sales_9_month_qty",
        "forecast_3_month_qty", "forecast_6_month_qty", "forecast_9_month_qty",
    ),
    "parameters": ("reorder_point_qty", "safety_stock_qty", "min_stock_qty", "max_stock_qty", "review_period_days"),
    "purchase_order": ("po_ordered_qty", "po_confirmed_qty"),
    "promise": ("po_promised_on", "past_due_qty"),
    "dc": ("dc_on_hand_qty", "dc_allocatable_qty"),
}  # fmt: skip
FEEDS: Final[Mapping[str, str]] = {field: feed for feed, fields in _COME_TOGETHER.items() for field in fields}
"""What a field comes with: one can be worked out from the others, so they are there together or not at all."""


def observe(scene: Scene, world: World, context: Context) -> Frame:
    """Draw all payload fields but the note, by name, before anything is left out."""
    with_horizons = world.site_system[context.site] != SOURCE_SYSTEMS.index("wms")
    scene.restrict("sales_1_month_qty", with_horizons & scene.given("sales_1d_qty"))
    order, status, qty = _order(scene, world, context)
    return {
        **item_of(world, context),
        **_sales(scene, context),
        **_stock(scene, world, context),
        **order,
        **_supply(scene, world, context, status, qty),
        **promotion_of(context),
        **_record(scene, context),
        **proposals(scene.rng, world, context),
        "trigger": np.array(tables.TRIGGERS, dtype=object)[
            scene.show(Category(scene.own(tables.TRIGGER)), scene.given("trigger"))
        ],
        "block_flags": _blocks(scene, world, context),
    }


def _sales(scene: Scene, context: Context) -> Frame:
    rng, base = scene.rng, context.base_daily
    given, whole = scene.given("sales_1d_qty"), scene.given("sales_1_month_qty")
    planned_7d = base * (7.0 + (context.uplift - 1.0) * context.promo_day)
    planned_6d = planned_7d - context.planned_daily
    yesterday = scene.show(Count(context.planned_daily, scene.own(tables.YESTERDAY_RATIO), 4.0), given)
    six_days = scene.show(Count(planned_6d, scene.own(tables.WEEK_RATIO), 6.0), given)
    three_weeks = scene.show(Count(base * 21, scene.own(tables.MONTH_RATIO), 8.0), given)
    quarter = scene.own(tables.QUARTER_RATIO)
    month = yesterday + six_days + three_weeks + _counts(rng, base * 2, 12.0)
    three_months = month + scene.show(Count(base * 61, quarter, 15.0), whole)
    six_months = three_months + scene.show(Count(base * 91, quarter, 15.0), whole)
    # Where nothing sold the last sale lies before; among n sales it is the latest of n uniform moments.
    within_six = 1 + np.floor(6 * (1 - rng.random(scene.rows) ** (1 / np.maximum(six_days, 1))))
    within_21 = 7 + np.floor(21 * (1 - rng.random(scene.rows) ** (1 / np.maximum(three_weeks, 1))))
    before = 28 + np.floor(rng.exponential(15.0, scene.rows))
    silent = np.select([yesterday > 0, six_days > 0, three_weeks > 0], [0.0 * base, within_six, within_21], before)
    return {
        "sales_1d_qty": yesterday,
        "sales_7d_qty": yesterday + six_days,
        "sales_28d_qty": yesterday + six_days + three_weeks,
        "days_since_last_sale": silent.astype(np.int64),
        "stockout_days_28d": scene.show(
            Tally(scene.own(tables.STOCKOUT_DAY_RATE), 28), scene.given("stockout_days_28d")
        ),
        "planned_7d_qty": np.round(planned_7d, 1),
        "planned_28d_qty": np.round(planned_7d + base * 21, 1),
        "forecast_daily_qty": context.planned_daily,
        "sales_1_month_qty": month,
        "sales_3_month_qty": three_months,
        "sales_6_month_qty": six_months,
        "sales_9_month_qty": six_months + _counts(rng, base * 91, 15.0),
        **{
            f"forecast_{n}_month_qty": np.round(base * 30.4 * n * rng.lognormal(0, 0.08, scene.rows)) for n in (3, 6, 9)
        },
    }


def _stock(scene: Scene, world: World, context: Context) -> Frame:
    """Draw the record against the demand until the next receipt."""
    rng, rows = scene.rng, scene.rows
    half_lead = 0.5 * world.supplier_lead_days[context.supplier] + 0.5
    days = scene.show(WaitingTime(half_lead, scene.own(tables.RECEIPT_STRETCH), tables.RECEIPT_SHAPE))
    negative = scene.show(Flag(scene.own(tables.NEGATIVE_RECORD)))
    expected = context.planned_daily * days
    units = scene.show(WholeUnits(expected, scene.own(tables.COVER), tables.COVER_SPREAD), ~negative)
    on_hand = np.where(negative, -1.0 - rng.poisson(2.0, rows), units)
    tracked = world.site_tracks_backroom[context.site]
    share = Share(np.maximum(on_hand, 1.0), scene.own(tables.BACKROOM_SHARE), tables.BACKROOM_CONCENTRATION)
    backroom = scene.show(share, scene.given("backroom_qty") & tracked & (on_hand >= 1.0))
    capacity = np.rint(context.base_daily * rng.uniform(2.0, 6.0, rows)) + 2
    return {
        "on_hand": on_hand,
        "next_receipt_at": context.at + (days * 86_400).astype("timedelta64[s]"),
        "reserved_qty": np.where(rng.random(rows) < 0.10, rng.poisson(2.0, rows), 0),
        "open_customer_order_qty": np.where(rng.random(rows) < 0.12, rng.poisson(1.5, rows), 0),
        "backorder_qty": np.where(rng.random(rows) < 0.04, rng.poisson(2.0, rows), 0),
        "backroom_qty": np.where(tracked, np.where(on_hand >= 1.0, backroom, 0.0), np.nan),
        "shelf_capacity_qty": capacity,
        "presentation_min_qty": np.rint(capacity * 0.25),
    }


def _order(scene: Scene, world: World, context: Context) -> tuple[Frame, Codes, Floats]:
    """Draw the order parameters and the open order; its status, a position in STATUSES, and its units come along."""
    rng, rows = scene.rng, scene.rows
    lead = world.supplier_lead_days[context.supplier]
    review = rng.choice([1.0, 2.0, 3.0, 7.0], rows, p=(0.4, 0.25, 0.2, 0.15))
    usual_pack = world.item_pack[context.item]
    odd = scene.show(Flag(scene.own(tables.PACK_ODD)), scene.given("pack_size_qty"))
    need = context.base_daily * (lead + review)
    point = WholeUnits(need, scene.own(tables.REORDER_POINT), tables.REORDER_POINT_SPREAD)
    reorder = scene.show(point, scene.given("reorder_point_qty"))
    qty = np.maximum(np.ceil(need / usual_pack), 1) * usual_pack
    status = scene.show(Category(scene.own(tables.ORDER_STATUS)))
    waiting = Duration(scene.own(tables.HOURS_WAITING), tables.HOURS_WAITING_SPREAD)
    hours = scene.show(waiting, scene.given("order_proposed_at") & (status >= PROPOSED))
    proposed = np.where(rng.random(rows) < 0.02, qty * 4, qty)
    cost = (world.item_price - world.item_margin)[context.item]
    return {
        "lead_time_days": lead,
        "lead_time_sd_days": np.round(lead * rng.uniform(0.1, 0.4, rows), 2),
        "review_period_days": review,
        "pack_size_qty": np.where(odd, 4.0, 1.0) * usual_pack,
        "reorder_point_qty": reorder,
        "safety_stock_qty": np.rint(reorder * 0.3),
        "min_stock_qty": np.rint(reorder * 0.6),
        "max_stock_qty": reorder + qty,
        "min_order_qty": usual_pack,
        "order_status": np.array(STATUSES, dtype=object)[status],
        "on_order_qty": np.where((status == RELEASED) | (status == CONFIRMED), qty, 0.0),
        "in_transit_qty": np.where(status == SHIPPED, qty, 0.0),
        "order_proposed_at": moments_of(status >= PROPOSED, context.at - (hours * 3600).astype("timedelta64[s]")),
        "proposed_order_qty": np.where(status <= WAITING, proposed, np.nan),
        "proposed_order_value": np.where(status <= WAITING, np.round(proposed * cost, 2), np.nan),
        "auto_order_stopped": scene.show(Flag(scene.own(tables.AUTO_ORDER_STOPPED)), scene.given("auto_order_stopped")),
    }, status, qty  # fmt: skip


def _supply(scene: Scene, world: World, context: Context, status: Codes, qty: Floats) -> Frame:
    rng, rows, supplier = scene.rng, scene.rows, context.supplier
    placed = status >= RELEASED
    overdue = placed & scene.show(Flag(scene.own(tables.OVERDUE)), scene.given("past_due_qty") & placed)
    past_or_ahead = np.where(overdue, -rng.geometric(0.35, rows), rng.integers(0, 6, rows)).astype("timedelta64[D]")
    seen = scene.given("po_confirmed_qty") & (status >= CONFIRMED)
    confirmed = scene.show(Category(scene.own(tables.CONFIRMED)), seen)
    part = np.clip(np.rint(rng.uniform(0.2, 0.9, rows) * qty), 1.0, qty - 1.0)
    scan = Duration(scene.own(tables.SCAN_HOURS), tables.SCAN_HOURS_SPREAD)
    hours = scene.show(scan, scene.given("last_carrier_scan_at") & (status == SHIPPED))
    otif = 0.95 - 0.05 * world.supplier_late_odds[supplier] - 0.05 * world.supplier_short_odds[supplier]
    empty = scene.show(Flag(scene.own(tables.DC_EMPTY)), scene.given("dc_allocatable_qty"))
    stocked = np.maximum(np.rint(context.base_daily * 7 * rng.lognormal(1.2, 0.8, rows)), 1.0)
    dc_free = np.where(empty, 0.0, stocked)
    nearby = np.where(rng.random(rows) < 0.4, np.rint(context.base_daily * rng.exponential(6.0, rows)), 0.0)
    return {
        "past_due_qty": np.where(overdue, qty, 0.0),
        "po_ordered_qty": np.where(placed, qty, np.nan),
        "po_confirmed_qty": np.where(status >= CONFIRMED, np.choose(confirmed, [qty, part, 0.0]), np.nan),
        "po_promised_on": moments_of(placed, context.at.astype("datetime64[D]") + past_or_ahead),
        "last_carrier_scan_at": moments_of(status == SHIPPED, context.at - (hours * 3600).astype("timedelta64[s]")),
        "supplier_otif_90d": _rates(rng, otif, 60.0),
        "supplier_otif_6m": _rates(rng, otif, 90.0),
        "supplier_otif_12m": _rates(rng, otif, 150.0),
        "supply_issue": scene.show(Flag(scene.own(tables.SUPPLY_ISSUE)), scene.given("supply_issue")),
        "dc_allocatable_qty": dc_free,
        "dc_on_hand_qty": dc_free + rng.poisson(context.base_daily * 3),
        "nearby_surplus_qty": nearby,
        "nearest_surplus_km": np.round(rng.gamma(2.0, 6.0, rows), 1),
    }


def _record(scene: Scene, context: Context) -> Frame:
    rng, rows = scene.rng, scene.rows
    counted = WaitingTime(np.ones(rows), scene.own(tables.COUNT_AGE_DAYS), 1.0)
    days = scene.show(counted, scene.given("last_counted_at"))
    synced = Duration(scene.own(tables.SYNC_MINUTES), tables.SYNC_MINUTES_SPREAD)
    minutes = scene.show(synced, scene.given("record_synced_at"))
    trusted = Share(np.full(rows, 1000.0), scene.own(tables.CONFIDENCE), tables.CONFIDENCE_CONCENTRATION)
    adjustment = scene.show(Category(scene.own(tables.ADJUSTMENT)))
    sign = np.array((0.0, *tables.ADJUSTMENT_SIGN))[adjustment]
    sign = np.where(sign == 0.0, rng.choice([-1.0, 1.0], rows), sign)
    return {
        "last_counted_at": context.at - (days * 86_400).astype("timedelta64[s]"),
        "record_synced_at": context.at - (minutes * 60).astype("timedelta64[s]"),
        "last_adjustment_qty": np.where(adjustment > 0, sign * (1 + rng.poisson(2.0, rows)), np.nan),
        "last_adjustment_reason": np.array((None, *tables.ADJUSTMENT_REASONS), dtype=object)[adjustment],
        "record_confidence": scene.show(trusted, scene.given("record_confidence")) / 1000.0,
    }


def _blocks(scene: Scene, world: World, context: Context) -> list[tuple[str, ...]]:
    held = {
        "recall": scene.show(Flag(scene.own(tables.RECALL))),
        "quality_hold": scene.show(Flag(scene.own(tables.QUALITY_HOLD))),
        "regulated": regulated(world, context),
        "allocation": scene.show(Flag(scene.own(tables.ALLOCATION_FLAG))),
        "purchasing_block": scene.rng.random(scene.rows) < 0.004,
    }
    flags: list[tuple[str, ...]] = [()] * scene.rows
    for name, raised in held.items():
        for row in np.flatnonzero(raised):
            flags[row] = (*flags[row], name)
    return flags


def _counts(rng: np.random.Generator, mean: Floats, dispersion: float) -> Codes:
    """Draw negative binomial counts of a mean; a high dispersion is close to Poisson."""
    return rng.negative_binomial(dispersion, dispersion / (dispersion + mean))


def _rates(rng: np.random.Generator, mean: Floats, concentration: float) -> Floats:
    bounded = np.clip(mean, 0.3, 0.99)
    return np.round(rng.beta(bounded * concentration, (1 - bounded) * concentration), 3)
