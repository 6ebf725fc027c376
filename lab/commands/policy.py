"""`triage benchmark policy`: whether a policy's promise is kept, replayed where the truth is known and written down."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from cli.console import err, fail, progress, show, step_shown
from cli.options import AsJson
from cli.options import settings as read_settings
from lab.commands.quality import stamp
from lab.simulators import simulated_domains
from triage.domain import Domain

if TYPE_CHECKING:
    from lab.benchmarks.report import Section, Stamp
    from models.bundle import Bundle

POLICY_PAGE: Final = Path("docs/benchmarks/policy.md")
_PARTS: Final = ("guarantee", "drift", "alarm", "capacity", "what-if")
_TASKS: Final[tuple[tuple[Literal["risk", "cause"], float], ...]] = (
    ("risk", 0.01), ("risk", 0.02), ("risk", 0.05), ("cause", 0.01),
)  # fmt: skip
_DRIFT_TASKS: Final[tuple[tuple[Literal["risk", "cause"], float], ...]] = (("risk", 0.02), ("risk", 0.05))
_DRIFTS: Final[tuple[Literal["mild", "severe"], ...]] = ("mild", "severe")
_VOLUME: Final = 200_000
_YEARS: Final = 10_000
_POOL_SHARE: Final = 1.5
_RUNS_PER_RESAMPLE: Final = 0.1
Say = Callable[[str], None]


def policy(
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"Only these parts or domains, by name; repeatable. Parts: {', '.join(_PARTS)}"),
    ] = None,
    resamples: Annotated[int, typer.Option(help="How often labels are drawn anew", min=2, max=10_000)] = 200,
    rows: Annotated[int, typer.Option(help="Simulated cases each model learns from", min=500)] = 30_000,
    stored: Annotated[int, typer.Option(help="Stored cases that a what-if replays", min=100)] = 100_000,
    seed: Annotated[int, typer.Option(help="The simulated retailer, and the seed of everything drawn", min=0)] = 101,
    out_file: Annotated[
        Path | None, typer.Option("--out", help=f"Page to write; default {POLICY_PAGE}, and none with --only")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay the promise where the truth is known: `triage benchmark policy --only guarantee --only return_fraud
    --resamples 50`.

    Guarantee: how often certified thresholds break their budget, and how much they pass beside an oracle. Drift: ten
    months certified anew each month. Alarm: false and missed alarms for harm. Capacity: what filling the reviewers'
    minutes saves. What-if: how long a replay of stored cases takes. About an hour for all of it.
    """
    parts, named = _chosen(only)
    page = out_file or (None if only else POLICY_PAGE)
    found: list[dict[str, Any]] = []
    with progress() as bars:
        for name, measure in _steps(parts, named, resamples=resamples, rows=rows, stored=stored, seed=seed):
            task = bars.add_task(name, total=None)
            results, sections = measure(step_shown(bars, task, name), stamp((seed,)))
            bars.update(task, description=name, total=1, completed=1)
            found += results
            if page is not None:
                _write(page, sections)
    if page is not None:
        err.print(f"written to {page}")
    show(found, as_json=True) if as_json else _show(found)


def add_to(benchmarks: typer.Typer) -> None:
    """Add the command to its group."""
    benchmarks.command()(policy)


Measured = tuple[list[dict[str, Any]], "list[Section]"]
Measure = Callable[[Say, "Stamp"], Measured]


def _steps(
    parts: list[str], named: list[Domain], *, resamples: int, rows: int, stored: int, seed: int
) -> list[tuple[str, Measure]]:
    """List what is to be measured, each with its name; capacity and guarantee share a pool."""
    steps: list[tuple[str, Measure]] = []
    if "alarm" in parts:
        steps.append(("alarm", lambda say, at: _alarm(resamples, seed, at)))
    if "what-if" in parts:
        replayed: list[Any] = []
        steps += [(f"what-if {domain.name}", partial(_what_if, domain, replayed, stored)) for domain in named]
    capacity: list[Any] = []
    if {"guarantee", "drift", "capacity"} & set(parts):
        for domain in named:
            steps.append((domain.name, partial(_domain, domain, parts, capacity, resamples, rows, seed)))
    return steps


