"""Routes: the hours they allow."""

import pytest

from policies.document.clocks import sla_hours_for
from policies.document.document import Route


@pytest.mark.parametrize(("hours", "priority", "expected"), [
    (24, "P1", 24), (24, "P4", 24),
    ({"P1": 4, "P2": 8}, "P1", 4), ({"P1": 4, "P2": 8}, "P2", 8),
    ({"P1": 4, "P2": 8}, "P3", 4), ({"P1": 4, "P2": 8}, "P4", 4),
    ({"P3": 72, "P4": 24}, "P1", 24), ({"P3": 72, "P4": 24}, "P2", 24),
])  # fmt: skip
def test_a_priority_that_a_route_does_not_list_gets_its_shortest_time(hours, priority, expected: float) -> None:
    route = Route(id="R", queue="CHECK", action="Look", sla_hours=hours)
    assert sla_hours_for(route.sla_hours, priority) == expected
