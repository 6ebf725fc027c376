"""A retailer whose invoices do not match: causes first, then what accounts payable would see of each line.
Synthetic."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lab.simulators.invoice_discrepancy import parameters as tables
from lab.simulators.invoice_discrepancy.observed import Observed, observe
from lab.simulators.invoice_discrepancy.parameters import CAUSES, INDEX
from lab.simulators.invoice_discrepancy.wording import ALL_PHRASES, with_resolution
from lab.simulators.invoice_discrepancy.world import World, draw_world
from lab.simulators.posterior import Evidence, posterior
from lab.simulators.recording import record
from lab.simulators.retailer import Knobs, Simulated, exception_ids

TRAPS: Final = ("resolution_note", "price_after_fix")


def simulate(knobs: Knobs) -> Simulated:
    """Draw `rows` invoice lines with their outcomes and the exact truth."""
    rng = np.random.default_rng(knobs.seed)
    world = draw_world(rng, knobs)
    seen = observe(rng, world, knobs)
    wrong = rng.random(knobs.rows) < seen.wrong[np.arange(knobs.rows), world.cause]
    loss = np.where(wrong, seen.costs.draw(rng, world.cause), 0.0).round(2)
    wrong_given = seen.wrong[:, None, :]
    recorded = record(
        rng, knobs, causes=CAUSES, cause=world.cause, wrong=wrong, loss=loss, at=world.at, wrong_given=wrong_given,
        confusions=tables.CONFUSIONS, harmless=tables.HARMLESS,
    )  # fmt: skip
    evidence = Evidence(
        entity=world.visits.entity, log_prior=np.log(np.array(tables.KIND_SHARE)),
        log_joint=world.log_joint(seen.log_likelihood), wrong=wrong_given, impact=seen.costs.expected()[:, None, :],
    )  # fmt: skip
    exact = posterior(evidence, recorded.evidence, world.at)
    ids = exception_ids("inv", knobs)
    as_of = pd.to_datetime(world.at, utc=True)
    head = pd.DataFrame({"exception_id": ids, "as_of": as_of, "source_system": "sap_s4", "currency": "USD"})
    truth = {"exception_id": ids, "cause": np.array(CAUSES, dtype=object)[world.cause], "wrong": wrong, "loss": loss}
    return Simulated(
        cases=_with_trap(rng, knobs, pd.concat([head, seen.cases], axis=1), world, seen, wrong),
        outcomes=pd.concat([pd.DataFrame({"exception_id": ids}), recorded.frame], axis=1),
        truth=pd.DataFrame(truth | exact.truth_columns(CAUSES) | _latent(world, seen)),
    )


def _latent(world: World, seen: Observed) -> dict[str, object]:
    """Name what else no model may read."""
    return {
        "lane_kind": np.array(tables.KINDS, dtype=object)[world.kind],
        "lane_held_before": world.visits.nth,
        "phrase": np.array([*ALL_PHRASES, None], dtype=object)[seen.phrase],
        "resent": seen.resent,
    }


def _with_trap(
    rng: np.random.Generator, knobs: Knobs, cases: pd.DataFrame, world: World, seen: Observed, wrong: NDArray[np.bool_]
) -> pd.DataFrame:
    """Plant the leak asked for, none for ""."""
    if knobs.trap == "resolution_note":
        return cases.assign(notes=with_resolution(cases["notes"].to_numpy(dtype=object), wrong, rng))
    if knobs.trap == "price_after_fix":
        mended = seen.prices.seen & (world.cause == INDEX["po_price_outdated"])
        price = cases["line_amount"].astype(float) / cases["invoiced_qty"].astype(float)
        return cases.assign(po_unit_price=cases["po_unit_price"].where(~mended, price.round(4)))
    return cases
