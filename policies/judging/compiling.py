"""A policy document checked against its domain and turned into rules: names, types, queues, causes, and rules for the
rest."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from features.columns import field_kinds
from features.recipe import Recipe
from models.danger_likeness import TEXT_FACTS
from models.score import SCORE_FACTS
from policies.document.document import Disposition, PolicyDocument
from policies.document.source import Source
from policies.judging.expression_bounds import MAX_SEARCH_MICROSECONDS, search_microseconds
from policies.judging.lookup_rules import check_lookups
from policies.judging.rules import Name, Rule, compile_amount, compile_rule

COMPARED: Final = "_compared"
ALWAYS: Final = "true"
AMOUNTS: Final = ("false_accept", "false_refuse")
_SCORED_PARTS: Final = ("segments", "override_rules", "priorities", "routes")


def conditions(document: PolicyDocument) -> dict[str, Sequence[Any]]:
    """Return the parts of a document that carry conditions, in the order their answers come back."""
    budget = document.error_budget
    return {
        "controls": document.controls,
        "segments": budget.segments if budget is not None else [],
        "four_eyes": document.four_eyes,
        "override_rules": document.override_rules,
        "fallback_rules": document.fallback_rules,
        "priorities": document.priorities,
        "routes": document.routes,
    }


def place(part: str, position: int) -> tuple[str | int, ...]:
    """Return the key path of a condition in the document."""
    return ("error_budget", part, position) if part == "segments" else (part, position)


def rule_id(part: str, position: int, rule: Any) -> str:
    """Name a rule by its id, or where it has none by its place in its part, from 1."""
    return getattr(rule, "id", None) or f"{part}.{position + 1}"


def plain(value: Any) -> Any:
    """Return numbers as the doubles that conditions compute with; a flag stays a flag."""
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def vocabulary_of(document: PolicyDocument, recipe: Recipe) -> dict[str, Name]:
    """Name everything a condition may read: features, payload fields, what its texts are like, limits and declared
    attributes; not the score.

    An identifier is there as it is written, and with COMPARED behind its name in its normal form: what two fields are
    compared by.
    """
    samples: dict[str, Any] = {"number": 1.0, "money": 1.0, "flag": True, "string": "text", "flags": ["text"]}
    samples |= {"instant": datetime(2026, 1, 1, tzinfo=UTC), "day": datetime(2026, 1, 1, tzinfo=UTC)}
    vocabulary = {feature.name: Name(1.0, nullable=True) for feature in recipe.features}
    vocabulary |= {name: Name(sample, nullable=True) for name, sample in TEXT_FACTS.items()}
    for kind in field_kinds(recipe.payload):
        sample = kind.vocabulary[0] if kind.kind == "enum" else samples[kind.kind]
        vocabulary[kind.name] = Name(sample, nullable=kind.nullable)
        if kind.form is not None:
            vocabulary[f"{kind.name}{COMPARED}"] = Name("text", nullable=True)
    for name, value in document.limits.items():
        vocabulary[name] = Name(plain(value), nullable=False)
    for name, attribute in document.attributes.items():
        vocabulary[f"attributes.{name}"] = Name(samples["string" if attribute == "text" else attribute], nullable=True)
    return vocabulary


def check_searches(document: PolicyDocument, source: Source) -> list[str]:
    """Find the place from which on a document's patterns take longer than a case may wait, before any is compiled."""
    taken = 0
    for path, expression in _expressions(document):
        taken += search_microseconds(expression)
        if taken > MAX_SEARCH_MICROSECONDS:
            message = (
                f"with this one the patterns of the document take about {taken / 1000:.0f} ms for every case, at most "
                f"{MAX_SEARCH_MICROSECONDS / 1000:.0f} ms are allowed: join patterns with |, write [a-z] for \\w, "
                "repeat less, or use contains(…)"
            )
            return [source.problem(path, message)]
    return []


def _expressions(document: PolicyDocument) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """List every expression of a document with its key path."""
    for part, items in conditions(document).items():
        for position, condition in enumerate(items):
            if condition.when is not None:
                yield (*place(part, position), "when"), condition.when
    for name in AMOUNTS if document.costs is not None else ():
        yield ("costs", name), getattr(document.costs, name)
    for at, route in enumerate(document.routes):
        for number, step in enumerate(route.steps):
            for text in _texts(step.model_dump(mode="json")):
                yield ("routes", at, "steps", number), text


