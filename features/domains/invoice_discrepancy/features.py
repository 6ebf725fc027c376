"""Columns of an invoice line and its past to feature columns, family by family."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import days_between, flag, hundredths, ratio, shrunk_rate, year_share
from features.columns import Column, Columns
from features.recipe import Past

SUPPLIER_CAUSES: Final = (
    "receipt_not_posted", "po_price_outdated", "supplier_pricing_error", "short_shipment_or_damage",
    "unplanned_charge", "duplicate_invoice",
)  # fmt: skip
SITE_CAUSES: Final = ("receipt_not_posted", "short_shipment_or_damage", "missing_or_wrong_po")
BUYER_CAUSES: Final = ("po_price_outdated", "missing_or_wrong_po")
WRONG_PRIOR: Final = 0.35
NEAR_LIMIT: Final = 0.95
PACK_SLACK: Final = 0.03
# Where an entity has no labels yet, each share starts at what is usual over all suppliers.
_USUAL: Final = {
    "receipt_not_posted": 0.22, "po_price_outdated": 0.13, "supplier_pricing_error": 0.10,
    "short_shipment_or_damage": 0.09, "unplanned_charge": 0.07, "duplicate_invoice": 0.04,
    "missing_or_wrong_po": 0.08, "over_shipment": 0.03, "partial_delivery_split": 0.06, "vendor_master_mismatch": 0.025,
    "data_capture_error": 0.03,
}  # fmt: skip
STRENGTH: Final = 2.0
BEYOND: Final = 1e6  # stands for "more than any tolerance" where the tolerance is 0
MONTH_END_DAYS: Final = 3
MONTH_DAYS: Final = 30.0
BILLION: Final = 1e9
_DAY: Final = 86_400.0
# SAP tolerance keys, then holds of other kinds that systems put on a line.
Block = Literal[
    "PP", "PS", "KW", "DQ", "DW", "BR", "BW", "ST", "VP", "AP", "AN", "LA", "LD", "quality_inspection", "funds_check",
    "account_invalid", "period_closed", "manual_block", "stochastic_block", "tax_difference", "po_not_approved",
]  # fmt: skip
_BLOCKS: Final = tuple(f"blocking_codes.{code}" for code in get_args(Block))
_PRICE_BLOCKS: Final = tuple(f"blocking_codes.{code}" for code in ("PP", "PS", "VP", "BR", "BW"))
_QUANTITY_BLOCKS: Final = tuple(f"blocking_codes.{code}" for code in ("DQ", "DW"))
LANE_DAYS: Final = 730  # few lines each, so they are remembered longer
# Feature: the totals it divides.
_RATES: Final = {
    "supplier_wrong_rate": ("supplier_wrong_365d", "supplier_labelled_365d"),
    "site_wrong_rate": ("site_wrong_365d", "site_labelled_365d"),
    "buyer_wrong_rate": ("buyer_wrong_365d", "buyer_labelled_365d"),
    "item_wrong_rate": ("item_wrong_365d", "item_labelled_365d"),
    "subcategory_wrong_rate": ("subcategory_wrong_365d", "subcategory_labelled_365d"),
    "lane_wrong_rate": (f"lane_wrong_{LANE_DAYS}d", f"lane_labelled_{LANE_DAYS}d"),
    "order_wrong_rate": ("order_wrong_365d", "order_labelled_365d"),
}
LANE_CAUSES: Final = (
    "receipt_not_posted", "po_price_outdated", "supplier_pricing_error", "short_shipment_or_damage", "over_shipment",
    "partial_delivery_split", "unplanned_charge", "missing_or_wrong_po", "duplicate_invoice", "vendor_master_mismatch",
    "data_capture_error",
)  # fmt: skip
_COUNTED: Final = {"supplier": SUPPLIER_CAUSES, "site": SITE_CAUSES, "buyer": BUYER_CAUSES, "lane": LANE_CAUSES}
_PAIRS: Final = tuple((trail, cause) for trail, causes in _COUNTED.items() for cause in causes)
_SHARE_NAMES: Final = tuple(f"{trail}_share_{cause}" for trail, cause in _PAIRS)
_DAYS: Final = {"lane": LANE_DAYS}
_CAUSE_TOTALS: Final = tuple(f"{trail}_cause_{cause}_{_DAYS.get(trail, 365)}d" for trail, cause in _PAIRS)
_LABELLED: Final = tuple(f"{trail}_labelled_{_DAYS.get(trail, 365)}d" for trail in _COUNTED)
_LANE_TOTALS: Final = tuple(
    f"lane_{name}_{LANE_DAYS}d" for name in ("count", "labelled", "wrong", *(f"cause_{cause}" for cause in LANE_CAUSES))
)
_USUAL_SHARES: Final = np.array([[_USUAL[cause]] for _, cause in _PAIRS])
# Which trail, by position, each share belongs to, and where each trail's causes begin.
_TRAIL_OF: Final = np.repeat(np.arange(len(_COUNTED)), [len(causes) for causes in _COUNTED.values()])
_TRAIL_STARTS: Final = np.searchsorted(_TRAIL_OF, np.arange(len(_COUNTED)))


def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Say what a line adds to the totals of its entities, in hundredths."""
    return {
        "amount": hundredths(columns["line_amount"]),
        "unit_price": hundredths(columns["invoice_unit_price"]),
    }


