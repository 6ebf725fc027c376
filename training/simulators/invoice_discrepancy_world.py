"""The latent world behind invoice lines: who deals with whom, what is really the matter, and what paying would cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.simulators import invoice_discrepancy_tables as tables
from training.simulators.invoice_discrepancy_tables import CAUSES, INDEX, of
from training.simulators.retailer import Codes, Floats, Instants, Knobs, beta_rates, pick, timeline

LINES_PER_ORDER: Final = 2.5
ORDER_SPAN_DAYS: Final = 12.0
ITEMS_PER_SUPPLIER: Final = 10
NEW_SUPPLIER_SHARE: Final = 0.12
FRESH_PRICE_DAYS: Final = 45.0
MONTHS: Final = (1.25, 0.95, 1.0, 0.95, 0.95, 1.0, 0.9, 0.9, 1.0, 1.05, 1.2, 1.25)
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """Suppliers, sites, buyers and items with their lasting habits.

    supplier_habits, site_habits, buyer_habits: lift per cause, mean 1, shape (entities, 15).
    goodwill: share of a supplier's overbillings it credits unasked. freight_agreed: its contract allows surcharges.
    refuses_surplus: share of deliveries beyond the order that a site will not keep.
    item_price, item_steps_at, item_steps: price at the start, instants (seconds) and factors of two price changes.
    """

    supplier_activity: Floats
    supplier_starts_at: Floats
    supplier_since_days: Floats
    supplier_habits: Floats
    goodwill: Floats
    freight_agreed: Floats
    supplier_size: Floats
    home_buyer: Codes
    site_activity: Floats
    site_habits: Floats
    refuses_surplus: Floats
    buyer_habits: Floats
    item_price: Floats
    item_steps_at: Floats
    item_steps: Floats
    item_pack: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One row per line: its time, its entities as positions, the state of its order and its true cause."""

    at: Instants
    entities: Entities
    order: Codes
    order_placed_at: Floats
    order_state: Codes
    supplier: Codes
    site: Codes
    buyer: Codes
    item: Codes
    cause: Codes

    @property
    def seconds(self) -> Floats:
        """Give the instants of triage in seconds since 1970 UTC."""
        return self.at.astype(np.int64).astype(np.float64)


def draw_world(rng: np.random.Generator, knobs: Knobs) -> World:
    """Draw entities, then orders, then lines, then what is the matter with each line."""
    at = timeline(rng, knobs, month_weights=MONTHS, weekday_weights=(1.2, 1.1, 1.05, 1.0, 1.0, 0.25, 0.1))
    moments = at.astype(np.int64).astype(np.float64)
    entities = _draw_entities(rng, knobs, moments)
    span = knobs.rows * ORDER_SPAN_DAYS / knobs.days
    order = np.floor((np.arange(knobs.rows) + rng.uniform(0, span, knobs.rows)) / LINES_PER_ORDER).astype(np.int64)
    n_orders = int(order.max()) + 1
    first_row = np.clip(np.ceil(np.arange(n_orders) * LINES_PER_ORDER - span), 0, knobs.rows - 1).astype(np.int64)
    placed_at = moments[first_row] - np.maximum(1.0, rng.lognormal(np.log(9.0), 0.6, n_orders)) * _DAY
    supplier = rng.choice(len(entities.supplier_activity), n_orders, p=entities.supplier_activity)
    too_early = placed_at < entities.supplier_starts_at[supplier]
    established = np.where(entities.supplier_starts_at <= moments[0], entities.supplier_activity, 0.0)
    old = rng.choice(len(established), n_orders, p=established / established.sum())
    supplier = np.where(too_early, old, supplier)
    site = rng.choice(len(entities.site_activity), n_orders, p=entities.site_activity)
    n_buyers = len(entities.buyer_habits)
    buyer = np.where(rng.random(n_orders) < 0.8, entities.home_buyer[supplier], rng.integers(0, n_buyers, n_orders))
    state = rng.choice(len(tables.ORDER_STATES), n_orders, p=tables.ORDER_STATE_SHARE)
    ranks = 1.0 / np.arange(1, ITEMS_PER_SUPPLIER + 1)
    item = supplier[order] * ITEMS_PER_SUPPLIER + rng.choice(ITEMS_PER_SUPPLIER, knobs.rows, p=ranks / ranks.sum())
    weights = cause_weights(
        entities, at=at, supplier=supplier[order], site=site[order], buyer=buyer[order], item=item, state=state[order]
    )
    return World(
        at=at, entities=entities, order=order, order_placed_at=placed_at[order], order_state=state[order],
        supplier=supplier[order], site=site[order], buyer=buyer[order], item=item, cause=pick(rng, weights),
    )  # fmt: skip


