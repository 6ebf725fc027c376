"""What people write about a blocked invoice line: every cause borrows phrases from its look-alikes."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.invoice_discrepancy.evidence import Choice, Sheet
from lab.simulators.invoice_discrepancy.parameters import CAUSES
from lab.simulators.retailer import Codes, Floats, misspell

# A phrase counts as often as it stands in a list, so the likelihood of a phrase under a cause is its share of the list.
_ANYTHING: Final = (
    "blocked, please check", "supplier asks when this is paid", "second reminder from vendor", "see attached",
    "please advise", "line does not match", "statement shows this open", "on hold since last week",
)  # fmt: skip
_QUANTITY: Final = (
    "qty billed higher than received", "invoice shows more than GR", "receiving says count is different",
    "waiting for feedback from the dock", "store says they will look for the delivery note", "not all of it is in the "
    "system",
)  # fmt: skip
_PRICE: Final = (
    "unit price higher than PO", "price does not match order", "supplier insists on the price", "new price on invoice",
    "price difference, buyer informed", "supplier says price list changed",
)  # fmt: skip
_MASTER: Final = ("please check vendor record", "remit-to looks different", "details on the invoice do not match ours")

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "receipt_not_posted": (
        *_QUANTITY, *_ANYTHING, "still on dock, not booked in", "POD signed, receipt not keyed",
        "goods are on the shelf, GR missing",
        "store forgot to post the receipt", "delivered per carrier, nothing in the system", "booking in backlog at DC",
    ),
    "po_price_outdated": (
        *_PRICE, *_PRICE, *_ANYTHING, "price list eff. 1st, PO not updated", "buyer agreed the increase, order "
        "still old",
        "new cost file loaded after PO was sent", "increase confirmed by category",
    ),
    "supplier_pricing_error": (
        *_PRICE, *_PRICE, *_ANYTHING, "promo deal not applied", "allowance missing on invoice",
        "billed list price instead of contract",
        "supplier to send credit for price", "wrong price tier billed",
    ),
    "short_shipment_or_damage": (
        *_QUANTITY, *_ANYTHING, "15 cs short on POD", "two pallets damaged, refused", "driver noted shortage on the "
        "delivery note",
        "we received less than billed, claim to follow", "crushed cases sent back",
    ),
    "over_shipment": (
        *_QUANTITY, *_ANYTHING, "more delivered than ordered", "extra pallet came with the truck",
        "buyer to decide if we keep the surplus",
    ),
    "partial_delivery_split": (
        *_QUANTITY, *_ANYTHING, "rest comes next week", "balance on backorder", "second truck still in transit",
        "billed in full, split delivery",
    ),
    "uom_or_pack_mismatch": (
        *_QUANTITY[:2], *_PRICE[:2], *_ANYTHING, "billed each ordered case", "pack of 12 vs single",
        "unit on invoice is wrong",
        "case pack changed at supplier",
    ),
    "unplanned_charge": (
        *_PRICE[:3], *_ANYTHING, "fuel surcharge added", "freight not on PO", "pallet fee billed",
        "minimum order surcharge", "delivery charge, who approved?",
    ),
    "tax_or_fx_variance": (
        *_PRICE[:2], *_ANYTHING, "tax rate looks wrong", "rounding on VAT", "exchange rate of invoice day used",
        "tax charged on exempt item",
    ),
    "missing_or_wrong_po": (
        *_ANYTHING, *_MASTER[2:], "no PO on invoice", "PO number not found", "who ordered this?",
        "requester raised the PO afterwards", "PO belongs to another supplier",
    ),
    "po_closed_or_exhausted": (
        *_ANYTHING, "PO already closed", "blanket order used up", "order expired last month", "needs change order",
        "PO number not found",
    ),
    "duplicate_invoice": (
        *_ANYTHING, *_QUANTITY[:2], "copy invoice", "think we paid this already", "re-sent by supplier with new "
        "number", "same delivery note as earlier invoice",
    ),
    "vendor_master_mismatch": (
        *_ANYTHING, *_MASTER, *_MASTER, "vendor inactive in master", "tax id does not match", "supplier changed legal "
        "name", "our bank has changed",
    ),
    "data_capture_error": (
        *_ANYTHING, *_PRICE[:2], *_QUANTITY[:2], "scan unreadable", "decimal point missing", "keyed wrong line",
        "EDI field mapped wrong",
    ),
    "suspected_fraud": (
        *_ANYTHING, *_MASTER, "our bank has changed", "please pay today, urgent", "new account details by e-mail",
        "cannot reach the contact on file",
    ),
}  # fmt: skip
TAILS: Final = ("", "", "", ", pls advise", " - thx", ", see mail", " (called supplier)", ", FYI", " ??")
ALL_PHRASES: Final = tuple(sorted({phrase for phrases in PHRASES.values() for phrase in phrases}))
TEXT_SHARE: Final = 0.45
GUESS_SHARE: Final = 0.12
RESOLUTIONS: Final = {False: ("released as billed", "owed, paid"), True: ("credit note came", "claim settled")}


def phrase_probabilities() -> Floats:
    """Return P(phrase | cause), shape (C, phrases): its share of the cause's list, or a guess by someone who does not
    know."""
    share = np.array([[PHRASES[cause].count(phrase) for phrase in ALL_PHRASES] for cause in CAUSES], dtype=np.float64)
    share /= share.sum(axis=1, keepdims=True)
    probabilities: Floats = (1.0 - GUESS_SHARE) * share + GUESS_SHARE / len(ALL_PHRASES)
    return probabilities


def write_notes(sheet: Sheet) -> tuple[NDArray[np.object_], Codes]:
    """Write the notes, None where nothing was written; and say which phrase each holds, -1 for none."""
    written = sheet.draws(TEXT_SHARE)
    phrase: Codes = sheet.see(Choice(phrase_probabilities()), written)
    tails = sheet.rng.integers(len(TAILS), size=len(phrase))
    rows = np.flatnonzero(written)
    texts = [ALL_PHRASES[phrase[row]] + TAILS[tails[row]] for row in rows.tolist()]
    notes: Any = np.full(len(phrase), None, dtype=object)
    notes[rows] = misspell(sheet.rng, texts)
    return notes, np.where(written, phrase, -1)


def with_resolution(notes: NDArray[np.object_], wrong: NDArray[np.bool_], rng: np.random.Generator) -> Any:
    """Add to every note how the case ended: a leak, for only the past tells it."""
    endings = [RESOLUTIONS[bool(how)][one] for how, one in zip(wrong, rng.integers(0, 2, len(wrong)), strict=True)]
    return np.array(
        [f"{note}; {ending}" if note else ending for note, ending in zip(notes, endings, strict=True)], dtype=object
    )
