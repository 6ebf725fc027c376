"""A house whose policy makes a promise: what the tests of certificates and of who keeps them share."""

import orjson
from sqlalchemy import select

from policies.certifying.certification import min_labels
from tests.triage.conftest import DOMAIN, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.db.schema import audit_events
from triage.guarantee.certificates import stop
from triage.intake.store import add_label

ALPHA, DELTA = 0.2, 0.1
LEAST = min_labels(ALPHA, DELTA)
BUDGET = {"alpha": ALPHA, "delta": DELTA, "margin": 1.0, "lapse_days": 30, "recertify_days": 7}
QUEUE = {"OVERRIDE_QA": {"title": "Audits of overrides", "owner_role": "Till audit"}}


def promising(*, version: str = "1.0.0", share: float = 1.0, **budget):
    return policy_with(
        version=version, error_budget=BUDGET | budget, queues=QUEUE, audit={"share": share, "queue": "OVERRIDE_QA"}
    )


class Desk:
    """A house whose policy makes a promise, and the verbs in short."""

    def __init__(self, house, policy=None, scorer=None) -> None:
        self.scorer = scorer or ScriptedScorer(risk=0.02)
        self.house = house(self.scorer, policy or promising())
        self.number = 0

    @property
    def policy(self):
        return self.house.policies[DOMAIN.name]

    def decide(self, count: int = 1):
        """Submit some cases and give their answers."""
        numbers = range(self.number, self.number + count)
        self.number += count
        return [answer.body for answer in self.house.submit(*(override(number) for number in numbers))]

    def label(self, answers, *, wrong: int = 0, source: str = "resolution") -> None:
        """Let people have ruled on cases, the first `wrong` of them against acting straight through."""
        now = self.house.clock()
        with self.house.engine.begin() as connection:
            for at, answer in enumerate(answers):
                add_label(
                    connection, domain=DOMAIN.name, exception_id=answer["exception_id"], source=source,
                    cause="sweethearting" if at < wrong else "price_match", wrong=at < wrong, loss=None, known_at=now,
                    recorded_by="user:ann", now=now,
                )  # fmt: skip

    def reviewed(self, count: int, *, wrong: int = 0) -> None:
        self.label(self.decide(count), wrong=wrong)
        self.house.clock.forward(minutes=1)

    def certified(self, count: int = 40) -> "Desk":
        """Let enough right rulings come together for a certificate, and have it made."""
        self.reviewed(count)
        self.refresh()
        return self

    def refresh(self) -> None:
        self.house.promises.refresh()

    @property
    def certificate(self):
        return self.house.promises.current(self.policy)

    @property
    def segment(self):
        return self.certificate.segments["all"]

    def person_certifies(self):
        return self.house.promises.certify(DOMAIN.name, variant=None, actor="user:mo")

    def person_stops(self, why: str = "the tills are being replaced"):
        with self.house.engine.begin() as connection:
            stop(connection, DOMAIN.name, None, why=why, actor="user:mo", now=self.house.clock())
        self.refresh()

    def events(self, verb: str):
        with self.house.engine.connect() as connection:
            rows = connection.execute(
                select(audit_events).where(audit_events.c.verb == verb).order_by(audit_events.c.seq)
            ).all()
        return [(row.actor, orjson.loads(row.detail)) for row in rows]

    def read(self, ask, *args, **options):
        with reading(self.house.engine) as connection:
            return ask(connection, *args, **options)
