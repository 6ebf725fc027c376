"""Work orders of excavators: which system is meant, from the short text."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.benchmarks.real_set import RealSet, example

if TYPE_CHECKING:
    import pandas as pd

_FILE: Final = "work_orders.parquet"
_MIN_OF_SYSTEM: Final = 30


def prepare(folder: Path) -> "pd.DataFrame":
    """Read the work orders; systems with fewer than 30 of them count as unknown, as where the bar was measured."""
    import pandas as pd

    frame = pd.read_parquet(folder / _FILE)
    orders = frame["MajorSystem"].map(frame["MajorSystem"].value_counts())
    frame["MajorSystem"] = frame["MajorSystem"].where(orders >= _MIN_OF_SYSTEM)
    return frame


EXCAVATOR: Final = RealSet(
    name="excavator_system",
    folder="excavator_work_orders",
    files=(_FILE,),
    title="which system a work order is about",
    domain="maintenance_priority",
    prepare=prepare,
    mapping=example("excavator_work_orders"),
    raw=("Asset", "OriginalShorttext", "PMType", "FuncLocation"),
    bars={"accuracy": 0.933, "macro-F1": 0.735},
    note="Systems with at least 30 work orders. The labels come from keyword rules over the same text; a plain learner "
    "can use the text only as a category.",
)
