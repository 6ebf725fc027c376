"""The judgement of `Policy.judge`, over many stored cases at once: the same dispositions, causes, priorities and
queues.

Conditions are answered over whole columns; wherever that could differ from CEL, CEL is asked for that row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import cel
import numpy as np
from numpy.typing import NDArray

from models.score import UNKNOWN_CAUSE, Cause, Score
from policies.document.document import Disposition
from policies.judging.answers import RAISING
from policies.judging.certificate import Certificate
from policies.judging.compiling import AMOUNTS, conditions
from policies.judging.error_budget import kept
from policies.judging.policy import Policy
from policies.judging.routing import of_queue
from policies.judging.rules import Rule, nested, run
from policies.replay.facts import Cases, Facts
from policies.replay.vectors import Flags, evaluate

Ranks = NDArray[np.int8]
DISPOSITIONS: Final = tuple(Disposition)
REVIEW: Final = Disposition.REVIEW.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What a policy makes of many cases.

    dispositions: ranks; without_promise: ranks before the error budget was asked; hard: the least rank that everything
        but the score's own thresholds and the error budget allows.
    queues: None where automatic; routes: the ids of the rules they follow; minutes: what a reviewer takes, or would
        take where the case is automatic.
    false_accept: cost of acting straight through where that is wrong, in the reporting currency, NaN where no model
    spoke.
    """

    dispositions: Ranks
    without_promise: Ranks
    hard: Ranks
    causes: NDArray[np.object_]
    priorities: NDArray[np.object_]
    queues: NDArray[np.object_]
    routes: NDArray[np.object_]
    minutes: NDArray[np.float64]
    false_accept: NDArray[np.float64]
    failed: Flags


def judge_all(policy: Policy, cases: Cases, *, now: datetime, certificate: Certificate | None = None) -> Verdicts:
    """Judge stored cases as `Policy.judge` would each of them."""
    return _Judgement(policy, cases, now, certificate).verdicts()


