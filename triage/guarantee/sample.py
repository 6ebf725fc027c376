"""What a certificate rests on: cases that would be automatic but for a certificate, with what became known of them.

They come from two places. Decided cases: automatic ones count where they were drawn for audit and audited, with the
probability they had; all others were seen by a person. Held-out cases of training: the model never learnt from them,
and the policy judges them again now.
Nothing else counts: an outcome that arrives by itself for an automatic decision arrives because something went wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from models.danger_likeness import LIKENESS
from models.holdout import Holdout
from models.score import Score
from policies.certifying.certification import Audited, thin
from policies.document.document import Disposition
from policies.judging.error_budget import certified_score
from policies.judging.policy import Policy
from triage.db.answer_fields import DANGER_LIKENESS, answer_number
from triage.db.schema import cases, decisions, labels, past_cases
from triage.domain import Domain
from triage.in_force import InForce
from triage.intake.audit_slice import KEPT_WHEN_THINNED, uniform_draw
from triage.intake.decision import Decision
from triage.labels import Question, labels_that_hold, says_wrong
from triage.provenance import is_simulated

_CHUNK: Final = 500
_SEEN_BY_A_PERSON: Final = frozenset({"resolution", "audit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A case that would be automatic but for the certificate, and whether that would have been wrong.

    key: what the draw is made from. source: of the label. propensity: the probability it had to be labelled, (0, 1].
    group: cases that were labelled under the same rules. synthetic: whether a simulator made it.
    """

    key: str
    segment: str
    score: float
    wrong: bool
    source: str
    at: datetime
    propensity: float
    group: str
    synthetic: bool
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class _Truth:
    """What is known of a case by the label that holds, and all sources there are."""

    wrong: bool
    source: str
    sources: frozenset[str]


def decided(connection: Connection, policy: Policy, *, model_version: str, since: datetime) -> list[Labelled]:
    """Gather decisions of this very policy and model version that have a label."""
    document = policy.document
    assert document.error_budget is not None
    of = document.error_budget.of
    query = (
        select(
            decisions.c.case_id, cases.c.exception_id, decisions.c.decided_at, decisions.c.disposition,
            decisions.c.cause,
            decisions.c.risk, decisions.c.segment, decisions.c.certificate_id, decisions.c.audit_sample,
            decisions.c.audit_propensity, decisions.c.answer, cases.c.envelope,
        )
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .where(
            decisions.c.domain == document.domain,
            decisions.c.variant.is_not_distinct_from(document.variant),
            decisions.c.policy_version == policy.version,
            decisions.c.model_version == model_version,
            decisions.c.segment.is_not(None),
            decisions.c.decided_at >= since,
        )
        .where(select(labels.c.label_id).where(_label_of(cases)).exists())
        .order_by(decisions.c.decision_id)
    )  # fmt: skip
    found = []
    for rows in _chunks(connection.execute(query).all()):
        truths = _truths(connection, document.domain, {row.exception_id: row.cause for row in rows}, of)
        for row in rows:
            truth, decision = truths.get(row.exception_id), Decision.read(row.answer)
            propensity = _propensity(row, truth)
            if truth is None or propensity is None or row.risk is None:
                continue
            if row.disposition != Disposition.AUTO and decision.uncertified is None:
                continue
            probability = decision.cause.probability
            found.append(
                Labelled(
                    key=row.case_id,
                    segment=row.segment,
                    score=row.risk if of == "risk" else 1.0 - (probability or 0.0),
                    wrong=truth.wrong,
                    source=truth.source,
                    at=row.decided_at,
                    propensity=propensity,
                    group=f"{row.certificate_id}/{row.segment}",
                    synthetic=_is_synthetic(orjson.loads(row.envelope)),
                )
            )
    return found


def held_out(
    connection: Connection,
    holdout: Holdout,
    *,
    domain: Domain,
    policy: Policy,
    policies: InForce,
    model_version: str,
    now: datetime,
) -> list[Labelled]:
    """Judge a model's held-out cases by a policy and join what is known of them; cases this database does not hold are
    left out."""
    budget = policy.document.error_budget
    assert budget is not None
    stored = _stored(connection, domain.name, holdout.exception_ids)
    scores = {name: holdout.score(at, model_version=model_version) for at, name in enumerate(holdout.exception_ids)}
    suggested = {name: scores[name].causes[0].label for name in stored}
    truths: dict[str, _Truth] = {}
    for names in _chunks(list(suggested)):
        truths |= _truths(connection, domain.name, {name: suggested[name] for name in names}, budget.of)
    found = []
    for at, name in enumerate(holdout.exception_ids):
        case, truth = stored.get(name), truths.get(name)
        if case is None or truth is None or policies.for_case(domain.name, case.envelope) is not policy:
            continue
        if holdout.unlike is not None and holdout.unlike[at]:
            continue  # a person decides it whatever is proven, so it proves nothing about what goes straight through
        propensity = 1.0 if case.decision is None else _propensity(case.decision, truth)
        segment = _segment(policy, domain, case, scores[name], holdout.rows[at].tolist(), now)
        if propensity is None or segment is None:
            continue
        under = case.decision.certificate_id if case.decision is not None else "past"
        found.append(
            Labelled(
                key=case.key,
                segment=segment,
                score=certified_score(budget, scores[name]),
                wrong=truth.wrong,
                source=truth.source,
                at=case.at,
                propensity=propensity,
                group=f"{under}/{segment}",
                synthetic=case.synthetic,
                held_out=True,
            )
        )
    return found