def cause_weights(
    entities: Entities, *, at: Instants, supplier: Codes, site: Codes, buyer: Codes, item: Codes, state: Codes
) -> Floats:
    """Give the chance of each cause before anything is observed, shape (n, 15), rows summing to 1."""
    weights = np.array([tables.PRIOR[cause] for cause in CAUSES]) * np.ones((len(at), 1))
    weights *= entities.supplier_habits[supplier] * entities.site_habits[site] * entities.buyer_habits[buyer]
    weights *= np.array([of(tables.ORDER_LIFT[name]) for name in tables.ORDER_STATES])[state]
    month = at.astype("datetime64[M]").astype(np.int64) % 12
    for cause, lift in tables.SEASON.items():
        weights[:, INDEX[cause]] *= np.array(lift)[month]
    days = at.astype("datetime64[D]")
    month_end = (days + 4).astype("datetime64[M]") != days.astype("datetime64[M]")
    weights[:, INDEX["receipt_not_posted"]] *= np.where(month_end, 1.35, 1.0)
    moments = at.astype(np.int64).astype(np.float64)
    age = (moments[:, None] - entities.item_steps_at[item]) / _DAY
    weights[:, INDEX["po_price_outdated"]] *= np.where(((age > 0) & (age < FRESH_PRICE_DAYS)).any(axis=1), 2.5, 1.0)
    newcomer = moments - entities.supplier_starts_at[supplier] < 120 * _DAY
    weights[:, INDEX["suspected_fraud"]] *= np.where(newcomer, 5.0, 1.0)
    weights[:, INDEX["vendor_master_mismatch"]] *= np.where(newcomer, 2.5, 1.0)
    # The lifts are not exactly 1 on average, so the columns are scaled back to the shares wanted.
    for _ in range(4):
        weights /= weights.sum(axis=1, keepdims=True)
        weights *= np.array([tables.PRIOR[cause] for cause in CAUSES]) / weights.mean(axis=0)
    chances: Floats = weights / weights.sum(axis=1, keepdims=True)
    return chances


def true_price(world: World) -> Floats:
    """Give the price really agreed for each line's item at its time, money per order unit."""
    entities = world.entities
    passed = world.seconds[:, None] >= entities.item_steps_at[world.item]
    price: Floats = entities.item_price[world.item] * np.where(passed, entities.item_steps[world.item], 1.0).prod(
        axis=1
    )
    return price


def chance_wrong(world: World, facts: Mapping[str, NDArray[np.bool_]]) -> Floats:
    """Give the chance that paying as billed is wrong, given the cause, the facts of the line and its supplier's goodwill.

    facts: those that `tables.WRONG` names, except what the entities themselves decide.
    """
    entities, cause = world.entities, world.cause
    known = {**facts, "freight_not_agreed": entities.freight_agreed[world.supplier] == 0.0}
    chance = np.zeros(len(cause))
    for name, (fact, without, with_it) in tables.WRONG.items():
        holds = known[fact] if fact else np.zeros(len(cause), dtype=bool)
        chance = np.where(cause == INDEX[name], np.where(holds, with_it, without), chance)
    credited = np.isin(cause, [INDEX["supplier_pricing_error"], INDEX["short_shipment_or_damage"]])
    return np.where(credited, chance * (1.0 - 0.5 * entities.goodwill[world.supplier]), chance)


def _draw_entities(rng: np.random.Generator, knobs: Knobs, moments: Floats) -> Entities:
    suppliers = int(np.clip(knobs.rows / 60, 40, 2500))
    sites, buyers = max(30, suppliers // 6), max(15, suppliers // 12)
    items = suppliers * ITEMS_PER_SUPPLIER
    is_new = rng.random(suppliers) < NEW_SUPPLIER_SHARE
    is_new[0] = False
    first, last = moments[0], moments[-1]
    starts = np.where(is_new, rng.uniform(first, last, suppliers), first - _DAY * 60)
    return Entities(
        supplier_activity=_shares(rng, suppliers, spread=1.1),
        supplier_starts_at=starts,
        supplier_since_days=np.where(is_new, 20.0, rng.uniform(300, 6000, suppliers)),
        supplier_habits=_habits(rng, suppliers, tables.SUPPLIER_HABITS, shape=0.55),
        goodwill=beta_rates(rng, suppliers, mean=0.3, concentration=0.8),
        freight_agreed=(rng.random(suppliers) < 0.62).astype(np.float64),
        supplier_size=rng.normal(0.0, 0.55, suppliers),
        home_buyer=rng.integers(0, buyers, suppliers),
        site_activity=_shares(rng, sites, spread=0.7),
        site_habits=_habits(rng, sites, tables.SITE_HABITS, shape=0.9),
        refuses_surplus=beta_rates(rng, sites, mean=0.5, concentration=1.5),
        buyer_habits=_habits(rng, buyers, tables.BUYER_HABITS, shape=0.9),
        item_price=np.clip(rng.lognormal(np.log(9.0), 1.0, items), 0.6, 400.0),
        item_steps_at=rng.uniform(first - 60 * _DAY, last, (items, 2)),
        item_steps=1.0 + np.clip(rng.normal(0.045, 0.03, (items, 2)), -0.05, 0.2),
        item_pack=rng.choice([4, 6, 8, 10, 12, 24], items),
    )


def _shares(rng: np.random.Generator, size: int, *, spread: float) -> Floats:
    activity: Floats = rng.lognormal(0.0, spread, size)
    shares: Floats = activity / activity.sum()
    return shares


def _habits(rng: np.random.Generator, size: int, causes: tuple[str, ...], *, shape: float) -> Floats:
    lifts = np.ones((size, len(CAUSES)))
    for cause in causes:
        lifts[:, INDEX[cause]] = rng.gamma(shape, 1.0 / shape, size) + 0.05
    return lifts
