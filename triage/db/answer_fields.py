"""Numbers read out of a stored decision by the database, where they have no column of their own."""

from typing import Final

from sqlalchemy import JSON, ColumnElement, Connection, Float, cast, func

from triage.db.schema import decisions

DANGER_LIKENESS: Final = ("danger_likeness",)
CAUSE_PROBABILITY: Final = ("cause", "probability")


def answer_number(connection: Connection, path: tuple[str, ...]) -> ColumnElement[float]:
    """Return the number at a path of the decision as answered, null where it has none."""
    if connection.dialect.name == "sqlite":
        return func.json_extract(decisions.c.answer, ".".join(("$", *path)), type_=Float)
    return cast(func.json_extract_path_text(cast(decisions.c.answer, JSON), *path), Float)
