"""Durations in buckets and days in spans: what is added up must give back what was put in."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.process.measures import bucket_of, quantile, spans


@given(st.floats(min_value=1.0, max_value=1e8))
def test_a_duration_comes_back_within_a_twentieth(seconds: float) -> None:
    found = quantile([(bucket_of(seconds), 1)], 0.5)
    assert found == pytest.approx(seconds, rel=0.05)


@given(st.lists(st.floats(min_value=1.0, max_value=1e7), min_size=1, max_size=200), st.sampled_from([0.5, 0.9]))
def test_a_quantile_is_that_of_the_durations(durations: list[float], share: float) -> None:
    found = quantile([(bucket_of(each), 1) for each in durations], share)
    assert found == pytest.approx(float(np.quantile(durations, share, method="inverted_cdf")), rel=0.05)


def test_nothing_has_no_quantile() -> None:
    assert quantile([], 0.5) is None
    assert quantile([(0, 3)], 0.9) == 0.0


@given(st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.integers(0, 800))
def test_spans_cover_each_day_once(first: date, length: int) -> None:
    last = date.fromordinal(first.toordinal() + length)
    covered: list[date] = []
    for grain, start, end in spans(first, last):
        if grain == "day":
            covered += [date.fromordinal(day) for day in range(start.toordinal(), end.toordinal() + 1)]
        else:
            month = start
            while month <= end:
                after = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
                covered += [date.fromordinal(day) for day in range(month.toordinal(), after.toordinal())]
                month = after
    assert sorted(covered) == [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]


def test_a_long_span_takes_few_parts() -> None:
    assert spans(date(2026, 1, 15), date(2026, 3, 10)) == [
        ("month", date(2026, 2, 1), date(2026, 2, 1)),
        ("day", date(2026, 1, 15), date(2026, 1, 31)),
        ("day", date(2026, 3, 1), date(2026, 3, 10)),
    ]
    assert spans(date(2026, 1, 2), date(2026, 1, 1)) == []