def _texts(value: Any) -> Iterator[str]:
    """List every text within a value: wherever in a step an expression stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def compile_conditions(
    document: PolicyDocument, source: Source, vocabulary: dict[str, Name], problems: list[str]
) -> list[Rule]:
    """Compile every condition of a document in order, adding what is wrong to `problems`."""
    scored = vocabulary | {name: Name(sample, nullable=True) for name, sample in SCORE_FACTS.items()}
    always = compile_rule(ALWAYS, if_missing=None, vocabulary={})
    rules = []
    for part, items in conditions(document).items():
        names = scored if part in _SCORED_PARTS else vocabulary
        for position, condition in enumerate(items):
            try:
                rules.append(_compile(condition, names) if condition.when is not None else always)
            except ValueError as error:
                problems.append(source.problem((*place(part, position), "when"), str(error)))
    return rules


def compile_amounts(
    document: PolicyDocument, source: Source, vocabulary: dict[str, Name], problems: list[str]
) -> list[Rule]:
    """Compile the amounts of `costs`, in the order of AMOUNTS, adding what is wrong to `problems`."""
    if document.costs is None:
        return []
    scored = vocabulary | {name: Name(sample, nullable=True) for name, sample in SCORE_FACTS.items()}
    amounts = []
    for name in AMOUNTS:
        try:
            amounts.append(compile_amount(getattr(document.costs, name), vocabulary=scored, score=SCORE_FACTS))
        except ValueError as error:
            problems.append(source.problem(("costs", name), str(error)))
    return amounts


def _compile(condition: Any, vocabulary: dict[str, Name]) -> Rule:
    """Compile one condition; where only the score can be missing, a missing score means it does not hold."""
    when, missing, if_missing = condition.when, condition.missing, condition.if_missing
    if if_missing is None:
        without_score = {
            name: Name(entry.sample, nullable=entry.nullable and name not in SCORE_FACTS)
            for name, entry in vocabulary.items()
        }
        compile_rule(when, if_missing=None, vocabulary=without_score, missing=missing)
        if_missing = "skip"
    return compile_rule(when, if_missing=if_missing, vocabulary=vocabulary, missing=missing)


def check_references(document: PolicyDocument, source: Source, recipe: Recipe, causes: Sequence[str]) -> list[str]:
    """Find queues that are not declared, causes no model knows, ids used twice, and lists without a rule for the
    rest."""
    problems = []
    for part, items in conditions(document).items():
        for position, item in enumerate(items):
            problems += _unknown_names(item, place(part, position), source, document, causes)
        ids = [item.id for item in items if hasattr(item, "id")]
        for position in (at for at, found in enumerate(ids) if found in ids[:at]):
            problems.append(source.problem((*place(part, position), "id"), f"rule id {ids[position]!r} is used twice"))
    if document.audit is not None:
        problems += _unknown_names(document.audit, ("audit",), source, document, causes)
    for part in ("segments", "fallback_rules", "priorities", "routes"):
        problems += _no_rule_for_the_rest(part, document, source)
    problems += _hidden_limits(document, source, recipe) + _idle_floors(document, source)
    problems += check_lookups(document, source, recipe)
    cut = document.thresholds
    if not cut.confirm_at_risk <= cut.review_at_risk <= cut.escalate_at_risk:
        message = "confirm_at_risk <= review_at_risk <= escalate_at_risk must hold"
        problems.append(source.problem(("thresholds",), message))
    return problems


def _no_rule_for_the_rest(part: str, document: PolicyDocument, source: Source) -> list[str]:
    rules = conditions(document)[part]
    if not rules:
        return []
    last = rules[-1]
    if last.when is None and not getattr(last, "causes", None) and not getattr(last, "dispositions", None):
        return []
    path = place(part, len(rules) - 1)
    if part == "routes":
        message = "the last route is the default and must fit every case: give it no condition, causes or dispositions"
        return [source.problem(path, message)]
    return [source.problem(path, "the last rule must fit every case: give it no condition")]


def _idle_floors(document: PolicyDocument, source: Source) -> list[str]:
    """Refuse floors that would raise nothing, or everything."""
    problems = []
    for at, rule in enumerate(document.fallback_rules):
        if rule.floor is not None and (rule.when is None or rule.disposition is Disposition.AUTO):
            message = "a floor needs a condition and a disposition above auto"
            problems.append(source.problem(("fallback_rules", at, "floor"), message))
    return problems


def _unknown_names(
    item: Any, path: tuple[str | int, ...], source: Source, document: PolicyDocument, causes: Sequence[str]
) -> list[str]:
    problems = []
    queue = getattr(item, "queue", None)
    if queue is not None and queue not in document.queues:
        known = ", ".join(document.queues)
        problems.append(source.problem((*path, "queue"), f"unknown queue {queue!r}; known are {known}"))
    for key in ("cause", "causes"):
        named = getattr(item, key, None) or []
        for cause in [named] if isinstance(named, str) else named:
            if cause not in causes:
                message = f"unknown cause {cause!r}; known are {', '.join(causes)}"
                problems.append(source.problem((*path, key), message))
    return problems


def _hidden_limits(document: PolicyDocument, source: Source, recipe: Recipe) -> list[str]:
    """Refuse limits that a payload field, a feature or a score fact of the same name would hide."""
    taken = {*recipe.payload.model_fields, *recipe.names, *SCORE_FACTS, *TEXT_FACTS, "attributes"}
    return [
        source.problem(("limits", name), "is already the name of a field, feature or score; give the limit another")
        for name in document.limits
        if name in taken
    ]
