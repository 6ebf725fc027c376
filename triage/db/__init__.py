"""The database: its tables, its migrations, and how it is opened."""

from triage.db import handoff_schema, schema

__all__ = ["handoff_schema", "schema"]
