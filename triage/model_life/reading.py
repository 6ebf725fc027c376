"""What a model reviewer sees of a domain: versions, who serves, what is certified and what to do next."""

from collections.abc import Mapping
from typing import Any

from triage.champions import ModelStore

_ALIASES = ("champion", "challenger", "previous")


def describe_versions(store: ModelStore, domain: str) -> dict[str, Any]:
    """Return the registered versions, newest first, and the registry's error in words where it cannot be asked."""
    try:
        found = store.versions(domain)
    except ConnectionError as error:
        return {"versions": [], "error": str(error)}
    versions = [
        {
            "version": ref.version,
            "aliases": [alias for alias in _ALIASES if alias in ref.aliases],
            "created_at": ref.created_at,
            "origin": ref.tags.get("origin", ""),
        }
        for ref in found
    ]
    return {"versions": versions, "error": None}


def next_step(status: Mapping[str, Any]) -> str:
    """Return in a sentence what to do about a promise. status: of `triage.guarantee.status.describe_status`."""
    if not status["error_budget"]:
        return "The policy has no error budget, so nothing is promised: give it one to have errors certified."
    if status["model_version"] is None:
        return "No model serves: train one, then promote it here."
    if status["stopped"]:
        return "Automation is stopped: look at what the audits found, then certify anew."
    if status["certified"]:
        left = status["days_left"]
        return f"Nothing to do: it holds for {left:.0f} more days and is renewed from new rulings before that."
    needed = status["labels_needed"]["without_any_error"]
    have = max((segment["labels"] for segment in (status["certificate"] or {}).get("segments", [])), default=0)
    if have < needed:
        return (
            f"Rule on more cases: a segment has {have} labels at most, and {needed} without an error are the least "
            "that prove the budget."
        )
    return "The labels show more errors than the budget allows: retrain, or take the threshold where errors are fewer."
