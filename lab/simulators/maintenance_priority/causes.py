"""Why a request of the simulated maintenance desk arises and how bad it is, and what is known of both from all that is
seen."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lab.simulators.maintenance_priority import parameters as tables
from lab.simulators.maintenance_priority.evidence import Flags, Hidden, LogNormal, by_severity
from lab.simulators.maintenance_priority.world import Context, World, age_share, vendor_trade
from lab.simulators.retailer import Codes, Floats, Knobs, pick

N_CAUSES: Final = len(tables.CAUSES)
N_SEVERITIES: Final = len(tables.SEVERITIES)
SEVERE: Final = slice(0, 2)
_CAUSE: Final = {cause: position for position, cause in enumerate(tables.CAUSES)}
_HOURS: Final = LogNormal(by_severity(tables.EXTRA_HOURS), tables.EXTRA_HOURS_SPREAD)
_WORST: Final = np.asarray(tables.WORST_OF_SEVERE)
_COSMETIC: Final = np.asarray(tables.COSMETIC_OF_MILD)
_SEVERITY_SPLIT: Final = np.stack([_WORST, 1.0 - _WORST, 1.0 - _COSMETIC, _COSMETIC], axis=1)
"""P(severity | severe or mild, cause), of shape (causes, severities)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """What a visit that comes too late would cost: share of the trade touched, value of the product, and which of both
    are shown."""

    share: Floats
    share_shown: Flags
    product: Floats
    product_shown: Flags
    product_usual: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What follows of each request from all that is seen of it, given cause and kind: see `posterior.Evidence`."""

    log_joint: Floats
    wrong: Floats
    impact: Floats


def cause_log_probabilities(knobs: Knobs, world: World, context: Context) -> Floats:
    """Return ln P(cause | kind, all that is plain), of shape (n, kinds, causes)."""
    n = len(context.as_of)
    named, cls = context.named, world.assets.cls[context.asset]
    borne = np.asarray(tables.ASSET_NAMED)
    weights = (
        world.prior * tables.season(context.month) ** knobs.seasonality * tables.FORMAT_GIVEN_CAUSE.T[context.format]
    )
    weights *= np.where(named[:, None], borne * tables.ASSET_GIVEN_CAUSE.T[cls], 1.0 - borne)
    for cause, factor in tables.DRIFT.items():
        weights[:, _CAUSE[cause]] *= knobs.drifted(context.as_of, factor)
    weights[:, _CAUSE[tables.NEWCOMER]] *= knobs.new_type(context.as_of)
    probabilities = weights[:, None, :] * tables.KIND_GIVEN_CAUSE.T[None]
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    assert probabilities.shape == (n, len(tables.KINDS), N_CAUSES)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(probabilities))


def severe_log_odds(knobs: Knobs, world: World, context: Context) -> Floats:
    """Return the log-odds that a routine visit would come too late, of shape (n, kinds, causes)."""
    by_cause = world.severe_base + _circumstances(context)
    by_cause += (_plain(world, context) + np.log(knobs.base_rate))[:, None]
    return np.asarray(by_cause[:, None, :] + world.kind_severe[None, :, None])


def settle(rng: np.random.Generator, log_probabilities: Floats, log_odds: Floats, kind: Codes) -> Hidden:
    """Draw what broke and how bad it is."""
    rows = np.arange(len(kind))
    cause = pick(rng, np.exp(log_probabilities[rows, kind]))
    severe = rng.random(len(kind)) < _probability(log_odds[rows, kind, cause])
    probabilities = _SEVERITY_SPLIT[cause] * np.where(severe[:, None], (1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 1.0))
    return Hidden(cause=cause, severity=pick(rng, probabilities))


def losses(rng: np.random.Generator, context: Context, hidden: Hidden, stakes: Stakes) -> Floats:
    """Price a routine visit that comes too late: extra hours down times money an hour, and the product lost; 0 where
    none would."""
    severe = np.minimum(hidden.severity, 1)
    hours = _HOURS.draw(rng, Hidden(cause=hidden.cause, severity=severe))
    per_hour = np.asarray(tables.MONEY_PER_HOUR)[hidden.cause] * _size(context) * stakes.share
    lost = hours * per_hour + stakes.product * np.asarray(tables.SPOILT_SHARE)[severe]
    return np.where(hidden.severity < 2, lost, 0.0).round(2)


def conclude(
    log_probabilities: Floats, log_odds: Floats, testimony: Floats, context: Context, stakes: Stakes
) -> Consequences:
    """Weigh all that is seen of each request against every severity it may have."""
    top = testimony.max(axis=2, keepdims=True)
    weights = np.exp(testimony - top) * _SEVERITY_SPLIT
    severe, mild = weights[:, :, SEVERE].sum(axis=2), weights[:, :, SEVERE.stop :].sum(axis=2)
    impact = (weights[:, :, SEVERE] * _expected_losses(context, stakes)).sum(axis=2) / severe
    probability = _probability(log_odds)
    as_severe = probability * severe[:, None, :]
    seen = as_severe + (1.0 - probability) * mild[:, None, :]
    log_joint = log_probabilities + np.log(seen) + top[:, None, :, 0]
    return Consequences(log_joint=log_joint, wrong=as_severe / seen, impact=impact[:, None, :])


def _expected_losses(context: Context, stakes: Stakes) -> Floats:
    """Return E[loss | cause, severity, all that is seen] of the severities that cannot wait, of shape (n, causes,
    2)."""
    share = np.where(stakes.share_shown[:, None], stakes.share[:, None], np.asarray(tables.AFFECTED_SHARE)[SEVERE])
    hourly = _size(context)[:, None] * share * _HOURS.mean[0]
    product = np.where(
        stakes.product_shown[:, None, None], stakes.product[:, None, None], stakes.product_usual[:, SEVERE]
    )
    money = np.asarray(tables.MONEY_PER_HOUR)
    return np.asarray(money[:, None] * hourly[:, None, :] + product * np.asarray(tables.SPOILT_SHARE))


def _size(context: Context) -> Floats:
    return np.asarray(np.sqrt(context.sales_per_hour / 3000.0))


def _plain(world: World, context: Context) -> Floats:
    """Add up what makes a request graver or milder whatever the cause."""
    assets, asset = world.assets, context.asset
    odds = world.upkeep[context.site] + np.where(context.weekend, 0.25, 0.0)
    odds += world.vendor_slowness[world.region[context.site], vendor_trade(world, context)]
    registered = 0.12 * (assets.criticality[asset] - 5.0) - 0.3 * np.minimum(assets.spares[asset], 3)
    registered += 0.5 * np.clip(age_share(world, context) - 0.8, -0.5, 1.0)
    registered += world.defect[assets.cls[asset], assets.model[asset]]
    return np.asarray(odds + np.where(context.named, registered, 0.0))


def _circumstances(context: Context) -> Floats:
    """Return what the hour and the kind of site add for each cause, of shape (n, causes)."""
    odds = np.zeros((len(context.as_of), N_CAUSES))
    shut, small = ~context.trading, np.asarray(tables.FORMAT_LANES)[context.format] < 5
    odds[:, _CAUSE["doors_entrance"]] = np.where(shut, 1.1, 0.0)
    odds[:, _CAUSE["pos_payment_it"]] = np.where(shut, -1.5, 0.3) + np.where(small, 0.6, 0.0)
    odds[:, _CAUSE["lighting_electrical"]] = np.where(shut, -0.8, 0.1)
    odds[:, _CAUSE["hvac_comfort"]] = np.where(shut, -0.8, 0.1)
    odds[:, _CAUSE["refrigeration_temp"]] = np.where(small, 0.5, 0.0)
    return odds


def _probability(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
