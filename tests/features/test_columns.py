"""Payloads become plain columns of numbers."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

import numpy as np
import pytest
from pydantic import ValidationError

from features.arithmetic import hour, month, ratio, shrunk_rate, weekday
from features.columns import concatenate, encode, field_kinds
from features.fields import Count, Day, Fraction, Id, Instant, Money, Payload, Quantity

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Parcel(Payload):
    parcel_id: Id
    price: Money | None = None
    weight_kg: Quantity | None = None
    pieces: Count | None = None
    share: Fraction | None = None
    fragile: bool | None = None
    sent_at: Instant | None = None
    due_on: Day | None = None
    size: Literal["small", "large"] | None = None
    marks: tuple[Literal["wet", "torn"], ...] = ()


def columns(*parcels: dict, fx_rates: list[float] | None = None):
    payloads = [Parcel.model_validate({"parcel_id": "P"} | parcel) for parcel in parcels]
    return encode(payloads, as_of=[NOW] * len(payloads), fx_rates=fx_rates)


class TestEncode:
    @pytest.mark.parametrize(
        ("field", "given", "expected"),
        [
            ("price", "12.50", 12.5),
            ("price", None, np.nan),
            ("weight_kg", "0.125", 0.125),
            ("pieces", 3, 3.0),
            ("fragile", True, 1.0),
            ("fragile", False, 0.0),
            ("fragile", None, np.nan),
            ("sent_at", "1970-01-02T00:00:00Z", 86_400.0),
            ("sent_at", "1970-01-02T02:00:00+02:00", 86_400.0),
            ("due_on", date(1970, 1, 3), 172_800.0),
            ("size", "large", 1.0),
            ("size", None, np.nan),
        ],
    )
    def test_a_value_becomes_a_number(self, field: str, given: object, expected: float) -> None:
        np.testing.assert_equal(columns({field: given})[field], np.array([expected]))

    def test_a_list_of_flags_becomes_one_column_per_member(self) -> None:
        built = columns({"marks": ["torn"]}, {})
        assert built["marks.torn"].tolist() == [1.0, 0.0]
        assert built["marks.wet"].tolist() == [0.0, 0.0]

    def test_money_is_converted_and_nothing_else(self) -> None:
        built = columns({"price": "10", "weight_kg": "10"}, fx_rates=[1.25])
        assert (built["price"][0], built["weight_kg"][0]) == (12.5, 10.0)

    def test_chunks_joined_equal_the_whole(self) -> None:
        rows = [{"price": str(n), "size": "small"} for n in range(5)]
        whole, joined = columns(*rows), concatenate([columns(*rows[:2]), columns(*rows[2:])])
        for name in whole.numbers:
            np.testing.assert_array_equal(whole[name], joined[name])
        assert whole.strings == joined.strings and joined.n == 5

    def test_a_nested_field_is_refused(self) -> None:
        class Nested(Payload):
            inner: Parcel

        with pytest.raises(TypeError, match="keep payloads flat"):
            field_kinds(Nested)


class TestFields:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("price", "-0.01"), ("price", "NaN"), ("price", "Infinity"), ("price", "1e13"), ("share", 1.01), ("pieces",
            1.5),
            ("sent_at", "2026-01-01T00:00:00"), ("sent_at", "0001-02-01T00:00:00+14:00"), ("sent_at",
            "9999-12-30T23:59:59-14:00"),
            ("due_on", "1969-12-31"), ("size", "huge"), ("marks", ["dry"]), ("parcel_id", ""), ("parcel_id", "a\x00b"),
            ("colour", "red"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_true_is_refused(self, field: str, value: object) -> None:
        with pytest.raises(ValidationError):
            Parcel.model_validate({"parcel_id": "P"} | {field: value})

    def test_float_noise_in_money_is_rounded_to_four_places(self) -> None:
        assert Parcel.model_validate({"parcel_id": "P", "price": 0.1 + 0.2}).price == Decimal("0.3000")

    def test_a_number_is_a_good_id(self) -> None:
        assert Parcel.model_validate({"parcel_id": 4711}).parcel_id == "4711"


class TestArithmetic:
    def test_ratio_says_what_an_empty_denominator_gives(self) -> None:
        top, bottom = np.array([1.0, 1.0, np.nan, 1.0]), np.array([2.0, 0.0, 0.0, np.nan])
        np.testing.assert_array_equal(ratio(top, bottom), [0.5, np.nan, np.nan, np.nan])
        np.testing.assert_array_equal(ratio(top, bottom, empty=0.0), [0.5, 0.0, np.nan, np.nan])

    def test_a_rate_without_trials_is_the_prior(self) -> None:
        rates = shrunk_rate(np.array([0.0, 5.0]), np.array([0.0, 5.0]), prior=0.2, strength=5.0)
        assert rates.tolist() == [0.2, 0.6]

    def test_calendar_parts_agree_with_the_calendar(self) -> None:
        moments = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, tzinfo=UTC), NOW]
        at = np.array([moment.timestamp() for moment in moments])
        assert month(at).tolist() == [moment.month for moment in moments]
        assert weekday(at).tolist() == [moment.weekday() for moment in moments]
        assert hour(at).tolist() == [moment.hour for moment in moments]
        assert np.isnan(month(np.array([np.nan]))[0])
