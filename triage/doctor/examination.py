"""All checks of an installation, one after another; the later ones only where the earlier ones let them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from triage.backup.backing_up import sqlite_file
from triage.clock import utc_now
from triage.db.database import open_engine
from triage.doctor.database_checks import is_usable, reached_checks, stored_checks
from triage.doctor.decision_checks import decision_checks
from triage.doctor.health_check import HealthCheck, failed
from triage.doctor.home_checks import disk_check, home_checks, mlflow_checks, settings_checks
from triage.domains import domains
from triage.model_store import RegisteredModels
from triage.settings import Settings


def examine(
    settings: Settings, environment: Mapping[str, str], *, clock: Callable[[], datetime] = utc_now
) -> Iterator[HealthCheck]:
    """Check a whole installation; what fails keeps only what rests on it from being checked. Nothing is changed."""
    yield from settings_checks(settings, environment)
    yield from home_checks(settings)
    yield disk_check(settings)
    yield from mlflow_checks(settings)
    yield from _database(settings, clock)


def _database(settings: Settings, clock: Callable[[], datetime]) -> Iterator[HealthCheck]:
    file = sqlite_file(settings.database)
    if file is not None and not file.exists():
        # Opening it would make it.
        yield failed("database", f"there is no file {file}", "`triage db upgrade` makes it; is TRIAGE_HOME right?")
        return
    engine = open_engine(settings.database)
    try:
        reached = list(reached_checks(engine))
        yield from reached
        if not is_usable(reached):
            return
        yield from stored_checks(engine, settings, clock())
        registered = domains(settings.domain_modules)
        yield from decision_checks(engine, registered, RegisteredModels(settings), clock=clock)
    except SQLAlchemyError as error:
        yield failed("database", str(error).splitlines()[0], "see docs/operations.md, Database")
    finally:
        engine.dispose()
