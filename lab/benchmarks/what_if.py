"""How long a what-if takes: a changed policy replayed over a hundred thousand stored cases, reading them included."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import yaml
from sqlalchemy import Engine

from lab.simulated import draw, write
from lab.simulators.retailer import Knobs
from models.score import Cause, Score
from policies.judging.policy import Policy, load_policy
from training.tables.reader import read_table
from triage.champions import Champion
from triage.db.database import open_engine, reading
from triage.db.schema import metadata
from triage.domain import Domain, read_policy
from triage.domains import domains
from triage.in_force import InForce
from triage.intake.case import Case
from triage.intake.judgement import judge
from triage.intake.store import save
from triage.policy_life.what_if import simulate

DRAWN: Final = 2_000
_NOW: Final = datetime(2026, 7, 1, tzinfo=UTC)
_GROUP: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What a replay took. seconds: reading the cases, judging them anew and comparing; changed: dispositions that
    differ."""

    domain: str
    rows: int
    seconds: float
    changed: int

    @property
    def cases_per_second(self) -> float:
        """Return how many cases were replayed in a second."""
        return self.rows / self.seconds

    def flat(self) -> dict[str, Any]:
        """Return it as one row of a table."""
        return {
            "domain": self.domain,
            "cases": self.rows,
            "seconds": round(self.seconds, 2),
            "cases_per_second": round(self.cases_per_second),
            "changed": self.changed,
        }


def measure_what_if(rows: int, *, domain: str = "return_fraud", rounds: int = 3, seed: int = 11) -> WhatIf:
    """Fill a temporary SQLite file with simulated decided cases and time the replay of a changed draft; the best of
    some rounds."""
    card = domains("")[domain]
    live = read_policy(card)
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'triage.db'}")
        metadata.create_all(engine)
        _fill(engine, card, live, rows, seed=seed)
        draft = _draft(card)
        timed = [_timed(engine, draft, live, rows) for _ in range(rounds)]
        engine.dispose()
    seconds, changed = min(timed)
    return WhatIf(domain=domain, rows=rows, seconds=seconds, changed=changed)


def _timed(engine: Engine, draft: Policy, live: Policy, rows: int) -> tuple[float, int]:
    started = time.perf_counter()
    with reading(engine) as connection:
        in_force = InForce({live.document.domain: live})
        found = simulate(connection, draft, in_force=in_force, now=_NOW, limit=rows)
    assert found["cases"] == rows
    return time.perf_counter() - started, found["changed"]["dispositions"]


def _draft(card: Domain) -> Policy:
    """Write a draft in which every limit is another, so that no answer of before could be reused."""
    content = yaml.safe_load(card.policy_file.read_text(encoding="utf-8"))
    content["version"] = "what-if"
    content["limits"] = {
        name: value * 0.9 if isinstance(value, float) else value for name, value in content["limits"].items()
    }
    content.pop("error_budget", None)
    text = yaml.safe_dump(content, sort_keys=False)
    return load_policy(text, name="what-if", recipe=card.recipe, causes=tuple(card.heads.labels))


class _Drawn:
    """A model of no skill: it draws its scores, as many low ones as a shop would see."""

    def __init__(self, card: Domain, seed: int) -> None:
        self.version, self.recipe, self.attributes = f"{card.name}/1", card.recipe, ()
        self._causes = tuple(card.heads.labels)
        self._random = np.random.default_rng(seed)

    def score(self, rows: Any, texts: Sequence[str], *, reasons: bool = True) -> list[Score]:
        del rows, reasons
        n = len(texts)
        risks, impacts = self._random.beta(0.5, 8.0, n), self._random.lognormal(3.0, 1.0, n)
        causes = self._random.choice(self._causes, n)
        return [
            Score(
                causes=(Cause(label=str(cause), probability=0.8), Cause(label=self._causes[0], probability=0.2)),
                risk=float(risk),
                impact=float(impact),
                reasons=(),
                model_version=self.version,
            )
            for cause, risk, impact in zip(causes, risks, impacts, strict=True)
        ]


def _fill(engine: Engine, card: Domain, live: Policy, rows: int, *, seed: int) -> None:
    """Store decided cases: some drawn from the simulator, judged as online, and repeated under other ids and scores."""
    from features.history import History

    drawn = _cases(card, live, min(rows, DRAWN), seed=seed)
    champion = Champion(scorer=_Drawn(card, seed), registry="ok", reason=None)
    for start in range(0, rows, _GROUP):
        cases = [
            replace(drawn[at % len(drawn)], exception_id=f"X-{at}", received_at=drawn[at % len(drawn)].as_of)
            for at in range(start, min(start + _GROUP, rows))
        ]
        judgements = judge(
            cases,
            domain=card,
            champion=champion,
            policy_for=lambda case: live,
            history=History(card.recipe.trails),
            now=_NOW,
        )
        group = [
            judgement.recorded(case_id=f"{at:036d}", submitted_by="system:benchmark")
            for at, judgement in enumerate(judgements, start=start)
        ]
        with engine.begin() as connection:
            save(connection, group)


def _cases(card: Domain, live: Policy, rows: int, *, seed: int) -> list[Case]:
    return list(_read(card, live, Knobs(rows=rows, seed=seed)))


def _read(card: Domain, live: Policy, knobs: Knobs) -> Iterator[Case]:
    from policies.document.document import Disposition

    with TemporaryDirectory() as folder:
        write(draw(card, knobs), Path(folder), knobs=knobs)
        table = read_table(Path(folder) / "cases.parquet", domain=card, keep_payloads=True)
    for row in table.rows:
        assert row.payload is not None
        yield Case(
            domain=card.name, exception_id=row.exception_id, content_hash="", as_of=row.as_of, received_at=row.as_of,
            site_id=None, currency=live.document.currency, fx_rate=1.0, zone=row.zone, envelope={}, payload=row.payload,
            attributes={},
            quality=(), floor=Disposition.AUTO,
        )  # fmt: skip
