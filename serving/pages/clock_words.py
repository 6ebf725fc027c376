"""What the history of a case says of its clock, of rests and of being passed on."""

from collections.abc import Mapping
from typing import Any, Final

from serving.pages.templating import instant, written

CLOCK_VERBS: Final = frozenset(
    {"hold", "snooze", "resume", "hand_off", "assign", "escalate", "send_back", "stage", "clock_stopped"}
)


def clock_entry(verb: str, detail: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return title, line and quote of an event of a case's clock."""
    if verb in ("hold", "snooze"):
        title = "Put on hold" if verb == "hold" else "Snoozed"
        stopped = "the clock stands still" if detail["stops_the_clock"] else "the clock runs on"
        return (
            title,
            f"until {_moment(detail['until'])}; {stopped}, due {_moment(detail['sla_due_at'])}",
            detail["reason"],
        )
    if verb == "resume":
        return "Brought back", f"due {_moment(detail['sla_due_at'])}", ""
    if verb == "hand_off":
        return f"Handed to {_name(detail['to'])}", "", detail["comment"] or ""
    if verb == "stage":
        return _stage(detail)
    if verb == "escalate":
        return "Left to an approver", "", detail["reason"]
    if verb == "clock_stopped":
        return "The clock stopped", detail["because"], ""
    to = [_name(detail["to"])] if detail["to"] else []
    to += [detail["queue"]] if detail["queue"] != detail["queue_before"] or not to else []
    if verb == "assign":
        return f"Assigned to {', '.join(to)}", "", detail["comment"] or ""
    return f"Sent back to {', '.join(to)}", "", detail["reason"]


def _stage(detail: Mapping[str, Any]) -> tuple[str, str, str]:
    done = [f"told {', '.join(detail['notify'])}"] if detail["notify"] else []
    done += [f"raised to {detail['priority']}"] if detail["priority"] else []
    done += [f"moved to {detail['queue']}"] if detail["queue"] else []
    done += [f"now with the {detail['escalate_to']}"] if detail["escalate_to"] else []
    return f"{detail['at_percent']:g} % of its time has run", "; ".join(done), ""


def _moment(text: str) -> str:
    return written(instant(text))


def _name(principal: str) -> str:
    return principal.partition(":")[2] or principal
