"""Four eyes: above a limit a ruling waits for a second person, never the one who ruled, submitted, or asked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.triage.conftest import ANN, BOB, DOMAIN, EVE, SYSTEM, VIC, ScriptedScorer, override, policy_with
from triage.db.schema import audit_events, labels, resolutions, tasks
from triage.errors import ConflictError, ForbiddenError, InvalidError, TriageError
from triage.identity.access import Principal
from triage.review import verbs as review
from triage.review.approval import approve
from triage.review.case_lists import Filters, list_cases
from triage.review.case_reading import case_file, list_queue
from triage.review.queues import queue_counts
from triage.review.verbs import Ruling

HOLD = timedelta(minutes=30)
RULING = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified", comment="No sign at the shelf.")
LIMIT = [{"id": "FE-1", "title": "More than 70 was charged.", "when": "charged_price > 70.0"}]
PIA = Principal(name="user:pia", grants=frozenset({("approver", "another_domain")}))
ROOT = Principal(name="user:root", grants=frozenset({("admin", None)}))
BOTH = Principal(name="user:both", grants=frozenset({("analyst", None), ("approver", None)}))


class Desk:
    """A house with one dear case waiting, and the verbs in short."""

    def __init__(self, house, *, role="approver", actor=SYSTEM, **payload) -> None:
        policy = policy_with(four_eyes=[rule | {"role": role} for rule in LIMIT])
        self.house = house(ScriptedScorer(risk=0.5), policy)
        given = {"listed_price": "100.00", "charged_price": "80.00"} | payload
        self.case_id = self.house.one(override(**given), actor=actor).body["case_id"]

    def do(self, verb, *args, actor=ANN, **options):
        with self.house.engine.begin() as connection:
            policies = self.house.policies
            return verb(connection, *args, policies=policies, actor=actor, now=self.house.clock(), **options)

    def rule(self, actor=ANN):
        self.do(review.claim, self.case_id, actor=actor, hold=HOLD)
        return self.do(review.resolve, self.case_id, actor=actor, ruling=RULING, heads={DOMAIN.name: DOMAIN.heads})

    def approve(self, actor=EVE, agreed=True, comment=None):
        requesters = {DOMAIN.name: ("cashier_id",)}
        heads = {DOMAIN.name: DOMAIN.heads}
        return self.do(
            approve, self.case_id, agreed=agreed, comment=comment, requesters=requesters, heads=heads, actor=actor
        )

    def rows(self, table):
        with self.house.engine.connect() as connection:
            return connection.execute(select(table)).mappings().all()


@pytest.fixture
def desk(house) -> Desk:
    return Desk(house)


class TestLimit:
    @pytest.mark.parametrize(("charged", "state"), [("69.99", "done"), ("70.00", "done"), ("70.01", "approval")])
    def test_a_ruling_waits_above_it(self, house, charged: str, state: str) -> None:
        desk = Desk(house, charged_price=charged)
        assert desk.rule()["state"] == state
        assert len(desk.rows(labels)) == (state == "done")


class TestWaiting:
    def test_the_ruling_is_kept_and_nothing_is_learnt_of_it_yet(self, desk) -> None:
        assert desk.rule() == {
            "case_id": desk.case_id, "state": "approval", "action": "corrected", "cause": "sweethearting",
            "approval": "FE-1", "approval_role": "approver",
        }  # fmt: skip
        task = desk.do(case_file, desk.case_id)["task"]
        assert (task["state"], task["ruled_by"], task["claimed_by"]) == ("approval", "user:ann", None)
        assert task["ruling"]["comment"] == "No sign at the shelf."
        assert (desk.rows(labels), desk.rows(resolutions)) == ([], [])

    def test_it_shows_in_its_queue_and_is_handed_to_nobody(self, desk) -> None:
        desk.rule()
        assert [item["state"] for item in desk.do(list_queue, "OVERRIDE_DESK", limit=10)["items"]] == ["approval"]
        found = desk.do(list_cases, filters=Filters(state="approval"), cursor=None, limit=10)["items"]
        assert [item["case_id"] for item in found] == [desk.case_id]
        counted = desk.do(queue_counts)[0]
        assert (counted["approval"], counted["open"], counted["minutes_waiting"]) == (1, 0, 0.0)
        assert desk.do(review.next_case, "OVERRIDE_DESK", actor=EVE, hold=HOLD) is None

    def test_it_can_be_neither_claimed_nor_ruled_on_again(self, desk) -> None:
        desk.rule()
        with pytest.raises(ConflictError, match="the ruling of user:ann waits for approval"):
            desk.do(review.claim, desk.case_id, actor=BOB, hold=HOLD)
        with pytest.raises(ConflictError, match="waits for approval"):
            desk.do(review.resolve, desk.case_id, actor=ANN, ruling=RULING, heads={DOMAIN.name: DOMAIN.heads})


class TestApprove:
    def test_it_closes_the_case_with_the_first_persons_label(self, desk) -> None:
        desk.rule()
        assert desk.approve() == {
            "case_id": desk.case_id, "state": "done", "action": "corrected", "cause": "sweethearting", "overrides": True
        }  # fmt: skip
        (label,), (resolution,), (task,) = desk.rows(labels), desk.rows(resolutions), desk.rows(tasks)
        assert (label["source"], label["wrong"], label["recorded_by"]) == ("resolution", True, "user:ann")
        assert (resolution["resolved_by"], resolution["comment"]) == ("user:ann", "No sign at the shelf.")
        assert (task["state"], task["ruling"], task["done_at"]) == ("done", None, desk.house.clock())

    def test_both_people_are_in_the_audit_trail(self, desk) -> None:
        desk.rule()
        desk.approve(comment="Seen the recording.")
        events = [(event["actor"], event["verb"]) for event in desk.rows(audit_events)]
        assert events[-2:] == [("user:ann", "rule"), ("user:eve", "approve")]
        told = desk.do(case_file, desk.case_id)["history"][-1]["detail"]
        assert (told["ruled_by"], told["remark"], told["approval"]) == ("user:ann", "Seen the recording.", "FE-1")

    def test_without_a_waiting_ruling_there_is_nothing_to_approve(self, desk) -> None:
        with pytest.raises(ConflictError, match="no ruling of this case waits"):
            desk.approve()

    def test_it_is_approved_once(self, desk) -> None:
        desk.rule()
        desk.approve()
        with pytest.raises(ConflictError, match="no ruling of this case waits"):
            desk.approve(actor=ROOT)


class TestSentBack:
    def test_the_case_is_open_again_and_the_ruling_stays_in_the_history(self, desk) -> None:
        desk.rule()
        assert desk.approve(agreed=False, comment="Look at the price list first.")["state"] == "open"
        (task,) = desk.rows(tasks)
        assert (task["state"], task["ruling"], task["ruled_by"]) == ("open", None, None)
        told = desk.do(case_file, desk.case_id)["history"][-1]
        assert (told["verb"], told["detail"]["remark"]) == ("reject", "Look at the price list first.")
        assert (told["detail"]["cause"], told["detail"]["ruled_by"]) == ("sweethearting", "user:ann")
        assert desk.rows(labels) == []

    def test_it_can_be_ruled_on_anew(self, desk) -> None:
        desk.rule()
        desk.approve(agreed=False, comment="Once more.")
        assert desk.rule(BOB)["state"] == "approval"

    @pytest.mark.parametrize("comment", [None, "", "  "])
    def test_it_takes_a_reason(self, desk, comment) -> None:
        desk.rule()
        with pytest.raises(InvalidError, match="must say why"):
            desk.approve(agreed=False, comment=comment)


class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "actor", "allowed"),
        [
            ("approver", EVE, True), ("approver", ROOT, True), ("approver", BOB, False),
            ("admin", ROOT, True), ("admin", EVE, False),
        ],
        ids=lambda value: getattr(value, "name", value),
    )  # fmt: skip
    def test_the_role_of_the_rule(self, house, role: str, actor: Principal, allowed: bool) -> None:
        desk = Desk(house, role=role)
        desk.rule()
        if allowed:
            assert desk.approve(actor)["state"] == "done"
        else:
            with pytest.raises(ForbiddenError, match=f"it takes the role {role} for price_override"):
                desk.approve(actor)

    @pytest.mark.parametrize("actor", [VIC, PIA], ids=lambda actor: actor.name)
    def test_nobody_without_work_in_the_domain(self, desk, actor: Principal) -> None:
        desk.rule()
        with pytest.raises(TriageError) as refused:
            desk.approve(actor)
        assert refused.value.status in (403, 404)

    def test_never_the_one_who_ruled(self, desk) -> None:
        desk.rule(BOTH)
        with pytest.raises(ForbiddenError, match="you ruled on this case yourself"):
            desk.approve(BOTH)

    def test_never_the_one_who_submitted(self, house) -> None:
        desk = Desk(house, actor=ROOT)
        desk.rule()
        with pytest.raises(ForbiddenError, match="you submitted this case"):
            desk.approve(ROOT)

    @pytest.mark.parametrize(("cashier", "allowed"), [("EVE", False), ("eve", False), ("evelyn", True)])
    def test_never_the_one_the_case_names(self, house, cashier: str, allowed: bool) -> None:
        desk = Desk(house, cashier_id=cashier)
        desk.rule()
        if allowed:
            assert desk.approve(EVE)["state"] == "done"
        else:
            with pytest.raises(ForbiddenError, match="the case names you as cashier id"):
                desk.approve(EVE)
