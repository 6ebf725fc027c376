"""At the door: what must be right is refused by name, what is odd goes on with a reason."""

from datetime import UTC, datetime, timedelta

import pytest

from policies.document.document import Disposition
from tests.triage.conftest import DOMAIN, POLICIES, override
from triage.errors import InvalidError
from triage.intake.case import read_case
from triage.intake.data_quality import floor_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(raw):
    return read_case(
        raw,
        domains={DOMAIN.name: DOMAIN},
        policies=POLICIES,
        now=NOW,
    )


class TestRefused:
    @pytest.mark.parametrize(
        ("raw", "field", "says"),
        [
            ([], "", "a case is a JSON object"),
            ({}, "domain", "must be one of price_override"),
            ({"domain": ["price_override"]}, "domain", "must be one of"),
            (override() | {"domain": "nonsense"}, "domain", "must be one of price_override"),
            (override() | {"payload": None}, "payload", "must be an object"),
            (override() | {"exception_id": None}, "exception_id", "valid string"),
            (override() | {"exception_id": "  "}, "exception_id", "at least 1"),
            (override() | {"exception_id": "a\x00b"}, "exception_id", "U+0000"),
            (override() | {"exception_id": "x" * 129}, "exception_id", "at most 128"),
            (override() | {"colour": "red"}, "colour", "is not a field of Envelope"),
            (override(colour="red"), "payload.colour", "a column of your own goes into `attributes`"),
            (override(listed_price=None), "payload.listed_price", "Decimal input should be"),
            (override(listed_price="NaN"), "payload.listed_price", "finite"),
            (override(listed_price=-1), "payload.listed_price", "greater than or equal to 0"),
        ],
    )
    def test_the_answer_names_field_and_cure(self, raw, field: str, says: str) -> None:
        with pytest.raises(InvalidError) as caught:
            read(raw)
        assert [problem.field for problem in caught.value.problems] == [field]
        assert says in caught.value.problems[0].message

    def test_every_wrong_field_is_named(self) -> None:
        raw = override(listed_price=-1, colour="red", pieces="many")
        del raw["payload"]["receipt_id"]
        with pytest.raises(InvalidError) as caught:
            read(raw)
        assert {problem.field for problem in caught.value.problems} == {
            "payload.listed_price", "payload.colour", "payload.pieces", "payload.receipt_id",
        }  # fmt: skip


