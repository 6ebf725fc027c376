"""What the simulated tickets show: fields that say something of what is hidden, and fields that say nothing."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.domains.maintenance_priority.trades import ASSET_CLASSES, LICENCE_OF_TRADE
from lab.simulators.maintenance_priority import instrument_readings
from lab.simulators.maintenance_priority import parameters as tables
from lab.simulators.maintenance_priority.causes import Stakes
from lab.simulators.maintenance_priority.evidence import Choice, Flag, Flags, Witness, Word, by_severity
from lab.simulators.maintenance_priority.instrument_readings import Clerk, Shown, names, only
from lab.simulators.maintenance_priority.wording import DANGER_SAID, describe
from lab.simulators.maintenance_priority.world import (
    GENERAL_CONTRACTOR,
    MODELS_PER_CLASS,
    Context,
    World,
    maintenance_interval,
    vendor_trade,
)
from lab.simulators.retailer import Codes, Floats, Instants, Knobs

URGENCIES: Final = ("low", "medium", "high", "emergency")
_REGULATED: Final = np.isin(ASSET_CLASSES, ("exit_door", "elevator_escalator", "fire_alarm_panel", "sprinkler"))
_MAKERS: Final = np.array(("Arctis", "Bolden", "Corvane")[:MODELS_PER_CLASS], dtype=object)
_ROLES_OF_PEOPLE: Final = (0.34, 0.26, 0.32, 0.06, 0.02)
_SYSTEM: Final = tables.INTAKES.index("iot_alarm")
_SAID_THOUGH_TICKED: Final = 0.6
_TWO_TICKED: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Every ticket's payload fields, what is at stake, and what is latent about the text."""

    shown: Shown
    stakes: Stakes
    latent: Shown


def observe(rng: np.random.Generator, knobs: Knobs, world: World, context: Context, witness: Witness) -> Seen:
    """Let the witness see every ticket."""
    n = len(context.as_of)
    clerk = Clerk(rng, knobs.missing_rate, n)
    intake = witness.see(Choice(tables.INTAKE_GIVEN_CAUSE[:, None]))
    system = intake >= _SYSTEM
    ticked, danger = _dangers(rng, witness)
    texts, said = describe(rng, witness, danger)
    at_stake, stakes = instrument_readings.stakes(witness, clerk)
    shown = {"site_id": world.sites[context.site], "description": texts, "safety_flags": ticked} | at_stake
    shown |= _reporter(rng, world, context, witness, clerk, intake)
    shown |= _site(context, clerk) | _kind(world, context, witness, clerk) | _register(world, context)
    shown |= _upkeep(rng, world, context, clerk) | _last_closed(rng, context, clerk)
    shown |= _vendor(rng, world, context, clerk)
    shown |= instrument_readings.weather(rng, knobs, witness, clerk, *_climate(world, context))
    shown |= instrument_readings.food(witness, clerk) | instrument_readings.outages(witness, clerk)
    shown |= instrument_readings.trade_stopped(rng, witness, context) | instrument_readings.sensors(
        rng, witness, system
    )
    shown |= instrument_readings.orders(rng, clerk, world.upkeep[context.site]) | instrument_readings.money(rng, clerk)
    return Seen(shown=shown, stakes=stakes, latent=said | {"said_danger": names(tables.DANGERS, danger)})


def utc(at: Instants) -> pd.DatetimeIndex:
    """Make instants aware UTC."""
    return pd.DatetimeIndex(at).tz_localize("UTC")


def _dangers(rng: np.random.Generator, witness: Witness) -> tuple[list[list[str]], Codes]:
    """Return what intake ticked, and the danger written down (-1 for none): mostly, not always, the one ticked."""
    ticked = witness.see(Flag(by_severity(tables.DANGER_TICKED)))
    unasked = ~ticked & witness.see(Flag(by_severity(DANGER_SAID)), ~ticked)
    n = len(ticked)
    said = unasked | (ticked & (rng.random(n) < _SAID_THOUGH_TICKED))
    main = witness.see(Choice(tables.DANGER_GIVEN_CAUSE[:, None]), ticked | unasked)
    two = ticked & (rng.random(n) < _TWO_TICKED)
    second = (main + 1 + rng.integers(len(tables.DANGERS) - 1, size=n)) % len(tables.DANGERS)
    words = np.array(tables.DANGERS, dtype=object)
    flags = [
        ([words[a], words[b]] if more else [words[a]]) if any_ else []
        for a, b, any_, more in zip(main, second, ticked, two, strict=True)
    ]
    return flags, np.where(said, main, -1)


