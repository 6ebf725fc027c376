"""When paying a line as billed is wrong, and what it costs: both by the cause and by what our records show of the
line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lab.simulators.invoice_discrepancy import parameters as tables
from lab.simulators.invoice_discrepancy.evidence import Flags
from lab.simulators.invoice_discrepancy.goods import (
    MORE,
    NOTHING,
    PART,
    PRICE_BY_PACK,
    PRICE_OFF,
    Invoice,
    Prices,
    Record,
)
from lab.simulators.invoice_discrepancy.papers import Extras
from lab.simulators.invoice_discrepancy.parameters import CAUSES, INDEX, of
from lab.simulators.retailer import Codes, Floats

_MIN_SHARE: Final = 0.01
_COST_SPREAD: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFact:
    """Something our records show of a line, where they show anything of it."""

    known: Flags
    holds: Flags


def facts(
    invoice: Invoice, prices: Prices, record: Record, extras: Extras, room: FileFact, bank_wrong: FileFact
) -> Mapping[str, FileFact]:
    """Return what our records show of every line."""
    short = np.isin(record.receipt, [NOTHING, PART]) | (record.rejected_seen & (record.rejected > 0))
    both = prices.seen & record.seen
    by_pack = (prices.state == PRICE_BY_PACK) & (record.scale == 1)
    above = (prices.state == PRICE_OFF) & (prices.change > 1.0)
    return {
        "billed_above": FileFact(known=prices.seen, holds=above),
        "missing_goods": FileFact(known=record.seen, holds=short),
        "nothing_received": FileFact(known=record.seen, holds=record.receipt == NOTHING),
        "surplus_delivered": FileFact(known=record.seen, holds=record.receipt == MORE),
        "pack_harms": FileFact(known=both, holds=by_pack),
        "charged_much": FileFact(
            known=extras.charges_seen, holds=extras.charges > tables.MUCH_CHARGED * invoice.amount
        ),
        "overtaxed": FileFact(known=extras.tax_seen, holds=extras.tax_excess > 0),
        "exceeds_order": room,
        "bank_wrong": bank_wrong,
        "exceeds_receipt": FileFact(
            known=both, holds=(record.receipt == NOTHING) | (prices.change > tables.MUCH_BILLED)
        ),
    }


def probability_wrong(found: Mapping[str, FileFact], n: int) -> Floats:
    """Return P(wrong | cause, what our records show), shape (n, C)."""
    probability: Floats = np.empty((n, len(CAUSES)))
    for cause, (fact, without, unknown, with_it) in tables.WRONG.items():
        shown = found.get(fact)
        of_cause = unknown if shown is None else np.where(shown.known, np.where(shown.holds, with_it, without), unknown)
        probability[:, INDEX[cause]] = of_cause
    return probability


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPayment:
    """What a wrong payment costs: the overpaid amount that stays lost plus the cost of getting the rest back.

    overpaid: by cause, as far as our records show it, money, shape (n, C).
    """

    overpaid: Floats

    def expected(self) -> Floats:
        """Return E[loss | wrong, cause, what our records show], shape (n, C)."""
        first, second = of(tables.RECOVERED).T
        cost = of(tables.RECOVERY_COST) * np.exp(_COST_SPREAD**2 / 2.0)
        expected: Floats = self.overpaid * (second / (first + second)) + cost
        return expected

    def draw(self, rng: np.random.Generator, cause: Codes) -> Floats:
        """Draw the loss of every line if it is wrong."""
        lost = 1.0 - rng.beta(*of(tables.RECOVERED)[cause].T)
        cost = of(tables.RECOVERY_COST)[cause] * rng.lognormal(0.0, _COST_SPREAD, len(cause))
        loss: Floats = self.overpaid[np.arange(len(cause)), cause] * lost + cost
        return loss


def costs(invoice: Invoice, prices: Prices, record: Record, extras: Extras) -> WrongPayment:
    """Return by how much each line is overpaid under every cause; a usual share where our records do not say."""
    amount = invoice.amount
    rejected = np.where(record.rejected_seen, record.rejected, 0)
    accepted = (record.delivered - rejected) / record.scale
    overbilled, priced = (invoice.price - prices.ours) * invoice.billed, prices.seen
    missing = np.maximum(0.0, invoice.billed - accepted) * invoice.price
    surplus = np.maximum(0.0, accepted - invoice.billed) * invoice.price
    shown = {
        "supplier_pricing_error": (overbilled, priced), "po_price_outdated": (overbilled, priced),
        "short_shipment_or_damage": (missing, record.seen), "partial_delivery_split": (missing, record.seen),
        "over_shipment": (surplus, record.seen), "unplanned_charge": (extras.charges, extras.charges_seen),
        "tax_or_fx_variance": (np.abs(extras.tax_excess), extras.tax_seen),
    }  # fmt: skip
    overpaid: Floats = amount[:, None] * of(tables.OVERPAID_SHARE)
    for cause, (much, known) in shown.items():
        usual = overpaid[:, INDEX[cause]]
        overpaid[:, INDEX[cause]] = np.where(known, np.maximum(much, _MIN_SHARE * amount), usual)
    return WrongPayment(overpaid=overpaid)
