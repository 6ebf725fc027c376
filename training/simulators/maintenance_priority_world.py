"""Sites, assets, vendors and reporters of the simulated maintenance desk, and the circumstances of each ticket."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.maintenance_priority_trades import ASSET_CLASSES, USUAL_LIFE_YEARS
from training.simulators import maintenance_priority_tables as tables
from training.simulators.retailer import Codes, Floats, Instants, pick, population

ASSETS_PER_CLASS: Final = 3
MODELS_PER_CLASS: Final = 5
REGIONS: Final = 4
REPORTERS_PER_SITE: Final = 6
_N_CLASSES: Final = len(ASSET_CLASSES)
_OPENS_AT: Final = 7
_INTERVALS_DAYS: Final = np.array([365, 90, 180], dtype=np.int64)[np.arange(_N_CLASSES) % 3]
_LIFE_YEARS: Final = np.array([USUAL_LIFE_YEARS.get(name, 20.0) for name in ASSET_CLASSES])


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """State that outlasts a ticket. Arrays by site, by (site, asset class, number), by vendor, by (site, reporter)."""

    sites: NDArray[np.object_]
    activity: Floats
    format: Codes
    sales_per_hour: Floats
    climate: Floats
    upkeep: Floats
    neglect: Floats
    region: Codes
    cause_habit: Floats
    proneness: Floats
    frailty: Floats
    age_years: Floats
    model: Codes
    criticality: Codes
    spares: Codes
    cost: Floats
    vendor_slowness: Floats
    vendor_licensed: NDArray[np.bool_]
    loudness: Floats
    reporter_activity: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What surrounds a ticket before anything breaks."""

    as_of: Instants
    site: Codes
    month: Floats
    hour: Floats
    weekend: NDArray[np.bool_]
    format: Codes
    trading: NDArray[np.bool_]
    sales_per_hour: Floats
    upkeep: Floats
    outside: Floats
    discomfort: Floats
    alert: NDArray[Any]
    outage: NDArray[np.bool_]
    reporter: Codes
    loudness: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """The asset a ticket is about, named on it or not, and the vendor that would be sent."""

    kind: Codes
    number: Codes
    model: Codes
    frailty: Floats
    age_years: Floats
    age_share: Floats
    warranty_years: Floats
    overdue: Floats
    interval_days: Codes
    criticality: Codes
    spares: Codes
    cost: Floats
    tick: Codes
    vendor: Codes
    slowness: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """What really happened. severity: 0 (life, food or trade stopped) to 3 (cosmetic)."""

    cause: Codes
    mechanism: Codes
    severity: Codes
    share: Floats
    product_value: Floats


def build_world(rng: np.random.Generator, *, n_sites: int) -> World:
    """Draw the estate: a few sites, assets and reporters are much busier, frailer or louder than the rest."""
    sites, activity = population(rng, n_sites, prefix="S", spread=0.6)
    form = rng.choice(len(tables.FORMATS), n_sites, p=tables.FORMAT_SHARE)
    shape = (n_sites, _N_CLASSES, ASSETS_PER_CLASS)
    model = rng.integers(MODELS_PER_CLASS, size=shape)
    defect = rng.normal(0.0, 0.6, (_N_CLASSES, MODELS_PER_CLASS))
    n_vendors = len(tables.CAUSES) * REGIONS * 2
    return World(
        sites=sites,
        activity=activity,
        format=form,
        sales_per_hour=np.asarray(tables.FORMAT_SALES_PER_HOUR)[form] * rng.lognormal(0.0, 0.4, n_sites),
        climate=rng.normal(0.0, 4.5, n_sites),
        upkeep=rng.normal(0.0, 0.5, n_sites),
        neglect=rng.lognormal(0.0, 0.35, n_sites),
        region=rng.integers(REGIONS, size=n_sites),
        cause_habit=rng.lognormal(0.0, 0.45, (n_sites, len(tables.CAUSES))),
        proneness=rng.lognormal(0.0, 1.6, shape),
        frailty=rng.normal(0.0, 1.2, shape) + defect[np.arange(_N_CLASSES)[None, :, None], model],
        age_years=np.minimum(_LIFE_YEARS[None, :, None] * rng.gamma(2.2, 0.26, shape), 40.0),
        model=model,
        criticality=np.clip(np.rint(rng.normal(5.5, 1.9, shape)), 1, 10).astype(np.int64),
        spares=rng.poisson(0.7, shape),
        cost=rng.lognormal(np.log(6500.0), 0.9, shape).round(2),
        vendor_slowness=rng.normal(0.0, 0.6, n_vendors),
        vendor_licensed=rng.random(n_vendors) >= 0.03,
        loudness=rng.normal(0.0, 1.1, (n_sites, REPORTERS_PER_SITE)),
        reporter_activity=rng.dirichlet([1.2] * REPORTERS_PER_SITE, n_sites),
    )


