"""What every room's tests share: which of them run, real databases, training made small.

`pytest` runs the product's quick tests. `pytest tests`, as any path or `-m`, runs all that it names.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from triage.db.database import open_engine
from triage.db.schema import metadata
from triage.db.search_schema import SEARCH_TABLE
from triage.identity import access
from triage.ids import new_id

# The toy domain is a package that somebody else installed.
sys.path.insert(0, str(Path(__file__).parent / "toy"))
# How long an example takes says more of the machine than of the code.
settings.register_profile("triage", deadline=None)
settings.load_profile("triage")
POSTGRES: Final = os.environ.get("TRIAGE_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
LAB: Final = Path(__file__).parent / "lab"
LEFT_OUT: Final = frozenset({"lab", "slow", "postgres", "browser", "network", "broker"})
"""Markers of the tests that `pytest` without a path leaves out."""
SLOW_FIXTURES: Final = frozenset({"encoder_folder"})
"""What takes seconds to make, wherever it is asked for: an exported sentence encoder."""
QUICK: Final = pytest.StashKey[bool]()
MEMORY: Final = Path("/dev/shm")
MIN_FREE_MEMORY_BYTES: Final = 4 * 2**30
REQUIRE_ALL: Final = bool(os.environ.get("TRIAGE_TEST_REQUIRE_ALL"))

if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MIN_FREE_MEMORY_BYTES:
    # Every commit of every test waits for the disk otherwise. A process that is killed loses nothing in memory either.
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None
if "PYTEST_XDIST_WORKER" in os.environ:
    # Tests run beside each other already: threads of a model that wait for a core of another test only burn it.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure(config: pytest.Config) -> None:
    """Decide whether only the quick tests run: where nobody named a path, a marker or a keyword."""
    unnamed = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    chosen = unnamed and not config.option.markexpr and not config.option.keyword
    config.stash[QUICK] = getattr(config, "workerinput", {}).get("quick", chosen)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist, which cannot see what was named."""
    node.workerinput["quick"] = node.config.stash[QUICK]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the laboratory's tests, put them first, and leave out what is not quick where only that runs.

    They take longest: last, the worker that has one of their files would be waited for.
    """
    items.sort(key=lambda item: LAB not in item.path.parents)
    for item in items:
        if LAB in item.path.parents:
            item.add_marker(pytest.mark.lab)
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        if not REQUIRE_ALL and "network" not in config.option.markexpr and item.get_closest_marker("network"):
            item.add_marker(pytest.mark.skip(reason="downloads packages; asked for by -m network"))
    if not config.stash[QUICK]:
        return
    left_out = [item for item in items if any(mark.name in LEFT_OUT for mark in item.iter_markers())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database address with a schema of its own that holds every table; skips where no server answers."""
    schema = f"triage_{new_id().replace('-', '')[:16]}"
    outside = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
    try:
        with outside.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        pytest.skip(f"no PostgreSQL at {outside.url!r}: {str(error.orig).strip().splitlines()[0]}")
    url = f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options=-csearch_path%3D{schema}%20-csynchronous_commit%3Doff"
    inside = create_engine(url)
    metadata.create_all(inside)
    inside.dispose()
    yield url
    with outside.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    outside.dispose()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where every server and browser must be there (TRIAGE_TEST_REQUIRE_ALL), a skipped test is a failed one."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"TRIAGE_TEST_REQUIRE_ALL is set, and {item.nodeid} was skipped: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash with the least argon2id takes: what guards a password for years would cost the tests minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table, to be copied: making tables one by one costs more than most tests."""
    path = tmp_path_factory.mktemp("empty") / "triage.db"
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()  # the last to close an SQLite file folds its log into it
    return path


@pytest.fixture
def sqlite_engine(empty_sqlite: Path, tmp_path: Path) -> Iterator[Engine]:
    """An SQLite database with every table and nothing in them."""
    engine = open_engine(f"sqlite:///{shutil.copy(empty_sqlite, tmp_path)}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database with every table: SQLite always, PostgreSQL where it is reachable."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_engine")
        return
    engine = open_engine(request.getfixturevalue("postgres_url"))
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(text(f"DELETE FROM {SEARCH_TABLE}"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def simplest_shapes() -> Iterator[None]:
    """Train with the first options only and a short additive model: few rows try several, which only the tests about
    that need."""
    from dataclasses import replace

    from training.fitting import cause, risk

    with pytest.MonkeyPatch.context() as patched:
        for head in (cause.CauseClassifier, risk.RiskClassifier):
            by_rows = {least: some[:1] for least, some in head.options_by_rows.items()}
            patched.setattr(head, "options_by_rows", by_rows)
        for module, name in ((cause, "ADDITIVE_CAUSE"), (risk, "ADDITIVE_RISK")):
            patched.setattr(module, name, replace(getattr(module, name), n_estimators=40))
        yield
