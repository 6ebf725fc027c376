"""A return as the fraud desk sees it: the purchase beside the return, and what the customer did before."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from features.domains.return_fraud.payload import ReturnFraud
from features.panels import (
    NOTHING,
    Background,
    CaseEvidence,
    FactList,
    Grid,
    Panel,
    Timeline,
    TimelineEntry,
    Tone,
    Value,
    known,
    money,
    number,
    plain,
    trimmed,
)

_WINDOWS_DAYS: Final = (7, 30, 365)
MAX_SHOWN: Final = 8
_LINKS: Final = (
    ("customer", "Customer", "customer_id_hash"),
    ("tender", "Card or account", "tender_hash"),
    ("device", "Device", "device_hash"),
    ("address", "Address", "address_hash"),
    ("phone", "Phone", "phone_hash"),
    ("associate", "Associate", "associate_id_hash"),
    ("receipt", "Receipt", "original_txn_id"),
)


def panels(returned: ReturnFraud, background: Background) -> Sequence[Panel]:
    """Return purchase against return, the checks at the counter, velocity and links, and the customer's returns."""
    return [_purchase(returned), _checks(returned), _velocity(returned, background), _before(background)]


EVIDENCE: Final = CaseEvidence(panels=panels, related=tuple(trail for trail, _, _ in _LINKS))


def _purchase(returned: ReturnFraud) -> Grid:
    bought, asked = returned.purchased_at, returned.initiated_at
    days = (asked - bought).days if asked is not None and bought is not None else None
    window = returned.return_window_days
    late = days is not None and window is not None and days > window
    left = None
    if returned.qty_purchased is not None:
        left = returned.qty_purchased - (returned.qty_already_returned or 0)
    paid = returned.unit_price_paid * returned.qty_claimed if returned.unit_price_paid is not None else None
    over = returned.refund_amount - paid if paid is not None else None
    sold, handed = returned.serial_number_sold, returned.serial_number_returned
    rows = (
        (
            "Amount",
            (
                money(paid, "unit_price_paid", "qty_claimed"),
                money(returned.refund_amount, "refund_amount"),
                money(over, "refund_amount", "unit_price_paid", signed=True, tone="bad" if over and over > 0 else ""),
            ),
        ),
        (
            "Quantity",
            (
                number(returned.qty_purchased, "qty_purchased", note=_before_note(returned.qty_already_returned)),
                number(returned.qty_claimed, "qty_claimed", "qty_already_returned"),
                number(
                    returned.qty_claimed - left if left is not None and returned.qty_claimed > left else None,
                    "qty_claimed", "qty_purchased", "qty_already_returned", signed=True, tone="bad",
                ),
            ),
        ),
        (
            "When",
            (
                plain(returned, "purchased_at", kind="instant"),
                plain(returned, "initiated_at", kind="instant"),
                number(
                    days, "purchased_at", "initiated_at", "return_window_days", unit="days",
                    tone="bad" if late else "", note=f"of {window:g}" if window is not None else "",
                ),
            ),
        ),
        (
            "Where",
            (
                plain(returned, "purchase_channel", kind="code", note=returned.purchase_site_id or ""),
                plain(returned, "channel", kind="code", note=returned.site_id or ""),
                NOTHING,
            ),
        ),
        (
            "Tender",
            (
                plain(returned, "original_tender", kind="code"),
                plain(returned, "refund_tender", kind="code"),
                _differs(returned.original_tender, returned.refund_tender, "original_tender", "refund_tender"),
            ),
        ),
        (
            "Serial number",
            (
                plain(returned, "serial_number_sold", kind="id"),
                plain(returned, "serial_number_returned", kind="id"),
                _differs(sold, handed, "serial_number_sold", "serial_number_returned"),
            ),
        ),
        (
            "Weight",
            (
                number(returned.expected_weight_g, "expected_weight_g", unit="g"),
                number(returned.carrier_weight_g, "carrier_weight_g", unit="g"),
                _lighter(returned),
            ),
        ),
    )  # fmt: skip
    return Grid(
        title="Purchase and return",
        columns=("", "Purchase", "Return", "Difference"),
        rows=tuple(row for row in rows if any(cell.value is not None for cell in row[1])),
    )


