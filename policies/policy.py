"""Judgement of one case: controls, then the score or the fallback rules, then thresholds and override rules.

The order of judgement is written once, in `Policy.judge`. Whatever is met on the way can only raise the disposition.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from features.columns import FieldKind, field_kinds
from features.fields import Payload
from features.recipe import Recipe
from models.score import SCORE_FACTS, UNKNOWN_CAUSE, Reason, ReasonCode, Score
from policies.compiling import check_references, compile_conditions, conditions, plain, vocabulary_of
from policies.document import Control, Disposition, FallbackRule, Level, PolicyDocument, Source, read_document
from policies.errors import PolicyError
from policies.rules import Rule, RuleSet, bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A control or override rule that fired, with the values it read."""

    id: str
    title: str
    raise_to: Disposition
    queue: str | None
    action: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What policy made of one case, before routing.

    cause, risk, impact: from the score; under a fallback the rule's cause, and no risk or impact.
    queue: where a control, override or fallback rule sends it instead of its cause's queue; sent_by: the control or override.
    fallback: why no model spoke, None when one did.
    route_holds: for each route of the document, whether its condition holds.
    """

    disposition: Disposition
    cause: str
    score: Score | None
    priority: Level
    reasons: tuple[Reason, ...]
    controls: tuple[Hit, ...]
    overrides: tuple[Hit, ...]
    queue: str | None
    sent_by: Hit | None
    fallback: str | None
    route_holds: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of one condition: whether it holds, or what it failed with."""

    rule: Rule
    held: bool | Exception


class Policy:
    """A checked policy document, ready to judge cases of its domain.

    guarded: the payload fields its controls read, themselves or through a feature.
    """

    def __init__(self, document: PolicyDocument, source: Source, *, recipe: Recipe, causes: Sequence[str]) -> None:
        self.document = document
        self._limits = {name: plain(value) for name, value in document.limits.items()}
        problems = check_references(document, source, recipe, causes)
        rules = compile_conditions(document, source, vocabulary_of(document, recipe), problems)
        if problems:
            raise PolicyError(problems)
        self._rules = RuleSet(rules)
        self._kinds = {kind.name: kind for kind in field_kinds(recipe.payload) if kind.name in self._rules.reads}
        self._features = {name: at for at, name in enumerate(recipe.names) if name in self._rules.reads}
        self._causes = frozenset(causes)

        self.guarded = frozenset(_fields_behind(rules[: len(document.controls)], recipe))

    @property
    def version(self) -> str:
        """The document's version, stamped on every decision."""
        return self.document.version

    def judge(
        self,
        *,
        payload: Payload,
        attributes: Mapping[str, Any],
        features: Sequence[float],
        fx_rate: float,
        score: Score | None,
        fallback: str | None,
        quality: Sequence[Reason] = (),
        floor: Disposition = Disposition.AUTO,
    ) -> Verdict:
        """Judge one case.

        features: its feature row. fallback: why there is no score, required when `score` is None.
        quality: reasons found at the door; floor: the lowest disposition they allow.
        """
        facts = self._facts(payload, attributes, features, fx_rate, score)
        answers = self._answers(facts)
        document = self.document
        controls = _hits(document.controls, answers["controls"], facts)
        overrides = _hits(document.override_rules, answers["override_rules"], facts)
        hits = [*controls, *overrides]
        errors = _errors(document, answers)
        sent_by = _strictest(hits, document)
        queue = sent_by.queue if sent_by is not None else None
        if score is not None:
            cause = score.causes[0].label
            disposition, why = self._threshold(score)
            why += score.reasons
        else:
            rule = next(
                rule
                for rule, answer in zip(document.fallback_rules, answers["fallback_rules"], strict=True)
                if answer.held is True
            )
            disposition, cause = rule.disposition, rule.cause or UNKNOWN_CAUSE
            queue = queue or rule.queue
            why = _fallback_reasons(rule, fallback)
        ruled = [_ruled(ReasonCode.CONTROL, hit) for hit in controls]
        ruled += [_ruled(ReasonCode.OVERRIDE, hit) for hit in overrides]
        raised = [disposition, floor, *(hit.raise_to for hit in hits), *([Disposition.REVIEW] if errors else [])]
        priorities = zip(document.priorities, answers["priorities"], strict=True)
        return Verdict(
            disposition=max(raised, key=lambda value: value.rank),
            cause=cause,
            score=score,
            priority=next(rule.level for rule, answer in priorities if answer.held is True),
            reasons=(*quality, *errors, *ruled, *why),
            controls=tuple(controls),
            overrides=tuple(overrides),
            queue=queue,
            sent_by=sent_by,
            fallback=fallback if score is None else None,
            route_holds=tuple(answer.held is True for answer in answers["routes"]),
        )

    def _threshold(self, score: Score) -> tuple[Disposition, list[Reason]]:
        cut = self.document.thresholds
        loss = score.expected_loss
        probability = score.causes[0].probability
        steps = (
            (Disposition.ESCALATE, score.risk >= cut.escalate_at_risk, f"Risk {score.risk:.1%} is at or above {cut.escalate_at_risk:.1%}."),
            (Disposition.ESCALATE, _at(loss, cut.escalate_at_expected_loss), f"Expected loss {loss:,.2f} is at or above {cut.escalate_at_expected_loss}."),
            (Disposition.REVIEW, score.risk >= cut.review_at_risk, f"Risk {score.risk:.1%} is at or above {cut.review_at_risk:.1%}."),
            (Disposition.REVIEW, _at(loss, cut.review_at_expected_loss), f"Expected loss {loss:,.2f} is at or above {cut.review_at_expected_loss}."),
            (Disposition.REVIEW, probability < cut.review_below_cause_probability, f"The cause is unclear: {probability:.0%} is below {cut.review_below_cause_probability:.0%}."),
            (Disposition.CONFIRM, score.risk >= cut.confirm_at_risk, f"Risk {score.risk:.1%} is at or above {cut.confirm_at_risk:.1%}."),
            (Disposition.CONFIRM, _at(loss, cut.confirm_at_expected_loss), f"Expected loss {loss:,.2f} is at or above {cut.confirm_at_expected_loss}."),
        )  # fmt: skip
        for disposition, reached, text in steps:
            if reached:
                return disposition, [Reason(code=f"{ReasonCode.THRESHOLD}:{disposition}", text=text)]
        text = f"Risk {score.risk:.1%} is below every threshold."
        return Disposition.AUTO, [Reason(code=f"{ReasonCode.THRESHOLD}:auto", text=text)]

    def _facts(
        self,
        payload: Payload,
        attributes: Mapping[str, Any],
        features: Sequence[float],
        fx_rate: float,
        score: Score | None,
    ) -> dict[str, Any]:
        facts: dict[str, Any] = dict(self._limits)
        facts.update({name: features[at] for name, at in self._features.items()})
        facts.update({name: _fact(kind, getattr(payload, name), fx_rate) for name, kind in self._kinds.items()})
        facts.update({f"attributes.{name}": plain(attributes.get(name)) for name in self.document.attributes})
        facts.update(score.facts() if score is not None else dict.fromkeys(SCORE_FACTS))
        if facts["cause"] not in self._causes:
            # A rule written for the domain's causes must not fire because a model speaks of others, or of none.
            facts["cause"] = facts["cause_probability"] = None
        return facts

    def _answers(self, facts: Mapping[str, Any]) -> dict[str, list[_Answer]]:
        """Evaluate every condition of the document, by the part it stands in."""
        held = self._rules.evaluate(bind(list(self._rules.reads), facts))
        answers = map(_Answer, self._rules.rules, held)
        return {part: list(islice(answers, len(items))) for part, items in conditions(self.document).items()}


