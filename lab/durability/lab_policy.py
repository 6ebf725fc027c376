"""The policy under test: the built-in one with clocks that run out within seconds, and steps that call a system."""

from pathlib import Path
from typing import Any, Final

import yaml

from triage.domains import domains

DOMAIN: Final = "return_fraud"
SYSTEM: Final = "erp"
STAGES: Final = (50, 100, 150)
SLA_SECONDS: Final = 8.0
ON_DECISION: Final = ("stock.check", "stock.reserve")
ON_ACCEPTED: Final = "refund.post"
"""What the system is asked to do: the first two for every case that waits for a person, in this order; the last where
its ruling says that acting straight through is right."""


def write_lab_policy(folder: Path) -> None:
    """Write the policy where the service looks for the documents of a deployment."""
    document = yaml.safe_load(domains()[DOMAIN].policy_file.read_text(encoding="utf-8"))
    stages = [{"at_percent": at, "notify": ["owner"]} for at in STAGES[:-1]]
    last = {"at_percent": STAGES[-1], "raise_priority": True, "notify": ["owner"]}
    automatic = next(route for route in document["routes"] if route["id"] == "R-AUTO")
    document |= {
        "version": "1000.0.0",
        "routes": [automatic, _route()],
        "ladders": {**document["ladders"], "lab": {"stages": stages, "nobody_acts": last}},
        "systems": {**document["systems"], SYSTEM: {"title": "The lab's receiver"}},
    }
    folder.mkdir(exist_ok=True)
    (folder / f"{DOMAIN}.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _route() -> dict[str, Any]:
    first, second = ON_DECISION
    return {
        "id": "R-LAB", "queue": "RET_MGR_APPROVAL", "sla_hours": SLA_SECONDS / 3600, "calendar": "around_the_clock",
        "ladder": "lab", "action": "Look at it.",
        "steps": [
            _call("check", first) | {"returns": {"on_hand": "number"}},
            _call("reserve", second) | {"after": ["check"], "body": {"on_hand": {"fact": "check_on_hand"}}},
            {
                "id": "hear", "kind": "wait", "until": "callback", "after": ["reserve"], "timeout_hours": 0.001,
                "on_failure": "go_on",
            },
            _call("post", ON_ACCEPTED) | {"occasions": ["accepted"]},
        ],
    }  # fmt: skip


def _call(name: str, operation: str) -> dict[str, Any]:
    body = {"exception": {"fact": "exception_id"}}
    return {"id": name, "kind": "call", "system": SYSTEM, "operation": operation, "body": body}
