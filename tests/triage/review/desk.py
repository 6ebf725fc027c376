"""A desk with one case whose clock runs: what the tests of holds, hand-offs and stages share."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from tests.triage.conftest import ANN, BOB, DOMAIN, ScriptedScorer, override, policy_with
from triage.db.schema import tasks
from triage.identity.access import create_user, grant
from triage.in_force import InForce
from triage.review import passing, resting
from triage.review import verbs as review
from triage.review.case_reading import case_file
from triage.review.verbs import Ruling

CLAIM = timedelta(minutes=30)
AGREED = Ruling(action="accepted", cause="price_match", reason_code="justified")
ROUTES = [{"id": "R-DESK", "queue": "OVERRIDE_DESK", "sla_hours": 8, "action": "Ask.", "calendar": "office"}]
OFFICE = {"office": {"title": "Office", "time_zone": "UTC", "hours": {"mon-fri": "09:00-17:00"}}}
QUEUES = {
    "OVERRIDE_DESK": {"title": "Override desk", "owner_role": "Store supervisor"},
    "SECOND_DESK": {"title": "Second desk", "owner_role": "Area manager"},
    "CLOSED_DESK": {"title": "Closed desk", "owner_role": "Loss prevention", "restricted": True},
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Desk:
    """A house with one case waiting since Monday, 2 March 2026, 09:00, for eight office hours: due at 17:00."""

    def __init__(self, house, **parts) -> None:
        parts = {"routes": ROUTES, "calendars": OFFICE, "queues": QUEUES} | parts
        self.policies = InForce({DOMAIN.name: policy_with(**parts)})
        self.house = house(ScriptedScorer(risk=0.5), self.policies)
        with self.house.engine.begin() as connection:
            for name, role in (("ann", "analyst"), ("bob", "analyst"), ("eve", "approver"), ("vic", "viewer")):
                create_user(connection, name, "correct horse battery", now=self.now)
                grant(connection, f"user:{name}", role)
        self.case_id = self.submit(1)

    @property
    def now(self) -> datetime:
        return self.house.clock()

    def submit(self, number: int) -> str:
        return self.house.one(override(number)).body["case_id"]

    def to(self, text: str) -> None:
        self.house.clock.now = at(text)

    def do(self, verb, *args, actor=ANN, **options):
        with self.house.engine.begin() as connection:
            return verb(connection, *args, policies=self.policies, actor=actor, now=self.now, **options)

    def claim(self, actor=ANN, case_id=None):
        return self.do(review.claim, case_id or self.case_id, actor=actor, hold=CLAIM)

    def next(self, actor=ANN, queue="OVERRIDE_DESK"):
        return self.do(review.next_case, queue, actor=actor, hold=CLAIM)

    def hold(self, until: str | None = None, reason="Waiting for the supplier", actor=ANN):
        return self.do(resting.hold, self.case_id, actor=actor, reason=reason, until=at(until) if until else None)

    def snooze(self, until: str, actor=ANN, reason=None):
        return self.do(resting.snooze, self.case_id, actor=actor, until=at(until), reason=reason)

    def resume(self, actor=BOB):
        return self.do(resting.resume, self.case_id, actor=actor)

    def hand_off(self, to: str, actor=ANN, comment=None):
        return self.do(passing.hand_off, self.case_id, actor=actor, to=to, comment=comment, hold=CLAIM)

    def assign(self, to=None, queue=None, actor=ANN, comment=None, case_id=None):
        return self.do(passing.assign, case_id or self.case_id, actor=actor, to=to, queue=queue, comment=comment)

    def send_back(self, actor=BOB, reason="No receipt"):
        return self.do(passing.send_back, self.case_id, actor=actor, reason=reason)

    def file(self, actor=ANN):
        return self.do(case_file, self.case_id, actor=actor)

    @property
    def due(self) -> datetime:
        with self.house.engine.connect() as connection:
            return connection.execute(select(tasks.c.sla_due_at).where(tasks.c.case_id == self.case_id)).scalar_one()
