"""A service on real databases with the toy domain, moved by a clock of its own."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sqlalchemy import Engine

from models.holdout import Holdout
from models.score import Cause, Score
from policies.judging.policy import Policy, load_policy
from triage.champions import Champions, NoModels
from triage.guarantee.watch import Promises
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.intake import Intake

sys.path.insert(0, str(Path(__file__).parents[1] / "toy"))

from toy_domain import DOMAIN


def policy_with(**parts: Any) -> Policy:
    """Read the toy's policy with some parts replaced; of `queues`, the ones named are added or replaced."""
    written = yaml.safe_load(DOMAIN.policy_file.read_text())
    written["queues"] |= parts.pop("queues", {})
    return load_policy(
        yaml.safe_dump(written | parts), name="toy.yaml", recipe=DOMAIN.recipe, causes=tuple(DOMAIN.heads.labels)
    )


POLICY = policy_with()
DOMAINS = {DOMAIN.name: DOMAIN}
POLICIES = InForce({DOMAIN.name: POLICY})
SYSTEM = Principal(name="key:pos", grants=frozenset({("service", None)}))
ANN = Principal(name="user:ann", grants=frozenset({("analyst", None)}))
BOB = Principal(name="user:bob", grants=frozenset({("analyst", None)}))
EVE = Principal(name="user:eve", grants=frozenset({("approver", None)}))
VIC = Principal(name="user:vic", grants=frozenset({("viewer", None)}))


class Clock:
    """A clock that stands still until moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


class ScriptedScorer:
    """A scorer that answers what it is told: the same interface, no trained model."""

    def __init__(self, *, risk: float = 0.01, cause: str = "price_match", version: str = "price_override/1") -> None:
        self.risk, self.cause, self.version = risk, cause, version
        self.recipe, self.attributes = DOMAIN.recipe, ()
        self.seen: list[list[float]] = []
        self.error: Exception | None = None
        self.unlike: tuple[str, ...] = ()

    def score(self, rows: Any, texts: Any, *, reasons: bool = True) -> list[Score]:
        if self.error is not None:
            raise self.error
        self.seen += rows.tolist()
        causes = (Cause(label=self.cause, probability=1.0),)
        return [
            Score(
                causes=causes, risk=self.risk, impact=10.0, reasons=(), model_version=self.version, unlike=self.unlike
            )
            for _ in texts
        ]


@dataclass(frozen=True)
class Ref:
    name: str
    version: int


class ScriptedModels(NoModels):
    """A model store that has one scorer, or fails as told."""

    def __init__(self, scorer: ScriptedScorer | None) -> None:
        self.scorer = scorer
        self.error: Exception | None = None
        self.load_error: Exception | None = None
        self.kept_out: Holdout | None = None

    def holdout(self, version: str) -> Holdout | None:
        return self.kept_out

    def champion(self, name: str) -> Ref | None:
        if self.error is not None:
            raise self.error
        return Ref(name, int(self.scorer.version.split("/")[1])) if self.scorer else None

    def load(self, ref: Any, domain: Any) -> ScriptedScorer:
        if self.load_error is not None:
            raise self.load_error
        assert self.scorer is not None
        return self.scorer


@dataclass
class House:
    engine: Engine
    intake: Intake
    champions: Champions
    models: ScriptedModels
    clock: Clock
    policies: InForce
    promises: Promises

    def submit(self, *raws: Any, actor: Principal = SYSTEM):
        return self.intake.submit(list(raws), actor=actor)

    def one(self, raw: Any, actor: Principal = SYSTEM):
        return self.submit(raw, actor=actor)[0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(engine: Engine, clock: Clock) -> Iterator[Callable[..., House]]:
    """Open a house on the database; `scorer` None decides by the fallback rules."""
    opened: list[House] = []

    def open_house(scorer: ScriptedScorer | None = None, policy: Policy | InForce = POLICY) -> House:
        policies = policy if isinstance(policy, InForce) else InForce({DOMAIN.name: policy})
        models = ScriptedModels(scorer)
        champions = Champions(models, {DOMAIN.name: DOMAIN}, poll_seconds=3600, clock=clock)
        champions.refresh()
        promises = Promises(
            engine, DOMAINS, policies=lambda now: policies, model_version=champions.version, models=models,
            poll_seconds=3600,
            clock=clock,
        )  # fmt: skip
        intake = Intake(
            engine=engine,
            domains={DOMAIN.name: DOMAIN},
            policies=lambda now: policies,
            champions=champions,
            clock=clock,
            group_cases=64,
            certificates=promises.current,
        )
        intake.start()
        opened.append(House(engine, intake, champions, models, clock, policies, promises))
        return opened[-1]

    yield open_house
    for one in opened:
        one.intake.stop()


def override(number: int = 1, **payload: Any) -> dict[str, Any]:
    """Make a submission of the toy domain."""
    fields = {"receipt_id": f"R-{number}", "listed_price": "80.00", "charged_price": "64.00", "cashier_id": "C-1"}
    return {"domain": DOMAIN.name, "exception_id": f"X-{number}", "payload": fields | payload}


def feature(row: list[float], name: str) -> float:
    """Read a feature off a row by name."""
    return float(np.asarray(row)[DOMAIN.recipe.names.index(name)])
