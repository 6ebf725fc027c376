"""What the payable desk sees of each line, drawn given its cause and the latent state."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.simulators import invoice_discrepancy_tables as tables
from training.simulators.invoice_discrepancy_tables import CAUSES, INDEX, Draw, of
from training.simulators.invoice_discrepancy_text import PHRASES, TAILS
from training.simulators.invoice_discrepancy_world import ITEMS_PER_SUPPLIER, World, true_price
from training.simulators.retailer import Codes, Floats, Knobs, blank, misspell, phrase

Objects = NDArray[np.object_]
Flags = NDArray[np.bool_]
TEXT_SHARE: Final = 0.45
RESENT_SHARE: Final = 0.4
CATEGORIES: Final = ("dairy", "produce", "grocery", "household", "beverages", "frozen", "textiles", "services")
ITEM_WORDS: Final = ("yoghurt", "tomatoes", "rice", "detergent", "cola", "peas", "towels", "cleaning")
# Shares of lines where a system does not keep the field at all; the rest is left out at `missing_rate`.
RARELY_KEPT: Final = {
    "contract_unit_price": 0.45, "last_paid_unit_price": 0.35, "po_price_changed_at": 0.1, "asn_qty": 0.35,
    "gr_final": 0.3, "closest_invoice_similarity": 0.2, "po_open_amount": 0.3, "pod_available": 0.15, "accepted_qty": 0.3,
    "rejected_qty": 0.3, "gr_cancellation_count": 0.2, "prior_credit_count": 0.2, "expected_tax_amount": 0.2,
}  # fmt: skip
ALWAYS_KEPT: Final = ("invoice_id", "supplier_id", "line_amount", "blocking_codes", "notes")
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is true of each line before anything is left out: money, and the facts that decide whether it is wrong to pay."""

    amount: Floats
    overbilled: Floats
    not_received: Floats
    surplus: Floats
    charges: Floats
    tax_excess: Floats
    facts: Mapping[str, Flags]


def observe(rng: np.random.Generator, world: World, knobs: Knobs) -> tuple[pd.DataFrame, Line]:
    """Draw the payload fields of every line and what is true of it in money."""
    draw = Draw(rng, world.cause)
    goods = _goods(draw, world)
    fields = goods | _parties(draw, world) | _papers(draw, world, goods)
    hidden = {name: fields.pop(name) for name in [name for name in fields if name.startswith("_")]}
    fields["blocking_codes"] = _blocks(draw, fields)
    texts = phrase(rng, PHRASES, [CAUSES[code] for code in world.cause])
    tails = rng.choice(np.array(TAILS, dtype=object), knobs.rows)
    spoken = draw.chance(TEXT_SHARE)
    clumsy = misspell(rng, [text + tail if said else "" for text, tail, said in zip(texts, tails, spoken, strict=True)])
    fields["notes"] = [text or None for text in clumsy]
    no_po = hidden["_no_po"]
    cases = {name: _left_out(rng, name, values, no_po, knobs.missing_rate) for name, values in fields.items()}
    return pd.DataFrame(cases), _true_line(fields, hidden)


def _true_line(fields: Mapping[str, Any], hidden: Mapping[str, Any]) -> Line:
    billed, price, ours = fields["invoiced_qty"], fields["invoice_unit_price"], fields["po_unit_price"]
    delivered: Floats = hidden["_delivered"]
    accepted, tax_excess = delivered - fields["rejected_qty"], fields["tax_amount"] - fields["expected_tax_amount"]
    facts: dict[str, Flags] = {
        "billed_above": price > ours,
        "missing_goods": accepted < billed,
        "nothing_received": delivered == 0,
        "surplus_refused": hidden["_surplus_refused"],
        "pack_harms": hidden["_pack_harms"],
        "overtaxed": tax_excess > 0,
        "exceeds_order": fields["po_open_amount"] < fields["line_amount"],
        "bank_wrong": ~fields["bank_matches_master"],
        "exceeds_receipt": fields["line_amount"] > 1.03 * delivered * ours,
    }
    return Line(
        amount=fields["line_amount"],
        overbilled=(price - ours) * billed,
        not_received=np.maximum(0.0, billed - accepted) * price,
        surplus=np.maximum(0.0, billed - fields["ordered_qty"]) * price,
        charges=fields["charges_amount"],
        tax_excess=np.abs(tax_excess),
        facts=facts,
    )


