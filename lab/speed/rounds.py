"""Rounds of measurements: what is compared is measured one right after the other, so that a busy machine is as busy for
both."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import func, select

from lab.benchmarks.stored import fill
from lab.durability.stores import empty_store
from lab.speed import servers
from lab.speed.client import Timings, load, written
from lab.speed.exceptions import exceptions, numbered
from triage.clock import utc_now
from triage.db.database import open_engine, reading, upgrade
from triage.db.schema import cases
from triage.domains import domains
from triage.identity.access import create_key, grant
from triage.settings import Settings

BARE: Final = "bare FastAPI"
SCORE: Final = "POST /v1/score"
STORE: Final = "POST /v1/cases"
MLFLOW: Final = "MLflow scoring server"
_EACH: Final = 4_000
_WARM_UP_CALLERS: Final = 4
_SEEDS_OF_THE_STORED: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedPlan:
    """What is measured. home: folder with champions. stored: cases in the database beforehand. model: a registered
    version for MLflow's scoring server, None to leave that out."""

    home: Path
    store: str = "sqlite"
    postgres_url: str = ""
    rounds: int = 5
    seconds: float = 4.0
    callers: Sequence[int] = (1, 16, 64)
    stored: int = 0
    workers: int = 1
    with_text: bool = False
    model: str | None = None


@dataclass(slots=True, kw_only=True)
class Rounds:
    """The measurements of one subject with so many callers, one a round, beside the bare application's of that
    round."""

    subject: str
    callers: int
    measured: list[Timings] = field(default_factory=list)
    bare: list[Timings] = field(default_factory=list)

    def per_second(self) -> float:
        """Return the median rate."""
        return median(one.per_second for one in self.measured)

    def quantile_ms(self, share: float) -> float:
        """Return the median over the rounds of a quantile, in milliseconds."""
        return median(one.quantile_ms(share) for one in self.measured)

    def ratios(self) -> list[float]:
        """Return the rate as a share of the bare application's in the same round, in order of size."""
        return sorted(one.per_second / bare.per_second for one, bare in zip(self.measured, self.bare, strict=True))


def run(plan: SpeedPlan, folder: Path, *, report: Callable[[str], None]) -> list[Rounds]:
    """Measure; `folder` is for what is written meanwhile.

    Raises ValueError where an answer is not the expected one: a rate of refusals is no rate.
    """
    with ExitStack() as stack:
        url = stack.enter_context(empty_store(plan.store, folder=folder, postgres_url=plan.postgres_url))
        key = _prepared(url)
        report("drawing exceptions")
        known = domains("")
        bodies = exceptions(known, each=_EACH, end_at=utc_now(), with_text=plan.with_text)
        report("starting servers")
        bare = stack.enter_context(servers.bare())
        own = stack.enter_context(servers.triage(plan.home, url, workers=plan.workers))
        ids = numbered(bodies)
        requests: dict[str, _Subject] = {
            BARE: (bare, (written("/acknowledge", body) for body in numbered(bodies)), 201),
            SCORE: (own, (written("/v1/score", body, key=key) for body in numbered(bodies)), 200),
            STORE: (own, (written("/v1/cases", body, key=key) for body in ids), 201),
        }
        if plan.model is not None:
            tracking = Settings(home=plan.home).tracking
            other = stack.enter_context(servers.mlflow(tracking, plan.model, workers=plan.workers))
            requests[MLFLOW] = (other, _invocations(bodies, plan.model), 200)
        report("warming up")
        for subject in requests:
            _measure(requests[subject], subject, callers=_WARM_UP_CALLERS, seconds=plan.seconds)
        if plan.stored:
            report(f"filling up to {plan.stored:,} cases")
            _fill(url, plan.stored)
        return _rounds(plan, requests, report)


_Subject = tuple[int, Iterator[bytes], int]


def _rounds(plan: SpeedPlan, requests: dict[str, _Subject], report: Callable[[str], None]) -> list[Rounds]:
    found = {
        (subject, callers): Rounds(subject=subject, callers=callers) for callers in plan.callers for subject in requests
    }
    for at in range(plan.rounds):
        for callers in plan.callers:
            report(f"round {at + 1} of {plan.rounds}, {callers} callers")
            bare = _measure(requests[BARE], BARE, callers=callers, seconds=plan.seconds)
            for subject, how in requests.items():
                one = bare if subject == BARE else _measure(how, subject, callers=callers, seconds=plan.seconds)
                found[subject, callers].measured.append(one)
                found[subject, callers].bare.append(bare)
    return list(found.values())


def _measure(subject: _Subject, name: str, *, callers: int, seconds: float) -> Timings:
    port, requests, expected = subject
    measured = asyncio.run(load(port, requests, callers=callers, seconds=seconds))
    if set(measured.statuses) != {expected}:
        raise ValueError(f"{name} answered {dict(measured.statuses)}, expected only {expected}")
    return measured


def _prepared(url: str) -> str:
    engine = open_engine(url)
    upgrade(engine)
    with engine.begin() as connection:
        key = create_key(connection, "speed", now=utc_now())
        grant(connection, "key:speed", "service", None)
    engine.dispose()
    return key


def _fill(url: str, stored: int) -> None:
    engine = open_engine(url)
    with reading(engine) as connection:
        there = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    if there < _SEEDS_OF_THE_STORED:
        raise ValueError(f"only {there} cases were stored to copy from; measure for longer")
    fill(engine, stored=stored, open_tasks=max(1, stored // 10))
    engine.dispose()


def _invocations(bodies: list[bytes], model: str) -> Iterator[bytes]:
    import orjson

    domain = model.removeprefix("models:/").partition("@")[0]
    rows = [orjson.loads(body) for body in bodies]
    payloads = [row["payload"] for row in rows if row["domain"] == domain]
    written_rows = [
        written("/invocations", orjson.dumps({"dataframe_records": [payload]})) for payload in payloads[:500]
    ]
    return iter(_cycle(written_rows))


def _cycle(items: list[bytes]) -> Iterator[bytes]:
    while True:
        yield from items
