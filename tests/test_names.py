"""One word, one thing: no two public classes and no two files share a name unless they mean the same thing."""

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("features", "models", "policies", "triage", "serving", "training", "cli", "lab")
DOMAINS = "one for each domain"
DOOR = "a door (commands, calls, a benchmark) has the name of what it opens"
FILES: Mapping[str, str] = {
    "__init__.py": "Python's own",
    "access.py": DOOR,
    "alarm.py": DOOR,
    "capacity.py": DOOR,
    "certificates.py": DOOR,
    "database.py": DOOR,
    "decision.py": DOOR,
    "deliveries.py": DOOR,
    "leaks.py": DOOR,
    "policies.py": DOOR,
    "policy.py": DOOR,
    "what_if.py": DOOR,
    "errors.py": "the errors of a room",
    "problems.py": "what is wrong with something sent, in words",
    "features.py": DOMAINS,
    "payload.py": DOMAINS,
    "invoice_discrepancy.py": DOMAINS,
    "maintenance_priority.py": DOMAINS,
    "replenishment_risk.py": DOMAINS,
    "return_fraud.py": DOMAINS,
    "doubles.py": "what comes twice: in general, in each domain, at intake",
    "evidence.py": DOMAINS,
    "observed.py": DOMAINS,
    "parameters.py": DOMAINS,
    "simulator.py": DOMAINS,
    "wording.py": DOMAINS,
    "world.py": DOMAINS,
}
"""File names that several rooms share, and what they all mean."""
CLASSES: Mapping[str, str] = {
    "Category": "a simulated category; one for each simulator that draws one",
    "Choice": "a simulated choice; one for each simulator that draws one",
    "Context": "what is known of a simulated case beforehand; one for each simulator",
    "Count": "a simulated count; one for each simulator that draws one",
    "Flag": "a simulated flag; one for each simulator that draws one",
    "Observable": "what an observer of a simulation sees; one for each simulator",
    "Share": "a simulated share; one for each simulator that draws one",
    "World": "the latent world of a simulation; one for each simulator",
}
"""Public class names that several files share, and what they all mean."""


WIRE = ROOT / "serving" / "api" / "schemas"
"""What the API sends and takes has the name of what it is the wire form of."""


def paths() -> list[Path]:
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts]
    return [path for path in found if WIRE not in path.parents]


def shared(homes: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: sorted(found) for name, found in homes.items() if len(found) > 1}


def test_no_two_files_of_different_meaning_share_a_name() -> None:
    homes = defaultdict(list)
    for path in paths():
        homes[path.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in shared(homes).items() if name not in FILES} == {}
    assert set(FILES) - set(shared(homes)) == set(), "shared by nobody any more: take it off the list"


def test_no_two_classes_of_different_meaning_share_a_name() -> None:
    homes = defaultdict(list)
    for path in paths():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in shared(homes).items() if name not in CLASSES} == {}
    assert set(CLASSES) - set(shared(homes)) == set(), "shared by nobody any more: take it off the list"
