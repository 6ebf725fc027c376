"""A YAML text that can say on which line a key stands."""

from collections.abc import Sequence

import yaml

from policies.errors import PolicyError


class Source:
    """A YAML text that can say on which line a key stands."""

    def __init__(self, text: str, *, name: str) -> None:
        self.name = name
        try:
            _refuse_aliases(text, name)
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
            self.content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise PolicyError([f"{name}:{line}: not YAML: {getattr(error, 'problem', error)}"]) from None
        except RecursionError:
            raise PolicyError([f"{name}:1: nested too deeply"]) from None
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


def _refuse_aliases(text: str, name: str) -> None:
    """Refuse YAML aliases: a few lines of them can unfold into more than any memory holds, and nobody needs them in a policy."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise PolicyError([f"{name}:{line}: *{event.anchor}: aliases are not read; write the value out"])


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
