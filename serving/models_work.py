"""Models of a domain, for calls and pages: read, compared, promoted and rolled back."""

from typing import Any

import structlog

from serving.auth import Caller
from serving.transactions import Reads, Writes
from triage.db.database import reading
from triage.domain import Domain
from triage.errors import ConflictError, NotFoundError, TriageError, UnavailableError
from triage.guarantee.certificates import certify_from_labels
from triage.identity.access import Principal
from triage.model_life.changes import ModelVerb, ask_for_change, decide_change, list_changes
from triage.model_life.comparison import compare_models
from triage.model_life.reading import describe_versions, next_step
from triage.model_life.score_drift import score_drift
from triage.proof.chain_key import chain_key
from triage.proof.signatures import record_and_sign
from triage.service import Service

log = structlog.get_logger(__name__)


def read_models(service: Service, card: Domain) -> dict[str, Any]:
    """Return everything about a domain's models but what promotion would change."""
    store, serving = service.champions.store, service.champions.describe()[card.name]
    found = describe_versions(store, card.name)
    version = serving["model_version"]
    status = service.promises.describe_status(card.name, variant=None)
    try:
        holdout = store.holdout(version) if version is not None else None
    except ConnectionError:
        holdout = None
    with reading(service.engine) as connection:
        drift = score_drift(connection, card.name, model_version=version, holdout=holdout) if version else None
        changes = list_changes(connection, card.name)
    return {
        "domain": card.name, "serving": version, "reason": serving["reason"], **found, "changes": changes,
        "drift": drift, "next_step": next_step(status), "four_eyes": service.settings.model_four_eyes,
    }  # fmt: skip


def compare_challenger(reads: Reads, service: Service, card: Domain, *, cases: int) -> dict[str, Any]:
    """Return what promoting the challenger would change; raise NotFoundError where there is none."""
    store = service.champions.store
    try:
        ref = store.challenger(card.name)
        if ref is None:
            raise NotFoundError(f"{card.name} has no challenger: `triage retrain {card.name}` makes one")
        version = f"{ref.name}/{ref.version}"
        with service.what_ifs.turn():
            challenger, holdout = store.load(ref, card), store.holdout(version)
            with reads() as act:
                policy = act.policies[card.name]
                would_get = None
                if policy.document.error_budget is not None:
                    would_get = certify_from_labels(
                        act.connection, domain=card, policy=policy, policies=act.policies, model_version=version,
                        holdout=holdout, now=act.now,
                    )  # fmt: skip
                certificates = (service.promises.current(policy), would_get)
                return compare_models(
                    act.connection, card, policy, challenger, certificates=certificates,
                    in_force=act.policies, now=act.now, limit=cases,
                    restricted=act.actor.may("see_restricted", card.name),
                )  # fmt: skip
    except ConnectionError as error:
        raise UnavailableError(f"the model registry cannot be reached: {error}") from None
    except ValueError as error:
        raise ConflictError(f"the challenger must not serve: {error}") from None


def change_model(
    writes: Writes, service: Service, card: Domain, *, verb: ModelVerb, version: int | None, reason: str
) -> dict[str, Any]:
    """Ask that a version serve, or the one before; where one person may, it is done at once. Return the change."""
    with writes() as act:
        change_id = ask_for_change(
            act.connection, service.champions.store, card, verb=verb, version=version, reason=reason, actor=act.actor,
            now=act.now,
        )  # fmt: skip
        actor = act.actor
    if not service.settings.model_four_eyes:
        return decide_on_model(service, card, change_id, agreed=True, comment=None, actor=actor)
    return _change(service, card, change_id)


def decide_on_model(
    service: Service, card: Domain, change_id: str, *, agreed: bool, comment: str | None, actor: Principal
) -> dict[str, Any]:
    """Agree to a change, which is then made, or refuse it; return it."""
    state = decide_change(
        service.engine.begin, service.champions.store, card, change_id, agreed=agreed, comment=comment, actor=actor,
        now=service.clock(), alone=not service.settings.model_four_eyes,
    )  # fmt: skip
    if state == "done":
        _record(service, f"{card.name}/{_change(service, card, change_id)['version']}", actor)
    # So that the page that follows shows what serves, in this process; the others read the alias within seconds.
    service.champions.refresh()
    return _change(service, card, change_id)


def _record(service: Service, model_version: str, actor: Principal) -> None:
    """Record and sign the bytes of a version that serves now, where it is one of the registry."""
    from triage.model_store import RegisteredModels  # brings MLflow, which not every service needs

    store = service.champions.store
    if not isinstance(store, RegisteredModels):
        return
    try:
        folder = store.fetched_bundle(model_version)
        key, now = chain_key(service.settings), service.clock()
        record_and_sign(service.engine, key, model_version, folder, actor=actor.name, now=now)
    except (ConnectionError, OSError, TriageError) as error:
        # The version serves already; `triage audit verify` names what was changed, and the log what was not recorded.
        log.error("bundle_not_recorded", model_version=model_version, reason=str(error))


def mlflow_address(service: Service, caller: Caller) -> str | None:
    """Return where MLflow's own pages are, None for somebody who has no use for them."""
    if not caller.principal.may("manage_automation"):
        return None
    tracking = service.settings.mlflow_tracking_uri
    return tracking if tracking.startswith("http") else f"http://127.0.0.1:{service.settings.mlflow_port}"


def _change(service: Service, card: Domain, change_id: str) -> dict[str, Any]:
    with reading(service.engine) as connection:
        found = (one for one in list_changes(connection, card.name) if one["change_id"] == change_id)
        return next(found)
