"""The entity histories of a running process: begun with what is frozen, frozen further while it runs, so that memory
stays bounded."""

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, Engine, func, select

from features.attributes.attribute import Attribute
from features.attributes.attribute_columns import extend_recipe
from features.recipe import Recipe
from triage.champions import Champion
from triage.db.database import open_engine, reading
from triage.db.schema import cases, past_cases
from triage.domain import Domain
from triage.domains import domains
from triage.intake.entity_history import EntityHistory
from triage.intake.freezing import freeze, last_erasure, valid
from triage.intake.history_facts import FactsOfRows
from triage.intake.history_files import NOTHING, Frozen, HistoryFiles

log = structlog.get_logger(__name__)
FREEZE_ROWS: Final = 5_000
"""So many cases a domain keeps in memory, some 15 MB, before they are frozen; after a kill that many are read again, in
some two seconds a domain."""


class Histories:
    """One history a domain. `of`, `catch_up` and `drop` are the intake thread's; `tend` may run beside it.

    home: where frozen history lies; None: nothing is frozen, as in tests and in databases that are only in memory.
    horizon_days: how long a case counts as history; what is older may be forgotten (`triage.review.case_retention`).
    """

    def __init__(self, home: Path | None, *, horizon_days: float = inf) -> None:
        self._home = home
        self._horizon_days = horizon_days
        self._used: dict[str, EntityHistory] = {}
        self._prepared: dict[str, EntityHistory] = {}
        self._erasures: dict[str, int] = {}

    def of(self, connection: Connection, domain: Domain, champion: Champion) -> EntityHistory:
        """Return a domain's history as far as it was read, begun anew where the champion remembers along other
        trails."""
        recipe, attributes = _way(domain, champion)
        prepared, used = self._prepared.pop(domain.name, None), self._used.get(domain.name)
        for history in (prepared, used):
            if history is not None and history.recipe.trails == recipe.trails and history.attributes == attributes:
                self._used[domain.name] = history
                return history
        frozen = self._frozen(connection, domain.name, recipe, attributes)
        history = self._used[domain.name] = self._begun(domain.name, recipe, attributes, frozen)
        self._erasures[domain.name] = last_erasure(connection, domain.name)
        return history

    def get(self, domain: str) -> EntityHistory | None:
        """Return a domain's history if it has been begun."""
        return self._used.get(domain)

    def drop(self, domain: str) -> None:
        """Begin a domain's history anew at the next case."""
        self._used.pop(domain, None)

    def freeze_backlog(self, engine: Engine, domain: Domain, champion: Champion) -> None:
        """Freeze what a start would otherwise read into memory, where that is much; waits for another process that
        does."""
        if self._home is None:
            return
        recipe, attributes = _way(domain, champion)
        files = HistoryFiles(self._home, domain.name, recipe, attributes)
        with reading(engine) as connection:
            if _unfrozen(connection, domain.name, valid(connection, files, domain.name)) < 2 * FREEZE_ROWS:
                return
        freeze(engine, files, FactsOfRows(domain.name, recipe, attributes), wait=True)

    def tend(self, engine: Engine, database: str, domain_modules: str) -> None:
        """Freeze what has grown large, in a process of its own, and prepare to go on with that; one round of a
        watcher."""
        self._tend_erasures(engine)
        for name, history in tuple(self._used.items()):
            if self._home is None or history.rows_in_memory < FREEZE_ROWS or name in self._prepared:
                continue
            process = multiprocessing.get_context("spawn").Process(
                target=freeze_rows, args=(database, domain_modules, self._home, name, history.attributes), daemon=True
            )
            process.start()
            process.join()
            if process.exitcode:
                log.error("history_not_frozen", domain=name, exit_code=process.exitcode)
            self._prepare(engine, history)

    def _tend_erasures(self, engine: Engine) -> None:
        """Prepare histories anew from which a person was erased since they were begun."""
        for name, history in tuple(self._used.items()):
            with reading(engine) as connection:
                known = last_erasure(connection, name)
                if known == self._erasures.setdefault(name, known):
                    continue
                frozen = self._frozen(connection, name, history.recipe, history.attributes)
                fresh = self._begun(name, history.recipe, history.attributes, frozen)
                fresh.catch_up(connection)
            self._prepared[name] = fresh
            self._erasures[name] = known
            log.info("history_without_erased", domain=name)

    def _prepare(self, engine: Engine, history: EntityHistory) -> None:
        """Read a history anew from what is frozen by now, where that leaves less in memory."""
        with reading(engine) as connection:
            frozen = self._frozen(connection, history.domain, history.recipe, history.attributes)
            if frozen.rows <= history.frozen.rows:
                return
            fresh = self._begun(history.domain, history.recipe, history.attributes, frozen)
            fresh.catch_up(connection)
        self._prepared[history.domain] = fresh

    def _begun(self, name: str, recipe: Recipe, attributes: Sequence[Attribute], frozen: Frozen) -> EntityHistory:
        return EntityHistory(name, recipe, attributes, frozen=frozen, horizon_days=self._horizon_days)

    def _frozen(self, connection: Connection, domain: str, recipe: Recipe, attributes: Sequence[Attribute]) -> Frozen:
        if self._home is None:
            return NOTHING
        return valid(connection, HistoryFiles(self._home, domain, recipe, attributes), domain)


def _way(domain: Domain, champion: Champion) -> tuple[Recipe, tuple[Attribute, ...]]:
    """Return how facts are built for a champion."""
    if champion.scorer is None:
        return domain.recipe, ()
    return champion.scorer.recipe, tuple(champion.scorer.attributes)


def _unfrozen(connection: Connection, domain: str, frozen: Frozen) -> int:
    """Count the cases of a domain that are not frozen, as far as that matters."""
    count = 0
    for name, table in (("cases", cases), ("past_cases", past_cases)):
        some = select(table.c.seq).where(table.c.domain == domain, table.c.seq > frozen.reach[name].number)
        count += connection.scalar(select(func.count()).select_from(some.limit(2 * FREEZE_ROWS).subquery())) or 0
    return count


def freeze_rows(database: str, domain_modules: str, home: Path, name: str, attributes: Sequence[Attribute]) -> int:
    """Freeze one domain's history, behind everything else that the machine has to do; return how many rows.

    For a process of its own, which it makes nicer. attributes: the customer's columns that its champion learnt with.
    """
    os.nice(10)
    registered: Mapping[str, Domain] = domains(domain_modules)
    recipe = registered[name].recipe
    if attributes:
        recipe = extend_recipe(recipe, attributes)
    engine = open_engine(database)
    try:
        return freeze(engine, HistoryFiles(home, name, recipe, attributes), FactsOfRows(name, recipe, attributes))
    finally:
        engine.dispose()
