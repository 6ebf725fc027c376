"""Specification of what a model knows: at, just beyond and far beyond what was seen, column by column."""

import json

import numpy as np
import pytest

from models.support import Support, fit_support

NAN = float("nan")
RNG = np.random.default_rng(7)
SEEN = np.column_stack(
    [
        np.linspace(0.0, 100.0, 2_000),  # a number
        RNG.integers(0, 3, 2_000).astype(float),  # a category of three
        np.where(np.arange(2_000) % 2 == 0, NAN, 1.0),  # often missing
        np.ones(2_000),  # never missing, always the same
    ]
)
LATER = SEEN[::7]
SUPPORT = fit_support(SEEN, LATER, columns=[0, 1, 2, 3], categories=[1])


@pytest.mark.parametrize(
    ("row", "unusual"),
    [
        ([50.0, 1.0, 1.0, 1.0], []),
        ([0.1, 0.0, NAN, 1.0], []),
        ([-1.0, 0.0, NAN, 1.0], [0]),
        ([100.5, 0.0, NAN, 1.0], [0]),
        ([NAN, 0.0, NAN, 1.0], [0]),
        ([50.0, 3.0, 1.0, 1.0], [1]),
        ([50.0, NAN, 1.0, 1.0], [1]),
        ([50.0, 1.0, 2.0, 1.0], [2]),
        ([50.0, 1.0, 1.0, NAN], [3]),
        ([1e9, 9.0, 7.0, NAN], [0, 1, 2, 3]),
    ],
)
def test_a_column_is_unusual_beyond_all_but_a_thousandth_of_what_was_seen(row: list[float], unusual: list[int]) -> None:
    assert np.flatnonzero(SUPPORT.unusual(np.array([row]))[0]).tolist() == unusual


def test_a_case_is_unlike_with_more_unusual_columns_than_the_limit() -> None:
    support = Support(
        columns=SUPPORT.columns,
        low=SUPPORT.low,
        high=SUPPORT.high,
        missing_is_rare=SUPPORT.missing_is_rare,
        codes=SUPPORT.codes,
        limit=1,
    )
    rows = np.array([[50.0, 1.0, 1.0, 1.0], [-5.0, 1.0, 1.0, 1.0], [-5.0, 9.0, 1.0, 1.0]])
    assert support.unlike(rows) == [(), (), (0, 1)]


def test_at_most_a_hundredth_of_later_cases_of_the_same_kind_lie_beyond() -> None:
    assert np.mean([bool(found) for found in SUPPORT.unlike(LATER)]) <= 0.01


def test_few_cases_make_nothing_strange_that_they_hold() -> None:
    few = SEEN[:5]
    support = fit_support(few, few, columns=[0, 1, 2, 3], categories=[1])
    assert support.unlike(few) == [()] * 5


def test_no_case_at_all_is_no_reason_to_call_anything_strange() -> None:
    support = fit_support(np.empty((0, 2)), np.empty((0, 2)), columns=[0, 1], categories=[])
    assert support.unlike(np.array([[1.0, NAN]])) == [()]


def test_only_the_columns_it_was_given_count() -> None:
    support = fit_support(SEEN, LATER, columns=[3], categories=[])
    assert support.unlike(np.array([[1e9, 9.0, 7.0, NAN]])) == [(3,)]


def test_it_is_the_same_after_writing_and_reading() -> None:
    again = Support.from_json(json.loads(json.dumps(SUPPORT.to_json())))
    assert again.to_json() == SUPPORT.to_json()
    rows = np.array([[1e9, 9.0, 7.0, NAN], [50.0, 1.0, 1.0, 1.0]])
    assert again.unlike(rows) == SUPPORT.unlike(rows)


GAPPY = np.where(np.random.default_rng(3).random((3_000, 40)) < 0.1, NAN, 1.0)
GAPPY_SUPPORT = fit_support(GAPPY[:2_000], GAPPY[2_000:], columns=list(range(40)), categories=[])


def test_gaps_far_from_every_pattern_seen_are_unlike_though_each_column_is_often_missing() -> None:
    row = np.ones((1, 40))
    row[0, ::3] = NAN
    (found,) = GAPPY_SUPPORT.unlike(row)
    assert set(found) <= set(range(0, 40, 3)) and len(found) > GAPPY_SUPPORT.gaps_limit / 2


def test_hardly_any_later_case_has_strange_gaps_and_none_with_fewer_gaps() -> None:
    assert np.mean([bool(found) for found in GAPPY_SUPPORT.unlike(GAPPY[2_000:])]) <= 0.02
    assert GAPPY_SUPPORT.unlike(np.ones((1, 40))) == [()]


def test_patterns_come_back_from_plain_values_and_older_files_have_none() -> None:
    written = json.loads(json.dumps(GAPPY_SUPPORT.to_json()))
    assert Support.from_json(written).unlike(GAPPY) == GAPPY_SUPPORT.unlike(GAPPY)
    older = Support.from_json({name: value for name, value in written.items() if not name.startswith("gaps")})
    assert older.gaps is None


class TestAColumnThatWasAlwaysFull:
    def test_one_gap_in_it_makes_a_case_unlike(self) -> None:
        rows = np.array([[50.0, 1.0, 1.0, 1.0], [50.0, 1.0, 1.0, NAN], [50.0, 1.0, NAN, 1.0]])
        support = fit_support(SEEN, LATER, columns=[0, 1, 2, 3], categories=[1])
        assert support.unlike(rows)[1] == (3,) and not support.unlike(rows)[0] and not support.unlike(rows)[2]
        assert Support.from_json(json.loads(json.dumps(support.to_json()))).unlike(rows) == support.unlike(rows)

    def test_few_cases_say_nothing_of_the_next_gap(self) -> None:
        support = fit_support(SEEN[:100], LATER[:20], columns=[3], categories=[])
        assert support.never_missing is not None and not support.never_missing.any()

    def test_a_gap_among_later_cases_is_a_usual_one(self) -> None:
        later = LATER.copy()
        later[0, 3] = NAN
        support = fit_support(SEEN, later, columns=[0, 1, 2, 3], categories=[1])
        assert support.never_missing is not None and support.never_missing.tolist() == [True, True, False, False]
