"""Columns of a parquet file as the Python values that cells are."""

from datetime import UTC, datetime
from typing import Any


def cells_of(array: Any) -> list[Any]:
    """Turn an Arrow array into Python values; by way of numpy where that is many times faster."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        return cells_of(array.dictionary_decode())
    if pa.types.is_timestamp(kind):
        # Arrow stores zoned instants in UTC; naive ones get the zone of the mapping later.
        moments = _calendar(array.to_numpy(zero_copy_only=False), "us")
        return (
            [value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in moments]
            if kind.tz
            else moments
        )
    if pa.types.is_date(kind):
        return _calendar(array.to_numpy(zero_copy_only=False), "D")
    if pa.types.is_integer(kind):
        numbers = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).tolist()
        return _with_gaps(numbers, array)
    if pa.types.is_floating(kind):
        return [None if value != value else value for value in array.to_numpy(zero_copy_only=False).tolist()]
    return [None if isinstance(value, str) and not value.strip() else value for value in array.to_pylist()]


def _calendar(moments: Any, unit: str) -> list[Any]:
    """Turn numpy instants into Python ones; those beyond its calendar, the years 1 to 9999, into their text."""
    import numpy as np

    days = moments.astype("datetime64[D]")
    inside = (days >= np.datetime64("0001-01-01")) & (days <= np.datetime64("9999-12-31"))
    # Emptied before the conversion, in which they would wrap around.
    values: list[Any] = np.where(inside, moments, np.datetime64("NaT")).astype(f"datetime64[{unit}]").tolist()
    for at in np.flatnonzero(~inside & ~np.isnat(moments)).tolist():
        values[at] = str(moments[at])
    return values


def _with_gaps(values: list[Any], array: Any) -> list[Any]:
    if array.null_count == 0:
        return values
    valid = array.is_valid().to_pylist()
    return [value if present else None for value, present in zip(values, valid, strict=True)]
