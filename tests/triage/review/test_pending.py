"""A ruling that may still be undone has not happened; then it stands, once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.triage.conftest import ANN, BOB, DOMAIN, SYSTEM, ScriptedScorer, override
from triage.db.schema import audit_events, labels, resolutions, tasks
from triage.errors import ConflictError, InvalidError
from triage.identity.access import create_user, disable_user, grant
from triage.review.pending import let_stand, pending_of, rule_pending, undo
from triage.review.verbs import Ruling, claim

HOLD, WITHIN = timedelta(minutes=30), timedelta(seconds=8)
HEADS = {DOMAIN.name: DOMAIN.heads}
RULING = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified")


class Desk:
    """A house with one case that ann holds, and the verbs in short."""

    def __init__(self, house) -> None:
        self.house = house(ScriptedScorer(risk=0.5))
        self.case_id = self.house.one(override(), actor=SYSTEM).body["case_id"]
        with self.house.engine.begin() as connection:
            for name in ("ann", "bob"):
                create_user(connection, name, "correct horse battery", now=self.house.clock())
                grant(connection, f"user:{name}", "analyst")
        self.do(claim, hold=HOLD)

    def do(self, verb, actor=ANN, **options):
        with self.house.engine.begin() as connection:
            now, policies = self.house.clock(), self.house.policies
            return verb(connection, self.case_id, policies=policies, actor=actor, now=now, **options)

    def rule(self, ruling=RULING):
        return self.do(rule_pending, ruling=ruling, undo_within=WITHIN, heads=HEADS)

    def settle(self) -> int:
        house = self.house
        return let_stand(house.engine, policies=house.policies, heads=HEADS, now=house.clock())

    def rows(self, table):
        with self.house.engine.connect() as connection:
            return connection.execute(select(table)).mappings().all()

    def verbs(self):
        return [row["verb"] for row in self.rows(audit_events)]


@pytest.fixture
def desk(house) -> Desk:
    return Desk(house)


def test_until_it_stands_nothing_has_happened(desk) -> None:
    before = desk.verbs()
    assert desk.rule() == "done"
    assert (desk.rows(resolutions), desk.rows(labels), desk.verbs()) == ([], [], before)
    (task,) = desk.rows(tasks)
    assert (task["state"], task["claimed_by"]) == ("claimed", ANN.name)


@pytest.mark.parametrize(("seconds", "stands"), [(7.9, 0), (8.0, 1), (8.1, 1)])
def test_it_stands_when_its_time_is_over(desk, seconds: float, stands: int) -> None:
    desk.rule()
    desk.house.clock.forward(seconds=seconds)
    assert desk.settle() == stands
    assert len(desk.rows(resolutions)) == len(desk.rows(labels)) == stands


def test_it_stands_once_however_often_one_looks(desk) -> None:
    desk.rule()
    desk.house.clock.forward(seconds=10)
    assert [desk.settle(), desk.settle()] == [1, 0]
    assert desk.verbs().count("resolve") == 1
    (ruled,) = desk.rows(resolutions)
    assert ruled["resolved_by"] == ANN.name


def test_undone_the_case_is_ones_own_as_before(desk) -> None:
    desk.rule()
    desk.do(undo)
    desk.house.clock.forward(seconds=10)
    assert desk.settle() == 0
    (task,) = desk.rows(tasks)
    assert (task["state"], task["claimed_by"]) == ("claimed", ANN.name)
    assert desk.rule() == "done"


def test_what_stands_cannot_be_undone_nor_what_another_ruled(desk) -> None:
    desk.rule()
    with pytest.raises(ConflictError, match="stands already"):
        desk.do(undo, actor=BOB)
    desk.house.clock.forward(seconds=10)
    desk.settle()
    with pytest.raises(ConflictError, match="stands already"):
        desk.do(undo)


def test_a_bad_ruling_is_refused_at_once(desk) -> None:
    with pytest.raises(InvalidError, match="cause"):
        desk.rule(Ruling(action="accepted", cause="witchcraft", reason_code="justified"))
    with desk.house.engine.connect() as connection:
        assert pending_of(connection, desk.case_id) is None


def test_who_may_not_rule_any_more_has_not_ruled(desk) -> None:
    desk.rule()
    with desk.house.engine.begin() as connection:
        disable_user(connection, "ann", now=desk.house.clock())
    desk.house.clock.forward(seconds=10)
    assert desk.settle() == 0
    assert desk.rows(resolutions) == []
    assert desk.settle() == 0  # and it is not tried for ever