def thinned(rows: Sequence[Labelled]) -> list[Labelled]:
    """Keep of each group so many labels that every case of it had the same probability to be among them, in order of
    time."""
    groups: dict[str, list[Labelled]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    kept = []
    for members in groups.values():
        propensities = np.array([row.propensity for row in members])
        draws = np.array([uniform_draw(row.key, KEPT_WHEN_THINNED) for row in members])
        kept += [row for row, keep in zip(members, thin(propensities, draws).tolist(), strict=True) if keep]
    return sorted(kept, key=lambda row: (row.at, row.key))


def audited(rows: Sequence[Labelled]) -> Audited:
    """Return rows in the form they are tested in."""
    return Audited(
        segments=np.array([row.segment for row in rows], dtype=np.str_),
        scores=np.array([row.score for row in rows], dtype=np.float64),
        wrong=np.array([row.wrong for row in rows], dtype=np.bool_),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """A held-out case as the database holds it; decision: the one made of it then, None where it was only
    backfilled."""

    key: str
    payload: str
    attributes: str
    fx_rate: float
    at: datetime
    envelope: Mapping[str, Any]
    synthetic: bool
    decision: Row[Any] | None


def _segment(
    policy: Policy, domain: Domain, case: _Case, score: Score, features: Sequence[float], now: datetime
) -> str | None:
    """Return the segment of a case that only a certificate keeps from being automatic; None for any other."""
    try:
        payload = domain.recipe.payload.model_validate_json(case.payload)
    except ValidationError:
        return None
    late = case.decision.features_on_arrival if case.decision is not None else None
    verdict = policy.judge(
        payload=payload,
        attributes=orjson.loads(case.attributes),
        features=features,
        features_on_arrival=np.frombuffer(late, dtype="<f8").tolist()
        if late is not None and len(late) == 8 * len(features)
        else None,
        danger_likeness=case.decision.danger_likeness if case.decision is not None else None,
        fx_rate=case.fx_rate,
        score=score,
        fallback=None,
        now=now,
        certificate=None,
    )
    return verdict.segment if verdict.uncertified is not None else None


def _propensity(row: Row[Any], truth: _Truth | None) -> float | None:
    """Return the probability with which a decided case got its label; None where it was not by our own drawing that it
    has one."""
    if truth is None or not truth.sources & _SEEN_BY_A_PERSON:
        return None
    if row.disposition != Disposition.AUTO:
        return 1.0
    return row.audit_propensity if row.audit_sample else None


def _truths(connection: Connection, domain: str, suggested: Mapping[str, str], of: Question) -> dict[str, _Truth]:
    """Find what is known of cases, by exception id; `suggested` is the cause each was given."""
    query = (
        select(labels)
        .where(labels.c.domain == domain, labels.c.exception_id.in_(list(suggested)))
        .order_by(labels.c.label_id)
    )
    rows: list[Any] = list(connection.execute(query))
    sources: dict[str, set[str]] = {}
    for row in rows:
        sources.setdefault(row.exception_id, set()).add(row.source)
    held = labels_that_hold(((row.exception_id, row) for row in rows), of)
    return {
        name: _Truth(bool(says_wrong(row, of, suggested=suggested[name])), row.source, frozenset(sources[name]))
        for name, row in held.items()
    }


def _stored(connection: Connection, domain: str, names: Sequence[str]) -> dict[str, _Case]:
    """Find cases by exception id, submitted or backfilled."""
    found: dict[str, _Case] = {}
    for chunk in _chunks(names):
        past = select(past_cases).where(past_cases.c.domain == domain, past_cases.c.exception_id.in_(chunk))
        for row in connection.execute(past):
            found[row.exception_id] = _Case(
                row.exception_id,
                row.payload,
                row.attributes,
                row.fx_rate,
                row.known_at,
                {},
                is_simulated(row.origin),
                None,
            )
        submitted = (
            select(
                cases,
                *(decisions.c[name] for name in _OF_DECISION),
                answer_number(connection, DANGER_LIKENESS).label(LIKENESS),
            )
            .join(decisions, decisions.c.case_id == cases.c.case_id)
            .where(cases.c.domain == domain, cases.c.exception_id.in_(chunk))
        )
        for row in connection.execute(submitted):
            envelope = orjson.loads(row.envelope)
            found[row.exception_id] = _Case(
                row.case_id, row.payload, row.attributes, row.fx_rate, row.as_of, envelope, _is_synthetic(envelope), row
            )
    return found


_OF_DECISION: Final = ("features_on_arrival", "disposition", "certificate_id", "audit_sample", "audit_propensity")


def _is_synthetic(envelope: Mapping[str, Any]) -> bool:
    return bool(envelope.get("synthetic", False))


def _label_of(case: Any) -> Any:
    return (labels.c.domain == case.c.domain) & (labels.c.exception_id == case.c.exception_id)


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
