"""The part of CEL that conditions are mostly written in, as a tree: what is outside it is left to CEL itself.

Doubles, texts, flags, null and lists of literals; comparison, arithmetic, whole parts `double(int(x))`, `in`, `&&`,
`||`, `!`, `? :` and searches in texts.
"""

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*(?:\n|$))+)
    |(?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)(?![\w.])
    |(?P<text>[rR]?"[^"\\\n]*"|[rR]?'[^'\\\n]*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.(?!\s)[A-Za-z_][A-Za-z0-9_]*(?!\s*\(|\w))?)
    |(?P<operator>&&|\|\||==|!=|<=|>=|[<>!?:+\-*/().,\[\]])""",
    re.VERBOSE,
)
_RELATIONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_SEARCHES: Final = frozenset({"matches", "startsWith", "endsWith", "contains"})


class BeyondError(ValueError):
    """An expression is outside this part of CEL."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A double, a text, a flag, or null."""

    value: float | str | bool | None


@dataclass(frozen=True, slots=True)
class Read:
    """A name whose value is read."""

    name: str


@dataclass(frozen=True, slots=True)
class Members:
    """A list of literals."""

    values: tuple[float | str | bool | None, ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or a search applied to operands."""

    operator: str
    operands: tuple["Node", ...]


Node = Literal | Read | Members | Apply
_CONSTANTS: Final = {"true": Literal(True), "false": Literal(False), "null": Literal(None)}


def parse(expression: str) -> Node:
    """Return an expression's tree; raise BeyondError where it is outside this part of CEL."""
    parser = _Parser(_tokens(expression))
    node = parser.choice()
    if parser.kind != "end":
        raise BeyondError(f"unexpected {parser.text!r}")
    return node


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None or found.lastgroup is None:
            raise BeyondError(f"unexpected {expression[at : at + 10]!r}")
        if found.lastgroup != "space":
            tokens.append((found.lastgroup, found[0]))
        at = found.end()
    return [*tokens, ("end", "")]


class _Parser:
    """Recursive descent, from the loosest operator to the tightest."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def text(self) -> str:
        return self._tokens[self._at][1]

    def choice(self) -> Node:
        condition = self._either()
        if not self._take("?"):
            return condition
        held = self._either()
        self._expect(":")
        return Apply("?", (condition, held, self.choice()))

    def _either(self) -> Node:
        node = self._both()
        while self._take("||"):
            node = Apply("||", (node, self._both()))
        return node

    def _both(self) -> Node:
        node = self._relation()
        while self._take("&&"):
            node = Apply("&&", (node, self._relation()))
        return node

    def _relation(self) -> Node:
        node = self._sum()
        if self.text in _RELATIONS and self.kind in ("operator", "name"):
            operator = self._next()
            node = Apply(operator, (node, self._sum()))
            if self.text in _RELATIONS and self.kind in ("operator", "name"):
                raise BeyondError("comparisons in a row")
        return node

    def _sum(self) -> Node:
        node = self._product()
        while self.text in ("+", "-") and self.kind == "operator":
            node = Apply(self._next(), (node, self._product()))
        return node

    def _product(self) -> Node:
        node = self._single()
        while self.text in ("*", "/") and self.kind == "operator":
            node = Apply(self._next(), (node, self._single()))
        return node

    def _single(self) -> Node:
        if self._take("!"):
            return Apply("!", (self._single(),))
        if self._take("-"):
            return Apply("negative", (self._single(),))
        node = self._primary()
        while self._take("."):
            if self.text not in _SEARCHES:
                raise BeyondError(f"unknown function {self.text!r}")
            operator = self._next()
            self._expect("(")
            node = Apply(operator, (node, self._primary()))
            self._expect(")")
        return node

    def _primary(self) -> Node:
        kind, text = self.kind, self._next()
        if kind == "number":
            return Literal(float(text))
        if kind == "text":
            return Literal(text.lstrip("rR")[1:-1])
        if kind == "name" and text == "double" and self.text == "(":
            return self._whole()
        if kind == "name" and text not in _RELATIONS:
            return _CONSTANTS.get(text) or Read(text)
        if text == "(":
            node = self.choice()
            self._expect(")")
            return node
        if text == "[":
            return self._members()
        raise BeyondError(f"unexpected {text!r}")

    def _whole(self) -> Node:
        """Read the rest of `double(int(x))`, the whole part of a number."""
        for text in ("(", "int", "("):
            if self._next() != text:
                raise BeyondError("double(…) of something other than int(…)")
        node = self.choice()
        self._expect(")")
        self._expect(")")
        return Apply("whole", (node,))

    def _members(self) -> Members:
        values: list[float | str | bool | None] = []
        while not self._take("]"):
            node = self._single()
            if not isinstance(node, Literal):
                raise BeyondError("a list of something other than literals")
            values.append(node.value)
            if self.text != "]":
                self._expect(",")
        return Members(tuple(values))

    def _next(self) -> str:
        text = self.text
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return text

    def _take(self, text: str) -> bool:
        if self.text == text and self.kind == "operator":
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise BeyondError(f"expected {text!r}, found {self.text!r}")


def write(node: Node) -> str:
    """Write a tree as CEL, every operator in brackets; the inverse of `parse`."""
    if isinstance(node, Read):
        return node.name
    if isinstance(node, Literal):
        return _written(node.value)
    if isinstance(node, Members):
        return f"[{', '.join(map(_written, node.values))}]"
    operands = [write(operand) for operand in node.operands]
    match node.operator, operands:
        case "?", [condition, held, other]:
            return f"({condition} ? {held} : {other})"
        case "negative", [operand]:
            return f"(-{operand})"
        case "whole", [operand]:
            return f"double(int({operand}))"
        case "!", [operand]:
            return f"!({operand})"
        case search, [text, sought] if search in _SEARCHES:
            return f"{text}.{search}({sought})"
        case operator, [one, other]:
            return f"({one} {operator} {other})"
        case _:
            raise BeyondError(f"{node.operator} of {len(operands)} operands")


def names_read(node: Node) -> tuple[str, ...]:
    """Name what a tree reads, each once, in the order of its first reading."""
    if isinstance(node, Read):
        return (node.name,)
    if isinstance(node, Apply):
        return tuple(dict.fromkeys(name for operand in node.operands for name in names_read(operand)))
    return ()


def _written(value: float | str | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return f"'{value}'" if '"' in value else f'"{value}"'
