"""What the papers of each line say: supplier and bank, order and dates, charges and tax, and how the document came
in."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lab.simulators.invoice_discrepancy import parameters as tables
from lab.simulators.invoice_discrepancy.evidence import Flags, Sheet
from lab.simulators.invoice_discrepancy.goods import Invoice
from lab.simulators.invoice_discrepancy.world import World
from lab.simulators.retailer import Floats

DAY: Final = 86_400.0
Fields = dict[str, tuple[Any, Flags]]
"""Payload fields by name: the values, and on which lines they are filled in."""
STATUSES: Final = np.array(["active", "inactive", "blocked", "sanctioned"], dtype=object)
ORDER_FIELDS: Final = (
    "po_line_id", "po_type", "po_on", "po_delivery_on", "po_price_changed_at", "po_open_amount", "po_closed",
    "po_price_change_count", "po_qty_change_count", "order_uom",
)  # fmt: skip
READ_FROM: Final = 3  # channels from here on are read by a machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What is billed beside the goods and tax, and whether it is on file; tax_excess: billed less expected."""

    charges: Floats
    charges_seen: Flags
    tax: Floats
    tax_excess: Floats
    tax_seen: Flags


def parties(sheet: Sheet, world: World) -> Fields:
    """Draw what is known of supplier, bank and the people involved."""
    rng, n, now, always = sheet.rng, len(world.cause), seconds(world), np.ones(len(world.cause), dtype=bool)
    names = [f"V{code:05d}" for code in world.supplier.tolist()]
    opened = now.min() - rng.choice([30.0, *np.arange(300.0, 6000.0, 19.0)], int(world.supplier.max()) + 1) * DAY
    since = opened[world.supplier]
    bank_seen = sheet.kept("bank_matches_master")
    wrong_bank = sheet.draw_flag(tables.BANK_WRONG, bank_seen)
    tags = np.where(wrong_bank, rng.integers(0, 99, n), -1)
    changed_seen = sheet.kept("bank_changed_at")
    recently = sheet.draw_flag(tables.BANK_CHANGED, changed_seen)
    changed = np.where(recently, rng.uniform(0, 30, n), rng.uniform(60, 2500, n))
    shared_seen, tax_id_seen = sheet.kept("suppliers_sharing_bank_count"), sheet.kept("supplier_tax_id_match")
    related_seen, status_seen = sheet.kept("supplier_related_party"), sheet.kept("supplier_status")
    idle = sheet.draw_flag(tables.SUPPLIER_NOT_ACTIVE, status_seen)
    approver = rng.integers(0, 60, n)
    requester = np.where(sheet.draws(0.012), approver, 100 + rng.integers(0, 200, n))
    return {
        "supplier_id": (names, always),
        "site_id": ([f"S{code:04d}" for code in world.site.tolist()], always),
        "legal_entity": ([f"C{code % 3:02d}" for code in world.site.tolist()], always),
        "supplier_status": (STATUSES[np.where(idle, rng.choice([1, 1, 1, 2, 2, 3], n), 0)], status_seen),
        "supplier_since_on": (dates(since), sheet.kept("supplier_since_on")),
        "supplier_paid_invoice_count": (rng.poisson(np.clip((now - since) / DAY, 0, 2500) * 0.06),
        sheet.kept("supplier_paid_invoice_count")),
        "supplier_bank_account_hash": ([f"{name}-{'main' if tag < 0 else f'x{tag}'}" for name, tag in zip(names,
        tags.tolist(), strict=True)], bank_seen),
        "bank_changed_at": (instants(now - changed * DAY), changed_seen),
        "bank_matches_master": (~wrong_bank, bank_seen),
        "suppliers_sharing_bank_count": (
            sheet.draw_flag(tables.BANK_SHARED, shared_seen).astype(np.int64), shared_seen
        ),
        "supplier_tax_id_match": (~sheet.draw_flag(tables.TAX_ID_WRONG, tax_id_seen), tax_id_seen),
        "supplier_related_party": (sheet.draw_flag(tables.RELATED_PARTY, related_seen), related_seen),
        "created_by": ([f"u{code}" for code in 400 + rng.integers(0, 30, n)], sheet.kept("created_by")),
        "approver": ([f"u{code}" for code in approver], sheet.kept("approver")),
        "po_requester": ([f"u{code}" for code in requester], sheet.kept("po_requester")),
        "po_buyer": ([f"B{code:03d}" for code in world.buyer.tolist()], always),
        "gr_poster": ([f"u{code}" for code in (1000 + world.site).tolist()], sheet.kept("gr_poster")),
    }  # fmt: skip


