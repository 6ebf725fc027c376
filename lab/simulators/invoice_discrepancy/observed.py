"""What accounts payable sees of each line, as payload fields; with what it says about the cause, about wrong and about
the loss."""

from dataclasses import dataclass
from itertools import compress
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lab.simulators.invoice_discrepancy import parameters as tables
from lab.simulators.invoice_discrepancy.evidence import Flags, Sheet
from lab.simulators.invoice_discrepancy.goods import (
    ITEMS_PER_SUPPLIER,
    Invoice,
    Prices,
    Record,
    bill,
    compare_prices,
    keep_record,
)
from lab.simulators.invoice_discrepancy.papers import (
    DAY,
    Fields,
    billing,
    charge,
    instants,
    order_papers,
    parties,
    seconds,
)
from lab.simulators.invoice_discrepancy.wording import write_notes
from lab.simulators.invoice_discrepancy.world import World
from lab.simulators.invoice_discrepancy.wrong_payments import FileFact, WrongPayment, costs, facts, probability_wrong
from lab.simulators.retailer import Codes, Floats, Knobs

CATEGORIES: Final = ("dairy", "produce", "grocery", "household", "beverages", "frozen", "textiles", "services")
ITEM_WORDS: Final = ("yoghurt", "tomatoes", "rice", "detergent", "cola", "peas", "towels", "cleaning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """All that is seen of the lines. log_likelihood and wrong by cause, (n, C); phrase: of the notes, -1 for none."""

    cases: pd.DataFrame
    log_likelihood: Floats
    wrong: Floats
    costs: WrongPayment
    phrase: Codes
    resent: Flags
    prices: Prices


def observe(rng: np.random.Generator, world: World, knobs: Knobs) -> Observed:
    """Draw everything accounts payable sees of every line."""
    sheet = Sheet(rng, world.cause, missing_rate=knobs.missing_rate)
    always = np.ones(knobs.rows, dtype=bool)
    invoice = bill(sheet, world)
    has_order = ~sheet.draw_flag(tables.NO_PO, always)
    prices, record = compare_prices(sheet, invoice, has_order), keep_record(sheet, invoice, has_order)
    extras = charge(sheet, invoice)
    fields = {**parties(sheet, world), **billing(sheet, world, invoice, extras)}
    fields |= order_papers(sheet, world, invoice, fields["issued_on"][0], has_order)
    fields |= _item(sheet, invoice) | _goods(sheet, invoice, prices, record, has_order) | _receipt(sheet, world, record)
    fields |= _units(sheet, fields["order_uom"]) | _limits(sheet, world)
    fields["blocking_codes"] = (_blocks(sheet, fields, prices), always)
    notes, phrase = write_notes(sheet)
    fields["notes"] = (notes, always)
    open_amount, room_seen = fields["po_open_amount"]
    matches, bank_seen = fields["bank_matches_master"]
    found = facts(
        invoice, prices, record, extras,
        room=FileFact(known=room_seen, holds=open_amount < invoice.amount), bank_wrong=FileFact(known=bank_seen,
        holds=~matches),
    )  # fmt: skip
    return Observed(
        cases=pd.DataFrame({name: _left_out(values, seen) for name, (values, seen) in fields.items()}),
        log_likelihood=sheet.log_likelihood, wrong=probability_wrong(found, knobs.rows),
        costs=costs(invoice, prices, record, extras), phrase=phrase, resent=invoice.resent, prices=prices,
    )  # fmt: skip


def _item(sheet: Sheet, invoice: Invoice) -> Fields:
    items, packs = invoice.item.tolist(), invoice.pack.tolist()
    groups = [item // ITEMS_PER_SUPPLIER % len(CATEGORIES) for item in items]
    values: dict[str, Any] = {
        "sku": [f"SKU{item:06d}" for item in items],
        "item_gtin": [f"00614141{item % 1_000_000:06d}" for item in items],
        "item_description": [f"{ITEM_WORDS[group]} {item % 10} x{pack}" for group, item, pack in zip(groups, items,
        packs, strict=True)],
        "merch_category": [CATEGORIES[group] for group in groups],
        "merch_subcategory": [f"{CATEGORIES[group]}-{item % 3}" for group, item in zip(groups, items, strict=True)],
        "pack_size": invoice.pack.astype(np.float64),
    }  # fmt: skip
    return {name: (shown, sheet.kept(name)) for name, shown in values.items()}


def _goods(sheet: Sheet, invoice: Invoice, prices: Prices, record: Record, has_order: Flags) -> Fields:
    announced_seen = sheet.kept("asn_qty")
    in_full = sheet.draw_flag(tables.ANNOUNCED_IN_FULL, announced_seen)
    part = np.maximum(1.0, np.floor(invoice.billed * 0.99 * sheet.rng.beta(5.0, 1.8, len(in_full))))
    return {
        "invoiced_qty": (invoice.billed, np.ones(len(in_full), dtype=bool)),
        "invoice_unit_price": (invoice.price, sheet.kept("invoice_unit_price")),
        "po_unit_price": (prices.ours, prices.seen),
        "contract_unit_price": (prices.contract, prices.contract_seen),
        "last_paid_unit_price": (prices.last_paid, prices.last_paid_seen),
        "ordered_qty": (record.ordered, record.seen & has_order),
        "received_qty": (record.received, record.seen),
        "previously_invoiced_qty": (record.before, record.seen),
        "rejected_qty": (record.rejected, record.rejected_seen),
        "accepted_qty": (record.received - record.rejected, record.rejected_seen),
        "asn_qty": (np.where(in_full, invoice.billed, part), announced_seen),
    }


def _receipt(sheet: Sheet, world: World, record: Record) -> Fields:
    rng, n = sheet.rng, len(world.cause)
    proof_seen, final_seen = sheet.kept("pod_available"), sheet.kept("gr_final")
    counted_seen = sheet.kept("gr_count") & record.seen
    days = rng.lognormal(np.log(6.0), 0.8, n)
    return {
        "pod_available": (sheet.draw_flag(tables.POD, proof_seen), proof_seen),
        "last_gr_at": (instants(seconds(world) - days * DAY),
        sheet.kept("last_gr_at") & record.seen & (record.received > 0)),
        "gr_final": (sheet.draw_flag(tables.GR_FINAL, final_seen), final_seen),
        "gr_count": (sheet.count(tables.GR_COUNT, counted_seen) + (record.received > 0), counted_seen),
        "gr_cancellation_count": (rng.poisson(0.08, n), sheet.kept("gr_cancellation_count")),
        "prior_invoice_count": (rng.poisson(0.2, n) + (record.before > 0),
        sheet.kept("prior_invoice_count") & record.seen),
        "prior_credit_count": (rng.poisson(0.08, n), sheet.kept("prior_credit_count")),
    }  # fmt: skip


def _units(sheet: Sheet, order_uom: tuple[Any, Flags]) -> Fields:
    ordered_in, ordered_seen = order_uom
    seen = sheet.kept("invoice_uom")
    differs = sheet.draw_flag(tables.UOM_DIFFERS, seen & ordered_seen)
    return {"invoice_uom": (np.where(differs, np.where(ordered_in == "CS", "EA", "CS"), ordered_in), seen)}


def _limits(sheet: Sheet, world: World) -> Fields:
    n = len(world.cause)
    values: dict[str, Any] = {
        "tolerance_price_fraction": np.full(n, 0.12),
        "tolerance_price_amount": np.full(n, 400.0),
        "tolerance_qty_fraction": np.full(n, 0.25),
        "tolerance_qty": np.full(n, 60.0),
        "approval_limit_amount": np.array([10_000.0, 15_000.0, 25_000.0])[world.site % 3],
    }
    return {name: (shown, sheet.kept(name)) for name, shown in values.items()}


def _blocks(sheet: Sheet, fields: Fields, prices: Prices) -> NDArray[np.object_]:
    """Return what the ERP would hold the line for: symptoms of what is on file, never causes."""

    def number(name: str) -> Floats:
        values, seen = fields[name]
        return np.where(seen, values, np.nan).astype(np.float64)

    received, billed = number("received_qty"), number("invoiced_qty")
    uom, uom_seen = fields["invoice_uom"]
    ordered_in, ordered_seen = fields["order_uom"]
    symptoms: dict[str, Flags] = {
        "PP": prices.seen & (np.abs(prices.change - 1.0) > 0.02),
        "DQ": (received > 0) & (billed + number("previously_invoiced_qty") > received),
        "DW": received == 0,
        "BR": np.asarray((uom != ordered_in) & uom_seen & ordered_seen, dtype=bool),
        "KW": number("charges_amount") > tables.MUCH_CHARGED * number("line_amount"),
        "LA": number("po_open_amount") < number("line_amount"),
        "quality_inspection": number("rejected_qty") > 0,
        "tax_difference": np.abs(number("tax_amount") - number("expected_tax_amount")) > 1.0,
    }
    shown = np.array(list(symptoms.values())).T & sheet.draws(0.97)[:, None]
    holds = {"funds_check": 0.006, "period_closed": 0.004, "manual_block": 0.01, "stochastic_block": 0.015}
    drawn = np.array([sheet.draws(rate) for rate in holds.values()]).T
    names = (*symptoms, *holds)
    codes: Any = np.empty(len(received), dtype=object)
    codes[:] = [tuple(compress(names, row)) for row in np.concatenate([shown, drawn], axis=1).tolist()]
    return np.asarray(codes)


def _left_out(values: Any, seen: Flags) -> Any:
    """Blank a field where it is not filled in."""
    if isinstance(values, pd.Series):
        return values.where(seen)
    blanked: Any = (
        np.asarray(values, dtype=object).copy() if not isinstance(values, list) else np.array(values, dtype=object)
    )
    blanked[~seen] = None
    return blanked
