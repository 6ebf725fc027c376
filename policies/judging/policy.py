"""Judgement of one case: controls, then the score or the fallback rules, then thresholds, override rules and the error
budget.

The order of judgement is written once, in `Policy.judge`. Whatever is met on the way can only raise the disposition.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from features.fields import Payload
from features.recipe import Recipe
from models.danger_likeness import LIKENESS, TEXT_FACTS
from models.score import SCORE_FACTS, UNKNOWN_CAUSE, Reason, ReasonCode, Score
from policies.document.document import Disposition, FallbackRule, FourEyes, PolicyDocument, read_document
from policies.document.errors import PolicyError
from policies.document.source import Source
from policies.document.steps import Occasion
from policies.judging.answers import Answers, Conditions
from policies.judging.case_clock import NOWHERE, Clocks, Place
from policies.judging.certificate import Certificate
from policies.judging.clock_checks import check_clocks
from policies.judging.compiling import (
    COMPARED,
    check_references,
    check_searches,
    compile_amounts,
    compile_conditions,
    plain,
    vocabulary_of,
)
from policies.judging.costs import saved_per_minute
from policies.judging.error_budget import kept
from policies.judging.fact_reading import FactReading
from policies.judging.routing import assign, first_match
from policies.judging.rules import Rule, RuleSet
from policies.judging.step_plans import PlannedStep, plan_steps
from policies.judging.step_rules import DECIDED, OUTER, compile_steps
from policies.judging.thresholds import reached
from policies.judging.verdict import Hit, Verdict

_RAISING = ("controls", "four_eyes", "override_rules", "fallback_rules")
_RANK = {disposition: disposition.rank for disposition in Disposition}


class Policy:
    """A checked policy document, ready to judge cases of its domain.

    recipe, causes: of the domain it was checked against; source: the text it was read from.
    conditions: (part, id) of every condition, in the order of the bits of `Verdict.holds`.
    clocks: by which the time of its cases runs.
    reads: every name a condition or an amount reads, but for the limits.
    amounts: the compiled amounts of `costs`, in the order of AMOUNTS; none where there are no costs.
    guarded: the payload fields that whatever can ask for a person reads, itself or through a feature: _RAISING.
    steps: of each route that has some, by its id; step_reads: every name they read.
    """

    def __init__(self, document: PolicyDocument, source: Source, *, recipe: Recipe, causes: Sequence[str]) -> None:
        self.document = document
        self.source = source
        self.recipe = recipe
        self.causes = tuple(causes)
        self._limits = {name: plain(value) for name, value in document.limits.items()}
        costly = check_searches(document, source)
        if costly:
            raise PolicyError(costly)
        problems = check_references(document, source, recipe, causes)
        vocabulary = vocabulary_of(document, recipe)
        rules = compile_conditions(document, source, vocabulary, problems)
        amounts = compile_amounts(document, source, vocabulary, problems)
        # Steps are planned from what is stored of a case, and its texts' likeness is not among that.
        without_texts = {name: entry for name, entry in vocabulary.items() if name not in TEXT_FACTS}
        self.steps = compile_steps(document, source, without_texts, problems)
        problems += check_clocks(document, source)
        if problems:
            raise PolicyError(problems)
        self.clocks = Clocks(document)
        self._rules = RuleSet(rules, amounts, constants=self._limits)
        self.reads = self._rules.reads
        self.amounts = tuple(amounts)
        self._over = Conditions(document, rules)
        self.conditions = self._over.names
        self._reading = FactReading.of(recipe, document.attributes, self._rules.reads)
        every = {name for steps in self.steps.values() for one in steps for name in (*one.reads, *one.names)}
        self._step_reading = FactReading.of(recipe, document.attributes, every)
        self.step_reads = frozenset(every)
        raising = [rule for part in _RAISING for rule in rules[self._over.span(part)]]
        self.guarded = frozenset(_fields_behind(raising, recipe))

    @property
    def version(self) -> str:
        """The document's version, stamped on every decision."""
        return self.document.version

    def rules(self, part: str) -> Sequence[Rule]:
        """Return the compiled conditions of a part of the document, in its order."""
        return self._over.rules[self._over.span(part)]

    def judge(
        self,
        *,
        payload: Payload,
        attributes: Mapping[str, Any],
        features: Sequence[float],
        fx_rate: float,
        score: Score | None,
        fallback: str | None,
        now: datetime,
        features_on_arrival: Sequence[float] | None = None,
        danger_likeness: float | None = None,
        certificate: Certificate | None = None,
        quality: Sequence[Reason] = (),
        floor: Disposition = Disposition.AUTO,
        place: Place = NOWHERE,
    ) -> Verdict:
        """Judge one case.

        features: its feature row. features_on_arrival: the row of what was known when it arrived, None where that is
            the same;
            what raises holds by either. danger_likeness: of its free text to danger, None where nobody can tell.
            fallback: why there is no score, required when `score` is None.
        certificate: the newest for this policy; without one nothing is automatic where the document has an error
        budget.
        now: from when the route's time runs, and by which a certificate may have lapsed.
        quality: reasons found at the door; floor: the lowest disposition they allow.
        place: where it happened, which chooses the calendar by which its time runs.
        """
        document = self.document
        said = {LIKENESS: danger_likeness}
        facts = self._facts(payload, attributes, features, fx_rate, score) | said
        held, amounts = self._rules.evaluate(facts)
        late = None
        if features_on_arrival is not None:
            late_facts = self._facts(payload, attributes, features_on_arrival, fx_rate, score) | said
            late = self._rules.evaluate(late_facts)[0], late_facts | self._limits
        answers = Answers(self._over, held, facts | self._limits, late=late)
        controls, overrides = answers.hits("controls"), answers.hits("override_rules")
        floors = answers.floors() if score is not None else []
        sent_by = _strictest([*controls, *overrides, *floors], document)
        queue = sent_by.queue if sent_by is not None else None
        if score is not None:
            cause = score.causes[0].label
            disposition, threshold = reached(document.thresholds, score)
            why = (threshold, *score.reasons)
        else:
            last = answers.fallback()
            disposition, cause, queue = last.disposition, last.cause or UNKNOWN_CAUSE, queue or last.queue
            why = _fallback_reasons(last, fallback)
        approval = _approval(document, answers)
        raised = [disposition, floor, *(hit.raise_to for hit in (*controls, *overrides, *floors))]
        if approval is not None or not answers.sound:
            raised.append(Disposition.REVIEW)
        disposition = max(raised, key=_RANK.__getitem__)
        segment = answers.first("segments").id if document.error_budget is not None else None
        promise = kept(document, certificate, disposition, segment=segment, score=score, now=now)
        disposition = promise.disposition
        priority = answers.first("priorities").level
        at, rule = first_match(document, answers.of("routes"), cause=cause, disposition=disposition)
        answers.fire("routes", at)
        route = assign(
            document,
            rule,
            cause=cause,
            disposition=disposition,
            priority=priority,
            queue=queue,
            sent_by=sent_by,
            clocks=self.clocks,
            place=place,
            now=now,
        )
        saved, unpriced = saved_per_minute(document, route.queue, score=score, amounts=amounts)
        return Verdict(
            disposition=disposition,
            cause=cause,
            score=score,
            priority=priority,
            reasons=(*quality, *answers.errors(), *unpriced, *_ruled(controls, overrides, floors, approval),
            *promise.reasons, *_shown_reasons(why, disposition)),
            controls=tuple(controls),
            overrides=tuple(overrides),
            floors=tuple(floors),
            route=route,
            sent_to=queue,
            fallback=fallback if score is None else None,
            fired=tuple(answers.fired),
            segment=segment,
            certificate_id=promise.certificate_id,
            uncertified=promise.uncertified,
            approval=approval,
            saved_per_minute=saved,
            holds=answers.holds,
        )  # fmt: skip

    def _facts(
        self,
        payload: Payload,
        attributes: Mapping[str, Any],
        features: Sequence[float],
        fx_rate: float,
        score: Score | None,
    ) -> dict[str, Any]:
        facts = self._reading.facts(payload, attributes, features, fx_rate)
        facts.update(score.facts() if score is not None else dict.fromkeys(SCORE_FACTS))
        if facts["cause"] not in self.causes:
            # A rule written for the domain's causes must not fire because a model speaks of others, or of none.
            facts["cause"] = facts["cause_probability"] = None
        return facts

    def follow(
        self,
        route: str,
        occasion: Occasion,
        *,
        payload: Payload,
        attributes: Mapping[str, Any],
        features: Sequence[float],
        fx_rate: float,
        score: Mapping[str, float | str | None],
        context: Mapping[str, Any],
        place: Place = NOWHERE,
    ) -> tuple[list[PlannedStep], list[str]]:
        """Plan what follows for a case on its route, and name the steps whose condition does not hold.

        score: the score's facts, each None where no model spoke. context: what is known of the case and its decision
        beside its payload (OUTER), and on a ruling what it says (RULED).
        place: what chooses the calendars of due times.
        """
        steps = self.steps.get(route)
        if steps is None:
            return [], []
        reading = self._step_reading
        facts = reading.facts(payload, attributes, features, fx_rate) | dict(score) | self._limits
        shown = reading.shown(payload, attributes, features) | dict(score) | self.document.limits | dict(context)
        facts |= {name: value for name, value in context.items() if name not in OUTER or name in DECIDED}
        planned, left_out = plan_steps(steps, occasion, facts=facts, shown=shown)
        for one in planned:
            self._name_owners(one.plan)
            self._keep_hours(one.plan, place)
        return planned, left_out

    def _keep_hours(self, plan: dict[str, Any], place: Place) -> None:
        """Write the hours that count towards the due time of a planned step, and of what is done by hand."""
        for part in (plan, plan["on_failure"]):
            if isinstance(part, dict) and (kept := self.clocks.hours_kept(part.get("calendar"), place)) is not None:
                part["counted"] = kept

    def _name_owners(self, plan: dict[str, Any]) -> None:
        """Write who owns the queue of a planned step, and of what is done by hand where it fails."""
        for part in (plan, plan["on_failure"]):
            if isinstance(part, dict) and part.get("queue") and not part.get("owner_role"):
                part["owner_role"] = self.document.queues[part["queue"]].owner_role


