"""The simulated chain behind replenishment risk: sites, items, suppliers, and what they make of each cause's odds."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.simulators.replenishment_risk_tables import CAUSES, EVENT_BOOST, PRIORS, PROMO_WEIGHT
from training.simulators.retailer import Codes, Floats, Instants, Knobs, beta_rates, pick, population

SITES: Final = 90
ITEMS: Final = 700
PAIRS: Final = 5000
"""Items flagged at a site at all; a few come back every other week."""
SUPPLIERS: Final = 70
DCS: Final = 6
DISRUPTION_DAYS: Final = 50
CATEGORIES: Final = ("grocery", "fresh", "dairy", "beverage", "household", "beauty", "alcohol", "medicine")
CATEGORY_SHARES: Final = (0.28, 0.16, 0.12, 0.16, 0.12, 0.09, 0.05, 0.02)
CATEGORY_SHELF_LIFE: Final = (300.0, 6.0, 14.0, 200.0, 1000.0, 900.0, 700.0, 700.0)
SOURCE_SYSTEMS: Final = ("sap_s4", "oracle_rms", "wms")
EVENTS: Final = ("holiday", "local_event", "weather", "school", "competitor")
MECHANICS: Final = ("price_off", "multibuy", "coupon", "bundle", "loyalty", "other")


@dataclass(frozen=True, slots=True)
class World:
    """Entities with their names, sizes and hidden habits; `*_odds` multiply a cause's prior, `*_effect` adds to the log-odds of wrong."""

    site_names: NDArray[np.object_]
    site_dc: Codes
    site_system: Codes
    site_tracks_backroom: NDArray[np.bool_]
    site_shelf_odds: Floats
    site_record_odds: Floats
    site_effect: Floats
    item_names: NDArray[np.object_]
    item_supplier: Codes
    item_category: Codes
    item_velocity: Floats
    item_price: Floats
    item_margin: Floats
    item_pack: Floats
    item_cv: Floats
    item_kvi: NDArray[np.bool_]
    item_phase: Codes
    item_bias_odds: Floats
    item_promo_odds: Floats
    item_effect: Floats
    pair_site: Codes
    pair_item: Codes
    pair_share: Floats
    pair_parameter_odds: Floats
    pair_phantom_odds: Floats
    supplier_names: NDArray[np.object_]
    supplier_lead_days: Floats
    supplier_late_odds: Floats
    supplier_short_odds: Floats
    supplier_disrupted_from: Floats
    supplier_effect: Floats
    dc_month_odds: Floats


@dataclass(frozen=True, slots=True)
class Context:
    """What is given before any cause: who, where, when, how much is planned. One value per case."""

    at: Instants
    pair: Codes
    site: Codes
    item: Codes
    supplier: Codes
    base_daily: Floats
    planned_daily: Floats
    promo_day: Codes
    uplift: Floats
    event: Codes
    warmth: Floats
    disrupted: NDArray[np.bool_]
    dc_odds: Floats

    @property
    def in_promo(self) -> NDArray[np.bool_]:
        """Say which cases fall into a promotion (`promo_day` counts from 0, -1 without one)."""
        return self.promo_day >= 0


