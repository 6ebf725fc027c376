"""The look-ups of a policy checked against what a case has."""

from collections.abc import Collection, Iterator

from features.columns import field_kinds
from features.recipe import Recipe
from policies.document.document import PolicyDocument
from policies.document.lookups import Lookup
from policies.document.source import Source


def check_lookups(document: PolicyDocument, source: Source, recipe: Recipe) -> list[str]:
    """Find look-ups that ask by, or fill, what a case has not, defaults of what they do not give, and nobody to ask."""
    fields = {kind.name for kind in field_kinds(recipe.payload)}
    optional = {kind.name for kind in field_kinds(recipe.payload) if kind.nullable}
    fillable = optional | {f"attributes.{name}" for name in document.attributes}
    problems = []
    for at, lookup in enumerate(document.lookups):
        if lookup.id in {one.id for one in document.lookups[:at]}:
            problems.append(source.problem(("lookups", at, "id"), f"look-up {lookup.id!r} is there twice"))
        found = [*_unknown(lookup, fields, fillable), *_unasked(lookup, document.queues)]
        problems += [source.problem(("lookups", at, *place), message) for place, message in found]
    return problems


def _unknown(
    lookup: Lookup, fields: Collection[str], fillable: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name in lookup.key:
        if name not in fields:
            yield ("key",), f"unknown payload field {name!r}"
    for name in lookup.gives:
        if name not in fillable:
            message = f"{name!r} is no optional payload field and no attribute that is declared under `attributes`"
            yield ("gives", name), message
    for name in lookup.default:
        if name not in lookup.gives:
            yield ("default", name), f"the look-up does not give {name}"


def _unasked(lookup: Lookup, queues: Collection[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    if lookup.matters and lookup.ask is None:
        yield ("matters",), "needs `ask`: the queue whose people find it out, and their hours"
    if lookup.ask is not None and lookup.ask.queue not in queues:
        yield ("ask", "queue"), f"unknown queue {lookup.ask.queue!r}; known are {', '.join(queues)}"
