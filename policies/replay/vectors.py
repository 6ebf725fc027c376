"""Conditions over many cases at once, with numpy; wherever that might differ from CEL, CEL itself is asked, row by row.

The same answers to the last bit: doubles compare and compute alike in both, and a row in which anything was missing,
odd or not a number where the answer depends on it counts as not sure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from policies.judging.expressions import Apply, BeyondError, Members, Node, Read, parse
from policies.judging.expressions import Literal as Constant

Flags = NDArray[np.bool_]
Kind = Literal["number", "flag", "text", "list", "instant", "null"]
_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_COMPUTE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
}  # fmt: skip
MAX_WHOLE: Final = 9e18
# Where Python's patterns mean the same as those of CEL: no escapes, no flags, no sets within sets, no possessive
# repeats.
_PLAIN_PATTERN: Final = re.compile(r"""[A-Za-z0-9 _^$|()\[\]{},?*+.:;@#/=<>'"-]*""")
_DIFFERS: Final = re.compile(r"\(\?|\[\[|\[\^?\]|--|[*+?}][*+{]|\{,")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One value per case. values: float64, bool or objects; null: where it is missing; unsure: where CEL must be
    asked."""

    kind: Kind
    values: Any
    null: Flags
    unsure: Flags


def evaluate(expression: str, columns: Mapping[str, Vector], n: int) -> Vector | None:
    """Evaluate an expression over `n` cases; None where it is outside what is understood here."""
    try:
        with np.errstate(all="ignore"):
            return _value(_parsed(expression), columns, n)
    except BeyondError:
        return None


@cache
def _parsed(expression: str) -> Node:
    return parse(expression)


def constant(value: Any, n: int) -> Vector:
    """Return every case the same value."""
    none = np.zeros(n, dtype=bool)
    if value is None:
        return Vector(kind="null", values=np.full(n, None), null=~none, unsure=none)
    if isinstance(value, bool):
        return Vector(kind="flag", values=np.full(n, value), null=none, unsure=none)
    if isinstance(value, float):
        return Vector(kind="number", values=np.full(n, value), null=none, unsure=none)
    return Vector(kind="text", values=np.full(n, value, dtype=object), null=none, unsure=none)


def _value(node: Node, columns: Mapping[str, Vector], n: int) -> Vector:
    if isinstance(node, Constant):
        return constant(node.value, n)
    if isinstance(node, Read):
        if node.name not in columns:
            raise BeyondError(node.name)
        return columns[node.name]
    if isinstance(node, Members):
        raise BeyondError("a list outside `in`")
    if node.operator == "in":
        return _membership(node, columns, n)
    operands = [_value(operand, columns, n) for operand in node.operands]
    return _APPLY.get(node.operator, _search)(node.operator, operands)


def _flag(values: Any, unsure: Flags) -> Vector:
    return Vector(
        kind="flag", values=np.asarray(values, dtype=bool), null=np.zeros(len(unsure), dtype=bool), unsure=unsure
    )


def _settled(operand: Vector, *kinds: Kind) -> Flags:
    """Check an operand's kind; say where its value is not to be relied upon."""
    if operand.kind not in kinds:
        raise BeyondError(f"a {operand.kind} where {' or '.join(kinds)} is wanted")
    return operand.unsure | operand.null


def _equal(operator: str, operands: list[Vector]) -> Vector:
    one, other = operands
    if "null" in (one.kind, other.kind):
        asked = one if other.kind == "null" else other
        held: Any = asked.null
        unsure = asked.unsure
    else:
        unsure = _settled(one, "number", "flag", "text") | _settled(other, one.kind)
        held = np.asarray(one.values == other.values, dtype=bool)
        if one.kind == "number":
            unsure = unsure | np.isnan(one.values) | np.isnan(other.values)
    return _flag(held if operator == "==" else ~held, unsure)


def _compare(operator: str, operands: list[Vector]) -> Vector:
    one, other = operands
    unsure = _settled(one, "number") | _settled(other, "number")
    unsure = unsure | np.isnan(one.values) | np.isnan(other.values)
    return _flag(_COMPARE[operator](one.values, other.values), unsure)


def _compute(operator: str, operands: list[Vector]) -> Vector:
    one, other = operands
    unsure = _settled(one, "number") | _settled(other, "number")
    values = _COMPUTE[operator](one.values, other.values)
    return Vector(
        kind="number", values=values, null=np.zeros(len(unsure), dtype=bool), unsure=unsure | np.isnan(values)
    )


def _negative(operator: str, operands: list[Vector]) -> Vector:
    del operator
    unsure = _settled(operands[0], "number")
    return Vector(kind="number", values=-operands[0].values, null=np.zeros(len(unsure), dtype=bool), unsure=unsure)


def _whole(operator: str, operands: list[Vector]) -> Vector:
    """Cut off what is behind the point, as CEL does; what no integer of 64 bits holds is left to CEL, which refuses
    it."""
    del operator
    values = operands[0].values
    unsure = _settled(operands[0], "number")
    unsure = unsure | ~(np.abs(np.where(unsure, 0.0, values)) < MAX_WHOLE)
    return Vector(kind="number", values=np.trunc(values), null=np.zeros(len(unsure), dtype=bool), unsure=unsure)


def _not(operator: str, operands: list[Vector]) -> Vector:
    del operator
    unsure = _settled(operands[0], "flag")
    return _flag(~operands[0].values, unsure)


def _both(operator: str, operands: list[Vector]) -> Vector:
    """A settled left side that decides alone settles the whole; whatever else CEL would absorb is left to it."""
    one, other = operands
    left, right = _settled(one, "flag"), _settled(other, "flag")
    if operator == "&&":
        return _flag(one.values & other.values, left | (one.values & right))
    return _flag(one.values | other.values, left | (~one.values & right))


def _choice(operator: str, operands: list[Vector]) -> Vector:
    del operator
    condition, one, other = operands
    unsure = _settled(condition, "flag")
    kind = other.kind if one.kind == "null" else one.kind
    if other.kind not in (kind, "null"):
        raise BeyondError("a choice between kinds")
    chosen = condition.values
    return Vector(
        kind=kind,
        values=np.where(chosen, _filled(one, kind), _filled(other, kind)),
        null=np.where(chosen, one.null, other.null),
        unsure=unsure | np.where(chosen, one.unsure, other.unsure),
    )


def _filled(operand: Vector, kind: Kind) -> Any:
    """Return a null something of the other branch's kind to stand in its place; it stays marked as null."""
    if operand.kind == kind:
        return operand.values
    return np.zeros(len(operand.null), dtype=bool if kind == "flag" else float if kind == "number" else object)


def _membership(node: Apply, columns: Mapping[str, Vector], n: int) -> Vector:
    asked, among = node.operands
    value = _value(asked, columns, n)
    if isinstance(among, Members):
        if not among.values:
            raise BeyondError("an empty list")
        each = [_equal("==", [value, constant(member, n)]) for member in among.values]
        if any(member is None for member in among.values):
            raise BeyondError("null in a list")
        return _flag(np.logical_or.reduce([found.values for found in each]), each[0].unsure)
    listed = _value(among, columns, n)
    unsure = _settled(value, "text") | _settled(listed, "list")
    held = [not odd and item in members for item, members, odd in zip(value.values, listed.values, unsure, strict=True)]
    return _flag(held, unsure)


def _search(operator: str, operands: list[Vector]) -> Vector:
    text, sought = operands
    unsure = _settled(text, "text") | _settled(sought, "text")
    first = str(sought.values[0]) if len(sought.values) else ""
    if any(value != first for value in sought.values):
        raise BeyondError("a search for something that varies")
    test = _test(operator, first)
    known: dict[str, bool] = {}
    held = []
    for value, odd in zip(text.values, unsure, strict=True):
        if odd:
            held.append(False)
            continue
        found = known.get(value)
        if found is None:
            found = known[value] = test(value)
        held.append(found)
    return _flag(held, unsure)


def _test(operator: str, sought: str) -> Callable[[str], bool]:
    if operator == "startsWith":
        return lambda text: text.startswith(sought)
    if operator == "endsWith":
        return lambda text: text.endswith(sought)
    if operator == "contains":
        return lambda text: sought in text
    if not _PLAIN_PATTERN.fullmatch(sought) or _DIFFERS.search(sought):
        raise BeyondError("a pattern that Python might read differently")
    # CEL's `$` is the end of the text, never the place before a last line break.
    translated = re.sub(r"\[[^\]]*\]|\$", lambda part: r"\Z" if part[0] == "$" else part[0], sought)
    try:
        pattern = re.compile(translated)
    except re.error as error:
        raise BeyondError(str(error)) from None
    return lambda text: pattern.search(text) is not None


_APPLY: Final[Mapping[str, Callable[[str, list[Vector]], Vector]]] = {
    "==": _equal, "!=": _equal, "<": _compare, "<=": _compare, ">": _compare, ">=": _compare,
    "+": _compute, "-": _compute, "*": _compute, "/": _compute, "negative": _negative, "whole": _whole,
    "!": _not, "&&": _both, "||": _both, "?": _choice,
}  # fmt: skip
