"""What a score reaches among the cut-offs of a policy: inclusive, strictest first."""

from models.score import Reason, ReasonCode, Score
from policies.document.document import Disposition, Thresholds


def reached(cut: Thresholds, score: Score) -> tuple[Disposition, Reason]:
    """Return the disposition a score reaches, and the cut-off that says so."""
    loss = score.expected_loss
    probability = score.causes[0].probability
    steps = (
        (Disposition.ESCALATE, score.risk >= cut.escalate_at_risk, "Risk {risk:.1%} is at or above "
        "{0.escalate_at_risk:.1%}."),
        (Disposition.ESCALATE, _at(loss, cut.escalate_at_expected_loss), "Expected loss {loss:,.2f} is at or above "
        "{0.escalate_at_expected_loss}."),
        (Disposition.REVIEW, score.risk >= cut.review_at_risk, "Risk {risk:.1%} is at or above "
        "{0.review_at_risk:.1%}."),
        (Disposition.REVIEW, _at(loss, cut.review_at_expected_loss), "Expected loss {loss:,.2f} is at or above "
        "{0.review_at_expected_loss}."),
        (Disposition.REVIEW, probability < cut.review_below_cause_probability, "The cause is unclear: "
        "{probability:.0%} is below {0.review_below_cause_probability:.0%}."),
        (Disposition.CONFIRM, score.risk >= cut.confirm_at_risk, "Risk {risk:.1%} is at or above "
        "{0.confirm_at_risk:.1%}."),
        (Disposition.CONFIRM, _at(loss, cut.confirm_at_expected_loss), "Expected loss {loss:,.2f} is at or above "
        "{0.confirm_at_expected_loss}."),
        (Disposition.AUTO, True, "Risk {risk:.1%} is below every threshold."),
    )  # fmt: skip
    disposition, text = next((disposition, text) for disposition, holds, text in steps if holds)
    text = text.format(cut, risk=score.risk, loss=loss, probability=probability)
    return disposition, Reason(code=f"{ReasonCode.THRESHOLD}:{disposition}", text=text)


def _at(value: float, cut: float | None) -> bool:
    return cut is not None and value >= cut