def money_at_stake(columns: Columns) -> Column:
    """Give all that releasing the line would pay: line, charges and tax."""
    rest = np.nan_to_num(columns["charges_amount"], nan=0.0) + np.nan_to_num(columns["tax_amount"], nan=0.0)
    return columns["line_amount"] + rest


def build_features(columns: Columns, past: Past) -> dict[str, Column]:
    """Build every feature, float64 of shape (n,)."""
    return (
        _price(columns, past)
        | _quantity(columns)
        | _receipt(columns)
        | _order(columns)
        | _money(columns, past)
        | _supplier(columns, past)
        | _document(columns)
        | _history(past)
    )


def _ratios(above: Column, below: Column, *, empty: float = float("nan")) -> Column:
    """Divide and drop binary noise, so that a price 2 % above the order's is not above a tolerance of 2 %."""
    return np.rint(ratio(above, below, empty=empty) * BILLION) / BILLION


def _shares(pairs: Mapping[str, tuple[Column, Column]]) -> dict[str, Column]:
    """Divide many pairs at once: the same quotients as one by one, at the price of one."""
    above, below = (np.array(side) for side in zip(*pairs.values(), strict=True))
    return dict(zip(pairs, _ratios(above, below), strict=True))


def _over(pairs: Mapping[str, tuple[Column, Column]]) -> dict[str, Column]:
    """Say by which fraction each value exceeds its reference; missing where the reference is 0."""
    return _shares({name: (value - reference, reference) for name, (value, reference) in pairs.items()})


def _days(pairs: Mapping[str, tuple[Column, Column]]) -> dict[str, Column]:
    later, earlier = (np.array(side) for side in zip(*pairs.values(), strict=True))
    return dict(zip(pairs, days_between(later, earlier), strict=True))


def _as_they_are(columns: Columns, *names: str) -> dict[str, Column]:
    return {name: columns[name] for name in names}


def _price(columns: Columns, past: Past) -> dict[str, Column]:
    price, ordered, billed_last = columns["invoice_unit_price"], columns["po_unit_price"], past["item_last_unit_price"]
    amount = (price - ordered) * columns["invoiced_qty"]
    over = _over(
        {
            "price_var_fraction": (price, ordered),
            "price_vs_contract_fraction": (price, columns["contract_unit_price"]),
            "price_vs_last_paid_fraction": (price, columns["last_paid_unit_price"]),
            # A remembered 0 is a price that was not known.
            "price_vs_last_billed_fraction": (price, billed_last / 100.0),
        }
    )
    # Both limits apply, so the larger of the two shares decides; a tolerance of 0 forgives no difference.
    fraction = over["price_var_fraction"]
    by_fraction, by_amount = _ratios(
        np.array((np.abs(fraction), np.abs(amount))),
        np.array((columns["tolerance_price_fraction"], columns["tolerance_price_amount"])),
        empty=BEYOND,
    )
    return over | {
        "price_var_amount": amount,
        "price_var_in_tolerances": np.sign(fraction) * np.fmax(by_fraction, by_amount),
        "days_since_price_change": days_between(columns.as_of, columns["po_price_changed_at"]),
        "po_price_change_count": columns["po_price_change_count"],
    }


