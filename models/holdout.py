"""What a model said of cases it never learnt from: the evidence for its first certificate.

Kept with the model version, and only as numbers under exception ids: what the cases were, and what was found out about
them, stays in the service's database, where it is joined again.
"""

import io
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.recipe import Matrix
from models.score import UNKNOWN_CAUSE, Cause, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Scores of held-out cases, in order of time.

    rows: feature rows without text columns, shape (n, n_features). causes: shape (n, n_labels), empty columns where no
    cause was learnt. origin: of the data, in words; synthetic: whether a simulator drew them; how: how the parts were
    drawn, in words.
    unlike: which cases were unlike what the model knows, shape (n,); None in files from before that was kept.
    """

    exception_ids: tuple[str, ...]
    rows: Matrix
    labels: tuple[str, ...]
    causes: Matrix
    risk: NDArray[np.float64]
    impact: NDArray[np.float64]
    origin: str
    synthetic: bool
    how: str
    unlike: NDArray[np.bool_] | None = None

    def score(self, at: int, *, model_version: str) -> Score:
        """Return the score of a case as the model gave it, without reasons."""
        pairs = sorted(zip(self.causes[at].tolist(), self.labels, strict=True), key=lambda pair: -pair[0])
        causes = tuple(Cause(label=label, probability=probability) for probability, label in pairs)
        return Score(
            causes=causes or (Cause(label=UNKNOWN_CAUSE, probability=1.0),),
            risk=float(self.risk[at]),
            impact=float(self.impact[at]),
            reasons=(),
            model_version=model_version,
        )


def write_holdout(holdout: Holdout) -> bytes:
    """Write a holdout as plain arrays, nothing pickled."""
    described = {"origin": holdout.origin, "synthetic": holdout.synthetic, "how": holdout.how}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        exception_ids=np.array(holdout.exception_ids, dtype=np.str_),
        rows=holdout.rows,
        labels=np.array(holdout.labels, dtype=np.str_),
        causes=holdout.causes,
        risk=holdout.risk,
        impact=holdout.impact,
        unlike=holdout.unlike if holdout.unlike is not None else np.zeros(len(holdout.exception_ids), dtype=np.bool_),
        told=np.array(json.dumps(described)),
    )
    return buffer.getvalue()


def read_holdout(content: bytes) -> Holdout:
    """Read what `write_holdout` wrote; raise KeyError or ValueError for anything else."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        described = json.loads(str(arrays["told"]))
        return Holdout(
            exception_ids=tuple(arrays["exception_ids"].tolist()),
            rows=arrays["rows"],
            labels=tuple(arrays["labels"].tolist()),
            causes=arrays["causes"],
            risk=arrays["risk"],
            impact=arrays["impact"],
            origin=described["origin"],
            synthetic=described["synthetic"],
            how=described["how"],
            unlike=arrays.get("unlike"),
        )
