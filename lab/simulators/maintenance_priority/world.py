"""The estate of the simulated maintenance desk, and what is plain about each request before anybody asks what broke.

Sites, models, vendors and reporters have habits; the best observer knows them, as anybody with enough history could.
Only the kind of an asset is hidden.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.domains.maintenance_priority.trades import ASSET_CLASSES, TRADE_OF_ASSET, TRADES, USUAL_LIFE_YEARS
from lab.simulators.maintenance_priority import parameters as tables
from lab.simulators.maintenance_priority.evidence import Flags
from lab.simulators.retailer import Codes, Floats, Instants, Knobs, pick, population
from lab.simulators.visits import Visits, draw_visits

MODELS_PER_CLASS: Final = 3
REGIONS: Final = 4
REPORTERS_PER_SITE: Final = 3
GENERAL_CONTRACTOR: Final = len(tables.CAUSES)
_ROWS_PER_SITE: Final = 500
_N_CLASSES: Final = len(ASSET_CLASSES)
_OPENS_AT: Final = 7
_INTERVALS_DAYS: Final = np.array([365, 90, 180], dtype=np.int64)[np.arange(_N_CLASSES) % 3]
_LIFE_YEARS: Final = np.array([USUAL_LIFE_YEARS.get(name, 20.0) for name in ASSET_CLASSES])
_TRADE_OF_CLASS: Final = np.array([TRADES.index(TRADE_OF_ASSET[name]) for name in ASSET_CLASSES])
_MONTHS: Final = (1.05, 1.0, 0.95, 0.9, 0.95, 1.1, 1.2, 1.15, 1.0, 0.95, 0.95, 1.1)
_WEEKDAYS: Final = (1.2, 1.05, 1.0, 1.0, 1.1, 0.95, 0.7)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What outlasts a request. Arrays by cause, by kind, by site, by (asset class, model), by (region, trade), by
    asset."""

    prior: Floats
    severe_base: Floats
    kind_severe: Floats
    sites: NDArray[np.object_]
    activity: Floats
    format: Codes
    sales_per_hour: Floats
    climate: Floats
    upkeep: Floats
    region: Codes
    defect: Floats
    vendor_slowness: Floats
    vendor_licensed: Flags
    loudness: Floats
    reporter_activity: Floats
    assets: "Assets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """Every asset that ever needed somebody: its hidden kind, and what the register says of it where it bears a
    number."""

    kind: Codes
    named: Flags
    site: Codes
    cls: Codes
    model: Codes
    born: Instants
    warranty_days: Floats
    criticality: Codes
    spares: Codes
    cost: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is plain about each request: who, where, when, and which asset if it is named. asset: its code, `named` or
    not."""

    as_of: Instants
    asset: Codes
    named: Flags
    since_last: Floats
    site: Codes
    month: Floats
    hour: Floats
    weekend: Flags
    format: Codes
    trading: Flags
    sales_per_hour: Floats


def draw_requests(rng: np.random.Generator, knobs: Knobs) -> Visits:
    """Draw when which asset needs somebody."""
    return draw_visits(
        rng, knobs, kind_shares=tables.KIND_SHARE, visits_per_year=tables.REQUESTS_PER_YEAR, month_weights=_MONTHS,
        weekday_weights=_WEEKDAYS, opening_hours=(5, 23),
    )  # fmt: skip


