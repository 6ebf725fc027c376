"""The latent world behind invoice lines: suppliers that deliver to sites, and what is really the matter with each
line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.invoice_discrepancy import parameters as tables
from lab.simulators.invoice_discrepancy.parameters import CAUSES, INDEX, of
from lab.simulators.retailer import Codes, Floats, Instants, Knobs, pick
from lab.simulators.visits import Visits, draw_visits

MONTHS: Final = (1.25, 0.95, 1.0, 0.95, 0.95, 1.0, 0.9, 0.9, 1.0, 1.05, 1.2, 1.25)
WEEKDAYS: Final = (1.2, 1.1, 1.05, 1.0, 1.0, 0.25, 0.1)
HABIT_SPREAD: Final = 0.2
PRIOR_SPREAD: Final = 0.06
KIND_SPREAD: Final = 0.1
HOME_BUYER_SHARE: Final = 0.8
MONTH_END_DAYS: Final = 3
MONTH_END_LIFT: Final = 1.35
_SUPPLIERS_PER_BUYER: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One row per line: when it was held, whose it is, and its true cause.

    A lane is a supplier's relation with a site: its kind is hidden and stays. supplier, site, buyer, cause: codes of
    shape (n,).
    by_kind: P(cause | kind) before anything else is known, (K, C). lift: factors on it by season, drift and the known
    habits of supplier, site and buyer, (n, C).
    """

    visits: Visits
    supplier: Codes
    site: Codes
    buyer: Codes
    cause: Codes
    by_kind: Floats
    lift: Floats

    @property
    def at(self) -> Instants:
        """Return the instants of triage."""
        return self.visits.at

    @property
    def kind(self) -> Codes:
        """Return the hidden kind of each line's lane."""
        return self.visits.kind[self.visits.entity]

    def log_joint(self, log_likelihood: Floats) -> Floats:
        """Return ln P(cause, gap, all that was seen | kind), shape (n, K, C), from ln P(all that was seen | cause), (n,
        C)."""
        with np.errstate(divide="ignore"):
            log_lift = np.log(self.lift)
        by_line = log_lift + log_likelihood
        by_kind = self.visits.log_gap - np.log(self.lift @ self.by_kind.T)
        joint: Floats = by_line[:, None, :] + by_kind[:, :, None]
        joint += np.log(self.by_kind)
        return joint


def draw_world(rng: np.random.Generator, knobs: Knobs) -> World:
    """Draw lanes and their held lines, then what is the matter with each line."""
    visits = draw_visits(
        rng, knobs, kind_shares=tables.KIND_SHARE, visits_per_year=tables.HELD_PER_YEAR,
        month_weights=MONTHS, weekday_weights=WEEKDAYS,
    )  # fmt: skip
    supplier, site = (codes[visits.entity] for codes in _lanes(rng, len(visits.kind)))
    suppliers, sites = int(supplier.max()) + 1, int(site.max()) + 1
    buyers = max(4, suppliers // _SUPPLIERS_PER_BUYER)
    home = rng.integers(0, buyers, suppliers)[supplier]
    buyer = np.where(rng.random(knobs.rows) < HOME_BUYER_SHARE, home, rng.integers(0, buyers, knobs.rows))
    by_kind = _causes_by_kind(rng, knobs)
    lift = calendar_lift(knobs, visits.at)
    for size, groups, codes in (
        (suppliers, tables.SUPPLIER_HABITS, supplier),
        (sites, tables.SITE_HABITS, site),
        (buyers, tables.BUYER_HABITS, buyer),
    ):
        lift *= _habits(rng, size, groups)[codes]
    cause = pick(rng, by_kind[visits.kind[visits.entity]] * lift)
    return World(
        visits=visits, supplier=supplier, site=site, buyer=buyer, cause=cause, by_kind=by_kind, lift=lift
    )  # fmt: skip


def calendar_lift(knobs: Knobs, at: Instants) -> Floats:
    """Return the factor on each cause's odds by month, month's end, drift and the newcomer among causes, shape (n,
    C)."""
    lift = np.ones((len(at), len(CAUSES)))
    month = at.astype("datetime64[M]").astype(np.int64) % 12
    for cause, by_month in tables.SEASON.items():
        lift[:, INDEX[cause]] *= np.array(by_month)[month] ** knobs.seasonality
    days = at.astype("datetime64[D]")
    closing = (days + MONTH_END_DAYS).astype("datetime64[M]") != days.astype("datetime64[M]")
    lift[:, INDEX["receipt_not_posted"]] *= np.where(closing, MONTH_END_LIFT, 1.0) ** knobs.seasonality
    for cause, factor in tables.DRIFT_AT_END.items():
        lift[:, INDEX[cause]] *= knobs.drifted(at, factor)
    lift[:, INDEX[tables.NEWCOMER]] *= knobs.new_type(at)
    return lift


def _causes_by_kind(rng: np.random.Generator, knobs: Knobs) -> Floats:
    """Return P(cause | kind) such that all kinds' lines together come near the priors, shape (K, C)."""
    prior = of(tables.PRIOR) * rng.lognormal(0.0, PRIOR_SPREAD, len(CAUSES))
    prior /= prior.sum()
    probabilities: Floats = np.array([of(tables.KIND_LIFT[kind]) for kind in tables.KINDS])
    probabilities *= prior * rng.lognormal(0.0, KIND_SPREAD, probabilities.shape)
    held = 1.0 + np.array(tables.HELD_PER_YEAR) * knobs.days / 365.25
    lines = np.array(tables.KIND_SHARE) * held / np.dot(tables.KIND_SHARE, held)
    for _ in range(8):
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        probabilities *= prior / (lines @ probabilities)
    harmless = np.isin(np.array(CAUSES), tables.HARMLESS)
    probabilities *= np.where(harmless, 1.0, knobs.base_rate)
    scaled: Floats = probabilities / probabilities.sum(axis=1, keepdims=True)
    return scaled


def _lanes(rng: np.random.Generator, lanes: int) -> tuple[Codes, Codes]:
    """Pair suppliers with sites, every pair at most once; large ones have more partners."""
    suppliers, sites = 2 * int(np.ceil(np.sqrt(lanes))), int(np.ceil(np.sqrt(lanes)))
    pull = rng.normal(0.0, 0.4, suppliers)[:, None] + rng.normal(0.0, 0.3, sites) + rng.gumbel(size=(suppliers, sites))
    chosen: NDArray[np.int64] = rng.permutation(np.argsort(pull, axis=None)[::-1][:lanes])
    return chosen // sites, chosen % sites


def _habits(rng: np.random.Generator, size: int, groups: Sequence[Sequence[str]]) -> Floats:
    lift = np.ones((size, len(CAUSES)))
    for causes in groups:
        lift[:, [INDEX[cause] for cause in causes]] = rng.lognormal(0.0, HABIT_SPREAD, (size, 1))
    return lift
