"""The measurement of a what-if replays what it says it does."""

import pytest

from lab.benchmarks.what_if import measure_what_if


@pytest.mark.parametrize("domain", ["return_fraud", "replenishment_risk"])
def test_every_case_is_replayed_and_some_change(domain: str) -> None:
    found = measure_what_if(300, domain=domain, rounds=1)
    assert (found.domain, found.rows) == (domain, 300)
    assert 0 < found.changed < 300
    assert found.cases_per_second == pytest.approx(300 / found.seconds)
