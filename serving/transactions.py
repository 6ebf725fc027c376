"""What calls do their work with, as FastAPI dependencies: one transaction, what is in force, who is calling, and the
instant."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import Connection

from serving.auth import PrincipalDep, ServiceDep
from triage.db.database import reading
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One transaction of somebody known. policies: what is in force at `now`, which lies after any wait for the
    lock."""

    connection: Connection
    service: Service
    policies: InForce
    actor: Principal
    now: datetime


Transaction = Callable[[], AbstractContextManager[Act]]


@contextmanager
def _acting(service: Service, actor: Principal, transaction: AbstractContextManager[Connection]) -> Iterator[Act]:
    with transaction as connection:
        yield Act(connection=connection, service=service, policies=service.policies, actor=actor, now=service.clock())


def reads(service: ServiceDep, principal: PrincipalDep) -> Transaction:
    """Return what opens a snapshot of the database."""
    return lambda: _acting(service, principal, reading(service.engine))


def writes(service: ServiceDep, principal: PrincipalDep) -> Transaction:
    """Return what begins a writing transaction; it is committed where its block ends, before the answer is sent.

    The dependency does not begin it: a transaction that began in one thread of the pool and waited there for another
    thread to run the endpoint would hold SQLite's only write lock while every thread waits for that lock.
    """
    return lambda: _acting(service, principal, service.engine.begin())


Reads = Annotated[Transaction, Depends(reads)]
Writes = Annotated[Transaction, Depends(writes)]