def load_policy(text: str, *, name: str, recipe: Recipe, causes: Sequence[str]) -> Policy:
    """Read and check a policy document against its domain; raise PolicyError naming line and key of every problem."""
    document, source = read_document(text, name=name)
    return Policy(document, source, recipe=recipe, causes=causes)


def _fields_behind(rules: Sequence[Rule], recipe: Recipe) -> Iterator[str]:
    """Name the payload fields that rules read; a feature stands for the fields it is made of, and a trail for those of
    its key."""
    sources = {feature.name: feature.sources for feature in recipe.features}
    keys = {trail.name: trail.key for trail in recipe.trails}
    for rule in rules:
        for name in rule.reads:
            for source in sources.get(name, (name.removesuffix(COMPARED),)):
                field = source.partition(".")[0]
                if field in recipe.payload.model_fields:
                    yield field
                if name in sources:
                    yield from keys.get(source, ())


def _ruled(
    controls: Sequence[Hit], overrides: Sequence[Hit], floors: Sequence[Hit], approval: FourEyes | None
) -> list[Reason]:
    reasons = [Reason(code=f"{ReasonCode.CONTROL}:{hit.id}", text=hit.title) for hit in controls]
    reasons += [Reason(code=f"{ReasonCode.OVERRIDE}:{hit.id}", text=hit.title) for hit in overrides]
    reasons += [Reason(code=f"{ReasonCode.FLOOR}:{hit.id}", text=hit.title) for hit in floors]
    if approval is not None:
        reasons.append(Reason(code=f"{ReasonCode.FOUR_EYES}:{approval.id}", text=approval.title))
    return reasons


