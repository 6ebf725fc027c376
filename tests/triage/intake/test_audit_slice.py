"""The audit slice: automatic decisions drawn at random, ruled on by somebody who cannot know what was decided."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from policies.document.document import AuditSlice, Disposition
from tests.triage.conftest import ANN, BOB, DOMAIN, EVE, SYSTEM, ScriptedScorer, override, policy_with
from triage.db.schema import audit_events, decisions, labels, resolutions, shadow_decisions, tasks
from triage.errors import ConflictError, ForbiddenError, InvalidError
from triage.identity.access import Principal
from triage.ids import new_id
from triage.intake.audit_slice import draw, uniform_draw
from triage.policy_life.shadow_report import shadow_report
from triage.review import verbs as review
from triage.review.case_lists import Filters, list_cases
from triage.review.case_reading import case_file, list_queue
from triage.review.queues import queue_counts
from triage.review.verbs import Ruling

HOLD = timedelta(minutes=30)
HEADS = {DOMAIN.name: DOMAIN.heads}
ROOT = Principal(name="user:root", grants=frozenset({("admin", None)}))
RIGHT = Ruling(action="accepted", cause="price_match", reason_code="justified")
WRONG = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified")
QUEUE = {"OVERRIDE_QA": {"title": "Audits of overrides", "owner_role": "Till audit", "minutes_per_case": 6.0}}


def audited(share: float = 1.0):
    return policy_with(audit={"share": share, "queue": "OVERRIDE_QA", "sla_hours": 48}, queues=QUEUE)


class Desk:
    """A house where one automatic decision was drawn for audit, and the verbs in short."""

    def __init__(self, house, scorer=None, actor=SYSTEM) -> None:
        self.house = house(scorer or ScriptedScorer(risk=0.01), audited())
        self.answer = self.house.one(override(), actor=actor).body
        self.case_id = self.answer["case_id"]

    def do(self, verb, *args, actor=ANN, **options):
        with self.house.engine.begin() as connection:
            policies = self.house.policies
            return verb(connection, *args, policies=policies, actor=actor, now=self.house.clock(), **options)

    def claim(self, actor=ANN):
        return self.do(review.claim, self.case_id, actor=actor, hold=HOLD)

    def resolve(self, ruling=RIGHT, actor=ANN):
        return self.do(review.resolve, self.case_id, actor=actor, ruling=ruling, heads=HEADS)

    def file(self, actor=ANN):
        return self.do(case_file, self.case_id, actor=actor)

    def listed(self, actor=ANN, **filters):
        return self.do(list_cases, actor=actor, filters=Filters(**filters), cursor=None, limit=50)["items"]

    def row(self, table):
        with self.house.engine.connect() as connection:
            return connection.execute(select(table)).mappings().one()


@pytest.fixture
def desk(house) -> Desk:
    return Desk(house)


class TestDraw:
    @pytest.mark.parametrize("share", [0.03, 0.5])
    def test_the_share_is_drawn(self, share: float) -> None:
        policy = AuditSlice(share=share, queue="OVERRIDE_QA")
        drawn = sum(draw(new_id(), Disposition.AUTO, policy).sampled for _ in range(20_000))
        assert abs(drawn / 20_000 - share) < 5 * (share * (1 - share) / 20_000) ** 0.5

    def test_the_same_id_is_drawn_the_same(self) -> None:
        case_id = new_id()
        assert uniform_draw(case_id) == uniform_draw(case_id)
        assert draw(case_id, Disposition.AUTO, AuditSlice(share=1.0, queue="Q_A")).sampled

    def test_a_share_is_drawn_exactly_below_it(self) -> None:
        case_id = new_id()
        at = uniform_draw(case_id)
        below, above = AuditSlice(share=at, queue="Q_A"), AuditSlice(share=at + 1e-12, queue="Q_A")
        assert [draw(case_id, Disposition.AUTO, audit).sampled for audit in (below, above)] == [False, True]

    @pytest.mark.parametrize("disposition", [item for item in Disposition if item is not Disposition.AUTO])
    def test_what_a_person_sees_anyway_is_not_drawn(self, disposition: Disposition) -> None:
        drawn = draw(new_id(), disposition, AuditSlice(share=1.0, queue="Q_A"))
        assert (drawn.sampled, drawn.propensity) == (False, None)


class TestDecision:
    def test_it_stays_automatic_and_says_so_to_the_caller(self, desk) -> None:
        assert (desk.answer["disposition"], desk.answer["audit_sample"]) == ("auto", True)
        assert (desk.answer["cause"]["label"], desk.answer["risk"]) == ("price_match", 0.01)
        decision = desk.row(decisions)
        assert (decision["disposition"], decision["audit_sample"], decision["audit_propensity"]) == ("auto", True, 1.0)

    def test_one_not_drawn_keeps_its_chance_and_has_no_task(self, house) -> None:
        at_desk = house(ScriptedScorer(risk=0.01), audited(share=1e-12))
        answer = at_desk.one(override()).body
        assert (answer["disposition"], answer["audit_sample"]) == ("auto", False)
        with at_desk.engine.connect() as connection:
            assert connection.execute(select(decisions.c.audit_propensity)).scalar_one() == 1e-12
            assert connection.execute(select(tasks)).all() == []

    def test_a_reviewed_one_has_no_propensity(self, house) -> None:
        at_desk = house(ScriptedScorer(risk=0.5), audited())
        assert at_desk.one(override()).body["audit_sample"] is False
        with at_desk.engine.connect() as connection:
            assert connection.execute(select(decisions.c.audit_propensity)).scalar_one() is None

    def test_a_repetition_by_the_caller_gets_the_first_answer(self, desk) -> None:
        again = desk.house.one(override())
        assert (again.status, again.body) == (200, desk.answer)

    def test_the_task_holds_nothing_that_came_from_the_score(self, desk) -> None:
        task = desk.row(tasks)
        assert (task["queue"], task["kind"], task["owner_role"], task["minutes"]) == (
            "OVERRIDE_QA",
            "audit",
            "Till audit",
            6.0,
        )
        assert (task["priority"], task["expected_loss"], task["saved_per_minute"]) == ("P4", 0.0, 0.0)
        assert task["sla_due_at"] == desk.house.clock() + timedelta(hours=48)


SECRETS = ("price_match", "0.01", "auto", "stand", "threshold", "'decide'", "price_override/1", "1.0.0")


class TestBlindness:
    """Whatever somebody may read while the audit is open tells nothing of what was decided."""

    @pytest.mark.parametrize("actor", [ANN, EVE, ROOT, SYSTEM], ids=lambda actor: actor.name)
    def test_the_file_hides_it_from_everybody(self, desk, actor) -> None:
        file = desk.file(actor=actor)
        for part in ("decision", "case", "history", "task"):
            shown = repr(file[part]).replace("Till audit", "").replace("OVERRIDE_QA", "")
            assert [secret for secret in SECRETS if secret in shown] == [], part
        assert file["decision"].audit_sample is True
        assert file["payload"]["receipt_id"] == "R-1"

    @pytest.mark.parametrize("actor", [ANN, EVE, ROOT], ids=lambda actor: actor.name)
    def test_lists_hide_it(self, desk, actor) -> None:
        items = [
            *desk.listed(actor=actor),
            *desk.listed(actor=actor, q="X-1"),
            *desk.listed(actor=actor, queue="OVERRIDE_QA", state="open"),
            *desk.do(list_queue, "OVERRIDE_QA", actor=actor, limit=50)["items"],
        ]
        assert len(items) == 4
        for item in items:
            hidden = ("disposition", "cause", "risk", "expected_loss", "priority", "fallback")
            assert [item[name] for name in hidden] == [None] * len(hidden)
            assert item["state"] == "open"

    @pytest.mark.parametrize("filters", [{"cause": "price_match"}, {"disposition": "auto"}, {"state": "auto"}])
    def test_filters_do_not_find_it(self, desk, filters) -> None:
        assert desk.listed(**filters) == []

    def test_a_repetition_is_blind_for_somebody_who_could_audit_it(self, desk) -> None:
        again = desk.house.one(override(), actor=ROOT)
        assert again.status == 200
        assert (again.body["cause"]["label"], again.body["risk"], again.body["disposition"]) == (None, None, None)

    def test_whoever_was_told_the_answer_does_not_audit_it(self, house) -> None:
        desk = Desk(house, actor=ROOT)
        with pytest.raises(ForbiddenError, match="you submitted this case"):
            desk.claim(actor=ROOT)
        assert desk.do(review.next_case, "OVERRIDE_QA", actor=ROOT, hold=HOLD) is None
        assert desk.do(review.next_case, "OVERRIDE_QA", actor=ANN, hold=HOLD) == desk.case_id

    def test_a_refused_cause_does_not_name_the_one_decided(self, house) -> None:
        desk = Desk(house, ScriptedScorer(risk=0.01, cause="odd_one"))
        desk.claim()
        with pytest.raises(InvalidError) as refused:
            desk.resolve(Ruling(action="accepted", cause="nonsense", reason_code="justified"))
        assert "odd_one" not in str(refused.value.problems)

    @pytest.mark.parametrize("ruling", [RIGHT, WRONG], ids=["agrees", "departs"])
    def test_wanting_a_comment_does_not_tell_whether_a_ruling_agrees(self, desk, ruling) -> None:
        desk.claim()
        with pytest.raises(InvalidError, match="must say why"):
            desk.resolve(Ruling(action=ruling.action, cause=ruling.cause, reason_code="other"))

    def test_a_shadow_report_counts_it_and_does_not_list_it(self, desk) -> None:
        with desk.house.engine.begin() as connection:
            row = {
                "case_id": desk.case_id, "domain": DOMAIN.name, "kind": "policy", "policy_version": "2.0.0",
                "decided_at": desk.house.clock(), "disposition": "review", "cause": "price_match",
                "queue": "OVERRIDE_DESK",
            }  # fmt: skip
            connection.execute(insert(shadow_decisions), row)

        def listed() -> tuple[int, int]:
            with desk.house.engine.connect() as connection:
                queues = desk.house.policies.queues(DOMAIN.name)
                report = shadow_report(connection, DOMAIN.name, queues=queues)
            return report["cases"], report["differing"]["total"]

        assert listed() == (1, 0)
        desk.claim()
        desk.resolve()
        assert listed() == (1, 1)

    def test_everything_is_shown_once_it_is_ruled_on(self, desk) -> None:
        desk.claim()
        desk.resolve()
        file = desk.file()
        assert file["decision"].model_dump(mode="json") == desk.answer
        assert [event["verb"] for event in file["history"]] == ["decide", "claim", "resolve"]
        assert [item["cause"] for item in desk.listed(cause="price_match")] == ["price_match"]


class TestRuling:
    @pytest.mark.parametrize(("ruling", "wrong"), [(RIGHT, False), (WRONG, True)])
    def test_it_becomes_an_audit_label(self, desk, ruling, wrong: bool) -> None:
        desk.claim()
        answer = desk.resolve(ruling)
        assert answer == {
            "case_id": desk.case_id, "state": "done", "action": ruling.action, "cause": ruling.cause, "overrides": wrong
        }  # fmt: skip
        label, resolution = desk.row(labels), desk.row(resolutions)
        assert (label["source"], label["wrong"], label["cause"], label["recorded_by"]) == (
            "audit",
            wrong,
            ruling.cause,
            "user:ann",
        )
        assert (resolution["saw_suggestion"], resolution["overrides"]) == (False, wrong)
        assert desk.row(decisions)["disposition"] == "auto"

    def test_a_review_beside_it_saw_the_suggestion(self, house) -> None:
        desk = Desk(house, ScriptedScorer(risk=0.5))
        desk.claim()
        desk.resolve()
        assert (desk.row(labels)["source"], desk.row(resolutions)["saw_suggestion"]) == ("resolution", True)

    def test_only_the_holder_rules(self, desk) -> None:
        desk.claim(ANN)
        with pytest.raises(ConflictError, match="user:ann holds this case"):
            desk.resolve(actor=BOB)

    def test_the_queue_counts_it(self, desk) -> None:
        counted = {queue["queue"]: queue for queue in desk.do(queue_counts)}
        assert (counted["OVERRIDE_QA"]["open"], counted["OVERRIDE_QA"]["audits"]) == (1, 1)
        assert counted["OVERRIDE_DESK"]["open"] == 0

    def test_every_step_is_in_the_audit_trail(self, desk) -> None:
        desk.claim()
        desk.resolve(WRONG)
        with desk.house.engine.connect() as connection:
            verbs = connection.execute(select(audit_events.c.verb).order_by(audit_events.c.seq)).scalars().all()
        assert verbs == ["decide", "claim", "resolve"]
