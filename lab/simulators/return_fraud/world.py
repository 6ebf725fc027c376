"""Before anything is seen of a simulated return: which household comes when, where, with what, and how likely each
cause then is."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lab.simulators.retailer import Codes, Floats, Instants, Knobs, population
from lab.simulators.return_fraud import parameters as tables
from lab.simulators.return_fraud.evidence import Flags, Lognormal
from lab.simulators.return_fraud.parameters import CATEGORIES, CAUSES, CHANNELS, KINDS
from lab.simulators.visits import Visits, draw_visits

ASSOCIATES_PER_SITE: Final = 6
_MONTHS: Final = (1.7, 1.1, 0.95, 0.95, 0.95, 0.95, 0.95, 0.9, 0.95, 0.95, 1.05, 1.35)
_WEEKDAYS: Final = (1.15, 1.0, 0.9, 0.9, 1.0, 1.3, 0.75)
_OPENING_HOURS: Final = (8, 22)
_ROWS_PER_SITE: Final = 600
_ROWS_PER_ARTICLE: Final = 5_000  # of all categories
_AT_HOME: Final = 0.85
_GUEST: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is settled before the cause: who, where, which goods. Codes index the vocabularies of the tables.

    household: -1 for a guest, whom nothing ties to other returns. log_kind: ln P(when and as whom the household comes |
    kind), shape (n, n_kinds). customer: the number it comes under, no other household's. opened: since when that has an
    account, NaT where the caller does not know.
    """

    knobs: Knobs
    at: Instants
    household: Codes
    kind: Codes
    nth: Codes
    log_kind: Floats
    customer: Codes
    opened: Instants
    sites: int
    site: Codes
    site_factor: Floats
    associate: Codes
    channel: Codes
    category: Codes
    article: Codes
    is_faulty: Flags
    median_price: Floats
    cause_by_kind: Floats

    @property
    def n(self) -> int:
        """Number of returns."""
        return len(self.at)

    @property
    def is_known(self) -> Flags:
        """Return which returns are not a guest's."""
        known: Flags = self.household != _GUEST
        return known

    def through(self, *channels: str) -> Flags:
        """Return which returns came through one of the channels."""
        return np.isin(self.channel, [CHANNELS.index(name) for name in channels])

    def among(self, *categories: str) -> Flags:
        """Return which returns are of one of the categories."""
        return np.isin(self.category, [CATEGORIES.index(name) for name in categories])


