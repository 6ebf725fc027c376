"""A YAML text that can say on which line a key stands."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import yaml

from policies.document.errors import PolicyError

UNMADE: Final = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError)
"""What YAML lets through where a text has the form, or the explicit tag, of a date or a number but is none."""
MAX_DEPTH: Final = 24
"""Levels of nesting of a document; conditions of a rule nest in it too."""
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one written in C: the other takes ten times as long, and seconds over a few thousand brackets."""
_SHOWN: Final = 40
_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "tag:yaml.org,2002:timestamp": (
        "date",
        "write a day and time that exist, as 2026-03-31 or 2026-03-31T14:00:00+02:00",
    ),
    "tag:yaml.org,2002:int": ("whole number", "write digits, fewer than 4,000"),
    "tag:yaml.org,2002:float": ("number", "write digits and a point"),
}
"""What a value is meant to be, by its tag, and how to write one."""


class Source:
    """A YAML text that can say on which line a key stands."""

    def __init__(self, text: str, *, name: str) -> None:
        self.name = name
        self._root: yaml.Node | None = None
        try:
            refuse_shape(text, name)
            self._root = yaml.compose(text, Loader=LOADER)
            self.content: Any = None if self._root is None else yaml.SafeLoader("").construct_document(self._root)
        except PolicyError:
            raise
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise PolicyError([f"{name}:{line}: not YAML: {getattr(error, 'problem', error)}"]) from None
        except RecursionError:
            raise PolicyError([f"{name}:1: nested too deeply"]) from None
        except UNMADE as error:
            # Not what a subclass makes of it, which is only being made.
            found = [Source.problem(self, path, message) for path, message in _impossible(self._root, ())]
            raise PolicyError(found or [f"{name}:1: not YAML: {error}"]) from None
        duplicate = _duplicate_key(self._root)
        if duplicate is not None:
            raise PolicyError([f"{name}:{duplicate.start_mark.line + 1}: {duplicate.value}: key given twice"])

    def line(self, path: Sequence[str | int]) -> int:
        """Find the line of a key path, or of the nearest parent that exists."""
        node, line = self._root, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def problem(self, path: Sequence[str | int], message: str) -> str:
        """Write one problem with its place."""
        return f"{self.name}:{self.line(path)}: {'.'.join(map(str, path))}: {message}"


def refuse_shape(text: str, name: str) -> None:
    """Refuse what no policy needs and what costs far more to read than its length: aliases, and nesting past a depth.

    Raises PolicyError with the line; what is not YAML at all is left to be said by whoever reads it.
    """
    with suppress(yaml.YAMLError):
        _refuse_shape(text, name)


def _refuse_shape(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise PolicyError([f"{name}:{line}: *{event.anchor}: aliases are not read; write the value out"])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise PolicyError([f"{name}:{line}: nested too deeply; {MAX_DEPTH} levels are read"])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _impossible(node: yaml.Node | None, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find the values that cannot be made from their text, each with its path."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield from _impossible(key, inner)
            yield from _impossible(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value):
            yield from _impossible(item, (*path, at))
    elif isinstance(node, yaml.ScalarNode) and not _can_be_made(node):
        kind, right = _FORMS.get(node.tag, ("value of its type", "write one that is"))
        yield path, f"{node.value[:_SHOWN]!r} is no {kind}; {right}, or put it in quotes if it is text"


def _can_be_made(node: yaml.ScalarNode) -> bool:
    try:
        yaml.SafeLoader("").construct_object(node)
    except yaml.YAMLError:
        return True  # Not this that stopped the reading, or it would have been said with its place.
    except UNMADE:
        return False
    return True


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _duplicate_key(node: yaml.Node | None) -> yaml.ScalarNode | None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                return key  # type: ignore[no-any-return]
            seen.add(key.value)
            if (inner := _duplicate_key(value)) is not None:
                return inner
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if (inner := _duplicate_key(item)) is not None:
                return inner
    return None
