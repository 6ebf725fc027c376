"""What a flagged item leaves behind for later ones."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.history import Trail

SKU_SITE_CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "record": ("phantom_inventory", "hidden_or_negative_stock"),
    "shelf": ("shelf_gap_backroom",),
    "order": ("order_parameter_error", "order_not_released"),
    "demand": ("promo_uplift_underforecast", "demand_spike", "forecast_bias"),
    "supply": ("supplier_short_ship", "supplier_late", "dc_shortage_allocation", "transport_or_transfer_delay"),
}
"""Causes looked up together for an item at a site, where one alone is too rare to count."""

TRAILS: Final = (
    Trail(name="sku", key=("sku",), causes=("forecast_bias", "promo_uplift_underforecast")),
    Trail(name="site", key=("site_id",), causes=("shelf_gap_backroom", "phantom_inventory", "dc_shortage_allocation")),
    Trail(
        name="sku_site",
        key=("sku", "site_id"),
        windows_days=(90, 730),
        causes=tuple(dict.fromkeys(cause for group in SKU_SITE_CAUSES.values() for cause in group)),
    ),
    Trail(
        name="supplier", key=("supplier_id",), windows_days=(60, 365), causes=("supplier_late", "supplier_short_ship")
    ),
)


def measures(columns: Columns) -> dict[str, NDArray[np.int64]]:
    """Return the exact integers a case leaves on its trails: none, counts and labels say enough here."""
    return {}
