"""In which language and time zone a person reads pages."""

from collections.abc import Collection
from zoneinfo import available_timezones

from sqlalchemy import Connection, delete, insert, select

from triage.db.desk_schema import reader_preferences
from triage.errors import FieldProblem, InvalidError
from triage.identity.access import Principal


def preferences_of(connection: Connection, name: str) -> tuple[str | None, str | None]:
    """Return language and time zone somebody chose, None where they chose none."""
    query = select(reader_preferences.c.language, reader_preferences.c.time_zone)
    row = connection.execute(query.where(reader_preferences.c.person == name)).one_or_none()
    return (row.language, row.time_zone) if row is not None else (None, None)


def choose_preferences(
    connection: Connection,
    actor: Principal,
    *,
    language: str | None,
    time_zone: str | None,
    languages: Collection[str],
) -> None:
    """Keep a person's choice; None takes it back. Raises InvalidError for a language or a zone that there is not."""
    if language is not None and language not in languages:
        raise _invalid("language", language, f"must be one of {', '.join(languages)}")
    if time_zone is not None and time_zone not in available_timezones():
        raise _invalid("time_zone", time_zone, "must be a zone such as Europe/Berlin or UTC")
    connection.execute(delete(reader_preferences).where(reader_preferences.c.person == actor.name))
    row = {"person": actor.name, "language": language, "time_zone": time_zone}
    connection.execute(insert(reader_preferences), row)


def _invalid(field: str, value: str, message: str) -> InvalidError:
    return InvalidError(f"{field} {message}", problems=[FieldProblem(field=field, value=value[:80], message=message)])
