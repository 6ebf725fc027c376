"""Which rules a missing field can switch off: told, so that whoever owns a rule knows what it takes for granted."""

from collections.abc import Iterator
from typing import Any, Final

from policies.checking.findings import Finding, finding
from policies.judging.compiling import conditions, vocabulary_of
from policies.judging.expressions import BeyondError, parse
from policies.judging.policy import Policy
from policies.judging.rules import Rule, Vocabulary
from policies.judging.three_valued import may_hold

RAISING: Final = ("controls", "four_eyes", "override_rules", "fallback_rules")


def switched_off_by_missing(policy: Policy) -> Iterator[Finding]:
    """Rules that can never hold while one thing they read is missing."""
    vocabulary = vocabulary_of(policy.document, policy.recipe)
    for part in RAISING:
        for at, (item, rule) in enumerate(zip(conditions(policy.document)[part], policy.rules(part), strict=True)):
            needed = needed_by(item, rule, vocabulary)
            if needed:
                yield finding(
                    policy, "note", "switched-off-by-missing", (part, at, "when"),
                    f"{item.id} never holds without {', '.join(needed)}",
                    "see to it that it is sent, or say with `missing` what its being missing stands for",
                )  # fmt: skip


def needed_by(item: Any, rule: Rule, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Name what a rule cannot hold without; the score is not counted, for its rules are about what a model says."""
    if item.when is None or item.if_missing == "match":
        return ()
    nullable = [
        name for name in rule.reads if name in vocabulary and vocabulary[name].nullable and name not in item.missing
    ]
    try:
        tree = parse(item.when)
    except (BeyondError, RecursionError):
        return tuple(nullable)
    return tuple(name for name in nullable if not may_hold(tree, truth=True, missing=name))
