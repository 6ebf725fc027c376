"""Before anything is seen of a simulated return: who returns what where, and how likely each cause then is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.simulators import return_fraud_tables as tables
from training.simulators.retailer import Codes, Floats, Instants, Knobs, beta_rates, population, timeline
from training.simulators.return_fraud_tables import CATEGORIES, CAUSES, CHANNELS, TYPES

Flags = NDArray[np.bool_]
ASSOCIATES_PER_SITE = 6
_MONTHS = (1.7, 1.1, 0.95, 0.95, 0.95, 0.95, 0.95, 0.9, 0.95, 0.95, 1.05, 1.35)
_WEEKDAYS = (1.15, 1.0, 0.9, 0.9, 1.0, 1.3, 0.75)
_SPELL_DAYS = 30
_RING_DAYS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is settled before the cause: who, where, which goods. Codes index the vocabularies of the tables."""

    at: Instants
    customer: Codes
    kind: Codes
    ring: Codes
    site: Codes
    site_factor: Floats
    associate: Codes
    dishonest: Flags
    channel: Codes
    category: Codes
    sku: Codes
    fault_rate: Floats
    opened: Instants
    spend: Floats

    @property
    def n(self) -> int:
        """Number of returns."""
        return len(self.at)

    def through(self, *channels: str) -> Flags:
        """Say which returns came through one of the channels."""
        return np.isin(self.channel, [CHANNELS.index(name) for name in channels])

    def among(self, *categories: str) -> Flags:
        """Say which returns are of one of the categories."""
        return np.isin(self.category, [CATEGORIES.index(name) for name in categories])


def draw_world(rng: np.random.Generator, knobs: Knobs) -> World:
    """Draw the entities and let them meet."""
    n = knobs.rows
    at = timeline(rng, knobs, month_weights=_MONTHS, weekday_weights=_WEEKDAYS, opening_hours=(8, 22))
    customers = max(200, n // 4)
    kinds = rng.choice(len(TYPES), customers, p=tables.TYPE_SHARES)
    customer, first = _who(rng, at, kinds)
    sites = int(np.clip(n // 250, 8, 400))
    _, busy = population(rng, sites, prefix="", spread=0.6)
    site = rng.choice(sites, n, p=busy)
    site_factor = rng.gamma(tables.SITE_CONCENTRATION, 1 / tables.SITE_CONCENTRATION, sites)
    associate = site * ASSOCIATES_PER_SITE + rng.integers(ASSOCIATES_PER_SITE, size=n)
    dishonest = rng.random(sites * ASSOCIATES_PER_SITE) < tables.DISHONEST_SHARE
    category = rng.choice(len(CATEGORIES), n, p=tables.CATEGORY_SHARES)
    per_category = int(np.clip(n // 500, 12, 200))
    faults = beta_rates(rng, len(CATEGORIES) * per_category, mean=tables.FAULTY_SHARE, concentration=2.5)
    sku = category * per_category + np.minimum(rng.geometric(4 / per_category, n) - 1, per_category - 1)
    account = np.array([tables.ACCOUNT_DAYS[name] for name in TYPES])[kinds] * rng.lognormal(0, 0.7, customers)
    opened = at[0] + days(np.maximum(first, 0) * float(_SPELL_DAYS) - account)
    spend = np.array([tables.SPEND[name] for name in TYPES])[kinds] * rng.lognormal(0, 0.8, customers)
    return World(
        at=at,
        customer=customer,
        kind=kinds[customer],
        ring=(rng.integers(max(1, customers // 1_500), size=customers))[customer],
        site=site,
        site_factor=site_factor[site],
        associate=associate,
        dishonest=dishonest[associate],
        channel=rng.choice(len(CHANNELS), n, p=tables.CHANNEL_SHARES),
        category=category,
        sku=sku,
        fault_rate=faults[sku],
        opened=opened[customer],
        spend=spend[customer],
    )


def _who(rng: np.random.Generator, at: Instants, kinds: Codes) -> tuple[Codes, Codes]:
    """Draw who returns, spell by spell: some customers come later, a ring works for a few months and is gone.

    Returns the customer per return and the first spell per customer.
    """
    spells = ((at - at[0]) / np.timedelta64(_SPELL_DAYS, "D")).astype(np.int64)
    last = int(spells[-1])
    is_ring = kinds == TYPES.index("ring")
    active_spells = _RING_DAYS // _SPELL_DAYS
    activity = np.array(tables.TYPE_ACTIVITY)[kinds] * rng.lognormal(0.0, 0.9, len(kinds))
    activity = np.where(is_ring, activity * (last + 1) / active_spells, activity)
    first = np.where(is_ring, rng.integers(-2, last + 1, len(kinds)), 0)
    newcomer = ~is_ring & (rng.random(len(kinds)) < 0.35)
    first = np.where(newcomer, rng.integers(0, last + 1, len(kinds)), first)
    end = np.where(is_ring, first + active_spells, last + 1)
    customer = np.empty(len(at), dtype=np.int64)
    for spell in range(last + 1):
        rows = spells == spell
        weights = activity * ((first <= spell) & (spell < end))
        customer[rows] = rng.choice(len(kinds), int(rows.sum()), p=weights / weights.sum())
    return customer, first


def cause_weights(world: World) -> Floats:
    """Weigh every cause of each return before anything is observed of it, shape (n, n_causes), not normalised."""
    months = world.at.astype("datetime64[M]").astype(int) % 12
    weekdays = (world.at.astype("datetime64[D]").astype(int) + 3) % 7
    progress = (world.at - world.at[0]) / max(world.at[-1] - world.at[0], np.timedelta64(1, "s"))
    worn = world.among(*tables.WORN)
    weights = np.empty((world.n, len(CAUSES)))
    for column, cause in enumerate(CAUSES[1:], start=1):
        by_type = tables.CAUSE_BY_TYPE.get(cause)
        if by_type is None:
            base = np.where(world.dishonest, tables.EMPLOYEE_RATE[True], tables.EMPLOYEE_RATE[False])
        else:
            base = np.array([by_type[name] for name in TYPES])[world.kind]
        factor = np.array(tables.ODDS_BY_CHANNEL.get(cause, (1.0,) * len(CHANNELS)))[world.channel]
        factor = factor * np.where(worn, tables.ODDS_IF_WORN[cause], tables.ODDS_IF_NOT_WORN[cause])
        factor = factor * np.where(world.among(*tables.HIGH_RISK), tables.ODDS_IF_HIGH_RISK[cause], 1.0)
        factor = factor * np.where(months == 0, tables.ODDS_IN_JANUARY[cause], 1.0)
        factor = factor * np.where(worn & (weekdays <= 1), tables.ODDS_AFTER_WEEKEND[cause], 1.0)
        factor = factor * (1.0 + progress * (tables.ODDS_AT_END[cause] - 1.0))
        weights[:, column] = base * factor * world.site_factor
    legitimate = 1.0 - np.array([sum(by[name] for by in tables.CAUSE_BY_TYPE.values()) for name in TYPES])
    weights[:, 0] = legitimate[world.kind]
    return weights


def days(count: Floats) -> NDArray[np.timedelta64]:
    """Turn days into a span of whole seconds."""
    return (count * 86_400.0).astype("timedelta64[s]")
