"""Texts that a spreadsheet would run, made harmless in every file that may be opened with one."""

from typing import Any, Final

_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a text begins that a spreadsheet takes for a formula (OWASP, CSV injection)."""


def harmless(value: Any) -> Any:
    """Return a cell's value; a text that would be run as a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(_RUN):
        return f"'{value}"
    return value
