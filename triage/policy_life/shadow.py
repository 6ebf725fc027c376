"""Shadows: a policy version or a challenger model decides beside the live one, without effect, and what differs is a
report.

Off the path of every answer: cases are offered after their commit, a full queue drops them, and whatever fails here is
logged and counted and nothing more.
"""

import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import structlog
from sqlalchemy import Engine, insert

from features.columns import encode
from models.score import Score
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from policies.judging.variants import fits
from triage.champions import Champions, Scores
from triage.db.schema import shadow_decisions
from triage.domain import Domain
from triage.intake.judgement import Judgement
from triage.policy_life.live import LivePolicies
from triage.watcher import Watcher

log = structlog.get_logger(__name__)
CAPACITY: Final = 5_000
_TOGETHER: Final = 200


class Shadows:
    """Decides beside the live decisions in a thread of its own.

    challengers: the challenger models by domain, None where they are not to decide in shadow.
    certificate: gives the certificate by which a shadow policy's error budget is kept, None for none.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        domains: Mapping[str, Domain],
        policies: LivePolicies,
        challengers: Champions | None,
        clock: Callable[[], datetime],
        certificate: Callable[[Policy], Certificate | None] = lambda policy: None,
    ) -> None:
        self._engine = engine
        self._domains = domains
        self._policies = policies
        self._challengers = challengers
        self._clock = clock
        self._certificate = certificate
        self._waiting: queue.Queue[Judgement | None] = queue.Queue(CAPACITY)
        self._counts = {"decided": 0, "dropped": 0, "failed": 0}
        self._watcher = Watcher(self._work, name="shadows", failed="shadow_not_written")

    def start(self) -> None:
        """Begin deciding; challengers are looked for as champions are."""
        if self._challengers is not None:
            self._challengers.start()
        self._watcher.start()

    def stop(self) -> None:
        """Stop at once: what waits is without effect, and may be forgotten."""
        self._watcher.stop()
        if self._challengers is not None:
            self._challengers.stop()

    def counts(self) -> Mapping[str, int]:
        """Return how many shadow decisions were written, how many cases were dropped, and how many failed."""
        return dict(self._counts)

    def offer(self, decided: Sequence[Judgement]) -> None:
        """Take committed cases if there is room; never waits and never raises."""
        try:
            for one in decided:
                if self._is_shadowed(one.case.domain):
                    self._waiting.put_nowait(one)
        except queue.Full:
            self._counts["dropped"] += 1
        except Exception:
            self._counts["failed"] += 1
            log.exception("shadow_not_offered")

    def decide(self, decided: Sequence[Judgement]) -> list[dict[str, Any]]:
        """Judge cases by every shadow there is for them; give the rows to be written."""
        now = self._clock()
        rows: list[dict[str, Any]] = []
        for one in decided:
            for decide in (self._by_policy, self._by_model):
                try:
                    rows += decide(one, now)
                except Exception:
                    self._counts["failed"] += 1
                    log.exception("shadow_failed", case_id=one.case_id)
        return rows

    def _is_shadowed(self, domain: str) -> bool:
        return bool(self._policies.shadows(domain)) or self._challenger(domain) is not None

    def _challenger(self, domain: str) -> Scores | None:
        return self._challengers.current(domain).scorer if self._challengers is not None else None

    def _work(self) -> None:
        group = self._gathered()
        try:
            rows = self.decide(group)
            if rows:
                with self._engine.begin() as connection:
                    connection.execute(insert(shadow_decisions), rows)
            self._counts["decided"] += len(rows)
        except Exception:
            self._counts["failed"] += len(group)
            raise

    def _gathered(self) -> list[Judgement]:
        group: list[Judgement] = []
        try:
            first = self._waiting.get(timeout=0.2)
            while first is not None and len(group) < _TOGETHER:
                group.append(first)
                first = self._waiting.get_nowait()
        except queue.Empty:
            pass
        return group

    def _by_policy(self, one: Judgement, now: datetime) -> Iterator[dict[str, Any]]:
        for policy in self._policies.shadows(one.case.domain):
            if _is_for(policy, one):
                yield self._row(one, "policy", policy, one.verdict.score, one.verdict.fallback, now)

    def _by_model(self, one: Judgement, now: datetime) -> Iterator[dict[str, Any]]:
        case = one.case
        challenger = self._challenger(case.domain)
        if challenger is None:
            return
        if len(one.features) != len(challenger.recipe.names):
            raise ValueError(f"{challenger.version} reads other columns than the champion; it cannot be shadowed")
        columns = encode([case.payload], as_of=[case.as_of], fx_rates=[case.fx_rate])
        features = np.array([one.features], dtype=np.float64)
        (score,) = challenger.score(features, challenger.recipe.texts(columns), reasons=False)
        yield self._row(one, "model", one.policy, score, None, now)

    def _row(
        self, one: Judgement, kind: str, policy: Policy, score: Score | None, fallback: str | None, now: datetime
    ) -> dict[str, Any]:
        case, certificate = one.case, self._certificate(policy)
        verdict = policy.judge(
            payload=case.payload,
            attributes=case.attributes,
            features=one.features,
            features_on_arrival=one.features_on_arrival,
            danger_likeness=one.danger_likeness,
            fx_rate=case.fx_rate,
            score=score,
            fallback=fallback,
            now=now,
            certificate=certificate.for_case(synthetic=case.synthetic) if certificate is not None else None,
            quality=case.quality,
            floor=case.floor,
            place=case.place,
        )
        return {
            "case_id": one.case_id, "domain": case.domain, "kind": kind, "policy_version": policy.version,
            "model_version": score.model_version if score is not None else None, "decided_at": now,
            "disposition": verdict.disposition.value, "cause": verdict.cause,
            "risk": score.risk if score is not None else None,
            "expected_loss": score.expected_loss if score is not None else None,
            "queue": verdict.route.queue,
        }  # fmt: skip


def _is_for(policy: Policy, judgement: Judgement) -> bool:
    """Return whether a shadow policy would decide this case: a variant by its envelope, the domain's own where no
    variant did."""
    applies_to = policy.document.applies_to
    if applies_to is not None:
        return fits(applies_to, judgement.case.envelope)
    return judgement.policy.document.variant is None
