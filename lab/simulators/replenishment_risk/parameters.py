"""What each cause of a threatening stock-out does to what can be seen: one explicit table per observable, rows are
causes."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lab.simulators.retailer import Floats

CAUSES: Final = (
    "promo_uplift_underforecast", "demand_spike", "forecast_bias", "phantom_inventory", "hidden_or_negative_stock",
    "shelf_gap_backroom", "order_parameter_error", "order_not_released", "supplier_short_ship", "supplier_late",
    "dc_shortage_allocation", "transport_or_transfer_delay", "integration_lag", "recall_or_quality_hold", "false_alarm",
)  # fmt: skip
KINDS: Final = ("sound", "phantom_prone", "wrong_parameters", "volatile_demand")
"""What an item at a site is like; it never changes and nobody sees it."""
KIND_SHARES: Final = (0.68, 0.105, 0.06, 0.155)
FLAGS_PER_YEAR: Final = (2.2, 6.5, 9.5, 5.5)
"""How often an item at a site is flagged, by kind."""
Row = Sequence[float] | float


def by_cause(default: Row, **rows: Row) -> Floats:
    """Spread a table over all causes, float64 of shape (15,) or (15, k)."""
    unknown = set(rows) - set(CAUSES)
    if unknown:
        raise KeyError(f"unknown causes {sorted(unknown)}")
    return np.array([rows.get(cause, default) for cause in CAUSES], dtype=np.float64)


# Columns: sound, phantom_prone, wrong_parameters, volatile_demand.
PRIORS: Final = by_cause(
    1.0, promo_uplift_underforecast=(10.0, 2.0, 2.0, 52.0), demand_spike=(4.2, 1.2, 1.2, 15.0), forecast_bias=(4.5, 1.5,
    4.0, 18.0),
    phantom_inventory=(1.4, 58.0, 1.2, 1.2), hidden_or_negative_stock=(1.6, 11.0, 0.8, 0.8), shelf_gap_backroom=(36.0,
    14.0, 5.0, 4.0),
    order_parameter_error=(1.2, 1.2, 50.0, 1.2), order_not_released=(2.0, 1.2, 19.0, 1.5), supplier_short_ship=(13.5,
    3.0, 4.5, 4.0),
    supplier_late=(14.0, 3.0, 4.5, 4.0), dc_shortage_allocation=(9.0, 2.0, 3.5, 2.5), transport_or_transfer_delay=(4.8,
    1.2, 1.5, 1.2),
    integration_lag=(1.2, 1.2, 0.6, 0.5), recall_or_quality_hold=(0.5, 0.5, 0.5, 0.5), false_alarm=(0.7, 0.4, 0.4, 0.4),
)  # fmt: skip
"""P(cause | kind) in per cent before season, promotion, site and supplier."""
COPES: Final = ("hidden_or_negative_stock", "shelf_gap_backroom", "integration_lag", "false_alarm")
"""Causes the standard run nearly always copes with; the base rate moves the odds of the others against them."""
HARMLESS: Final = ("false_alarm",)
"""Causes under which nobody looks for a loss."""
NEWCOMER: Final = "transport_or_transfer_delay"
DRIFT: Final = by_cause(
    1.0, promo_uplift_underforecast=1.3, supplier_late=1.35, phantom_inventory=1.2, shelf_gap_backroom=0.8
)
"""The factor on a cause's odds that mild drift reaches at the end."""
PROMO_ODDS: Final = by_cause(
    (1.0, 0.82), promo_uplift_underforecast=(0.0, 4.0), demand_spike=(1.1, 0.4), forecast_bias=(1.1, 0.5)
)
"""Factor on the odds outside and during a promotion."""
EVENT_ODDS: Final = by_cause(1.0, demand_spike=3.2)
"""Factor on the odds in weeks with an event."""
MONTH_ODDS: Final[Mapping[str, Sequence[float]]] = {
    "demand_spike": (0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.4, 1.3, 1.0, 0.8, 0.9, 1.3),
    "dc_shortage_allocation": (0.8, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.0, 1.2, 1.6, 1.6),
}
"""Factor on the odds by month, January first."""

# Sales against plan: mean ratios; counts are negative binomial around plan x ratio.
YESTERDAY_RATIO: Final = by_cause(
    0.95, promo_uplift_underforecast=1.6, demand_spike=2.0, forecast_bias=1.25, phantom_inventory=0.42,
    shelf_gap_backroom=0.55,
    recall_or_quality_hold=0.3, integration_lag=0.5, dc_shortage_allocation=0.88,
)  # fmt: skip
WEEK_RATIO: Final = by_cause(
    1.0, promo_uplift_underforecast=1.4, demand_spike=1.4, forecast_bias=1.25, phantom_inventory=0.62,
    shelf_gap_backroom=0.8,
    recall_or_quality_hold=0.6,
)  # fmt: skip
MONTH_RATIO: Final = by_cause(
    1.0,
    promo_uplift_underforecast=1.05,
    forecast_bias=1.25,
    phantom_inventory=0.85,
    shelf_gap_backroom=0.9,
    order_parameter_error=0.92,
)
QUARTER_RATIO: Final = by_cause(1.0, forecast_bias=0.9)

