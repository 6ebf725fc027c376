"""Business time: when so much of it has run, and how much has run, by a calendar in a zone.

A local time is open where its calendar says so. Where clocks jump, hours that do not exist are not open, and hours that
exist twice are open twice: time is counted in instants, so every hour a person works is one hour.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from policies.document.clocks import Calendar, days_of, minutes_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_DAY: Final = 24 * 60 * _MINUTE
_REACH: Final = 15 * 60 * _MINUTE
"""No zone is further from UTC."""
_Minutes = Sequence[tuple[int, int]]
_YEARS_KEPT: Final = 8
_YEARS_LOOKED_AT: Final = 60


class ClosedCalendarError(ValueError):
    """A calendar does not open for as long as is asked of it."""


class BusinessTime:
    """The open hours of a calendar in a zone, a year at a time; what was worked out is kept, the last eight years."""

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self._calendar = calendar
        self._zone = zone
        self._week = calendar.week()
        self._own = {day: [minutes_of(span) for span in spans] for day, spans in calendar.open.items()}
        self._closed = {day for closure in calendar.closed for day in days_of(closure)}
        self._years: OrderedDict[int, _OpenYear] = OrderedDict()

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return the first instant by which so much business time has run since `start`.

        That is within the open hours, or the moment they end. Raises ClosedCalendarError where it lies beyond reach.
        """
        left = amount // _MICROSECOND
        if left <= 0:
            return start
        begin = _micros(start)
        first = start.astimezone(self._zone).year
        done = self._year(first).until(begin)
        for number in range(first, min(first + _YEARS_LOOKED_AT, 9_998)):
            year = self._year(number)
            if done + left <= year.total:
                return _instant(year.at(done + left))
            left -= year.total - done
            done = 0
        raise ClosedCalendarError(f"{self._calendar.title} does not open for {amount} after {start.isoformat()}")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much business time runs from one instant to another, none where the second is the earlier one."""
        if end <= start:
            return timedelta(0)
        first, last = start.astimezone(self._zone).year, end.astimezone(self._zone).year
        whole = sum(self._year(number).total for number in range(first, last))
        return (whole + self._year(last).until(_micros(end)) - self._year(first).until(_micros(start))) * _MICROSECOND

    def is_open(self, instant: datetime) -> bool:
        """Check whether people work at an instant."""
        return self._year(instant.astimezone(self._zone).year).holds(_micros(instant))

    def _year(self, number: int) -> "_OpenYear":
        found = self._years.get(number)
        if found is None:
            found = self._years[number] = _OpenYear(list(self._intervals(number)))
            while len(self._years) > _YEARS_KEPT:
                self._years.popitem(last=False)
        return found

    def _intervals(self, number: int) -> Iterator[tuple[int, int]]:
        """Yield the open intervals of a local year, in microseconds since 1970, in order."""
        holidays = _holidays(self._calendar, number)
        day, last = date(number, 1, 1), date(number, 12, 31)
        while True:
            yield from self._instants(day, self._spans(day, holidays))
            if day == last:
                return
            day += timedelta(days=1)

    def _spans(self, day: date, holidays: Mapping[date, _Minutes]) -> _Minutes:
        if day in self._own:
            return self._own[day]
        if day in self._closed:
            return ()
        return holidays[day] if day in holidays else self._week[day.weekday()]

    def _instants(self, day: date, spans: _Minutes) -> Iterator[tuple[int, int]]:
        """Turn spans of a local day into instants: where the offset changes, each part of the day by its own."""
        if not spans:
            return
        midnight = (day - _EPOCH.date()).days * _DAY
        for begins, ends, offset in self._offsets(midnight - _REACH, midnight + _DAY + _REACH):
            for begin, end in spans:
                first = max(begins, midnight + begin * _MINUTE - offset)
                last = min(ends, midnight + end * _MINUTE - offset)
                if first < last:
                    yield first, last

    def _offsets(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Split a stretch of time where the zone's offset changes; yield beginning, end and offset of each part."""
        last = self._offset(end)
        while (offset := self._offset(begin)) != last:
            low, high = begin, end
            while high - low > _SECOND:
                middle = (low + high) // 2 // _SECOND * _SECOND
                middle = middle if middle > low else low + _SECOND
                low, high = (middle, high) if self._offset(middle) == offset else (low, middle)
            yield begin, high, offset
            begin = high
        yield begin, end, last

    def _offset(self, at: int) -> int:
        offset = _instant(at).astimezone(self._zone).utcoffset()
        return offset // _MICROSECOND if offset is not None else 0


class _OpenYear:
    """The open intervals of one year, with how much is open before each."""

    def __init__(self, intervals: Sequence[tuple[int, int]]) -> None:
        self._begins = array("q", [begin for begin, _ in intervals])
        self._ends = array("q", [end for _, end in intervals])
        self._before = array("q", accumulate((end - begin for begin, end in intervals), initial=0))
        self.total = self._before[-1]

    def until(self, at: int) -> int:
        """Return how much is open before an instant."""
        place = bisect_right(self._begins, at) - 1
        return 0 if place < 0 else self._before[place] + min(at, self._ends[place]) - self._begins[place]

    def at(self, amount: int) -> int:
        """Return the first instant before which so much is open; the amount is over 0 and at most the total."""
        place = bisect_left(self._before, amount) - 1
        return self._begins[place] + amount - self._before[place]

    def holds(self, at: int) -> bool:
        """Check whether an instant lies in an interval."""
        place = bisect_right(self._begins, at) - 1
        return place >= 0 and at < self._ends[place]


class WallClock:
    """Time that always runs, with the questions of BusinessTime."""

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return the instant so much later."""
        return start + max(amount, timedelta(0))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much time lies between two instants, none where the second is the earlier one."""
        return max(end - start, timedelta(0))

    def is_open(self, instant: datetime) -> bool:
        """Return True: it is always open."""
        del instant
        return True


WALL_CLOCK: Final = WallClock()


@lru_cache(maxsize=128)
def business_time(written: str | None, zone: str) -> BusinessTime | WallClock:
    """Return the hours of a calendar, given as its JSON, in a zone; the wall clock where there is no calendar.

    As JSON, because a case keeps the calendar it was decided by, whatever becomes of the policy.
    """
    if written is None:
        return WALL_CLOCK
    return BusinessTime(Calendar.model_validate_json(written), ZoneInfo(zone))


def holiday_names(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """Return the public holidays of a year, days off in their place included, with their English names.

    Raises NotImplementedError where the library knows no such country or subdivision.
    """
    import holidays

    found = holidays.country_holidays(country, subdiv=subdivision, years=year, language="en_US")
    return {day: name for day, name in found.items() if day.year == year}


def _holidays(calendar: Calendar, year: int) -> dict[date, _Minutes]:
    """Return the hours of a year's public holidays, by the first entry that covers each."""
    days: dict[date, _Minutes] = {}
    for each in calendar.holidays:
        spans = [minutes_of(span) for span in each.hours]
        for day, name in _named(each.country, each.subdivision, year).items():
            if day not in days and each.covers(name):
                days[day] = spans
    return days


@lru_cache(maxsize=256)
def _named(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    return holiday_names(country, subdivision, year)


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