def load_policy(text: str, *, name: str, recipe: Recipe, causes: Sequence[str]) -> Policy:
    """Read and check a policy document against its domain; raise PolicyError naming line and key of every problem."""
    document, source = read_document(text, name=name)
    return Policy(document, source, recipe=recipe, causes=causes)


def _fields_behind(rules: Sequence[Rule], recipe: Recipe) -> Iterator[str]:
    """Name the payload fields that rules read; a feature stands for the fields it is made of."""
    sources = {feature.name: feature.sources for feature in recipe.features}
    for rule in rules:
        for name in rule.reads:
            for source in sources.get(name, (name,)):
                field = source.partition(".")[0]
                if field in recipe.payload.model_fields:
                    yield field


def _at(value: float, cut: float | None) -> bool:
    return cut is not None and value >= cut


def _fact(kind: FieldKind, value: Any, fx_rate: float) -> Any:
    if value is None or isinstance(value, str | bool | datetime):
        return value
    if kind.kind == "flags":
        return list(value)
    if kind.kind == "day":
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return float(value) * fx_rate if kind.kind == "money" else float(value)


def _hits(controls: Sequence[Control], answers: Sequence[_Answer], facts: Mapping[str, Any]) -> list[Hit]:
    return [
        Hit(
            id=control.id,
            title=control.title,
            raise_to=control.raise_to,
            queue=control.queue,
            action=control.action,
            values={name: facts.get(name) for name in answer.rule.reads},
        )
        for control, answer in zip(controls, answers, strict=True)
        if answer.held is True
    ]


def _errors(document: PolicyDocument, answers: Mapping[str, Sequence[_Answer]]) -> list[Reason]:
    """Give a reason for every rule that failed; a failed rule holds for nobody, and the case goes to a person."""
    reasons = []
    for part, items in conditions(document).items():
        for number, (item, answer) in enumerate(zip(items, answers[part], strict=True), start=1):
            if isinstance(answer.held, Exception):
                rule = getattr(item, "id", f"{part}.{number}")
                text = f"Rule {rule} failed ({answer.held}); a person decides."
                reasons.append(Reason(code=f"{ReasonCode.RULE_ERROR}:{rule}", text=text))
    return reasons


def _ruled(code: ReasonCode, hit: Hit) -> Reason:
    return Reason(code=f"{code}:{hit.id}", text=hit.title)


def _fallback_reasons(rule: FallbackRule, why: str | None) -> list[Reason]:
    return [
        Reason(code=ReasonCode.FALLBACK, text=f"No model spoke: {why}."),
        Reason(code=f"{ReasonCode.FALLBACK}:{rule.id}", text=rule.title),
    ]


def _strictest(hits: Sequence[Hit], document: PolicyDocument) -> Hit | None:
    """Choose the hit that names the queue; a restricted one wins, so that an internal case never shows in an open queue."""
    named = [hit for hit in hits if hit.queue is not None]
    return max(named, key=lambda hit: (document.queues[hit.queue or ""].restricted, hit.raise_to.rank), default=None)
