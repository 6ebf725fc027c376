"""Everything a running service is made of, put together once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Final

from sqlalchemy import Engine

from triage.bus.bus_consumer import BusConsumer
from triage.champions import ChallengersOf, Champions, ModelStore
from triage.clock import utc_now
from triage.db.database import is_current, open_engine
from triage.documents.schematron import open_schematron
from triage.documents.taking import AT_ONCE, Documents
from triage.domain import Domain
from triage.domains import domains
from triage.errors import UnavailableError
from triage.guarantee.watch import Promises
from triage.handoff.worker import Worker
from triage.in_force import InForce
from triage.intake.again import tend_lookups
from triage.intake.histories import Histories
from triage.intake.intake import Intake
from triage.intake.judgement import Judgement
from triage.intake.looking_up import Lookups
from triage.likeness_reader import LikenessReader
from triage.policy_life.installed import read_installed, record_at_start, refuse_looser
from triage.policy_life.live import LivePolicies
from triage.policy_life.shadow import Shadows
from triage.policy_life.what_if_process import WhatIfs
from triage.proof.chain_key import chain_key
from triage.proof.signatures import sign_installed
from triage.review.case_retention import require_long_enough
from triage.review.pending import let_stand
from triage.settings import Settings
from triage.shared_jobs import open_worker
from triage.tracing import start_tracing, trace_decisions
from triage.watcher import Watcher

FREEZE_EVERY_SECONDS: Final = 30.0
SETTLE_EVERY_SECONDS: Final = 0.5
TEND_EVERY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts the API and the queue are served from."""

    settings: Settings
    engine: Engine
    domains: Mapping[str, Domain]
    live_policies: LivePolicies
    champions: Champions
    promises: Promises
    intake: Intake
    documents: Documents
    shadows: Shadows
    freezer: Watcher
    what_ifs: WhatIfs
    clock: Callable[[], datetime]
    worker: Worker | None = None
    settler: Watcher | None = None
    """Lets rulings stand that were not undone."""
    lookups: Lookups | None = None
    tending: Watcher | None = None
    bus: BusConsumer | None = None
    document_watcher: Watcher | None = None

    @property
    def policies(self) -> InForce:
        """What is in force now."""
        return self.live_policies.at(self.clock())

    def start(self) -> None:
        """Begin watching for champions and taking cases."""
        self.live_policies.start()
        self.champions.start()
        # A short wait, so that the first cases are not decided by fallback rules only because the registry is slow.
        self.champions.wait_until_asked(timeout=20)
        self.promises.start()
        self.shadows.start()
        self.intake.start()
        self.freezer.start()
        for part in (self.settler, self.tending, self.document_watcher, self.worker):
            if part is not None:
                part.start()
        if self.bus is not None:
            self.bus.start()

    def stop(self) -> None:
        """Finish what was taken and stop."""
        self.freezer.stop()
        for part in (self.settler, self.tending, self.document_watcher):
            if part is not None:
                part.stop()
        if self.bus is not None:
            self.bus.stop()
        self.intake.stop()
        if self.worker is not None:
            self.worker.stop()
        if self.lookups is not None:
            self.lookups.stop()
        self.shadows.stop()
        self.promises.stop()
        self.champions.stop()
        self.live_policies.stop()
        self.engine.dispose()


