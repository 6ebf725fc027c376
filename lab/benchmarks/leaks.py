"""How surely leaks are caught: every planted one must be refused, and no honest model, by the very checks of `triage
train`."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from lab.bayes import ObserverComparison
from lab.best_observer import against_best_observer
from lab.simulated import draw, traps_of, write
from lab.simulators.retailer import Knobs
from lab.truth import TRUTH_FILE, Truth, read_truth
from models.encoder import TextEncoder
from training.fitting.fit import fit
from training.fitting.lineage import LeakError, check_lineage
from training.tables.dataset import Dataset
from training.tables.reader import read_table
from triage.clock import utc_now
from triage.domain import Domain

CLEAN: Final = ""
"""The trap of a retailer without one."""
ROWS: Final = 12_000
"""As many as the first champion learns from."""
_COMPARED: Final = 1000
Check = Literal["lineage", "Bayes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retailer:
    """A retailer to be drawn. trap: what is planted, or CLEAN. with_text: whether its texts are read."""

    trap: str
    seed: int
    with_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakResult:
    """One retailer and what the checks said.

    refused_by: None where the model might be registered. ahead: by how many standard errors a head beats the best
    observer, negative for a worse one; learns: by how many the observer could learn from it; strength: how far it is on
    the way to a refusal, which comes above 1. Each is the larger of the two heads', None where nothing was learnt.
    """

    domain: str
    trap: str
    rows: int
    seed: int
    with_text: bool
    refused_by: Check | None
    ahead: float | None
    learns: float | None
    strength: float | None

    def flat(self) -> dict[str, Any]:
        """Return it as one flat row."""
        return asdict(self)


def retailers(domain: Domain, *, seeds: Sequence[int], trap_seeds: Sequence[int], all_texts: bool) -> list[Retailer]:
    """List what is to be drawn: clean retailers, each trap, and where a trap hides in texts, clean ones whose texts are
    read too."""
    traps = traps_of(domain)
    in_texts = {trap for trap in traps if set(planted_fields(domain, trap)) <= set(domain.recipe.text_fields)}
    found = [Retailer(trap=CLEAN, seed=seed, with_text=all_texts) for seed in seeds]
    if in_texts and not all_texts:
        found += [Retailer(trap=CLEAN, seed=seed, with_text=True) for seed in trap_seeds]
    for trap in traps:
        found += [Retailer(trap=trap, seed=seed, with_text=all_texts or trap in in_texts) for seed in trap_seeds]
    return found


def planted_fields(domain: Domain, trap: str) -> tuple[str, ...]:
    """Name the fields in which a trap shows."""
    knobs = Knobs(rows=_COMPARED, seed=1)
    clean, planted = draw(domain, knobs).cases, draw(domain, replace(knobs, trap=trap)).cases
    return tuple(str(name) for name in clean if not clean[name].astype(str).equals(planted[name].astype(str)))


def measure_leak(
    domain: Domain,
    retailer: Retailer,
    *,
    rows: int,
    encoder: TextEncoder | None,
    cache_folder: Path,
    num_threads: int = 1,
    progress: Callable[[str], None] = lambda step: None,
) -> LeakResult:
    """Draw a retailer of `rows` cases, and do what `triage train` does until it would register. encoder: reads the
    texts, if they are."""
    progress("drawing the retailer")
    dataset, truth = _drawn(domain, Knobs(rows=rows, seed=retailer.seed, trap=retailer.trap))
    refused_by, heads = _checked(
        dataset,
        truth,
        encoder=encoder if retailer.with_text else None,
        cache_folder=cache_folder,
        num_threads=num_threads,
        progress=progress,
    )
    return LeakResult(
        domain=domain.name,
        **asdict(retailer),
        rows=rows,
        refused_by=refused_by,
        ahead=max((head.ahead.errors for head in heads), default=None),
        learns=max((max(head.leaning.errors, head.leaning_on_one.errors) for head in heads), default=None),
        strength=max((head.strength for head in heads), default=None),
    )


def _drawn(domain: Domain, knobs: Knobs) -> tuple[Dataset, Truth]:
    with tempfile.TemporaryDirectory(prefix="triage-leaks-") as folder:
        write(draw(domain, knobs), Path(folder), knobs=knobs)
        dataset = read_table(Path(folder) / "cases.parquet", domain=domain).dataset
        return dataset, read_truth(Path(folder) / TRUTH_FILE)


def _checked(dataset: Dataset, truth: Truth, **options: Any) -> tuple[Check | None, list[ObserverComparison]]:
    """Check, learn and check again, with the functions of `training.train` in their order."""
    try:
        check_lineage(dataset)
    except LeakError:
        return "lineage", []
    fitted = fit(dataset, now=utc_now(), **options)
    found = against_best_observer(dataset, fitted, truth)
    try:
        found.refuse_leaks(fitted.bundle, dataset.recipe.text_fields)
    except LeakError:
        return "Bayes", list(found.heads.values())
    return None, list(found.heads.values())
