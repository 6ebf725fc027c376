"""Emptying a database for good, so that a demonstration begins anew."""

from sqlalchemy import Engine, inspect, text


def empty(engine: Engine) -> None:
    """Drop every table with all it holds, also those that only searching uses."""
    if engine.dialect.name == "sqlite":
        _empty_sqlite(engine)
        return
    with engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')


def _empty_sqlite(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        virtual = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
        for name in connection.execute(text(virtual)).scalars().all():
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
        plain = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for name in connection.execute(text(plain)).scalars().all():
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
