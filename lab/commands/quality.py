"""`triage benchmark`: how good the models are, measured and written down."""

import subprocess
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.console import err, fail, progress, show, step_shown
from cli.options import AsJson, domain_named
from cli.options import settings as read_settings
from cli.scoring import named_errors
from lab.simulators import simulated_domains
from triage.clock import utc_now
from triage.domain import Domain
from triage.settings import Settings

if TYPE_CHECKING:
    from lab.benchmarks.limit_runs import LimitRun
    from lab.benchmarks.real import RealResult
    from lab.benchmarks.real_set import RealSet
    from lab.benchmarks.report import Stamp
    from models.encoder import TextEncoder

PAGE: Final = Path("docs/benchmarks/quality.md")
SEEDS: Final = tuple(range(101, 151))
"""Retailers that nothing was developed on."""
_MIN_ROWS: Final = 500
"""Of fewer cases, a test part may hold too few that are wrong to be judged by."""
benchmarks = typer.Typer(
    name="benchmark",
    help="Measure how good the models are, and whether policies keep their promise.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@benchmarks.callback()
def _group() -> None:
    """Measure how good the models are, and whether policies keep their promise."""


@benchmarks.command()
def quality(
    data: Annotated[
        Path | None, typer.Option(help="Folder of public data sets; those not in it are skipped", file_okay=False)
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these domains or public data sets, by name; repeatable")
    ] = None,
    rows: Annotated[
        list[int] | None,
        typer.Option(help="Simulated cases learnt from; repeatable; default 100000", min=_MIN_ROWS, max=4_000_000),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Simulated retailers per domain and size", min=1, max=50)] = 5,
    noise_free: Annotated[bool, typer.Option(help="Also learn from labels without noise")] = False,
    ablation: Annotated[
        bool,
        typer.Option(
            help="Also measure what each kind of knowledge adds, on the first seed of the largest size: six or seven "
            "trainings more for each domain"
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave out simulated retailers that were measured already for the page")
    ] = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", help=f"Page to write; default {PAGE}, and none with --only")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of fit and resampling on public data", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure the models: `triage benchmark quality --data data --only return_fraud --only product_backorders`.

    On simulated retailers whose truth is known (seeds 101 and on), beside the best that could be known; and on the
    public data sets in `--data`, split by time and group, learnt through their mappings in `examples/`. Each beside a
    plain LightGBM. What was measured on simulated retailers is kept in a file beside the page, from which the page's
    tables are written: calls add to each other.
    """
    from training.tables.files import require_writable

    if data is not None and not data.is_dir():
        fail(f"--data {data} is no folder")
    named, sets = _chosen(only)
    if data is None and sets and only:
        fail(f"{', '.join(real.name for real in sets)}: public data is read from a folder; add --data FOLDER")
    page = out_file or (None if only else PAGE)
    if page is None and resume:
        fail("--resume goes on with what is kept beside a page; name the page with --out")
    simulated: list[dict[str, Any]] = []
    public: list[dict[str, Any]] = []
    with named_errors():
        if page is not None:
            # Before hours of measuring, not after them.
            require_writable(page)
        for domain in named:
            simulated += _simulated(
                domain,
                rows or [100_000],
                SEEDS[:seeds],
                noise_free=noise_free,
                ablation=ablation,
                page=page,
                resume=resume,
            )
        if data is not None:
            public = _public(sets, data, seed, page)
    if as_json:
        show(simulated + public, as_json=True)
        return
    for measured, title in ((simulated, "On simulated retailers"), (public, "On public data")):
        if measured:
            show(measured, as_json=False, title=title)


def _simulated(
    domain: Domain,
    rows: list[int],
    seeds: tuple[int, ...],
    *,
    noise_free: bool,
    ablation: bool,
    page: Path | None,
    resume: bool,
) -> list[dict[str, Any]]:
    """Measure one domain on retailers nothing was tuned to, and put each run on the page at once, beside those before
    it."""
    from lab.benchmarks.limit import measure_limit
    from lab.benchmarks.limit_runs import keep_run, runs_file

    settings = read_settings()
    encoder = None
    # Read in any case: a file that cannot be read is to be found now, not after the measuring.
    runs = _kept(page, domain)
    kept = {(run.result.rows, run.result.seed): run.result for run in runs} if resume else {}
    results = []
    with progress() as bars:
        for size, seed in product(sorted(rows), seeds):
            name = f"{domain.name}, {size:,} cases, seed {seed}"
            task = bars.add_task(name, total=None)
            ablated = ablation and size == max(rows) and seed == seeds[0]
            result = kept.get((size, seed))
            if result is None or not result.answers(noise_free=noise_free, ablation=ablated):
                encoder = encoder or encoder_of(settings)
                result = measure_limit(
                    domain,
                    rows=size,
                    seed=seed,
                    encoder=encoder,
                    cache_folder=settings.home_folder / "embeddings",
                    noise_free=noise_free,
                    ablation=ablated,
                    progress=step_shown(bars, task, name),
                )
                if page is not None:
                    keep_run(runs_file(page), result, stamp((seed,)))
            results.append(result)
            if page is not None:
                _write_limit(page, domain)
            bars.update(task, description=name, total=1, completed=1)
    return [result.flat() for result in results]


def _kept(page: Path | None, domain: Domain) -> "list[LimitRun]":
    from lab.benchmarks.limit_runs import kept_runs, runs_file

    return kept_runs(runs_file(page), domain.name) if page is not None else []


def _write_limit(page: Path, domain: Domain) -> None:
    from lab.benchmarks.limit_page import ablation_section, limit_section
    from lab.benchmarks.report import write_page

    runs = _kept(page, domain)
    ablated = [run for run in runs if run.result.ablation]
    write_page(page, [limit_section(runs), *map(ablation_section, ablated[-1:])])


def _public(sets: "list[RealSet]", data: Path, seed: int, page: Path | None) -> list[dict[str, Any]]:
    from lab.benchmarks.real_page import plain_rows, real_section
    from lab.benchmarks.report import write_page

    skipped = list(dict.fromkeys(name for real in sets for name in real.missing(data)))
    for name in skipped:
        err.print(f"skipped: {data / name} is not there")
    results = _measure(read_settings(), [real for real in sets if not real.missing(data)], data, seed)
    if page is not None and results:
        write_page(page, [real_section(results, skipped, stamp((seed,)))])
        err.print(f"written to {page}")
    rows: list[dict[str, Any]] = plain_rows(results)
    return rows


def _chosen(only: list[str] | None) -> "tuple[list[Domain], list[RealSet]]":
    from lab.benchmarks.sets import REAL_SETS

    simulated = simulated_domains(read_settings().domain_modules)
    names = [*simulated, *(real.name for real in REAL_SETS)]
    unknown = [name for name in only or () if name not in names]
    if unknown:
        fail(f"unknown name {', '.join(unknown)}; known are {', '.join(names)}")
    chosen = set(only or names)
    return [simulated[name] for name in simulated if name in chosen], [
        real for real in REAL_SETS if real.name in chosen
    ]


def _measure(settings: Settings, sets: "list[RealSet]", data: Path, seed: int) -> "list[RealResult]":
    from lab.benchmarks.real import run

    results: list[RealResult] = []
    encoder = encoder_of(settings) if sets else None
    with progress() as bars:
        for real in sets:
            task = bars.add_task(real.name, total=None)
            results += run(
                real,
                data,
                domain=domain_named(real.domain),
                now=utc_now(),
                encoder=encoder,
                cache_folder=settings.home_folder / "embeddings",
                seed=seed,
                progress=step_shown(bars, task, real.name),
            )
            bars.update(task, description=real.name, total=1, completed=1)
    return results


def encoder_of(settings: Settings) -> "TextEncoder | None":
    """Open the encoder that training uses, None where the texts are left unread."""
    from models.encoder import open_encoder
    from training.fitting.export_encoder import export_encoder

    if not settings.encoder:
        return None
    return open_encoder(export_encoder(settings.encoder, settings.home_folder / "encoders"))


def stamp(seeds: tuple[int, ...]) -> "Stamp":
    """Return when, from which code and with which seeds something is measured."""
    from lab.benchmarks.report import Stamp

    return Stamp(at=utc_now(), commit=_commit(), seeds=seeds)


def _commit() -> str:
    """Name the commit of the code, with a mark where files differ from it."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parent,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
