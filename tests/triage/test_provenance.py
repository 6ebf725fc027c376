"""Specification of where labels come from: simulated ones never let a real case go straight through, nor the other way
round."""

from typing import Any

import pytest

from tests.triage.conftest import override
from tests.triage.guarantee.promising import Desk
from triage.provenance import is_simulated, simulated_origin

SIMULATED = {"synthetic": True}


@pytest.fixture
def desk(house: Any) -> Desk:
    return Desk(house)


def decide(desk: Desk, count: int, **envelope: Any) -> list[Any]:
    numbers = range(desk.number, desk.number + count)
    desk.number += count
    return [answer.body for answer in desk.house.submit(*(override(number) | envelope for number in numbers))]


def rule_on(desk: Desk, count: int, **envelope: Any) -> None:
    desk.label(decide(desk, count, **envelope))
    desk.house.clock.forward(minutes=1)
    desk.refresh()
    desk.house.clock.forward(days=8)
    desk.refresh()


class TestACertificateOfSimulatedLabels:
    def test_lets_simulated_cases_through_and_sends_real_ones_to_people(self, desk: Desk) -> None:
        rule_on(desk, 60, **SIMULATED)
        assert desk.certificate.synthetic
        (simulated,), (real,) = decide(desk, 1, **SIMULATED), decide(desk, 1)
        assert simulated["disposition"] == "auto"
        assert (real["disposition"], real["certificate"]) == ("review", desk.certificate.certificate_id)
        assert real["uncertified"] == "the certificate rests on simulated cases, and this one is real"

    def test_gives_way_as_soon_as_real_labels_prove_something(self, desk: Desk) -> None:
        rule_on(desk, 60, **SIMULATED)
        rule_on(desk, 3)
        assert desk.certificate.synthetic
        rule_on(desk, 60)
        assert not desk.certificate.synthetic
        (simulated,), (real,) = decide(desk, 1, **SIMULATED), decide(desk, 1)
        assert real["disposition"] == "auto"
        assert simulated["uncertified"] == "the certificate rests on real cases, and this one is simulated"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [(simulated_origin(7), True), ("simulated, seed 7.csv", False), ("simulated.parquet", False), ("", False)],
)
def test_an_origin_is_simulated_only_where_a_simulator_says_so(origin: str, expected: bool) -> None:
    assert is_simulated(origin) is expected
