"""What keeps the house in order: documents that follow the code, and a schema that follows the tables."""

import subprocess
import sys
from pathlib import Path

import typer
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from typer.main import get_command

from cli.main import app
from triage.db.database import is_current, open_engine, upgrade
from triage.db.schema import metadata
from triage.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
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


def test_the_migrations_give_the_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    assert not is_current(engine)
    upgrade(engine)
    assert is_current(engine)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
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