class _Judgement:
    def __init__(self, policy: Policy, cases: Cases, now: datetime, certificate: Certificate | None) -> None:
        self.document = policy.document
        self.policy = policy
        self.cases = cases
        self.now = now
        self.certificate = certificate
        self.facts = Facts(policy, cases)
        self.n = len(cases)
        self.held: dict[str, list[Flags]] = {}
        self.failed = np.zeros(self.n, dtype=bool)
        for part in conditions(policy.document):
            self.held[part] = [self._answer(rule) for rule in policy.rules(part)]
        self.fallback = self._first("fallback_rules")
        if len(cases.late):
            self._raise_late(_Judgement(policy, cases.as_arrived(), now, certificate))

    def _raise_late(self, arrived: "_Judgement") -> None:
        """Let what raises hold of what was known on arrival too; of two fallback rules the stricter decides."""
        at = np.array(self.cases.late, dtype=np.intp)
        ranks = np.array([rule.disposition.rank for rule in self.document.fallback_rules])
        stricter = ranks[arrived.fallback] > ranks[self.fallback[at]]
        self.fallback[at[stricter]] = arrived.fallback[stricter]
        self.failed[at] |= arrived.failed
        for part in RAISING:
            for held, then in zip(self.held[part], arrived.held[part], strict=True):
                held[at] |= then

    def verdicts(self) -> Verdicts:
        document, cases, fallback = self.document, self.cases, self.fallback
        ruled = _pick([rule.cause or UNKNOWN_CAUSE for rule in document.fallback_rules], fallback)
        causes = np.where(cases.scored, cases.cause, ruled)
        hard = self._hard()
        started = _pick([rule.disposition.rank for rule in document.fallback_rules], fallback)
        started = np.where(cases.scored, self._thresholds(), started)
        before = np.maximum(hard, started).astype(np.int8)
        ranks = self._promised(before)
        sent = self._sent_by()
        by_fallback = _pick([rule.queue for rule in document.fallback_rules], fallback)
        sent = np.where(_missing(sent) & ~cases.scored, by_fallback, sent)
        # Where an automatic case would wait if it were reviewed; the routes of all others are as they are.
        routed = _pick([rule.queue for rule in document.routes], self._routes(causes, _at_least_reviewed(ranks)))
        waiting = np.where(_missing(sent), routed, sent)
        minutes = {name: queue.minutes_per_case for name, queue in document.queues.items()}
        queues = waiting.copy()
        queues[ranks == 0] = None
        return Verdicts(
            dispositions=ranks,
            without_promise=before,
            hard=hard,
            causes=causes,
            priorities=_pick([rule.level for rule in document.priorities], self._first("priorities")),
            queues=queues,
            routes=self._rules_followed(causes, ranks, sent),
            minutes=np.array([minutes[name] for name in waiting], dtype=np.float64),
            false_accept=self._false_accept(),
            failed=self.failed,
        )

    def _answer(self, rule: Rule) -> Flags:
        """Answer one condition for every case; a failed one holds for nobody."""
        found = evaluate(rule.expression, self.facts, self.n)
        if found is not None and found.kind == "flag":
            held = np.array(found.values, dtype=bool)
            left = np.flatnonzero(found.unsure | found.null)
        else:
            held, left = np.zeros(self.n, dtype=bool), np.arange(self.n)
        for at in left.tolist():
            value = self._ask(rule, at)
            held[at] = value is True
            if not isinstance(value, bool):
                self.failed[at] = True
        return held

    def _ask(self, rule: Rule, at: int) -> Any:
        return run(rule, cel.Context(nested(self.facts.row(at, rule.reads))))

    def _first(self, part: str) -> NDArray[np.intp]:
        return _first_of(self.held[part])

    def _raising(self) -> Iterator[tuple[int, str | None, Flags]]:
        """Yield rank, queue and answers of every rule that raises: controls, override rules, and floors where a model
        spoke."""
        for part in ("controls", "override_rules"):
            for rule, held in zip(getattr(self.document, part), self.held[part], strict=True):
                yield rule.raise_to.rank, rule.queue, held
        for floor, held in zip(self.document.fallback_rules, self.held["fallback_rules"], strict=True):
            if floor.floor is not None:
                yield floor.disposition.rank, floor.queue, held & self.cases.scored

    def _hard(self) -> Ranks:
        """Return the least rank that the door, controls, override rules, floors, second persons and failures allow."""
        ranks = self.cases.floors.copy()
        for rank, _, held in self._raising():
            np.maximum(ranks, rank, out=ranks, where=held)
        wanted = self.failed
        for held in self.held["four_eyes"]:
            wanted = wanted | held
        np.maximum(ranks, REVIEW, out=ranks, where=wanted)
        return ranks

    def _thresholds(self) -> Ranks:
        cut, cases = self.document.thresholds, self.cases
        loss = cases.risk * cases.impact
        ranks = np.zeros(self.n, dtype=np.int8)
        for rank, at_risk, at_loss in (
            (1, cut.confirm_at_risk, cut.confirm_at_expected_loss),
            (2, cut.review_at_risk, cut.review_at_expected_loss),
            (3, cut.escalate_at_risk, cut.escalate_at_expected_loss),
        ):
            ranks[cases.risk >= at_risk] = rank
            if at_loss is not None:
                ranks[loss >= at_loss] = np.maximum(ranks[loss >= at_loss], rank)
        unclear = cases.cause_probability < cut.review_below_cause_probability
        ranks[unclear] = np.maximum(ranks[unclear], REVIEW)
        return ranks

    def _promised(self, ranks: Ranks) -> Ranks:
        """Ask the certificate for every case nothing else stands against."""
        budget = self.document.error_budget
        if budget is None:
            return ranks
        ranks = ranks.copy()
        segments, cases = self._first("segments"), self.cases
        automatic = ranks == 0
        ranks[automatic & ~cases.scored] = Disposition.CONFIRM.rank
        asked = self._certified_scores()
        models = cases.model_version
        for at, segment in enumerate(budget.segments):
            members = automatic & cases.scored & (segments == at)
            for model in set(models[members]):
                own = members & (models == model)
                least = self._at_no_risk(segment.id, model)
                ranks[own] = least.rank
                threshold = self._threshold(segment.id)
                if least is Disposition.AUTO and threshold is not None:
                    ranks[own & (asked > threshold)] = Disposition.CONFIRM.rank
                    ranks[own & ~np.isfinite(asked)] = REVIEW
        return ranks

    def _threshold(self, segment: str) -> float | None:
        certified = self.certificate.segments.get(segment) if self.certificate is not None else None
        return certified.threshold if certified is not None else None

    def _at_no_risk(self, segment: str, model: Any) -> Disposition:
        """Return what a case of a segment and model without any risk would get: what the certificate alone allows."""
        score = Score(
            causes=(Cause(label="", probability=1.0),), risk=0.0, impact=0.0, reasons=(), model_version=str(model)
        )
        automatic = Disposition.AUTO
        return kept(self.document, self.certificate, automatic, segment=segment, score=score, now=self.now).disposition

    def _certified_scores(self) -> NDArray[np.float64]:
        budget = self.document.error_budget
        if budget is None or budget.of == "risk":
            return self.cases.risk
        return np.where(self.cases.cause == UNKNOWN_CAUSE, 1.0, 1.0 - self.cases.cause_probability)

    def _sent_by(self) -> NDArray[np.object_]:
        """Return the queue that a rule which raises names: a restricted one first, then the strictest, then the
        first."""
        queues = np.full(self.n, None, dtype=object)
        weight = np.full(self.n, -1, dtype=np.int8)
        for rank, queue, held in self._raising():
            if queue is None:
                continue
            mine = 10 * self.document.queues[queue].restricted + rank
            wins = held & (weight < mine)
            queues[wins], weight[wins] = queue, mine
        return queues

    def _routes(self, causes: NDArray[np.object_], ranks: Ranks) -> NDArray[np.intp]:
        fits = []
        codes, names = _codes(causes)
        for rule, held in zip(self.document.routes, self.held["routes"], strict=True):
            fit = held
            if rule.causes is not None:
                fit = fit & np.array([name in rule.causes for name in names], dtype=bool)[codes]
            if rule.dispositions is not None:
                fit = fit & np.isin(ranks, [disposition.rank for disposition in rule.dispositions])
            fits.append(fit)
        return _first_of(fits)

    def _rules_followed(self, causes: NDArray[np.object_], ranks: Ranks, sent: NDArray[np.object_]) -> Any:
        """Return the id of the route each case follows: of the queue it is sent to, where that has one."""
        document = self.document
        followed = _pick([rule.id for rule in document.routes], self._routes(causes, ranks))
        routed = _pick([rule.queue for rule in document.routes], self._routes(causes, ranks))
        elsewhere = np.flatnonzero(~_missing(sent) & (ranks > 0) & (sent != routed))
        for at in elsewhere.tolist():
            theirs = of_queue(document, sent[at], cause=causes[at])
            followed[at] = theirs.id if theirs is not None else followed[at]
        return followed

    def _false_accept(self) -> NDArray[np.float64]:
        """Return what acting straight through costs where it is wrong; the impact where the document states no
        costs."""
        impact = np.where(self.cases.scored, self.cases.impact, np.nan)
        if self.document.costs is None:
            return impact
        rule = dict(zip(AMOUNTS, self.policy.amounts, strict=True))["false_accept"]
        found = evaluate(rule.expression, self.facts, self.n)
        if found is not None and found.kind == "number":
            values = np.where(found.null, np.nan, found.values)
            left = np.flatnonzero(found.unsure & self.cases.scored)
        else:
            values, left = np.full(self.n, np.nan), np.flatnonzero(self.cases.scored)
        for at in left.tolist():
            value = self._ask(rule, at)
            values[at] = value if isinstance(value, float | int) else np.nan
        return np.where(np.isfinite(values) & (values >= 0), values, impact)


def _pick(values: Sequence[Any], at: NDArray[np.intp]) -> Any:
    """Return each case the value at its place."""
    kinds = {type(value) for value in values}
    listed = np.array(values, dtype=np.int8) if kinds == {int} else np.empty(len(values), dtype=object)
    if listed.dtype == object:
        listed[:] = values
    return listed[at]


def _first_of(answers: Sequence[Flags]) -> NDArray[np.intp]:
    """Return each case the place of the first answer that holds; in a checked policy the last always does."""
    places: NDArray[np.intp] = np.argmax(np.stack(answers), axis=0)
    return places


def _at_least_reviewed(ranks: Ranks) -> Ranks:
    return np.where(ranks == 0, np.int8(REVIEW), ranks)


def _missing(values: NDArray[np.object_]) -> Flags:
    return np.array([value is None for value in values], dtype=bool)


def _codes(values: NDArray[np.object_]) -> tuple[NDArray[np.intp], list[str]]:
    names: dict[str, int] = {}
    codes = np.array([names.setdefault(value, len(names)) for value in values], dtype=np.intp)
    return codes, list(names)
