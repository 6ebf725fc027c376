"""Features built case by case while the world goes on equal those built over the whole file, to the last bit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.columns import Columns, encode, seconds
from features.fields import Payload
from features.history import History, LabelFact, entity_keys
from features.recipe import Matrix, Recipe
from lab.simulated import draw, write
from lab.simulators import simulated_domains
from lab.simulators.retailer import Knobs
from training.tables.reader import read_table

DOMAINS = simulated_domains()
CASES = 12
START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@cache
def payloads(domain: str) -> Sequence[Payload]:
    """Real-looking cases of few entities: the first of a simulated retailer, in the order they were drawn."""
    knobs = Knobs(rows=CASES, seed=5)
    with TemporaryDirectory() as folder:
        write(draw(DOMAINS[domain], knobs), Path(folder), knobs=knobs)
        rows = read_table(Path(folder) / "cases.parquet", domain=DOMAINS[domain], keep_payloads=True).rows
    return tuple(row.payload for row in rows if row.payload is not None)


@dataclass(frozen=True)
class Event:
    """One case. as_of: hours after the start, few enough to tie; late: hours until it arrives; labelled: hours until
    its label, if any."""

    payload: int
    as_of: int
    late: int
    labelled: int | None
    wrong: bool

    @property
    def arrives(self) -> int:
        return self.as_of + self.late


events = st.lists(
    st.builds(
        Event,
        payload=st.integers(0, CASES - 1),
        as_of=st.integers(0, 60).map(lambda hours: hours * 12),
        late=st.sampled_from([0, 0, 0, 5, 24, 300]),
        labelled=st.sampled_from([None, 0, 12, 48, 400]),
        wrong=st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


def at(hours: int) -> datetime:
    return START + hours * HOUR


def columns_of(domain: str, chosen: Sequence[Event]) -> Columns:
    return encode([payloads(domain)[event.payload] for event in chosen], as_of=[at(event.as_of) for event in chosen])


def label_of(recipe: Recipe, columns: Columns, row: int, event: Event, cause: str) -> LabelFact:
    keys = {trail: key for trail, values in entity_keys(columns, recipe.trails).items() if (key := values[row])}
    known_at = seconds(at(event.arrives + (event.labelled or 0)))
    return LabelFact(known_at=known_at, keys=keys, wrong=event.wrong, cause=cause)


def online(domain: str, chosen: Sequence[Event]) -> Mapping[int, Any]:
    """Build each case's row when it arrives, from what has arrived by then; label and case of one moment in any
    order."""
    recipe, causes = DOMAINS[domain].recipe, tuple(DOMAINS[domain].heads.labels)
    history, rows = History(recipe.trails), {}
    moments = [(event.arrives, 0, number) for number, event in enumerate(chosen)]
    moments += [
        (event.arrives + event.labelled, 1, number) for number, event in enumerate(chosen) if event.labelled is not None
    ]
    for _, is_label, number in sorted(moments):
        event = chosen[number]
        alone = columns_of(domain, [event])
        if is_label:
            history.add_label(label_of(recipe, alone, 0, event, causes[event.payload % len(causes)]))
        else:
            rows[number] = recipe.rows(alone, history)[0]
            history.add_case(recipe.facts(alone, known_at=[seconds(at(event.arrives))])[0])
    return rows


def offline(domain: str, chosen: Sequence[Event], order: Sequence[int]) -> Matrix:
    """Build all rows at once from everything there ever was, added in any order."""
    recipe, causes = DOMAINS[domain].recipe, tuple(DOMAINS[domain].heads.labels)
    history, together = History(recipe.trails), columns_of(domain, chosen)
    facts = recipe.facts(together, known_at=[seconds(at(event.arrives)) for event in chosen])
    for number in order:
        event = chosen[number]
        if event.labelled is not None:
            history.add_label(label_of(recipe, together, number, event, causes[event.payload % len(causes)]))
        history.add_case(facts[number])
    return recipe.rows(together, history)


@pytest.mark.parametrize("domain", DOMAINS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chosen=events, shuffled=st.randoms(use_true_random=False))
def test_late_cases_ties_strangers_and_any_order_change_no_bit(domain: str, chosen: list[Event], shuffled: Any) -> None:
    order = list(range(len(chosen)))
    shuffled.shuffle(order)
    at_once = offline(domain, chosen, order)
    one_by_one = online(domain, chosen)
    for number in range(len(chosen)):
        np.testing.assert_array_equal(one_by_one[number].view(np.uint64), at_once[number].view(np.uint64))
