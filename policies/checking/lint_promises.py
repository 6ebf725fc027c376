"""Checks of what a policy promises: a budget nobody audits, minutes without a worth, cut-offs that never matter."""

from collections.abc import Iterator

from policies.checking.findings import Finding, finding
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy


def promises(policy: Policy) -> Iterator[Finding]:
    """A budget without an audit slice or the other way round, and costs that are missing or decide nothing."""
    document = policy.document
    if document.error_budget is not None and document.audit is None:
        yield finding(
            policy, "error", "budget-without-audit", ("error_budget",),
            "an error budget without an audit slice: nobody would ever know whether it is kept",
            "add `audit` with a queue whose people check a share of the automatic decisions",
        )  # fmt: skip
    if document.audit is not None and document.error_budget is None:
        yield finding(
            policy, "warning", "audit-without-budget", ("audit",), "an audit slice, and no error budget it could keep",
            "add `error_budget`",
        )  # fmt: skip
    counted = [name for name, queue in document.queues.items() if queue.minutes_per_day is not None]
    if counted and document.costs is None:
        yield finding(
            policy, "warning", "minutes-without-costs", ("queues", counted[0], "minutes_per_day"),
            f"{counted[0]} has limited minutes, and nothing says what a minute there is worth", "add `costs`",
        )  # fmt: skip
    if document.costs is not None and document.costs.false_refuse.strip() in ("0", "0.0"):
        yield finding(
            policy, "warning", "holding-is-free", ("costs",), "holding a case costs nothing, so no review is ever "
            "worth its time",
            "say in `false_refuse` what it costs to hold a case that was fine",
        )  # fmt: skip


def idle_thresholds(policy: Policy) -> Iterator[Finding]:
    """Cut-offs that a stricter one makes useless."""
    cut = policy.document.thresholds
    pairs = (
        ("confirm_at_risk", cut.confirm_at_risk, "review_at_risk", cut.review_at_risk),
        ("confirm_at_expected_loss", cut.confirm_at_expected_loss, "review_at_expected_loss",
        cut.review_at_expected_loss),
        ("review_at_expected_loss", cut.review_at_expected_loss, "escalate_at_expected_loss",
        cut.escalate_at_expected_loss),
    )  # fmt: skip
    for low, lower, high, higher in pairs:
        if lower is not None and higher is not None and lower >= higher:
            yield finding(
                policy, "warning", "idle-threshold", ("thresholds", low), f"{low} {lower:g} never matters: {high} is "
                f"{higher:g}",
                "lower it, or leave it out",
            )  # fmt: skip


def idle_under(policy: Policy, certificate: Certificate) -> Iterator[Finding]:
    """Cut-offs above everything that is certified."""
    thresholds = [part.threshold for part in certificate.segments.values()]
    highest = max((threshold for threshold in thresholds if threshold is not None), default=0.0)
    if certificate.of == "risk" and policy.document.thresholds.confirm_at_risk > highest:
        cut = policy.document.thresholds.confirm_at_risk
        yield finding(
            policy, "warning", "idle-threshold", ("thresholds", "confirm_at_risk"),
            f"confirm_at_risk {cut:g} never matters: nothing above {highest:.4g} is certified in any segment",
            "leave it as a second fence, or lower it where you mean it",
        )  # fmt: skip
