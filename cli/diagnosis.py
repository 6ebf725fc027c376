"""`triage doctor`: whether this installation is well, line by line, and what to do where it is not."""

import os
from dataclasses import asdict
from typing import Final

import typer

from cli.console import err, out, show
from cli.options import AsJson
from cli.options import settings as read_settings

_MARKS: Final = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}
_STYLES: Final = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Check settings, files, database, models, workers and certificates, with cures: `triage doctor`.

    Ends with status 1 where something failed; warnings do not count. It changes nothing and needs no running service.
    """
    from triage.doctor.examination import examine

    checks = []
    for check in examine(read_settings(), os.environ):
        checks.append(check)
        if not as_json:
            out.print(f"{_MARKS[check.level]}  {check.name}: {check.found}", style=_STYLES[check.level])
            if check.cure:
                out.print(f"         → {check.cure}")
    if as_json:
        show([asdict(check) for check in checks], as_json=True)
    failures = sum(check.level == "failed" for check in checks)
    if failures:
        err.print(f"{failures} of {len(checks)} checks failed", style="bold red")
        raise typer.Exit(1)
