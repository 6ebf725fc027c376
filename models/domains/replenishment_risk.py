"""Replenishment risk: the causes of a threatening stock-out and what the heads learn."""

from collections.abc import Mapping
from typing import Final

from models.heads import Heads

LABELS: Final[Mapping[str, str]] = {
    "promo_uplift_underforecast": "Promotion sells more than planned",
    "demand_spike": "Demand surge without a promotion",
    "forecast_bias": "Forecast too low for weeks",
    "phantom_inventory": "Record shows stock that is not there (phantom)",
    "hidden_or_negative_stock": "More stock than the record shows",
    "shelf_gap_backroom": "In the backroom, not on the shelf",
    "order_parameter_error": "Wrong order parameter (min, pack, lead time, calendar)",
    "order_not_released": "Order waits for approval or missed the cut-off",
    "supplier_short_ship": "Supplier confirmed or shipped short",
    "supplier_late": "Supplier late against its promise",
    "dc_shortage_allocation": "DC short, stock on allocation",
    "transport_or_transfer_delay": "Shipment or transfer delayed on the way",
    "integration_lag": "Stock record out of date between systems",
    "recall_or_quality_hold": "Recalled or on quality hold",
    "false_alarm": "Nothing to do (false alarm)",
}

HEADS: Final = Heads(
    labels=LABELS,
    straight_through="let the standard replenishment run handle the item, without intervention",
    never_wrong=("false_alarm",),
    wrong_when="the item ran out at the site, with sales lost, before the next receipt could cover the demand",
    loss_is=(
        "units not sold x unit margin x the share of buyers who did not come back for it (1 - recapture),"
        " times 2.5 for key value items, whose buyers take the basket with them"
    ),
)
