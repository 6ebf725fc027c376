"""What a version breaks at while it is loaded is its own affair: it is refused, and the other domains' are still looked
at."""

from dataclasses import replace
from typing import Any

import pytest

from tests.triage.conftest import DOMAIN, Clock, ScriptedModels, ScriptedScorer
from triage.champions import Champions


class OneIsBroken(ScriptedModels):
    """Loads every domain's version but that of the first."""

    def __init__(self, error: Exception) -> None:
        super().__init__(ScriptedScorer())
        self.broken = error

    def load(self, ref: Any, domain: Any) -> ScriptedScorer:
        if domain.name == "first":
            raise self.broken
        return super().load(ref, domain)


@pytest.mark.parametrize("error", [ValueError("of another format"), EOFError("cut off"), IndexError("beyond the end")])
def test_a_version_that_breaks_is_refused_and_the_next_domain_served(error: Exception, clock: Clock) -> None:
    domains = {name: replace(DOMAIN, name=name) for name in ("first", "second")}
    champions = Champions(OneIsBroken(error), domains, poll_seconds=3600, clock=clock)
    champions.refresh()
    first, second = champions.current("first"), champions.current("second")
    assert first.scorer is None
    assert first.refused == "first/1"
    assert str(error) in str(first.reason)
    assert second.scorer is not None
