"""Freezes what has settled of the entity history, so that a start need not read it again. Run by one process of a
machine at a time."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, select

from features.history import LabelFact
from features.history_segment import segment_arrays
from triage.db.database import reading
from triage.db.privacy_schema import erasures
from triage.db.schema import cases, labels, past_cases
from triage.intake.entity_history import OVERLAP
from triage.intake.history_facts import FactsOfRows, case_columns
from triage.intake.history_files import NOTHING, TABLES, Frozen, HistoryFiles, Reach

log = structlog.get_logger(__name__)
MAX_ROWS_AT_ONCE: Final = 50_000
_TABLES: Final = {"cases": cases, "past_cases": past_cases, "labels": labels}
_NUMBER: Final = {"cases": cases.c.seq, "past_cases": past_cases.c.seq, "labels": labels.c.label_id}


def freeze(engine: Engine, files: HistoryFiles, facts: FactsOfRows, *, min_rows: int = 1, wait: bool = False) -> int:
    """Freeze all rows that have settled, in segments; return how many. Fewer than `min_rows` are left for another time.

    Where another process of this machine freezes the same history, does nothing, or waits for it.
    """
    done = 0
    with files.alone(wait=wait) as mine:
        while mine:
            with reading(engine) as connection:
                frozen = valid(connection, files, facts.domain)
                written = _freeze_some(connection, files, facts, frozen, min_rows=1 if done else min_rows)
            done += written
            if written < MAX_ROWS_AT_ONCE:
                break
    return done


def valid(connection: Connection, files: HistoryFiles, domain: str) -> Frozen:
    """Map the frozen history of a domain where it is of this database; nothing where a row it ends with is another
    now."""
    frozen = files.open()
    if frozen.rows and frozen.erasures != last_erasure(connection, domain):
        return NOTHING  # somebody was erased since: they are not to be known by these files either
    for name, reach in frozen.reach.items():
        table = _TABLES[name]
        if reach.number and reach.mark != connection.scalar(
            select(table.c.exception_id).where(table.c.domain == domain, _NUMBER[name] == reach.number)
        ):
            log.warning("history_files_of_another_database", domain=domain, table=name)
            return NOTHING
    return frozen


def last_erasure(connection: Connection, domain: str) -> int:
    """Return the number of the last erasure of a person from a domain's cases, 0 while there is none."""
    query = select(erasures.c.erasure_id).where(erasures.c.domain == domain).order_by(erasures.c.erasure_id.desc())
    return connection.scalar(query.limit(1)) or 0


def _freeze_some(
    connection: Connection, files: HistoryFiles, facts: FactsOfRows, frozen: Frozen, *, min_rows: int
) -> int:
    """Freeze the next rows of every table, up to `MAX_ROWS_AT_ONCE` each."""
    rows = {name: _settled(connection, facts.domain, name, frozen.reach[name].number) for name in TABLES}
    count = sum(map(len, rows.values()))
    if count < max(min_rows, 1):
        return 0
    if frozen is NOTHING:
        files.clear()
    case_rows = [*rows["past_cases"], *rows["cases"]]
    case_facts = facts.of_cases(case_rows)
    keys = {row.exception_id: fact.keys for row, fact in zip(case_rows, case_facts, strict=True)}
    label_facts: list[LabelFact] = facts.of_labels(connection, rows["labels"], keys=keys)
    reach = {name: _reach(name, found, frozen.reach[name]) for name, found in rows.items()}
    known = last_erasure(connection, facts.domain)
    files.add(segment_arrays(facts.recipe.trails, case_facts, label_facts), reach=reach, rows=count, erasures=known)
    log.info("history_frozen", domain=facts.domain, rows=count)
    return max(map(len, rows.values())) if count else 0


def _settled(connection: Connection, domain: str, name: str, since: int) -> list[Any]:
    """Read the next rows that can no longer be joined by one with a lower number."""
    table, number = _TABLES[name], _NUMBER[name]
    query = select(labels) if name == "labels" else case_columns(table)
    newest = select(number).where(table.c.domain == domain).order_by(number.desc()).limit(1)
    end: int | None = connection.scalar(newest)
    if end is None:
        return []
    # PostgreSQL gives numbers out before the commit, so a lower one may still appear.
    end -= 0 if connection.dialect.name == "sqlite" else OVERLAP
    wanted = query.where(table.c.domain == domain, number > since, number <= end)
    return list(connection.execute(wanted.order_by(number).limit(MAX_ROWS_AT_ONCE)))


def _reach(name: str, rows: list[Any], before: Reach) -> Reach:
    if not rows:
        return before
    last: Mapping[str, Any] = rows[-1]._mapping
    number = last["label_id" if name == "labels" else "seq"]
    return Reach(number=number, mark=last["exception_id"])