def charge(sheet: Sheet, invoice: Invoice) -> Extras:
    """Draw charges, and tax against what our tax engine expects."""
    n, amount = len(sheet.cause), invoice.amount
    charges_seen, tax_seen = sheet.kept("charges_amount"), sheet.kept("expected_tax_amount")
    some = sheet.draw_flag(tables.HAS_CHARGES, charges_seen)
    share = sheet.around(tables.CHARGES_SHARE, 0.7, charges_seen & some)
    tax = (amount * sheet.rng.choice([0.05, 0.08, 0.1, 0.2], n)).round(2)
    off = sheet.draw_flag(tables.TAX_OFF, tax_seen)
    error = np.minimum(amount * sheet.rng.lognormal(np.log(tables.TAX_OFF_SHARE), 0.8, n), 0.9 * tax) + 0.02
    excess = np.where(off, np.where(sheet.draws(tables.OVERTAXED), error, -error), 0.0).round(2)
    return Extras(
        charges=np.where(some, amount * share + 8.0, 0.0).round(2), charges_seen=charges_seen,
        tax=tax, tax_excess=excess, tax_seen=tax_seen,
    )  # fmt: skip


def billing(sheet: Sheet, world: World, invoice: Invoice, extras: Extras) -> Fields:
    """Draw the invoice's own dates, terms, sums and way in."""
    rng, n, amount, always = sheet.rng, len(world.cause), invoice.amount, np.ones(len(world.cause), dtype=bool)
    came_in = seconds(world) - rng.uniform(0.05, 4.0, n) * DAY
    issued = came_in - rng.uniform(0.5, 6.0, n) * DAY
    net_days = rng.choice([14, 30, 45, 60], n, p=[0.2, 0.5, 0.15, 0.15])
    discounted = sheet.draws(0.35)
    captured = sheet.kept("capture_channel")
    channel = sheet.choose(tables.CHANNEL, captured)
    machine_read = channel >= READ_FROM
    reading = sheet.share(tables.READING, captured & machine_read)
    similar_seen = sheet.kept("closest_invoice_similarity")
    other = np.where(extras.charges_seen, extras.charges, 0.0) + np.where(
        extras.tax_seen, extras.tax + extras.tax_excess, 0.0
    )
    whole = amount * np.where(sheet.draws(0.5), 1.0, rng.uniform(1.0, 4.0, n)) + other
    return {
        "invoice_id": ([f"INV-{code}" for code in invoice.number.tolist()], always),
        "invoice_line_id": ([str(code) for code in invoice.line_number.tolist()], always),
        "line_amount": (amount, always),
        "invoice_type": (np.where(sheet.draws(0.02), "debit_note", "invoice").astype(object),
        sheet.kept("invoice_type")),
        "issued_on": (dates(issued), always),
        "due_on": (dates(issued + net_days * DAY), sheet.kept("due_on")),
        "received_at": (instants(came_in), sheet.kept("received_at")),
        "payment_net_days": (net_days, sheet.kept("payment_net_days")),
        "discount_fraction": (np.where(discounted, 0.02, 0.0), sheet.kept("discount_fraction")),
        "discount_days": (np.where(discounted, 10, 0), sheet.kept("discount_days")),
        "charges_amount": (extras.charges, extras.charges_seen),
        "allowances_amount": (np.where(sheet.draws(0.1), (amount * 0.02).round(2), 0.0),
        sheet.kept("allowances_amount")),
        "tax_amount": ((extras.tax + extras.tax_excess).round(2), extras.tax_seen),
        "expected_tax_amount": (extras.tax, extras.tax_seen),
        "payable_amount": (whole.round(2), sheet.kept("payable_amount")),
        "closest_invoice_similarity": (sheet.share(tables.SIMILARITY, similar_seen).round(4), similar_seen),
        "closest_invoice_days_apart": (rng.lognormal(np.log(30.0), 0.9, n).round(),
        sheet.kept("closest_invoice_days_apart")),
        "capture_channel": (np.array(tables.CHANNELS, dtype=object)[channel], captured),
        "ocr_confidence": (reading.round(4), captured & machine_read),
    }  # fmt: skip


