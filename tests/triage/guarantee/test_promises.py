"""Who keeps the promise: what stops automation by itself or by hand, in every replica, and what is said of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.triage.conftest import ANN, DOMAIN, ScriptedScorer, policy_with
from tests.triage.guarantee.promising import Desk
from triage.db.schema import certificates
from triage.errors import ConflictError
from triage.guarantee.alarm import audited_errors, harm_monitor
from triage.guarantee.certificates import history, keep, newest
from triage.guarantee.status import differing, state
from triage.guarantee.watch import Promises
from triage.review import verbs as review
from triage.review.verbs import Ruling


@pytest.fixture
def desk(house) -> Desk:
    return Desk(house)


class TestStop:
    def test_a_person_stops_it_and_every_decision_says_why(self, desk) -> None:
        desk.certified().person_stops()
        (answer,) = desk.decide()
        assert (answer["disposition"], answer["uncertified"]) == (
            "review", "automation is stopped: the tills are being replaced"
        )  # fmt: skip
        ((actor, detail),) = desk.events("stop_automation")
        assert (actor, detail["why"]) == ("user:mo", "the tills are being replaced")

    @pytest.mark.parametrize("what", ["age", "model"])
    def test_it_stays_stopped_until_a_person_certifies(self, desk, what: str) -> None:
        desk.certified().person_stops()
        desk.label(desk.decide(5))
        if what == "model":
            desk.house.models.scorer = ScriptedScorer(risk=0.02, version="price_override/2")
            desk.house.champions.refresh()
        desk.house.clock.forward(days=8)
        desk.refresh()
        assert desk.certificate.stopped is not None
        assert desk.decide()[0]["disposition"] != "auto"
        desk.person_certifies()
        assert desk.certificate.stopped is None

    def test_it_is_stopped_once(self, desk) -> None:
        desk.certified().person_stops()
        with pytest.raises(ConflictError, match="is stopped already"):
            desk.person_stops()

    def test_where_there_is_none_there_is_nothing_to_stop(self, desk) -> None:
        with pytest.raises(ConflictError, match="there is no certificate"):
            desk.person_stops()


class TestAlarm:
    def audit(self, desk, count: int, *, wrong: int = 0) -> None:
        answers = desk.decide(count)
        assert {answer["disposition"] for answer in answers} == {"auto"}
        desk.label(answers, wrong=wrong, source="audit")
        desk.refresh()

    def test_overwhelming_evidence_of_harm_stops_automation(self, desk) -> None:
        desk.certified()
        self.audit(desk, 20, wrong=20)
        (answer,) = desk.decide()
        assert answer["disposition"] == "review"
        assert answer["uncertified"].startswith(
            "automation is stopped: alarm: 20 of 20 audited automatic decisions were wrong"
        )
        ((actor, detail),) = desk.events("stop_automation")
        assert (actor, "a person has to certify anew" in detail["why"]) == ("system:certificates", True)

    def test_errors_within_the_budget_do_not(self, desk) -> None:
        desk.certified()
        for _ in range(5):
            self.audit(desk, 20, wrong=3)
        monitor = desk.read(harm_monitor, desk.policy)
        assert (monitor.audits, monitor.errors, monitor.alarm) == (100, 15, False)
        assert desk.certificate.stopped is None

    def test_after_a_persons_certificate_it_begins_anew(self, desk) -> None:
        desk.certified(200)
        self.audit(desk, 20, wrong=20)
        desk.house.clock.forward(hours=1)
        desk.person_certifies()
        desk.refresh()
        monitor = desk.read(harm_monitor, desk.policy)
        assert (desk.certificate.stopped, monitor.audits) == (None, 0)

    def test_a_renewal_does_not_begin_it_anew(self, desk) -> None:
        desk.certified()
        self.audit(desk, 10, wrong=2)
        desk.house.clock.forward(days=7)
        desk.refresh()
        assert len(desk.read(history, DOMAIN.name, None)) == 2
        assert desk.read(harm_monitor, desk.policy).audits == 10


class TestReplicas:
    def other(self, desk) -> Promises:
        house = desk.house
        return Promises(
            house.engine, {DOMAIN.name: DOMAIN}, policies=lambda now: house.policies,
            model_version=house.champions.version,
            models=house.models, poll_seconds=3600, clock=house.clock,
        )  # fmt: skip

    def test_two_make_one_certificate(self, desk) -> None:
        desk.reviewed(40)
        other = self.other(desk)
        desk.refresh()
        other.refresh()
        assert len(desk.read(history, DOMAIN.name, None)) == 1
        assert other.current(desk.policy) == desk.certificate

    def test_one_that_was_begun_before_another_was_stored_is_not(self, desk) -> None:
        certificate = desk.certified().certificate
        late = self.other(desk)._make(DOMAIN, desk.policy, desk.house.policies, desk.house.clock())
        with desk.house.engine.begin() as connection:
            assert not keep(connection, late, after=None, actor="system")
            assert newest(connection)[(DOMAIN.name, None)].certificate_id == certificate.certificate_id

    def test_one_that_was_begun_before_a_stop_does_not_lift_it(self, desk) -> None:
        before = desk.certified().certificate
        late = self.other(desk)._make(DOMAIN, desk.policy, desk.house.policies, desk.house.clock())
        desk.person_stops()
        with desk.house.engine.begin() as connection:
            assert not keep(connection, late, after=before, actor="system")
        desk.refresh()
        assert desk.certificate.stopped is not None

    def test_a_stop_reaches_the_others(self, desk) -> None:
        other = self.other(desk.certified())
        other.refresh()
        desk.person_stops()
        other.refresh()
        assert other.current(desk.policy).stopped == "the tills are being replaced"

    def test_nothing_new_is_not_worked_out_again(self, desk, monkeypatch) -> None:
        desk.certified()
        desk.house.clock.forward(days=8)
        desk.refresh()
        asked = []
        monkeypatch.setattr(desk.house.models, "holdout", lambda version: asked.append(version))
        desk.refresh()
        assert (asked, len(desk.read(history, DOMAIN.name, None))) == ([], 1)


class TestErrorRates:
    def test_audited_errors_with_their_interval(self, desk) -> None:
        desk.certified()
        desk.label(desk.decide(50), wrong=5, source="audit")
        desk.decide(50)
        found = desk.read(audited_errors, desk.policy, since=desk.house.clock() - timedelta(days=30))
        for name in (None, "all"):
            assert (found[name].automatic, found[name].rate.audits, found[name].rate.rate) == (100, 50, 0.1)
            assert found[name].rate.low < 0.1 < found[name].rate.high

    def test_they_are_of_the_time_asked_for(self, desk) -> None:
        desk.certified()
        desk.label(desk.decide(10), wrong=5, source="audit")
        desk.house.clock.forward(days=10)
        found = desk.read(audited_errors, desk.policy, since=desk.house.clock() - timedelta(days=9))
        assert (found[None].automatic, found[None].rate.rate) == (0, None)

    def test_a_real_audit_ruling_is_one(self, desk) -> None:
        desk.certified()
        (answer,) = desk.decide()
        with desk.house.engine.begin() as connection:
            shared = {"policies": desk.house.policies, "actor": ANN, "now": desk.house.clock()}
            review.claim(connection, answer["case_id"], hold=timedelta(minutes=30), **shared)
            ruling = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified")
            review.resolve(connection, answer["case_id"], ruling=ruling, heads={DOMAIN.name: DOMAIN.heads}, **shared)
        found = desk.read(audited_errors, desk.policy, since=desk.house.clock() - timedelta(days=1))
        assert (found[None].rate.audits, found[None].rate.errors) == (1, 1)


class TestState:
    def test_it_says_until_when(self, desk) -> None:
        desk.certified()
        desk.house.clock.forward(days=10)
        (told,) = desk.house.promises.describe()
        assert (told["certified"], told["because"], told["days_left"]) == (True, None, 20.0)

    def test_without_a_budget_nothing_is_promised(self, house) -> None:
        desk = Desk(house, policy_with())
        desk.refresh()
        (told,) = desk.house.promises.describe()
        assert (told["certified"], told["error_budget"]) == (False, False)
        assert desk.decide()[0]["disposition"] == "auto"
        with desk.house.engine.connect() as connection:
            assert connection.execute(select(certificates)).all() == []

    def test_without_a_model_there_is_nothing_to_certify(self, desk) -> None:
        told = state(desk.policy, None, model_version=None, now=desk.house.clock())
        assert (told["certified"], told["because"]) == (False, "no model serves, and no certificate covers a rule")


class TestCasesThatDiffer:
    """Where new cases differ from what the model learnt from, whoever asks is told, within a minute."""

    def differing(self, desk) -> str | None:
        (status,) = desk.house.promises.describe()
        return status["differing"]

    def test_it_is_said_of_many_and_not_of_few(self, desk) -> None:
        desk.certified()
        assert self.differing(desk) is None
        desk.scorer.unlike = ("listed price",)
        desk.decide(30)
        desk.refresh()
        assert self.differing(desk) is None  # counted a moment ago
        desk.house.clock.forward(minutes=2)
        desk.refresh()
        assert (self.differing(desk) or "").startswith("30 of the newest 70 cases are unlike those the model learnt")

    @pytest.mark.parametrize(("cases", "unlike", "said"), [(100, 19, False), (100, 20, True), (19, 19, False)])
    def test_from_a_fifth_on(self, cases: int, unlike: int, said: bool) -> None:
        assert (differing({"cases": cases, "unlike": unlike}) is not None) == said