# Stock against expected demand until the next receipt: mean of the logarithm.
COVER: Final = by_cause(
    0.15, phantom_inventory=0.45, shelf_gap_backroom=0.4, false_alarm=0.7, hidden_or_negative_stock=-0.7,
    order_parameter_error=0.0, order_not_released=0.0, integration_lag=0.2, recall_or_quality_hold=0.4,
)  # fmt: skip
COVER_SPREAD: Final = 0.65
NEGATIVE_RECORD: Final = by_cause(0.004, hidden_or_negative_stock=0.45, integration_lag=0.08, phantom_inventory=0.002)
STOCKOUT_DAY_RATE: Final = by_cause(
    0.035, order_parameter_error=0.15, forecast_bias=0.05, supplier_short_ship=0.05, dc_shortage_allocation=0.05,
    false_alarm=0.015
)  # fmt: skip

# The open order. Statuses: none, proposed, waiting_approval, released, confirmed, shipped.
ORDER_STATUS: Final = by_cause(
    (0.22, 0.12, 0.04, 0.22, 0.22, 0.18), order_not_released=(0.12, 0.30, 0.42, 0.07, 0.05, 0.04),
    order_parameter_error=(0.44, 0.22, 0.05, 0.12, 0.09, 0.08), supplier_late=(0.04, 0.04, 0.02, 0.29, 0.41, 0.20),
    supplier_short_ship=(0.05, 0.05, 0.02, 0.18, 0.44, 0.26), transport_or_transfer_delay=(0.02, 0.02, 0.01, 0.07, 0.15,
    0.73),
    dc_shortage_allocation=(0.09, 0.13, 0.08, 0.40, 0.20, 0.10), phantom_inventory=(0.46, 0.14, 0.03, 0.14, 0.12, 0.11),
    shelf_gap_backroom=(0.38, 0.14, 0.03, 0.17, 0.15, 0.13), recall_or_quality_hold=(0.4, 0.1, 0.2, 0.2, 0.05, 0.05),
)  # fmt: skip
HOURS_WAITING: Final = by_cause(6.0, order_not_released=24.0, recall_or_quality_hold=18.0, dc_shortage_allocation=10.0)
"""Median of a lognormal."""
HOURS_WAITING_SPREAD: Final = 0.9
CONFIRMED: Final = by_cause(
    (0.86, 0.11, 0.03),
    supplier_short_ship=(0.32, 0.56, 0.12),
    dc_shortage_allocation=(0.62, 0.28, 0.10),
    supplier_late=(0.75, 0.17, 0.08),
)
"""P(confirmed in full, in part, not at all)."""
OVERDUE: Final = by_cause(
    0.08,
    supplier_late=0.55,
    transport_or_transfer_delay=0.40,
    supplier_short_ship=0.16,
    dc_shortage_allocation=0.16,
    order_not_released=0.12,
)
SCAN_HOURS: Final = by_cause(14.0, transport_or_transfer_delay=36.0, supplier_late=20.0)
"""Median of a lognormal."""
SCAN_HOURS_SPREAD: Final = 0.7
RECEIPT_STRETCH: Final = by_cause(1.0, supplier_late=1.4, transport_or_transfer_delay=1.3, order_not_released=1.25)
"""Mean days to the next receipt over half a lead time."""
RECEIPT_SHAPE: Final = 3.0
DC_EMPTY: Final = by_cause(
    0.12, dc_shortage_allocation=0.6, supplier_short_ship=0.25, supplier_late=0.24, recall_or_quality_hold=0.4
)
ALLOCATION_FLAG: Final = by_cause(0.02, dc_shortage_allocation=0.25, supplier_short_ship=0.06)
REORDER_POINT: Final = by_cause(0.2, order_parameter_error=-0.2, forecast_bias=0.05)
"""Mean of the logarithm of reorder point over need."""
REORDER_POINT_SPREAD: Final = 0.45
PACK_ODD: Final = by_cause(0.05, order_parameter_error=0.25)
SUPPLY_ISSUE: Final = by_cause(0.02, supplier_short_ship=0.14, supplier_late=0.12, dc_shortage_allocation=0.06)
AUTO_ORDER_STOPPED: Final = by_cause(
    0.02, order_parameter_error=0.22, order_not_released=0.08, recall_or_quality_hold=0.3
)
RECALL: Final = by_cause(0.0005, recall_or_quality_hold=0.45)
QUALITY_HOLD: Final = by_cause(0.001, recall_or_quality_hold=0.45)

