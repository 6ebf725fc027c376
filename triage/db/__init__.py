"""The database: its tables, its migrations, and how it is opened."""

from triage.db import (
    clock_schema,
    desk_schema,
    document_schema,
    handoff_schema,
    inbox_schema,
    lookup_schema,
    model_schema,
    privacy_schema,
    process_schema,
    schema,
    search_schema,
    step_schema,
)

__all__ = [
    "clock_schema",
    "desk_schema",
    "document_schema",
    "handoff_schema",
    "inbox_schema",
    "lookup_schema",
    "model_schema",
    "privacy_schema",
    "process_schema",
    "schema",
    "search_schema",
    "step_schema",
]