def _reporter(
    rng: np.random.Generator, world: World, context: Context, witness: Witness, clerk: Clerk, intake: Codes
) -> Shown:
    n, person = clerk.n, intake < _SYSTEM
    cumulative = np.cumsum(world.reporter_activity[context.site], axis=1)
    who = np.minimum((rng.random(n)[:, None] > cumulative).sum(axis=1), cumulative.shape[1] - 1)
    # Whoever does not say who they are writes from the shared login, which is neither loud nor shy.
    signed = person & clerk.filled(1)
    loudness = np.where(signed, world.loudness[context.site, who], 0.0)
    typed = clerk.filled(2)
    word = Word(by_severity(tables.URGENCY_SCORE), tables.URGENCY_CUTS, tables.URGENCY_NOISE, loudness)
    urgency = witness.see(word, typed)
    reporter = (world.sites[:, None] + np.array([f"-R{at}" for at in range(cumulative.shape[1])], dtype=object))[
        context.site, who
    ]
    approver = np.where(
        rng.random(n) < 0.006, reporter, np.array([f"B{at}" for at in range(40)], dtype=object)[context.site % 40]
    )
    role = np.where(person, rng.choice(5, n, p=_ROLES_OF_PEOPLE), tables.ROLES.index("system"))
    waited = np.minimum(rng.lognormal(np.log(0.3), 1.2, n), 72.0) * 3600.0
    return {
        "reported_at": utc(context.as_of - waited.astype("timedelta64[s]")),
        "ticket_id": [f"WO{number:08d}" for number in range(n)],
        "reporter_id": only(signed, reporter),
        "approver_id": only(clerk.filled(1, asked=0.5), approver),
        "reported_by_role": only(clerk.filled(), names(tables.ROLES, role)),
        "intake": names(tables.INTAKES, intake),
        "attachments_count": only(clerk.filled(), rng.poisson(0.6 + 0.4 * person)),
        "reported_urgency": only(typed, names(URGENCIES, urgency)),
    }


def _site(context: Context, clerk: Clerk) -> Shown:
    """Show what anybody who knows the site knows, whether the ticket says so or not."""
    hours = np.asarray(tables.FORMAT_HOURS)[context.format]
    left = np.clip(7.0 + hours - context.hour, 0.0, hours) * context.trading
    return {
        "store_format": only(clerk.filled(), names(tables.FORMATS, context.format)),
        "opening_hours_per_day": only(clerk.filled(), hours),
        "trading_now": only(clerk.filled(), context.trading),
        "hours_to_close": only(clerk.filled(2), left),
        "sales_per_hour": only(clerk.filled(4), context.sales_per_hour),
    }


def _kind(world: World, context: Context, witness: Witness, clerk: Clerk) -> Shown:
    """Return what kind of thing is broken; where no asset is named its class is a guess from what broke."""
    assets, asset, named = world.assets, context.asset, context.named
    guessed = ~named & clerk.filled(4, asked=0.5)
    guess = witness.see(Choice(tables.ASSET_GIVEN_CAUSE[:, None]), guessed)
    cls = np.where(named, assets.cls[asset], guess)
    ticked, coded = clerk.filled(4), clerk.filled(6)
    trade = witness.see(Choice(tables.TICK_GIVEN_CAUSE[:, None]), ticked)
    code = witness.see(Choice(tables.CODE_GIVEN_CAUSE[:, None]), coded)
    return {
        "asset_class": only(named | guessed, names(ASSET_CLASSES, cls)),
        "regulatory_asset": only(named & clerk.filled(), _REGULATED[cls]),
        "asset_model": only(
            named & clerk.filled(2),
            np.array([f"M{c:02d}{m}" for c, m in zip(cls, assets.model[asset], strict=True)], dtype=object),
        ),
        "serial_number": only(named & clerk.filled(8), np.array([f"SN{at:06d}" for at in asset], dtype=object)),
        "trade": only(ticked, names(tables.CAUSES, trade)),
        "problem_code": only(coded, names(tables.PROBLEM_CODES, code)),
    }


