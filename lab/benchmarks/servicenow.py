"""Incident tickets of an IT company: which break their service level, and which turn out to be high or critical."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.benchmarks.real_set import RealSet, example

if TYPE_CHECKING:
    import pandas as pd

_FILE: Final = "incidents.parquet"
_AT_OPENING: Final = (
    "caller_id", "opened_by", "contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci",
    "assignment_group", "assigned_to", "knowledge", "u_priority_confirmation", "notify",
)  # fmt: skip
_NOTE: Final = "The tickets carry no text."


def prepare(folder: Path) -> "pd.DataFrame":
    """Read the tickets as they stood when opened; what is `final_` serves as label only."""
    import pandas as pd

    frame = pd.read_parquet(folder / _FILE)
    categories = frame.select_dtypes("category").columns
    frame[categories] = frame[categories].astype("str").where(frame[categories].notna(), None)
    frame["urgent"] = frame["final_priority"].str[0].isin(["1", "2"])
    return frame


SLA: Final = RealSet(
    name="servicenow_sla",
    folder="servicenow_incidents",
    files=(_FILE,),
    title="a ticket breaks its service level",
    domain="maintenance_priority",
    prepare=prepare,
    mapping=example("servicenow_sla"),
    raw=(*_AT_OPENING, "impact", "urgency", "priority"),
    bars={"AUC": 0.797, "AP": 0.535},
    cluster="caller_id",
    hindsight=True,
    note=_NOTE,
)
PRIORITY: Final = RealSet(
    name="servicenow_priority",
    folder="servicenow_incidents",
    files=(_FILE,),
    title="a ticket ends high or critical",
    domain="maintenance_priority",
    prepare=prepare,
    mapping=example("servicenow_priority"),
    raw=_AT_OPENING,
    bars={"AUC": 0.839, "AP": 0.164},
    cluster="caller_id",
    hindsight=True,
    note=_NOTE + " Impact and urgency, which set the priority by a table, are left out.",
)
