"""Fresh food by store, product and day: which products run out tomorrow for four hours or more."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.benchmarks.real_set import RealSet, example

if TYPE_CHECKING:
    import pandas as pd

_FILE: Final = "daily.parquet"
_STORES: Final = 20
"""Of 360, spread evenly over their numbers, so that a run takes minutes."""
_LONG: Final = 4


def prepare(folder: Path) -> "pd.DataFrame":
    """Read the days of some stores as known at closing time, with the next day's stock-out as label.

    Of the next day only the calendar is known: no discount, weather or sales.
    """
    import pandas as pd

    stores = pd.read_parquet(folder / _FILE, columns=["store_id"])["store_id"].drop_duplicates().sort_values()
    chosen = stores.iloc[:: max(1, len(stores) // _STORES)].tolist()[:_STORES]
    frame = pd.read_parquet(folder / _FILE, filters=[("store_id", "in", chosen)])
    frame = frame.sort_values(["store_id", "product_id", "dt"]).reset_index(drop=True)
    series = frame.groupby(["store_id", "product_id"])
    tomorrow, day = series["stockout_hours_6_22"].shift(-1), series["dt"].shift(-1)
    follows = day - frame["dt"] == pd.Timedelta(days=1)
    frame["out_tomorrow"] = (tomorrow >= _LONG).where(tomorrow.notna() & follows).astype("boolean")
    frame["holiday_tomorrow"] = series["holiday_flag"].shift(-1).where(follows)
    mask = frame["stockout_mask"].to_numpy()
    # Bit h is the hour from h to h + 1.
    frame["out_evening_hours"] = sum((mask >> hour) & 1 for hour in range(18, 22))
    frame["out_morning_hours"] = sum((mask >> hour) & 1 for hour in range(6, 12))
    frame["closed_at"] = frame["dt"] + pd.Timedelta(hours=22)
    frame["weekday_tomorrow"] = ((frame["dt"].dt.day_of_week + 1) % 7).astype("str")
    frame["series"] = frame["store_id"].astype("str") + "-" + frame["product_id"].astype("str")
    frame["row"] = frame["series"] + "-" + frame["dt"].dt.strftime("%Y%m%d")
    return frame


STOCKOUT: Final = RealSet(
    name="freshretailnet_stockout",
    folder="freshretailnet_stockout",
    files=(_FILE,),
    title="a product is out tomorrow for 4 hours or more",
    domain="replenishment_risk",
    prepare=prepare,
    mapping=example("freshretailnet_stockout"),
    raw=(
        "city_id", "store_id", "management_group_id", "first_category_id", "second_category_id", "third_category_id",
        "product_id", "discount", "holiday_flag", "activity_flag", "precpt", "avg_temperature", "avg_humidity",
        "avg_wind_level", "sale_amount", "stockout_hours_6_22", "stockout_hours_all",
    ),
    bars={"AUC": 0.706, "AP": 0.538},
    cluster="store_id",
    note=f"{_STORES} of 360 stores. The stock itself is not in the data.",
)  # fmt: skip
