"""Which cases a model may learn from, and which it is judged on.

The test part is the latest fifth of the cases. The model is made as if at the instant the test part starts: it learns
only from earlier cases whose label was known by then. Of those, the latest fifth is kept apart for calibration. Where
time does not tell cases apart (a snapshot with one date), the parts are drawn by a hash of the group, the entity, or
the exception id. Cases of one group (lines of one order) never stand on both sides: those of an earlier part that have
company in a later one are left out.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.history import entity_keys
from training.tables.dataset import Dataset

Positions = NDArray[np.int64]
_TEST_SHARE: Final = 0.20
_CALIBRATION_SHARE: Final = 0.20
_MIN_TEST_SHARE: Final = 0.05
_MAX_TEST_SHARE: Final = 0.40
_MIN_USABLE_ROWS: Final = 200
_MAX_LEFT_OUT: Final = 0.8
"""Groups that take more of the earlier cases away are no groups of one time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Positions of the cases in each part, rising, and how they were drawn in words."""

    train: Positions
    calibration: Positions
    test: Positions
    how: str


def split(dataset: Dataset) -> Split:
    """Split a data set by time where it can be, else by a hash; cases without any label are in no part.

    Raises ValueError where groups that come back all the time leave too little to learn from.
    """
    as_of, known_at = dataset.columns.as_of, dataset.known_at
    labelled = ~np.isnan(known_at)
    # Of the labelled cases: the newest ones often have no label yet, and a test part of those would be empty.
    starts_at = float(np.quantile(as_of[labelled], 1 - _TEST_SHARE, method="lower")) if labelled.any() else 0.0
    test = as_of >= starts_at
    if labelled.any() and not _MIN_TEST_SHARE <= float(test[labelled].mean()) <= _MAX_TEST_SHARE:
        return _by_hash(dataset, labelled)
    earlier = np.flatnonzero(~test & labelled)
    usable = earlier[known_at[earlier] < starts_at]
    # Where nearly all labels arrived together and late (a first import, say), none would be left to learn from.
    in_time = len(usable) >= min(_MIN_USABLE_ROWS, len(earlier) / 2)
    usable = usable if in_time else earlier
    alone = _drop_groups_with_later_cases(usable, np.flatnonzero(test), dataset.groups)
    train, calibration = _earlier_and_later(alone, as_of)
    train = _drop_groups_with_later_cases(train, calibration, dataset.groups)
    left_out = len(usable) - len(train) - len(calibration)
    if left_out > _MAX_LEFT_OUT * len(usable):
        raise ValueError(
            f"`group` leaves {len(usable) - left_out:,} of {len(usable):,} earlier cases to learn from, because the "
            "others' groups have later cases "
            "too; group what belongs together at one time (the lines of one order), not what comes back, or leave "
            "`group` out"
        )
    day = datetime.fromtimestamp(starts_at, UTC).date().isoformat()
    whose = "whose label was known by then" if in_time else "(most of their labels became known only later)"
    how = f"by time: tested on cases from {day} on, learnt from earlier ones {whose}"
    how += f"; {left_out:,} whose group has later cases are left out" if left_out else ""
    tested = _drop_groups_learnt_from(dataset, np.flatnonzero(test & labelled), alone)
    return Split(train=train, calibration=calibration, test=tested, how=how)


def everything(dataset: Dataset) -> Split:
    """Leave no test part: for learning anew from all labels once a model of this kind has been judged."""
    keys, what = _grouping(dataset)
    labelled = ~np.isnan(dataset.known_at)
    calibration = np.array([_place(key) for key in keys]) < _CALIBRATION_SHARE
    return Split(
        train=np.flatnonzero(labelled & ~calibration),
        calibration=np.flatnonzero(labelled & calibration),
        test=np.array([], dtype=np.int64),
        how=f"all labelled cases, a fifth kept for calibration by a hash of the {what}",
    )


def _drop_groups_learnt_from(dataset: Dataset, test: Positions, learnt: Positions) -> Positions:
    """Leave out of the test part what belongs to a group that was learnt from."""
    if dataset.groups is None:
        return test
    known = {dataset.groups[at] for at in learnt} - {None}
    return np.array([at for at in test if dataset.groups[at] not in known], dtype=np.int64)


def _earlier_and_later(usable: Positions, as_of: NDArray[np.float64]) -> tuple[Positions, Positions]:
    order = usable[np.argsort(as_of[usable], kind="stable")]
    cut = len(order) - round(len(order) * _CALIBRATION_SHARE)
    return np.sort(order[:cut]), np.sort(order[cut:])


def _drop_groups_with_later_cases(
    earlier: Positions, later: Positions, groups: Sequence[str | None] | None
) -> Positions:
    """Leave out the earlier cases whose group also has later ones."""
    if groups is None:
        return earlier
    there = {groups[at] for at in later.tolist()} - {None}
    return np.array([at for at in earlier.tolist() if groups[at] not in there], dtype=np.int64)


def _by_hash(dataset: Dataset, labelled: NDArray[np.bool_]) -> Split:
    keys, what = _grouping(dataset)
    place = np.array([_place(key) for key in keys])
    test = place < _TEST_SHARE
    calibration = ~test & (place < _TEST_SHARE + (1 - _TEST_SHARE) * _CALIBRATION_SHARE)
    parts = [np.flatnonzero(part & labelled) for part in (~test & ~calibration, calibration, test)]
    how = f"by a hash of the {what}, because the cases share one point in time"
    return Split(train=parts[0], calibration=parts[1], test=parts[2], how=how)


def _grouping(dataset: Dataset) -> tuple[Sequence[str], str]:
    """Keep a group's cases together, else an entity's where entities repeat and are many, else hash case by case."""
    ids = dataset.exception_ids
    if dataset.groups is not None:
        return [group if group is not None else ids[at] for at, group in enumerate(dataset.groups)], "declared group"
    for trail, keys in entity_keys(dataset.columns, dataset.recipe.trails).items():
        distinct = {key for key in keys if key is not None}
        if 100 <= len(distinct) < 0.9 * len(keys):
            return [key if key is not None else ids[at] for at, key in enumerate(keys)], trail.replace("_", " ")
    return ids, "exception id"


def _place(key: str) -> float:
    """Put a key at a point in [0, 1) that depends on nothing but the key."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:8], "big") / 2**64
