"""What was ordered, delivered and billed on each line, and at which price.

The invoice itself says nothing about the cause: its quantity and price are drawn alike for all. What betrays the cause
is how our own records stand to it. Ordered, received and earlier billed quantities come from one record, which is there
or not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lab.simulators.invoice_discrepancy import parameters as tables
from lab.simulators.invoice_discrepancy.evidence import Flags, Sheet
from lab.simulators.invoice_discrepancy.world import World
from lab.simulators.retailer import Codes, Floats

ITEMS_PER_SUPPLIER: Final = 10
PACKS: Final = (6, 8, 10, 12, 24)
SAME_PRICE, PRICE_OFF, PRICE_BY_PACK = range(3)
NOTHING, PART, ALL, MORE = range(4)
_MIN_QUANTITY, _MAX_QUANTITY = 4, 4000
_MAX_SURPLUS: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """The line as billed, the same whatever the cause. resent: a copy of the lane's line before, number and all."""

    number: Codes
    line_number: Codes
    order: Codes
    item: Codes
    pack: Codes
    billed: Codes
    price: Floats
    amount: Floats
    resent: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The order's price and what else speaks for one price. seen: our price is on file; change: invoice price over
    ours."""

    seen: Flags
    state: Codes
    change: Floats
    ours: Floats
    contract: Floats
    contract_seen: Flags
    last_paid: Floats
    last_paid_seen: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The order line's quantities, in our units. seen: the record is on file; scale: our units in one of the
    invoice."""

    seen: Flags
    scale: Codes
    before: Codes
    ordered: Codes
    receipt: Codes
    delivered: Codes
    received: Codes
    rejected: Codes
    rejected_seen: Flags


def bill(sheet: Sheet, world: World) -> Invoice:
    """Draw the line as billed; some duplicates are the lane's last line sent once more."""
    rng, n = sheet.rng, len(world.cause)
    again = world.visits.nth > 0
    resent = sheet.draw_flag(tables.RESENT, again) & again
    source = _copied_from(world.visits.entity, resent)
    suppliers = int(world.supplier.max()) + 1
    base = np.clip(rng.lognormal(np.log(14.0), 0.9, suppliers * ITEMS_PER_SUPPLIER), 2.0, 400.0)
    packs = rng.choice(PACKS, len(base))
    ranks = 1.0 / np.arange(1, ITEMS_PER_SUPPLIER + 1)
    item = (world.supplier * ITEMS_PER_SUPPLIER + rng.choice(ITEMS_PER_SUPPLIER, n, p=ranks / ranks.sum()))[source]
    billed = np.clip(np.rint(rng.lognormal(np.log(60.0), 0.9, n)), _MIN_QUANTITY, _MAX_QUANTITY).astype(np.int64)[
        source
    ]
    price = (base[item] * rng.lognormal(0.0, 0.01, n)[source]).round(4)
    return Invoice(
        number=(100_000 + rng.permutation(n))[source], line_number=(rng.integers(1, 9, n) * 10)[source],
        order=rng.permutation(n)[source], item=item, pack=packs[item], billed=billed, price=price,
        amount=(price * billed).round(2), resent=resent,
    )  # fmt: skip


def compare_prices(sheet: Sheet, invoice: Invoice, has_order: Flags) -> Prices:
    """Draw our price of the line, and which of the two prices contract and last payment back."""
    seen = sheet.kept("po_unit_price") & has_order
    state = sheet.choose(tables.PRICE, seen)
    off = state == PRICE_OFF
    ratio = sheet.price_ratio(tables.PRICE_MEAN, tables.PRICE_SPREAD, seen & off)
    change = np.select([off, state == PRICE_BY_PACK], [ratio, invoice.pack.astype(np.float64)], 1.0)
    ours = (invoice.price / change).round(4)
    contract_seen = sheet.kept("contract_unit_price") & seen
    backed = sheet.draw_flag(tables.BACKED_BY_CONTRACT, contract_seen & off)
    return Prices(
        seen=seen, state=state, change=change, ours=ours,
        contract=np.where(backed & off, invoice.price, ours), contract_seen=contract_seen,
        last_paid=np.where(sheet.draws(0.4), invoice.price, ours),
        last_paid_seen=sheet.kept("last_paid_unit_price") & seen,
    )  # fmt: skip


def keep_record(sheet: Sheet, invoice: Invoice, has_order: Flags) -> Record:
    """Draw what the order line's record says was ordered, billed before, received and rejected."""
    rng, n, now = sheet.rng, len(sheet.cause), invoice.billed
    seen = sheet.kept("received_qty")
    scaled = sheet.draw_flag(tables.SCALED, seen & has_order) & has_order
    billed_before = sheet.choose(tables.INVOICED_BEFORE, seen)
    other = 1 + np.floor(rng.random(n) * 0.9 * (now - 1)).astype(np.int64)
    before = np.choose(billed_before, [np.zeros_like(now), now, other])
    ordered = _ordered(sheet, now, before, seen & has_order)
    first, again = seen & (before == 0), seen & (before > 0)
    receipt = np.where(before == 0, sheet.choose(tables.RECEIPT, first), sheet.choose(tables.RECEIPT_AGAIN, again))
    part = 1 + rng.binomial(now - 2, rng.beta(3.5, 1.8, n))
    surplus = 1 + np.floor(rng.random(n) * 0.2 * now).astype(np.int64)
    delivered = np.choose(receipt, [np.zeros_like(now), part, now, now + surplus])
    rejected_seen = seen & sheet.kept("rejected_qty")
    some = sheet.draw_flag(tables.REJECTED, rejected_seen & (delivered > 0)) & (delivered > 0)
    rejected = np.where(some, np.ceil(delivered * rng.beta(1.5, 6.0, n)), 0.0).astype(np.int64)
    scale = np.where(scaled, invoice.pack, 1)
    return Record(
        seen=seen, scale=scale, before=before * scale, ordered=ordered * scale, receipt=receipt,
        delivered=delivered * scale, received=(before + delivered) * scale, rejected=rejected * scale,
        rejected_seen=rejected_seen,
    )  # fmt: skip


def _ordered(sheet: Sheet, now: Codes, before: Codes, seen: Flags) -> Codes:
    in_all, random = now + before, sheet.rng.random(len(now))
    first = sheet.choose(tables.ORDERED, seen & (before == 0))
    again = sheet.choose(tables.ORDERED_AGAIN, seen & (before > 0))
    surplus = 1 + np.floor(random * _MAX_SURPLUS * (in_all - 2)).astype(np.int64)
    # An order for just what is billed now is a case of its own.
    surplus = np.where(surplus == before, surplus + 1, surplus)
    more = in_all + 1 + np.floor(random * 0.4 * in_all).astype(np.int64)
    return np.choose(np.where(before == 0, first, again), [in_all, more, in_all - surplus, now])


def _copied_from(lane: Codes, resent: Flags) -> Codes:
    """Return the row each line copies, itself where it is not sent again; the original of a copy of a copy."""
    by_lane = np.argsort(lane, kind="stable")
    last = np.arange(len(lane))
    last[by_lane[1:]] = by_lane[:-1]
    source = np.arange(len(lane))
    while resent[source].any():
        source = np.where(resent[source], last[source], source)
    return source
