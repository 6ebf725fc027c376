"""Example cases kept beside a policy: what it must make of them, tried before it is used.

An example gives a case and a score and says what it expects; what it does not mention is not compared. A policy under
test is taken to be certified, so that what a control or a cut-off does is seen and not the want of a certificate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from features.columns import encode
from features.history import History
from models.score import Cause, Score
from policies.document.clocks import Zone
from policies.document.document import Disposition, Probability
from policies.document.errors import PolicyError, form_message
from policies.document.parts import Level
from policies.document.source import Source
from policies.judging.case_clock import Place
from policies.judging.certificate import Certificate, CertifiedSegment
from policies.judging.policy import Policy
from policies.judging.verdict import Verdict

AS_OF: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""When an example happens that does not say when: a Monday morning."""
MODEL: Final = "example/1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExampleScore(_Part):
    """What a model is taken to say; the rest of the probability goes to no cause."""

    risk: Probability = 0.0
    cause: str
    probability: Probability = 1.0
    impact: Annotated[float, Field(ge=0)] = 10.0


class Expected(_Part):
    """What the policy must make of a case. controls, overrides, floors: exactly those that fire, in document order."""

    disposition: Disposition | None = None
    queue: str | None = None
    cause: str | None = None
    priority: Level | None = None
    controls: list[str] | None = None
    overrides: list[str] | None = None
    floors: list[str] | None = None
    fallback_rule: str | None = None
    approval: str | None = None
    segment: str | None = None
    route: str | None = None
    due: AwareDatetime | None = None


class Example(_Part):
    """One case. payload: laid over the file's own; null takes a field away. features: replace what the payload would
    give.

    score: null where no model speaks. certified: whether a certificate covers it. site_id, region, time_zone: where it
    happened, which chooses its calendar.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    payload: dict[str, Any] = {}
    attributes: dict[str, float | bool | str | None] = {}
    features: dict[str, float | None] = {}
    danger_likeness: Annotated[float | None, Field(ge=0, le=1)] = None
    score: ExampleScore | None = None
    as_of: AwareDatetime = AS_OF
    fx_rate: Annotated[float, Field(gt=0)] = 1.0
    certified: bool = True
    site_id: str | None = None
    region: str | None = None
    time_zone: Zone | None = None
    expect: Expected


class ExampleFile(_Part):
    """The examples of one domain. payload, score: of a case nothing is wrong with, to which each example lays its
    own."""

    domain: str
    payload: dict[str, Any]
    score: ExampleScore
    examples: Annotated[list[Example], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of an example.

    where: file:line; missed: what differs from what was expected, empty where it holds; fired: the rules that had their
    say, (part, id), with the values they read; verdict: what the policy made of it.
    """

    name: str
    where: str
    missed: tuple[str, ...]
    fired: Mapping[tuple[str, str], Mapping[str, Any]]
    verdict: Verdict


def try_examples(policy: Policy, text: str, *, name: str) -> list[Tried]:
    """Judge every example of a file; raise PolicyError naming line and key of what is wrong with the file itself."""
    source = Source(text, name=name)
    try:
        file = ExampleFile.model_validate(source.content)
    except ValidationError as error:
        raise PolicyError([source.problem(item["loc"], form_message(item)) for item in error.errors()]) from None
    if file.domain != policy.document.domain:
        message = f"are examples of {file.domain}, the policy is of {policy.document.domain}"
        raise PolicyError([source.problem(("domain",), message)])
    problems: list[str] = []
    tried = []
    for at, example in enumerate(file.examples):
        given = _given(source.content, at)
        try:
            verdict = _judge(policy, file, example, without_model="score" in given and given["score"] is None)
        except (ValidationError, KeyError) as error:
            problems += _wrong_case(error, source, at)
            continue
        missed = tuple(_missed(verdict, example.expect))
        fired = {(rule.part, rule.id): rule.values for rule in verdict.fired}
        where = f"{name}:{source.line(('examples', at))}"
        tried.append(Tried(name=example.name, where=where, missed=missed, fired=fired, verdict=verdict))
    if problems:
        raise PolicyError(problems)
    return tried


