"""The labels an error budget asks for: what is scarce, so it is shown wherever a budget is set."""

from collections.abc import Mapping

from policies.certifying.certification import SHARES_OF_ALPHA, labels_needed
from policies.document.document import ErrorBudget


def labels_by_share(budget: ErrorBudget) -> Mapping[float, int]:
    """Return the audited labels each segment needs in its automatic part, by its true error rate as a share of margin x
    alpha.

    With so many a segment is certified with 80 % probability; the confidence is shared among the segments.
    """
    alpha, delta = budget.margin * budget.alpha, budget.delta / len(budget.segments)
    return {share: labels_needed(alpha, delta, share) for share in SHARES_OF_ALPHA}
