"""The domains, registered in one place. A fifth one is its files plus one line here.

A deployment adds its own without touching this file: `TRIAGE_DOMAIN_MODULES` names modules that each define `DOMAIN`.
"""

from collections.abc import Mapping
from importlib import import_module

from triage.domain import Domain
from triage.domains.invoice_discrepancy import DOMAIN as INVOICE_DISCREPANCY
from triage.domains.maintenance_priority import DOMAIN as MAINTENANCE_PRIORITY
from triage.domains.replenishment_risk import DOMAIN as REPLENISHMENT_RISK
from triage.domains.return_fraud import DOMAIN as RETURN_FRAUD
from triage.errors import InvalidError

BUILT_IN: tuple[Domain, ...] = (INVOICE_DISCREPANCY, RETURN_FRAUD, MAINTENANCE_PRIORITY, REPLENISHMENT_RISK)


def domains(modules: str = "") -> Mapping[str, Domain]:
    """Return every registered domain by name: the built-in ones and those of comma-separated `modules`.

    Raises InvalidError when a module has no DOMAIN or a name is taken.
    """
    found = {domain.name: domain for domain in BUILT_IN}
    for name in filter(None, (part.strip() for part in modules.split(","))):
        domain = getattr(import_module(name), "DOMAIN", None)
        if not isinstance(domain, Domain):
            raise InvalidError(f"TRIAGE_DOMAIN_MODULES: {name} defines no DOMAIN of type triage.domain.Domain")
        if domain.name in found:
            raise InvalidError(f"TRIAGE_DOMAIN_MODULES: {name}: the domain {domain.name} is registered already")
        found[domain.name] = domain
    return found