def _checks(returned: ReturnFraud) -> FactList:
    return FactList(
        title="At the counter",
        items=known(
            ("Claim", plain(returned, "claim_type", kind="code")),
            ("Reason", plain(returned, "reason_code", kind="code")),
            ("Receipt", plain(returned, "receipt_type", kind="code", tone=_warn(returned.receipt_type == "none"))),
            ("Reprinted", plain(returned, "receipt_reprinted", kind="flag", tone=_warn(returned.receipt_reprinted))),
            ("Identity", plain(returned, "id_verified", kind="code", tone=_warn(returned.id_verified == "none"))),
            ("Condition", plain(returned, "condition_grade", kind="code")),
            (
                "Tags attached",
                plain(returned, "tags_attached", kind="flag", tone=_warn(returned.tags_attached is False)),
            ),
            ("Item entry", plain(returned, "item_entry", kind="code", tone=_warn(returned.item_entry == "keyed"))),
            (
                "Customer present",
                plain(returned, "customer_present", kind="flag", tone=_warn(returned.customer_present is False)),
            ),
            ("After closing time", plain(returned, "after_close", kind="flag", tone=_warn(returned.after_close))),
            ("Carrier scan", plain(returned, "scan_status", kind="code")),
            ("Proof of delivery", plain(returned, "delivery_proof", kind="code")),
            ("Right by law", plain(returned, "statutory_right", kind="code")),
            ("Linked to organised crime", plain(returned, "orc_linked", kind="flag", tone=_warn(returned.orc_linked))),
        ),
    )


def _velocity(returned: ReturnFraud, background: Background) -> Grid:
    """Return how often each party of the return was part of one before, and how often that was wrong."""
    rows = []
    for trail, title, name in _LINKS:
        if getattr(returned, name) is None:
            continue
        found = background.of(trail)
        counts = [sum((background.as_of - one.at).days < days for one in found) for days in _WINDOWS_DAYS]
        wrong = sum(one.wrong is True for one in found)
        customers = {one.payload.get("customer_id_hash") for one in found} - {None, returned.customer_id_hash}
        others = len(customers) if trail not in ("customer", "associate") else None
        rows.append(
            (
                title,
                (
                    *(number(count, name) for count in counts),
                    number(wrong, name, tone="bad" if wrong else ""),
                    number(others, name, tone="warn" if others else ""),
                ),
            )
        )
    heads = (*(f"{days} days" for days in _WINDOWS_DAYS), "Found wrong", "Other customers")
    return Grid(
        title="Velocity and linked accounts",
        columns=("Returns with the same", *heads),
        rows=tuple(rows),
        note="" if rows else "No customer, card, device or address is named.",
    )


def _before(background: Background) -> Timeline:
    moments = [
        TimelineEntry(
            at=one.at,
            title="Claims the same" if one.exception_id in background.doubles else "Return",
            detail=(
                Value(value=one.payload.get("claim_type"), kind="code"),
                Value(value=one.payload.get("refund_amount"), kind="money"),
                *(
                    (Value(value=one.cause, kind="code", tone="bad" if one.wrong else "good"),)
                    if one.wrong is not None
                    else ()
                ),
            ),
            tone="bad" if one.wrong or one.exception_id in background.doubles else "",
            case=one.exception_id,
        )
        for one in background.of("customer")[:MAX_SHOWN]
    ]
    return Timeline(title="This customer's returns", moments=tuple(moments), empty="No earlier return is known.")


def _before_note(already: Decimal | None) -> str:
    return f"{trimmed(already)} returned before" if already else ""


def _differs(one: str | None, other: str | None, *fields: str) -> Value:
    differ = None not in (one, other) and one != other
    return Value(value="differs" if differ else None, fields=fields, tone="bad")


def _lighter(returned: ReturnFraud) -> Value:
    expected, weighed = returned.expected_weight_g, returned.carrier_weight_g
    if not expected or weighed is None:
        return NOTHING
    apart = float(weighed / expected - 1)
    tone: Tone = "bad" if abs(apart) > 0.25 else ""
    return Value(value=apart, kind="fraction", fields=("expected_weight_g", "carrier_weight_g"), signed=True, tone=tone)


def _warn(odd: bool | None) -> Tone:
    return "warn" if odd else ""
