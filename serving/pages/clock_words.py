"""What the history of a case says of its clock, of rests and of being passed on."""

from collections.abc import Mapping
from typing import Any, Final

from serving.pages.language import translate
from serving.pages.templating import instant, written

CLOCK_VERBS: Final = frozenset(
    {"hold", "snooze", "resume", "hand_off", "assign", "escalate", "send_back", "stage", "clock_stopped"}
)


def clock_entry(verb: str, detail: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return title, line and quote of an event of a case's clock."""
    if verb in ("hold", "snooze"):
        title = translate("Put on hold" if verb == "hold" else "Snoozed")
        stopped = translate("the clock stands still" if detail["stops_the_clock"] else "the clock runs on")
        return (
            title,
            translate("until {}; {}, due {}").format(_moment(detail["until"]), stopped, _moment(detail["sla_due_at"])),
            detail["reason"],
        )
    if verb == "resume":
        return translate("Brought back"), translate("due {}").format(_moment(detail["sla_due_at"])), ""
    if verb == "hand_off":
        return translate("Handed to {}").format(_name(detail["to"])), "", detail["comment"] or ""
    if verb == "stage":
        return _stage(detail)
    if verb == "escalate":
        return translate("Left to an approver"), "", detail["reason"]
    if verb == "clock_stopped":
        return translate("The clock stopped"), detail["because"], ""
    to = [_name(detail["to"])] if detail["to"] else []
    to += [detail["queue"]] if detail["queue"] != detail["queue_before"] or not to else []
    if verb == "assign":
        return translate("Assigned to {}").format(", ".join(to)), "", detail["comment"] or ""
    return translate("Sent back to {}").format(", ".join(to)), "", detail["reason"]


def _stage(detail: Mapping[str, Any]) -> tuple[str, str, str]:
    done = [translate("told {}").format(", ".join(detail["notify"]))] if detail["notify"] else []
    done += [translate("raised to {}").format(detail["priority"])] if detail["priority"] else []
    done += [translate("moved to {}").format(detail["queue"])] if detail["queue"] else []
    done += [translate("now with the {}").format(detail["escalate_to"])] if detail["escalate_to"] else []
    return translate("{} % of its time has run").format(f"{detail['at_percent']:g}"), "; ".join(done), ""


def _moment(text: str) -> str:
    return written(instant(text))


def _name(principal: str) -> str:
    return principal.partition(":")[2] or principal
