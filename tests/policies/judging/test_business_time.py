"""Business time: the cases that users of other desks brought, the days on which clocks jump, and its laws."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.document.clocks import Calendar
from policies.judging.business_time import BusinessTime, ClosedCalendarError, WallClock, business_time

BERLIN, NEW_YORK, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("UTC")
OFFICE = {"mon-fri": "09:00-17:00"}


def opened(zone: ZoneInfo = UTC_ZONE, **fields: object) -> BusinessTime:
    return BusinessTime(Calendar.model_validate({"title": "Office", "hours": OFFICE} | fields), zone)


def at(text: str, zone: ZoneInfo = UTC_ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("what", "fields", "start", "amount", "due"),
    [
        # 2026-11-02 is a Monday.
        ("within a day", {}, "2026-11-02T10:00", 4, "2026-11-02T14:00"),
        ("to the very end of a day", {}, "2026-11-02T09:00", 8, "2026-11-02T17:00"),
        ("over a night", {}, "2026-11-02T16:00", 2, "2026-11-03T10:00"),
        ("over a weekend", {}, "2026-11-06T16:00", 2, "2026-11-09T10:00"),
        ("begun before the doors open", {}, "2026-11-02T03:00", 1, "2026-11-02T10:00"),
        ("begun after they close", {}, "2026-11-02T17:00", 1, "2026-11-03T10:00"),
        ("begun on a Saturday", {}, "2026-11-07T12:00", 1, "2026-11-09T10:00"),
        ("a lunch break", {"hours": {"mon-fri": ["09:00-13:00", "14:00-18:00"]}}, "2026-11-02T12:00", 2,
         "2026-11-02T15:00"),
        ("several segments", {"hours": {"mon-fri": "08:00-18:00"}}, "2026-11-02T17:00", 4, "2026-11-03T11:00"),
        ("and its 75 %", {"hours": {"mon-fri": "08:00-18:00"}}, "2026-11-02T17:00", 3, "2026-11-03T10:00"),
        ("always open loses no minute at midnight", {"hours": {"mon-sun": "00:00-24:00"}}, "2026-11-02T20:00", 48,
         "2026-11-04T20:00"),
        ("twelve hours a day, two days closed between", {"hours": {"mon-sat": "09:00-21:00"},
         "closed": ["2016-11-11", "2016-11-13"]}, "2016-11-09T23:00", 36, "2016-11-14T21:00"),
        ("closed days in a row", {"closed": ["2026-12-24/2026-12-31"]}, "2026-12-23T16:00", 2, "2027-01-01T10:00"),
        ("a Sunday opened by itself", {"open": {"2026-11-08": "10:00-12:00"}}, "2026-11-06T16:30", 1,
         "2026-11-08T10:30"),
        ("a single day with other hours", {"open": {"2026-11-03": "09:00-10:00"}}, "2026-11-02T16:00", 3,
         "2026-11-04T10:00"),
    ],
)  # fmt: skip
def test_when_a_case_is_due(what: str, fields: dict, start: str, amount: float, due: str) -> None:
    assert opened(**fields).after(at(start), hours(amount)) == at(due), what


@pytest.mark.parametrize(
    ("country", "subdivision", "start", "due"),
    [
        # Thanksgiving is Thursday the 26th of November 2026; Friday is worked.
        ("US", None, "2026-11-25T16:00", "2026-11-27T10:00"),
        # Fourth of July 2026 is a Saturday, and the Friday before is off.
        ("US", None, "2026-07-02T16:00", "2026-07-06T10:00"),
        # Corpus Christi, 4 June 2026, is a holiday in Bavaria and none in Berlin.
        ("DE", "BY", "2026-06-03T16:00", "2026-06-05T10:00"),
        ("DE", "BE", "2026-06-03T16:00", "2026-06-04T10:00"),
        # St Andrew's Day, Monday 30 November 2026, in Scotland only.
        ("GB", "SCT", "2026-11-27T16:00", "2026-12-01T10:00"),
        ("GB", "ENG", "2026-11-27T16:00", "2026-11-30T10:00"),
    ],
)
def test_public_holidays_are_those_of_the_country_and_its_part(
    country: str, subdivision: str | None, start: str, due: str
) -> None:
    calendar = opened(holidays=[{"country": country, "subdivision": subdivision}])
    assert calendar.after(at(start), hours(2)) == at(due)


def test_a_holiday_may_be_worked_or_have_hours_of_its_own() -> None:
    own = {"country": "US", "worked": ["Veterans Day"]}
    # Wednesday 11 November 2026.
    assert opened(holidays=[own]).after(at("2026-11-10T16:00"), hours(2)) == at("2026-11-11T10:00")
    closed = {"country": "US", "only": ["Thanksgiving Day"]}
    shop = opened(holidays=[closed, {"country": "US", "hours": ["11:00-15:00"]}])
    assert shop.after(at("2026-11-10T16:00"), hours(2)) == at("2026-11-11T12:00")
    assert shop.after(at("2026-11-25T16:00"), hours(2)) == at("2026-11-27T10:00")


def test_an_own_day_comes_before_a_holiday_and_a_closed_one() -> None:
    calendar = opened(holidays=[{"country": "US"}], closed=["2026-11-12"], open={"2026-11-11": "09:00-10:00"})
    assert calendar.after(at("2026-11-10T16:30"), hours(1)) == at("2026-11-11T09:30")
    assert calendar.after(at("2026-11-11T09:30"), hours(1)) == at("2026-11-13T09:30")


@pytest.mark.parametrize(
    ("what", "zone", "spans", "start", "amount", "due"),
    [
        # Berlin, 29 March 2026: 02:00 becomes 03:00. New York, 8 March: the same.
        ("hours over the jump are an hour shorter", BERLIN, "00:00-24:00", "2026-03-28T23:00+00:00", 23,
         "2026-03-29T22:00+00:00"),
        ("an opening that does not exist opens at the jump", BERLIN, "02:30-06:00", "2026-03-29T00:00+00:00", 1,
         "2026-03-29T02:00+00:00"),
        ("hours that do not exist at all are not open", BERLIN, "02:10-02:50", "2026-03-29T00:00+00:00", 0.5,
         "2026-03-30T00:40+00:00"),
        ("the jump itself, in New York", NEW_YORK, "01:00-04:00", "2026-03-08T05:30+00:00", 2,
         "2026-03-08T08:00+00:00"),
        # Berlin, 25 October 2026: 03:00 becomes 02:00.
        ("hours that exist twice are open twice", BERLIN, "02:00-03:00", "2026-10-24T22:00+00:00", 2,
         "2026-10-25T02:00+00:00"),
        ("a span within the doubled hour is open twice, not between", BERLIN, "02:15-02:45", "2026-10-24T22:00+00:00",
         0.75, "2026-10-25T01:30+00:00"),
        ("a day of 25 hours", BERLIN, "00:00-24:00", "2026-10-24T22:00+00:00", 25, "2026-10-25T23:00+00:00"),
        # Cairo, 24 April 2026: midnight does not exist, 00:00 becomes 01:00.
        ("a midnight that does not exist", ZoneInfo("Africa/Cairo"), "00:00-02:00", "2026-04-23T21:30+00:00", 1,
         "2026-04-23T23:00+00:00"),
        # Lord Howe moves by half an hour.
        ("half an hour", ZoneInfo("Australia/Lord_Howe"), "01:00-03:00", "2026-04-04T14:00+00:00", 2.5,
         "2026-04-04T16:30+00:00"),
    ],
)  # fmt: skip
def test_clocks_that_jump(what: str, zone: ZoneInfo, spans: str, start: str, amount: float, due: str) -> None:
    calendar = opened(zone, hours={"mon-sun": spans})
    assert calendar.after(datetime.fromisoformat(start), hours(amount)) == datetime.fromisoformat(due), what


def test_the_zone_of_the_site_and_not_of_who_works_there_counts() -> None:
    start = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
    assert opened(NEW_YORK).after(start, hours(2)) == at("2026-11-02T12:00", NEW_YORK)
    assert opened(BERLIN).after(start, hours(2)) == at("2026-11-03T10:00", BERLIN)


def test_time_that_rests_over_a_weekend_is_counted_in_business_hours() -> None:
    friday, monday = at("2026-11-06T16:00"), at("2026-11-09T10:00")
    assert opened().between(friday, monday) == hours(2)
    assert opened().between(at("2026-11-07T10:00"), at("2026-11-08T10:00")) == hours(0)
    assert opened().between(monday, friday) == hours(0)


def test_the_turn_of_years_and_leap_days() -> None:
    calendar = opened(hours={"mon-sun": "00:00-24:00"})
    assert calendar.after(at("2027-12-31T12:00"), hours(24 * 60)) == at("2027-12-31T12:00") + hours(24 * 60)
    assert calendar.between(at("2020-02-01T00:00"), at("2029-02-01T00:00")) == at("2029-02-01T00:00") - at(
        "2020-02-01T00:00"
    )


def test_a_calendar_that_does_not_open_long_enough_says_so() -> None:
    with pytest.raises(ClosedCalendarError, match="Office does not open for"):
        opened(hours={"mon": "09:00-09:01"}).after(at("2026-01-01T00:00"), hours(100))


def test_without_a_calendar_time_always_runs() -> None:
    clock = business_time(None, "UTC")
    assert isinstance(clock, WallClock)
    assert clock.after(at("2026-11-07T22:00"), hours(5)) == at("2026-11-08T03:00")
    assert clock.between(at("2026-11-07T22:00"), at("2026-11-08T03:00")) == hours(5)


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago",
         "Asia/Kolkata", "Pacific/Apia")  # fmt: skip
clock_minutes = st.integers(0, 24 * 60)


def opens_an_hour(marks: set[int]) -> bool:
    first, second, *_ = sorted(marks)
    return second - first >= 60


@st.composite
def calendars(draw: st.DrawFn) -> BusinessTime:
    week = {}
    for day in draw(st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1,
                             unique=True)):  # fmt: skip
        # At least an hour: with a minute a week, 60 hours of work would take longer than is looked ahead.
        marks = sorted(draw(st.sets(clock_minutes, min_size=2, max_size=4).filter(opens_an_hour)))
        pairs = [(marks[0], marks[1])] + ([(marks[2], marks[3])] if len(marks) == 4 else [])
        week[day] = [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs]
    closed = draw(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=4))
    calendar = Calendar.model_validate(
        {"title": "Drawn", "hours": week, "closed": [day.isoformat() for day in closed],
         "holidays": draw(st.sampled_from([[], [{"country": "US"}], [{"country": "DE", "subdivision": "BY"}]]))}
    )  # fmt: skip
    return BusinessTime(calendar, ZoneInfo(draw(st.sampled_from(ZONES))))


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
amounts = st.timedeltas(timedelta(microseconds=1), timedelta(hours=30))


@settings(max_examples=80, deadline=None)
@given(calendars(), instants, amounts, amounts)
def test_the_laws_of_business_time(calendar: BusinessTime, start: datetime, one: timedelta, two: timedelta) -> None:
    due = calendar.after(start, one)
    assert due > start
    # Never outside the open hours: the instant before it is within them.
    assert calendar.is_open(due - timedelta(microseconds=1))
    # What has run until it is due is what was asked for, and no earlier instant has as much.
    assert calendar.between(start, due) == one
    assert calendar.between(start, due - timedelta(microseconds=1)) < one
    # Additive, and so monotone in the amount.
    assert calendar.after(due, two) == calendar.after(start, one + two)
    assert calendar.after(start, max(one, two)) >= calendar.after(start, min(one, two))


@settings(max_examples=60, deadline=None)
@given(calendars(), st.lists(instants, min_size=3, max_size=3).map(sorted), amounts)
def test_later_starts_are_due_later_and_elapsed_time_adds_up(
    calendar: BusinessTime, moments: list[datetime], amount: timedelta
) -> None:
    first, middle, last = moments
    assert calendar.after(first, amount) <= calendar.after(middle, amount) <= calendar.after(last, amount)
    assert calendar.between(first, middle) + calendar.between(middle, last) == calendar.between(first, last)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.lists(instants, min_size=3, max_size=3).map(sorted), amounts)
def test_a_pause_moves_the_due_time_by_the_business_time_it_took(
    calendar: BusinessTime, moments: list[datetime], amount: timedelta
) -> None:
    start, paused, resumed = moments
    due = calendar.after(start, amount)
    if due <= paused:
        return
    left = calendar.between(paused, due)
    assert calendar.after(resumed, left) == calendar.after(start, amount + calendar.between(paused, resumed))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_it_is_open_exactly_where_the_local_time_says_so(zone: str, moment: datetime) -> None:
    calendar = opened(ZoneInfo(zone), hours={"mon-sat": ["02:15-02:45", "23:00-24:00"]})
    instant = moment.replace(tzinfo=UTC)
    local = instant.astimezone(ZoneInfo(zone))
    minute = 60 * local.hour + local.minute
    within = 135 <= minute < 165 or minute >= 23 * 60
    assert calendar.is_open(instant) == (within and local.weekday() != 6)
