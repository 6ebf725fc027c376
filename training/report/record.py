"""What a training run leaves for the record, from the evidence to the files."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.heads import Heads
from models.registry import RunRecord
from training import pyfunc
from training.fitting.fit import Fitted
from training.report.card import model_card, short_card
from training.report.compare import LEARNT_UNTIL
from training.report.confusions import confusion_rows
from training.report.evaluation import Evaluation
from training.report.segments import segment_rows
from training.report.sources import source_rows
from training.tables.dataset import Dataset
from triage.formulas import harmless

_EXAMPLE_ROWS: Final = 5


def record_of(
    dataset: Dataset,
    fitted: Fitted,
    final: Fitted,
    evidence: Evaluation,
    *,
    heads: Heads | None,
    pictures: Sequence[Path],
    now: datetime,
) -> RunRecord:
    """Put together a run's record. fitted: what was tested; final: what is registered, the same unless it was learnt
    anew."""
    import pandas as pd

    refit = final is not fitted
    names = [column.name for column in final.bundle.columns]
    example = pd.DataFrame(final.columns[:_EXAMPLE_ROWS], columns=names)
    split = fitted.split
    sizes = {"rows": len(dataset), "rows_train": len(split.train), "rows_calibration": len(split.calibration)}
    sources = sorted({source for source in dataset.label_sources if source})
    return RunRecord(
        run_name=f"{dataset.domain} {now:%Y-%m-%d %H:%M} · {dataset.origin}"[:200],
        description=short_card(dataset, fitted, evidence, heads=heads, refit=refit),
        params={
            **sizes,
            "data_origin": dataset.origin,
            "data_fingerprint": dataset.fingerprint,
            "label_sources": ", ".join(sources),
            **final.params,
            "split": split.how,
            "refit": refit,
        },
        metrics=evidence.metrics,
        tags={
            "domain": dataset.domain,
            "origin": dataset.origin,
            "synthetic": str(dataset.synthetic).lower(),
            "data_fingerprint": dataset.fingerprint,
            LEARNT_UNTIL: _learnt_until(dataset, final),
        },
        pictures=pictures,
        documents={"labels.json": _label_counts(dataset, fitted)},
        texts={
            "model_card.md": model_card(dataset, fitted, evidence, heads=heads, now=now, refit=refit),
            "tables/features.csv": _csv(source_rows(dataset, fitted)),
            "tables/segments.csv": _csv(segment_rows(evidence.segments)),
            "tables/confusions.csv": _csv(confusion_rows(evidence.confusions)),
        },
        data_name=dataset.origin[:200],
        data_digest=dataset.fingerprint,
        example=example,
        loader_module=pyfunc.LOADER_MODULE,
        inputs=pyfunc.inputs(dataset.recipe.payload, dataset.attributes),
        outputs=pyfunc.OUTPUTS,
    )


def _learnt_until(dataset: Dataset, final: Fitted) -> str:
    rows = np.concatenate([final.split.train, final.split.calibration])
    return datetime.fromtimestamp(float(dataset.columns.as_of[rows].max()), UTC).isoformat()


def _label_counts(dataset: Dataset, fitted: Fitted) -> dict[str, dict[str, int]]:
    parts = {"train": fitted.split.train, "calibration": fitted.split.calibration, "test": fitted.split.test}
    return {
        part: {label: sum(dataset.cause[at] == label for at in rows.tolist()) for label in dataset.labels}
        for part, rows in parts.items()
    }


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    """Write a table; one without rows says so, since an empty file shows nothing."""
    if not rows:
        return "nothing\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()
