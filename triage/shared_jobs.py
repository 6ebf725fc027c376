"""The jobs every worker knows, and a worker that runs them: add a job here, and exactly one of all workers does it at a
time."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Engine

from triage.clock import utc_now
from triage.documents.document_retention import forget_documents
from triage.domain import Domain
from triage.domains import domains
from triage.handoff.deliveries import delete_delivered
from triage.handoff.inbox import delete_receipts
from triage.handoff.jobs import Job, JobLease
from triage.handoff.step_store import expire
from triage.handoff.worker import Worker
from triage.in_force import InForce
from triage.policy_life.live import LivePolicies
from triage.process.figuring import figure_all
from triage.process.forecasting import forecast_all, learn_all
from triage.process.recurring import find_recurring
from triage.proof.anchoring import anchor_now
from triage.review.case_retention import forget as forget_cases
from triage.review.search_index import index_cases
from triage.review.stages import is_anything_due, keep_clocks
from triage.settings import Settings


def shared_jobs(settings: Settings) -> list[Job]:
    """List the jobs of a deployment."""
    kept = timedelta(days=settings.delivered_days)

    def forget(hold: JobLease) -> None:
        delete_delivered(hold, older_than=kept)

    def end_waits(hold: JobLease) -> None:
        expire(hold)

    def anchor(hold: JobLease) -> None:
        anchor_now(hold, settings)

    def empty_inbox(hold: JobLease) -> None:
        delete_receipts(hold, older_than=timedelta(days=settings.inbox_days))

    def retain(hold: JobLease) -> None:
        assert settings.retention_days is not None
        forget_cases(hold.transaction, domains(settings.domain_modules), now=utc_now(), days=settings.retention_days)

    def retain_documents(hold: JobLease) -> None:
        assert settings.retention_days is not None
        forget_documents(hold.transaction, now=utc_now(), days=settings.retention_days)

    retention = (
        [
            Job(name="cases.forget", every=timedelta(days=1), run=retain),
            Job(name="documents.forget", every=timedelta(days=1), run=retain_documents),
        ]
        if settings.retention_days
        else []
    )
    return [
        *retention,
        Job(name="cases.index", every=timedelta(seconds=settings.index_seconds), run=index_cases),
        Job(name="deliveries.delete_delivered", every=timedelta(hours=1), run=forget),
        Job(name="steps.expire", every=timedelta(seconds=5), run=end_waits, lease=timedelta(seconds=30)),
        Job(name="clocks", every=timedelta(0), run=keep_clocks, is_wanted=is_anything_due),
        Job(name="inbox.delete_receipts", every=timedelta(hours=1), run=empty_inbox),
        Job(name="audit.anchor", every=timedelta(hours=settings.audit_anchor_hours), run=anchor),
        *process_jobs(policies_in_force(settings), domains(settings.domain_modules)),
    ]


def process_jobs(policies: Callable[[JobLease], InForce], registered: Mapping[str, Domain]) -> list[Job]:
    """List the jobs that make figures of the process. policies: what is in force when one runs."""

    def learn(hold: JobLease) -> None:
        learn_all(hold, policies(hold), utc_now())

    def recur(hold: JobLease) -> None:
        find_recurring(hold, policies(hold), registered, utc_now())

    def forecast(hold: JobLease) -> None:
        forecast_all(hold, policies(hold), utc_now())

    return [
        Job(name="process.figures", every=timedelta(seconds=30), run=lambda hold: figure_all(hold, policies(hold))),
        Job(name="process.learn", every=timedelta(days=1), run=learn),
        Job(name="process.recurring", every=timedelta(days=1), run=recur),
        Job(name="process.forecast", every=timedelta(minutes=5), run=forecast),
    ]


def policies_in_force(settings: Settings) -> Callable[[JobLease], InForce]:
    """Return what reads the policies in force: once, then only when somebody acted on one."""
    live: list[LivePolicies] = []

    def read(hold: JobLease) -> InForce:
        if live:
            live[0].refresh()
        else:
            registered, poll = domains(settings.domain_modules), settings.policy_poll_seconds
            live.append(LivePolicies(hold.engine, registered, poll_seconds=poll, clock=utc_now))
        return live[0].at(utc_now())

    return read


def open_worker(engine: Engine, settings: Settings) -> Worker:
    """Build a worker of a deployment; it does nothing until it is started."""
    return Worker(engine, jobs=shared_jobs(settings), poll_seconds=settings.worker_poll_seconds)
