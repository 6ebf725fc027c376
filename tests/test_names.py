"""One word, one thing: no two public classes and no two files share a name unless they mean the same thing."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

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
    "persons.py": DOOR,
    "policies.py": DOOR,
    "process.py": DOOR,
    "policy.py": DOOR,
    "what_if.py": DOOR,
    "errors.py": "the errors of a room",
    "problems.py": "what is wrong with something sent, in words",
    "features.py": DOMAINS,
    "past_outcomes.py": DOMAINS,
    "payload.py": DOMAINS,
    "trails.py": DOMAINS,
    "invoice_discrepancy.py": DOMAINS,
    "maintenance_priority.py": DOMAINS,
    "replenishment_risk.py": DOMAINS,
    "return_fraud.py": DOMAINS,
    "panels.py": "how evidence is shown: in general, in each domain",
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
    "Sheet": "what is seen of every simulated case, with what it says of the cause",
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


INSTEAD: Mapping[str, str] = {
    "bench": "engine",
    "beside": "what it is beside the other",
    "chance": "probability",
    "chances": "probabilities",
    "desk": "what it does",
    "push": "contribution",
    "pushes": "contributions",
    "standing": "status",
    "tell": "what is said, or a verb that says more",
    "told": "what is said",
}
"""Words that no name is made of, and what the field says."""
BOUNDS: Mapping[str, str] = {
    "ENOUGH": "MIN", "FEWEST": "MIN", "LEAST": "MIN", "LONGEST": "MAX", "LARGEST": "MAX", "MOST": "MAX", "SURE": "MIN"
}  # fmt: skip
"""Words that no constant is made of: a bound is a MIN_ or a MAX_, with its unit."""
ODD_VERBS = ("Give", "Gives", "Say", "Says", "Tell", "Tells", "Know", "Knows")
"""Verbs that no docstring begins with: it returns, computes, builds, loads, checks or raises."""
NOT_YET = ROOT / "features" / "danger"


def defined(tree: ast.AST) -> Iterator[str]:
    """The names that a module defines: functions, classes, arguments, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


@pytest.mark.parametrize("room", ROOMS)
def test_names_are_the_words_of_the_field(room: str) -> None:
    odd = []
    for path in (path for path in paths() if path.is_relative_to(ROOT / room)):
        if path.is_relative_to(NOT_YET):
            continue
        tree = ast.parse(path.read_text())
        for name in defined(tree):
            words = set(re.split(r"_+", name.strip("_")))
            odd += [f"{path.relative_to(ROOT)}: {name}: say {INSTEAD[word]}" for word in words & set(INSTEAD)]
            odd += [f"{path.relative_to(ROOT)}: {name}: say {BOUNDS[word]}" for word in words & set(BOUNDS)]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                first = (ast.get_docstring(node) or "").split(" ", 1)[0]
                if first in ODD_VERBS:
                    odd.append(f"{path.relative_to(ROOT)}: {node.name}: its docstring begins with {first!r}")
    assert odd == []
