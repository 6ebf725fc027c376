"""Items of a maker of spare parts, one snapshot of its ERP: which of them go on backorder."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.benchmarks.real_set import RealSet, example

if TYPE_CHECKING:
    import pandas as pd

_FILE: Final = "sample.parquet"


def prepare(folder: Path) -> "pd.DataFrame":
    """Read the snapshot as it is."""
    import pandas as pd

    return pd.read_parquet(folder / _FILE)


BACKORDERS: Final = RealSet(
    name="product_backorders",
    folder="product_backorders",
    files=(_FILE,),
    title="an item goes on backorder",
    domain="replenishment_risk",
    prepare=prepare,
    mapping=example("product_backorders"),
    raw=(
        "national_inv", "lead_time", "in_transit_qty", "forecast_3_month", "forecast_6_month", "forecast_9_month",
        "sales_1_month", "sales_3_month", "sales_6_month", "sales_9_month", "min_bank", "potential_issue",
        "pieces_past_due", "perf_6_month_avg", "perf_12_month_avg", "local_bo_qty", "deck_risk", "oe_constraint",
        "ppap_risk", "stop_auto_buy", "rev_stop",
    ),
    bars={"AUC": 0.950},
    folds=5,
    note="One snapshot, so five folds instead of time. Backorders are oversampled here (about 1 % in production).",
)  # fmt: skip
