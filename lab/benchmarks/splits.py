"""How the rows of a public data set are parted: as on the day, with hindsight, or in folds."""

import zlib
from collections.abc import Sequence

import numpy as np

from lab.benchmarks.real_set import RealSet
from training.fitting.split import Split, split
from training.tables.dataset import Dataset

_CALIBRATION_SHARE = 0.2


def ways_to_split(dataset: Dataset, real: RealSet) -> dict[str, list[Split]]:
    """Return the splits to measure by, by name; each is the parts whose test rows are judged together."""
    if real.folds:
        return {f"{real.folds} folds": in_folds(dataset, real.folds)}
    on_the_day = split(dataset)
    ways = {"on the day": [on_the_day]}
    return ways | {"with hindsight": [with_hindsight(dataset, on_the_day)]} if real.hindsight else ways


def with_hindsight(dataset: Dataset, on_the_day: Split) -> Split:
    """Test the same cases, but learn from every earlier one, also where its label became known only after they came
    up."""
    starts_at = dataset.columns.as_of[on_the_day.test].min()
    labelled = ~np.isnan(dataset.known_at)
    tested = _groups(dataset, on_the_day.test.tolist())
    earlier = [
        at
        for at in np.flatnonzero(labelled & (dataset.columns.as_of < starts_at)).tolist()
        if dataset.groups is None or dataset.groups[at] not in tested
    ]
    cut = len(earlier) - round(len(earlier) * _CALIBRATION_SHARE)
    train, calibration = earlier[:cut], earlier[cut:]
    later = _groups(dataset, calibration)
    train = [at for at in train if dataset.groups is None or dataset.groups[at] not in later]
    return Split(
        train=np.array(train, dtype=np.int64),
        calibration=np.array(calibration, dtype=np.int64),
        test=on_the_day.test,
        how="by time with hindsight: learnt also from labels that became known only after the test part began",
    )


def in_folds(dataset: Dataset, n: int) -> list[Split]:
    """Split a snapshot into folds by a hash of the exception id; the fold after the tested one calibrates."""
    fold = np.array([zlib.crc32(name.encode()) % n for name in dataset.exception_ids])
    known = ~np.isnan(dataset.wrong)
    how = f"{n} folds by a hash of the exception id"
    return [
        Split(
            train=np.flatnonzero(known & (fold != at) & (fold != (at + 1) % n)),
            calibration=np.flatnonzero(known & (fold == (at + 1) % n)),
            test=np.flatnonzero(known & (fold == at)),
            how=how,
        )
        for at in range(n)
    ]


def _groups(dataset: Dataset, rows: Sequence[int]) -> set[str | None]:
    return {dataset.groups[at] for at in rows} - {None} if dataset.groups is not None else set()
