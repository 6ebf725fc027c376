"""The difference between two policy documents in words: what was added, removed or changed, and whether that is looser.

`tighter` and `looser` are said only where the direction is certain: a cut-off, the error budget, the audit share, a
control's presence or `raise_to`. A changed condition or limit can be either, and is `changed`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel

from policies.document.document import PolicyDocument
from policies.judging.compiling import rule_id

Direction = Literal["tighter", "looser", "changed"]
_RULES: Final = ("controls", "override_rules", "four_eyes")
_LISTS: Final = ("fallback_rules", "priorities", "routes", "lookups")
_MAPPINGS: Final = ("limits", "attributes", "queues", "calendars", "roles", "ladders", "systems", "reason_codes")
_LOWER_IS_TIGHTER: Final = frozenset({"alpha", "delta", "margin", "lapse_days", "recertify_days"})
_HIGHER_IS_TIGHTER: Final = frozenset({"share", "review_below_cause_probability"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. key: dotted path, rules by their id; was, becomes: as written, None where it is not there."""

    direction: Direction
    key: str
    was: Any
    becomes: Any

    @property
    def sentence(self) -> str:
        """Return it in words."""
        if self.was is None:
            return f"{self.key} added: {self.becomes}"
        if self.becomes is None:
            return f"{self.key} removed, was {self.was}"
        return f"{self.key}: {self.was} → {self.becomes}"


def difference(old: PolicyDocument, new: PolicyDocument) -> list[Change]:
    """Compare two documents of one domain; the new one is what may come into force."""
    return [change for part in _compared(old, new) for change in part]


def _compared(old: PolicyDocument, new: PolicyDocument) -> Iterator[Iterator[Change]]:
    for name in ("version", "title", "currency", "auto_action", "variant", "extends", "applies_to"):
        yield _value(name, getattr(old, name), getattr(new, name))
    yield _fields("thresholds", old.thresholds, new.thresholds, tighter=_cut_off)
    yield _fields("error_budget", old.error_budget, new.error_budget, tighter=_number, leave_out=("segments",))
    yield _ordered("error_budget.segments", _segments(old), _segments(new))
    yield _fields("audit", old.audit, new.audit, tighter=_number)
    yield _fields("costs", old.costs, new.costs, tighter=_unknown)
    yield _fields("rest", old.rest, new.rest, tighter=_unknown)
    yield _fields("matching", old.matching, new.matching, tighter=_unknown)
    for part in _RULES:
        yield _rules(part, getattr(old, part), getattr(new, part))
    for part in _LISTS:
        yield _ordered(part, getattr(old, part), getattr(new, part))
    for part in _MAPPINGS:
        before, after = getattr(old, part), getattr(new, part)
        for name in dict.fromkeys((*before, *after)):
            yield _entry(f"{part}.{name}", before.get(name), after.get(name))


def _value(key: str, was: Any, becomes: Any, direction: Direction = "changed") -> Iterator[Change]:
    if was != becomes:
        yield Change(direction=direction, key=key, was=_shown(was), becomes=_shown(becomes))


def _entry(key: str, was: Any, becomes: Any) -> Iterator[Change]:
    if isinstance(was, BaseModel) and isinstance(becomes, BaseModel):
        yield from _fields(key, was, becomes, tighter=_restricted)
    else:
        yield from _value(key, was, becomes)


def _fields(
    key: str, old: BaseModel | None, new: BaseModel | None, *, tighter: Any, leave_out: Sequence[str] = ()
) -> Iterator[Change]:
    """Compare two parts field by field; a part that appears makes the policy tighter, one that goes looser."""
    if old is None or new is None:
        appears: Direction = "changed" if key == "costs" else "tighter" if old is None else "looser"
        yield from _value(key, old, new, appears)
        return
    for name in type(new).model_fields:
        if name not in leave_out:
            was, becomes = getattr(old, name), getattr(new, name)
            yield from _value(f"{key}.{name}", was, becomes, tighter(name, was, becomes))


def _rules(part: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    """Compare rules that only raise, by their ids: one more is tighter, one less looser; their order decides
    nothing."""
    before, after = {rule.id: rule for rule in old}, {rule.id: rule for rule in new}
    for name in dict.fromkeys((*before, *after)):
        was, becomes = before.get(name), after.get(name)
        if was is not None and becomes is not None:
            yield from _fields(f"{part}.{name}", was, becomes, tighter=_raised)
        else:
            yield from _value(f"{part}.{name}", was, becomes, "tighter" if was is None else "looser")


def _ordered(part: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    """Compare lists of which the first match counts: by ids, and their order."""
    before = {rule_id(part, at, rule): rule for at, rule in enumerate(old)}
    after = {rule_id(part, at, rule): rule for at, rule in enumerate(new)}
    for name in dict.fromkeys((*before, *after)):
        key = name if name.startswith(part) else f"{part}.{name}"
        was, becomes = before.get(name), after.get(name)
        if was is not None and becomes is not None:
            yield from _fields(key, was, becomes, tighter=_raised)
        else:
            yield from _value(key, was, becomes)
    kept = [name for name in before if name in after]
    order = [name for name in after if name in before]
    if kept != order:
        yield from _value(f"{part} (order)", ", ".join(kept), ", ".join(order))


def _segments(document: PolicyDocument) -> Sequence[Any]:
    return document.error_budget.segments if document.error_budget is not None else []


def _cut_off(name: str, was: float | None, becomes: float | None) -> Direction:
    if was is None or becomes is None:
        return "tighter" if was is None else "looser"
    higher = becomes > was
    return "tighter" if higher is (name in _HIGHER_IS_TIGHTER) else "looser"


def _number(name: str, was: Any, becomes: Any) -> Direction:
    if name in _LOWER_IS_TIGHTER:
        return "tighter" if becomes < was else "looser"
    if name in _HIGHER_IS_TIGHTER:
        return "tighter" if becomes > was else "looser"
    return "changed"


def _raised(name: str, was: Any, becomes: Any) -> Direction:
    if name in ("raise_to", "disposition"):
        return "tighter" if becomes.rank > was.rank else "looser"
    if name == "role":
        return "tighter" if becomes == "admin" else "looser"
    return "changed"


def _restricted(name: str, was: Any, becomes: Any) -> Direction:
    return ("tighter" if becomes else "looser") if name == "restricted" and was != becomes else "changed"


def _unknown(name: str, was: Any, becomes: Any) -> Direction:
    return "changed"


def _shown(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    if isinstance(value, Mapping):
        return {str(name): _shown(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    return value
