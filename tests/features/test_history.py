"""Entity history: exact, strictly before `as_of`, and the same whatever the order of arrival."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.history import DAY_SECONDS, CaseFact, History, LabelFact, Log, Trail

SUPPLIER = Trail(
    name="supplier",
    key=("supplier_id",),
    windows_days=(30, 90),
    sums=("amount",),
    last=("price",),
    causes=("duplicate",),
)


def case(day: float, *, supplier: str = "S1", amount: int = 100, price: int = 7) -> CaseFact:
    return CaseFact(
        known_at=day * DAY_SECONDS, keys={"supplier": supplier}, measures={"amount": amount, "price": price}
    )


def label(day: float, *, wrong: bool, cause: str = "other", sign: int = 1) -> LabelFact:
    return LabelFact(known_at=day * DAY_SECONDS, keys={"supplier": "S1"}, wrong=wrong, cause=cause, sign=sign)


def seen(history: History, *, day: float, supplier: str | None = "S1") -> dict[str, float]:
    looked_up = history.look_up({"supplier": [supplier]}, np.array([day * DAY_SECONDS]))
    return {name: float(column[0]) for name, column in looked_up.items()}


def history_of(*facts: CaseFact | LabelFact) -> History:
    history = History([SUPPLIER])
    for fact in facts:
        history.add_case(fact) if isinstance(fact, CaseFact) else history.add_label(fact)
    return history


class TestLookUp:
    def test_counts_and_sums_end_strictly_before_as_of(self) -> None:
        past = seen(history_of(case(10), case(20), case(30)), day=30)
        assert past["supplier_count_30d"] == 2
        assert past["supplier_amount_30d"] == 200

    def test_a_window_includes_its_first_instant(self) -> None:
        history = history_of(case(10))
        assert seen(history, day=40)["supplier_count_30d"] == 1
        assert seen(history, day=40.001)["supplier_count_30d"] == 0

    def test_a_fact_at_the_same_instant_is_not_known_yet(self) -> None:
        assert seen(history_of(case(30)), day=30)["supplier_count_90d"] == 0

    def test_ages_and_last_values_come_from_earlier_cases_only(self) -> None:
        past = seen(history_of(case(10, price=5), case(25, price=6), case(40, price=9)), day=30)
        assert past["supplier_age_days"] == 20
        assert past["supplier_days_since_last"] == 5
        assert past["supplier_last_price"] == 6

    @pytest.mark.parametrize("supplier", ["unseen", None])
    def test_an_unknown_entity_has_no_age_and_counts_nothing(self, supplier: str | None) -> None:
        past = seen(history_of(case(10)), day=30, supplier=supplier)
        assert np.isnan(past["supplier_age_days"]) and np.isnan(past["supplier_last_price"])
        assert past["supplier_count_90d"] == 0 and past["supplier_labelled_90d"] == 0

    def test_a_label_counts_from_when_it_was_known_not_from_its_case(self) -> None:
        history = history_of(case(10), label(50, wrong=True, cause="duplicate"))
        assert seen(history, day=50)["supplier_wrong_90d"] == 0
        past = seen(history, day=51)
        assert (past["supplier_labelled_90d"], past["supplier_wrong_90d"], past["supplier_cause_duplicate_90d"]) == (
            1,
            1,
            1,
        )

    def test_a_revised_label_replaces_the_earlier_one_from_then_on(self) -> None:
        history = history_of(label(10, wrong=True), label(20, wrong=True, sign=-1), label(20, wrong=False))
        assert seen(history, day=15)["supplier_wrong_30d"] == 1
        past = seen(history, day=25)
        assert (past["supplier_labelled_30d"], past["supplier_wrong_30d"]) == (1, 0)


facts = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(["S1", "S2"]), st.integers(-500, 10**9), st.integers(0, 10**6)),
    max_size=30,
)


class TestOrder:
    @given(facts=facts, order=st.randoms(use_true_random=False), at=st.integers(0, 220))
    def test_any_order_of_arrival_gives_the_same_bits(self, facts, order, at) -> None:
        cases = [case(day, supplier=name, amount=amount, price=price) for day, name, amount, price in facts]
        shuffled = list(cases)
        order.shuffle(shuffled)
        one, other = history_of(*cases), history_of(*shuffled)
        assert str(seen(one, day=at)) == str(seen(other, day=at))

    @given(facts=facts, at=st.integers(0, 220))
    def test_what_comes_later_changes_nothing(self, facts, at) -> None:
        cases = [case(day, supplier=name, amount=amount) for day, name, amount, _ in facts]
        earlier = [fact for fact in cases if fact.known_at < at * DAY_SECONDS]
        assert str(seen(history_of(*cases), day=at)) == str(seen(history_of(*earlier), day=at))

    @given(facts=facts, at=st.integers(0, 220))
    def test_equals_counting_one_by_one(self, facts, at) -> None:
        cases = [case(day, supplier=name, amount=amount) for day, name, amount, _ in facts]
        inside = [
            f for f in cases if f.keys["supplier"] == "S1" and (at - 30) * DAY_SECONDS <= f.known_at < at * DAY_SECONDS
        ]
        past = seen(history_of(*cases), day=at)
        assert past["supplier_count_30d"] == len(inside)
        assert past["supplier_amount_30d"] == sum(fact.measures["amount"] for fact in inside)


class TestLog:
    def test_a_late_row_shifts_the_totals_after_it(self) -> None:
        log = Log(1)
        for at, value in [(1.0, 10), (3.0, 30), (2.0, 20)]:
            log.add(at, (value,))
        assert [log.between(k, k + 1)[0] for k in range(3)] == [10, 20, 30]
        assert log.between(0, 3) == (60,)


class TestTrail:
    @pytest.mark.parametrize("windows", [(), (30, 30), (90, 30)])
    def test_windows_must_rise(self, windows: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="windows_days"):
            Trail(name="t", key=("k",), windows_days=windows)
