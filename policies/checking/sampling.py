"""Whether a condition ever changes its answer, tried on sampled values: what it never does here it may still do
elsewhere.

Each name is sampled by itself, around the numbers and texts the condition speaks of, so a combination that no real case
has is tried as well. A condition that is constant over all of them is very likely a slip; that it is not says little.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count, islice, product
from math import gcd, prod
from typing import Any, Final

import cel

from policies.judging.rules import FAILURES, Name, Rule, nested

MAX_SAMPLES: Final = 4096
_NUMBERS: Final = (-1.0, 0.0, 0.5, 1.0, 3.0, 100.0, 1e7)
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TEXT: Final = re.compile(r"""["']([^"'\n]*)["']""")
_SEARCH: Final = re.compile(r"\.\s*(matches|contains|startsWith|endsWith)\s*\(")
_DAYS: Final = tuple(datetime(year, 6, 15, tzinfo=UTC) for year in (1999, 2026, 2100))


def answers(
    rule: Rule, vocabulary: Mapping[str, Name], constants: Mapping[str, Any], *, missing: bool
) -> tuple[set[bool], int]:
    """Return the answers a condition gave over sampled values, and how many values were tried; failures count for
    nothing.

    missing: whether to try it with missing values as well.
    """
    found: set[bool] = set()
    tried = 0
    if _SEARCH.search(rule.expression):
        return found, tried  # no sample is likely to hold what it searches for
    for values in _environments(rule, vocabulary, constants, missing):
        tried += 1
        try:
            held = rule.program.execute(cel.Context(nested(dict(constants) | values)))
        except FAILURES:
            continue
        found.add(held is True)
        if len(found) == 2:
            break
    return found, tried


def _environments(
    rule: Rule, vocabulary: Mapping[str, Name], constants: Mapping[str, Any], missing: bool
) -> Iterator[dict[str, Any]]:
    names = [name for name in rule.reads if name not in constants]
    numbers = {float(text) for text in _NUMBER.findall(rule.expression)}
    numbers |= {float(value) for name, value in constants.items() if name in rule.reads and _is_number(value)}
    texts = set(_TEXT.findall(rule.expression))
    samples = [_samples(vocabulary[name], numbers, texts, missing) for name in names]
    total = prod(map(len, samples))
    every = product(*samples) if total <= MAX_SAMPLES else _spread(samples, total)
    for values in islice(every, MAX_SAMPLES):
        yield dict(zip(names, values, strict=True))


def _spread(samples: list[list[Any]], total: int) -> Iterator[tuple[Any, ...]]:
    """Walk through a product too large to try all, in steps that have no factor in common with its size."""
    step = next(step for step in count(int(total * 0.618034)) if gcd(step, total) == 1)
    at = 0
    while True:
        rest, chosen = at, []
        for choices in samples:
            rest, position = divmod(rest, len(choices))
            chosen.append(choices[position])
        yield tuple(chosen)
        at = (at + step) % total


def _samples(name: Name, numbers: set[float], texts: set[str], missing: bool) -> list[Any]:
    sample = name.sample
    values: list[Any]
    if isinstance(sample, bool):
        values = [True, False]
    elif isinstance(sample, float):
        around = {value + by for value in numbers for by in (-0.001, 0.0, 0.001)} | {-value for value in numbers}
        values = sorted(around | set(_NUMBERS))
    elif isinstance(sample, str):
        values = [*sorted(texts), "another", "different"]
    elif isinstance(sample, list):
        values = [[], *([text] for text in sorted(texts)), ["another"]]
    else:
        values = list(_DAYS)
    return [*values, None] if name.nullable and missing else values


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
