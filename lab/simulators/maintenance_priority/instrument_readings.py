"""What is measured, counted and priced on a simulated request: food, sensors, lanes, units, hours without, money."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lab.simulators.maintenance_priority import parameters as tables
from lab.simulators.maintenance_priority.causes import Stakes
from lab.simulators.maintenance_priority.evidence import (
    Down,
    Flag,
    Flags,
    LogNormal,
    Normal,
    Share,
    Witness,
    by_cause,
    by_severity,
)
from lab.simulators.maintenance_priority.world import Context
from lab.simulators.retailer import Codes, Floats, Knobs

Shown = dict[str, Any]
_CHILLED: Final = tables.CAUSES.index("refrigeration_temp")
_ALLOWED: Final = np.array([750.0, 1000.0, 1500.0, 2500.0])
_MAX_LEFT_OUT: Final = 0.85
_PRODUCT: Final = LogNormal(
    by_cause(tables.over_causes(tables.PRODUCT_VALUE, tables.USUAL_PRODUCT_VALUE)) * (1.6, 1.3, 1.0, 1.0), 0.8
)
_AFFECTED: Final = Share(by_severity(tables.AFFECTED_SHARE), 16.0)
_STEPS: Final = ("dispatch", "close", "merge")
_LEVELS: Final = ("P1", "P2", "P3")


@dataclass(frozen=True, slots=True)
class Clerk:
    """Leaves out fields whatever they say, in proportion to how often this retailer leaves fields out."""

    rng: np.random.Generator
    rate: float
    n: int

    def filled(self, times: float = 1.0, *, asked: float = 1.0) -> Flags:
        """Return where a field is filled in: left out at `times` the retailer's rate, and asked for in that share of
        cases."""
        probability = asked * (1.0 - min(times * self.rate, _MAX_LEFT_OUT))
        return np.asarray(self.rng.random(self.n) < probability)


def only(given: Flags, values: Any) -> Any:
    """Keep the values given, None elsewhere."""
    kept = np.asarray(values).astype(object)
    kept[~given] = None
    return kept


def names(vocabulary: tuple[str, ...], codes: Codes) -> Any:
    """Spell codes out; -1 is nothing."""
    return np.array([*vocabulary, None], dtype=object)[codes]


def food(witness: Witness, clerk: Clerk) -> Shown:
    """Take the temperature of the food."""
    usual = np.full((len(tables.CAUSES), len(tables.SEVERITIES)), tables.FOOD_CELSIUS_ELSEWHERE)
    usual[_CHILLED] = tables.FOOD_CELSIUS
    measured = witness.see(_there(tables.FOOD_MEASURED, 0.01))
    celsius = witness.see(Normal(usual, 2.0), measured)
    above = measured & (celsius > 5.0)
    timed = measured & clerk.filled(2, asked=0.8)
    minutes = witness.see(LogNormal(by_severity(tables.MINUTES_ABOVE), 0.8, digits=1), timed & above)
    return {
        "food_temperature_celsius": only(measured, celsius),
        "minutes_above_limit": only(timed, np.where(above, minutes, 0.0)),
    }


def outages(witness: Witness, clerk: Clerk) -> Shown:
    """Count the hours without power, water or fire system."""
    cut = witness.see(_there(tables.POWER_COUNTED, 0.004))
    timed = witness.see(_there(tables.FIRE_SYSTEM_TIMED, 0.002))
    cut_hours = witness.see(LogNormal(by_severity(tables.POWER_OUT_HOURS), 0.7), cut)
    fire_hours = witness.see(LogNormal(by_severity(tables.FIRE_SYSTEM_OUT_HOURS), 0.7), timed)
    known = clerk.filled(3)
    outage = witness.see(Flag(tables.over_causes(tables.OUTAGE_GIVEN_CAUSE, tables.OUTAGE)), known)
    return {
        "power_or_water_out_hours": only(cut, cut_hours),
        "fire_system_out_hours": only(timed, fire_hours),
        "utility_outage": only(known, outage),
    }


def trade_stopped(rng: np.random.Generator, witness: Witness, context: Context) -> Shown:
    """Count lanes and like units that are down."""
    share = by_severity(tables.UNITS_DOWN_SHARE)
    lanes = np.asarray(tables.FORMAT_LANES)[context.format]
    units = 2 + rng.poisson(3.0, len(lanes))
    has_lanes = lanes > 0
    lanes_known = has_lanes & witness.see(_there(tables.LANES_COUNTED, 0.01), has_lanes)
    counted = witness.see(_there(tables.UNITS_COUNTED, 0.02))
    return {
        "lanes_total": only(lanes_known, lanes),
        "lanes_down": only(lanes_known, witness.see(Down(lanes, share), lanes_known)),
        "units_total": only(counted, units),
        "units_down": only(counted, witness.see(Down(units, share), counted)),
    }


def sensors(rng: np.random.Generator, witness: Witness, system: Flags) -> Shown:
    """Read the sensors of what is wired; nearly everything that raises its own alarm is."""
    n = len(system)
    wired = witness.see(_there(tables.WIRED, 0.01), ~system)
    wired = np.where(system, rng.random(n) < 0.9, wired)
    celsius = witness.see(Normal(by_cause(tables.over_causes(tables.SENSOR_CELSIUS, 21.0)), 4.0), wired)
    slope = witness.see(Normal(by_severity(tables.SLOPE_CELSIUS_PER_HOUR), 1.0, digits=2), wired)
    alarmed = rng.random(n) < np.where(system, 0.85, 0.06)
    alarms = np.array(("A01", "A07", "E12", "E15", "F03", "HT1", "LP2"), dtype=object)
    return {
        "sensor_temperature_celsius": only(wired, celsius),
        "sensor_slope_celsius_per_hour": only(wired, slope),
        "sensor_pressure_bar": only(wired & (rng.random(n) < 0.6), rng.normal(14.0, 2.5, n).round(1)),
        "sensor_current_amperes": only(wired & (rng.random(n) < 0.5), rng.gamma(5.0, 2.2, n).round(1)),
        "alarm_code": only(alarmed, alarms[rng.integers(len(alarms), size=n)]),
    }


def stakes(witness: Witness, clerk: Clerk) -> tuple[Shown, Stakes]:
    """Return what share of the trade is touched and what the product is worth; what is not shown is lost all the
    same."""
    share_shown, valued = clerk.filled(2, asked=0.4), witness.see(_there(tables.PRODUCT_VALUED, 0.02))
    share = witness.see(_AFFECTED, share_shown)
    product = witness.see(_PRODUCT, valued)
    shown = {"sales_share_affected": only(share_shown, share), "product_at_risk_value": only(valued, product)}
    return shown, Stakes(
        share=share, share_shown=share_shown, product=product, product_shown=valued, product_usual=_PRODUCT.mean
    )


def money(rng: np.random.Generator, clerk: Clerk) -> Shown:
    """Estimate the repair, and say what the caller would do and is allowed to."""
    step = rng.choice(4, clerk.n, p=(0.38, 0.60, 0.012, 0.008)) - 1
    level = rng.choice(4, clerk.n, p=(0.985, 0.003, 0.006, 0.006)) - 1
    return {
        "estimated_repair_cost": only(clerk.filled(4, asked=0.8), rng.lognormal(np.log(370.0), 0.75, clerk.n).round(2)),
        "not_to_exceed_amount": only(clerk.filled(5), _ALLOWED[rng.integers(len(_ALLOWED), size=clerk.n)]),
        "is_capital_spend": only(clerk.filled(4), rng.random(clerk.n) < 0.012),
        "requested_step": names(_STEPS, step),
        "level_to_lower": names(_LEVELS, level),
    }


def weather(
    rng: np.random.Generator, knobs: Knobs, witness: Witness, clerk: Clerk, usual: Floats, warm: Flags
) -> Shown:
    """Read the weather feed: it is harsher when comfort or cooling fails badly. Both of its fields are there, or
    neither."""
    known = clerk.filled(2)
    harsh = tables.over_causes(tables.HARSH, (0.0,) * len(tables.SEVERITIES)) * knobs.seasonality
    away = witness.see(Normal(harsh, 5.0), known)
    celsius = (usual + np.where(warm, away, -away)).round(1)
    storm = witness.see(Flag(by_cause(tables.over_causes(tables.STORM_GIVEN_CAUSE, tables.STORM))), known)
    snow = (celsius < 1.0) & (rng.random(clerk.n) < 0.25)
    alert = np.select([storm, celsius > 31.0, celsius < -7.0, snow], ["storm", "heat", "cold", "snow"], default="none")
    return {"outside_temperature_celsius": only(known, celsius), "weather_alert": only(known, alert)}


def orders(rng: np.random.Generator, clerk: Clerk, upkeep: Floats) -> Shown:
    """Count the work orders already open."""
    n = clerk.n
    alike = np.where(rng.random(n) < 0.05, rng.beta(9.0, 1.8, n), rng.beta(1.6, 6.0, n)).round(3)
    return {
        "open_work_orders_same_asset": only(clerk.filled(4, asked=0.8), rng.poisson(0.35, n)),
        "open_work_orders_at_site": only(clerk.filled(3), rng.poisson(np.exp(1.2 + upkeep))),
        "closest_open_similarity": only(clerk.filled(5), alike),
    }


def _there(probabilities: Any, usual: float) -> Flag:
    """Return whether a reading is there at all, by cause."""
    return Flag(by_cause(tables.over_causes(probabilities, usual)))
