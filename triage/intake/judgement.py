"""The parts of the recipe, called one after another for a group of cases of one domain: features, score, verdict with
its route."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
import structlog
from numpy.typing import NDArray

from features.attributes.attribute_columns import add_attributes
from features.columns import Columns, encode, seconds
from features.history import CaseFact, History
from features.recipe import Matrix, Recipe
from models.heads import Heads
from models.reasons import explain_difference
from models.score import Reason, ReasonCode, Score
from policies.document.document import Disposition, FourEyes
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from policies.judging.verdict import Hit, Verdict
from triage.champions import Champion
from triage.domain import Domain
from triage.intake.audit_slice import NOT_DRAWN, Draw, draw
from triage.intake.case import Case
from triage.intake.data_quality import unlike
from triage.intake.decision import (
    Alternative,
    Approval,
    ControlHit,
    DecidedCause,
    DecidedReason,
    DecidedRoute,
    Decision,
    FiredRule,
    SimilarCase,
)

Likeness = Callable[[Sequence[str]], Sequence[float | None]]
log = structlog.get_logger(__name__)
MAX_ALTERNATIVES: Final = 3
Row = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Judgement:
    """What was made of one case, and what is written of it.

    features: as of the case's `as_of`; features_on_arrival: as of its arrival, None where nothing more was known by
    then.
    case_id, submitted_by: None and empty until it is recorded, and for a preview. draw: whether it is audited.
    similar: resolved cases like it.
    """

    case: Case
    features: Sequence[float]
    features_on_arrival: Sequence[float] | None
    verdict: Verdict
    fact: CaseFact
    policy: Policy
    decided_at: datetime
    danger_likeness: float | None = None
    case_id: str | None = None
    submitted_by: str = ""
    draw: Draw = NOT_DRAWN
    similar: Sequence[SimilarCase] = ()

    def recorded(self, *, case_id: str, submitted_by: str) -> "Judgement":
        """Return the judgement under an id that nobody outside knew before, with the draw for audit that follows from
        the id."""
        drawn = draw(case_id, self.verdict.disposition, self.policy.document.audit)
        return replace(self, case_id=case_id, submitted_by=submitted_by, draw=drawn)

    @cached_property
    def decision(self) -> Decision:
        """The judgement as it is answered, stored and delivered."""
        return _decision(self)


def no_likeness(texts: Sequence[str]) -> Sequence[float | None]:
    """Return None for every text: nothing says how much it reads like a danger, and words alone decide."""
    return [None] * len(texts)


def uncertified(policy: Policy) -> None:
    """Return no certificate: then nothing is automatic where a policy has an error budget."""
    del policy


def judge(
    cases: Sequence[Case],
    *,
    domain: Domain,
    champion: Champion,
    policy_for: Callable[[Case], Policy],
    history: History,
    now: datetime,
    certificate_for: Callable[[Policy], Certificate | None] = uncertified,
    likeness: Likeness = no_likeness,
    sent_before: History | None = None,
    own_facts: Callable[[Case], Sequence[CaseFact]] = lambda case: (),
) -> list[Judgement]:
    """Judge cases of one domain, each as if those before it had been sent and decided before.

    policy_for: the policy that decides a case. certificate_for: the newest for a policy; without one nothing is
    automatic where the policy has an error budget.
    history: what the model knows, each case from facts strictly before its `as_of`. sent_before: what arrived before
    the first of these cases, which is what rules know; `history` itself where that holds nothing else. own_facts: what
    a case itself has left there.
    likeness: how much each text reads like a danger to people.
    Where features cannot be built or no model can speak, the fallback rules decide and the verdict says why.
    """
    recipe: Recipe = champion.scorer.recipe if champion.scorer else domain.recipe
    attributes = champion.scorer.attributes if champion.scorer else ()
    columns = encode(
        [case.payload for case in cases],
        as_of=[case.as_of for case in cases],
        fx_rates=[case.fx_rate for case in cases],
        zones=[case.zone for case in cases],
    )
    columns, left_out = add_attributes(columns, [case.attributes for case in cases], attributes)
    likenesses = _likenesses(likeness, recipe.texts(columns))
    facts = recipe.facts(columns, known_at=[seconds(case.known_at) for case in cases])
    rows, found, late_rows = recipe.rows_and_rows_on_arrival(
        columns,
        history,
        sent_before=sent_before if sent_before is not None else history,
        facts=facts,
        arrivals=[seconds(case.received_at) for case in cases],
        own_facts=lambda at: own_facts(cases[at]),
    )
    scores, fallback = _scores(rows, columns, recipe=recipe, champion=champion)
    late = {
        at: row for at, row in zip(found, late_rows, strict=True) if not np.array_equal(row, rows[at], equal_nan=True)
    }
    return [
        judge_row(
            case,
            row,
            on_arrival=late.get(at),
            score=score,
            fallback=fallback,
            danger_likeness=likenesses[at],
            odd=tuple(map(_odd_attribute, odd)),
            fact=fact,
            policy=policy_for(case),
            certificate_for=certificate_for,
            heads=domain.heads,
            now=now,
        )
        for at, (case, row, score, odd, fact) in enumerate(zip(cases, rows, scores, left_out, facts, strict=True))
    ]


def judge_row(
    case: Case,
    row: Row,
    *,
    on_arrival: Row | None,
    score: Score | None,
    fallback: str | None,
    fact: CaseFact,
    policy: Policy,
    certificate_for: Callable[[Policy], Certificate | None],
    heads: Heads,
    now: datetime,
    odd: Sequence[Reason] = (),
    danger_likeness: float | None = None,
) -> Judgement:
    """Judge a case whose feature row and score are known: as it is decided, and as a decision is recomputed.

    on_arrival: the row of what was known when it arrived, None where that is the same. odd: reasons that come last
    among those for which the case is odd.
    """
    features = row.tolist()
    late = None if on_arrival is None else on_arrival.tolist()
    strange = unlike(score.unlike) if score is not None else ()
    verdict = policy.judge(
        payload=case.payload,
        attributes=case.attributes,
        features=features,
        features_on_arrival=late,
        danger_likeness=danger_likeness,
        fx_rate=case.fx_rate,
        score=None if score is None else _coherent(score, heads),
        fallback=fallback,
        now=now,
        certificate=_certificate(certificate_for(policy), case),
        quality=(*case.quality, *strange, *odd),
        floor=Disposition.REVIEW if strange else case.floor,
        place=case.place,
    )
    return Judgement(
        case=case,
        features=features,
        features_on_arrival=late,
        danger_likeness=danger_likeness,
        verdict=verdict,
        fact=fact,
        policy=policy,
        decided_at=now,
    )


def _certificate(certificate: Certificate | None, case: Case) -> Certificate | None:
    return certificate.for_case(synthetic=case.synthetic) if certificate is not None else None


def _decision(judgement: Judgement) -> Decision:
    verdict, score, chosen = judgement.verdict, judgement.verdict.score, judgement.verdict.route
    return Decision(
        case_id=judgement.case_id,
        domain=judgement.case.domain,
        exception_id=judgement.case.exception_id,
        disposition=verdict.disposition,
        cause=_cause(verdict),
        risk=score.risk if score else None,
        impact=score.impact if score else None,
        expected_loss=score.expected_loss if score else None,
        danger_likeness=judgement.danger_likeness,
        currency=judgement.policy.document.currency,
        priority=verdict.priority,
        recommended_action=chosen.action,
        route=DecidedRoute(
            queue=chosen.queue,
            owner_role=chosen.owner_role,
            sla_due_at=chosen.sla_due_at,
            action=chosen.action,
            rule=chosen.rule,
        ),
        reasons=[_reason(reason) for reason in verdict.reasons],
        controls=[_hit(hit) for hit in (*verdict.controls, *verdict.overrides, *verdict.floors)],
        fired=[FiredRule(part=rule.part, id=rule.id, values=_values(rule.values)) for rule in verdict.fired],
        segment=verdict.segment,
        certificate=verdict.certificate_id,
        uncertified=verdict.uncertified,
        approval=_approval(verdict.approval),
        similar_cases=list(judgement.similar),
        model_version=score.model_version if score else None,
        policy_version=judgement.policy.version,
        fallback=verdict.fallback,
        audit_sample=judgement.draw.sampled,
        decided_at=judgement.decided_at,
    )


def _cause(verdict: Verdict) -> DecidedCause:
    if verdict.score is None:
        return DecidedCause(label=verdict.cause, probability=None, alternatives=[])
    first, *others = verdict.score.causes[: 1 + MAX_ALTERNATIVES]
    alternatives = [Alternative(label=cause.label, probability=cause.probability) for cause in others]
    return DecidedCause(label=verdict.cause, probability=first.probability, alternatives=alternatives)


def _scores(
    rows: Matrix, columns: Columns, *, recipe: Recipe, champion: Champion
) -> tuple[list[Score] | list[None], str | None]:
    if champion.scorer is None:
        return [None] * columns.n, champion.reason
    try:
        return champion.scorer.score(rows, recipe.texts(columns)), None
    except Exception as error:
        # Whatever breaks inside a model must not lose the case: the fallback rules decide, and say so.
        log.exception("scoring_failed", model_version=champion.scorer.version)
        return [None] * columns.n, f"the model {champion.scorer.version} failed ({type(error).__name__})"


def _likenesses(likeness: Likeness, texts: Sequence[str]) -> Sequence[float | None]:
    try:
        return likeness(texts)
    except Exception:
        # As with a model that fails: the case is decided without, and the words of danger still hold.
        log.exception("danger_likeness_failed")
        return no_likeness(texts)


def _coherent(score: Score, heads: Heads) -> Score:
    """Add to a score why its cause and its risk point apart, where they do."""
    explained = explain_difference(score, heads)
    return score if explained is None else replace(score, reasons=(explained, *score.reasons))


def _odd_attribute(name: str) -> Reason:
    text = f"attributes.{name} was left out: its value is not of the declared kind."
    return Reason(code=f"{ReasonCode.DATA_QUALITY}:attributes.{name}", text=text)


def _reason(reason: Reason) -> DecidedReason:
    return DecidedReason(code=str(reason.code), text=reason.text, weight=reason.weight)


def _hit(hit: Hit) -> ControlHit:
    return ControlHit(id=hit.id, title=hit.title, raise_to=hit.raise_to, queue=hit.queue, values=_values(hit.values))


def _approval(rule: FourEyes | None) -> Approval | None:
    return None if rule is None else Approval(id=rule.id, title=rule.title, role=rule.role)


def _values(read: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in read.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, datetime) else value
