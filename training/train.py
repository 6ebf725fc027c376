"""One training run from data to a registered version: fit, judge, draw, log, register."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from models.bundle import save_bundle
from models.encoder import open_encoder
from models.pyfunc import PredictedTable
from models.registry import Registry, RunRecord, VersionRef
from training.dataset import Dataset
from training.encoder import export_encoder
from training.evaluate import Judged, judge, metrics
from training.fit import Fitted, fit
from training.plots import draw_all, gains_of

Promote = Literal["if_none", "never", "always"]
_EXAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedVersion:
    """A registered version, how it does on its test part, and whether it serves now."""

    ref: VersionRef
    metrics: dict[str, float]
    split: str
    champion: bool


def train(
    dataset: Dataset,
    *,
    registry: Registry,
    now: datetime,
    home: Path,
    encoder: str | None,
    seed: int = 0,
    promote: Promote = "if_none",
    num_threads: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> TrainedVersion:
    """Train, judge and register a domain's next version.

    home: folder for exported encoders and remembered embeddings. encoder: a model package or folder, None to leave the text
    unread. promote: whether the version serves at once: where nothing serves yet, never, or always; otherwise it becomes the
    challenger. Raises EncoderError, RegistryUnavailableError, or ValueError for a data set without cases.
    """
    folder = (
        export_encoder(encoder, home / "encoders") if encoder and any(dataset.recipe.texts(dataset.columns)) else None
    )
    fitted = fit(
        dataset,
        now=now,
        encoder=open_encoder(folder) if folder is not None else None,
        seed=seed,
        cache_folder=home / "embeddings",
        num_threads=num_threads,
        progress=progress,
    )
    judged = judge(dataset, fitted)
    found = metrics(judged)
    if folder is not None and fitted.bundle.encoder is not None:
        progress("keeping the encoder")
        registry.keep_encoder(folder, fitted.bundle.encoder)
    with tempfile.TemporaryDirectory(prefix="triage-train-") as scratch:
        save_bundle(fitted.bundle, Path(scratch) / "bundle")
        progress("drawing the plots")
        pictures = _draw(dataset, fitted, judged, Path(scratch) / "plots")
        progress("registering")
        record = _record(dataset, fitted, found, pictures, now)
        ref = registry.register(dataset.domain, bundle=Path(scratch) / "bundle", record=record, now=now)
    ref, champion = _placed(registry, ref, promote)
    return TrainedVersion(ref=ref, metrics=found, split=fitted.split.how, champion=champion)


def _placed(registry: Registry, ref: VersionRef, promote: Promote) -> tuple[VersionRef, bool]:
    if promote == "always" or (promote == "if_none" and registry.champion(ref.name) is None):
        return registry.set_champion(ref.name, ref.version), True
    return registry.set_challenger(ref.name, ref.version), False


def _draw(dataset: Dataset, fitted: Fitted, judged: Judged, folder: Path) -> list[Path]:
    return draw_all(
        judged,
        labels=dataset.labels,
        features=fitted.bundle.columns,
        risk=fitted.bundle.risk.booster,
        title=f"{dataset.domain} · {dataset.origin} · tested on {len(judged.risk):,} cases",
        folder=folder,
    )


def _record(
    dataset: Dataset, fitted: Fitted, found: dict[str, float], pictures: list[Path], now: datetime
) -> RunRecord:
    import pandas as pd

    names = [column.name for column in fitted.bundle.columns]
    example = pd.DataFrame(fitted.columns[:_EXAMPLE_ROWS], columns=names)
    split = fitted.split
    sizes = {"rows": len(dataset), "rows_train": len(split.train), "rows_calibration": len(split.calibration)}
    data = {"data_origin": dataset.origin, "data_fingerprint": dataset.fingerprint}
    sources = sorted({source for source in dataset.label_sources if source})
    return RunRecord(
        run_name=f"{dataset.domain} {now:%Y-%m-%d %H:%M} · {dataset.origin}"[:200],
        description=_description(dataset, fitted, found),
        params={**sizes, **data, "label_sources": ", ".join(sources), **fitted.params},
        metrics=found,
        tags={
            "domain": dataset.domain,
            "origin": dataset.origin,
            "synthetic": str("simulated" in dataset.origin).lower(),
            "data_fingerprint": dataset.fingerprint,
        },
        pictures=pictures,
        documents={"features.json": _features(fitted), "labels.json": _label_counts(dataset, fitted)},
        data_name=dataset.origin[:200],
        data_digest=dataset.fingerprint,
        example=example,
        answers=PredictedTable(fitted.bundle).predict(example),
    )


def _description(dataset: Dataset, fitted: Fitted, found: dict[str, float]) -> str:
    told = [
        f"{words} {found[name]:.3f}"
        for name, words in (
            ("risk_auc", "risk AUC"),
            ("risk_average_precision", "average precision"),
            ("cause_macro_f1", "cause macro-F1"),
            ("captured_loss_at_10pct_expected_loss", "loss captured in the top 10 %"),
        )
        if name in found
    ]
    results = f" On the test part: {', '.join(told)}." if told else ""
    return f"Learnt from {len(dataset):,} cases ({dataset.origin}). Split {fitted.split.how}.{results}"


def _features(fitted: Fitted) -> list[dict[str, Any]]:
    booster = fitted.bundle.risk.booster
    gains = gains_of(booster) if booster is not None else np.zeros(len(fitted.bundle.columns))
    return [
        {"name": column.name, "title": column.title, "family": column.family, "kind": column.kind, "risk_gain": gain}
        for column, gain in zip(fitted.bundle.columns, gains.tolist(), strict=True)
    ]


def _label_counts(dataset: Dataset, fitted: Fitted) -> dict[str, dict[str, int]]:
    parts = {"train": fitted.split.train, "calibration": fitted.split.calibration, "test": fitted.split.test}
    return {
        part: {label: sum(dataset.cause[at] == label for at in rows.tolist()) for label in dataset.labels}
        for part, rows in parts.items()
    }