class TestGoesOn:
    @pytest.mark.parametrize(
        ("payload", "field"),
        [
            ({"pieces": "many"}, "pieces"),
            ({"markdown_share": 1.5}, "markdown_share"),
            ({"overridden_at": "0001-02-01T00:00:00+14:00"}, "overridden_at"),
            ({"overridden_at": "2026-01-01T00:00:00"}, "overridden_at"),
            ({"kind": "whim"}, "kind"),
            ({"note": "a\x00b"}, "note"),
            ({"note": {"deep": 1}}, "note"),
        ],
    )
    def test_an_odd_optional_field_is_left_out_with_a_reason(self, payload: dict, field: str) -> None:
        case = read(override(**payload))
        assert getattr(case.payload, field) is None
        assert case.quality[0].code == f"data_quality:payload.{field}"

    def test_one_odd_flag_does_not_lose_the_others(self) -> None:
        case = read(override(flags=["no_receipt", "sideways", 7]))
        assert case.payload.flags == ("no_receipt",)
        assert len(case.quality) == 2

    @pytest.mark.parametrize("as_of", ["9999-01-01T00:00:00Z", "soon", "2026-01-01T00:00:00", 10**30])
    def test_an_odd_cut_off_is_replaced_by_the_arrival(self, as_of: object) -> None:
        case = read(override() | {"as_of": as_of})
        assert case.as_of == NOW
        assert case.quality[0].code == "data_quality:as_of"

    @pytest.mark.parametrize("as_of", ["soon", "20260301", "2026-01-01T00:00:00", 46082, 10**30])
    def test_a_cut_off_that_cannot_be_read_needs_a_person(self, as_of: object) -> None:
        case = read(override() | {"as_of": as_of})
        assert (case.floor, case.quality[-1].code) == (Disposition.REVIEW, "data_quality:as_of.unread")
        assert floor_of([{"code": str(reason.code)} for reason in case.quality], ()) is Disposition.REVIEW

    @pytest.mark.parametrize("field", ["region", "banner", "legal_entity"])
    def test_what_chooses_a_variant_and_cannot_be_read_needs_a_person(self, field: str) -> None:
        case = read(override() | {field: {"north": 1}})
        assert (case.floor, case.quality[-1].code) == (Disposition.REVIEW, "data_quality:unread")
        assert floor_of([{"code": f"data_quality:{field}"}], ()) is Disposition.REVIEW

    def test_a_cut_off_in_the_future_is_replaced_by_the_arrival(self) -> None:
        late = read(override() | {"as_of": (NOW + timedelta(days=1)).isoformat()})
        assert (late.as_of, len(late.quality), late.floor) == (NOW, 1, Disposition.AUTO)
        skewed = read(override() | {"as_of": (NOW + timedelta(minutes=4)).isoformat()})
        assert (skewed.as_of, skewed.quality) == (NOW, ())

    def test_a_case_is_history_from_when_it_arrived_however_old_it_is(self) -> None:
        case = read(override() | {"as_of": "2026-01-01T00:00:00Z"})
        assert (case.as_of.month, case.known_at) == (1, NOW)

    @pytest.mark.parametrize(
        ("envelope", "fx_rate", "floor"),
        [
            ({}, 1.0, Disposition.AUTO),
            ({"currency": "USD"}, 1.0, Disposition.AUTO),
            ({"currency": "EUR", "fx_rate": "1.1"}, 1.1, Disposition.AUTO),
            ({"currency": "EUR"}, 1.0, Disposition.REVIEW),
            ({"currency": "EUR", "fx_rate": -1}, 1.0, Disposition.REVIEW),
            ({"currency": "EUR", "fx_rate": "0.000001"}, 0.000001, Disposition.AUTO),
            ({"currency": "EUR", "fx_rate": "0.0000009"}, 1.0, Disposition.REVIEW),
            ({"currency": "EUR", "fx_rate": 1_000_001}, 1.0, Disposition.REVIEW),
            ({"currency": "euro", "fx_rate": "1.1"}, 1.0, Disposition.REVIEW),
            ({"currency": "euro"}, 1.0, Disposition.REVIEW),
            ({"currency": "USD", "fx_rate": 1}, 1.0, Disposition.AUTO),
            ({"currency": "USD", "fx_rate": "0.001"}, 1.0, Disposition.REVIEW),
            ({"fx_rate": "0.001"}, 1.0, Disposition.REVIEW),
        ],
    )
    def test_money_that_cannot_be_converted_needs_a_person(self, envelope, fx_rate, floor) -> None:
        case = read(override() | envelope)
        assert (case.fx_rate, case.floor) == (fx_rate, floor)

    @pytest.mark.parametrize(
        ("payload", "floor"),
        [
            ({"pieces": "many"}, Disposition.REVIEW),
            ({"authorised": "perhaps"}, Disposition.REVIEW),
            ({"pieces": None, "authorised": None}, Disposition.AUTO),
            ({"note": {"deep": 1}}, Disposition.AUTO),
        ],
    )
    def test_what_a_control_goes_by_must_be_readable_or_a_person_decides(self, payload, floor) -> None:
        case = read(override(**payload))
        assert case.floor is floor
        assert ("data_quality:unread" in [reason.code for reason in case.quality]) == (floor is Disposition.REVIEW)

    def test_attributes_are_kept_flat(self) -> None:
        case = read(
            override() | {"attributes": {"till": 4, "vip": True, "deep": {"a": 1}, "nul": "\x00", "gone": None}}
        )
        assert case.attributes == {"till": 4, "vip": True, "gone": None}
        assert {reason.code for reason in case.quality} == {
            "data_quality:attributes.deep",
            "data_quality:attributes.nul",
        }


class TestContentHash:
    def test_the_order_of_keys_is_no_content(self) -> None:
        raw = override()
        turned = dict(reversed(raw.items())) | {"payload": dict(reversed(raw["payload"].items()))}
        assert read(raw).content_hash == read(turned).content_hash
        assert read(raw).content_hash != read(override(pieces=2)).content_hash
