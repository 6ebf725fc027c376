"""What a model may learn from, and what it is judged on."""

from dataclasses import replace

import numpy as np
import pytest

from tests.toy_data import make_dataset
from training.fitting.split import Split, everything, split
from training.tables.dataset import Dataset

DAY = 86_400.0


def parts(found: Split) -> list[set[int]]:
    return [set(part.tolist()) for part in (found.train, found.calibration, found.test)]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return make_dataset(1000, with_text=False)


def test_the_latest_fifth_is_the_test(dataset: Dataset) -> None:
    found = split(dataset)
    train, calibration, test = parts(found)
    assert test == set(range(799, 1000))
    assert max(train) < min(calibration) <= max(calibration) < 799
    assert len(calibration) / (len(train) + len(calibration)) == pytest.approx(0.2, abs=0.01)
    assert found.how.startswith("by time: tested on cases from 2026-07-19 on")


def test_a_label_known_only_after_the_test_starts_teaches_nothing(dataset: Dataset) -> None:
    found = split(dataset)
    starts_at = dataset.columns.as_of[799]
    learnt_from = np.concatenate([found.train, found.calibration])
    assert (dataset.known_at[learnt_from] < starts_at).all()
    # Four cases a day and a delay of five days: the last twenty before the test are not known yet, one to the second.
    assert len(learnt_from) == 799 - 20


def test_labels_that_all_came_later_still_teach_and_the_split_says_so(dataset: Dataset) -> None:
    # A first import of old cases: everything became known on one day. Holding to the rule would leave nothing to learn
    # from.
    late = split(replace(dataset, known_at=dataset.known_at + 1000 * DAY))
    assert (len(late.train) + len(late.calibration), len(late.test)) == (799, 201)
    assert late.how.endswith("(most of their labels became known only later)")


@pytest.mark.parametrize(("known", "learnt_from"), [(199, 799), (200, 200)])
def test_two_hundred_labels_known_in_time_are_enough_to_hold_to_them(
    dataset: Dataset, known: int, learnt_from: int
) -> None:
    known_at = dataset.known_at + 1000 * DAY
    known_at[:known] = dataset.known_at[:known]
    found = split(replace(dataset, known_at=known_at))
    assert len(found.train) + len(found.calibration) == learnt_from


def test_everything_leaves_no_label_unused(dataset: Dataset) -> None:
    known_at = dataset.known_at.copy()
    known_at[::10] = np.nan
    found = everything(replace(dataset, known_at=known_at))
    assert len(found.test) == 0
    assert set(found.train) | set(found.calibration) == set(np.flatnonzero(~np.isnan(known_at)))
    assert not set(found.train) & set(found.calibration)
    assert len(found.calibration) / 900 == pytest.approx(0.2, abs=0.04)


def test_a_case_without_a_label_is_in_no_part(dataset: Dataset) -> None:
    known_at = dataset.known_at.copy()
    known_at[::3] = np.nan
    assert not set(range(0, 1000, 3)) & set.union(*parts(split(replace(dataset, known_at=known_at))))


def test_a_snapshot_is_split_by_a_hash_that_more_cases_do_not_change() -> None:
    small, large = make_dataset(1000, hours_apart=0), make_dataset(2000, hours_apart=0)
    found = split(small)
    assert found.how == "by a hash of the exception id, because the cases share one point in time"
    train, calibration, test = parts(found)
    assert len(train) + len(calibration) + len(test) == 1000
    assert [len(part) / 1000 for part in (train, calibration, test)] == pytest.approx([0.64, 0.16, 0.20], abs=0.04)
    assert parts(split(large))[2] & set(range(1000)) == test


@pytest.mark.parametrize("hours_apart", [6.0, 0.0])
def test_a_group_stands_on_one_side(hours_apart: float) -> None:
    # Every group has a member in each half, so a split that ignored groups would tear every one apart.
    groups: list[str | None] = [f"order {at % 250}" if at % 5 else None for at in range(1000)]
    groups[100:700] = [f"order {at // 10}" for at in range(100, 700)]
    found = split(replace(make_dataset(1000, hours_apart=hours_apart), groups=groups))
    sides = [{groups[at] for at in part} - {None} for part in parts(found)]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
    assert all(sides)


def test_one_case_can_be_split() -> None:
    found = split(make_dataset(1))
    assert sum(len(part) for part in parts(found)) == 1


def grouped(dataset: Dataset, come_back: int) -> Dataset:
    """Of the 779 earlier cases that may be learnt from, so many share a group with the last case."""
    groups: list[str | None] = ["regular" if at < come_back or at == 999 else None for at in range(1000)]
    return replace(dataset, groups=groups)


@pytest.mark.parametrize("come_back", [0, 10, 623])
def test_what_groups_take_away_is_said(dataset: Dataset, come_back: int) -> None:
    found = split(grouped(dataset, come_back))
    assert len(found.train) + len(found.calibration) == 779 - come_back
    assert found.how.endswith(f"; {come_back} whose group has later cases are left out") == (come_back > 0)


@pytest.mark.parametrize("come_back", [624, 779])
def test_groups_that_take_most_away_are_refused_before_anything_is_learnt(dataset: Dataset, come_back: int) -> None:
    with pytest.raises(
        ValueError, match=rf"`group` leaves {779 - come_back} of 779 earlier cases .* leave `group` out"
    ):
        split(grouped(dataset, come_back))
