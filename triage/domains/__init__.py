"""The domains, registered in one place. A fifth one is its files plus one line here.

A deployment adds its own without touching this file: `TRIAGE_DOMAIN_MODULES` names modules that each define `DOMAIN`,
or YAML files that each describe one; those in the folder `domains` of the home folder are found by themselves.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from triage.domain import Domain
from triage.domains.invoice_discrepancy import DOMAIN as INVOICE_DISCREPANCY
from triage.domains.maintenance_priority import DOMAIN as MAINTENANCE_PRIORITY
from triage.domains.replenishment_risk import DOMAIN as REPLENISHMENT_RISK
from triage.domains.return_fraud import DOMAIN as RETURN_FRAUD
from triage.errors import InvalidError
from triage.own_domains import SUFFIXES, read_own_domain

BUILT_IN: tuple[Domain, ...] = (INVOICE_DISCREPANCY, RETURN_FRAUD, MAINTENANCE_PRIORITY, REPLENISHMENT_RISK)


def domains(modules: str = "") -> Mapping[str, Domain]:
    """Return every registered domain by name: the built-in ones and those of comma-separated `modules`.

    A module defines DOMAIN; what ends in .yaml is the file of a described domain. Raises InvalidError when one cannot
    be read or a name is taken.
    """
    found = {domain.name: domain for domain in BUILT_IN}
    for name in filter(None, (part.strip() for part in modules.split(","))):
        is_file = name.endswith(SUFFIXES)
        domain = read_own_domain(Path(name)) if is_file else getattr(import_module(name), "DOMAIN", None)
        if not isinstance(domain, Domain):
            raise InvalidError(f"TRIAGE_DOMAIN_MODULES: {name} defines no DOMAIN of type triage.domain.Domain")
        if domain.name in found:
            raise InvalidError(f"TRIAGE_DOMAIN_MODULES: {name}: the domain {domain.name} is registered already")
        found[domain.name] = domain
    return found
