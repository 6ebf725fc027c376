"""What an expression may do, so that none can run long: no loops, known functions only, and searches of bounded size.

Without loops an expression does at most as much work as it is long, times the length of a text; only `matches` builds
something larger than what is written, so its pattern is written out and its counted repetitions are bounded. The engine
compiles a pattern whenever its condition is asked, so what all patterns of a document take together is bounded too.
"""

import re
from math import prod
from typing import Any, Final

import cel

MAX_PATTERN: Final = 200
MAX_REPETITIONS: Final = 50
MAX_SEARCHES: Final = 4
MAX_SEARCH_MICROSECONDS: Final = 20_000
"""What all patterns of a document may take to compile, as estimated by `search_microseconds`."""
FUNCTIONS: Final = (
    "contains", "double", "duration", "endsWith", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
    "getFullYear",
    "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "int", "matches", "size", "startsWith",
    "string",
    "timestamp",
)  # fmt: skip
# Written out anywhere, also in a text or a comment: what looks like a loop is refused, so that none can hide.
_GAP: Final = r"(?:\s|//[^\n]*\n)*"
_LOOP: Final = re.compile(rf"\b(all|exists|exists_one|existsOne|filter|map)\b{_GAP}\(")
_SEARCH: Final = re.compile(rf"\bmatches\b{_GAP}\(")
_WRITTEN_OUT: Final = re.compile(r"""\s*([rR]?(?:"[^"\n]*"|'[^'\n]*'))\s*\)""")
_COUNTED: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
# Measured on one core, a repetition each: a class of Unicode's letters is a table of hundreds of ranges.
_SEARCH_MICROSECONDS: Final = 40
_CHARACTER_MICROSECONDS: Final = 1
_LETTERS: Final = re.compile(r"\\[wWpP]")
_LETTERS_MICROSECONDS: Final = 250
_DIGITS: Final = re.compile(r"\\[dDsS]|\.")
_DIGITS_MICROSECONDS: Final = 15


def check_bounds(expression: str, program: Any) -> None:
    """Refuse an expression that could run long; raise ValueError that says what to write instead."""
    loop = _LOOP.search(expression)
    if loop is not None:
        raise ValueError(f"{loop[1]}(…) loops over a list and is not allowed: ask for members with `in`")
    # Operators are listed as functions too, under names such as `_+_` that nobody can write.
    unknown = [name for name in program.functions() if name.isidentifier() and name not in FUNCTIONS]
    if unknown:
        raise ValueError(f"unknown function {unknown[0]!r}; known are {', '.join(FUNCTIONS)}")
    searches = list(_SEARCH.finditer(expression))
    if len(searches) > MAX_SEARCHES:
        raise ValueError(
            f"{len(searches)} times matches(…), at most {MAX_SEARCHES} are allowed: join the patterns with |"
        )
    for search in searches:
        _check_pattern(_pattern(_WRITTEN_OUT.match(expression, search.end())))


def search_microseconds(expression: str) -> int:
    """Estimate how long the patterns of an expression take to compile, without compiling any.

    What is no expression, or is refused by `check_bounds`, takes nothing.
    """
    taken = 0
    for search in _SEARCH.finditer(expression):
        try:
            taken += _microseconds(_pattern(_WRITTEN_OUT.match(expression, search.end())))
        except ValueError:
            continue
    return taken


def _microseconds(pattern: str) -> int:
    once = (
        len(pattern) * _CHARACTER_MICROSECONDS
        + len(_LETTERS.findall(pattern)) * _LETTERS_MICROSECONDS
        + len(_DIGITS.findall(pattern)) * _DIGITS_MICROSECONDS
    )
    return _SEARCH_MICROSECONDS + once * min(prod(_counts(pattern)), MAX_REPETITIONS)


def _counts(pattern: str) -> list[int]:
    return [max(int(low), int(high or 0), 1) for low, high in _COUNTED.findall(pattern)]


def _pattern(literal: re.Match[str] | None) -> str:
    if literal is None:
        raise ValueError("matches(…) takes one pattern, written out as a text in quotes")
    return str(cel.compile(literal[1]).execute(cel.Context({})))


def _check_pattern(pattern: str) -> None:
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(pattern)} characters, at most {MAX_PATTERN} are allowed")
    counts = _counts(pattern)
    if prod(counts) > MAX_REPETITIONS:
        written = " x ".join(map(str, counts))
        raise ValueError(
            f"the pattern repeats up to {written} times, at most {MAX_REPETITIONS} are allowed: use * or +"
        )
