"""A simulated maintenance desk. Cause, mechanism and severity are drawn first from the state of site, asset and season; what
the ticket shows is drawn from them. All of it is invented."""

from typing import Final

import numpy as np
import pandas as pd

from training.simulators import maintenance_priority_tables as tables
from training.simulators.maintenance_priority_tickets import observe, utc
from training.simulators.maintenance_priority_world import (
    Asset,
    Context,
    Latent,
    World,
    build_world,
    draw_asset,
    draw_context,
)  # fmt: skip
from training.simulators.retailer import Codes, Floats, Knobs, Simulated, exception_ids, late, mislabel, pick, timeline

_CAUSE: Final = {cause: position for position, cause in enumerate(tables.CAUSES)}
_MECHANISM: Final = {name: position for position, name in enumerate(tables.MECHANISMS)}
_CONFUSED: Final = {
    "plumbing_leak_drain": ("roof_structural", "general_building"), "roof_structural": ("plumbing_leak_drain",),
    "hvac_comfort": ("refrigeration_temp",), "refrigeration_temp": ("hvac_comfort", "food_equipment"),
    "food_equipment": ("refrigeration_temp",), "lighting_electrical": ("general_building",),
    "doors_entrance": ("security_loss_prevention", "general_building"), "pos_payment_it": ("lighting_electrical",),
    "security_loss_prevention": ("doors_entrance", "pos_payment_it"), "general_building": ("doors_entrance",),
    "pest_janitorial_exterior": ("general_building",), "fire_life_safety": ("security_loss_prevention",),
    "material_handling_lift": ("doors_entrance",),
}  # fmt: skip


