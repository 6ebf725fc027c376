"""PolicyError: the document cannot be used; says where and how to mend it."""

from collections.abc import Mapping
from typing import Any


class PolicyError(ValueError):
    """A policy document is wrong at a line.

    Attributes:
        problems: one sentence each, "file:line: key: what is wrong and what would be right".
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def form_message(error: Mapping[str, Any]) -> str:
    """Return what is wrong with the form of a value, from an error of pydantic's."""
    if error["type"] == "string_type" and isinstance(error["input"], bool):
        return "must be a text, and YAML reads NO, on or yes as true or false: put it in quotes"
    if error["type"] == "string_type" and isinstance(error["input"], int | float):
        return f"must be a text: put {error['input']} in quotes"
    return str(error["msg"])