def untried(policy: Policy, tried: Sequence[Tried]) -> list[tuple[str, str]]:
    """Name the controls, override, four-eyes and fallback rules, (part, id), that no example makes fire."""
    fired = {rule for example in tried for rule in example.fired}
    parts = ("controls", "four_eyes", "override_rules", "fallback_rules")
    return [rule for rule in policy.conditions if rule[0] in parts and rule not in fired]


def _given(content: Any, at: int) -> Mapping[str, Any]:
    example: Mapping[str, Any] = content["examples"][at]
    return example


def _judge(policy: Policy, file: ExampleFile, example: Example, *, without_model: bool) -> Verdict:
    fields = {field: value for field, value in (file.payload | example.payload).items() if value is not None}
    payload = policy.recipe.payload.model_validate(fields)
    columns = encode([payload], as_of=[example.as_of], fx_rates=[example.fx_rate])
    features = policy.recipe.rows(columns, History(policy.recipe.trails))[0].tolist()
    for feature, value in example.features.items():
        features[_position(policy, feature)] = float("nan") if value is None else value
    return policy.judge(
        payload=payload,
        attributes=example.attributes,
        features=features,
        danger_likeness=example.danger_likeness,
        fx_rate=example.fx_rate,
        score=None if without_model else _score(example.score or file.score),
        fallback="the example has no model" if without_model else None,
        now=example.as_of,
        certificate=_certificate(policy, example.as_of) if example.certified else None,
        place=Place(site_id=example.site_id, region=example.region, zone=example.time_zone),
    )


def _position(policy: Policy, feature: str) -> int:
    if feature not in policy.recipe.names:
        raise KeyError(feature)
    return policy.recipe.names.index(feature)


def _score(score: ExampleScore) -> Score:
    first = Cause(label=score.cause, probability=score.probability)
    return Score(causes=(first,), risk=score.risk, impact=score.impact, reasons=(), model_version=MODEL)


def _certificate(policy: Policy, now: datetime) -> Certificate | None:
    """Certify every segment whatever the score, so that only the policy's own rules show."""
    budget = policy.document.error_budget
    if budget is None:
        return None
    return Certificate(
        certificate_id="example",
        domain=policy.document.domain,
        variant=policy.document.variant,
        policy_version=policy.version,
        model_version=MODEL,
        of=budget.of,
        alpha=budget.alpha,
        delta=budget.delta,
        margin=budget.margin,
        certified_at=now,
        lapses_at=now + timedelta(days=1),
        segments={
            part.id: CertifiedSegment(segment=part.id, threshold=1.0, labels=0, errors=0, bound=None, passed=1.0)
            for part in budget.segments
        },
        evidence={},
    )


def _missed(verdict: Verdict, expected: Expected) -> list[str]:
    """Return for each thing expected that is not so what was expected and what came."""
    became = {
        "disposition": verdict.disposition,
        "queue": verdict.route.queue,
        "cause": verdict.cause,
        "priority": verdict.priority,
        "controls": [hit.id for hit in verdict.controls],
        "overrides": [hit.id for hit in verdict.overrides],
        "floors": [hit.id for hit in verdict.floors],
        "fallback_rule": _fallback_rule(verdict),
        "approval": verdict.approval.id if verdict.approval is not None else None,
        "segment": verdict.segment,
        "route": next(rule.id for rule in verdict.fired if rule.part == "routes"),
        "due": verdict.route.sla_due_at,
    }
    return [
        f"{key}: expected {_in_words(getattr(expected, key))}, got {_in_words(became[key])}"
        for key in sorted(expected.model_fields_set, key=list(became).index)
        if getattr(expected, key) != became[key]
    ]


def _fallback_rule(verdict: Verdict) -> str | None:
    """Name the rule that decided where no model spoke."""
    if verdict.score is not None:
        return None
    return next((rule.id for rule in verdict.fired if rule.part == "fallback_rules"), None)


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)


def _wrong_case(error: ValidationError | KeyError, source: Source, at: int) -> list[str]:
    if isinstance(error, KeyError):
        return [source.problem(("examples", at, "features", error.args[0]), "is no feature of this domain")]
    return [source.problem(("examples", at, "payload", *item["loc"]), form_message(item)) for item in error.errors()]
