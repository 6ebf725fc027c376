"""Sale lines of a UK web shop: which are returned within 60 days."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.benchmarks.real_set import RealSet, example

if TYPE_CHECKING:
    import pandas as pd

_FILE: Final = "lines.parquet"
_NO_GOODS: Final = ("POST", "M", "D", "BANK CHARGES")
_DAYS: Final = 60


def prepare(folder: Path) -> "pd.DataFrame":
    """Read the lines of known customers, with the basket each stands in; credit lines stay as history without a label.

    `settled` says whether the line had its 60 days before the data end.
    """
    import pandas as pd

    frame = pd.read_parquet(folder / _FILE)
    ends = frame["InvoiceDate"].max()
    frame = frame[frame["CustomerID"].notna() & ~frame["StockCode"].isin(_NO_GOODS)].reset_index(drop=True)
    frame["line_id"] = frame["InvoiceNo"] + "-" + frame.index.astype(str)
    frame["customer"] = frame["CustomerID"].astype("str")
    frame["quantity"] = frame["Quantity"].abs()
    frame["amount"] = frame["quantity"] * frame["UnitPrice"]
    basket = frame.groupby("InvoiceNo")
    frame["basket_lines"] = basket["line_id"].transform("size")
    frame["basket_amount"] = basket["amount"].transform("sum").round(2)
    within = frame["return_ts"] - frame["InvoiceDate"] <= pd.Timedelta(days=_DAYS)
    frame["returned_60d"] = frame["is_returned"] & within
    frame["settled"] = ~frame["is_cancellation"] & (frame["InvoiceDate"] <= ends - pd.Timedelta(days=_DAYS))
    frame["sold_quantity"] = frame["quantity"].where(~frame["is_cancellation"])
    return frame


RETURNS: Final = RealSet(
    name="online_retail_returns",
    folder="online_retail_returns",
    files=(_FILE,),
    title="a sale line is returned within 60 days",
    domain="return_fraud",
    prepare=prepare,
    mapping=example("online_retail_returns"),
    raw=("StockCode", "Description", "quantity", "UnitPrice", "customer", "Country"),
    bars={"AUC": 0.733, "AP": 0.043},
    cluster="customer",
    note="Returns, not fraud. Which sale a credit belongs to is matched, not recorded.",
)
