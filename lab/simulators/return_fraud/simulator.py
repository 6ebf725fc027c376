"""A simulated retailer's returns: households first, then the cause, then how it looks, then what became known of it."""

from typing import Any, Final

import numpy as np
import pandas as pd

from lab.simulators.posterior import Evidence, posterior
from lab.simulators.recording import record
from lab.simulators.retailer import Codes, Floats, Knobs, Simulated, exception_ids, pick
from lab.simulators.return_fraud import parameters as tables
from lab.simulators.return_fraud.evidence import Sheet, named
from lab.simulators.return_fraud.observed import observe, utc
from lab.simulators.return_fraud.parameters import CAUSES, KINDS
from lab.simulators.return_fraud.world import World, cause_probabilities, draw_world

TRAPS: Final = ("closure_code", "refund_adjusted")
"""Leaks that can be planted: the closure code of the case in `reason_text`; `upstream_authorization` rewritten
afterwards."""
_TRAPPED: Final = 0.7


def simulate(knobs: Knobs) -> Simulated:
    """Draw a table of returns with their outcomes and the truth behind them."""
    rng = np.random.default_rng((knobs.seed, 2))
    world = draw_world(rng, knobs)
    probabilities = cause_probabilities(world)
    cause = pick(rng, probabilities[np.arange(world.n), world.kind])
    sheet = Sheet(rng, cause, causes=len(CAUSES), missing_rate=knobs.missing_rate)
    cases = observe(sheet, world)
    wrong = rng.random(world.n) < tables.WRONG[cause]
    impact = _impact(world, cases["refund_amount"])
    loss = np.where(wrong, _loss(rng, world, cause, cases["refund_amount"]), 0.0)
    wrong_given = tables.WRONG[None, None, :]
    recorded = record(
        rng,
        knobs,
        causes=CAUSES,
        cause=cause,
        wrong=wrong,
        loss=loss,
        at=world.at,
        wrong_given=wrong_given,
        confusions=tables.CONFUSIONS,
        harmless=tables.HARMLESS,
    )
    evidence = Evidence(
        entity=world.household,
        log_prior=np.log(tables.KIND_SHARES),
        log_joint=_log_joint(probabilities, world.log_kind, sheet.evidence),
        wrong=wrong_given,
        impact=impact[:, None, :],
    )
    ids = exception_ids("RET", knobs)
    settled = {"exception_id": ids, "cause": named(CAUSES, cause), "wrong": wrong, "loss": loss}
    latent = {"customer_kind": named(KINDS, world.kind), "text_themes": cases.pop("text_themes")}
    known = posterior(evidence, recorded.evidence, world.at).truth_columns(CAUSES)
    truth = pd.DataFrame(settled | known | latent)
    _plant(knobs, cases, truth)
    head = {"exception_id": ids, "as_of": utc(world.at), "source_system": "pos", "currency": "USD"}
    outcomes = pd.concat([truth[["exception_id"]], recorded.frame], axis=1)
    return Simulated(cases=pd.DataFrame(head | cases), outcomes=outcomes, truth=truth)


def _log_joint(probabilities: Floats, log_kind: Floats, log_seen: Floats) -> Floats:
    """Return ln P(cause, all that is seen | kind), shape (n, n_kinds, n_causes)."""
    with np.errstate(divide="ignore"):
        joint = np.log(probabilities)
    joint += log_kind[:, :, None]
    joint += log_seen[:, None, :]
    return joint


def _salvage(world: World) -> Floats:
    """Return the expected share of the refund that the goods still fetch, by cause, shape (n, n_causes)."""
    share: Floats = tables.SALVAGE[world.category][:, None] * tables.SALVAGED
    return share


def _impact(world: World, refund: Floats) -> Floats:
    """Return E[loss | wrong, cause, refund], shape (n, n_causes)."""
    expected: Floats = refund[:, None] * (1.0 - _salvage(world)) + float(np.mean(tables.HANDLING))
    return expected


def _loss(rng: np.random.Generator, world: World, cause: Codes, refund: Floats) -> Floats:
    """Return refund less salvage plus handling, in money, had the return been accepted."""
    one, other = tables.SALVAGE_BETA
    salvage = _salvage(world)[np.arange(world.n), cause] * rng.beta(one, other, world.n) * (one + other) / one
    return np.round(refund * (1.0 - salvage) + rng.uniform(*tables.HANDLING, world.n), 2)


def _plant(knobs: Knobs, cases: dict[str, Any], truth: pd.DataFrame) -> None:
    """Let what became known later show in most of the cases, if a trap is asked for."""
    rng = np.random.default_rng((knobs.seed, 3))
    rows = np.flatnonzero(rng.random(len(truth)) < _TRAPPED)
    wrong, cause = truth["wrong"].to_numpy(), truth["cause"].to_numpy()
    if knobs.trap == "closure_code":
        for row in rows.tolist():
            code = f"closed RC-{CAUSES.index(cause[row]):02d}"
            text = cases["reason_text"][row]
            cases["reason_text"][row] = f"{text}; {code}" if text else code
    elif knobs.trap == "refund_adjusted":
        cases["upstream_authorization"][rows] = np.where(wrong[rows], "deny", "accept")
