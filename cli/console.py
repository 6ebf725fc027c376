"""How commands speak: progress and errors on standard error, results on standard output, JSON where a script reads
it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import orjson
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

_PIPED_WIDTH: Final = 200
"""Columns of characters where nobody's window limits them."""

_AS_IT_IS: Final[Mapping[str, Any]] = {"highlight": False, "soft_wrap": True, "markup": False, "emoji": False}
"""Names of files and columns are printed as they are: `ret[old].parquet` is no markup, and the `:100:` of a line no
emoji."""

out = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, **_AS_IT_IS)
err = Console(stderr=True, **_AS_IT_IS)


def fail(message: str, *, code: int = 1) -> NoReturn:
    """End the command with an error a person can act on."""
    err.print(f"error: {message}", style="bold red")
    raise typer.Exit(code)


def show(result: Mapping[str, Any] | list[Any], *, as_json: bool, title: str = "") -> None:
    """Print a result: JSON for scripts, a table for people."""
    if as_json:
        sys.stdout.write(
            orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode() + "\n"
        )
        return
    table = Table(title=title or None, title_justify="left", show_header=isinstance(result, list))
    if isinstance(result, list):
        names = list(dict.fromkeys(name for row in result for name in row))
        for name in names:
            # Folded where the window is narrow: a number cut short would be another number.
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in result:
            table.add_row(*(_cell(row.get(name)) for name in names))
    else:
        table.add_column("name", overflow="fold")
        table.add_column("value", overflow="fold")
        for name, value in result.items():
            table.add_row(name, _cell(value))
    out.print(table)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress bars on standard error."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=False) as bars:
        yield bars


def step_shown(bars: Progress, task: TaskID, name: str) -> Callable[[str], None]:
    """Return what shows, after a task's name, the step it is at."""

    def show_step(step: str) -> None:
        bars.update(task, description=f"{name}: {step}")

    return show_step


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}"
    return "" if value is None else str(value)
