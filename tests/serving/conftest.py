"""A real service on a real database, with the toy domain and no champion: the fallback rules decide."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from toy_domain import DOMAIN

from serving.app import create_app
from serving.logs import configure_logs
from tests.serving.contract import ContractClient
from triage.champions import Champions, ModelStore, NoModels
from triage.db.database import open_engine
from triage.documents.taking import Documents
from triage.domain import Domain
from triage.guarantee.watch import Promises
from triage.identity import access, sessions
from triage.intake.intake import Intake
from triage.policy_life.installed import read_installed, record_installed
from triage.policy_life.live import LivePolicies
from triage.policy_life.shadow import Shadows
from triage.policy_life.what_if_process import WhatIfs
from triage.service import Service
from triage.settings import Settings
from triage.watcher import Watcher

PASSWORD = "correct horse battery"
PEOPLE: Mapping[str, tuple[tuple[str, str | None], ...]] = {
    "vic": (("viewer", None),),
    "ann": (("analyst", "price_override"),),
    "olga": (("analyst", "another_domain"),),
    "paul": (("approver", None),),
    "mo": (("model_reviewer", None),),
    "pia": (("policy_editor", None),),
    "root": (("admin", None),),
    "new": (),
}


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class House:
    """A running app, its clock, and the means to be anybody."""

    client: ContractClient
    service: Service
    clock: Clock
    keys: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def key(self, *grants: tuple[str, str | None]) -> dict[str, str]:
        """Give the header of a key with these grants."""
        name = "-".join(f"{role}.{domain or 'all'}" for role, domain in grants) or "nothing"
        if name not in self.keys:
            with self.service.engine.begin() as connection:
                self.keys[name] = access.create_key(connection, name, now=self.clock())
                for role, domain in grants:
                    access.grant(connection, f"key:{name}", role, domain)
        return {"Authorization": f"Bearer {self.keys[name]}"}

    @property
    def system(self) -> dict[str, str]:
        """The header of a system that submits."""
        return self.key(("service", None))

    def sign_in(self, name: str) -> dict[str, str]:
        """Open a session as a person; give the header with its CSRF token."""
        with self.service.engine.begin() as connection:
            token = sessions.open_session(connection, name, now=self.clock(), holds=timedelta(hours=12))
            signed_in = sessions.principal_of_session(connection, token, now=self.clock())
        assert signed_in is not None
        self.client.cookies.set("triage_session", token)
        return {"X-CSRF-Token": signed_in.csrf_token}

    def submit(self, **changes: Any) -> dict[str, Any]:
        """Submit a case and give the decision."""
        answer = self.client.post("/v1/cases", json=self.case(**changes), headers=self.system)
        assert answer.status_code == 201, answer.text
        decision: dict[str, Any] = answer.json()
        return decision

    def case(self, *, exception_id: str | None = None, attributes: Any = None, **payload: Any) -> dict[str, Any]:
        """Make a case that goes straight through unless `payload` says otherwise."""
        self.count += 1
        fields = {"receipt_id": f"R-{self.count}", "listed_price": "80.00", "charged_price": "64.00"} | payload
        made: dict[str, Any] = {
            "domain": "price_override",
            "exception_id": exception_id or f"PRO-{self.count:04d}",
            "payload": fields,
        }
        return made if attributes is None else made | {"attributes": attributes}

    def review_case(self, **changes: Any) -> str:
        """Submit a case that waits in the override desk."""
        decision = self.submit(**({"charged_price": "8.00"} | changes))
        assert decision["route"]["queue"] == "OVERRIDE_DESK"
        return str(decision["case_id"])

    def escalated_case(self, *, restricted: bool = True) -> str:
        """Submit a case that takes an approver, in the restricted queue or the open one."""
        decision = self.submit(
            **({"listed_price": "900.00", "charged_price": "90.00"} if restricted else {"pieces": 1000})
        )
        assert decision["disposition"] == "escalate"
        assert decision["route"]["queue"] == (None if restricted else "OVERRIDE_DESK")
        return str(decision["case_id"])


def policy_domain(folder: Path, **parts: Any) -> Domain:
    """Give the toy domain with some parts of its policy replaced; of `queues`, the ones named are added."""
    written = yaml.safe_load(DOMAIN.policy_file.read_text())
    written["queues"] |= parts.pop("queues", {})
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump(written | parts))
    return replace(DOMAIN, policy_file=file)


def make_service(
    engine: Engine,
    clock: Clock,
    folder: Path,
    domains: Mapping[str, Domain],
    *,
    models: ModelStore | None = None,
    **settings: Any,
) -> Service:
    """Put a service together around an empty database."""
    models = models or NoModels()
    # A ruling stands at once, unless a test is about undoing it.
    chosen = Settings(home=folder, **({"undo_seconds": 0, "domain_modules": "toy_domain"} | settings))
    with engine.begin() as connection:
        record_installed(connection, read_installed(domains), now=clock())
    live = LivePolicies(engine, domains, poll_seconds=60, clock=clock)
    champions = Champions(models, domains, poll_seconds=60, clock=clock)
    shadows = Shadows(engine=engine, domains=domains, policies=live, challengers=None, clock=clock)
    promises = Promises(
        engine, domains, policies=live.at, model_version=champions.version, models=models, poll_seconds=60, clock=clock
    )
    intake = Intake(
        engine=engine,
        domains=domains,
        policies=live.at,
        champions=champions,
        clock=clock,
        group_cases=64,
        after_commit=shadows.offer,
        certificates=promises.current,
    )
    return Service(
        settings=chosen,
        engine=engine,
        domains=domains,
        live_policies=live,
        champions=champions,
        promises=promises,
        intake=intake,
        documents=Documents(engine=engine, intake=intake, domains=domains, policies=live.at, clock=clock),
        shadows=shadows,
        freezer=Watcher(lambda: None, name="history", failed="history_not_frozen", rest_seconds=60),
        what_ifs=WhatIfs(
            database=engine.url.render_as_string(hide_password=False),
            domain_modules=chosen.domain_modules,
            home=folder,
            wait_seconds=0.3,
        ),
        clock=clock,
    )


def make_people(service: Service) -> None:
    """Add one person per role."""
    with service.engine.begin() as connection:
        for name, grants in PEOPLE.items():
            access.create_user(connection, name, PASSWORD, now=service.clock())
            for role, domain in grants:
                access.grant(connection, f"user:{name}", role, domain)


def open_house(
    engine: Engine, folder: Path, *, domain: Domain = DOMAIN, models: ModelStore | None = None, **settings: Any
) -> Iterator[House]:
    """Run an app with the toy domain over a database."""
    configure_logs()
    clock = Clock()
    service = make_service(engine, clock, folder, {domain.name: domain}, models=models, **settings)
    make_people(service)
    with ContractClient(create_app(service), raise_server_exceptions=True, follow_redirects=False) as client:
        yield House(client=client, service=service, clock=clock)


@pytest.fixture(scope="module")
def lasting_house(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An app over SQLite for the many tests of a module that do not disturb each other."""
    folder = tmp_path_factory.mktemp("house")
    yield from open_house(open_engine(f"sqlite:///{shutil.copy(empty_sqlite, folder)}"), folder)


@pytest.fixture
def house(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app over SQLite."""
    yield from open_house(sqlite_engine, tmp_path)


@pytest.fixture
def any_house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app over SQLite and over PostgreSQL."""
    yield from open_house(engine, tmp_path)
