"""Conditions over values that may be missing, in Kleene's three-valued logic: what is known decides as far as it
reaches.

A comparison that reads a missing value is unknown. `false && unknown` is false, `true || unknown` is true, and the rest
stays unknown. A condition is written as two-valued CEL that asks whether it surely holds, or surely fails, so that one
case and a million answer it alike.
"""

from collections.abc import Collection, Mapping
from typing import Final

from policies.judging.expressions import Apply, BeyondError, Literal, Node, Read, names_read, write

MAX_LENGTH: Final = 8_000
"""Characters of a choice written out: each is written up to twice, so choices within choices would grow without a
bound."""
_NULL: Final = Literal(None)
_OTHER: Final = {"&&": "||", "||": "&&"}


def surely(node: Node, *, truth: bool, nullable: Collection[str]) -> str:
    """Write the CEL condition under which a condition is `truth` whatever the missing values among `nullable` may be.

    Raises BeyondError where that would be too long to write.
    """
    if not _unknowable(node, nullable):
        return write(node) if truth else f"!({write(node)})"
    if isinstance(node, Apply) and node.operator in _OTHER:
        operator = node.operator if truth else _OTHER[node.operator]
        return "(" + f" {operator} ".join(surely(each, truth=truth, nullable=nullable) for each in node.operands) + ")"
    if isinstance(node, Apply) and node.operator == "!":
        return surely(node.operands[0], truth=not truth, nullable=nullable)
    if isinstance(node, Apply) and node.operator == "?":
        return _chosen(node, truth=truth, nullable=nullable)
    present = " && ".join(f"{name} != null" for name in _unknowable(node, nullable))
    return f"({present} && {write(node)})" if truth else f"({present} && !({write(node)}))"


def may_hold(node: Node, *, truth: bool, missing: str) -> bool:
    """Return whether a condition can still be surely `truth` while the value named `missing` is missing."""
    if not isinstance(node, Apply):
        return missing not in names_read(node)
    if node.operator in _OTHER:
        both = (node.operator == "&&") is truth
        each = (may_hold(operand, truth=truth, missing=missing) for operand in node.operands)
        return all(each) if both else any(each)
    if node.operator == "!":
        return may_hold(node.operands[0], truth=not truth, missing=missing)
    if node.operator == "?":
        condition, one, other = node.operands
        first, second = (may_hold(branch, truth=truth, missing=missing) for branch in (one, other))
        taken = (may_hold(condition, truth=side, missing=missing) for side in (True, False))
        return (first and second) or any(known and held for known, held in zip(taken, (first, second), strict=True))
    if _asked_of_null(node) == missing:
        return (node.operator == "==") is truth
    return missing not in _unknowable(node, (missing,))


def with_meanings(node: Node, meanings: Mapping[str, float | bool | str]) -> Node:
    """Replace each name that is missing by what its being missing was said to mean; a test for null stays a test for
    null."""
    if isinstance(node, Read) and node.name in meanings:
        return Apply("?", (Apply("!=", (node, _NULL)), node, Literal(meanings[node.name])))
    if isinstance(node, Apply) and _asked_of_null(node) is None:
        return Apply(node.operator, tuple(with_meanings(operand, meanings) for operand in node.operands))
    return node


def _chosen(node: Apply, *, truth: bool, nullable: Collection[str]) -> str:
    """A choice is decided by the branch taken, and by both where it is not known which."""
    condition, one, other = node.operands
    held, failed = (surely(condition, truth=side, nullable=nullable) for side in (True, False))
    first, second = (surely(branch, truth=truth, nullable=nullable) for branch in (one, other))
    ways = [f"({held} && {first})", f"({failed} && {second})"]
    if _unknowable(condition, nullable):
        ways.append(f"({first} && {second})")
    written = "(" + " || ".join(ways) + ")"
    if len(written) > MAX_LENGTH:
        raise BeyondError("choices within choices")
    return written


def _unknowable(node: Node, nullable: Collection[str]) -> tuple[str, ...]:
    """Name the values whose being missing leaves a part of a condition unknown; what was tested for null is not among
    them."""
    if not isinstance(node, Apply):
        return tuple(name for name in names_read(node) if name in nullable)
    if _asked_of_null(node) is not None:
        return ()
    found = [_unknowable(each, nullable) for each in node.operands]
    if node.operator == "?" and isinstance(node.operands[0], Apply):
        asked = _asked_of_null(node.operands[0])
        known = 1 if node.operands[0].operator == "!=" else 2
        found[known] = tuple(name for name in found[known] if name != asked)
    return tuple(dict.fromkeys(name for names in found for name in names))


def _asked_of_null(node: Apply) -> str | None:
    """Name the value that a test for null asks of, None where the node is no such test."""
    if node.operator not in ("==", "!=") or _NULL not in node.operands:
        return None
    return next((operand.name for operand in node.operands if isinstance(operand, Read)), None)
