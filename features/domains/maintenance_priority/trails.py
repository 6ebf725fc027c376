"""What a maintenance request leaves behind for later ones."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import hundredths
from features.columns import Columns
from features.domains.maintenance_priority.trades import TRADES
from features.history import Trail

SITE_CAUSES: Final = (
    "plumbing_leak_drain", "hvac_comfort", "refrigeration_temp", "lighting_electrical", "doors_entrance",
    "pos_payment_it",
)  # fmt: skip
"""Causes frequent enough for a site's own share of them to say something."""
_URGENT: Final = 2.0  # position of "high"; "emergency" follows

TRAILS: Final = (
    Trail(name="asset", key=("asset_id",), windows_days=(90, 365, 1095), causes=TRADES),
    Trail(
        name="site", key=("site_id",), windows_days=(7, 365), sums=("sales_per_hour", "sales_given"), causes=SITE_CAUSES
    ),
    Trail(name="vendor", key=("vendor_id",), windows_days=(30, 365)),
    Trail(name="site_class", key=("site_id", "asset_class"), windows_days=(365,)),
    Trail(name="reporter", key=("reporter_id",), windows_days=(365,), sums=("urgent",)),
    Trail(name="fleet", key=("manufacturer", "asset_model"), windows_days=(365,)),
)


def measures(columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Return what a request adds to the totals of its entities: sales in hundredths, the others as 0/1."""
    sales = columns["sales_per_hour"]
    return {
        "urgent": (columns["reported_urgency"] >= _URGENT).astype(np.int64),
        "sales_per_hour": hundredths(sales),
        "sales_given": (~np.isnan(sales)).astype(np.int64),
    }