def _quantity(columns: Columns) -> dict[str, Column]:
    billed, received, ordered = columns["invoiced_qty"], columns["received_qty"], columns["ordered_qty"]
    before = columns["previously_invoiced_qty"]
    before = np.where(np.isnan(before), 0.0, before)
    in_all, unpaid = billed + before, np.maximum(received - before, 0.0) * columns["po_unit_price"]
    excess, not_received = in_all - ordered, in_all - received
    allowed = np.fmin(columns["tolerance_qty_fraction"] * ordered, columns["tolerance_qty"])
    shares = {
        "billed_not_received_fraction": (not_received, billed),
        "billed_over_ordered_fraction": (excess, ordered),
        "rejected_fraction": (columns["rejected_qty"], received),
        "announced_fraction": (columns["asn_qty"], billed),
        "amount_vs_receipt_fraction": (columns["line_amount"] - unpaid, unpaid),
    }
    return _shares(shares) | {
        "ordered_excess_in_tolerances": np.where(excess <= 0.0, 0.0, _ratios(excess, allowed, empty=BEYOND)),
        "value_not_received": not_received * columns["invoice_unit_price"],
        "pack_likeness": _pack_likeness(columns),
        "uom_differs": _uom_differs(columns.strings["invoice_uom"], columns.strings["order_uom"]),
    }


def _pack_likeness(columns: Columns) -> Column:
    """Say 1 where price or quantity is off by a whole factor of 2 and more, 0 where not, missing where neither is known."""
    billed = np.array((columns["invoice_unit_price"], columns["invoiced_qty"]))
    ordered = np.array((columns["po_unit_price"], columns["ordered_qty"]))
    factor = ratio(np.maximum(billed, ordered), np.minimum(billed, ordered))
    like = (factor >= 1.5) & (np.abs(factor - np.rint(factor)) <= PACK_SLACK * factor)
    either: Column = np.fmax.reduce(np.where(np.isnan(factor), factor, like))
    return either


def _uom_differs(billed: Sequence[str | None], ordered: Sequence[str | None]) -> Column:
    return np.array(
        [
            np.nan if one is None or other is None else float(one.upper() != other.upper())
            for one, other in zip(billed, ordered, strict=True)
        ],
        dtype=np.float64,
    )


def _receipt(columns: Columns) -> dict[str, Column]:
    received, last_gr = columns["received_qty"], columns["last_gr_at"]
    delivered = (columns["pod_available"] == 1.0) | (columns["asn_qty"] > 0.0)
    nothing = (received == 0.0) | (np.isnan(received) & (columns["gr_count"] == 0.0))
    days = {
        "days_since_last_gr": (columns.as_of, last_gr),
        "days_gr_to_invoice": (columns["received_at"], last_gr),
        "days_past_delivery": (columns.as_of, columns["po_delivery_on"]),
    }
    return (
        _days(days)
        | _as_they_are(columns, "pod_available", "gr_final", "gr_count", "gr_cancellation_count", "po_qty_change_count")
        | {"no_receipt": flag(nothing), "proof_without_receipt": flag(delivered & nothing)}
    )


def _order(columns: Columns) -> dict[str, Column]:
    raw = ("po_type", "match_type", "po_closed", "prior_invoice_count", "prior_credit_count")
    return _as_they_are(columns, *raw) | {
        "no_po": np.array([float(order is None) for order in columns.strings["po_id"]], dtype=np.float64),
        "order_age_days": days_between(columns.as_of, columns["po_on"]),
        "order_after_invoice": flag(columns["po_on"] > columns["issued_on"]),
        "hands_in_common": _hands_in_common(columns),
    }


def _hands_in_common(columns: Columns) -> Column:
    hands = (columns.strings[name] for name in ("created_by", "approver", "po_requester", "gr_poster"))
    known = ([hand for hand in row if hand is not None] for row in zip(*hands, strict=True))
    return np.array([float(len(row) - len(set(row))) for row in known], dtype=np.float64)


