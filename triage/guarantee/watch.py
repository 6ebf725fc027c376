"""Who keeps the promise: reads which certificate counts, makes the next one when it is due, stops automation on an
alarm.

Every replica runs it. A certificate is stored only if none came in between, and an alarm is the same sum over the same
labels for all of them, so it does not matter who is first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Engine

from policies.certifying.auditing import HarmMonitor
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from triage.champions import ModelStore
from triage.db.audit_chain import lock_audit
from triage.db.database import reading
from triage.domain import Domain
from triage.errors import ConflictError, NotFoundError
from triage.guarantee.alarm import Audits, audited_errors, harm_monitor, newest_audit
from triage.guarantee.certificates import certify_from_labels, keep, newest, stop, why_due
from triage.guarantee.status import ERROR_DAYS, describe_status, differing, state
from triage.guarantee.unlike_cases import count_unlike
from triage.in_force import InForce
from triage.watcher import Watcher

log = structlog.get_logger(__name__)
SYSTEM: Final = "system:certificates"
RETRY_AFTER: Final = timedelta(hours=1)
LOOK_AGAIN_AFTER: Final = timedelta(minutes=10)
COUNT_UNLIKE_AFTER: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRound:
    """What the audits of a policy said when they were last looked at.

    certificate_id, latest: the certificate and the newest audit label then. rates: of the last 90 days by segment,
    under None of all.
    """

    certificate_id: str | None
    latest: int
    at: datetime
    rates: Mapping[str | None, Audits]
    monitor: HarmMonitor | None


class Promises:
    """The certificates of all policies in force, kept current by a thread of its own."""

    def __init__(
        self,
        engine: Engine,
        domains: Mapping[str, Domain],
        *,
        policies: Callable[[datetime], InForce],
        model_version: Callable[[str], str | None],
        models: ModelStore,
        poll_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._domains = domains
        self._policies = policies
        self.model_version = model_version
        self._models = models
        self._clock = clock
        self._current: Mapping[tuple[str, str | None], Certificate] = {}
        self._attempts: dict[tuple[str, str | None], tuple[Any, datetime]] = {}
        self._audits: dict[tuple[str, str | None], AuditRound] = {}
        self._differing: dict[tuple[str, str | None], str | None] = {}
        self._unlike_counted_at: dict[tuple[str, str | None], datetime] = {}
        # While the database is away, nothing outlives its time: certificates lapse by the clock.
        self._watcher = Watcher(
            self.refresh,
            name="certificates",
            failed="certificates_not_read",
            rest_seconds=poll_seconds,
            rests_first=True,
        )

    def start(self) -> None:
        """Look once, so that the first cases find what is certified, then go on watching."""
        self._watcher.once()
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching."""
        self._watcher.stop()

    def current(self, policy: Policy) -> Certificate | None:
        """Return the newest certificate of a policy's domain and variant, whether or not it still holds."""
        return self._current.get((policy.document.domain, policy.document.variant))

    def simulated(self) -> frozenset[str]:
        """Return the domains of which what is proven rests on simulated cases."""
        return frozenset(domain for (domain, _), certificate in self._current.items() if certificate.synthetic)

    def audited(self, domain: str, variant: str | None) -> AuditRound | None:
        """Return what the audits of a policy said at the last look, at most some minutes ago; None before the first."""
        return self._audits.get((domain, variant))

    def as_if(self, policy: Policy) -> Certificate | None:
        """Return the certificate in use as if it were of another version of its policy: for what decides without
        effect."""
        current = self.current(policy)
        return replace(current, policy_version=policy.version) if current is not None else None

    def describe(self) -> list[dict[str, Any]]:
        """Return for every policy in force whether anything is automatic under its error budget, and if not, why."""
        now = self._clock()
        in_force = self._policies(now)
        return [
            state(policy, self.current(policy), model_version=self.model_version(domain), now=now)
            | {"differing": self._differing.get((domain, policy.document.variant))}
            for domain in in_force
            for policy in in_force.policies(domain)
        ]

    def describe_status(self, domain: str, *, variant: str | None, days: float = ERROR_DAYS) -> dict[str, Any]:
        """Return everything there is to say of a policy's promise; raise NotFoundError where no such policy is in
        force."""
        now = self._clock()
        policy = self.policy(domain, variant)
        with reading(self._engine) as connection:
            return describe_status(
                connection, policy, self.current(policy), model_version=self.model_version(domain), now=now, days=days
            )

    def policy(self, domain: str, variant: str | None) -> Policy:
        """Find the policy of a domain, or a variant of it, that is in force; raise NotFoundError where there is
        none."""
        in_force = self._policies(self._clock())
        if domain not in in_force:
            raise NotFoundError(f"There is no domain {domain[:40]!r}; there are {', '.join(in_force)}.")
        for policy in in_force.policies(domain):
            if policy.document.variant == variant:
                return policy
        raise NotFoundError(f"The policy of {domain} has no variant {(variant or '')[:40]!r} in force.")

    def refresh(self) -> None:
        """Read what counts; make the certificates that are due; stop what the audits say does harm."""
        self.reread()
        now = self._clock()
        in_force = self._policies(now)
        for domain in self._domains.values():
            for policy in in_force.policies(domain.name):
                if policy.document.error_budget is None:
                    continue
                try:
                    self._tend(domain, policy, in_force, now)
                except Exception:
                    # One domain's trouble must not keep the others from their certificates; its own lapses by itself.
                    log.exception("certificate_not_renewed", domain=domain.name, variant=policy.document.variant)
        self.reread()

    def certify(self, domain: str, *, variant: str | None, actor: str) -> Certificate:
        """Make a new certificate because a person wants it, also after a stop; raise ConflictError where that cannot
        be."""
        now = self._clock()
        in_force, policy = self._policies(now), self.policy(domain, variant)
        if policy.document.error_budget is None:
            raise ConflictError(f"the policy of {domain} in force has no error_budget, so there is nothing to certify")
        certificate = self._make(self._domains[domain], policy, in_force, now)
        with self._engine.begin() as connection:
            present = newest(connection).get((domain, variant))
            if not keep(connection, certificate, after=present, actor=actor):
                raise ConflictError("somebody certified or stopped it a moment ago; look, and try again")
        self.reread()
        return certificate

    def reread(self) -> None:
        """Read which certificate counts."""
        with reading(self._engine) as connection:
            self._current = newest(connection)

    def _tend(self, domain: Domain, policy: Policy, in_force: InForce, now: datetime) -> None:
        """Renew a policy's certificate where that is due, and heed its audits."""
        present, model_version = self.current(policy), self.model_version(domain.name)
        budget = policy.document.error_budget
        assert budget is not None
        if model_version is not None:
            due = why_due(present, policy, budget, model_version=model_version, now=now)
            attempt = (present.certificate_id if present is not None else None, policy.version, model_version)
            key = (domain.name, policy.document.variant)
            made, at = self._attempts.get(key, (None, now))
            # What came to nothing a moment ago would come to nothing again.
            if due is not None and (made != attempt or now - at >= RETRY_AFTER):
                self._attempts[key] = (attempt, now)
                self._renew(domain, policy, in_force, present, due, now)
        self._heed(policy, now)
        self._compare(policy, now)

    def _compare(self, policy: Policy, now: datetime) -> None:
        """Look, not too often, whether new cases are like those the model learnt from."""
        key = (policy.document.domain, policy.document.variant)
        counted_at = self._unlike_counted_at.get(key)
        if counted_at is not None and now - counted_at < COUNT_UNLIKE_AFTER:
            return
        with reading(self._engine) as connection:
            self._differing[key] = differing(count_unlike(connection, policy))
        self._unlike_counted_at[key] = now

    def _renew(
        self, domain: Domain, policy: Policy, in_force: InForce, present: Certificate | None, why: str, now: datetime
    ) -> None:
        certificate = self._make(domain, policy, in_force, now)
        if not _proves_more(certificate, present):
            # Made of the very labels of the one before, it would only pretend to be new: that one may grow old.
            return
        with self._engine.begin() as connection:
            kept = keep(connection, certificate, after=present, actor=SYSTEM)
        if kept:
            thresholds = {name: segment.threshold for name, segment in certificate.segments.items()}
            log.info("certified", domain=domain.name, variant=policy.document.variant, why=why, thresholds=thresholds)

    def _make(self, domain: Domain, policy: Policy, in_force: InForce, now: datetime) -> Certificate:
        model_version = self.model_version(domain.name)
        if model_version is None:
            raise ConflictError(f"no model serves {domain.name}, so there is nothing to certify")
        try:
            holdout = self._models.holdout(model_version)
        except ConnectionError as error:
            raise ConflictError(f"the held-out cases of {model_version} cannot be fetched: {error}") from None
        with reading(self._engine) as connection:
            return certify_from_labels(
                connection,
                domain=domain,
                policy=policy,
                policies=in_force,
                model_version=model_version,
                holdout=holdout,
                now=now,
            )

    def _heed(self, policy: Policy, now: datetime) -> None:
        """Stop automation where the audits are overwhelming evidence that more is wrong than the budget allows."""
        document = policy.document
        key, present = (document.domain, document.variant), self.current(policy)
        certificate_id = present.certificate_id if present is not None else None
        seen = self._audits.get(key)
        with reading(self._engine) as connection:
            latest = newest_audit(connection, document.domain, after=seen.latest if seen is not None else 0)
            known = seen is not None and (seen.certificate_id, seen.latest) == (certificate_id, latest)
            if seen is not None and known and now - seen.at < LOOK_AGAIN_AFTER:
                return
            rates = audited_errors(connection, policy, since=now - timedelta(days=ERROR_DAYS))
            monitor = harm_monitor(connection, policy)
        self._audits[key] = AuditRound(
            certificate_id=certificate_id, latest=latest, at=now, rates=rates, monitor=monitor
        )
        if monitor is not None and monitor.alarm:
            self._alarm(policy, now)

    def _alarm(self, policy: Policy, now: datetime) -> None:
        document = policy.document
        with self._engine.begin() as connection:
            # Once more, now that nobody can change it: somebody may have stopped it or certified anew in between.
            lock_audit(connection)
            monitor = harm_monitor(connection, policy)
            if monitor is None or not monitor.alarm:
                return
            why = (
                f"alarm: {monitor.errors} of {monitor.audits} audited automatic decisions were wrong, more than a "
                "budget of "
                f"{monitor.budget:.2%} explains; a person has to certify anew"
            )
            stop(connection, document.domain, document.variant, why=why, actor=SYSTEM, now=now)
        log.error("automation_stopped", domain=document.domain, variant=document.variant, why=why)


def _proves_more(certificate: Certificate, before: Certificate | None) -> bool:
    if before is None:
        return True
    if (before.policy_version, before.model_version) != (certificate.policy_version, certificate.model_version):
        return True
    same = ("labels", "from", "to")
    return any(before.evidence.get(name) != certificate.evidence.get(name) for name in same)
