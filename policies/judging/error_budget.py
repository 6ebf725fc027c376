"""The error budget kept: what would be automatic stays so only where a certificate of this very policy and model allows
it."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.score import UNKNOWN_CAUSE, Reason, ReasonCode, Score
from policies.document.document import Disposition, ErrorBudget, PolicyDocument
from policies.judging.certificate import Certificate

NO_CERTIFICATE: Final = "there is no certificate for this policy yet"
NO_MODEL: Final = "no model spoke, and no certificate covers a rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the error budget makes of a case. certificate_id: the one that was asked; uncertified: why it did not allow
    it."""

    disposition: Disposition
    certificate_id: str | None = None
    uncertified: str | None = None
    reasons: tuple[Reason, ...] = ()


def certified_score(budget: ErrorBudget, score: Score) -> float:
    """Return the number a certificate's threshold is compared with, in [0, 1], high is bad: the risk, or 1 -
    probability of the cause."""
    if budget.of == "risk":
        return score.risk
    first = score.causes[0]
    return 1.0 if first.label == UNKNOWN_CAUSE else 1.0 - first.probability


def kept(
    document: PolicyDocument,
    certificate: Certificate | None,
    disposition: Disposition,
    *,
    segment: str | None,
    score: Score | None,
    now: datetime,
) -> Promise:
    """Ask the certificate where nothing else stands against acting straight through; without an error budget nobody is
    asked.

    Not automatic is `confirm` where only the case's own score stands in the way, or where a fallback rule spoke;
    `review` where nothing is proven.
    """
    budget = document.error_budget
    if budget is None or segment is None or disposition is not Disposition.AUTO:
        return Promise(disposition=disposition)
    floor_disposition, why = _allowed(document, budget, certificate, segment=segment, score=score, now=now)
    if why is None:
        text = f"Cases like this, segment {segment}, are certified to go straight through."
    elif floor_disposition is Disposition.CONFIRM and score is not None:
        # The numbers behind it are for those who run the promise; they stand in `uncertified`.
        text = "Not automatic: its risk is higher than what is proven to go straight through."
    else:
        text = f"Not automatic: {why.rstrip('.')}."
    return Promise(
        disposition=floor_disposition,
        certificate_id=certificate.certificate_id if certificate is not None else None,
        uncertified=why,
        reasons=(Reason(code=ReasonCode.CERTIFICATE, text=text),),
    )


def _allowed(
    document: PolicyDocument,
    budget: ErrorBudget,
    certificate: Certificate | None,
    *,
    segment: str,
    score: Score | None,
    now: datetime,
) -> tuple[Disposition, str | None]:
    if score is None:
        return Disposition.CONFIRM, NO_MODEL
    if certificate is None:
        return Disposition.REVIEW, NO_CERTIFICATE
    foreign = _foreign(document, budget, certificate)
    if foreign is not None:
        return Disposition.REVIEW, foreign
    asked = certified_score(budget, score)
    if not math.isfinite(asked):
        return Disposition.REVIEW, "the score is not a number"
    version, model = document.version, score.model_version
    why = certificate.refusal(segment, asked, policy_version=version, model_version=model, now=now)
    if why is None:
        return Disposition.AUTO, None
    if certificate.refusal(segment, 0.0, policy_version=version, model_version=model, now=now) is None:
        return Disposition.CONFIRM, why
    return Disposition.REVIEW, why


def _foreign(document: PolicyDocument, budget: ErrorBudget, certificate: Certificate) -> str | None:
    """Return why a certificate proves nothing about this document."""
    if (certificate.domain, certificate.variant) != (document.domain, document.variant):
        of = certificate.domain + (f", variant {certificate.variant}" if certificate.variant else "")
        return f"the certificate is for {of}"
    if certificate.of != budget.of:
        return f"the certificate is about the {certificate.of}, the budget about the {budget.of}"
    if certificate.alpha > budget.alpha or certificate.delta > budget.delta:
        return (
            f"the certificate allows {certificate.alpha:.2%} with {1 - certificate.delta:.0%} confidence, "
            f"the budget {budget.alpha:.2%} with {1 - budget.delta:.0%}"
        )
    return None
