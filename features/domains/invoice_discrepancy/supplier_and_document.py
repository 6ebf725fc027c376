"""Features of the supplier and its bank, and of the document: doubles, capture, blocks and dates."""

from typing import Final, get_args

import numpy as np

from features.arithmetic import days_between, flag
from features.columns import Column
from features.declaration import FeatureGroup, LocalTime, Members
from features.domains.invoice_discrepancy.payload import Block

MONTH_END_DAYS: Final = 3
_DAY: Final = 86_400.0
_PRICE_BLOCKS: Final = ("PP", "PS", "VP", "BR", "BW")
_QUANTITY_BLOCKS: Final = ("DQ", "DW")

F: Final = FeatureGroup()

F.field("supplier_status", family="supplier")


@F.feature("Supplier since", family="supplier", unit="days")
def supplier_tenure_days(as_of: Column, supplier_since_on: Column) -> Column:
    return days_between(as_of, supplier_since_on)


F.field("supplier_paid_invoice_count", family="supplier", unit="count")
F.field("supplier_tax_id_match", family="supplier")
F.field("bank_matches_master", family="bank")


@F.feature("Days since the bank details changed", family="bank", unit="days")
def days_since_bank_change(as_of: Column, bank_changed_at: Column) -> Column:
    return days_between(as_of, bank_changed_at)


F.field("suppliers_sharing_bank_count", family="bank", unit="count")


F.past("account_age_days", "Days the account has been seen", family="bank", unit="days")


F.field("closest_invoice_similarity", family="duplicate", unit="fraction")
F.field("closest_invoice_days_apart", family="duplicate", unit="days")


@F.step
def line_cents(billed_amount: Column) -> Column:
    return np.rint(billed_amount * 100.0)  # as in `measures`


@F.feature("Number and amount seen before", family="duplicate")
def same_number_and_amount(claim_count_365d: Column) -> Column:
    return flag(claim_count_365d > 0.0)


@F.feature("Same amount as the order's last line", family="duplicate")
def same_amount_on_order(order_last_amount: Column, line_cents: Column) -> Column:
    return flag(order_last_amount == line_cents)


F.field("invoice_type", family="document", title="Document")
F.field("capture_channel", family="document")
F.field("ocr_confidence", family="document", unit="fraction")


@F.feature("Blocks", family="blocks", unit="count")
def block_count(blocking_codes: Members) -> Column:
    count: Column = np.add.reduce([blocking_codes[code] for code in get_args(Block)])
    return count


@F.feature("Blocked for price", family="blocks")
def blocked_for_price(blocking_codes: Members) -> Column:
    blocked: Column = np.maximum.reduce([blocking_codes[code] for code in _PRICE_BLOCKS])
    return blocked


@F.feature("Blocked for quantity", family="blocks")
def blocked_for_quantity(blocking_codes: Members) -> Column:
    blocked: Column = np.maximum.reduce([blocking_codes[code] for code in _QUANTITY_BLOCKS])
    return blocked


@F.step
def today_days(as_of: LocalTime) -> Column:
    return np.floor(as_of / _DAY)


@F.feature("Days to the due date", family="timing", unit="days")
def days_to_due(due_on: Column, today_days: Column) -> Column:
    return days_between(due_on, today_days * _DAY)


@F.feature("Days to the end of the discount", family="timing", unit="days")
def days_to_discount_end(issued_on: Column, discount_days: Column, today_days: Column) -> Column:
    return days_between(issued_on + discount_days * _DAY, today_days * _DAY)


@F.feature("Last three days of the month", family="timing")
def month_end(today_days: Column) -> Column:
    dates = today_days.astype(np.int64).astype("datetime64[D]")
    next_month = (dates.astype("datetime64[M]") + 1).astype("datetime64[D]")
    return flag((next_month - dates).astype(np.int64) <= MONTH_END_DAYS)