def draw_world(rng: np.random.Generator, knobs: Knobs) -> World:
    """Draw the chain."""
    site_names, site_share = population(rng, SITES, prefix="S", spread=0.6)
    item_names, item_share = population(rng, ITEMS, prefix="SKU", spread=0.9)
    supplier_names, _ = population(rng, SUPPLIERS, prefix="V")
    price = rng.lognormal(np.log(8.0), 0.8, ITEMS)
    pairs = rng.choice(ITEMS * SITES, PAIRS, replace=False)
    activity = item_share[pairs // SITES] * site_share[pairs % SITES] * rng.lognormal(0.0, 0.8, PAIRS)
    return World(
        site_names=site_names,
        site_dc=rng.integers(DCS, size=SITES),
        site_system=rng.choice(len(SOURCE_SYSTEMS), SITES, p=(0.5, 0.3, 0.2)),
        site_tracks_backroom=rng.random(SITES) < 0.6,
        site_shelf_odds=beta_rates(rng, SITES, mean=0.2, concentration=6.0) / 0.2,
        site_record_odds=beta_rates(rng, SITES, mean=0.1, concentration=5.0) / 0.1,
        site_effect=rng.normal(0.0, 0.7, SITES),
        item_names=item_names,
        item_supplier=rng.choice(SUPPLIERS, ITEMS, p=rng.dirichlet(np.full(SUPPLIERS, 1.5))),
        item_category=rng.choice(len(CATEGORIES), ITEMS, p=CATEGORY_SHARES),
        item_velocity=rng.lognormal(np.log(6.0), 1.0, ITEMS),
        item_price=price,
        item_margin=price * rng.beta(6.0, 14.0, ITEMS),
        item_pack=rng.choice([1.0, 4.0, 6.0, 8.0, 12.0, 24.0], ITEMS, p=(0.12, 0.13, 0.25, 0.15, 0.25, 0.10)),
        item_cv=rng.uniform(0.25, 0.9, ITEMS),
        item_kvi=rng.random(ITEMS) < 0.08,
        item_phase=rng.choice(3, ITEMS, p=(0.08, 0.89, 0.03)),
        item_bias_odds=beta_rates(rng, ITEMS, mean=0.07, concentration=3.0) / 0.07,
        item_promo_odds=beta_rates(rng, ITEMS, mean=0.12, concentration=4.0) / 0.12,
        item_effect=rng.normal(0.0, 0.6, ITEMS),
        pair_site=pairs % SITES,
        pair_item=pairs // SITES,
        pair_share=activity / activity.sum(),
        pair_parameter_odds=rng.lognormal(-0.6, 1.1, PAIRS),
        pair_phantom_odds=rng.lognormal(-0.3, 0.8, PAIRS),
        supplier_names=supplier_names,
        supplier_lead_days=rng.lognormal(np.log(4.0), 0.5, SUPPLIERS),
        supplier_late_odds=beta_rates(rng, SUPPLIERS, mean=0.09, concentration=3.0) / 0.09,
        supplier_short_odds=beta_rates(rng, SUPPLIERS, mean=0.09, concentration=3.0) / 0.09,
        supplier_disrupted_from=rng.uniform(-DISRUPTION_DAYS, knobs.days, SUPPLIERS),
        supplier_effect=rng.normal(0.0, 0.6, SUPPLIERS),
        dc_month_odds=rng.lognormal(-0.3, 0.8, (DCS, 12)),
    )


def draw_context(rng: np.random.Generator, world: World, at: Instants) -> Context:
    """Draw who, where and what was planned, before any cause."""
    rows = len(at)
    pair = rng.choice(PAIRS, rows, p=world.pair_share)
    site, item = world.pair_site[pair], world.pair_item[pair]
    supplier = world.item_supplier[item]
    month = at.astype("datetime64[M]").astype(np.int64) % 12
    day = (at - at[0]) / np.timedelta64(1, "D")
    season = 1.0 + 0.25 * np.sin(2 * np.pi * (month + world.item_category[item]) / 12)
    # The flagged week's own level, so that two cases of one item are not twins.
    base = np.maximum(0.05, world.item_velocity[item] * season * rng.lognormal(0.0, 0.35, rows))
    promo_share = np.where(np.isin(month, (5, 10, 11)), 0.32, 0.24)
    promo_day = np.where(rng.random(rows) < promo_share, rng.integers(0, 7, rows), -1)
    uplift = np.round(rng.uniform(1.3, 3.2, rows), 2)
    event_share = np.where(np.isin(month, (5, 6, 7, 11)), 0.18, 0.10)
    event = np.where(rng.random(rows) < event_share, rng.integers(0, len(EVENTS), rows), -1)
    weather = event == EVENTS.index("weather")
    since = day - world.supplier_disrupted_from[supplier]
    return Context(
        at=at,
        pair=pair,
        site=site,
        item=item,
        supplier=supplier,
        base_daily=base,
        planned_daily=np.asarray(np.round(np.where(promo_day >= 0, base * uplift, base), 2), dtype=np.float64),
        promo_day=promo_day,
        uplift=uplift,
        event=event,
        warmth=np.round(rng.normal(0.0, 2.5, rows) + np.where(weather, rng.choice([-6.0, 6.0], rows), 0.0), 1),
        disrupted=(since >= 0) & (since < DISRUPTION_DAYS),
        dc_odds=world.dc_month_odds[world.site_dc[site], month],
    )


def cause_weights(world: World, context: Context) -> Floats:
    """Give P(cause | context) up to a factor, float64 of shape (n, 15)."""
    site, item, supplier = context.site, context.item, context.supplier
    weights = np.tile(np.array(list(PRIORS.values())), (len(site), 1))
    weights *= PROMO_WEIGHT[:, context.in_promo.astype(np.int64)].T
    weights *= np.where((context.event >= 0)[:, None], EVENT_BOOST, 1.0 / np.sqrt(EVENT_BOOST))
    disruption = np.where(context.disrupted, 3.5, 0.85)
    factors = {
        "shelf_gap_backroom": world.site_shelf_odds[site],
        "phantom_inventory": world.site_record_odds[site] * world.pair_phantom_odds[context.pair],
        "hidden_or_negative_stock": world.site_record_odds[site],
        "forecast_bias": world.item_bias_odds[item],
        "promo_uplift_underforecast": world.item_promo_odds[item],
        "order_parameter_error": world.pair_parameter_odds[context.pair],
        "supplier_late": world.supplier_late_odds[supplier] * disruption,
        "supplier_short_ship": world.supplier_short_odds[supplier] * disruption,
        "dc_shortage_allocation": context.dc_odds,
        "demand_spike": np.exp(0.12 * np.clip(context.warmth, 0.0, 10.0)),
    }
    for cause, factor in factors.items():
        weights[:, CAUSES.index(cause)] *= factor
    return weights


def draw_cause(rng: np.random.Generator, world: World, context: Context) -> Codes:
    """Draw each case's true cause."""
    return pick(rng, cause_weights(world, context))
