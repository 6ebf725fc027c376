"""The domain named in an address, for somebody who may do there what the call does."""

from typing import Annotated

from fastapi import Depends

from serving.auth import PrincipalDep, ServiceDep
from triage.domain import Domain
from triage.errors import NotFoundError
from triage.service import Service


def read_domain(domain: str, service: ServiceDep, principal: PrincipalDep) -> Domain:
    """Return the domain for somebody who may read its cases and policies."""
    card = _card(service, domain)
    principal.require("read", domain)
    return card


def edited_domain(domain: str, service: ServiceDep, principal: PrincipalDep) -> Domain:
    """Return the domain for somebody who may edit its policies."""
    card = _card(service, domain)
    principal.require("edit_policy", domain)
    return card


def automated_domain(domain: str, service: ServiceDep, principal: PrincipalDep) -> Domain:
    """Return the domain for somebody who may stop and certify its automation."""
    card = _card(service, domain)
    principal.require("manage_automation", domain)
    return card


def _card(service: Service, domain: str) -> Domain:
    card = service.domains.get(domain)
    if card is None:
        raise NotFoundError(f"There is no domain {domain[:40]!r}; there are {', '.join(service.domains)}.")
    return card


ReadDomain = Annotated[Domain, Depends(read_domain)]
EditedDomain = Annotated[Domain, Depends(edited_domain)]
AutomatedDomain = Annotated[Domain, Depends(automated_domain)]
