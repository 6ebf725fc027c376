"""One Next over every queue: what is mine first, then the most urgent, never the same case for two people."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.triage.conftest import ANN, BOB, DOMAIN, EVE, SYSTEM, VIC, ScriptedScorer, override, policy_with
from triage.identity.access import Principal
from triage.review import verbs
from triage.review.approval import approve
from triage.review.next_best import next_for, worth
from triage.review.verbs import Ruling

HOLD = timedelta(minutes=30)
HEADS = {DOMAIN.name: DOMAIN.heads}
RULING = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified")

FOUR_EYES = [{"id": "FE-1", "title": "More than 60 was charged.", "when": "charged_price > 60.0"}]


class Floor:
    """A house whose cases wait in several queues, and the verbs in short."""

    def __init__(self, house, **parts) -> None:
        self.house = house(ScriptedScorer(risk=0.5), policy_with(**parts))
        self.count = 0

    def submit(self, **payload) -> str:
        given = {"listed_price": "80.00", "charged_price": "64.00"} | payload
        self.count += 1
        return self.house.one(override(f"P-{self.count}", **given), actor=SYSTEM).body["case_id"]

    def next(self, actor=ANN, but=None):
        with self.house.engine.begin() as connection:
            return next_for(
                connection, policies=self.house.policies, requesters={}, actor=actor, now=self.house.clock(),
                hold=HOLD, but=but,
            )  # fmt: skip

    def do(self, verb, case_id, *, actor=ANN, **options):
        with self.house.engine.begin() as connection:
            policies, now = self.house.policies, self.house.clock()
            return verb(connection, case_id, policies=policies, actor=actor, now=now, **options)

    def rule(self, case_id, actor=ANN):
        return self.do(verbs.resolve, case_id, actor=actor, ruling=RULING, heads=HEADS)


@pytest.fixture
def floor(house) -> Floor:
    return Floor(house)


class TestOrder:
    def test_priority_goes_before_worth_and_lateness_before_both(self, floor) -> None:
        low = floor.submit()
        high = floor.submit(listed_price="600.00", charged_price="590.00")
        assert (floor.next(), floor.next(BOB)) == (high, low)

    def test_what_is_late_goes_first(self, floor) -> None:
        late = floor.submit()
        floor.house.clock.forward(hours=23.9)
        floor.submit(listed_price="600.00", charged_price="590.00")
        floor.house.clock.forward(hours=0.2)
        assert floor.next() == late

    @pytest.mark.parametrize(("hours", "expected"), [(0, 10.0), (12, 15.0), (24, 20.0), (48, 20.0)])
    def test_a_minute_is_worth_more_the_nearer_the_due_time(self, floor, hours: float, expected: float) -> None:
        created = floor.house.clock()
        now, due = created + timedelta(hours=hours), created + timedelta(hours=24)
        assert worth(10.0, created_at=created, due_at=due, now=now) == expected


class TestMine:
    def test_what_i_hold_is_offered_before_a_new_case(self, floor) -> None:
        first = floor.submit()
        floor.submit()
        assert floor.next() == first
        assert floor.next() == first

    def test_but_not_the_one_in_front_of_me(self, floor) -> None:
        first, second = floor.submit(), floor.submit()
        assert floor.next() == first
        assert floor.next(but=first) == second

    def test_a_claim_that_ran_out_is_anybodys(self, floor) -> None:
        first = floor.submit()
        assert floor.next() == first
        assert floor.next(BOB) is None
        floor.house.clock.forward(minutes=31)
        assert floor.next(BOB) == first


class TestWho:
    def test_nothing_for_somebody_who_may_not_work(self, floor) -> None:
        floor.submit()
        assert floor.next(VIC) is None

    def test_what_only_an_approver_may_close_is_not_handed_to_others(self, floor) -> None:
        escalated = floor.submit(pieces=1000)
        assert floor.next() is None
        assert floor.next(EVE) == escalated

    def test_a_restricted_queue_is_only_for_those_who_may_see_it(self, floor) -> None:
        secret = floor.submit(listed_price="900.00", charged_price="90.00")
        assert floor.next() is None
        assert floor.next(EVE) == secret


class TestApprovals:
    def test_a_ruling_that_waits_goes_to_an_approver_and_to_one_at_a_time(self, house) -> None:
        floor = Floor(house, four_eyes=FOUR_EYES)
        case_id = floor.submit()
        assert floor.next() == case_id
        assert floor.rule(case_id)["state"] == "approval"
        adam = Principal(name="user:adam", grants=frozenset({("approver", None)}))
        assert floor.next(BOB) is None
        assert floor.next(EVE) == case_id
        assert floor.next(adam) is None
        done = floor.do(approve, case_id, actor=EVE, agreed=True, comment=None, requesters={}, heads=HEADS)
        assert done["state"] == "done"

    def test_never_to_whoever_ruled(self, house) -> None:
        floor = Floor(house, four_eyes=FOUR_EYES)
        case_id = floor.submit()
        assert floor.next(EVE) == case_id
        floor.rule(case_id, actor=EVE)
        assert floor.next(EVE) is None

    def test_nor_to_whom_the_case_names(self, house) -> None:
        floor = Floor(house, four_eyes=FOUR_EYES)
        case_id = floor.submit(cashier_id="eve")
        floor.next()
        floor.rule(case_id)
        with floor.house.engine.begin() as connection:
            found = next_for(
                connection, policies=floor.house.policies, requesters={DOMAIN.name: ("cashier_id",)}, actor=EVE,
                now=floor.house.clock(), hold=HOLD,
            )  # fmt: skip
        assert found is None


def test_ten_people_at_once_get_ten_cases(floor) -> None:
    cases = [floor.submit() for _ in range(12)]
    people = [Principal(name=f"user:p{at}", grants=frozenset({("analyst", None)})) for at in range(10)]
    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(floor.next, people))
    # Only a few of a queue are looked at; who finds them all taken looks again.
    taken = [found if found is not None else floor.next(person) for found, person in zip(taken, people, strict=True)]
    assert None not in taken and set(taken) <= set(cases)
    assert Counter(taken).most_common(1)[0][1] == 1
