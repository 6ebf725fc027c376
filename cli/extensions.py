"""What packages installed beside the product add to it, found by entry point: the product imports none of them by
name."""

from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import typer

from cli.console import err, fail
from triage.domain import Domain

if TYPE_CHECKING:
    from training.report.known_truth import KnownTruth

_COMMANDS: Final = "triage.commands"
_TRUTHS: Final = "triage.known_truth"
_DEMO: Final = "triage.demo"
LABORATORY: Final = "retail-exception-triage-lab"


class DemoData(Protocol):
    """Simulated exceptions for a first look."""

    def covers(self, domain: Domain) -> bool:
        """Return whether the domain has demo data."""

    def write(
        self, domain: Domain, folder: Path, *, rows: int, samples: int, end_at: datetime
    ) -> tuple[Path, list[dict[str, Any]]]:
        """Write `rows` past cases with outcomes into a folder; return the file of cases and `samples` later cases by
        column."""


def add_commands(app: typer.Typer) -> None:
    """Add the commands of every installed extension."""
    for extension in entry_points(group=_COMMANDS):
        extension.load()(app)


def find_truth(cases: Path, truth: Path | None) -> "KnownTruth | None":
    """Load what a simulation knows of a table of cases, None where it is not simulated.

    truth: the file a caller named. Ends the command where nothing installed can read it; says so where simulated cases
    stay uncompared.
    """
    from training.tables.files import read_origin
    from triage.provenance import is_simulated

    readers = [extension.load() for extension in entry_points(group=_TRUTHS)]
    for read in readers:
        found: KnownTruth | None = read(cases, truth)
        if found is not None:
            return found
    if readers:
        return None
    if truth is not None:
        fail(f"--truth {truth}: nothing installed can read it; install {LABORATORY}, or train without --truth")
    if is_simulated(read_origin(cases)):
        err.print(
            f"{cases.name} is simulated, but its truth is not read: leaks are not looked for. Install {LABORATORY}",
            style="yellow",
        )
    return None


def demo_data() -> DemoData | None:
    """Load the demo data of an installed extension, None where there is none."""
    for extension in entry_points(group=_DEMO):
        found: DemoData = extension.load()
        return found
    return None
