"""The one place that reads the clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current instant, aware UTC."""
    return datetime.now(UTC)
