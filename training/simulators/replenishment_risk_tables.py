"""What each cause of a threatening stock-out does to what can be seen: one explicit table per observable.

Rows are causes, columns the hidden severity (mild, moderate, severe) where severity matters. Given cause, severity and the
observed context, every observable is drawn independently, so that the exact posterior stays computable.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from training.simulators.retailer import Floats

PRIORS: Final[Mapping[str, float]] = {
    "promo_uplift_underforecast": 12.0, "demand_spike": 7.0, "forecast_bias": 7.0, "phantom_inventory": 10.0,
    "hidden_or_negative_stock": 3.0, "shelf_gap_backroom": 20.0, "order_parameter_error": 8.0, "order_not_released": 4.0,
    "supplier_short_ship": 9.0, "supplier_late": 9.0, "dc_shortage_allocation": 6.0, "transport_or_transfer_delay": 3.0,
    "integration_lag": 1.0, "recall_or_quality_hold": 0.5, "false_alarm": 0.5,
}  # fmt: skip
CAUSES: Final = tuple(PRIORS)
SEVERITIES: Final = ("mild", "moderate", "severe")
Row = Mapping[str, Sequence[float] | float]


def by_cause(default: Sequence[float] | float, **rows: Sequence[float] | float) -> Floats:
    """Spread a table over all causes, float64 of shape (15,) or (15, k)."""
    unknown = set(rows) - set(CAUSES)
    if unknown:
        raise KeyError(f"unknown causes {sorted(unknown)}")
    return np.array([rows.get(cause, default) for cause in CAUSES], dtype=np.float64)


SEVERITY: Final = by_cause(
    (0.45, 0.35, 0.20), false_alarm=(0.90, 0.08, 0.02), hidden_or_negative_stock=(0.7, 0.25, 0.05),
    phantom_inventory=(0.30, 0.35, 0.35), recall_or_quality_hold=(0.2, 0.4, 0.4), shelf_gap_backroom=(0.55, 0.33, 0.12),
)  # fmt: skip
"""P(severity | cause)."""

# Sales against plan: mean ratios; counts are negative binomial around plan x ratio.
YESTERDAY_RATIO: Final = by_cause(
    (0.95, 0.95, 0.90), promo_uplift_underforecast=(1.3, 1.7, 2.3), demand_spike=(1.5, 2.2, 3.2), forecast_bias=(1.15, 1.3, 1.5),
    phantom_inventory=(0.35, 0.08, 0.02), shelf_gap_backroom=(0.75, 0.45, 0.2), hidden_or_negative_stock=(1.0, 0.9, 0.8),
    recall_or_quality_hold=(0.4, 0.1, 0.05), integration_lag=(0.6, 0.4, 0.3), dc_shortage_allocation=(0.95, 0.85, 0.7),
)  # fmt: skip
WEEK_RATIO: Final = by_cause(
    (1.0, 1.0, 0.95), promo_uplift_underforecast=(1.15, 1.4, 1.8), demand_spike=(1.2, 1.5, 1.9), forecast_bias=(1.12, 1.25, 1.4),
    phantom_inventory=(0.6, 0.3, 0.1), shelf_gap_backroom=(0.9, 0.7, 0.5), recall_or_quality_hold=(0.7, 0.5, 0.4),
    supplier_short_ship=(1.0, 0.95, 0.85), order_parameter_error=(1.0, 1.0, 0.9), false_alarm=(0.95, 1.0, 1.0),
)  # fmt: skip
MONTH_RATIO: Final = by_cause(
    (1.0, 1.0, 1.0), promo_uplift_underforecast=(1.02, 1.05, 1.1), demand_spike=(1.0, 1.03, 1.06), forecast_bias=(1.12, 1.25, 1.4),
    phantom_inventory=(0.9, 0.8, 0.65), shelf_gap_backroom=(0.95, 0.9, 0.85), order_parameter_error=(0.95, 0.92, 0.88),
)  # fmt: skip
QUARTER_RATIO: Final = by_cause((1.0, 1.0, 1.0), forecast_bias=(0.97, 0.9, 0.82), phantom_inventory=(1.0, 1.0, 0.95))

# Stock against expected demand until the next receipt: mean of the logarithm; its spread is COVER_SPREAD.
COVER: Final = by_cause(
    (0.25, 0.0, -0.25), phantom_inventory=(0.6, 0.5, 0.4), shelf_gap_backroom=(0.6, 0.45, 0.3), false_alarm=(0.9, 0.6, 0.4),
    hidden_or_negative_stock=(-0.6, -0.9, -1.2), order_parameter_error=(0.1, -0.2, -0.5), order_not_released=(0.1, -0.2, -0.5),
    supplier_late=(0.1, -0.15, -0.4), integration_lag=(0.3, 0.2, 0.0), recall_or_quality_hold=(0.6, 0.5, 0.3),
)  # fmt: skip
COVER_SPREAD: Final = 0.65
NEGATIVE_RECORD: Final = by_cause(0.004, hidden_or_negative_stock=0.5, integration_lag=0.08, phantom_inventory=0.0)
STOCKOUT_DAY_RATE: Final = by_cause(
    (0.02, 0.03, 0.05), order_parameter_error=(0.06, 0.12, 0.2), forecast_bias=(0.04, 0.07, 0.12), phantom_inventory=(0.02, 0.03, 0.04),
    supplier_short_ship=(0.03, 0.06, 0.1), dc_shortage_allocation=(0.03, 0.06, 0.12), false_alarm=(0.01, 0.01, 0.02),
)  # fmt: skip

# The open order. Statuses: none, proposed, waiting_approval, released, confirmed, shipped.
ORDER_STATUS: Final = by_cause(
    (0.22, 0.12, 0.04, 0.22, 0.22, 0.18), order_not_released=(0.12, 0.30, 0.48, 0.05, 0.03, 0.02),
    order_parameter_error=(0.45, 0.22, 0.05, 0.12, 0.09, 0.07), supplier_late=(0.02, 0.03, 0.02, 0.30, 0.43, 0.20),
    supplier_short_ship=(0.04, 0.04, 0.02, 0.18, 0.46, 0.26), transport_or_transfer_delay=(0.01, 0.02, 0.01, 0.06, 0.12, 0.78),
    dc_shortage_allocation=(0.08, 0.12, 0.08, 0.42, 0.20, 0.10), phantom_inventory=(0.55, 0.12, 0.03, 0.12, 0.10, 0.08),
    shelf_gap_backroom=(0.40, 0.14, 0.03, 0.17, 0.14, 0.12), recall_or_quality_hold=(0.4, 0.1, 0.2, 0.2, 0.05, 0.05),
)  # fmt: skip
HOURS_WAITING: Final = by_cause(6.0, order_not_released=30.0, recall_or_quality_hold=18.0, dc_shortage_allocation=11.0)
"""Median of a lognormal."""
CONFIRMED: Final = by_cause(
    (0.86, 0.11, 0.03),
    supplier_short_ship=(0.27, 0.60, 0.13),
    dc_shortage_allocation=(0.62, 0.28, 0.10),
    supplier_late=(0.75, 0.17, 0.08),
)
"""P(confirmed in full, in part, not at all)."""
OVERDUE: Final = by_cause(
    0.07,
    supplier_late=0.62,
    transport_or_transfer_delay=0.42,
    supplier_short_ship=0.16,
    dc_shortage_allocation=0.16,
    order_not_released=0.12,
)
OVERDUE_DAYS: Final = by_cause(
    (1.5, 2.0, 2.5), supplier_late=(2.0, 4.0, 7.0), transport_or_transfer_delay=(1.5, 2.5, 4.0)
)
"""Mean of a geometric, at least one day."""
SCAN_HOURS: Final = by_cause(14.0, transport_or_transfer_delay=40.0, supplier_late=20.0)
"""Median of a lognormal."""
RECEIPT_STRETCH: Final = by_cause(
    (1.0, 1.05, 1.1),
    supplier_late=(1.2, 1.6, 2.1),
    transport_or_transfer_delay=(1.1, 1.3, 1.6),
    order_not_released=(1.1, 1.3, 1.6),
)
"""Mean days to the next receipt over half a lead time."""
DC_EMPTY: Final = by_cause(
    0.12, dc_shortage_allocation=0.66, supplier_short_ship=0.25, supplier_late=0.24, recall_or_quality_hold=0.4
)
ALLOCATION_FLAG: Final = by_cause(0.02, dc_shortage_allocation=0.3, supplier_short_ship=0.06)
REORDER_POINT: Final = by_cause(
    (0.2, 0.2, 0.2), order_parameter_error=(-0.25, -0.6, -1.0), forecast_bias=(0.1, 0.0, -0.1)
)
"""Mean of the logarithm of reorder point over need; its spread is REORDER_POINT_SPREAD."""
REORDER_POINT_SPREAD: Final = 0.35
PACK_ODD: Final = by_cause(0.05, order_parameter_error=0.25)
SUPPLY_ISSUE: Final = by_cause(0.02, supplier_short_ship=0.14, supplier_late=0.12, dc_shortage_allocation=0.06)
AUTO_ORDER_STOPPED: Final = by_cause(
    0.02, order_parameter_error=0.12, order_not_released=0.10, recall_or_quality_hold=0.3
)
RECALL: Final = by_cause(0.0005, recall_or_quality_hold=0.45)
QUALITY_HOLD: Final = by_cause(0.001, recall_or_quality_hold=0.45)

# The stock record.
BACKROOM_SHARE: Final = by_cause(
    (0.30, 0.30, 0.28),
    shelf_gap_backroom=(0.48, 0.62, 0.75),
    phantom_inventory=(0.35, 0.3, 0.25),
    integration_lag=(0.4, 0.4, 0.4),
)
"""Mean of a beta with concentration BACKROOM_CONCENTRATION."""
BACKROOM_CONCENTRATION: Final = 5.0
CONFIDENCE: Final = by_cause(
    (0.82, 0.81, 0.80),
    phantom_inventory=(0.72, 0.64, 0.56),
    hidden_or_negative_stock=(0.66, 0.6, 0.55),
    integration_lag=(0.7, 0.65, 0.6),
)
CONFIDENCE_CONCENTRATION: Final = 12.0
COUNT_AGE_DAYS: Final = by_cause(55.0, phantom_inventory=110.0, hidden_or_negative_stock=85.0, shelf_gap_backroom=60.0)
"""Mean of an exponential."""
ADJUSTED: Final = by_cause(0.25, phantom_inventory=0.42, hidden_or_negative_stock=0.5)
ADJUSTMENT_REASONS: Final = ("count", "damage", "theft", "receiving", "sale_correction", "other")
ADJUSTMENT_SIGN: Final = (0.0, -1.0, -1.0, 0.0, 1.0, 0.0)
"""The sign a reason implies; 0 where it may be either."""
ADJUSTMENT_REASON: Final = by_cause(
    (0.35, 0.15, 0.10, 0.15, 0.15, 0.10),
    phantom_inventory=(0.24, 0.12, 0.28, 0.2, 0.08, 0.08),
    hidden_or_negative_stock=(0.25, 0.05, 0.03, 0.35, 0.25, 0.07),
)
SYNC_MINUTES: Final = by_cause(18.0, integration_lag=240.0, hidden_or_negative_stock=26.0)
"""Median of a lognormal."""

TRIGGERS: Final = (
    "projected_oos",
    "oos",
    "zero_sales",
    "late_po",
    "short_ship",
    "overstock",
    "promo_gap",
    "negative_oh",
)
TRIGGER: Final = by_cause(
    (0.60, 0.12, 0.08, 0.06, 0.05, 0.03, 0.05, 0.01), promo_uplift_underforecast=(0.46, 0.10, 0.01, 0.03, 0.03, 0.01, 0.35, 0.01),
    demand_spike=(0.70, 0.15, 0.01, 0.04, 0.03, 0.01, 0.05, 0.01), phantom_inventory=(0.26, 0.10, 0.52, 0.03, 0.03, 0.04, 0.01, 0.01),
    shelf_gap_backroom=(0.36, 0.20, 0.32, 0.03, 0.03, 0.04, 0.01, 0.01), hidden_or_negative_stock=(0.35, 0.23, 0.03, 0.03, 0.03, 0.02, 0.01, 0.30),
    supplier_late=(0.45, 0.09, 0.02, 0.37, 0.04, 0.01, 0.01, 0.01), supplier_short_ship=(0.46, 0.09, 0.02, 0.08, 0.32, 0.01, 0.01, 0.01),
    transport_or_transfer_delay=(0.50, 0.10, 0.02, 0.30, 0.05, 0.01, 0.01, 0.01), dc_shortage_allocation=(0.54, 0.12, 0.02, 0.10, 0.18, 0.01, 0.02, 0.01),
)  # fmt: skip

# Would leaving it alone have been wrong? Log-odds: base, per severity step, per unit of tightness (logarithm of demand until
# the receipt over free stock, within ±2.5) and per unit of log velocity. A phantom's record says nothing of the shelf.
WRONG: Final = by_cause(
    (-2.1, 0.8, 2.9, 0.15), promo_uplift_underforecast=(-1.4, 0.9, 3.1, 0.2), demand_spike=(-1.7, 1.0, 3.1, 0.2),
    forecast_bias=(-2.0, 0.8, 3.1, 0.2), phantom_inventory=(-1.3, 1.3, 0.2, 0.9), hidden_or_negative_stock=(-4.2, 0.7, 0.2, 0.2),
    shelf_gap_backroom=(-3.4, 1.0, 0.7, 0.5), order_not_released=(-1.7, 0.9, 3.2, 0.15), supplier_late=(-1.5, 1.0, 3.1, 0.15),
    supplier_short_ship=(-1.6, 1.0, 3.1, 0.15), dc_shortage_allocation=(-1.6, 0.8, 3.0, 0.15), integration_lag=(-3.6, 0.8, 0.8, 0.2),
    recall_or_quality_hold=(-0.6, 0.8, 0.5, 0.3), false_alarm=(-6.0, 0.5, 0.5, 0.0), transport_or_transfer_delay=(-2.0, 0.9, 3.1, 0.15),
)  # fmt: skip
GAP_DAYS: Final = by_cause(
    (1.0, 1.6, 2.6),
    phantom_inventory=(3.0, 5.0, 9.0),
    order_parameter_error=(1.5, 2.5, 4.0),
    recall_or_quality_hold=(3.0, 6.0, 9.0),
)
"""Median days out of stock when it went wrong, lognormal."""

EVENT_BOOST: Final = by_cause(1.0, demand_spike=3.2)
"""Prior weight in weeks with an event, against those without."""
PROMO_WEIGHT: Final = by_cause(
    (1.0, 0.82), promo_uplift_underforecast=(0.0, 5.6), demand_spike=(1.1, 0.4), forecast_bias=(1.1, 0.5)
)
"""Prior weight outside and during a promotion."""

CONFUSIONS: Final[Mapping[str, Sequence[str]]] = {
    "promo_uplift_underforecast": ("demand_spike", "forecast_bias"), "demand_spike": ("promo_uplift_underforecast", "forecast_bias"),
    "forecast_bias": ("demand_spike", "order_parameter_error"), "phantom_inventory": ("shelf_gap_backroom", "hidden_or_negative_stock"),
    "hidden_or_negative_stock": ("phantom_inventory",), "shelf_gap_backroom": ("phantom_inventory", "false_alarm"),
    "order_parameter_error": ("forecast_bias", "order_not_released"), "order_not_released": ("order_parameter_error",),
    "supplier_short_ship": ("supplier_late", "dc_shortage_allocation"), "supplier_late": ("supplier_short_ship", "transport_or_transfer_delay"),
    "dc_shortage_allocation": ("supplier_short_ship",), "transport_or_transfer_delay": ("supplier_late",),
    "integration_lag": ("hidden_or_negative_stock",), "false_alarm": ("shelf_gap_backroom",),
}  # fmt: skip
