"""Specification of features declared once: what a parameter may name, and the lineage that follows from it."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest

from features.columns import Column, Columns
from features.declaration import FeatureGroup, Features, Members, Texts, Window
from features.fields import Id, Money, Payload
from features.history import Trail


class Sale(Payload):
    """A sale of one customer."""

    price: Money
    paid: Money
    customer: Id | None = None
    kind: Literal["new", "used"] | None = None
    flags: tuple[Literal["gift", "late"], ...] = ()


CUSTOMER = Trail(name="customer", key=("customer",), windows_days=(30,))
NAN = float("nan")


def declare() -> Features:
    return Features(Sale, trails=(CUSTOMER,))


def a_sale() -> Columns:
    numbers = {"price": 80.0, "paid": 60.0, "kind": 1.0, "flags.gift": 1.0, "flags.late": 0.0}
    return Columns(
        n=1,
        numbers={name: np.array([value]) for name, value in numbers.items()},
        strings={"customer": ["C1"], "kind": ["used"]},
        as_of=np.array([100.0]),
    )


PAST = {name: np.array([float(at)]) for at, name in enumerate(CUSTOMER.columns)}


class TestWhatAParameterReads:
    def test_a_field_an_instant_a_trail_column_and_an_earlier_function(self) -> None:
        f = declare()

        @f.step
        def discount(price: Column, paid: Column) -> Column:
            return price - paid

        @f.feature("Discount seen", family="price", unit="ratio")
        def seen(discount: Column, customer_count_30d: Column, as_of: Column) -> Column:
            return discount / customer_count_30d + as_of

        (feature,) = f.declared
        assert feature.sources == ("price", "paid", "customer", "as_of")
        assert (feature.name, feature.title, feature.family, feature.unit) == (
            "seen",
            "Discount seen",
            "price",
            "ratio",
        )
        assert f.build(a_sale(), PAST)["seen"].tolist() == [20.0 / PAST["customer_count_30d"][0] + 100.0]

    def test_texts_members_and_a_whole_trail_by_annotation(self) -> None:
        f = declare()

        @f.feature("All", family="all")
        def all_of_it(kind: Texts, flags: Members, customer: Window) -> Column:
            assert kind == ["used"]
            return flags["gift"] + customer["count_30d"]

        assert f.build(a_sale(), PAST)["all_of_it"].tolist() == [1.0 + PAST["customer_count_30d"][0]]

    def test_fields_and_trail_columns_as_they_are_keep_the_order_of_declaration(self) -> None:
        f = declare()
        f.past("customer_count_30d", "Seen", family="past")
        f.field("kind", "price", family="own")
        assert [feature.name for feature in f.declared] == ["customer_count_30d", "kind", "price"]
        assert [feature.kind for feature in f.declared] == ["number", "category", "number"]
        assert list(f.build(a_sale(), PAST)) == ["customer_count_30d", "kind", "price"]

    def test_one_function_yields_several_features(self) -> None:
        f = declare()

        @f.features({"half": "Half", "double": "Double"}, family="price")
        def both(price: Column) -> dict[str, Column]:
            return {"half": price / 2, "double": price * 2}

        built = f.build(a_sale(), PAST)
        assert {name: column.tolist() for name, column in built.items()} == {"half": [40.0], "double": [160.0]}


class TestGroups:
    def test_groups_have_their_place_in_the_row_and_read_what_earlier_ones_declare(self) -> None:
        first, second = FeatureGroup(), FeatureGroup()

        @second.feature("Half the discount", family="price", vocabulary=("no", "yes"))
        def half(discount: Column) -> Column:
            return discount / 2

        second.past("customer_count_30d", "Seen", family="past", unit="count")

        @first.step
        def discount(price: Column, paid: Column) -> Column:
            return price - paid

        @first.features({"double": "Double"}, family="price", unit="ratio")
        def several(discount: Column) -> dict[str, Column]:
            return {"double": discount * 2}

        first.field("price", family="own", unit="money", title="Asked")
        together, alone = declare(), declare()
        together.field("kind", family="own")
        alone.field("kind", family="own")
        together.include(first, second)
        alone.step(discount)
        alone.features({"double": "Double"}, family="price", unit="ratio")(several)
        alone.field("price", family="own", unit="money", title="Asked")
        alone.feature("Half the discount", family="price", vocabulary=("no", "yes"))(half)
        alone.past("customer_count_30d", "Seen", family="past", unit="count")
        assert together.declared == alone.declared
        assert [feature.name for feature in together.declared] == [
            "kind",
            "double",
            "price",
            "half",
            "customer_count_30d",
        ]
        built = together.build(a_sale(), PAST)
        assert (built["double"].tolist(), built["half"].tolist()) == ([40.0], [10.0])

    def test_what_a_group_reads_must_be_declared_before_it(self) -> None:
        group = FeatureGroup()
        group.feature("Odd", family="odd")(unknown)
        with pytest.raises(TypeError, match="'prize' is no payload field"):
            declare().include(group)


def unknown(prize: Column) -> Column:
    return prize


def price(paid: Column) -> Column:
    return paid


def written(customer: Column) -> Column:
    return customer


@pytest.mark.parametrize(
    ("function", "message"),
    [(unknown, "'prize' is no payload field"), (price, "'price' is taken"), (written, "annotate the parameter")],
)
def test_what_cannot_be_declared_is_refused_by_name(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        declare().feature("Odd", family="odd")(function)


def test_a_feature_is_declared_once() -> None:
    f = declare()
    f.field("price", family="own")
    with pytest.raises(TypeError, match="declared twice"):
        f.field("price", family="own")
