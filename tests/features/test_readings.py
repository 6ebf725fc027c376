"""A value that can be one thing is read as that; one that could be two is not read at all."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from features.readings import is_no_day, kept_places, read_day, read_decimal, read_instant, read_text

BERLIN, CHICAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Chicago")


class TestInstants:
    @pytest.mark.parametrize(
        ("value", "zone", "expected"),
        [
            ("2026-11-27T10:00:00Z", None, datetime(2026, 11, 27, 10, tzinfo=UTC)),
            ("2026-11-27T10:00:00+02:00", None, datetime(2026, 11, 27, 8, tzinfo=UTC)),
            ("20261127T100000Z", None, datetime(2026, 11, 27, 10, tzinfo=UTC)),
            ("2026-11-27 10:00", BERLIN, datetime(2026, 11, 27, 9, tzinfo=UTC)),
            ("2026-11-27", CHICAGO, datetime(2026, 11, 27, 6, tzinfo=UTC)),
            ("20261127", BERLIN, datetime(2026, 11, 26, 23, tzinfo=UTC)),
            (20261127, BERLIN, datetime(2026, 11, 26, 23, tzinfo=UTC)),
            (20261127.0, UTC, datetime(2026, 11, 27, tzinfo=UTC)),
            (date(2026, 11, 27), UTC, datetime(2026, 11, 27, tzinfo=UTC)),
        ],
    )
    def test_is_read_as_the_moment_it_says(self, value: object, zone: ZoneInfo | None, expected: datetime) -> None:
        assert read_instant(value, zone=zone) == expected

    @pytest.mark.parametrize(
        ("value", "says"),
        [
            ("2026-11-27T10:00:00", "zone"), ("2026-11-27", "zone"), ("20261127", "zone"), (46353, "only digits"),
            ("46353", "only digits"),
            ("46353.5", "only digits"), (1795737600, "only digits"), (1795737600000, "only digits"), ("27112026",
            "only digits"), ("27/11/2026", "no date"),
            ("11/12/2026", "no date"), ("27.11.2026", "no date"), ("2026-13-01T00:00:00Z", "no date"), ("soon",
            "no date"), (True, "no date"),
            ("1969-12-31T00:00:00Z", "between"), ("2200-01-01T00:00:00Z", "between"),
        ],
    )  # fmt: skip
    def test_what_could_be_two_things_is_not_read(self, value: object, says: str) -> None:
        with pytest.raises(ValueError, match=says):
            read_instant(value, zone=None)

    @pytest.mark.parametrize("local", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
    def test_an_hour_that_clocks_show_twice_or_never_needs_its_offset(self, local: str) -> None:
        with pytest.raises(ValueError, match="twice or never"):
            read_instant(local, zone=BERLIN)
        assert read_instant(local + "+01:00", zone=BERLIN).tzinfo is UTC


class TestDays:
    @pytest.mark.parametrize(
        ("value", "zone", "expected"),
        [
            ("2026-11-27", None, date(2026, 11, 27)),
            ("20261127", None, date(2026, 11, 27)),
            (20261127, None, date(2026, 11, 27)),
            ("2026-11-27T23:30:00", None, date(2026, 11, 27)),
            # Systems export a local day as its first second in UTC.
            ("2026-11-26T23:00:00Z", BERLIN, date(2026, 11, 27)),
            ("2026-11-26T23:00:00Z", None, date(2026, 11, 26)),
            ("2026-11-27T00:00:00+01:00", CHICAGO, date(2026, 11, 27)),
            (datetime(2026, 11, 27, tzinfo=timezone(timedelta(hours=1))), None, date(2026, 11, 27)),
        ],
    )
    def test_is_read_as_the_day_it_says(self, value: object, zone: ZoneInfo | None, expected: date) -> None:
        assert read_day(value, zone=zone) == expected

    @pytest.mark.parametrize("value", [46353, "46353", "27.11.2026", "11/12/2026", "2026-02-30", "1969-12-31"])
    def test_what_could_be_two_things_is_not_read(self, value: object) -> None:
        with pytest.raises(ValueError, match=r"only digits|no date|between"):
            read_day(value, zone=None)


@pytest.mark.parametrize(
    ("value", "none"),
    [
        ("1900-01-01", True), ("1970-01-01T00:00:00Z", True), ("9999-12-31", True), ("9999-12-31T23:59:59Z", True),
        ("0001-01-01", True),
        ("0000-00-00", True), ("00000000", True), ("00.00.0000", True), ("19000101", True), ("N/A", True), ("", True),
        (date(1900, 1, 1), True),
        (datetime(1970, 1, 1, tzinfo=UTC), True), ("1970-01-02", False), ("1900-01-01T10:00:00Z", False), ("2026-11-27",
        False), ("soon", False),
        (0, False),
    ],
)  # fmt: skip
def test_the_first_and_last_days_of_calendars_stand_for_none(value: object, none: bool) -> None:
    assert is_no_day(value) is none


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("420", "420.0000"), ("420.5", "420.5000"), (0.1, "0.1000"), (0.1 + 0.2, "0.3000"), ("0.00024", "0.00024"),
            (0.00016, "0.00016"),
            ("-1234.5", "-1234.5000"), ("1e3", "1000.0000"), (12, "12.0000"), ("0.0000000000004", "0.0000"),
            ("1234567890123.4567", "1234567890123.4567"),
        ],
    )  # fmt: skip
    def test_digits_are_kept(self, value: object, expected: str) -> None:
        assert str(read_decimal(value)) == expected

    @pytest.mark.parametrize(
        "value",
        ["1.234,50", "1,234.50", "12,5", "100-", "(100)", "$100", "100 €", "EUR 100", "1'000", "1 000", "\u0661\u0662",
        "1_000", "0x10", "nan", "", "\u221212", True],
    )  # fmt: skip
    def test_another_notation_is_not_read(self, value: object) -> None:
        with pytest.raises(ValueError, match=r"another notation|finite number|true or false"):
            read_decimal(value)

    def test_a_rounded_number_is_never_further_off_than_its_last_place(self) -> None:
        assert kept_places(Decimal("0.1234567890125")) == Decimal("0.123456789012")


@pytest.mark.parametrize(
    ("value", "text"), [(8001, 8001), (8001.0, "8001"), (0.5, "0.5"), (True, "true"), ("8001.0", "8001.0")]
)
def test_a_number_becomes_the_text_it_is_written_with(value: object, text: object) -> None:
    assert read_text(value) == text


def test_a_number_too_long_for_a_double_is_no_id() -> None:
    with pytest.raises(ValueError, match="last digits are lost"):
        read_text(1e17)
