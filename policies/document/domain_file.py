"""A file that is a whole domain: its description, its policy and its examples, as YAML documents one after another.

The parts are separated by a line of three hyphens, and each is known by a key that only it has.
"""

import re
from collections.abc import Mapping
from typing import Final

_SEPARATOR: Final = re.compile(r"^---[ \t]*(#.*)?$", re.MULTILINE)
_PARTS: Final = (("examples", "examples"), ("policy", "fallback_rules"), ("domain", "causes"))
"""Each part, and the key that only it has."""


def parts_of(text: str) -> Mapping[str, str]:
    """Return the parts of a domain's file by name, each with its lines where they stand in the file."""
    found: dict[str, str] = {}
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    ends = [*(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        name = next((name for name, key in _PARTS if re.search(rf"^{key}:", part, re.MULTILINE)), None)
        if name is not None:
            found.setdefault(name, "\n" * text.count("\n", 0, start) + part)
    return found


def policy_text(text: str) -> str:
    """Return the policy of a domain's file; any other text as it is."""
    parts = parts_of(text)
    return parts["policy"] if "domain" in parts and "policy" in parts else text