def _shown_reasons(why: Sequence[Reason], disposition: Disposition) -> list[Reason]:
    """Leave out that the score met no threshold where a person decides: that is why nobody would have to."""
    met_none = f"{ReasonCode.THRESHOLD}:{Disposition.AUTO}"
    return [reason for reason in why if disposition is Disposition.AUTO or reason.code != met_none]


def _fallback_reasons(rule: FallbackRule, why: str | None) -> tuple[Reason, ...]:
    return (
        Reason(code=ReasonCode.FALLBACK, text=f"No model spoke: {why}."),
        Reason(code=f"{ReasonCode.FALLBACK}:{rule.id}", text=rule.title),
    )


def _approval(document: PolicyDocument, answers: Answers) -> FourEyes | None:
    """Choose the four-eyes rule with the strictest role among those that hold; one that failed asks for a second person
    too."""
    asked = [at for at, holds in enumerate(answers.of("four_eyes")) if holds]
    for at in asked:
        answers.fire("four_eyes", at)
    rules = [document.four_eyes[at] for at in (*asked, *answers.failed("four_eyes"))]
    return max(rules, key=lambda rule: rule.role == "admin", default=None)


def _strictest(hits: Sequence[Hit], document: PolicyDocument) -> Hit | None:
    """Choose the hit that names the queue; a restricted one wins, so that an internal case never shows in an open
    queue."""
    named = [hit for hit in hits if hit.queue is not None]
    return max(named, key=lambda hit: (document.queues[hit.queue or ""].restricted, hit.raise_to.rank), default=None)
