"""The steps of a policy checked against what they name, and their conditions and amounts compiled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final

from models.score import SCORE_FACTS
from policies.document.document import PolicyDocument, Route
from policies.document.source import Source
from policies.document.steps import RULINGS, AmountField, ByHand, FactField, Occasion, Propose, Step, WaitFor
from policies.judging.rules import Name, Rule, compile_amount, compile_rule

OUTER: Final = (
    "case_id",
    "exception_id",
    "domain",
    "site_id",
    "currency",
    "disposition",
    "priority",
    "queue",
    "action",
)
"""What a template may name of a case beside its payload, features, limits, attributes and score."""
DECIDED: Final = ("disposition", "priority", "queue")
"""What a condition of a step may read of the decision."""
RULED: Final = ("ruling_action", "ruling_cause", "ruling_reason_code", "ruling_comment", "ruled_by")
"""What a step that follows a ruling may read of it."""
_SAMPLES: Final[Mapping[str, Any]] = {"number": 1.0, "flag": True, "text": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledStep:
    """A checked step.

    rule: its condition, None where it has none; amounts: of its body, by field. names: facts its templates show.
    late: results of earlier steps that it reads, by name, so that it can be decided and filled only after them.
    """

    step: Step
    rule: Rule | None
    amounts: Mapping[str, Rule]
    names: tuple[str, ...]
    late: frozenset[str] = field(default=frozenset())

    @property
    def reads(self) -> tuple[str, ...]:
        """Every name its condition and amounts read."""
        rules = (*([self.rule] if self.rule is not None else []), *self.amounts.values())
        return tuple(dict.fromkeys(name for rule in rules for name in rule.reads))


def compile_steps(
    document: PolicyDocument, source: Source, vocabulary: Mapping[str, Name], problems: list[str]
) -> dict[str, tuple[CompiledStep, ...]]:
    """Check and compile the steps of every route, by its id, adding what is wrong to `problems`."""
    compiled = {}
    for at, route in enumerate(document.routes):
        if route.steps:
            found = list(_misnamed(document, route, ("routes", at), source))
            problems += found
            if not found:
                compiled[route.id] = tuple(_compiled(document, route, at, source, vocabulary, problems))
    return compiled


def result_names(step: Step) -> dict[str, str]:
    """Name the results of a step as later ones read them, each with its kind: `stock_check_on_hand` and `number`."""
    return {f"{step.id}_{name}": kind for name, kind in getattr(step, "returns", {}).items()}


def earlier(route: Route, step: Step) -> list[Step]:
    """List every step that must have ended before one may begin, however many others lie between."""
    known = {one.id: one for one in route.steps}
    found: dict[str, Step] = {}
    left = list(step.after)
    while left:
        name = left.pop()
        if name in known and name not in found:
            found[name] = known[name]
            left += known[name].after
    return list(found.values())


def queues_of(step: Step) -> set[str]:
    """Name the queues whose people a step may come to."""
    return {queue for _, queue in _queues(step)}


def names_in(text: str) -> list[str]:
    """List the names in braces of a text; raise ValueError for braces that hold anything else."""
    names = []
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.replace("attributes.", "", 1).isidentifier():
            raise ValueError(f"{{{name}}} is not a name; write {{supplier_id}}, and {{{{ for a brace")
        names.append(name)
    return names


def texts_of(step: Step) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text of a step that may name facts, with its place."""
    for part in ("title", "text"):
        given = getattr(step, part, None)
        if isinstance(given, str):
            yield (part,), given
        for language, text in (given or {}).items() if isinstance(given, dict) else ():
            yield (part, language), text
    for name, value in getattr(step, "body", {}).items():
        if isinstance(value, str):
            yield ("body", name), value


def _misnamed(document: PolicyDocument, route: Route, path: tuple[Any, ...], source: Source) -> Iterator[str]:
    """Find systems, queues and steps that do not exist, ids used twice, circles, and what no occasion allows."""
    ids = [step.id for step in route.steps]
    for at, step in enumerate(route.steps):
        here = (*path, "steps", at)
        if step.id in ids[:at]:
            yield source.problem((*here, "id"), f"step {step.id!r} is there twice")
        system = getattr(step, "system", None)
        if system is not None and system not in document.systems:
            known = ", ".join(document.systems) or "none; name them under `systems`"
            yield source.problem((*here, "system"), f"unknown system {system!r}; known are {known}")
        for place, queue in _queues(step):
            if queue not in document.queues:
                message = f"unknown queue {queue!r}; known are {', '.join(document.queues)}"
                yield source.problem((*here, *place), message)
        for name in step.after:
            if name not in ids:
                message = f"unknown step {name!r}; steps of this route are {', '.join(ids)}"
                yield source.problem((*here, "after"), message)
        if step.id in {before.id for before in earlier(route, step)}:
            yield source.problem((*here, "after"), f"{step.id} waits for itself, by way of the steps it comes after")
        yield from _unfit(step, here, source)


