"""A simulated maintenance desk. Assets of hidden kinds need somebody; what broke and how bad it is follow from kind,
site and season, what the ticket shows follows from those, and what could be known of each request is exact. All of it
is invented."""

from typing import Any, Final

import numpy as np
import pandas as pd

from lab.simulators.maintenance_priority import parameters as tables
from lab.simulators.maintenance_priority.causes import (
    N_CAUSES,
    N_SEVERITIES,
    cause_log_probabilities,
    conclude,
    losses,
    settle,
    severe_log_odds,
)
from lab.simulators.maintenance_priority.evidence import Hidden, Witness
from lab.simulators.maintenance_priority.tickets import URGENCIES, observe, utc
from lab.simulators.maintenance_priority.world import Context, build_world, draw_context, draw_requests
from lab.simulators.posterior import Evidence, posterior
from lab.simulators.recording import record
from lab.simulators.retailer import Codes, Knobs, Simulated, exception_ids

TRAPS: Final = ("dispatch_time", "edited_priority")
"""dispatch_time: the last order closed is this request's own, so it shows how soon somebody was sent. edited_priority:
the urgency is as corrected after the visit."""
_CONFUSED: Final = {
    "plumbing_leak_drain": ("roof_structural", "general_building"), "roof_structural": ("plumbing_leak_drain",),
    "hvac_comfort": ("refrigeration_temp",), "refrigeration_temp": ("hvac_comfort", "food_equipment"),
    "food_equipment": ("refrigeration_temp",), "lighting_electrical": ("general_building",),
    "doors_entrance": ("security_loss_prevention", "general_building"), "pos_payment_it": ("lighting_electrical",),
    "security_loss_prevention": ("doors_entrance", "pos_payment_it"), "general_building": ("doors_entrance",),
    "pest_janitorial_exterior": ("general_building",), "fire_life_safety": ("security_loss_prevention",),
    "material_handling_lift": ("doors_entrance",),
}  # fmt: skip
_SENT_AFTER_HOURS: Final = (2.0, 6.0, 50.0, 200.0)
_CORRECTED: Final = 0.9


def simulate(knobs: Knobs) -> Simulated:
    """Draw a maintenance desk's tickets, what became of them, and the truth behind both with what could be known of
    it."""
    rng = np.random.default_rng(knobs.seed)
    visits = draw_requests(rng, knobs)
    world = build_world(rng, knobs, visits)
    context = draw_context(world, visits)
    log_kinds = np.log(tables.KIND_SHARE)
    # Nothing ties a request without a number to others: it is the only one of its asset.
    alone = rng.choice(len(tables.KINDS), knobs.rows, p=tables.KIND_SHARE)
    kind: Codes = np.where(context.named, visits.kind[visits.entity], alone)
    log_probabilities, log_odds = cause_log_probabilities(knobs, world, context), severe_log_odds(knobs, world, context)
    hidden = settle(rng, log_probabilities, log_odds, kind)
    witness = Witness(rng, hidden, causes=N_CAUSES, severities=N_SEVERITIES)
    seen = observe(rng, knobs, world, context, witness)
    verdict = conclude(log_probabilities, log_odds, witness.testimony(), context, seen.stakes)
    wrong, loss = hidden.severity < 2, losses(rng, context, hidden, seen.stakes)
    recorded = record(
        rng, knobs, causes=tables.CAUSES, cause=hidden.cause, wrong=wrong, loss=loss, at=visits.at,
        wrong_given=verdict.wrong, confusions=_CONFUSED,
    )  # fmt: skip
    evidence = Evidence(
        entity=np.where(context.named, visits.entity, -1),
        log_prior=log_kinds,
        log_joint=verdict.log_joint + np.where(context.named[:, None], visits.log_gap, 0.0)[:, :, None],
        wrong=verdict.wrong,
        impact=verdict.impact,
    )
    known = posterior(evidence, recorded.evidence, visits.at)
    ids = exception_ids("MNT", knobs)
    truth = {
        "exception_id": ids, "cause": np.array(tables.CAUSES, dtype=object)[hidden.cause], "wrong": wrong, "loss": loss,
        **known.truth_columns(tables.CAUSES), "severity": hidden.severity + 1,
        "kind": np.array(tables.KINDS, dtype=object)[kind], "nth": visits.nth,
    } | seen.latent  # fmt: skip
    head = {"exception_id": ids, "as_of": utc(visits.at), "source_system": "cmms", "currency": "USD"}
    shown = seen.shown | _trapped(knobs, context, hidden, seen.shown)
    outcomes = recorded.frame
    outcomes.insert(0, "exception_id", ids)
    return Simulated(cases=pd.DataFrame(head | shown), outcomes=outcomes, truth=pd.DataFrame(truth))


def _trapped(knobs: Knobs, context: Context, hidden: Hidden, shown: dict[str, Any]) -> dict[str, Any]:
    """Replace a field by what it became after the decision, where a trap is to be planted."""
    if not knobs.trap:
        return {}
    rng = np.random.default_rng((knobs.seed, TRAPS.index(knobs.trap)))
    n = len(hidden.severity)
    if knobs.trap == "dispatch_time":
        hours = np.asarray(_SENT_AFTER_HOURS)[hidden.severity] * rng.lognormal(0.0, 0.5, n)
        return {"last_work_order_closed_at": utc(context.as_of + (hours * 3600.0).astype("timedelta64[s]"))}
    corrected = np.array(URGENCIES, dtype=object)[len(URGENCIES) - 1 - hidden.severity]
    return {"reported_urgency": np.where(rng.random(n) < _CORRECTED, corrected, shown["reported_urgency"])}
