"""One row of a table made a case, and what was left out of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from features.fields import Payload
from models.score import Reason
from training.tables.table_labels import RowLabel


@dataclass(slots=True, kw_only=True)
class Row:
    """One case of a table.

    number: its row in the file. fx_rate: the rate applied; odd_money: why none was, where one is missing or out of
    place.
    zone: of its site, None where it is not known. varied_by: what chooses a policy variant. quality: what was left out
    of it, and why.
    """

    number: int
    exception_id: str
    as_of: datetime
    currency: str | None
    fx_rate: float
    odd_money: tuple[Reason, ...]
    source_system: str | None
    zone: ZoneInfo | None
    varied_by: Mapping[str, str | None]
    group: str | None
    payload: Payload | None
    attributes: dict[str, Any]
    label: RowLabel | None
    quality: tuple[Reason, ...]


@dataclass(slots=True, kw_only=True)
class LeftOut:
    """How many of the cells given for an optional field could not be used, and the first of them in words."""

    name: str
    given: int = 0
    count: int = 0
    first: str = ""

    @property
    def is_most(self) -> bool:
        """Return whether the column as a whole is of the wrong type or unit."""
        return self.count > 1 and self.count * 2 > self.given