def _queues(step: Step) -> Iterator[tuple[tuple[str, ...], str]]:
    queue = getattr(step, "queue", None)
    if queue is not None:
        yield ("queue",), queue
    if isinstance(step.on_failure, ByHand):
        yield ("on_failure", "queue"), step.on_failure.queue


def _unfit(step: Step, here: tuple[Any, ...], source: Source) -> Iterator[str]:
    wants_person = step.kind in ("task", "propose") or (isinstance(step, WaitFor) and step.until == "person")
    if wants_person and Occasion.AUTOMATIC in step.occasions:
        message = "an automatic case waits for nobody: call, message or wait for a callback, or let a person decide it"
        yield source.problem((*here, "occasions"), message)
    if isinstance(step, WaitFor) and step.until == "person" and (step.queue is None or step.title is None):
        yield source.problem((*here, "until"), "waiting for a person needs `queue` and `title`")
    if isinstance(step, Propose) and step.on_failure == "go_on":
        yield source.problem((*here, "on_failure"), "what was declined must not be done: stop, or give it to somebody")


def _compiled(
    document: PolicyDocument,
    route: Route,
    at: int,
    source: Source,
    vocabulary: Mapping[str, Name],
    problems: list[str],
) -> Iterator[CompiledStep]:
    for place, step in enumerate(route.steps):
        here = ("routes", at, "steps", place)
        names = _vocabulary(route, step, vocabulary)
        rule = None
        if step.when is not None:
            rule = _tried(problems, source, (*here, "when"), lambda one=step, known=names: _condition(one, known))
        amounts = {}
        for name, value in getattr(step, "body", {}).items():
            if isinstance(value, AmountField):
                amount = _tried(
                    problems, source, (*here, "body", name),
                    lambda one=value, known=names: compile_amount(one.amount, vocabulary=known, score=SCORE_FACTS),
                )  # fmt: skip
                if amount is not None:
                    amounts[name] = amount
        shown = _shown(step, names, here, source, problems)
        results = {name for one in earlier(route, step) for name in result_names(one)}
        one = CompiledStep(step=step, rule=rule, amounts=amounts, names=tuple(shown))
        late = results & {*one.reads, *shown}
        yield CompiledStep(step=step, rule=rule, amounts=amounts, names=tuple(shown), late=frozenset(late))


def _vocabulary(route: Route, step: Step, vocabulary: Mapping[str, Name]) -> dict[str, Name]:
    """Name what a step may read: the case with its score and decision, the ruling it follows, results before it."""
    names = dict(vocabulary) | {name: Name(sample, nullable=True) for name, sample in SCORE_FACTS.items()}
    names |= {name: Name("text", nullable=name == "queue") for name in DECIDED}
    if RULINGS.issuperset(step.occasions):
        names |= {name: Name("text", nullable=name == "ruling_comment") for name in RULED}
    for one in earlier(route, step):
        names |= {name: Name(_SAMPLES[kind], nullable=True) for name, kind in result_names(one).items()}
    return names


def _condition(step: Step, names: Mapping[str, Name]) -> Rule:
    """Compile a step's condition; where only the score can be missing, a missing score means it does not hold."""
    if_missing = step.if_missing
    if if_missing is None:
        known = {
            name: Name(one.sample, nullable=one.nullable and name not in SCORE_FACTS) for name, one in names.items()
        }
        compile_rule(step.when or "", if_missing=None, vocabulary=known, missing=step.missing)
        if_missing = "skip"
    return compile_rule(step.when or "", if_missing=if_missing, vocabulary=names, missing=step.missing)


def _shown(
    step: Step, names: Mapping[str, Name], here: tuple[Any, ...], source: Source, problems: list[str]
) -> list[str]:
    """List the facts that a step's templates show, adding those that nobody knows to `problems`."""
    found: dict[str, tuple[Any, ...]] = {}
    for place, text in texts_of(step):
        for name in _tried(problems, source, (*here, *place), lambda one=text: names_in(one)) or ():
            found.setdefault(name, (*here, *place))
    for field_name, value in getattr(step, "body", {}).items():
        if isinstance(value, FactField):
            found.setdefault(value.fact, (*here, "body", field_name))
    for name, place in found.items():
        if name not in names and name not in OUTER:
            problems.append(source.problem(place, f"unknown fact {name!r}; {_why_not(name)}"))
    return list(found)


def _why_not(name: str) -> str:
    if name in RULED:
        return "a ruling is known only to steps with `occasions: [accepted]`, `[corrected]` or both"
    return "a fact is a payload field, feature, limit, attribute or part of the decision, or what a step before returns"


def _tried(problems: list[str], source: Source, place: Sequence[str | int], compile_one: Any) -> Any:
    try:
        return compile_one()
    except ValueError as error:
        problems.append(source.problem(place, str(error)))
        return None