def _alarm(resamples: int, seed: int, at: "Stamp") -> Measured:
    from lab.benchmarks.alarm import measure_alarm
    from lab.benchmarks.policy_page import alarm_section, needed_section

    results = measure_alarm(years=min(_YEARS, 50 * resamples), seed=seed)
    return [result.flat() for result in results], [needed_section(at), alarm_section(results, at)]


def _what_if(domain: Domain, replayed: list[Any], stored: int, say: Say, at: "Stamp") -> Measured:
    from lab.benchmarks.policy_page import what_if_section
    from lab.benchmarks.what_if import measure_what_if

    say(f"{stored:,} stored cases")
    replayed.append(measure_what_if(stored, domain=domain.name))
    return [replayed[-1].flat()], [what_if_section(replayed, at)]


def _domain(
    domain: Domain, parts: list[str], capacity: list[Any], resamples: int, rows: int, seed: int, say: Say, at: "Stamp"
) -> Measured:
    """Train one model, and measure with it whatever is asked for."""
    from lab.benchmarks.capacity import measure_capacity
    from lab.benchmarks.guarantee import measure_guarantee
    from lab.benchmarks.policy_page import capacity_section, guarantee_section
    from lab.benchmarks.pool import learn

    later = round(_POOL_SHARE * rows)
    bundle, pool = learn(domain, learnt=rows, rows=later, seed=seed, progress=say)
    found, sections = [], []
    if "capacity" in parts:
        measured = measure_capacity(pool)
        capacity += measured
        found += [result.flat() for result in measured]
        sections.append(capacity_section(capacity, at))
    if "guarantee" in parts:
        results = [
            result
            for of, alpha in _TASKS
            for result in measure_guarantee(pool, of=of, alpha=alpha, resamples=resamples, progress=say)
        ]
        found += [result.flat() for result in results]
        sections.append(guarantee_section(results, rows, at))
    if "drift" in parts:
        more, drawn = _drift(domain, bundle, rows + later, resamples, seed, say, at)
        found += more
        sections += drawn
    return found, sections


def _drift(domain: Domain, bundle: "Bundle", rows: int, resamples: int, seed: int, say: Say, at: "Stamp") -> Measured:
    from lab.benchmarks.drift import MONTHS, WARM_UP, measure_drift
    from lab.benchmarks.policy_page import drift_section
    from lab.benchmarks.pool import drifted_pool

    results = []
    for drift in _DRIFTS:
        pool = drifted_pool(domain, bundle, rows=rows, months=WARM_UP + MONTHS, seed=seed, drift=drift, progress=say)
        for of, alpha in _DRIFT_TASKS:
            runs = max(round(_RUNS_PER_RESAMPLE * resamples), 2)
            results += measure_drift(pool, of=of, alpha=alpha, volume=_VOLUME, runs=runs, progress=say)
    return [result.flat() for result in results], [drift_section(results, _VOLUME, at)]


def _write(page: Path, sections: "list[Section]") -> None:
    from lab.benchmarks.policy_page import HEAD
    from lab.benchmarks.report import write_page

    write_page(page, sections, head=HEAD)


def _show(found: list[dict[str, Any]]) -> None:
    """Show results of the same form together."""
    tables: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in found:
        tables.setdefault(tuple(row), []).append(row)
    for rows in tables.values():
        show(rows, as_json=False)


def _chosen(only: list[str] | None) -> tuple[list[str], list[Domain]]:
    simulated = simulated_domains(read_settings().domain_modules)
    unknown = [name for name in only or () if name not in (*_PARTS, *simulated)]
    if unknown:
        fail(f"unknown name {', '.join(unknown)}; known are {', '.join((*_PARTS, *simulated))}")
    parts = [part for part in _PARTS if part in (only or ())] or list(_PARTS)
    named = [simulated[name] for name in simulated if name in (only or ())] or list(simulated.values())
    return parts, named
