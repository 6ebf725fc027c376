"""Judgement of one case: controls, then the score or the fallback rules, then thresholds and override rules.

The order of judgement is written once, in `Policy.judge`. Whatever is met on the way can only raise the disposition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from features.columns import FieldKind, field_kinds
from features.fields import Payload
from features.recipe import Recipe
from models.score import SCORE_FACTS, UNKNOWN_CAUSE, Reason, ReasonCode, Score
from policies.compiling import check_references, compile_conditions, conditions, plain, vocabulary_of
from policies.document import Control, Disposition, Level, PolicyDocument, Source, read_document
from policies.errors import PolicyError
from policies.rules import Rule, RuleSet, bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A control or override rule that fired, with the values it read."""

    id: str
    title: str
    raise_to: Disposition
    queue: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What policy made of one case, before routing.

    cause, risk, impact: from the score; under a fallback the rule's cause, and no risk or impact.
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
    fallback: str | None
    route_holds: tuple[bool, ...]


class Policy:
    """A checked policy document, ready to judge cases of its domain."""

    def __init__(self, document: PolicyDocument, source: Source, *, recipe: Recipe, causes: Sequence[str]) -> None:
        self.document = document
        self._limits = {name: plain(value) for name, value in document.limits.items()}
        problems = check_references(document, source, causes)
        rules = compile_conditions(document, source, vocabulary_of(document, recipe), problems)
        if problems:
            raise PolicyError(problems)
        self._rules = RuleSet(rules)
        self._kinds = {kind.name: kind for kind in field_kinds(recipe.payload) if kind.name in self._rules.reads}
        self._features = {name: at for at, name in enumerate(recipe.names) if name in self._rules.reads}
        ends, total = [], 0
        for part in conditions(document):
            total += len(part)
            ends.append(total)
        self._ends = ends

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
        answers = self._rules.evaluate(bind(list(self._rules.reads), facts))
        controls, overrides, fallbacks, priorities, routes = self._split(answers)
        document = self.document
        hits, control_reasons = _hits(document.controls, controls, self._rules.rules, 0, facts, ReasonCode.CONTROL)
        raised = [hit.raise_to for hit in hits]
        reasons = [*quality, *control_reasons]
        queue = _strictest_queue(hits, document)
        override_hits: list[Hit] = []
        if score is not None:
            cause = score.causes[0].label
            disposition, why = self._threshold(score)
            override_hits, override_reasons = _hits(
                document.override_rules, overrides, self._rules.rules, self._ends[0], facts, ReasonCode.OVERRIDE
            )
            raised += [hit.raise_to for hit in override_hits]
            reasons += [*override_reasons, *why, *score.reasons]
            queue = _strictest_queue([*hits, *override_hits], document)
        else:
            rule = document.fallback_rules[next(at for at, held in enumerate(fallbacks) if held is not False)]
            disposition, cause = rule.disposition, rule.cause or UNKNOWN_CAUSE
            queue = queue or rule.queue
            reasons += [
                Reason(code=ReasonCode.FALLBACK, text=f"No model spoke: {fallback}."),
                Reason(code=f"{ReasonCode.FALLBACK}:{rule.id}", text=rule.title),
            ]
        errors = [reason for reason in reasons if reason.code.startswith(ReasonCode.RULE_ERROR)]
        raised += [Disposition.REVIEW] if errors else []
        return Verdict(
            disposition=max([disposition, floor, *raised], key=lambda value: value.rank),
            cause=cause,
            score=score,
            priority=next(
                rule.level for rule, held in zip(document.priorities, priorities, strict=True) if held is True
            ),
            reasons=tuple(reasons),
            controls=tuple(hits),
            overrides=tuple(override_hits),
            queue=queue,
            fallback=fallback if score is None else None,
            route_holds=tuple(held is True for held in routes),
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
        return facts

    def _split(self, answers: list[bool | Exception]) -> list[list[bool | Exception]]:
        starts = [0, *self._ends[:-1]]
        return [answers[start:end] for start, end in zip(starts, self._ends, strict=True)]


def load_policy(text: str, *, name: str, recipe: Recipe, causes: Sequence[str]) -> Policy:
    """Read and check a policy document against its domain; raise PolicyError naming line and key of every problem."""
    document, source = read_document(text, name=name)
    return Policy(document, source, recipe=recipe, causes=causes)


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


def _hits(
    controls: Sequence[Control],
    answers: Sequence[bool | Exception],
    rules: Sequence[Rule],
    first_rule: int,
    facts: Mapping[str, Any],
    code: ReasonCode,
) -> tuple[list[Hit], list[Reason]]:
    hits, reasons = [], []
    for position, (control, answer) in enumerate(zip(controls, answers, strict=True)):
        if answer is False:
            continue
        values = {name: facts.get(name) for name in rules[first_rule + position].reads}
        if isinstance(answer, Exception):
            text = f"Rule {control.id} failed ({answer}); a person decides."
            reasons.append(Reason(code=f"{ReasonCode.RULE_ERROR}:{control.id}", text=text))
            continue
        hits.append(
            Hit(id=control.id, title=control.title, raise_to=control.raise_to, queue=control.queue, values=values)
        )
        reasons.append(Reason(code=f"{code}:{control.id}", text=control.title))
    return hits, reasons


def _strictest_queue(hits: Sequence[Hit], document: PolicyDocument) -> str | None:
    """Choose among the named queues; a restricted one wins, so that an internal case never shows in an open queue."""
    named = [
        (document.queues[hit.queue].restricted, hit.raise_to.rank, hit.queue) for hit in hits if hit.queue is not None
    ]
    return max(named, key=lambda entry: entry[:2])[2] if named else None
