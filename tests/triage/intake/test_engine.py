"""The engine judges each case by its own policy, in the order it came, and knows a committed case from the next one
on."""

from dataclasses import replace
from typing import Any

import pytest

from features.history import Trail
from tests.triage.conftest import DOMAIN, DOMAINS, Clock, ScriptedModels, ScriptedScorer, feature, override, policy_with
from triage.champions import Champions
from triage.db.database import reading
from triage.in_force import InForce
from triage.intake.case import read_case
from triage.intake.engine import CaseEngine
from triage.intake.histories import Histories
from triage.intake.judgement import Judgement

NORTH = policy_with(
    version="1.0.0-north", variant="north", extends="1.0.0", applies_to={"regions": ["north"]},
    thresholds={"confirm_at_risk": 0.01, "review_at_risk": 0.3, "escalate_at_risk": 0.9},
)  # fmt: skip
IN_FORCE = InForce({DOMAIN.name: policy_with()}, variants={DOMAIN.name: [NORTH]})


class Judges:
    """An engine on a database, whose cases are committed in nothing but its memory."""

    def __init__(self, engine: Any, clock: Clock) -> None:
        self.engine, self.clock = engine, clock
        self.models = ScriptedModels(ScriptedScorer(risk=0.05))
        self.champions = Champions(self.models, DOMAINS, poll_seconds=3600, clock=clock)
        self.champions.refresh()
        self.judging = CaseEngine(DOMAINS, self.champions, certificates=lambda policy: None, histories=Histories(None))

    def judge(self, *raws: dict[str, Any]) -> list[Judgement]:
        now = self.clock.forward(minutes=1)
        cases = [read_case(raw, domains=DOMAINS, policies=IN_FORCE, now=now) for raw in raws]
        with reading(self.engine) as connection:
            return self.judging.judge(connection, cases, in_force=IN_FORCE, now=now)

    def seen(self) -> float:
        """Count the cashier's overrides as the next case would see them."""
        (judgement,) = self.judge(override(99))
        return feature(list(judgement.features), "cashier_overrides_30d")


@pytest.fixture
def judges(engine, clock) -> Judges:
    return Judges(engine, clock)


def test_each_case_is_decided_by_the_policy_of_its_envelope_and_stays_in_its_place(judges: Judges) -> None:
    regions = ["north", None, "south", "north"]
    judged = judges.judge(*(override(at) | ({"region": region} if region else {}) for at, region in enumerate(regions)))
    assert [judgement.case.exception_id for judgement in judged] == ["X-0", "X-1", "X-2", "X-3"]
    assert [judgement.policy.version for judgement in judged] == ["1.0.0-north", "1.0.0", "1.0.0", "1.0.0-north"]
    assert [judgement.verdict.disposition.value for judgement in judged] == ["confirm", "auto", "auto", "confirm"]


def test_a_committed_case_is_history_for_the_next_and_a_judged_one_is_not(judges: Judges) -> None:
    judged = judges.judge(override(1), override(2))
    assert judges.seen() == 0
    judges.judging.remember(judged, [1, 2])
    assert judges.seen() == 2


def test_a_history_that_cannot_be_extended_is_read_anew(judges: Judges, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = judges.judge(override(1), override(2))
    judges.judging.remember(judged[:1], [1])
    broken = replace(judged[1], fact=None)
    judges.judging.remember([broken], [2])
    assert judges.seen() == 0  # what the database holds, which here is nothing
    judges.judging.remember(judged[:1], [1])
    assert judges.seen() == 1


def test_a_champion_that_remembers_along_other_trails_begins_anew(judges: Judges) -> None:
    judges.judging.remember(judges.judge(override(1)), [1])
    recipe = DOMAIN.recipe
    more = Trail(name="till", key=("receipt_id",), windows_days=(30,))
    judges.models.scorer = ScriptedScorer(risk=0.05, version="price_override/2")
    judges.models.scorer.recipe = replace(recipe, trails=(*recipe.trails, more))
    judges.champions.refresh()
    assert judges.seen() == 0
