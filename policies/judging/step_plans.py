"""Steps planned for one case: which of a route's apply, with the facts they read, so that nothing else is needed later.

A plan is JSON: whoever carries it out needs neither the policy nor the case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import cel

from policies.document.steps import Occasion
from policies.judging.rules import FAILURES, nested
from policies.judging.step_rules import CompiledStep

UNKNOWN: Final = "unknown"
"""What a text says in place of a fact that is missing."""
_KINDS: Final[Mapping[str, type]] = {"number": float, "flag": bool, "text": str}
_MAX_RESULT_LETTERS: Final = 2_000


class UnfilledError(ValueError):
    """A condition or an amount of a step fails on this case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step that applies to a case. plan: what carrying it out takes, as JSON."""

    id: str
    kind: str
    plan: dict[str, Any]


def plan_steps(
    steps: Sequence[CompiledStep],
    occasion: Occasion,
    *,
    facts: Mapping[str, Any],
    shown: Mapping[str, Any],
) -> tuple[list[PlannedStep], list[str]]:
    """Plan the steps of an occasion; return them, and the ids of those whose condition does not hold.

    facts: what conditions and amounts compute with; shown: what templates write. A condition that reads the result of
    an earlier step, or fails, is left to be decided when its turn comes.
    """
    planned, left_out = [], []
    for one in steps:
        if occasion not in one.step.occasions:
            continue
        plan = _plan(one, facts, shown)
        if plan["when"] is not None and not one.late and _holds(plan, {}) is False:
            left_out.append(one.step.id)
            continue
        planned.append(PlannedStep(id=one.step.id, kind=one.step.kind, plan=plan))
    return planned, left_out


def is_wanted(plan: Mapping[str, Any], results: Mapping[str, Any]) -> bool:
    """Return whether a planned step's condition holds by the results so far; raise UnfilledError where it fails."""
    if plan["when"] is None:
        return True
    held = _holds(plan, results)
    if held is None:
        raise UnfilledError(f"its condition fails: {plan['when'][:200]}")
    return held


def filled(plan: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """Write a plan's title, text and body with its facts; raise UnfilledError where an amount fails."""
    known = {**plan["known"], **{name: results.get(name) for name in plan["late"]}}
    body: dict[str, Any] = {}
    for name, value in plan.get("body", {}).items():
        _put(body, name.split("."), _written(value, plan, known, results))
    found: dict[str, Any] = {"body": body}
    for part in ("title", "text"):
        given = plan.get(part)
        if isinstance(given, str):
            found[part] = _text(given, known)
        elif given is not None:
            found[part] = {language: _text(text, known) for language, text in given.items()}
    return found


def read_results(step_id: str, returns: Mapping[str, str], answer: Any) -> dict[str, Any]:
    """Take from an answer what a step returns, by the name later steps read it by; what is of another kind is
    missing."""
    given = answer if isinstance(answer, dict) else {}
    return {f"{step_id}_{name}": _of_kind(given.get(name), kind) for name, kind in returns.items()}


def _plan(one: CompiledStep, facts: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    read = {name: facts.get(name) for name in one.reads if name not in one.late}
    plan = one.step.model_dump(mode="json", exclude_none=True, exclude={"id", "if_missing", "missing", "occasions"})
    plan["when"] = one.rule.expression if one.rule is not None else None
    for name, rule in one.amounts.items():
        plan["body"][name] = {"amount": rule.expression}
    return plan | {
        "facts": {name: value.isoformat() if isinstance(value, datetime) else value for name, value in read.items()},
        "instants": [name for name, value in read.items() if isinstance(value, datetime)],
        "known": {name: shown.get(name) for name in one.names if name not in one.late},
        "late": sorted(one.late),
    }  # fmt: skip


def _written(value: Any, plan: Mapping[str, Any], known: Mapping[str, Any], results: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return _text(value, known)
    if isinstance(value, dict) and "fact" in value:
        return known.get(value["fact"])
    if isinstance(value, dict):
        amount = _evaluate(value["amount"], plan, results)
        if amount is None:
            return None
        if isinstance(amount, bool) or not isinstance(amount, float | int) or not abs(amount) < 1e15:
            raise UnfilledError(f"an amount fails: {value['amount'][:200]}")
        return round(float(amount), 2)
    return value


def _text(template: str, known: Mapping[str, Any]) -> str:
    return template.format_map(_Shown({"attributes": _Attributes(known)}, known))


class _Attributes:
    """The facts `attributes.x`, as a template reaches them."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def __getattr__(self, name: str) -> str:
        return _said(self._known.get(f"attributes.{name}"))


class _Shown(dict[str, Any]):
    """The facts of a template as texts."""

    def __init__(self, first: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        super().__init__(first)
        self.update({name: _said(value) for name, value in known.items() if "." not in name})

    def __missing__(self, name: str) -> str:
        return UNKNOWN


def _said(value: Any) -> str:
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,.2f}".removesuffix(".00") if isinstance(value, float) else str(value)


def _put(body: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for part in path[:-1]:
        inner = body.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = body[part] = {}
        body = inner
    body[path[-1]] = value


def _holds(plan: Mapping[str, Any], results: Mapping[str, Any]) -> bool | None:
    """Return whether a plan's condition holds; None where it fails."""
    held = _evaluate(plan["when"], plan, results)
    return held if isinstance(held, bool) else None


def _evaluate(expression: str, plan: Mapping[str, Any], results: Mapping[str, Any]) -> Any:
    facts = dict(plan["facts"]) | {name: results.get(name) for name in plan["late"]}
    for name in plan["instants"]:
        facts[name] = datetime.fromisoformat(facts[name])
    try:
        return _program(expression).execute(cel.Context(nested(facts)))
    except FAILURES:
        return UNKNOWN


@lru_cache(maxsize=512)
def _program(expression: str) -> Any:
    return cel.compile(expression)


def _of_kind(value: Any, kind: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "flag"):
        return None
    return value[:_MAX_RESULT_LETTERS] if isinstance(value, str) else value
