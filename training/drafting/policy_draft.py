"""The policy skeleton of a drafted domain, and the examples it must hold."""

from collections.abc import Mapping
from typing import Any


def draft_policy(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy for a drafted domain: people look until a model is certified. content: the domain's part."""
    queue = f"{name.upper()}_QUEUE"[:40]
    checks = f"{name.upper()}_QA"[:40]
    has_text = any(field["kind"] == "text" for field in content["payload"].values())
    danger = {
        "id": "C-DANGER", "title": "The text names a danger, a threat or goods that can harm.",
        "when": "danger_named > 0.0", "if_missing": "skip", "raise_to": "escalate", "queue": queue,
    }  # fmt: skip
    return {
        "domain": name,
        "version": "1.0.0",
        "title": content["title"],
        "currency": "USD",
        "auto_action": "Leave it as it is.",
        "controls": [danger] if has_text else [],
        "thresholds": {"confirm_at_risk": 0.3, "review_at_risk": 0.5},
        "error_budget": {"alpha": 0.1, "delta": 0.1},
        "audit": {"share": 0.05, "queue": checks},
        "costs": {"false_refuse": "5.0", "review_per_minute": 1.0},
        "fallback_rules": [
            {"id": "F1", "title": "A person looks while no model speaks.", "disposition": "review"}
        ],
        "priorities": [
            {"level": "P2", "when": "expected_loss >= 500.0"}, {"level": "P3"},
        ],
        "queues": {
            queue: {"title": content["title"], "owner_role": "analyst", "minutes_per_case": 10},
            checks: {"title": f"{content['title']}: spot checks", "owner_role": "analyst", "minutes_per_case": 10},
        },
        "routes": [
            {"id": "all", "queue": queue, "sla_hours": {"P1": 2, "P2": 8, "P3": 24, "P4": 72},
             "action": "Look at the case and say what it is."}
        ],
        "reason_codes": {
            "looked_at": "Looked at, and it is as said", "corrected": "It was something else", "other": "Other"
        },
    }  # fmt: skip


def draft_examples(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return examples that the drafted policy holds. content: the domain's part of the file."""
    good, bad = content["never_wrong"][0], content["always_wrong"]
    key = next(field for field, look in content["payload"].items() if look.get("required"))
    return {
        "domain": name,
        "payload": {key: "A-1"},
        "score": {"cause": good, "probability": 0.9, "risk": 0.05},
        "examples": [
            {"name": "A safe case goes straight through", "expect": {"disposition": "auto"}},
            {"name": "A risky one is looked at", "score": {"cause": bad[0], "probability": 0.9, "risk": 0.8},
             "expect": {"disposition": "review"}},
            {"name": "Without a model a person looks", "score": None,
             "expect": {"disposition": "review", "fallback_rule": "F1"}},
        ],
    }  # fmt: skip
