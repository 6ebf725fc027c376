"""A simulated retailer's returns: entities first, then the cause, then how it looks, then what became known of it."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from training.simulators import return_fraud_tables as tables
from training.simulators.retailer import Codes, Floats, Knobs, Simulated, exception_ids, late, mislabel, pick
from training.simulators.return_fraud_observed import observe, utc
from training.simulators.return_fraud_tables import CATEGORIES, CAUSES, FLAGS, TYPES, per_cause
from training.simulators.return_fraud_world import Flags, World, cause_weights, draw_world

# A case makes no sense without these, and a till always knows the last few.
_NEVER_MISSING: Final = frozenset(
    (
        "claim_type",
        "channel",
        "sku",
        "qty_claimed",
        "refund_amount",
        "product_flags",
        "reason_text",
        "site_id",
        "has_receipt",
    )
)


def simulate(knobs: Knobs) -> Simulated:
    """Draw a table of returns with their outcomes and the truth behind them."""
    rng = np.random.default_rng((knobs.seed, 2))
    world = draw_world(rng, knobs)
    cause = pick(rng, cause_weights(world))
    flags = {name: rng.random(world.n) < per_cause(table)[cause] for name, table in FLAGS.items()}
    cases = observe(rng, world, cause, flags)
    refund = np.asarray(cases["refund_amount"], dtype=np.float64)
    wrong = rng.random(world.n) < per_cause(tables.WRONG)[cause]
    loss = np.where(wrong, _loss(rng, world, cause, refund), 0.0)
    names = np.array(CAUSES, dtype=object)[cause]
    ids = exception_ids("RET", knobs)
    truth = pd.DataFrame(
        {"exception_id": ids, "cause": names, "wrong": wrong, "loss": loss}
        | _latents(world, flags)
        | {"text_themes": cases.pop("text_themes")}
    )
    head = {"exception_id": ids, "as_of": utc(world.at), "source_system": "pos", "currency": "USD"}
    frame = pd.DataFrame(head | _leave_out(rng, cases, knobs.missing_rate))
    return Simulated(cases=frame, outcomes=_outcomes(rng, knobs, world, truth), truth=truth)


def _loss(rng: np.random.Generator, world: World, cause: Codes, refund: Floats) -> Floats:
    """Give refund less salvage plus handling, in money, had the return been accepted."""
    salvage = (
        np.array([tables.SALVAGE[name] for name in CATEGORIES])[world.category] * per_cause(tables.SALVAGED)[cause]
    )
    kept = np.minimum(1.0, salvage * rng.beta(8.0, 2.0, world.n) / 0.8)
    return np.round(refund * (1.0 - kept) + rng.uniform(*tables.HANDLING, world.n), 2)


def _latents(world: World, flags: dict[str, Flags]) -> dict[str, Any]:
    return {
        "customer_kind": np.array(TYPES, dtype=object)[world.kind],
        "dishonest_associate": world.dishonest,
        "site_factor": world.site_factor,
        "fault_rate": world.fault_rate,
        "copied_words": flags["copied_words"],
    }


def _outcomes(rng: np.random.Generator, knobs: Knobs, world: World, truth: pd.DataFrame) -> pd.DataFrame:
    """Record each outcome when it became known; some frauds go down as something else, or as nothing at all."""
    true_cause = truth["cause"].to_numpy(dtype=object)
    cause = mislabel(rng, true_cause, knobs.label_noise, confusions=tables.CONFUSIONS)
    missed = (cause == "legitimate") & (true_cause != "legitimate")
    wrong = truth["wrong"].to_numpy() & ~missed
    delays = np.array([tables.LABEL_DELAY_DAYS[name] for name in true_cause])
    known_at = world.at.copy()
    for median in np.unique(delays):
        rows = delays == median
        known_at[rows] = late(rng, world.at[rows], median_days=float(median))
    return pd.DataFrame(
        {
            "exception_id": truth["exception_id"],
            "cause": cause,
            "wrong": wrong,
            "loss": np.where(wrong, truth["loss"].to_numpy(), 0.0),
            "known_at": utc(known_at),
            "source": "outcome",
        }
    )


def _leave_out(rng: np.random.Generator, cases: Mapping[str, Any], rate: float) -> dict[str, Any]:
    """Leave out a share of the optional fields, whatever the cause; some sources leave out more than others."""
    kept: dict[str, Any] = {}
    for name, values in cases.items():
        share = 0.0 if name in _NEVER_MISSING else min(1.0, rate * float(rng.uniform(0.3, 1.5)))
        kept[name] = pd.Series(values).mask(rng.random(len(values)) < share, None) if share else values
    return kept
