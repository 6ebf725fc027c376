"""One training run from data to a registered version: fit, judge, draw, log, register."""

import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from models.bundle import load_bundle, save_bundle
from models.encoder import TextEncoder, open_encoder
from models.heads import Heads
from models.holdout import Holdout
from models.registry import Registry, VersionRef
from models.scorer import Scorer
from training.fitting.column_leaks import find_column_leaks, set_aside
from training.fitting.export_encoder import export_encoder
from training.fitting.fit import Fitted, fit
from training.fitting.lineage import check_lineage
from training.fitting.score_holdout import held_out
from training.fitting.split import everything
from training.report.evaluation import Evaluation, evaluate_on_test, gather
from training.report.known_truth import KnownTruth
from training.report.metrics import gains_by_column
from training.report.plots import draw_all
from training.report.record import record_of
from training.report.weaknesses import about_impact
from training.tables.dataset import Dataset

Promote = Literal["if_none", "never", "always"]
_MIN_LABELS: Final = 20
LEARNT_ANEW: Final = (
    "scored by the same recipe before it learnt from them; the version that serves learnt from them afterwards"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedVersion:
    """A registered version, how it does on its test part, whether it serves now, and notes of what must not be
    overlooked."""

    ref: VersionRef
    metrics: dict[str, float]
    split: str
    champion: bool
    notes: tuple[str, ...] = ()


def train(
    dataset: Dataset,
    *,
    registry: Registry,
    now: datetime,
    home: Path,
    encoder: str | None,
    seed: int = 0,
    promote: Promote = "if_none",
    refit: bool = False,
    allow: Collection[str] = (),
    base_rate: float | None = None,
    tune_minutes: float = 0.0,
    heads: Heads | None = None,
    truth: KnownTruth | None = None,
    num_threads: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> TrainedVersion:
    """Train, judge and register a domain's next version.

    home: folder for exported encoders and remembered embeddings. encoder: a model package or folder, None to leave the
    text unread. promote: whether the version serves at once: where nothing serves yet, never, or always; otherwise it
    becomes the challenger. refit: once judged, learn anew from all labels, so that the newest count too; that model is
    registered. Its first certificate rests on the scores that the judged model gave the test part.
    base_rate: the share wrong in life, in (0, 1), where the cases were drawn by their outcome.
    allow: columns that are learnt from although they look like leaks; others that do are set aside, with a note.
    tune_minutes: time to search for the risk model's shape. heads: what wrong and loss mean, for the model card.
    truth: of simulated data; the model is judged against it and refused if it knows too much. Raises EncoderError,
    RegistryUnavailableError, BundleError where it could not serve, LeakError where features read what was not known at
    `as_of` or the model is better than anybody could be, or ValueError where there are too few labels to learn anything
    from or a loss is infinite.
    """
    folder = (
        export_encoder(encoder, home / "encoders") if encoder and any(dataset.recipe.texts(dataset.columns)) else None
    )
    _require_labels(dataset)
    check_lineage(dataset)
    leaks = find_column_leaks(dataset, allow=(*dataset.allowed, *allow))
    dataset = set_aside(dataset, leaks) if leaks else dataset
    if truth is not None:
        # Truth of another table must not be found out only after the fit.
        truth.require(dataset.exception_ids)
    options: dict[str, Any] = {
        "now": now,
        "encoder": open_encoder(folder) if folder is not None else None,
        "seed": seed,
        "cache_folder": home / "embeddings",
        "num_threads": num_threads,
        "base_rate": base_rate,
    }
    fitted = fit(dataset, tune_minutes=tune_minutes, progress=progress, **options)
    progress("judging it on the test part")
    tested = evaluate_on_test(dataset, fitted, truth)
    if tested.against_truth is not None:
        tested.against_truth.refuse_leaks(fitted.bundle, dataset.recipe.text_fields)
    evidence = gather(
        dataset,
        fitted,
        tested,
        registry=registry,
        home=home,
        encoder=options["encoder"],
        num_threads=num_threads,
    )
    final = fitted
    if refit:
        final = fit(
            dataset,
            parts=everything(dataset),
            risk_options=fitted.risk_options,
            progress=lambda step: progress(f"{step}, all labels"),
            **options,
        )
    if folder is not None and final.bundle.encoder is not None:
        progress("keeping the encoder")
        registry.keep_encoder(folder, final.bundle.encoder)
    with tempfile.TemporaryDirectory(prefix="triage-train-") as scratch:
        holdout = _evidence(dataset, fitted, learnt_anew=final is not fitted, base_rate=base_rate)
        save_bundle(final.bundle, Path(scratch) / "bundle", holdout=holdout)
        _replay(Path(scratch) / "bundle", dataset, options["encoder"])
        progress("drawing the plots")
        pictures = _draw(dataset, fitted, evidence, Path(scratch) / "plots")
        progress("registering")
        record = record_of(dataset, fitted, final, evidence, heads=heads, pictures=pictures, now=now)
        ref = registry.register(dataset.domain, bundle=Path(scratch) / "bundle", record=record, now=now)
    ref, champion = _placed(registry, ref, promote)
    return TrainedVersion(
        ref=ref,
        metrics=evidence.metrics,
        split=fitted.split.how,
        champion=champion,
        notes=(*map(str, leaks), *fitted.notes, *about_impact(final)),
    )


def _evidence(dataset: Dataset, fitted: Fitted, *, learnt_anew: bool, base_rate: float | None) -> Holdout | None:
    """Return the scores a first certificate rests on: of cases that the judged model never learnt from.

    Of a version learnt anew they stand for its own: the same recipe scored them while it knew only what came before
    (docs/decisions/0034). None where the cases are rarer wrong than in life: they would prove too much.
    """
    if base_rate is not None and base_rate > float(np.nanmean(dataset.wrong)):
        return None
    holdout = held_out(dataset, fitted)
    return replace(holdout, how=f"{holdout.how}; {LEARNT_ANEW}") if learnt_anew else holdout


def _replay(folder: Path, dataset: Dataset, encoder: TextEncoder | None) -> None:
    """Read the bundle back and replay its golden rows, as whoever serves it will: what cannot serve is not
    registered."""
    Scorer(load_bundle(folder), dataset.recipe, encoder).self_test()


def _placed(registry: Registry, ref: VersionRef, promote: Promote) -> tuple[VersionRef, bool]:
    if promote == "always" or (promote == "if_none" and registry.champion(ref.name) is None):
        return registry.set_champion(ref.name, ref.version), True
    return registry.set_challenger(ref.name, ref.version), False


def _draw(dataset: Dataset, fitted: Fitted, evidence: Evaluation, folder: Path) -> list[Path]:
    synthetic = "SYNTHETIC DATA · " if dataset.synthetic else ""
    return draw_all(
        evidence,
        labels=dataset.labels,
        features=fitted.bundle.columns,
        gains=gains_by_column(fitted.bundle)["risk"],
        title=f"{synthetic}{dataset.domain} · {dataset.origin} · tested on {len(evidence.judged.risk):,} cases",
        folder=folder,
    )


def _require_labels(dataset: Dataset) -> None:
    """Refuse data that can teach nothing, rather than register a model that knows only its own ignorance; and losses
    without a mean."""
    wrong, right = int(np.sum(dataset.wrong == 1)), int(np.sum(dataset.wrong == 0))
    if min(wrong, right) < _MIN_LABELS:
        raise ValueError(
            f"too few labels to learn {dataset.domain} from: {wrong} cases where acting straight through was wrong and "
            f"{right} "
            f"where it was right; at least {_MIN_LABELS} of each are needed"
        )
    endless = np.flatnonzero(np.isinf(dataset.loss))
    if len(endless):
        case = dataset.exception_ids[endless[0]]
        raise ValueError(f"the loss of {case} is {dataset.loss[endless[0]]}: it must be a finite amount, or unknown")
