"""What a minute of review saves: what the better of the two things to do without one would cost, less the review
itself."""

import math
from collections.abc import Sequence

from models.score import Reason, Score
from policies.document.document import PolicyDocument
from policies.judging.answers import rule_failed
from policies.judging.compiling import AMOUNTS

Amount = float | Exception | None


def saved_per_minute(
    document: PolicyDocument, queue: str | None, *, score: Score | None, amounts: Sequence[Amount]
) -> tuple[float, list[Reason]]:
    """Return the expected cost, in the reporting currency, that a minute of review in a queue saves, and what failed on
    the way.

    Negative where the review costs more than it saves. Without costs, or where an amount fails, the expected loss
    stands for what is saved. Without a queue or a score it is 0: nobody reviews, or nothing is known to be saved.
    """
    if score is None or queue is None:
        return 0.0, []
    minutes = document.queues[queue].minutes_per_case
    paid = document.costs.review_per_minute if document.costs is not None else 0.0
    failed = [
        rule_failed(f"costs.{name}", f"{_why(amount)}; the expected loss was used instead")
        for name, amount in zip(AMOUNTS, amounts, strict=False)
        if amount is not None and not _is_amount(amount)
    ]
    saved = score.expected_loss if failed or not amounts or None in amounts else _saved(score.risk, *amounts)  # type: ignore[arg-type]
    return saved / minutes - paid, failed


def _saved(risk: float, false_accept: float, false_refuse: float) -> float:
    """Return the expected cost of the better of accepting and holding unseen (Elkan 2001)."""
    return min(risk * false_accept, (1 - risk) * false_refuse)


def _is_amount(value: Amount) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _why(value: Amount) -> str:
    return str(value) if isinstance(value, Exception) else f"it gave {value}, not an amount of at least 0"
