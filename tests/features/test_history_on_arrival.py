"""What was known on arrival: everything sent before, in the same instant too; nothing a case left behind itself."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.history import CaseFact, History, LabelFact, Trail
from features.history_on_arrival import look_up_on_arrival
from features.history_segment import HistorySegment, segment_arrays

TRAIL = Trail(name="shop", key=("shop",), windows_days=(10, 100), sums=("amount",), last=("amount",))
DAY = 86_400.0


def fact(day: float, amount: int = 1, shop: str | None = "s") -> CaseFact:
    return CaseFact(known_at=day * DAY, keys={"shop": shop} if shop else {}, measures={"amount": amount})


def history(*facts: CaseFact) -> History:
    made = History([TRAIL])
    for one in facts:
        made.add_case(one)
    return made


def on_arrival(made: History, *facts: CaseFact, as_of: Sequence[float] | None = None, own: Sequence[CaseFact] = ()):
    """Look cases up; as_of: days, the arrivals where left out."""
    arrivals = [one.known_at for one in facts]
    moments = arrivals if as_of is None else [day * DAY for day in as_of]
    return look_up_on_arrival(made, facts, as_of=moments, arrivals=arrivals, own_facts=lambda at: own)


@pytest.mark.parametrize(("earlier", "as_of", "positions", "counts"), [
    ([], 50, [], []),                 # nothing there
    ([49], 50, [], []),               # known before as_of already
    ([50], 50, [0], [1]),             # in the very instant, sent before
    ([49], 40, [0], [1]),             # between as_of and arrival
    ([30], 40, [0], [0]),             # out of the ten days before arrival
    ([40.5, 45, 50], 40, [0], [3]),
])  # fmt: skip
def test_what_was_sent_before_counts(earlier, as_of, positions, counts) -> None:
    found, past = on_arrival(history(*map(fact, earlier)), fact(50), as_of=[as_of])
    assert (found, past["shop_count_10d"].tolist()) == (positions, counts)


def test_cases_of_one_group_see_those_before_them_and_no_others() -> None:
    found, past = on_arrival(history(), fact(50, 3), fact(50, 4), fact(50, 9, shop="other"), fact(50, 5))
    assert (found, past["shop_count_10d"].tolist(), past["shop_amount_10d"].tolist()) == ([1, 3], [1, 2], [3, 7])


def test_a_label_counts_once_it_was_known_before() -> None:
    made = history(fact(40))
    for day in (45, 50):
        made.add_label(LabelFact(known_at=day * DAY, keys={"shop": "s"}, wrong=True, cause=None))
    _, past = on_arrival(made, fact(50), as_of=[41])
    assert past["shop_labelled_10d"].tolist() == [1]


def test_a_look_leaves_the_history_as_it_was() -> None:
    made = history(fact(50))
    first, second = (on_arrival(made, fact(50), fact(50), own=[fact(50)]) for _ in range(2))
    np.testing.assert_equal(first[1], second[1])
    assert made.look_up({"shop": ["s"]}, np.array([60 * DAY]))["shop_count_100d"].tolist() == [1]


days = st.integers(0, 12)
facts = st.lists(st.builds(fact, days, st.integers(0, 2)), max_size=12)


@given(facts, days, st.integers(0, 2), st.booleans())
def test_without_its_own_it_is_as_if_it_had_never_been_sent(others, day, amount, frozen: bool) -> None:
    own, asked = fact(day, amount), fact(13)
    with_own = history(*others, own)
    if frozen:
        with_own = History([TRAIL], [HistorySegment(segment_arrays([TRAIL], [*others, own], []))])
    _, seen = on_arrival(with_own, asked, as_of=[0], own=[own])
    _, never = on_arrival(history(*others), asked, as_of=[0])
    np.testing.assert_equal(seen, never)


@given(facts, st.lists(st.integers(0, 2), min_size=1, max_size=6), days)
def test_a_group_is_as_one_after_the_other(before, amounts, as_of) -> None:
    group = [fact(12, amount) for amount in amounts]
    found, together = on_arrival(history(*before), *group, as_of=[as_of] * len(group))
    at = 0
    for number, one in enumerate(group):
        alone, past = on_arrival(history(*before, *group[:number]), one, as_of=[as_of])
        assert (number in found) == bool(alone)
        if alone:
            np.testing.assert_equal(
                {name: column[at] for name, column in together.items()},
                {name: column[0] for name, column in past.items()},
            )
            at += 1


def test_of_two_parts_and_the_group_the_last_is_the_last() -> None:
    frozen = HistorySegment(segment_arrays([TRAIL], [fact(1, 7)], []))
    made = History([TRAIL], [frozen])
    made.add_case(fact(49, 8))
    _, past = on_arrival(made, fact(50, 9), fact(50, 1))
    assert past["shop_last_amount"].tolist() == [9]
    assert past["shop_age_days"].tolist() == [49]
    assert not math.isnan(past["shop_days_since_last"][0])
