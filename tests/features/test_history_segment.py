"""Specification of frozen parts of the history: whatever is frozen, in however many parts, every column stays the same
to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.history import CaseFact, History, LabelFact, Trail
from features.history_segment import HistorySegment, key_numbers, merged, segment_arrays

TRAILS = (
    Trail(
        name="supplier", key=("s",), windows_days=(1, 30), sums=("amount",), last=("price",), causes=("late", "short")
    ),
    Trail(name="site", key=("t",), windows_days=(7,)),
)
KEYS = st.fixed_dictionaries({}, optional={"supplier": st.sampled_from("ABCé"), "site": st.sampled_from("xy")})
AT = st.sampled_from([0.0, 1.0, 86_400.0, 86_401.0, 200_000.0, 3e6])
AMOUNTS = st.integers(-(10**13), 10**13)
CASES = st.lists(
    st.builds(CaseFact, known_at=AT, keys=KEYS, measures=st.fixed_dictionaries({"amount": AMOUNTS, "price": AMOUNTS})),
    max_size=25,
)
LABELS = st.lists(
    st.builds(
        LabelFact,
        known_at=AT,
        keys=KEYS,
        wrong=st.booleans(),
        cause=st.sampled_from(["late", "short", "other", None]),
        sign=st.sampled_from([1, -1]),
    ),
    max_size=25,
)


def looked_up(history: History) -> dict[str, list[float]]:
    keys = {"supplier": ["A", "B", "C", "é", None, "Z"] * 3, "site": ["x", "y", None, "x", "y", "z"] * 3}
    as_of = np.repeat([86_400.0, 200_001.0, 9e6], 6)
    return {name: column.tolist() for name, column in history.look_up(keys, as_of).items()}


def remembered(cases: list[CaseFact], labels: list[LabelFact], *, frozen: tuple[HistorySegment, ...] = ()) -> History:
    history = History(TRAILS, frozen)
    for case in cases:
        history.add_case(case)
    for label in labels:
        history.add_label(label)
    return history


@given(cases=CASES, labels=LABELS, cuts=st.tuples(st.integers(0, 25), st.integers(0, 25)), merge=st.booleans())
def test_frozen_parts_and_memory_say_together_what_memory_alone_says(
    cases: list[CaseFact], labels: list[LabelFact], cuts: tuple[int, int], merge: bool
) -> None:
    low, high = sorted(cuts)
    parts = [segment_arrays(TRAILS, cases[start:end], labels[start:end]) for start, end in ((0, low), (low, high))]
    frozen = [merged(parts)] if merge else parts
    split = remembered(cases[high:], labels[high:], frozen=tuple(HistorySegment(arrays) for arrays in frozen))
    np.testing.assert_equal(looked_up(split), looked_up(remembered(cases, labels)))


def test_totals_that_wrap_around_64_bits_are_exact_all_the_same() -> None:
    most = 10**13
    cases = [
        CaseFact(known_at=float(at), keys={"supplier": "A"}, measures={"amount": most, "price": 1}) for at in range(3)
    ]
    arrays = segment_arrays(TRAILS, cases, [])
    shifted = arrays | {"supplier.cases.totals": arrays["supplier.cases.totals"] + np.int64(2**63 - 2 * most)}
    found = History(TRAILS, (HistorySegment(shifted),)).look_up({"supplier": ["A"], "site": [None]}, np.array([9.0]))
    assert found["supplier_amount_30d"].tolist() == [3.0 * most]


def test_a_segment_of_nothing_knows_nobody() -> None:
    segment = HistorySegment(segment_arrays(TRAILS, [], []))
    assert segment.log("supplier", "cases", "A") is None
    assert segment.log("no such trail", "cases", "A") is None


def test_the_same_key_is_found_and_no_other() -> None:
    case = CaseFact(known_at=1.0, keys={"supplier": "V-1\x1fS"}, measures={})
    segment = HistorySegment(segment_arrays(TRAILS, [case], []))
    assert segment.log("supplier", "cases", "V-1\x1fS") is not None
    assert segment.log("supplier", "cases", "V-1") is None
    assert key_numbers("a") != key_numbers("b")


@pytest.mark.parametrize("key", ["", "\ud800", "x" * 10_000])
def test_any_text_is_a_key(key: str) -> None:
    case = CaseFact(known_at=1.0, keys={"supplier": key}, measures={})
    log = HistorySegment(segment_arrays(TRAILS, [case], [])).log("supplier", "cases", key)
    assert log is not None and log.before(2.0) == 1 and log.before(1.0) == 0
