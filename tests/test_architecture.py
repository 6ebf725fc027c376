"""What keeps the house in order: documents that follow the code, and a schema that follows the tables."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from setuptools import find_packages
from typer.main import get_command

from cli.main import app
from triage.db.database import is_current, open_engine, upgrade
from triage.db.schema import metadata
from triage.db.search_schema import is_of_search
from triage.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ROOMS = ("features", "models", "policies", "triage", "serving", "training", "cli")
PLACEHOLDER = re.compile("price_override|DOMAIN")
HEAVY = ("torch", "mlflow", "pandas", "sklearn", "matplotlib", "lightgbm", "sentence_transformers", "onnxruntime")


def test_every_setting_is_in_the_readme() -> None:
    missing = [name for name in Settings.model_fields if f"`TRIAGE_{name.upper()}`" not in README]
    assert missing == []


def test_every_command_is_in_the_readme_and_has_an_example() -> None:
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    commands = group.commands
    assert [name for name in commands if f"triage {name}" not in README] == []
    leaves = [leaf for command in commands.values() for leaf in getattr(command, "commands", {"": command}).values()]
    assert [
        leaf.name for leaf in leaves if "`triage " not in (leaf.help or "") and "triage " not in (leaf.help or "")
    ] == []


# The index over lower(exception_id) is not read back from SQLite; `test_statement_plans` shows that it is there and
# used.
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_migrations_give_the_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    assert not is_current(engine)
    upgrade(engine)
    assert is_current(engine)
    with engine.connect() as connection:
        options = {"include_name": lambda name, kind, parents: kind != "table" or not is_of_search(name)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    assert differences == []


def test_help_does_not_pay_for_the_heavy_libraries() -> None:
    code = (
        "import sys, contextlib\n"
        "from cli.main import app\n"
        "with contextlib.suppress(SystemExit): app(['--help'])\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip().endswith("LOADED []")


def test_the_wheel_of_the_product_holds_every_room_and_no_laboratory() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = find_packages(str(ROOT), include=settings["packages"]["find"]["include"])
    assert {package.partition(".")[0] for package in packages} == set(ROOMS)


def test_the_wheel_of_the_laboratory_holds_all_of_it() -> None:
    declared = tomllib.loads((ROOT / "lab" / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert set(declared) == {"lab", *(f"lab.{package}" for package in find_packages(str(ROOT / "lab")))}


def test_every_marker_is_used() -> None:
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    assert [marker for marker in markers if f"mark.{marker.partition(':')[0]}" not in tests] == []


def test_every_file_that_the_documents_name_exists() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    rooms = "|".join((*ROOMS, "lab", "tests", "docs", "examples"))
    named = {
        (path.name, name)
        for path in documents
        for name in re.findall(rf"(?<![\w/.])((?:{rooms})/[\w/.-]+\.(?:py|yaml|md|toml|jsonl))\b", path.read_text())
    }
    assert sorted(found for found in named if not PLACEHOLDER.search(found[1]) and not (ROOT / found[1]).exists()) == []


def test_no_test_file_imports_another() -> None:
    """What tests share stands in a conftest or in a file of its own."""
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in (ROOT / "tests").rglob("*.py")
        for line in path.read_text().splitlines()
        if re.match(r"\s*(from tests\.(\w+\.)*test_\w+ import|import tests\.(\w+\.)*test_)", line)
    ]
    assert found == []
