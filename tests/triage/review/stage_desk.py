"""A desk whose one case has a ladder of stages: what the tests of stages and of their workers share."""

import orjson
from sqlalchemy import select

from tests.triage.review.desk import ROUTES, Desk
from triage.db.clock_schema import reached_stages
from triage.db.handoff_schema import deliveries
from triage.db.schema import tasks
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.review.stages import reach_due_stages

LADDER = {
    "desk": {
        "stages": [
            {"at_percent": 50, "notify": ["owner"]},
            {"at_percent": 75, "notify": ["owner", "Area manager"]},
            {"at_percent": 90, "raise_priority": True, "notify": ["Store supervisor"]},
            {"at_percent": 100, "queue": "SECOND_DESK"},
        ],
        "nobody_acts": {"at_percent": 200, "escalate_to": "Regional manager", "notify": ["Area manager"]},
    }
}
PARTS = {
    "routes": [ROUTES[0] | {"ladder": "desk"}],
    "ladders": LADDER,
    "roles": {"Regional manager": {"endpoint": "regional"}, "Area manager": {}, "Store supervisor": {}},
}


class StageDesk(Desk):
    """A desk whose one case has a ladder: of its eight hours from Monday nine, half have run at one o'clock."""

    def __init__(self, house, **parts) -> None:
        super().__init__(house, **PARTS | parts)
        with self.house.engine.begin() as connection:
            for name, events in (("erp", ["case.due_soon", "case.late"]), ("regional", [])):
                wanted = NewEndpoint(name=name, url=f"https://{name}.example/in", events=events)
                add_endpoint(connection, wanted, actor="user:root")

    def reach(self, text: str | None = None) -> int:
        if text is not None:
            self.to(text)
        found = 0
        while True:
            with self.house.engine.begin() as connection:
                count = reach_due_stages(connection, now=self.now)
            found += count
            if not count:
                return found

    @property
    def reached(self) -> list[float]:
        with self.house.engine.connect() as connection:
            rows = connection.execute(select(reached_stages).order_by(reached_stages.c.reached_stage_id))
            return [orjson.loads(row.body)["at_percent"] for row in rows]

    @property
    def task(self):
        with self.house.engine.connect() as connection:
            return connection.execute(select(tasks).where(tasks.c.case_id == self.case_id)).one()

    @property
    def delivered(self) -> list[tuple[str, str, dict]]:
        with self.house.engine.connect() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.seq))
            return [(row.endpoint, row.kind, orjson.loads(row.body)) for row in rows if row.kind != "case.decided"]
