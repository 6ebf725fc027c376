"""The database's clock: leases, deadlines and retries of many workers must not rest on each worker's own clock."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text


def database_now(connection: Connection) -> datetime:
    """Return the present instant by the database's clock, aware UTC."""
    if connection.dialect.name == "sqlite":
        read = connection.exec_driver_sql("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')").scalar_one()
        return datetime.fromisoformat(read).replace(tzinfo=UTC)
    # Not now(): that is when the transaction began, which may have waited for a lock since.
    instant: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return instant.astimezone(UTC)