def open_service(
    settings: Settings, *, models: ModelStore | None = None, clock: Callable[[], datetime] = utc_now
) -> Service:
    """Put a service together; raise PolicyError for a bad policy and UnavailableError for an old database schema."""
    registered = domains(settings.domain_modules)
    installed = read_installed(registered, settings.policy_folder)
    engine = open_engine(settings.database)
    if not is_current(engine):
        raise UnavailableError("the database schema is not the newest: run `triage db upgrade`")
    record_at_start(engine, installed, now=clock())
    sign_installed(engine, installed, chain_key(settings), now=clock())
    refuse_looser(engine, registered, now=clock())
    live_policies = LivePolicies(engine, registered, poll_seconds=settings.policy_poll_seconds, clock=clock)
    store = models if models is not None else _registered_models(settings)
    champions = Champions(store, registered, poll_seconds=settings.registry_poll_seconds, clock=clock)
    promises = Promises(
        engine,
        registered,
        policies=live_policies.at,
        model_version=champions.version,
        models=store,
        poll_seconds=settings.policy_poll_seconds,
        clock=clock,
    )
    challengers = None
    if settings.shadow_challengers:
        poll = settings.registry_poll_seconds
        challengers = Champions(ChallengersOf(store), registered, poll_seconds=poll, clock=clock)
    shadows = Shadows(
        engine=engine,
        domains=registered,
        policies=live_policies,
        challengers=challengers,
        clock=clock,
        certificate=promises.as_if,
    )
    require_long_enough(settings.retention_days, registered)

    def after_commit(judged: Sequence[Judgement]) -> None:
        shadows.offer(judged)
        trace_decisions(judged, ended=clock())

    start_tracing(settings.otlp_endpoint)
    histories = Histories(settings.home_folder, horizon_days=settings.retention_days or inf)
    likeness = LikenessReader(settings.home_folder / "encoders")
    freezer = Watcher(
        lambda: histories.tend(engine, settings.database, settings.domain_modules),
        name="history",
        failed="history_not_frozen",
        rest_seconds=FREEZE_EVERY_SECONDS,
        rests_first=True,
    )
    lookups = Lookups(engine)
    intake = Intake(
        engine=engine,
        domains=registered,
        policies=live_policies.at,
        champions=champions,
        clock=clock,
        group_cases=settings.group_commit_cases,
        after_commit=after_commit,
        certificates=promises.current,
        histories=histories,
        likeness=likeness.of,
        lookups=lookups,
        max_waiting_cases=settings.max_waiting_cases,
        max_waiting_seconds=settings.max_waiting_seconds,
    )
    heads = {name: domain.heads for name, domain in registered.items()}

    def settle() -> None:
        now = clock()
        let_stand(engine, policies=live_policies.at(now), heads=heads, now=now)

    settler = Watcher(settle, name="rulings", failed="rulings_not_settled", rest_seconds=SETTLE_EVERY_SECONDS)
    tending = Watcher(
        lambda: _tend(engine, intake, lookups, live_policies, clock),
        name="lookups",
        failed="lookups_not_tended",
        rest_seconds=TEND_EVERY_SECONDS,
        rests_first=True,
    )
    documents = Documents(
        engine=engine,
        intake=intake,
        domains=registered,
        policies=live_policies.at,
        clock=clock,
        # Compiled now: a deployment that cannot check what it means to must not start.
        schematron=open_schematron(settings.schematron_folder),
    )
    document_watcher = Watcher(
        lambda: _tend_documents(documents),
        name="documents",
        failed="documents_not_tended",
        rest_seconds=TEND_EVERY_SECONDS,
        rests_first=True,
    )
    return Service(
        document_watcher=document_watcher,
        settler=settler,
        settings=settings,
        engine=engine,
        domains=registered,
        live_policies=live_policies,
        champions=champions,
        promises=promises,
        intake=intake,
        documents=documents,
        shadows=shadows,
        freezer=freezer,
        what_ifs=WhatIfs(database=settings.database, domain_modules=settings.domain_modules, home=settings.home_folder),
        clock=clock,
        lookups=lookups,
        tending=tending,
        worker=open_worker(engine, settings) if settings.worker else None,
        bus=_bus(settings, engine, intake, clock) if settings.bus_url else None,
    )


def _tend(
    engine: Engine, intake: Intake, lookups: Lookups, policies: LivePolicies, clock: Callable[[], datetime]
) -> None:
    """Tend look-ups where any policy in force has some: elsewhere the database is not even asked."""
    in_force = policies.at(clock())
    if any(policy.document.lookups for domain in in_force for policy in in_force.policies(domain)):
        tend_lookups(engine, intake, lookups, clock)


def _tend_documents(documents: Documents) -> None:
    """Do what is due, round after round while there is a full one."""
    while documents.tend() == AT_ONCE:
        pass


def _bus(settings: Settings, engine: Engine, intake: Intake, clock: Callable[[], datetime]) -> BusConsumer:
    bus = BusConsumer(
        url=settings.bus_url,
        submitter=settings.bus_submitter,
        engine=engine,
        intake=intake,
        max_bytes=settings.max_body_bytes,
        clock=clock,
    )
    bus.check()
    return bus


def _registered_models(settings: Settings) -> ModelStore:
    from triage.model_store import RegisteredModels

    return RegisteredModels(settings)
