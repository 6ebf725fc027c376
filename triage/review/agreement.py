"""How far two raters agree beyond what they would by accident: Cohen's kappa, with its interval."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

_Z_95: Final = 1.959963984540054
"""Standard deviations that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa. value: None where both raters always say the same one thing; low, high: of 95 %."""

    value: float | None
    low: float | None
    high: float | None
    pairs: int
    agreed: int


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> Kappa:
    """Return (observed - expected) / (1 - expected) agreement of pairs of ratings (Cohen 1960).

    The interval is that of the large sample, value +- z * sqrt(p (1 - p) / n) / (1 - expected), cut to [-1, 1].
    """
    n, agreed = len(pairs), sum(one == other for one, other in pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    if not n:
        return Kappa(None, None, None, 0, 0)
    observed = agreed / n
    expected = sum(count * second[rating] for rating, count in first.items()) / n**2
    if expected == 1.0:
        return Kappa(None, None, None, n, agreed)
    value = (observed - expected) / (1.0 - expected)
    reach = _Z_95 * sqrt(observed * (1.0 - observed) / n) / (1.0 - expected)
    return Kappa(value, max(-1.0, value - reach), min(1.0, value + reach), n, agreed)


def confusion(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Count each pair of ratings, the commonest first."""
    return [(one, other, count) for (one, other), count in Counter(pairs).most_common()]
