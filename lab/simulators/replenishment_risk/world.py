"""The simulated chain behind replenishment risk: its sites, items and suppliers, and the odds of each cause in each
case.

What an item at a site is like is hidden and the same for ever; it is the only thing that ties a pair's cases together.
The habits of sites, items and suppliers are the retailer's own numbers: mild, and shared by many cases.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.replenishment_risk import parameters as tables
from lab.simulators.retailer import Codes, Floats, Instants, Knobs, population
from lab.simulators.visits import Visits

ROWS_PER_ITEM: Final = 300
MIN_ITEMS: Final = 30
MIN_SITES: Final = 20
SPARE_PAIRS: Final = 2.2
"""Items times sites over the pairs that are ever flagged."""
MAX_SUPPLIERS: Final = 60
CATEGORIES: Final = ("grocery", "fresh", "dairy", "beverage", "household", "beauty", "alcohol", "medicine")
CATEGORY_SHARES: Final = (0.28, 0.16, 0.12, 0.16, 0.12, 0.09, 0.05, 0.02)
CATEGORY_SHELF_LIFE: Final = (300.0, 6.0, 14.0, 200.0, 1000.0, 900.0, 700.0, 700.0)
SOURCE_SYSTEMS: Final = ("sap_s4", "oracle_rms", "wms")
EVENTS: Final = ("holiday", "local_event", "weather", "school", "competitor")
MECHANICS: Final = ("price_off", "multibuy", "coupon", "bundle", "loyalty", "other")


@dataclass(frozen=True, slots=True)
class World:
    """Entities with their names and habits; `*_odds` multiply a cause's odds, `site_effect` adds to the log-odds of
    wrong.

    log_priors: ln P(cause | kind) up to a constant, shape (K, C). wrong: log-odds of wrong, shape (C, 3). gap_days:
    (C,).
    """

    log_priors: Floats
    wrong: Floats
    gap_days: Floats
    site_names: NDArray[np.object_]
    site_system: Codes
    site_tracks_backroom: NDArray[np.bool_]
    site_shelf_odds: Floats
    site_dc_odds: Floats
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
    item_promo_odds: Floats
    pair_site: Codes
    pair_item: Codes
    supplier_names: NDArray[np.object_]
    supplier_lead_days: Floats
    supplier_late_odds: Floats
    supplier_short_odds: Floats


@dataclass(frozen=True, slots=True)
class Context:
    """What is given before any cause: who, where, when, how much is planned. One value per case, all of it always
    seen."""

    at: Instants
    site: Codes
    item: Codes
    supplier: Codes
    base_daily: Floats
    planned_daily: Floats
    promo_day: Codes
    uplift: Floats
    event: Codes
    warmth: Floats

    @property
    def in_promo(self) -> NDArray[np.bool_]:
        """Return which cases fall into a promotion (`promo_day` counts the days it has run, 0 without one)."""
        return self.promo_day > 0


def draw_world(rng: np.random.Generator, knobs: Knobs, *, pairs: int) -> World:
    """Draw the chain with as many items at sites as are ever flagged."""
    items = max(MIN_ITEMS, knobs.rows // ROWS_PER_ITEM)
    sites = max(MIN_SITES, int(np.ceil(SPARE_PAIRS * pairs / items)))
    suppliers = min(MAX_SUPPLIERS, items // 5)
    site_names, site_share = population(rng, sites, prefix="S", spread=0.35)
    item_names, item_share = population(rng, items, prefix="SKU", spread=0.35)
    supplier_names, _ = population(rng, suppliers, prefix="V")
    price = rng.lognormal(np.log(8.0), 0.8, items)
    # The largest of weights over exponentials: a draw without replacement, in proportion to size.
    size = np.outer(item_share, site_share).ravel() / rng.exponential(1.0, items * sites)
    chosen = rng.permutation(np.argpartition(-size, pairs)[:pairs])
    return World(
        log_priors=np.log(tables.PRIORS.T * rng.lognormal(0.0, 0.06, (len(tables.KINDS), len(tables.CAUSES)))),
        wrong=tables.WRONG + rng.normal(0.0, (0.1, 0.05, 0.02), tables.WRONG.shape),
        gap_days=tables.GAP_DAYS * rng.lognormal(0.0, 0.1, len(tables.CAUSES)),
        site_names=site_names,
        site_system=rng.choice(len(SOURCE_SYSTEMS), sites, p=(0.5, 0.3, 0.2)),
        site_tracks_backroom=rng.random(sites) < 0.6,
        site_shelf_odds=rng.lognormal(0.0, 0.35, sites),
        site_dc_odds=rng.lognormal(0.0, 0.35, sites),
        site_effect=rng.normal(0.0, 0.2, sites),
        item_names=item_names,
        item_supplier=rng.permutation(np.arange(items) % suppliers),
        item_category=rng.choice(len(CATEGORIES), items, p=CATEGORY_SHARES),
        item_velocity=rng.lognormal(np.log(6.0), 0.8, items),
        item_price=price,
        item_margin=price * rng.beta(6.0, 14.0, items),
        item_pack=rng.choice([2.0, 4.0, 6.0, 8.0, 12.0, 24.0], items, p=(0.12, 0.13, 0.25, 0.15, 0.25, 0.10)),
        item_cv=rng.uniform(0.25, 0.9, items),
        item_kvi=rng.random(items) < 0.08,
        item_phase=rng.choice(3, items, p=(0.08, 0.89, 0.03)),
        item_promo_odds=rng.lognormal(0.0, 0.2, items),
        pair_site=chosen % sites,
        pair_item=chosen // sites,
        supplier_names=supplier_names,
        supplier_lead_days=np.round(rng.lognormal(np.log(4.0), 0.5, suppliers), 1),
        supplier_late_odds=rng.lognormal(0.0, 0.5, suppliers),
        supplier_short_odds=rng.lognormal(0.0, 0.5, suppliers),
    )


def draw_context(rng: np.random.Generator, knobs: Knobs, world: World, visits: Visits) -> Context:
    """Draw what was planned and what went on, before any cause."""
    at, rows = visits.at, len(visits.at)
    site, item = world.pair_site[visits.entity], world.pair_item[visits.entity]
    month = _month(at)
    season = 1.0 + 0.25 * knobs.seasonality * np.sin(2 * np.pi * (month + world.item_category[item]) / 12)
    # The flagged week's own level, so that two cases of one item are not twins.
    base = np.maximum(0.3, world.item_velocity[item] * season * rng.lognormal(0.0, 0.35, rows))
    promo_share = np.where(np.isin(month, (5, 10, 11)), 0.34, 0.28)
    promo_day = np.where(rng.random(rows) < promo_share, rng.integers(1, 7, rows), 0)
    uplift = np.where(promo_day > 0, np.round(rng.uniform(1.3, 3.2, rows), 2), 1.0)
    event_share = np.where(np.isin(month, (5, 6, 7, 11)), 0.18, 0.10)
    event = np.where(rng.random(rows) < event_share, rng.integers(0, len(EVENTS), rows), -1)
    weather = event == EVENTS.index("weather")
    planned = np.round(base * uplift, 2)
    return Context(
        at=at,
        site=site,
        item=item,
        supplier=world.item_supplier[item],
        base_daily=planned / uplift,
        planned_daily=planned,
        promo_day=promo_day,
        uplift=uplift,
        event=event,
        warmth=np.round(rng.normal(0.0, 2.5, rows) + np.where(weather, rng.choice([-6.0, 6.0], rows), 0.0), 1),
    )


def log_odds(knobs: Knobs, world: World, context: Context) -> Floats:
    """Return ln P(cause | kind, context), float64 of shape (n, K, C)."""
    weights = world.log_priors + _log_factors(knobs, world, context)[:, None, :]
    top = weights.max(axis=2, keepdims=True)
    weights -= top + np.log(np.exp(weights - top).sum(axis=2, keepdims=True))
    return np.asarray(weights)


def _log_factors(knobs: Knobs, world: World, context: Context) -> Floats:
    """Return the logarithm of what multiplies each cause's odds in each case, shape (n, C)."""
    site, item, supplier, month = context.site, context.item, context.supplier, _month(context.at)
    factors = tables.PROMO_ODDS[:, context.in_promo.astype(np.int64)].T.copy()
    factors *= np.where((context.event >= 0)[:, None], tables.EVENT_ODDS, 1.0)
    factors *= np.where(np.isin(tables.CAUSES, tables.COPES), 1.0, knobs.base_rate)
    own = {
        "shelf_gap_backroom": world.site_shelf_odds[site],
        "promo_uplift_underforecast": world.item_promo_odds[item],
        "supplier_late": world.supplier_late_odds[supplier],
        "supplier_short_ship": world.supplier_short_odds[supplier],
        "dc_shortage_allocation": world.site_dc_odds[site],
        "demand_spike": np.exp(0.12 * np.clip(context.warmth, 0.0, 10.0)),
        tables.NEWCOMER: knobs.new_type(context.at),
    }
    for cause, factor in own.items():
        factors[:, tables.CAUSES.index(cause)] *= factor
    for cause, by_month in tables.MONTH_ODDS.items():
        factors[:, tables.CAUSES.index(cause)] *= np.array(by_month)[month] ** knobs.seasonality
    for position, at_end in enumerate(tables.DRIFT):
        factors[:, position] *= knobs.drifted(context.at, float(at_end))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(factors))


def _month(at: Instants) -> Codes:
    """Return the month, 0 for January."""
    return np.asarray(at.astype("datetime64[M]").astype(np.int64) % 12)
