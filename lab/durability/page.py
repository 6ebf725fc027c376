"""The page of the runs: what was done to each store, and what was lost or done twice."""

from collections.abc import Sequence
from typing import Final

from lab.durability.breaking import FULL_SECONDS, OUTAGE_SECONDS, Plan
from lab.durability.counting import Findings
from lab.durability.lab_policy import SLA_SECONDS, STAGES
from lab.durability.launch import LEASE
from lab.durability.processes import JUMPS_SECONDS
from lab.durability.receiver import HANG_SECONDS, LATE_SECONDS, MISBEHAVIOUR

_ORDER: Final = (
    "killed api", "killed worker", "stopped past the lease", "clock jumps", "clock jumps of the database",
    "database restarted", "database connections cut", "disk full", "database ended on the full disk, started again",
    "broker killed and started", "receiver down", "ended by themselves, started again", "unanswered requests",
    "told to come back", "cases accepted", "cases stored", "tasks", "rulings answered", "tasks done", "steps",
    "stages reached", "deliveries written", "effects at the receiver", "messages on the bus", "requests: first",
    "requests: repeated", "requests: fails", "requests: down", "requests: hangs", "requests: late", "requests: twice",
    "requests: closes", "requests: cut off", "audit links", "seconds to drain after the last break",
)  # fmt: skip
_BREAKS: Final = {
    "clock jumps": "clocks that jump (no C compiler)",
    "disk full": "a full disk (no leave to mount one)",
    "broker killed and started": "the broker (no NATS server)",
    "database restarted": "a database server (none of the run's own)",
}
_HOLDS: Final = (
    "nothing accepted was lost; every delivery arrived and no key took effect twice; rulings came after decisions; "
    "every stage of every clock was reached once; every step was done once and in its "
    "order; tasks, rulings and counts agree; the audit chain and every row it proves verify"
)


def page(found: Sequence[Findings], plan: Plan, *, command: str, stamp: str) -> str:
    """Write the page."""
    shares = ", ".join(f"{how} {share:.0%}" for how, share in MISBEHAVIOUR.items())
    stages = ", ".join(f"{at} %" for at in STAGES)
    lines = [
        "# Durability",
        "",
        f"Measured with `{command}`, {stamp}.",
        "",
        f"{plan.apis} API processes and {plan.workers} workers on one database, {plan.callers} callers that send a "
        "case again until it is answered, and rule on some. Fallback rules decide, for no model is loaded.",
        "",
        "- **Killed**: an API or a worker, with SIGKILL at a random point, and started again.",
        f"- **Stopped**: a worker, with SIGSTOP for longer than its lease ({LEASE.seconds} s here, 60 s in the "
        "product); it wakes up in the middle of what others have taken over.",
        f"- **Clocks**: a process's wall clock is set wrong by {', '.join(f'{at:+g} s' for at in JUMPS_SECONDS)} until "
        "it is set again; on PostgreSQL the server's too. SQLite has no clock but that of each process.",
        "- **Database**: on PostgreSQL the server ends at once (SIGQUIT) and recovers from its log, and all "
        "connections are cut.",
        f"- **Disk**: every byte of the store's disk is taken for {FULL_SECONDS:g} s.",
        "- **Broker**: NATS JetStream, which gets decisions and rulings, is killed and started again.",
        f"- **Receiver**: it verifies every signature and keeps one effect per key; of its requests, {shares} (hangs: "
        f"{HANG_SECONDS:g} s, late: {LATE_SECONDS:g} s, against a time-out of 1 s; closes: in the middle of its "
        f"answer); it is down for {OUTAGE_SECONDS:g} s.",
        "",
        f"Each case that waits for a person is due after {SLA_SECONDS:g} s, has stages at {stages} of that, two calls "
        "to a system one after the other, and a wait that runs out; a ruling calls once more.",
        "",
        "| | " + " | ".join(one.store for one in found) + " |",
        "|---|" + "---:|" * len(found),
    ]
    named = [name for name in _ORDER if any(name in one.counts for one in found)]
    lines += [f"| {name} | " + " | ".join(f"{one.counts[name]:,}" for one in found) + " |" for name in named]
    lines += [
        "| **lost, doubled, missed, out of order, unsigned, broken links** | "
        f"{' | '.join(str(len(one.wrong)) for one in found)} |",
        "",
    ]
    lines += [f"- {one.store}, {one.seconds:.0f} s: {'; '.join(one.wrong) or _holds(one)}." for one in found]
    missing = [what for name, what in _BREAKS.items() if not any(one.counts[name] for one in found)]
    lines += [
        "",
        "*First* requests took effect, *repeated* ones brought a key that had: they are what *at least once* costs, "
        "and why a receiver keeps keys. *Unanswered requests* are mostly calls to an API that was just killed; "
        "requests *cut off* came from a worker that was killed between head and body.",
        "",
        f"Not broken here: {', '.join([*missing, 'power and the machine'])}. A full disk is the store's; logs and the "
        "broker lie on another.",
    ]
    return "\n".join(lines) + "\n"


def _holds(found: Findings) -> str:
    """Return what a run without a finding has shown; of the bus only where there was one."""
    return _HOLDS + ("; every event is on the bus once" if "messages on the bus" in found.counts else "")
