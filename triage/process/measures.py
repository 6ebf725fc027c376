"""What is measured of the process, how durations are counted, and where a figure belongs."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

GROWTH: Final = 1.1
"""Each bucket of a duration is a tenth wider than the one before, so that a quantile is off by at most a twentieth."""
MAX_BUCKET: Final = 220
"""Of about 36 years."""
MAX_VALUE: Final = 128
VENDOR_FIELDS: Final = ("supplier_id", "vendor_id")
"""Payload fields that name the party outside that a case is about."""


@dataclass(frozen=True, slots=True)
class FigureKey:
    """Where a figure belongs. day: UTC, of a month its first. bucket: of a duration, 0 of a count."""

    domain: str
    dimension: str
    grain: str
    day: date
    queue: str
    value: str
    measure: str
    bucket: int


@dataclass(slots=True)
class FigureSums:
    """Figures being added up: how many, and their sum."""

    counts: Counter[FigureKey] = field(default_factory=Counter)
    totals: dict[FigureKey, float] = field(default_factory=dict)

    def add(self, place: "CasePlace", measures: Mapping[str, float], durations: Mapping[str, float]) -> None:
        """Count one case in every dimension it belongs to. measures: an amount each; durations: seconds each."""
        for dimension, value in place.values():
            for measure, amount in measures.items():
                self._one(place, dimension, value, measure, 0, amount)
            for measure, seconds in durations.items():
                self._one(place, dimension, value, measure, bucket_of(seconds), seconds)

    def _one(self, place: "CasePlace", dimension: str, value: str, measure: str, bucket: int, amount: float) -> None:
        for grain, day in (("day", place.day), ("month", place.day.replace(day=1))):
            key = FigureKey(place.domain, dimension, grain, day, place.queue, value[:MAX_VALUE], measure, bucket)
            self.counts[key] += 1
            self.totals[key] = self.totals.get(key, 0.0) + amount


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlace:
    """Which day, queue and entities a case belongs to; empty where it is not known."""

    domain: str
    day: date
    queue: str
    of: Mapping[str, str]
    with_all: bool = True

    def values(self) -> Iterator[tuple[str, str]]:
        """Return each dimension with the case's value."""
        if self.with_all:
            yield "all", ""
        yield from self.of.items()


def bucket_of(seconds: float) -> int:
    """Return the bucket of a duration; 0 below a second."""
    if not seconds >= 1.0:
        return 0
    return min(MAX_BUCKET, 1 + int(math.log(seconds) / math.log(GROWTH)))


def quantile(buckets: Iterable[tuple[int, int]], share: float) -> float | None:
    """Return the duration in seconds that a share of some is at or below, None of none.

    buckets: bucket and how many each. The answer is the middle of a bucket on a scale of ratios.
    """
    counted = sorted((bucket, n) for bucket, n in buckets if n > 0)
    whole = sum(n for _, n in counted)
    below = 0
    for bucket, n in counted:
        below += n
        if below >= share * whole:
            return 0.0 if bucket == 0 else GROWTH ** (bucket - 0.5)
    return None


def spans(first: date, last: date) -> list[tuple[str, date, date]]:
    """Cover the days from first to last by whole months where they fit, else by days; both ends included."""
    if first > last:
        return []
    whole_from = first if first.day == 1 else _next_month(first)
    whole_to = _next_month(last) if (_next_month(last) - last).days == 1 else last.replace(day=1)
    if whole_from >= whole_to:
        return [("day", first, last)]
    found = [("month", whole_from, _before(whole_to).replace(day=1))]
    if first < whole_from:
        found.append(("day", first, _before(whole_from)))
    if whole_to <= last:
        found.append(("day", whole_to, last))
    return found


def _next_month(day: date) -> date:
    return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1, day=1)


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
