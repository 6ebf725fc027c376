"""What people do with a task: one holder at a time, a ruling beside the decision, every verb audited."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.triage.conftest import ANN, BOB, DOMAIN, DOMAINS, EVE, POLICIES, SYSTEM, VIC, ScriptedScorer, override
from triage.db.schema import audit_events, decisions, labels, tasks
from triage.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from triage.review import verbs as review
from triage.review.case_lists import Filters, list_cases
from triage.review.case_reading import case_file, list_queue
from triage.review.outcomes import record_outcome
from triage.review.queues import queue_counts
from triage.review.verbs import Ruling

HOLD = timedelta(minutes=30)
HEADS = {DOMAIN.name: DOMAIN.heads}
AGREED = Ruling(action="accepted", cause="price_match", reason_code="justified")


class Desk:
    """A house with one case waiting, and the verbs in short."""

    def __init__(self, house) -> None:
        self.house = house
        self.case_id = house.one(override()).body["case_id"]

    def do(self, verb, *args, actor=ANN, **options):
        with self.house.engine.begin() as connection:
            return verb(connection, *args, policies=POLICIES, actor=actor, now=self.house.clock(), **options)

    def claim(self, actor=ANN):
        return self.do(review.claim, self.case_id, actor=actor, hold=HOLD)

    def next(self, actor=ANN, queue="OVERRIDE_DESK"):
        return self.do(review.next_case, queue, actor=actor, hold=HOLD)

    def resolve(self, ruling=AGREED, actor=ANN, case_id=None):
        return self.do(review.resolve, case_id or self.case_id, actor=actor, ruling=ruling, heads=HEADS)

    def file(self, actor=ANN):
        return self.do(case_file, self.case_id, actor=actor)


@pytest.fixture
def desk(house) -> Desk:
    return Desk(house(ScriptedScorer(risk=0.5)))


class TestClaim:
    def test_one_holder_at_a_time(self, desk) -> None:
        assert desk.claim(ANN)["claimed_by"] == "user:ann"
        with pytest.raises(ConflictError, match="user:ann has claimed this case until 09:30"):
            desk.claim(BOB)

    @pytest.mark.parametrize(("minutes", "free"), [(29, False), (30, True), (31, True)])
    def test_a_claim_expires(self, desk, minutes: int, free: bool) -> None:
        desk.claim(ANN)
        desk.house.clock.forward(minutes=minutes)
        if free:
            assert desk.claim(BOB)["claimed_by"] == "user:bob"
        else:
            with pytest.raises(ConflictError):
                desk.claim(BOB)

    def test_ones_own_claim_is_renewed(self, desk) -> None:
        desk.claim(ANN)
        desk.house.clock.forward(minutes=20)
        assert desk.claim(ANN)["claimed_until"].startswith("2026-03-02T09:50")

    def test_a_viewer_may_not(self, desk) -> None:
        with pytest.raises(ForbiddenError, match="analyst"):
            desk.claim(VIC)

    def test_a_case_done_straight_through_has_no_task(self, house) -> None:
        desk = Desk(house(ScriptedScorer(risk=0.0)))
        with pytest.raises(ConflictError, match="straight through"):
            desk.claim()

    def test_an_unknown_case_is_not_found(self, desk) -> None:
        desk.case_id = "nowhere"
        with pytest.raises(NotFoundError):
            desk.claim()


class TestRelease:
    def test_a_released_case_is_free(self, desk) -> None:
        desk.claim(ANN)
        desk.do(review.release, desk.case_id, actor=ANN)
        assert desk.claim(BOB)["claimed_by"] == "user:bob"

    def test_only_the_holder_releases(self, desk) -> None:
        desk.claim(ANN)
        with pytest.raises(ConflictError, match="user:ann holds this case"):
            desk.do(review.release, desk.case_id, actor=BOB)


class TestNext:
    def test_never_the_same_case_to_two_people(self, desk) -> None:
        desk.house.one(override(2))
        assert {desk.next(ANN), desk.next(BOB), desk.next(EVE)} == {desk.case_id, *_second(desk), None}

    def test_the_more_urgent_comes_first(self, desk) -> None:
        urgent = desk.house.one(override(2, listed_price="900.00", charged_price="850.00")).body["case_id"]
        assert (desk.next(ANN), desk.next(BOB)) == (urgent, desk.case_id)

    def test_a_breached_one_comes_before_all(self, desk) -> None:
        desk.house.clock.forward(hours=24)
        urgent = desk.house.one(override(2, listed_price="900.00", charged_price="850.00")).body["case_id"]
        assert (desk.next(ANN), desk.next(BOB)) == (desk.case_id, urgent)

    def test_an_unknown_queue_is_not_found(self, desk) -> None:
        with pytest.raises(NotFoundError, match="NOWHERE"):
            desk.next(queue="NOWHERE")


class TestResolve:
    def test_a_ruling_becomes_a_label_and_never_edits_the_decision(self, desk) -> None:
        before = desk.file()["decision"]
        desk.claim()
        ruling = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified", comment="seen on video")
        assert desk.resolve(ruling)["overrides"] is True
        found = desk.file()
        assert found["decision"] == before
        assert (found["task"]["state"], found["resolutions"][0]["resolved_by"]) == ("done", "user:ann")
        with desk.house.engine.connect() as connection:
            label = connection.execute(select(labels)).one()
            assert connection.execute(select(decisions)).one().disposition == "review"
        assert (label.source, label.wrong, label.cause, label.exception_id) == (
            "resolution",
            True,
            "sweethearting",
            "X-1",
        )

    def test_the_claim_must_be_held(self, desk) -> None:
        with pytest.raises(ConflictError, match="claim the case first"):
            desk.resolve()
        desk.claim(BOB)
        with pytest.raises(ConflictError, match="user:bob holds"):
            desk.resolve()
        desk.house.clock.forward(minutes=31)
        with pytest.raises(ConflictError, match="claim the case first"):
            desk.resolve(actor=BOB)

    def test_a_cause_that_contradicts_the_ruling_is_refused_with_a_sentence(self, desk) -> None:
        desk.claim()
        settled = {DOMAIN.name: replace(DOMAIN.heads, always_wrong=("sweethearting",))}
        ruling = Ruling(action="accepted", cause="sweethearting", reason_code="justified")
        with pytest.raises(InvalidError) as refused:
            desk.do(review.resolve, desk.case_id, ruling=ruling, heads=settled)
        (problem,) = refused.value.problems
        assert problem.field == "cause"
        assert problem.message.endswith("is always wrong; name the cause that it really had, or say that it was wrong")
        wrong = replace(ruling, action="corrected")
        assert desk.do(review.resolve, desk.case_id, ruling=wrong, heads=settled)["action"] == "corrected"

    def test_an_outcome_that_contradicts_itself_is_refused(self, desk) -> None:
        settled = {DOMAIN.name: replace(DOMAIN, heads=replace(DOMAIN.heads, never_wrong=("price_match",)))}
        raw = {"domain": DOMAIN.name, "exception_id": "X-1", "wrong": True, "cause": "price_match"}
        with desk.house.engine.begin() as connection, pytest.raises(InvalidError, match="contradicts 'wrong'"):
            record_outcome(connection, raw, domains=settled, policies=POLICIES, actor=SYSTEM, now=desk.house.clock())

    def test_twice_is_a_conflict(self, desk) -> None:
        desk.claim()
        desk.resolve()
        with pytest.raises(ConflictError, match="closed already"):
            desk.resolve()

    @pytest.mark.parametrize(
        ("ruling", "field"),
        [
            (Ruling(action="maybe", cause="price_match", reason_code="justified"), "action"),  # type: ignore[arg-type]
            (Ruling(action="accepted", cause="witchcraft", reason_code="justified"), "cause"),
            (Ruling(action="accepted", cause="price_match", reason_code="because"), "reason_code"),
            (Ruling(action="corrected", cause="price_match", reason_code="other"), "comment"),
            (Ruling(action="accepted", cause="price_match", reason_code="justified", comment="x" * 4001), "comment"),
        ],
    )
    def test_a_bad_ruling_is_refused_by_name(self, desk, ruling: Ruling, field: str) -> None:
        desk.claim()
        with pytest.raises(InvalidError) as caught:
            desk.resolve(ruling)
        assert [problem.field for problem in caught.value.problems] == [field]
        assert desk.file()["resolutions"] == []

    def test_an_escalated_case_is_closed_by_an_approver(self, house) -> None:
        desk = Desk(house(ScriptedScorer(risk=0.2)))
        with desk.house.engine.begin() as connection:
            connection.execute(tasks.update().values(disposition="escalate"))
        assert desk.next(ANN) is None
        desk.claim(ANN)
        with pytest.raises(ForbiddenError, match="approver"):
            desk.resolve(actor=ANN)
        desk.do(review.release, desk.case_id)
        assert desk.next(EVE) == desk.case_id
        assert desk.resolve(actor=EVE)["state"] == "done"


class TestRestrictedQueues:
    @pytest.fixture
    def restricted(self, house) -> Desk:
        return Desk(house(ScriptedScorer(risk=0.95)))

    def test_a_viewer_does_not_even_learn_of_the_case(self, restricted) -> None:
        with pytest.raises(NotFoundError):
            restricted.file(VIC)
        options = {"filters": Filters(), "cursor": None, "limit": 10}
        assert restricted.do(list_cases, actor=VIC, **options)["items"] == []
        assert restricted.do(list_cases, actor=ANN, **options)["items"] == []
        assert len(restricted.do(list_cases, actor=EVE, **options)["items"]) == 1
        assert [queue["queue"] for queue in restricted.do(queue_counts, actor=VIC)] == ["OVERRIDE_DESK"]

    @pytest.mark.parametrize(("actor", "learns"), [(ANN, False), (SYSTEM, True)])
    def test_an_outcome_betrays_nothing_to_an_analyst_and_is_taken_from_the_system(
        self, restricted, actor, learns
    ) -> None:
        raw = {"domain": DOMAIN.name, "exception_id": "X-1", "wrong": True}
        options = {"domains": DOMAINS, "policies": POLICIES, "now": restricted.house.clock()}
        with restricted.house.engine.begin() as connection:
            if learns:
                assert record_outcome(connection, raw, actor=actor, **options)["wrong"] is True
                return
            with pytest.raises(NotFoundError) as refused:
                record_outcome(connection, raw, actor=actor, **options)
            with pytest.raises(NotFoundError) as unknown:
                record_outcome(connection, raw | {"exception_id": "X-2"}, actor=actor, **options)
        assert refused.value.detail.replace("X-1", "X-2") == unknown.value.detail


class TestReading:
    def test_pages_follow_one_another_without_gap_or_repeat(self, desk) -> None:
        for number in range(2, 8):
            desk.house.one(override(number))
        seen, cursor = [], None
        while True:
            page = desk.do(list_cases, filters=Filters(), cursor=cursor, limit=3)
            seen += [item["exception_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == [f"X-{number}" for number in range(7, 0, -1)]

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            (Filters(state="open"), 1), (Filters(state="claimed"), 0), (Filters(state="auto"), 0), (Filters(q="X-1"),
            1),
            (Filters(q="%"), 0), (Filters(domain="return_fraud"), 0), (Filters(cause="price_match",
            disposition="review"), 1),
            (Filters(queue="OVERRIDE_DESK", claimed_by="user:ann"), 0),
        ],
    )  # fmt: skip
    def test_filters(self, desk, filters: Filters, found: int) -> None:
        assert len(desk.do(list_cases, filters=filters, cursor=None, limit=10)["items"]) == found

    def test_an_expired_claim_is_open_again_everywhere(self, desk) -> None:
        desk.claim()
        desk.house.clock.forward(minutes=31)
        assert desk.file()["task"]["state"] == "open"
        assert desk.do(queue_counts)[0]["claimed"] == 0
        assert len(desk.do(list_cases, filters=Filters(state="open"), cursor=None, limit=10)["items"]) == 1

    @pytest.mark.parametrize(
        ("hours", "state"), [(21.9, "on_track"), (22, "at_risk"), (23.9, "at_risk"), (24, "breached")]
    )
    def test_sla_state(self, desk, hours: float, state: str) -> None:
        desk.house.clock.forward(hours=hours)
        assert desk.do(list_queue, "OVERRIDE_DESK", limit=10)["items"][0]["task"]["sla_state"] == state

    def test_the_file_tells_the_whole_story(self, desk) -> None:
        desk.claim()
        desk.do(review.comment, desk.case_id, text="looks familiar")
        desk.resolve()
        with desk.house.engine.begin() as connection:
            raw = {"domain": DOMAIN.name, "exception_id": "X-1", "wrong": False}
            record_outcome(connection, raw, domains=DOMAINS, policies=POLICIES, actor=SYSTEM, now=desk.house.clock())
        found = desk.file()
        assert [(event["verb"], event["actor"]) for event in found["history"]] == [
            ("decide", "key:pos"), ("claim", "user:ann"), ("comment", "user:ann"), ("resolve", "user:ann"), ("outcome",
            "key:pos"),
        ]  # fmt: skip
        assert [label["source"] for label in found["outcomes"]] == ["resolution", "outcome"]
        assert found["comments"][0]["text"] == "looks familiar"

    @pytest.mark.parametrize("text", ["", "   ", "x" * 4001, "a\x00b"])
    def test_a_comment_that_says_nothing_is_refused(self, desk, text: str) -> None:
        with pytest.raises(InvalidError):
            desk.do(review.comment, desk.case_id, text=text)
        with desk.house.engine.connect() as connection:
            assert len(connection.execute(select(audit_events)).all()) == 1


def _second(desk) -> list[str]:
    found = desk.do(list_cases, filters=Filters(q="X-2"), cursor=None, limit=5)["items"]
    return [item["case_id"] for item in found]
