"""What a flag states that says nothing of its cause: the item, the promotion, what others have asked for meanwhile."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.replenishment_risk.world import CATEGORIES, CATEGORY_SHELF_LIFE, EVENTS, MECHANICS, Context, World
from lab.simulators.retailer import Instants

Frame = dict[str, Any]
REGULATED: Final = (CATEGORIES.index("alcohol"), CATEGORIES.index("medicine"))


def item_of(world: World, context: Context) -> Frame:
    """Describe the item, its site and what goes on there."""
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


def promotion_of(context: Context) -> Frame:
    """Describe the promotion that runs, if one does."""
    on = context.in_promo
    starts = context.at.astype("datetime64[D]") - context.promo_day.astype("timedelta64[D]")
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


def proposals(rng: np.random.Generator, world: World, context: Context) -> Frame:
    """Draw what others have asked for meanwhile."""
    rows = len(context.at)
    asked = rng.random(rows)
    transfer = asked < 0.04
    donor = np.rint(context.base_daily * rng.uniform(3, 12, rows))
    adjust = (asked >= 0.04) & (asked < 0.06)
    swap = (asked >= 0.06) & (asked < 0.09)
    return {
        "transfer_qty": np.where(transfer, np.rint(context.base_daily * rng.uniform(1, 4, rows)), np.nan),
        "donor_on_hand_qty": np.where(transfer, donor, np.nan),
        "donor_reserved_qty": np.where(transfer, rng.poisson(1.0, rows), np.nan),
        "donor_reorder_point_qty": np.where(transfer, np.rint(context.base_daily * 3), np.nan),
        "proposed_adjustment_value": np.where(adjust, np.round(rng.lognormal(4.0, 1.0, rows), 2), np.nan),
        "substitute_sku": only(swap, world.item_names[rng.integers(len(world.item_names), size=rows)]),
        "substitute_allergens_differ": only(swap, rng.random(rows) < 0.15),
        "licence_valid": only(regulated(world, context), rng.random(rows) < 0.97),
    }


def regulated(world: World, context: Context) -> NDArray[np.bool_]:
    """Return which cases are about goods that need a licence."""
    return np.isin(world.item_category[context.item], REGULATED)


def only(kept: NDArray[np.bool_], values: Any) -> NDArray[np.object_]:
    """Keep the values of some rows, None in the others."""
    column = np.array(values, dtype=object)
    column[~kept] = None
    return column


def moments_of(kept: NDArray[np.bool_], moments: Instants) -> Instants:
    """Keep the moments of some rows, NaT in the others."""
    return np.where(kept, moments, np.datetime64("NaT"))
