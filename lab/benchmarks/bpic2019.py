"""Order lines of a coatings maker: which first invoice ends in an exception, and in which."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.benchmarks.real_set import RealSet, example

if TYPE_CHECKING:
    import pandas as pd

_CASES: Final = "cases.parquet"


def prepare(folder: Path) -> "pd.DataFrame":
    """Read the lines that have an invoice."""
    import pandas as pd

    return pd.read_parquet(folder / _CASES)


BPIC2019: Final = RealSet(
    name="bpic2019_three_way_match",
    folder="bpic2019_three_way_match",
    files=(_CASES,),
    title="an order line's first invoice ends in an exception, and in which",
    domain="invoice_discrepancy",
    prepare=prepare,
    mapping=example("bpic2019_three_way_match"),
    raw=(
        "company", "document_type", "item_type", "vendor", "spend_area", "spend_class", "sub_spend_area", "pre_gr",
        "pre_change_price", "pre_change_qty", "pre_cancel_gr", "pre_remove_block", "pre_vendor_invoice",
        "pre_debit_memo", "pre_service_entry", "value_at_invoice", "inv_idx",
    ),
    bars={"AUC": 0.806, "AP": 0.624, "macro-F1": 0.579},
    cluster="purchasing_document",
    hindsight=True,
    note="Half of the purchasing documents; the bar was measured on all of them.",
)  # fmt: skip