def simulate(knobs: Knobs) -> Simulated:
    """Draw a maintenance desk's tickets, what became of them, and the truth behind both."""
    rng = np.random.default_rng(knobs.seed)
    as_of = timeline(rng, knobs, weekday_weights=(1.2, 1.05, 1.0, 1.0, 1.1, 0.95, 0.7), opening_hours=(5, 23))
    world = build_world(rng, n_sites=int(np.clip(knobs.rows // 220, 10, 1500)))
    context = draw_context(rng, world, as_of)
    cause = pick(rng, cause_weights(world, context))
    asset = draw_asset(rng, world, context, cause)
    mechanism = pick(rng, mechanism_weights(cause, context, asset))
    odds = severe_log_odds(cause, mechanism, context, asset)
    latent = _settle(rng, cause, mechanism, odds, context)
    shown, said = observe(rng, knobs, world, context, asset, latent)
    wrong = latent.severity < 2
    loss = np.where(wrong, _loss(rng, latent, context), 0.0).round(2)
    names = np.array(tables.CAUSES, dtype=object)[cause]
    ids = exception_ids("MNT", knobs)
    head = {"exception_id": ids, "as_of": utc(as_of), "source_system": "cmms", "currency": "USD"}
    truth = {
        "exception_id": ids, "cause": names, "wrong": wrong, "loss": loss, "severity": latent.severity + 1,
        "mechanism": np.array(tables.MECHANISMS, dtype=object)[mechanism], "severe_log_odds": odds,
        "frailty": asset.frailty, "vendor_slowness": asset.slowness, "site_upkeep": context.upkeep, "loudness": context.loudness,
    } | said  # fmt: skip
    outcomes = {
        "exception_id": ids, "cause": mislabel(rng, names, knobs.label_noise, confusions=_CONFUSED), "wrong": wrong,
        "loss": loss, "known_at": utc(late(rng, as_of, median_days=6.0)), "source": "outcome",
    }  # fmt: skip
    return Simulated(cases=pd.DataFrame(head | shown), outcomes=pd.DataFrame(outcomes), truth=pd.DataFrame(truth))


def cause_weights(world: World, context: Context) -> Floats:
    """Give each row's unnormalised chance of every cause before anything is seen of the ticket."""
    weights = np.asarray(tables.PRIOR) * tables.season(context.month) * world.cause_habit[context.site]
    for cause, effect in tables.FORMAT_EFFECT.items():
        weights[:, _CAUSE[cause]] *= np.asarray(effect)[context.format]
    weights[:, _CAUSE["lighting_electrical"]] *= np.where(context.outage, 4.0, 1.0)
    weights[:, _CAUSE["pos_payment_it"]] *= np.where(context.outage, 2.0, np.where(context.trading, 1.1, 0.5))
    weights[:, _CAUSE["roof_structural"]] *= np.where(context.alert == "storm", 4.0, 1.0)
    weights[:, _CAUSE["hvac_comfort"]] *= 1.0 + 0.08 * context.discomfort
    return weights


def mechanism_weights(cause: Codes, context: Context, asset: Asset) -> Floats:
    """Give each row's unnormalised chance of every mechanism, given the cause and the state of asset and utilities."""
    weights: Floats = tables.MECHANISM_GIVEN_CAUSE[cause].copy()
    weights[:, _MECHANISM["power_utility"]] *= np.where(context.outage, 10.0, 0.7)
    weights[:, _MECHANISM["maintenance_missed"]] *= np.where(asset.overdue > 1.2, 3.5, 0.7)
    weights[:, _MECHANISM["wear"]] *= np.where(asset.age_share > 0.9, 1.8, 0.8)
    weights[:, _MECHANISM["warranty_defect"]] *= np.where(asset.age_years < asset.warranty_years, 4.0, 0.2)
    return weights


def severe_log_odds(cause: Codes, mechanism: Codes, context: Context, asset: Asset) -> Floats:
    """Give the log-odds that a routine visit would come too late, from everything that has a say in it."""
    odds: Floats = np.asarray(tables.SEVERE_BASE)[cause] + np.asarray(tables.MECHANISM_EFFECT)[mechanism]
    odds += asset.frailty + asset.slowness + context.upkeep
    odds += 0.35 * np.clip(asset.overdue - 1.0, 0.0, 2.0) + 0.5 * np.clip(asset.age_share - 0.8, -0.5, 1.0)
    odds += 0.14 * (asset.criticality - 5.0) - 0.35 * np.minimum(asset.spares, 3)
    odds += np.where(context.weekend, 0.25, 0.0)
    shut, outside = ~context.trading, context.outside
    small = np.asarray(tables.FORMAT_LANES)[context.format] < 5
    odds += np.select(
        [cause == _CAUSE[name] for name in ("hvac_comfort", "refrigeration_temp", "doors_entrance", "pos_payment_it", "lighting_electrical", "roof_structural")],
        [
            np.minimum(0.22 * context.discomfort, 2.2) - 0.4,
            0.05 * np.clip(outside - 16.0, 0.0, 20.0) + np.where(small, 0.4, 0.0),
            np.where(shut, 0.9, 0.0),
            np.where(shut, -1.4, 0.3) + np.where(small, 0.6, 0.0),
            np.where(shut, -0.6, 0.1) + np.where(context.outage, 1.6, 0.0),
            np.where(context.alert == "storm", 1.0, 0.0),
        ],
        default=0.0,
    )  # fmt: skip
    return odds


def _settle(rng: np.random.Generator, cause: Codes, mechanism: Codes, odds: Floats, context: Context) -> Latent:
    """Draw how bad it turned out and how much of the trade it touched."""
    n = len(cause)
    severe = rng.random(n) < 1.0 / (1.0 + np.exp(-odds))
    worst = rng.random(n) < np.asarray(tables.WORST_OF_SEVERE)[cause]
    cosmetic = rng.random(n) < np.asarray(tables.COSMETIC_OF_MILD)[cause]
    severity = np.where(severe, np.where(worst, 0, 1), np.where(cosmetic, 3, 2))
    mean = np.asarray(tables.AFFECTED_SHARE)[severity]
    chilled = np.isin(cause, [_CAUSE["refrigeration_temp"], _CAUSE["food_equipment"]])
    value = rng.lognormal(np.log(900.0), 0.9, n) * np.sqrt(context.sales_per_hour / 1000.0) * (1.0 + severe)
    return Latent(
        cause=cause, mechanism=mechanism, severity=severity,
        share=rng.beta(mean * 5.0, (1.0 - mean) * 5.0), product_value=np.where(chilled, value, 0.0),
    )  # fmt: skip


def _loss(rng: np.random.Generator, latent: Latent, context: Context) -> Floats:
    """Price a routine visit that came too late: extra hours down times money an hour, and the product lost."""
    hours = rng.lognormal(np.log(np.maximum(np.asarray(tables.EXTRA_HOURS)[latent.severity], 0.1)), 0.6)
    size = np.sqrt(context.sales_per_hour / 3000.0)
    per_hour = np.asarray(tables.MONEY_PER_HOUR)[latent.cause] * size * latent.share
    spoiled = latent.product_value * np.asarray((0.8, 0.35, 0.0, 0.0))[latent.severity]
    return np.asarray(hours * per_hour + spoiled)