# The stock record.
BACKROOM_SHARE: Final = by_cause(0.30, shelf_gap_backroom=0.55, integration_lag=0.4)
"""Mean of a beta."""
BACKROOM_CONCENTRATION: Final = 4.0
CONFIDENCE: Final = by_cause(0.81, phantom_inventory=0.64, hidden_or_negative_stock=0.64, integration_lag=0.66)
"""Mean of a beta."""
CONFIDENCE_CONCENTRATION: Final = 13.0
COUNT_AGE_DAYS: Final = by_cause(55.0, phantom_inventory=120.0, hidden_or_negative_stock=80.0)
"""Mean of an exponential."""
ADJUSTMENT_REASONS: Final = ("count", "damage", "theft", "receiving", "sale_correction", "other")
ADJUSTMENT_SIGN: Final = (0.0, -1.0, -1.0, 0.0, 1.0, 0.0)
"""The sign a reason implies; 0 where it may be either."""
ADJUSTMENT: Final = by_cause(
    (0.76, 0.08, 0.04, 0.02, 0.04, 0.04, 0.02),
    phantom_inventory=(0.60, 0.10, 0.05, 0.11, 0.08, 0.03, 0.03),
    hidden_or_negative_stock=(0.52, 0.12, 0.03, 0.01, 0.17, 0.12, 0.03),
)
"""P(no adjustment, adjustment for each reason)."""
SYNC_MINUTES: Final = by_cause(18.0, integration_lag=180.0, hidden_or_negative_stock=26.0)
"""Median of a lognormal."""
SYNC_MINUTES_SPREAD: Final = 0.8

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
    (0.60, 0.12, 0.08, 0.06, 0.05, 0.03, 0.05, 0.01), promo_uplift_underforecast=(0.50, 0.10, 0.02, 0.04, 0.03, 0.01,
    0.29, 0.01),
    demand_spike=(0.68, 0.15, 0.02, 0.05, 0.03, 0.01, 0.05, 0.01), phantom_inventory=(0.33, 0.12, 0.41, 0.04, 0.03,
    0.04, 0.02, 0.01),
    shelf_gap_backroom=(0.44, 0.22, 0.21, 0.04, 0.03, 0.04, 0.01, 0.01), hidden_or_negative_stock=(0.40, 0.23, 0.04,
    0.03, 0.03, 0.02, 0.01, 0.24),
    supplier_late=(0.49, 0.09, 0.03, 0.31, 0.05, 0.01, 0.01, 0.01), supplier_short_ship=(0.49, 0.09, 0.03, 0.08, 0.28,
    0.01, 0.01, 0.01),
    transport_or_transfer_delay=(0.53, 0.10, 0.02, 0.26, 0.06, 0.01, 0.01, 0.01), dc_shortage_allocation=(0.54, 0.12,
    0.02, 0.10, 0.18, 0.01, 0.02, 0.01),
)  # fmt: skip

# Would leaving it alone have been wrong? Log-odds: base, per unit of tightness (logarithm of demand until the receipt
# over free stock, within bounds) and per unit of log velocity. A phantom's record says nothing of the shelf.
WRONG: Final = by_cause(
    (-3.3, 3.3, 0.1), promo_uplift_underforecast=(-2.9, 3.3, 0.1), phantom_inventory=(1.8, 0.2, 0.2),
    order_parameter_error=(1.8, 0.4, 0.1), order_not_released=(-1.0, 2.8, 0.1), recall_or_quality_hold=(1.5, 0.3, 0.1),
    hidden_or_negative_stock=(-4.5, 0.2, 0.1), shelf_gap_backroom=(-4.5, 0.5, 0.2), integration_lag=(-4.0, 0.5, 0.1),
)  # fmt: skip
TIGHTEST: Final = 2.0
GAP_DAYS: Final = by_cause(1.5, phantom_inventory=5.0, order_parameter_error=2.5, recall_or_quality_hold=5.0)
"""Median days out of stock when it went wrong, lognormal."""
GAP_DAYS_SPREAD: Final = 0.5

CONFUSIONS: Final[Mapping[str, Sequence[str]]] = {
    "promo_uplift_underforecast": ("demand_spike", "forecast_bias"), "demand_spike": ("promo_uplift_underforecast",
    "forecast_bias"),
    "forecast_bias": ("demand_spike", "order_parameter_error"), "phantom_inventory": ("shelf_gap_backroom",
    "hidden_or_negative_stock"),
    "hidden_or_negative_stock": ("phantom_inventory",), "shelf_gap_backroom": ("phantom_inventory", "false_alarm"),
    "order_parameter_error": ("forecast_bias", "order_not_released"), "order_not_released": ("order_parameter_error",),
    "supplier_short_ship": ("supplier_late", "dc_shortage_allocation"), "supplier_late": ("supplier_short_ship",
    "transport_or_transfer_delay"),
    "dc_shortage_allocation": ("supplier_short_ship",), "transport_or_transfer_delay": ("supplier_late",),
    "integration_lag": ("hidden_or_negative_stock",), "false_alarm": ("shelf_gap_backroom",),
}  # fmt: skip