def order_papers(sheet: Sheet, world: World, invoice: Invoice, issued: Any, has_order: Flags) -> Fields:
    """Draw the order's own dates, type, limits and changes; nothing of it is on file where there is no order."""
    rng, n, now = sheet.rng, len(world.cause), seconds(world)
    kept = {name: sheet.kept(name) & has_order for name in ORDER_FIELDS}
    today, issued_on = (now // DAY).astype(np.int64), np.asarray(issued, dtype="datetime64[D]").astype(np.int64)
    late = sheet.draw_flag(tables.ORDERED_LATE, kept["po_on"])
    ahead = np.maximum(1.0, np.ceil(rng.lognormal(np.log(12.0), 0.6, n))).astype(np.int64)
    placed = np.where(late, np.minimum(issued_on + rng.integers(0, 2, n), today), issued_on - ahead)
    expected = today - sheet.days(tables.DELIVERY_PAST_DAYS, 3.0, kept["po_delivery_on"])
    changed = sheet.around(tables.PRICE_CHANGE_DAYS, 0.8, kept["po_price_changed_at"])
    room = sheet.around(tables.PO_ROOM, 0.7, kept["po_open_amount"])
    values = {
        "po_line_id": [str(code) for code in invoice.line_number.tolist()],
        "po_type": rng.choice(np.array(["standard", "blanket", "dsd", "service"], dtype=object), n, p=[0.78, 0.1, 0.08,
        0.04]),
        "po_on": placed.astype("datetime64[D]").astype(object),
        "po_delivery_on": expected.astype("datetime64[D]").astype(object),
        "po_price_changed_at": instants(now - changed * DAY),
        "po_open_amount": (invoice.amount * room).round(2),
        "po_closed": sheet.draw_flag(tables.PO_CLOSED, kept["po_closed"]),
        "po_price_change_count": rng.poisson(0.2, n),
        "po_qty_change_count": rng.poisson(0.2, n),
        "order_uom": np.full(n, "EA", dtype=object),
    }  # fmt: skip
    order = {name: (values[name], kept[name]) for name in ORDER_FIELDS}
    return order | {
        "po_id": ([f"45{code:08d}" for code in invoice.order.tolist()], has_order),
        "po_required": (sheet.draws(0.85), sheet.kept("po_required")),
        "match_type": (rng.choice(np.array(["three_way", "two_way", "four_way"], dtype=object), n, p=[0.9, 0.05, 0.05]),
        sheet.kept("match_type")),
    }  # fmt: skip


def seconds(world: World) -> Floats:
    """Return the instants of triage in seconds since 1970 UTC."""
    return world.at.astype("datetime64[s]").astype(np.int64).astype(np.float64)


def instants(moments: Floats) -> pd.Series:
    """Turn seconds since 1970 into instants, UTC."""
    return pd.Series(pd.to_datetime(np.round(moments), unit="s", utc=True))


def dates(moments: Floats) -> NDArray[np.object_]:
    """Turn seconds since 1970 into dates."""
    whole: Any = np.floor(moments / DAY).astype(np.int64).astype("datetime64[D]")
    return np.asarray(whole.astype(object))
