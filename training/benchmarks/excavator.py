"""Work orders of excavators: which system is meant, from the short text."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from training.benchmarks.real_set import RealSet, example

if TYPE_CHECKING:
    import pandas as pd

_FILE: Final = "work_orders.parquet"


def prepare(folder: Path) -> "pd.DataFrame":
    """Read the work orders as they are."""
    import pandas as pd

    return pd.read_parquet(folder / _FILE)


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
    note="The labels come from keyword rules over the same text; a plain learner can use the text only as a category.",
)