def draw_world(rng: np.random.Generator, knobs: Knobs) -> World:
    """Draw the retailer and who comes to it."""
    n = knobs.rows
    visits = _households_and_guests(rng, knobs)
    kind = visits.kind[visits.entity]
    household = np.where(visits.nth == _GUEST, _GUEST, visits.entity)
    customer, is_new, log_id = _customers(rng, household, kind, visits.nth)
    opened, log_age = _accounts(rng, knobs, visits.at, kind, household, customer, is_new)
    sites = int(np.clip(n // _ROWS_PER_SITE, 8, 400))
    _, busy = population(rng, sites, prefix="", spread=0.4)
    home = rng.choice(sites, len(visits.kind), p=busy)
    site = np.where(rng.random(n) < _AT_HOME, home[visits.entity], rng.choice(sites, n, p=busy))
    category = rng.choice(len(CATEGORIES), n, p=tables.CATEGORY_SHARES)
    articles = int(np.clip(n // _ROWS_PER_ARTICLE, 4, 40))
    article = category * articles + rng.integers(articles, size=n)
    return World(
        knobs=knobs,
        at=visits.at,
        household=household,
        kind=kind,
        nth=np.maximum(visits.nth, 0),
        log_kind=visits.log_gap + log_id + log_age,
        customer=customer,
        opened=opened,
        sites=sites,
        site=site,
        site_factor=rng.lognormal(0.0, tables.SITE_SPREAD, sites)[site],
        associate=site * ASSOCIATES_PER_SITE + rng.integers(ASSOCIATES_PER_SITE, size=n),
        channel=rng.choice(len(CHANNELS), n, p=tables.CHANNEL_SHARES),
        category=category,
        article=article,
        is_faulty=(rng.random(len(CATEGORIES) * articles) < tables.FAULTY_ARTICLES)[article],
        median_price=(tables.MEDIAN_PRICE * rng.lognormal(0.0, tables.CAUSE_SPREAD, len(CATEGORIES)))[category],
        cause_by_kind=_cause_by_kind(rng),
    )


def cause_probabilities(world: World) -> Floats:
    """Return P(cause | kind, what is settled before), shape (n, n_kinds, n_causes)."""
    weights = _odds(world)[:, None, :] * world.cause_by_kind
    weights /= weights.sum(axis=2, keepdims=True)
    probabilities: Floats = weights
    return probabilities


def _households_and_guests(rng: np.random.Generator, knobs: Knobs) -> Visits:
    """Draw visits of households, and guests who come once: each an entity of its own, marked by `nth` -1."""
    guests = int(rng.binomial(knobs.rows, tables.GUEST_SHARE))
    parts = [
        draw_visits(
            rng,
            part,
            kind_shares=tables.KIND_SHARES,
            visits_per_year=rates,
            month_weights=_MONTHS,
            weekday_weights=_WEEKDAYS,
            opening_hours=_OPENING_HOURS,
        )
        for part, rates in (
            (replace(knobs, rows=knobs.rows - guests), tables.VISITS_PER_YEAR),
            (replace(knobs, rows=guests, cold_start_share=1.0), (1e-9,) * len(KINDS)),
        )
    ]
    own, others = parts
    at = np.concatenate([own.at, others.at])
    order = np.argsort(at, kind="stable")
    return Visits(
        at=at[order],
        entity=np.concatenate([own.entity, others.entity + len(own.kind)])[order],
        kind=np.concatenate([own.kind, others.kind]),
        log_gap=np.concatenate([own.log_gap, others.log_gap])[order],
        nth=np.concatenate([own.nth, np.full(guests, _GUEST)])[order],
    )


def _customers(rng: np.random.Generator, household: Codes, kind: Codes, nth: Codes) -> tuple[Codes, Flags, Floats]:
    """Draw under which customer number each household comes: a new one, or one of those it used, all alike likely.

    Returns the numbers, whether each is new, and ln P of that under each kind. A guest's number is nobody's.
    """
    n = len(household)
    probability = np.array(tables.NEW_ID)
    is_new = (nth <= 0) | (rng.random(n) < probability[kind])
    order = np.lexsort((nth, household))
    starts = np.maximum.accumulate(np.where(nth[order] <= 0, np.arange(n), 0))
    running = np.cumsum(is_new[order])
    used = np.empty(n, dtype=np.int64)
    used[order] = running - running[starts] + 1 - is_new[order]  # numbers used before this visit
    first_number = np.empty(n, dtype=np.int64)
    first_number[order] = running[starts] - 1
    chosen = np.where(is_new, used, (rng.random(n) * used).astype(np.int64))
    scrambled = rng.permutation(int(running[-1]))
    log_id = np.where(is_new[:, None], np.log(probability), np.log(1.0 - probability))
    log_id[nth <= 0] = 0.0
    return scrambled[first_number + chosen], is_new, log_id


def _accounts(
    rng: np.random.Generator,
    knobs: Knobs,
    at: Instants,
    kind: Codes,
    household: Codes,
    customer: Codes,
    is_new: Flags,
) -> tuple[Instants, Floats]:
    """Draw since when each customer number has an account, and ln P of what is known of it, once per number, under
    each kind."""
    numbers = int(customer.max()) + 1
    by_kind = Lognormal(np.array(tables.ACCOUNT_DAYS), np.full(len(KINDS), tables.ACCOUNT_SPREAD))
    age = by_kind.draw(rng, kind, kind)
    opened = np.empty(numbers, dtype="datetime64[s]")
    opened[customer[is_new]] = (at - (age * 86_400.0).astype("timedelta64[s]"))[is_new]
    known = (rng.random(numbers) >= knobs.missing_rate)[customer] & (household != _GUEST)
    log_age = np.where((known & is_new)[:, None], by_kind.log_density(age, kind), 0.0)
    return np.where(known, opened[customer], np.datetime64("NaT")), log_age


def _cause_by_kind(rng: np.random.Generator) -> Floats:
    """Return each retailer its own weights of the causes, shape (n_kinds, n_causes)."""
    weights = np.stack([tables.CAUSE_BY_KIND[kind] for kind in KINDS])
    weights *= rng.lognormal(0.0, tables.CAUSE_SPREAD, weights.shape)
    # Where a retailer's fraudsters happen to be weighed above one in sum, an honest return of theirs stays possible.
    weights[:, 0] = np.maximum(1.0 - weights[:, 1:].sum(axis=1), tables.MIN_HONEST_SHARE)
    return weights


def _odds(world: World) -> Floats:
    """Return the factors on the odds of every cause that do not depend on the kind, shape (n, n_causes)."""
    knobs = world.knobs
    months = world.at.astype("datetime64[M]").astype(np.int64) % 12
    weekdays = (world.at.astype("datetime64[D]").astype(np.int64) + 3) % 7
    worn = world.among(*tables.WORN)
    odds = tables.ODDS_BY_CHANNEL.T[world.channel]
    odds = odds * np.where(worn[:, None], tables.ODDS_IF_WORN, tables.ODDS_IF_NOT_WORN)
    odds[world.among(*tables.HIGH_RISK)] *= tables.ODDS_IF_HIGH_RISK
    odds[months == 0] *= tables.ODDS_IN_JANUARY**knobs.seasonality
    odds[worn & (weekdays <= 1)] *= tables.ODDS_AFTER_WEEKEND**knobs.seasonality
    for cause in np.flatnonzero(tables.DRIFT_AT_END != 1.0):
        odds[:, cause] *= knobs.drifted(world.at, float(tables.DRIFT_AT_END[cause]))
    odds[:, CAUSES.index(tables.NEWCOMER)] *= knobs.new_type(world.at)
    odds[:, 1:] *= (knobs.base_rate * world.site_factor)[:, None]
    return odds
