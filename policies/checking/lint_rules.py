"""Checks of the rules of a policy: those nothing reaches, those that say the same, those that never change their
answer."""

import re
from collections.abc import Iterator
from typing import Any, Final

from models.score import SCORE_FACTS
from policies.checking.findings import Finding, finding
from policies.checking.sampling import answers
from policies.judging.compiling import conditions, place, plain, rule_id, vocabulary_of
from policies.judging.policy import Policy
from policies.judging.rules import Name

_NULL: Final = re.compile(r"\bnull\b")
FIRST_MATCH: Final = ("segments", "fallback_rules", "priorities")


def unreachable_rules(policy: Policy) -> Iterator[Finding]:
    """A list of which the first match counts ends at its first rule without a condition, and skips repeated
    conditions."""
    for part in FIRST_MATCH:
        rules = conditions(policy.document)[part]
        for at, rule in enumerate(rules):
            before = next((earlier for earlier in range(at) if _covers(rules[earlier], rule)), None)
            if before is not None:
                name, first = rule_id(part, at, rule), rule_id(part, before, rules[before])
                yield finding(
                    policy, "error", "unreachable-rule", place(part, at), f"{name} is never reached: {first} fits "
                    "before it",
                    "remove it, or put it before, or give the earlier rule a narrower condition",
                )  # fmt: skip


def same_conditions(policy: Policy) -> Iterator[Finding]:
    """Two rules of one list that always hold together."""
    for part in ("controls", "override_rules", "four_eyes"):
        rules = conditions(policy.document)[part]
        for at, rule in enumerate(rules):
            twin = next((earlier for earlier in rules[:at] if same_condition(earlier, rule)), None)
            if twin is not None:
                yield finding(
                    policy, "warning", "same-condition", (part, at, "when"), f"{rule.id} has the condition of "
                    f"{twin.id}",
                    "keep the stricter of the two",
                )  # fmt: skip


def constant_conditions(policy: Policy) -> Iterator[Finding]:
    """Conditions that gave one answer on every sampled value: a guess, unless they read nothing but limits."""
    document = policy.document
    vocabulary = vocabulary_of(document, policy.recipe)
    vocabulary |= {name: Name(sample, nullable=True) for name, sample in SCORE_FACTS.items()}
    limits = {name: plain(value) for name, value in document.limits.items()}
    for part, items in conditions(document).items():
        for at, (item, rule) in enumerate(zip(items, policy.rules(part), strict=True)):
            if item.when is None:
                continue
            found, tried = answers(
                rule, vocabulary, limits, missing=item.if_missing == "evaluate" or _NULL.search(item.when) is not None
            )
            if len(found) == 1:
                constant = set(rule.reads) <= set(limits)
                answer = "always" if found == {True} else "never"
                yield finding(
                    policy, "error" if constant else "warning", "constant-condition", (*place(part, at), "when"),
                    f"{rule_id(part, at, item)} {answer} holds" + ("" if constant else f" on {tried} sampled values (a "
                    "guess)"),
                    "check the comparison and its limits; remove a rule that decides nothing",
                )  # fmt: skip


def unused_names(policy: Policy) -> Iterator[Finding]:
    """Limits and attributes that no condition, no amount and no step reads, and that no look-up fills."""
    read = {name for part in conditions(policy.document) for rule in policy.rules(part) for name in rule.reads}
    read |= {name for amount in policy.amounts for name in amount.reads}
    read |= {name for steps in policy.steps.values() for step in steps for name in (*step.reads, *step.names)}
    read |= {target for lookup in policy.document.lookups for target in lookup.gives}
    for part, prefix in (("limits", ""), ("attributes", "attributes.")):
        for name in getattr(policy.document, part):
            if prefix + name not in read:
                yield finding(
                    policy, "warning", "name-not-used", (part, name), f"no condition reads {prefix}{name}",
                    "use it or remove it",
                )  # fmt: skip


def _covers(earlier: Any, later: Any) -> bool:
    return earlier.when is None or same_condition(earlier, later)


def same_condition(one: Any, other: Any) -> bool:
    """Return whether two rules have the same condition but for its white space; two without one have none."""
    if one.when is None or other.when is None:
        return False
    conditions = ((rule.when.split(), rule.if_missing, rule.missing) for rule in (one, other))
    return next(conditions) == next(conditions)
