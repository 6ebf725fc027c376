"""What a bill is matched by, and what came of it: kept with the document and shown as evidence."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MatchProblem = Literal[
    "no_order", "order_unknown", "not_on_order", "supplier_differs", "currency_differs", "unit_unknown",
    "price_unknown", "price_above_order", "credit_below_order", "billed_over_ordered", "no_receipt",
    "billed_over_received", "credited_over_billed", "unplanned_charge", "arithmetic", "tax", "rule_broken", "duplicate",
    "not_matched",
]  # fmt: skip
SENTENCES: Final[dict[MatchProblem, str]] = {
    "no_order": "It names no order.",
    "order_unknown": "The order it names is not known.",
    "not_on_order": "The order has no such line.",
    "supplier_differs": "The order was placed with another supplier.",
    "currency_differs": "Order and invoice are in different currencies.",
    "unit_unknown": "It is billed in another unit than ordered, and nobody says how many make one.",
    "price_unknown": "Order or invoice gives no price.",
    "price_above_order": "The price is above the order's.",
    "credit_below_order": "The goods are credited below their order price.",
    "billed_over_ordered": "More is billed than was ordered.",
    "no_receipt": "Nothing was received yet.",
    "billed_over_received": "More is billed than was received.",
    "credited_over_billed": "More is credited than was billed before.",
    "unplanned_charge": "It charges what the order does not.",
    "arithmetic": "It does not add up.",
    "tax": "Its tax is not what its rates make.",
    "rule_broken": "It breaks a rule of its standard.",
    "duplicate": "It seems to have been billed before.",
    "not_matched": "It was not compared: too many other documents name its orders.",
}
"""Each problem for a person."""
CURABLE: Final = frozenset({"order_unknown", "no_receipt", "billed_over_received"})
"""What a later order or receipt may mend, and so is waited for."""
Tolerance = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class MatchRules(BaseModel):
    """By what a bill counts as matched: the part `matching` of a policy.

    match: two_way compares with the order, three_way with the receipts too. Of a price or quantity both limits apply,
    the fraction of the order's and the amount (money of the line, order units). charge_amount: charges beyond the
    order's, money of the bill. duplicate_similarity: from which likeness to an earlier bill, 0 to 1, it is looked at.
    wait_hours: how long a bill waits for its order and receipts before people see it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Literal["two_way", "three_way"] = "three_way"
    price_fraction: Tolerance = 0.02
    price_amount: Tolerance = 25.0
    quantity_fraction: Tolerance = 0.0
    quantity: Tolerance = 0.0
    charge_amount: Tolerance = 0.0
    duplicate_similarity: Annotated[float, Field(gt=0, le=1)] = 0.75
    wait_hours: Annotated[float, Field(ge=0, le=24 * 90)] = 72.0


class BilledShare(BaseModel):
    """What a bill takes of an order line. quantity: order units, negative where it gives back."""

    model_config = ConfigDict(frozen=True)
    order_line: str
    quantity: Decimal


class LineMatch(BaseModel):
    """A line beside the order lines it belongs to. Quantities in order units; price of one order unit."""

    model_config = ConfigDict(frozen=True)
    position: int
    line_id: str | None = None
    order_id: str | None = None
    order_line_id: str | None = None
    ordered_quantity: Decimal | None = None
    order_unit: str | None = None
    order_price: Decimal | None = None
    ordered_on: date | None = None
    delivery_on: date | None = None
    received_quantity: Decimal | None = None
    rejected_quantity: Decimal | None = None
    announced_quantity: Decimal | None = None
    receipt_count: int = 0
    last_receipt_on: date | None = None
    receipts_complete: bool | None = None
    billed_before: Decimal = Decimal(0)
    billed_quantity: Decimal | None = None
    billed_price: Decimal | None = None
    units_per_billed_unit: Decimal | None = None
    problems: tuple[MatchProblem, ...] = ()
    shares: tuple[BilledShare, ...] = ()


class EarlierBill(BaseModel):
    """An earlier bill that looks like this one. similarity: 0 to 1, 1 is identical."""

    model_config = ConfigDict(frozen=True)
    document_id: str
    number: str
    similarity: float
    days_apart: int | None = None


class MatchResult(BaseModel):
    """What came of matching a bill.

    state: matched, waiting for what is not there yet, or exception. problems: of the bill as a whole. findings: rules
    of arithmetic that do not hold, in words. tax_expected: what its rates make, where that is not what it states.
    """

    model_config = ConfigDict(frozen=True)
    state: Literal["matched", "waiting", "exception"]
    problems: tuple[MatchProblem, ...] = ()
    lines: tuple[LineMatch, ...] = ()
    findings: tuple[str, ...] = ()
    tax_expected: Decimal | None = None
    orders: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    closest: EarlierBill | None = None

    @property
    def all_problems(self) -> tuple[MatchProblem, ...]:
        """Every problem of the bill and its lines, each once."""
        return tuple(dict.fromkeys((*self.problems, *(each for line in self.lines for each in line.problems))))
