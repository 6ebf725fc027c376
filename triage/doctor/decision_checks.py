"""What decides: policies in force, models that load, certificates that let anything be automatic."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from policies.document.errors import PolicyError
from triage.champions import ModelStore
from triage.doctor.health_check import HealthCheck, failed, ok, warning
from triage.domain import Domain
from triage.errors import TriageError
from triage.guarantee.watch import Promises
from triage.policy_life.live import LivePolicies

MIN_CERTIFICATE_DAYS: Final = 14.0


def decision_checks(
    engine: Engine, registered: Mapping[str, Domain], models: ModelStore, *, clock: Callable[[], datetime]
) -> Iterator[HealthCheck]:
    """Check every domain: its policy, its model, its certificate. Nothing is written."""
    try:
        live = LivePolicies(engine, registered, poll_seconds=60, clock=clock)
    except (PolicyError, TriageError) as error:
        cure = "start `triage serve` once, which records those that come with it; else publish one that loads"
        yield failed("policies", str(error), cure)
        return
    versions: dict[str, str | None] = {}
    for domain in registered.values():
        yield _policy_check(live, domain.name)
        check, versions[domain.name] = _model_check(models, domain)
        yield check
    promises = Promises(
        engine, registered, policies=live.at, model_version=versions.get, models=models, poll_seconds=60, clock=clock
    )
    promises.reread()
    for status in promises.describe():
        if status["error_budget"]:
            yield _certificate_check(status)


def _policy_check(live: LivePolicies, domain: str) -> HealthCheck:
    name = f"policy {domain}"
    found = live.describe().get(domain)
    if found is None or found["policy_version"] is None:
        return failed(name, "none is in force", f"start the service once, or `triage policy publish {domain} VERSION`")
    if found["refused"] is not None:
        cure = f"publish one that loads: `triage policy list {domain}`"
        return failed(name, f"{found['policy_version']} goes on; a newer one does not load: {found['refused']}", cure)
    variants = "".join(f", {variant} {version}" for variant, version in found["variants"].items())
    return ok(name, f"{found['policy_version']} is in force{variants}")


def _model_check(models: ModelStore, domain: Domain) -> tuple[HealthCheck, str | None]:
    """Load a domain's champion as the service would; return its version too, None where the fallback rules decide."""
    name = f"model {domain.name}"
    train = f"`triage train {domain.name}`, or `triage promote {domain.name} VERSION`"
    try:
        ref = models.champion(domain.name)
        if ref is None:
            return warning(name, "no champion: the fallback rules decide, nothing is automatic", train), None
        models.load(ref, domain)
    except ConnectionError as error:
        cure = "start it, or correct TRIAGE_MLFLOW_TRACKING_URI"
        return failed(name, f"MLflow cannot be reached: {error}", cure), None
    except ValueError as error:
        return failed(name, f"the champion does not load: {error}", train), None
    version = f"{ref.name}/{ref.version}"
    return ok(name, f"{version} loads and scores its golden rows as when it was made"), version


def _certificate_check(status: Mapping[str, object]) -> HealthCheck:
    domain, variant = status["domain"], status["variant"]
    name = f"certificate {domain}" + (f", {variant}" if variant else "")
    if status["stopped"]:
        cure = f"look into why; then `triage certify {domain}`"
        return failed(name, f"automation is stopped: {status['because']}", cure)
    if not status["certified"]:
        cure = f"`triage certificate show {domain}` says how many labels are missing"
        return warning(name, f"nothing is automatic: {status['because']}", cure)
    days = float(str(status["days_left"]))
    if days < MIN_CERTIFICATE_DAYS:
        return warning(name, f"lapses in {days:.0f} days", "see whether audits are done and labels arrive")
    return ok(name, f"holds for {days:.0f} more days")
