"""A retailer whose invoices do not match: causes first, then what the payable desk would see of each line. Synthetic."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.simulators import invoice_discrepancy_tables as tables
from training.simulators.invoice_discrepancy_observed import Line, observe
from training.simulators.invoice_discrepancy_tables import CAUSES, INDEX, of
from training.simulators.invoice_discrepancy_world import World, chance_wrong, draw_world
from training.simulators.retailer import Floats, Knobs, Simulated, exception_ids, late, mislabel

RECOVERED: Final = {"suspected_fraud": (1.0, 7.0), "duplicate_invoice": (6.0, 3.0), "*": (7.0, 3.0)}
RECOVERY_COST: Final = {"suspected_fraud": 1500.0, "duplicate_invoice": 200.0, "*": 85.0}
# Share of the line overpaid where the observed difference does not say it.
OVERPAID_SHARE: Final = {
    "duplicate_invoice": 1.0, "suspected_fraud": 1.0, "data_capture_error": 0.35, "vendor_master_mismatch": 0.5,
    "missing_or_wrong_po": 0.35, "po_closed_or_exhausted": 0.3, "uom_or_pack_mismatch": 0.5, "*": 0.05,
}  # fmt: skip


def simulate(knobs: Knobs) -> Simulated:
    """Draw `rows` invoice lines with their outcomes and truth."""
    rng = np.random.default_rng(knobs.seed)
    world = draw_world(rng, knobs)
    cases, line = observe(rng, world, knobs)
    chance = chance_wrong(world, line.facts)
    wrong = rng.random(knobs.rows) < chance
    loss = np.where(wrong, _loss(rng, world, line), 0.0).round(2)
    cause = np.array(CAUSES, dtype=object)[world.cause]
    ids = exception_ids("inv", knobs)
    as_of = pd.to_datetime(world.at, utc=True)
    head = pd.DataFrame({"exception_id": ids, "as_of": as_of, "source_system": "sap_s4", "currency": "USD"})
    truth = pd.DataFrame(
        {
            "exception_id": ids, "cause": cause, "wrong": wrong, "loss": loss, "chance_wrong": chance,
            "supplier": world.supplier, "site": world.site, "buyer": world.buyer, "item": world.item,
            "order_state": np.array(tables.ORDER_STATES, dtype=object)[world.order_state],
            "goodwill": world.entities.goodwill[world.supplier],
            "freight_agreed": world.entities.freight_agreed[world.supplier],
            **line.facts,
        }
    )  # fmt: skip
    outcomes = _outcomes(rng, world, knobs, truth)
    return Simulated(cases=pd.concat([head, cases], axis=1), outcomes=outcomes, truth=truth)


def _loss(rng: np.random.Generator, world: World, line: Line) -> Floats:
    """Give what a wrong payment costs: the overpaid amount that stays lost plus the cost of getting the rest back."""
    cause = world.cause
    overpaid = line.amount * of(OVERPAID_SHARE)[cause]
    observed: dict[str, Floats] = {
        "supplier_pricing_error": line.overbilled, "po_price_outdated": line.overbilled,
        "short_shipment_or_damage": line.not_received, "partial_delivery_split": line.not_received,
        "over_shipment": line.surplus, "unplanned_charge": line.charges, "tax_or_fx_variance": line.tax_excess,
    }  # fmt: skip
    for name, amount in observed.items():
        overpaid = np.where(cause == INDEX[name], np.maximum(amount, 0.01 * line.amount), overpaid)
    recovered = rng.beta(*of(RECOVERED)[cause].T)
    cost = of(RECOVERY_COST)[cause] * rng.lognormal(0.0, 0.4, len(cause))
    return overpaid * (1.0 - recovered) + cost


def _outcomes(rng: np.random.Generator, world: World, knobs: Knobs, truth: pd.DataFrame) -> pd.DataFrame:
    """Say what the business learnt: some causes confused, some overpayments never found, all of it late."""
    causes: NDArray[np.object_] = truth["cause"].to_numpy(dtype=object)
    noisy: Any = mislabel(rng, causes, knobs.label_noise, confusions=tables.CONFUSIONS)
    wrong = truth["wrong"].to_numpy(dtype=bool)
    found = wrong & (rng.random(knobs.rows) >= knobs.label_noise / 2)
    known_at = world.at.copy()
    days = of(tables.LABEL_DAYS)[world.cause]
    for median in np.unique(days):
        rows = days == median
        known_at[rows] = late(rng, world.at[rows], median_days=float(median))
    return pd.DataFrame(
        {
            "exception_id": truth["exception_id"],
            "cause": noisy,
            "wrong": found,
            "loss": np.where(found, truth["loss"], 0.0),
            "known_at": pd.to_datetime(known_at, utc=True),
            "source": "outcome",
        }
    )
