"""Specification of the safety keywords: a danger named counts, a danger denied does not, a doubt does."""

from typing import get_args

import pytest

from features.danger.danger_kinds import LIFE_THREATS, SITE, TICKED, named
from features.domains.maintenance_priority.payload import Danger


def test_names_the_dangers_intake_can_tick() -> None:
    assert get_args(Danger) == TICKED
    assert {*TICKED} | LIFE_THREATS < SITE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Smell of gas near the oven", {"gas_leak"}),
        ("there is SMOKE coming\nout of the panel", {"smoke_fire"}),
        ("Panel is sparking, no smoke or fire", {"electrical"}),
        ("no power and smoke coming out", {"smoke_fire"}),  # "no" belongs to the power
        ("no. smoke in the back", {"smoke_fire"}),
        ("smoke has stopped", {"smoke_fire"}),
        ("not sure if it is a gas leak", {"gas_leak"}),
        ("smoke alarm is going off", {"smoke_fire"}),
        ("fire alarm panel is down", {"fire_system_impaired"}),
        ("exit door won\u2019t open, emergency exit blocked", {"egress_blocked"}),
        ("kid stuck in the elevator", {"entrapment"}),
        ("sewage on the floor, customer slipped", {"sewage", "trip", "injury"}),
        ("refrigerant leak at the rack", {"chemical"}),
        ("pipe burst, water everywhere", {"flood"}),
    ],
)
def test_hits(text: str, found: set[str]) -> None:
    assert named(text, SITE) == found


@pytest.mark.parametrize(
    "text",
    [
        None, "", "walk-in freezer at -2C and climbing", "no smoke", "No sign of smoke", "no gas leak or smoke",
        "without any smell of gas", "not sparking", "smoke detector chirping", "fire extinguisher tag expired",
        "fire door scratched", "floodlight out", "breaker tripped on panel 3", "firewall update failed",
        "no fire or flood",
    ],
)  # fmt: skip
def test_does_not_hit(text: str | None) -> None:
    assert named(text, SITE) == frozenset()