def _goods(draw: Draw, world: World) -> dict[str, Any]:
    """Draw prices, quantities, units, receipts and the invoice's own number."""
    rng, cause, n = draw.rng, world.cause, len(world.cause)
    pack = world.entities.item_pack[world.item].astype(np.float64)
    mixed = cause == INDEX["uom_or_pack_mismatch"]
    harms = mixed & draw.chance(0.45)
    off = draw.happens(tables.PRICE_OFF) & ~mixed
    spread = of(tables.PRICE_SPREAD)[cause] * rng.standard_normal(n)
    change = np.where(off, np.exp(of(tables.PRICE_MEAN)[cause] + spread), 1.0)
    agreed = true_price(world)
    ours = np.where(cause == INDEX["po_price_outdated"], agreed / change, agreed)
    theirs = np.where(cause == INDEX["po_price_outdated"], agreed, agreed * change)
    ordered = np.maximum(1.0, np.rint(rng.lognormal(np.log(60.0) + world.entities.supplier_size[world.supplier], 0.9)))
    billed = np.where(
        draw.happens(tables.OVER_ORDERED),
        ordered + np.maximum(1, np.rint(ordered * rng.uniform(0.03, 0.5, n))),
        ordered,
    )
    before = np.where(draw.happens(tables.INVOICED_BEFORE), np.rint(ordered * rng.beta(3.0, 1.2, n)), 0.0)
    # A second claim bills all of it again; an honest later invoice bills the rest.
    again = np.isin(cause, [INDEX["duplicate_invoice"], INDEX["po_closed_or_exhausted"]])
    billed = np.where(again, billed, np.maximum(1.0, billed - before))
    # A unit mismatch bills singles for cases: harmless where the price is per single too, costly where it stays per case.
    billed = np.where(mixed, billed * pack, billed)
    theirs = np.where(mixed & ~harms, theirs / pack, theirs)
    item, number = world.item.copy(), rng.integers(100_000, 999_999, n)
    line_number = rng.integers(1, 9, n) * 10
    earlier = _earlier_on_order(world.order)
    resent = np.flatnonzero((cause == INDEX["duplicate_invoice"]) & draw.chance(RESENT_SHARE) & (earlier >= 0))
    for values in (item, number, line_number, billed, ordered, ours, theirs):
        values[resent] = values[earlier[resent]]
    ours, theirs = np.maximum(ours.round(2), 0.01), np.maximum(theirs.round(2), 0.01)
    settled = np.where(mixed, np.maximum(1.0, billed / pack), billed)
    delivered = _received(draw, settled, ordered)
    received = np.where(cause == INDEX["duplicate_invoice"], delivered, delivered + before)
    rejected = np.where(draw.happens(tables.REJECTED), np.ceil(delivered * rng.beta(1.5, 6.0, n)), 0.0)
    announced = np.where(draw.happens(tables.ANNOUNCED_IN_FULL), settled, np.rint(settled * rng.beta(5.0, 1.8, n)))
    contract = np.where(draw.happens(tables.BACKED_BY_CONTRACT), theirs, ours)
    paid = np.where(draw.happens(tables.PAID_BEFORE), theirs, ours)
    unit = np.where(pack > 8, "CS", "EA").astype(object)
    other = np.where(unit == "CS", "EA", "CS").astype(object)
    return {
        "invoice_id": [f"INV-{value}" for value in number],
        "invoice_line_id": [str(value) for value in line_number],
        "sku": [f"SKU{value:06d}" for value in item],
        "item_gtin": [f"00614141{value % 1_000_000:06d}" for value in item],
        "item_description": [f"{ITEM_WORDS[value // ITEMS_PER_SUPPLIER % 8]} {value % 10} x{size}" for value, size in zip(item.tolist(), pack.astype(int).tolist(), strict=True)],
        "merch_category": [CATEGORIES[value // ITEMS_PER_SUPPLIER % 8] for value in item.tolist()],
        "merch_subcategory": [f"{CATEGORIES[value // ITEMS_PER_SUPPLIER % 8]}-{value % 3}" for value in item.tolist()],
        "pack_size": pack,
        "ordered_qty": ordered, "invoiced_qty": billed, "received_qty": received, "rejected_qty": rejected,
        "accepted_qty": received - rejected, "previously_invoiced_qty": before, "asn_qty": announced,
        "order_uom": unit, "invoice_uom": np.where(draw.happens(tables.UOM_DIFFERS), other, unit),
        "po_unit_price": ours, "invoice_unit_price": theirs, "contract_unit_price": contract, "last_paid_unit_price": paid,
        "line_amount": (theirs * billed).round(2),
        "_delivered": delivered, "_pack_harms": harms,
        "_surplus_refused": rng.random(n) < world.entities.refuses_surplus[world.site],
    }  # fmt: skip


def _received(draw: Draw, billed: Floats, ordered: Floats) -> Floats:
    part = np.floor(billed * draw.share(tables.RECEIVED_PART))
    extra = billed + np.maximum(1.0, np.rint(ordered * draw.rng.uniform(0.01, 0.2, len(billed))))
    choices = np.array([np.zeros_like(billed), part, billed, extra])
    return choices[draw.choice(tables.RECEIPT), np.arange(len(billed))]


def _earlier_on_order(order: Codes) -> Codes:
    """Give the row of each line's predecessor on the same order, -1 where it is the first."""
    by_order = np.argsort(order, kind="stable")
    same = order[by_order][1:] == order[by_order][:-1]
    earlier = np.full(len(order), -1)
    earlier[by_order[1:][same]] = by_order[:-1][same]
    return earlier


def _parties(draw: Draw, world: World) -> dict[str, Any]:
    """Draw what is known of supplier, bank and the people involved."""
    rng, n, now = draw.rng, len(world.cause), world.seconds
    supplier = [f"V{value:05d}" for value in world.supplier]
    tenure = world.entities.supplier_since_days[world.supplier] * _DAY
    since = world.entities.supplier_starts_at[world.supplier] - tenure
    paid = rng.poisson(np.clip((now - since) / _DAY, 0, 2500) * 0.06)
    wrong_bank = draw.happens(tables.BANK_WRONG)
    changed = np.where(draw.happens(tables.BANK_CHANGED), rng.uniform(0, 30, n), rng.uniform(60, 900, n))
    changed = np.where(draw.chance(0.75) & (changed > 30), np.nan, changed)
    status = np.where(draw.happens(tables.SUPPLIER_NOT_ACTIVE), rng.choice([1, 1, 1, 2, 2, 3], n), 0)
    approver = rng.integers(0, 60, n)
    requester = np.where(draw.chance(0.012), approver, 100 + rng.integers(0, 200, n))
    return {
        "supplier_id": supplier,
        "site_id": [f"S{value:04d}" for value in world.site],
        "legal_entity": [f"C{value % 3:02d}" for value in world.site],
        "supplier_status": np.array(["active", "inactive", "blocked", "sanctioned"], dtype=object)[status],
        "supplier_since_on": _dates(since),
        "supplier_paid_invoice_count": paid,
        "supplier_bank_account_hash": [f"{name}-{'x' + str(tag) if bad else 'main'}" for name, bad, tag in zip(supplier, wrong_bank, rng.integers(0, 99, n), strict=True)],
        "bank_changed_at": _instants(now - changed * _DAY),
        "bank_matches_master": ~wrong_bank,
        "suppliers_sharing_bank_count": draw.happens(tables.BANK_SHARED).astype(np.int64),
        "supplier_tax_id_match": ~draw.happens(tables.TAX_ID_WRONG),
        "supplier_related_party": draw.happens(tables.RELATED_PARTY),
        "created_by": [f"u{value}" for value in 400 + rng.integers(0, 30, n)],
        "approver": [f"u{value}" for value in approver],
        "po_requester": [f"u{value}" for value in requester],
        "po_buyer": [f"B{value:03d}" for value in world.buyer],
        "gr_poster": [f"u{value}" for value in 1000 + world.site],
    }  # fmt: skip


def _papers(draw: Draw, world: World, goods: Mapping[str, Any]) -> dict[str, Any]:
    """Draw order, dates, charges, tax, tolerances, counts and how the document came in."""
    rng, n, now, amount = draw.rng, len(world.cause), world.seconds, goods["line_amount"]
    came_in = now - rng.uniform(0.05, 4.0, n) * _DAY
    issued = came_in - rng.uniform(0.5, 6.0, n) * _DAY
    net_days = rng.choice([14, 30, 45, 60], n, p=[0.2, 0.5, 0.15, 0.15])
    discounted = draw.chance(0.35)
    placed = np.where(draw.happens(tables.ORDERED_LATE), np.minimum(now, issued + 2 * _DAY), world.order_placed_at)
    gr_days = np.where(goods["received_qty"] > 0, draw.around(tables.GR_DAYS, 0.8), np.nan)
    priced_days = np.where(draw.happens(tables.PRICE_CHANGED), draw.around(tables.PRICE_CHANGE_DAYS, 0.8), np.nan)
    charges = np.where(draw.happens(tables.HAS_CHARGES), amount * draw.around(tables.CHARGES_SHARE, 0.7) + 8.0, 0.0)
    tax = (amount * rng.choice([0.0, 0.05, 0.1, 0.2], n)).round(2)
    tax_error = np.where(draw.happens(tables.TAX_OFF), amount * rng.lognormal(np.log(0.03), 0.8, n), 0.0)
    tax_error = np.where(draw.chance(tables.OVERTAXED), tax_error, -np.minimum(tax_error, tax))
    channel = draw.choice(tables.CHANNEL)
    reading = np.where(channel >= 3, draw.share(tables.READING), np.nan)
    limit = np.array([10_000.0, 15_000.0, 25_000.0])[world.site % 3]
    return {
        "_no_po": draw.happens(tables.NO_PO),
        "invoice_type": np.where(draw.chance(0.02), "debit_note", "invoice").astype(object),
        "issued_on": _dates(issued), "due_on": _dates(issued + net_days * _DAY), "received_at": _instants(came_in),
        "payment_net_days": net_days,
        "discount_fraction": np.where(discounted, 0.02, 0.0), "discount_days": np.where(discounted, 10, 0),
        "po_id": [f"45{value:08d}" for value in world.order], "po_line_id": goods["invoice_line_id"],
        "po_required": draw.chance(0.85),
        "po_type": rng.choice(np.array(["standard", "blanket", "dsd", "service"], dtype=object), n, p=[0.78, 0.1, 0.08, 0.04]),
        "match_type": rng.choice(np.array(["three_way", "two_way", "four_way"], dtype=object), n, p=[0.9, 0.05, 0.05]),
        "po_on": _dates(placed),
        "po_delivery_on": _dates(now - (of(tables.DELIVERY_PAST_DAYS)[world.cause] + 3.0 * rng.standard_normal(n)) * _DAY),
        "po_price_changed_at": _instants(now - priced_days * _DAY),
        "po_open_amount": (amount * draw.around(tables.PO_ROOM, 0.7)).round(2),
        "po_closed": draw.happens(tables.PO_CLOSED),
        "pod_available": draw.happens(tables.POD),
        "last_gr_at": _instants(now - np.clip(gr_days, 0.02, None) * _DAY),
        "gr_final": draw.happens(tables.GR_FINAL),
        "gr_count": draw.count(tables.GR_COUNT) + (goods["received_qty"] > 0),
        "gr_cancellation_count": draw.count(tables.GR_CANCELLATIONS),
        "po_price_change_count": draw.count(tables.PRICE_CHANGES), "po_qty_change_count": draw.count(tables.QTY_CHANGES),
        "prior_invoice_count": draw.count(tables.PRIOR_INVOICES), "prior_credit_count": draw.count(tables.PRIOR_CREDITS),
        "charges_amount": charges.round(2), "allowances_amount": np.where(draw.chance(0.1), (amount * 0.02).round(2), 0.0),
        "tax_amount": (tax + tax_error).round(2), "expected_tax_amount": tax,
        "payable_amount": (amount * np.where(draw.chance(0.5), 1.0, rng.uniform(1.0, 4.0, n)) + charges + tax).round(2),
        "tolerance_price_fraction": np.full(n, 0.12), "tolerance_price_amount": np.full(n, 400.0),
        "tolerance_qty_fraction": np.full(n, 0.25), "tolerance_qty": np.full(n, 60.0),
        "approval_limit_amount": limit,
        "closest_invoice_similarity": draw.share(tables.SIMILARITY).round(3),
        "closest_invoice_days_apart": draw.around(tables.DAYS_APART, 0.9).round(),
        "capture_channel": np.array(tables.CHANNELS, dtype=object)[channel],
        "ocr_confidence": reading.round(3),
    }  # fmt: skip


def _blocks(draw: Draw, fields: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Say what the ERP would hold the line for: symptoms, never causes."""
    price, received, billed = fields["invoice_unit_price"], fields["received_qty"], fields["invoiced_qty"]
    symptoms: dict[str, Flags] = {
        "PP": np.abs(price / fields["po_unit_price"] - 1.0) > 0.02,
        "DQ": (received > 0) & (billed + fields["previously_invoiced_qty"] > received),
        "DW": received == 0,
        "BR": np.asarray(fields["invoice_uom"] != fields["order_uom"], dtype=bool),
        "KW": fields["charges_amount"] > 0.03 * fields["line_amount"],
        "LA": fields["po_open_amount"] < fields["line_amount"],
        "quality_inspection": fields["rejected_qty"] > 0,
        "tax_difference": np.abs(fields["tax_amount"] - fields["expected_tax_amount"]) > 1.0,
    }
    shown = np.array(list(symptoms.values())).T & draw.chance(0.85)[:, None]
    holds = {"funds_check": 0.006, "period_closed": 0.004, "manual_block": 0.01, "stochastic_block": 0.015}
    drawn = np.array([draw.chance(rate) for rate in holds.values()]).T
    names = (*symptoms, *holds)
    return [tuple(compress(names, row)) for row in np.concatenate([shown, drawn], axis=1).tolist()]


def _left_out(rng: np.random.Generator, name: str, values: Any, no_po: Flags, rate: float) -> Any:
    """Leave out what systems do not keep, and everything of the order where there is none."""
    if name in ALWAYS_KEPT:
        return values
    if isinstance(values, pd.Series):
        gone = rng.random(len(values)) < RARELY_KEPT.get(name, rate)
        return values.mask(gone | no_po if name.startswith("po_") else gone)
    kept = blank(rng, values, RARELY_KEPT.get(name, rate) if name != "po_id" else 0.0)
    if name.startswith(("po_", "order", "contract")) and name not in ("po_required", "po_requester", "po_buyer"):
        kept[no_po] = None
    missing: Any = pd.isna(kept)
    kept[missing] = None
    return kept


def _instants(moments: Floats) -> pd.Series:
    return pd.Series(pd.to_datetime(np.round(moments), unit="s", utc=True))


def _dates(moments: Floats) -> Objects:
    whole = np.floor(moments / _DAY).astype(np.int64).astype("datetime64[D]")
    dates: Objects = whole.astype(object)
    return dates
