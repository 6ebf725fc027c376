"""What a minute of review saves: the cost of the better of the two things to do without one."""

import math
from collections.abc import Sequence

from models.score import Reason, Score
from policies.answers import rule_failed
from policies.compiling import AMOUNTS
from policies.document import PolicyDocument


def saved_per_minute(
    document: PolicyDocument, queue: str | None, *, score: Score | None, amounts: Sequence[float | Exception | None]
) -> tuple[float, list[Reason]]:
    """Give the expected cost, in the reporting currency, that a minute of review in a queue saves, and what failed on the way.

    Without costs, or where an amount fails, the expected loss stands for it. Without a queue or a score it is 0: nobody
    reviews, or nothing is known to be saved.
    """
    if score is None or queue is None:
        return 0.0, []
    minutes = document.queues[queue].minutes_per_case
    failed = [
        rule_failed(f"costs.{name}", f"{_why(amount)}; the expected loss was used instead")
        for name, amount in zip(AMOUNTS, amounts, strict=False)
        if not _is_amount(amount)
    ]
    if failed or not amounts:
        return score.expected_loss / minutes, failed
    false_accept, false_refuse = amounts
    return without_review(score.risk, float(false_accept), float(false_refuse)) / minutes, []  # type: ignore[arg-type]


def without_review(risk: float, false_accept: float, false_refuse: float) -> float:
    """Give the expected cost of the better of accepting and refusing unseen (Elkan 2001); a refusal without a price is no choice."""
    accepted = risk * false_accept
    return min(accepted, (1 - risk) * false_refuse) if false_refuse > 0 else accepted


def _is_amount(value: float | Exception | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _why(value: float | Exception | None) -> str:
    return str(value) if isinstance(value, Exception) else f"it gave {value}, not an amount of at least 0"