def _money(columns: Columns, past: Past) -> dict[str, Column]:
    amount, limit = columns["line_amount"], columns["approval_limit_amount"]
    share, whole = _ratios(np.array((amount, columns["payable_amount"])), np.array((limit, limit)), empty=BEYOND)
    shares = {
        # Sum over count: no mean is taken where the supplier is new.
        "amount_vs_supplier_mean": (amount * past["supplier_count_365d"] * 100.0, past["supplier_amount_365d"]),
        "order_room_ratio": (columns["po_open_amount"], amount),
        "charges_share": (columns["charges_amount"], amount),
        "tax_residual_share": (columns["tax_amount"] - columns["expected_tax_amount"], amount),
    }
    return _shares(shares) | {
        "line_amount": amount,
        "approval_share": np.fmax(share, whole),
        "just_below_limit": flag((share >= NEAR_LIMIT) & (share < 1.0)),
    }


def _supplier(columns: Columns, past: Past) -> dict[str, Column]:
    cents = np.rint(columns["line_amount"] * 100.0)  # as in `measures`
    raw = (
        "supplier_status", "supplier_paid_invoice_count", "supplier_tax_id_match", "bank_matches_master",
        "suppliers_sharing_bank_count", "closest_invoice_similarity", "closest_invoice_days_apart",
    )  # fmt: skip
    return _as_they_are(columns, *raw) | {
        "supplier_tenure_days": days_between(columns.as_of, columns["supplier_since_on"]),
        "days_since_bank_change": days_between(columns.as_of, columns["bank_changed_at"]),
        "account_age_days": past["account_age_days"],
        "same_number_and_amount": flag(past["number_last_amount"] == cents),
        "same_amount_on_order": flag(past["order_last_amount"] == cents),
    }


def _document(columns: Columns) -> dict[str, Column]:
    today = np.floor(columns.as_of / _DAY)
    dates = today.astype(np.int64).astype("datetime64[D]")
    next_month = (dates.astype("datetime64[M]") + 1).astype("datetime64[D]")
    days = {
        "days_to_due": (columns["due_on"], today * _DAY),
        "days_to_discount_end": (columns["issued_on"] + columns["discount_days"] * _DAY, today * _DAY),
    }
    return (
        _days(days)
        | _as_they_are(columns, "invoice_type", "capture_channel", "ocr_confidence")
        | {
            "block_count": np.add.reduce([columns[name] for name in _BLOCKS]),
            "blocked_for_price": np.maximum.reduce([columns[name] for name in _PRICE_BLOCKS]),
            "blocked_for_quantity": np.maximum.reduce([columns[name] for name in _QUANTITY_BLOCKS]),
            "month_end": flag((next_month - dates).astype(np.int64) <= MONTH_END_DAYS),
        }
    )


def _history(past: Past) -> dict[str, Column]:
    """Give how often each entity's exceptions were wrong to pay and had each cause, in one sweep over all entities."""
    lane_days, year = np.minimum(past["lane_age_days"], 365.0), year_share(past["lane_age_days"], within_days=LANE_DAYS)
    past = {**past, **{name: past[name] * year for name in _LANE_TOTALS}}
    lane_count = past[f"lane_count_{LANE_DAYS}d"]
    wrong, trials = (np.array([past[name] for name in names]) for names in zip(*_RATES.values(), strict=True))
    rates = shrunk_rate(wrong, trials, prior=WRONG_PRIOR, strength=STRENGTH)
    events = np.array([past[name] for name in _CAUSE_TOTALS])
    # Where outcomes come without causes, a share that sinks with their number would only tell how old the file is.
    told = np.add.reduceat(events, _TRAIL_STARTS) > 0.0
    labelled = np.array([past[name] for name in _LABELLED]) * told
    shares = shrunk_rate(events, labelled[_TRAIL_OF], prior=_USUAL_SHARES, strength=STRENGTH)
    return {
        **dict(zip(_RATES, rates, strict=True)),
        **dict(zip(_SHARE_NAMES, shares, strict=True)),
        "supplier_count_30d": past["supplier_count_30d"],
        "lane_yearly": lane_count,
        "lane_labelled_yearly": past[f"lane_labelled_{LANE_DAYS}d"],
        "lane_per_month": (lane_count + 1.0) / (np.nan_to_num(lane_days) / MONTH_DAYS + 2.0),
        "lane_known_days": lane_days,
        "lane_days_since_last": past["lane_days_since_last"],
        "item_days_since_last": past["item_days_since_last"],
        "order_count": past["order_count_365d"],
        "order_days_since_last": past["order_days_since_last"],
    }
