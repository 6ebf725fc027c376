"""The runs behind the page's tables of simulated retailers, one line of JSON each, kept in a file beside the page.

Hours of measuring are so put together from several calls, and a call that was stopped goes on where it was. A run of
the same domain, size and seed takes the place of the earlier one; every line stays in the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from lab.benchmarks.limit import LimitResult
from lab.benchmarks.report import Stamp
from training.tables.table_error import TableError


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRun:
    """What was measured, when, with which commit of the code and which versions of the libraries."""

    at: datetime
    commit: str
    libraries: tuple[str, ...]
    result: LimitResult


_LINE: Final = TypeAdapter(LimitRun)


def runs_file(page: Path) -> Path:
    """Name the file beside a page."""
    return page.with_suffix(".runs.jsonl")


def keep_run(path: Path, result: LimitResult, stamp: Stamp) -> None:
    """Add a run at the end of the file, on a line of its own even where a write before it was cut short."""
    run = LimitRun(at=stamp.at, commit=stamp.commit, libraries=stamp.libraries, result=result)
    path.parent.mkdir(parents=True, exist_ok=True)
    cut_short = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
    with path.open("ab") as file:
        file.write((b"\n" if cut_short else b"") + _LINE.dump_json(run) + b"\n")


def kept_runs(path: Path, domain: str) -> list[LimitRun]:
    """Read the last run of every size and seed of a domain, by size and seed; raise TableError where a line is no
    run."""
    if not path.exists():
        return []
    latest: dict[tuple[int, int], LimitRun] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            run = _LINE.validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            at = ".".join(map(str, first["loc"])) or "the whole line"
            raise TableError([f"{path}, line {number} is no run: {at}: {first['msg']}; take that line out"]) from None
        if run.result.domain == domain:
            latest[run.result.rows, run.result.seed] = run
    return [latest[key] for key in sorted(latest)]


def stamp_of(runs: Sequence[LimitRun]) -> Stamp:
    """Return for several runs together when, from which code and with which seeds they were measured."""
    return Stamp(
        at=max(run.at for run in runs),
        commit=", ".join(dict.fromkeys(run.commit for run in runs)),
        seeds=tuple(sorted({run.result.seed for run in runs})),
        libraries=tuple(dict.fromkeys(library for run in runs for library in run.libraries)),
    )
