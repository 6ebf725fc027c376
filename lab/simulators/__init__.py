"""Simulated retailers, registered by the name of their domain. Everything they write is synthetic and says so."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Final

from triage.domain import Domain
from triage.domains import domains

_MODULES: Final = {
    name: f"lab.simulators.{name}.simulator"
    for name in ("invoice_discrepancy", "return_fraud", "maintenance_priority", "replenishment_risk")
}


def has_simulator(domain: str) -> bool:
    """Return whether a domain has a simulated retailer."""
    return domain in _MODULES


def simulator_of(domain: str) -> ModuleType:
    """Load the module with a domain's `simulate(knobs)`, and `TRAPS` where it can plant leaks; raise ValueError if
    there is none."""
    if domain not in _MODULES:
        raise ValueError(f"{domain} has no simulator")
    return import_module(_MODULES[domain])


def simulated_domains(modules: str = "") -> Mapping[str, Domain]:
    """Return the registered domains that have a simulator, by name; modules: as `triage.domains.domains` reads them."""
    return {name: domain for name, domain in domains(modules).items() if has_simulator(name)}