def build_world(rng: np.random.Generator, knobs: Knobs, visits: Visits) -> World:
    """Draw the estate: a few sites are much busier, some vendors slower, some reporters louder than the rest."""
    n_sites = int(np.clip(knobs.rows // _ROWS_PER_SITE, 8, 600))
    sites, activity = population(rng, n_sites, prefix="S", spread=0.3)
    form = rng.choice(len(tables.FORMATS), n_sites, p=tables.FORMAT_SHARE)
    prior = np.asarray(tables.PRIOR) * rng.lognormal(0.0, 0.08, len(tables.PRIOR))
    vendors = (REGIONS, len(tables.CAUSES) + 1)
    return World(
        prior=prior / prior.sum(),
        severe_base=np.asarray(tables.SEVERE_BASE) + rng.normal(0.0, 0.1, len(tables.CAUSES)),
        kind_severe=np.asarray(tables.KIND_SEVERE) + rng.normal(0.0, 0.1, len(tables.KINDS)),
        sites=sites,
        activity=activity,
        format=form,
        sales_per_hour=(np.asarray(tables.FORMAT_SALES_PER_HOUR)[form] * rng.lognormal(0.0, 0.4, n_sites)).round(2),
        climate=rng.normal(0.0, 1.0, n_sites),
        upkeep=rng.normal(0.0, 0.15, n_sites),
        region=rng.integers(REGIONS, size=n_sites),
        defect=rng.normal(0.0, 0.1, (_N_CLASSES, MODELS_PER_CLASS)),
        vendor_slowness=rng.normal(0.0, 0.15, vendors),
        vendor_licensed=rng.random(vendors) >= 0.03,
        loudness=rng.normal(0.0, 0.4, (n_sites, REPORTERS_PER_SITE)),
        reporter_activity=rng.dirichlet([8.0] * REPORTERS_PER_SITE, n_sites),
        assets=_assets(
            rng, visits, site=rng.choice(n_sites, size=len(visits.kind), p=activity), form=form, prior=prior
        ),
    )


def draw_context(world: World, visits: Visits) -> Context:
    """Return what is plain about each request."""
    as_of, assets = visits.at, world.assets
    site = assets.site[visits.entity]
    form = world.format[site]
    hour = (as_of.astype(np.int64) // 3600 % 24).astype(np.float64)
    weekday = (as_of.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return Context(
        as_of=as_of, asset=visits.entity, named=assets.named[visits.entity], since_last=_hours_since_last(visits),
        site=site,
        month=(as_of.astype("datetime64[M]").astype(np.int64) % 12 + 1).astype(np.float64), hour=hour,
        weekend=weekday >= 5,
        format=form, trading=(hour >= _OPENS_AT) & (hour < _OPENS_AT + np.asarray(tables.FORMAT_HOURS)[form]),
        sales_per_hour=world.sales_per_hour[site],
    )  # fmt: skip


def age_share(world: World, context: Context) -> Floats:
    """Return each request's asset age as a share of the usual life of its class."""
    assets, asset = world.assets, context.asset
    lived = (context.as_of - assets.born[asset]) / np.timedelta64(86_400, "s")
    return np.asarray(lived / 365.25 / _LIFE_YEARS[assets.cls[asset]])


def vendor_trade(world: World, context: Context) -> Codes:
    """Return by which trade's contract each request is served: that of its asset's class, the general contractor's
    without one."""
    return np.where(context.named, _TRADE_OF_CLASS[world.assets.cls[context.asset]], GENERAL_CONTRACTOR)


def maintenance_interval(cls: Codes) -> Codes:
    """Return the days between planned visits to assets of each class."""
    return _INTERVALS_DAYS[cls]


def _hours_since_last(visits: Visits) -> Floats:
    """Return the hours since each asset's request before, NaN for its first."""
    order = np.lexsort((visits.nth, visits.entity))
    hours = visits.at.astype(np.int64)[order] / 3600.0
    since = np.empty(len(order))
    since[order] = np.diff(hours, prepend=np.nan)
    since[visits.nth == 0] = np.nan
    return since


def _assets(rng: np.random.Generator, visits: Visits, *, site: Codes, form: Codes, prior: Floats) -> Assets:
    """Draw every asset's face. Only its kind is hidden, and nothing on its face depends on that."""
    n = len(visits.kind)
    borne = prior * np.asarray(tables.ASSET_NAMED)
    by_format = (tables.FORMAT_GIVEN_CAUSE * borne[:, None]).T @ tables.ASSET_GIVEN_CAUSE
    cls = pick(rng, by_format[form[site]])
    age_days = np.minimum(_LIFE_YEARS[cls] * rng.gamma(2.2, 0.26, n), 40.0) * 365.25
    first = visits.at[0].astype("datetime64[D]")
    return Assets(
        kind=visits.kind,
        named=rng.random(n) < borne.sum() / prior.sum(),
        site=site,
        cls=cls,
        model=rng.integers(MODELS_PER_CLASS, size=n),
        born=first - age_days.astype("timedelta64[D]"),
        warranty_days=rng.choice((730.0, 1096.0), n),
        criticality=np.clip(np.rint(rng.normal(5.5, 1.9, n)), 1, 10).astype(np.int64),
        spares=rng.poisson(0.7, n),
        cost=rng.lognormal(np.log(6500.0), 0.9, n).round(2),
    )
