"""What is legal in a policy and still a slip: rules nothing reaches, gaps, overlaps, a promise without its means.

What cannot be loaded is found by loading; `lint_text` reports both. A finding is an error where something surely never
happens or a promise cannot be kept, a warning where it is probably not what was meant, and a note where it is as it
should be and worth knowing.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from features.recipe import Recipe
from policies.checking.findings import SEVERITIES, Finding, finding, unloaded
from policies.checking.lint_clocks import clocks
from policies.checking.lint_missing import switched_off_by_missing
from policies.checking.lint_promises import idle_thresholds, idle_under, promises
from policies.checking.lint_routes import gaps, queues, unreachable_routes
from policies.checking.lint_rules import constant_conditions, same_conditions, unreachable_rules, unused_names
from policies.checking.lint_steps import steps, systems
from policies.document.document import AppliesTo
from policies.document.errors import PolicyError
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy, load_policy
from policies.judging.variants import is_variant, load_variant, overlapping

_CHECKS: Final[tuple[Callable[[Policy], Iterator[Finding]], ...]] = (
    unreachable_rules, unreachable_routes, gaps, same_conditions, constant_conditions, queues, unused_names, promises,
    idle_thresholds, switched_off_by_missing, clocks, steps, systems,
)  # fmt: skip


def lint_text(
    text: str, *, name: str, recipe: Recipe, causes: Sequence[str], parent: Policy | None = None
) -> list[Finding]:
    """Load a document, or a variant of `parent`, and check it; give every finding, errors first, each in document
    order."""
    try:
        if not is_variant(text):
            return lint(load_policy(text, name=name, recipe=recipe, causes=causes))
        if parent is None:
            return [unloaded(f"{name}:1: extends: is a variant; say which policy it extends")]
        return lint(load_variant(text, name=name, parent=parent))
    except PolicyError as error:
        return [unloaded(problem) for problem in error.problems]


def lint(policy: Policy, *, certificate: Certificate | None = None) -> list[Finding]:
    """Check a policy that loads; with its certificate also what can no longer matter beside it."""
    found = [one for check in _CHECKS for one in check(policy)]
    if certificate is not None:
        found += idle_under(policy, certificate)
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), _line(one)))


def lint_variants(policies: Sequence[Policy]) -> list[Finding]:
    """Find variants of one domain that could both be for one case."""
    variants: dict[str, tuple[Policy, AppliesTo]] = {
        policy.document.variant: (policy, policy.document.applies_to)
        for policy in policies
        if policy.document.variant is not None and policy.document.applies_to is not None
    }
    return [
        finding(
            variants[second][0],
            "error",
            "variant-overlap",
            ("applies_to",),
            f"variants {first} and {second} fit the same cases",
            "give both a list of regions, banners or legal entities that share no value",
        )
        for first, second in overlapping({name: applies_to for name, (_, applies_to) in variants.items()})
    ]


def _line(one: Finding) -> int:
    number = one.where.rpartition(":")[2]
    return int(number) if number.isdigit() else 0