def draw_context(rng: np.random.Generator, world: World, as_of: Instants) -> Context:
    """Draw where and in what weather each ticket arises."""
    n = len(as_of)
    site = rng.choice(len(world.sites), size=n, p=world.activity)
    month = (as_of.astype("datetime64[M]").astype(np.int64) % 12 + 1).astype(np.float64)
    day_of_year = (as_of.astype("datetime64[D]") - as_of.astype("datetime64[Y]")).astype(np.int64)
    hour = (as_of.astype(np.int64) // 3600 % 24).astype(np.float64)
    form = world.format[site]
    outside = 12.0 + 12.0 * np.cos((day_of_year - 200) / 365.25 * 2.0 * np.pi) + world.climate[site]
    outside = (outside + rng.normal(0.0, 4.5, n)).round(1)
    chance = rng.random(n)
    alert = np.select(
        [chance < 0.03, outside > 31.0, outside < -7.0, (outside < 1.0) & (chance > 0.75)],
        ["storm", "heat", "cold", "snow"], default="none",
    )  # fmt: skip
    weekday = (as_of.astype("datetime64[D]").astype(np.int64) + 3) % 7
    reporter = pick(rng, world.reporter_activity[site])
    return Context(
        as_of=as_of, site=site, month=month, hour=hour, weekend=weekday >= 5, format=form,
        trading=(hour >= _OPENS_AT) & (hour < _OPENS_AT + np.asarray(tables.FORMAT_HOURS)[form]),
        sales_per_hour=world.sales_per_hour[site], upkeep=world.upkeep[site], outside=outside,
        discomfort=np.maximum(np.maximum(outside - 28.0, 5.0 - outside), 0.0), alert=alert,
        outage=rng.random(n) < np.where(alert == "storm", 0.15, 0.012),
        reporter=reporter, loudness=world.loudness[site, reporter],
    )  # fmt: skip


def draw_asset(rng: np.random.Generator, world: World, context: Context, cause: Codes) -> Asset:
    """Draw the asset concerned given the cause, prone ones more often, and the trade ticked with its vendor."""
    n, site = len(cause), context.site
    kind = pick(rng, tables.ASSET_GIVEN_CAUSE[cause])
    number = pick(rng, world.proneness[site, kind])
    at = (site, kind, number)
    tick = pick(rng, tables.TICK_GIVEN_CAUSE[cause])
    vendor = (tick * REGIONS + world.region[site]) * 2 + rng.integers(2, size=n)
    age = world.age_years[at]
    return Asset(
        kind=kind, number=number, model=world.model[at], frailty=world.frailty[at], age_years=age,
        age_share=age / _LIFE_YEARS[kind], warranty_years=np.where(number == 0, 3.0, 2.0),
        overdue=rng.gamma(3.0, 0.3, n) * world.neglect[site], interval_days=_INTERVALS_DAYS[kind],
        criticality=world.criticality[at], spares=world.spares[at], cost=world.cost[at], tick=tick, vendor=vendor,
        slowness=world.vendor_slowness[vendor],
    )  # fmt: skip