def _register(world: World, context: Context) -> Shown:
    """Show what the asset register says of an asset that bears a number."""
    assets, asset, named = world.assets, context.asset, context.named
    born = assets.born[asset]
    ends = born + assets.warranty_days[asset].astype("timedelta64[D]")
    return {
        "asset_id": only(named, np.array([f"A{at:06d}" for at in asset], dtype=object)),
        "manufacturer": only(named, _MAKERS[assets.model[asset]]),
        "in_service_on": only(named, born.astype(object)),
        "warranty_expires_on": only(named, ends.astype(object)),
        "acquisition_cost": only(named, assets.cost[asset]),
        "replacement_cost": only(named, (assets.cost[asset] * 1.25).round(2)),
        "criticality": only(named, assets.criticality[asset]),
        "redundant_units_count": only(named, assets.spares[asset]),
    }


def _upkeep(rng: np.random.Generator, world: World, context: Context, clerk: Clerk) -> Shown:
    """Show planned maintenance: the interval and the last visit, or neither."""
    known = context.named & clerk.filled(3)
    interval = maintenance_interval(world.assets.cls[context.asset])
    since = np.rint(rng.gamma(3.0, 0.3, clerk.n) * interval).astype("timedelta64[D]")
    return {
        "last_maintained_on": only(known, (context.as_of.astype("datetime64[D]") - since).astype(object)),
        "maintenance_interval_days": only(known, interval),
    }


def _last_closed(rng: np.random.Generator, context: Context, clerk: Clerk) -> Shown:
    """Show when the asset's last work order closed: at some time since the last request, which is known anyway."""
    known = context.named & ~np.isnan(context.since_last) & clerk.filled(3)
    hours = np.nan_to_num(context.since_last) * rng.beta(6.0, 1.5, clerk.n)
    closed = context.as_of - (hours * 3600.0).astype("timedelta64[s]")
    closed[~known] = np.datetime64("NaT")
    return {"last_work_order_closed_at": utc(closed)}


def _vendor(rng: np.random.Generator, world: World, context: Context, clerk: Clerk) -> Shown:
    """Show the contractor that the region's contracts name; its habits are known whether the ticket names it or not."""
    n, region, trade = clerk.n, world.region[context.site], vendor_trade(world, context)
    slowness = world.vendor_slowness[region, trade]
    given = clerk.filled(3)
    registered = given & clerk.filled(4)
    licences = [*(LICENCE_OF_TRADE.get(name, "plumbing") for name in tables.CAUSES), "plumbing"]
    licensed = world.vendor_licensed[region, trade]
    return {
        "vendor_id": only(given, "V" + (region * (GENERAL_CONTRACTOR + 1) + trade).astype(str).astype(object)),
        "vendor_insured": only(registered, rng.random(n) >= 0.015),
        "vendor_licences": [
            ([licences[of]] if ok else ["none"]) if known else []
            for of, ok, known in zip(trade, licensed, registered, strict=True)
        ],
        "vendor_on_time_rate": only(given & clerk.filled(6), _rate(1.4 - slowness + rng.normal(0.0, 0.25, n))),
        "vendor_first_time_fix_rate": only(
            given & clerk.filled(6), _rate(1.0 - 0.6 * slowness + rng.normal(0.0, 0.3, n))
        ),
        "contract_response_hours": only(given, np.where(trade % 3 == 0, 48.0, 24.0)),
    }


def _climate(world: World, context: Context) -> tuple[Floats, Flags]:
    """Return the usual temperature of the day at the site, and whether it is the warm half of the year."""
    day = (context.as_of.astype("datetime64[D]") - context.as_of.astype("datetime64[Y]")).astype(np.int64)
    wave = np.cos((day - 200) / 365.25 * 2.0 * np.pi)
    return 12.0 + 12.0 * wave + world.climate[context.site], wave > 0.0


def _rate(log_odds: Floats) -> NDArray[Any]:
    return np.asarray((1.0 / (1.0 + np.exp(-log_odds))).round(3))
