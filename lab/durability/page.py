"""The page of the runs: what was done to each store, and what was lost or done twice."""

from collections.abc import Sequence
from typing import Final

from lab.durability.receiver import HANG_SECONDS, LATE_SECONDS, MISBEHAVIOUR
from lab.durability.run import OUTAGE_SECONDS, Findings, Plan

_ORDER: Final = (
    "killed api", "killed worker", "stopped past the lease", "database connections cut", "receiver down",
    "unanswered requests", "cases accepted", "cases stored", "rulings answered", "deliveries written",
    "effects at the receiver", "requests: first", "requests: repeated", "requests: fails", "requests: down",
    "requests: hangs",
    "requests: late", "requests: twice", "requests: closes", "audit links", "seconds to drain after the last break",
)  # fmt: skip


def page(found: Sequence[Findings], plan: Plan, *, command: str, stamp: str) -> str:
    """Write the page."""
    shares = ", ".join(f"{how} {share:.0%}" for how, share in MISBEHAVIOUR.items())
    lines = [
        "# Durability",
        "",
        f"Measured with `{command}`, {stamp}.",
        "",
        f"{plan.apis} API processes and {plan.workers} workers on one database, {plan.callers} callers that send a "
        "case again until it is answered. "
        "Processes are killed with SIGKILL at random points and started again; workers are stopped (SIGSTOP) for "
        "longer than their lease, and wake up; "
        "on PostgreSQL all connections are cut, as by a restart. The receiver verifies every signature and keeps one "
        f"effect per key; of its requests, {shares} "
        f"(hangs: {HANG_SECONDS:g} s, late: {LATE_SECONDS:g} s, against a time-out of 1 s); it is down for "
        f"{OUTAGE_SECONDS:g} s. "
        "Fallback rules decide, for no model is loaded. Leases are 8 s here and 60 s in the product.",
        "",
        "| | " + " | ".join(one.store for one in found) + " |",
        "|---|" + "---:|" * len(found),
    ]
    named = [name for name in _ORDER if any(name in one.counts for one in found)]
    lines += [f"| {name} | " + " | ".join(f"{one.counts[name]:,}" for one in found) + " |" for name in named]
    lines += [
        "| **lost, doubled, out of order, unsigned, broken links** | "
        f"{' | '.join(str(len(one.wrong)) for one in found)} |",
        "",
    ]
    for one in found:
        counts = (
            "; ".join(one.wrong)
            or "nothing accepted was lost, no event took effect twice, rulings came after decisions, the audit chain "
            "verifies"
        )
        lines.append(f"- {one.store}, {one.seconds:.0f} s: {counts}.")
    lines += [
        "",
        "*First* requests took effect, *repeated* ones brought a key that had: they are what *at least once* costs, "
        "and why a receiver keeps keys.",
    ]
    return "\n".join(lines) + "\n"
