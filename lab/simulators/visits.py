"""When the entities of a simulated retailer come: renewal processes under seasons, so that every gap says something
exact.

An entity of kind k comes again after an exponential time with its kind's rate, measured in busy time: hours weighted by
season, weekday and opening hours. In busy time the density of a gap is exact whatever the season, and the season's own
factor is the same for every kind. First visits do not depend on the kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.retailer import Codes, Floats, Instants, Knobs

_HOURS_PER_YEAR: Final = 365.25 * 24.0
_EARLY: Final = 0.15
_SPARE: Final = 1.01
"""More visits than rows are drawn, and the latest left out: stopping at a count says nothing about any entity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Cases before anything but their time and entity is known, in the order of time.

    at: datetime64[s] of shape (n,), UTC. entity: codes of shape (n,). kind: of each entity, shape (n_entities,).
    log_gap: ln density of the busy time since the entity's last visit under each kind, shape (n, n_kinds); 0 for a
    first visit.
    nth: how many visits the entity made before, shape (n,).
    """

    at: Instants
    entity: Codes
    kind: Codes
    log_gap: Floats
    nth: Codes


def draw_visits(
    rng: np.random.Generator,
    knobs: Knobs,
    *,
    kind_shares: Sequence[float],
    visits_per_year: Sequence[float],
    month_weights: Sequence[float] = (1.0,) * 12,
    weekday_weights: Sequence[float] = (1.0,) * 7,
    opening_hours: tuple[int, int] = (7, 21),
) -> Visits:
    """Draw exactly `rows` visits over at most the last `days` before `end_at`.

    Entities differ in kind, and visit at their kind's rate from their first visit on. The `cold_start_share` of them is
    new: first seen at any time; the others come from the beginning.
    """
    clock = _BusyTime(knobs, month_weights, weekday_weights, opening_hours)
    rates = np.asarray(visits_per_year, dtype=np.float64) / _HOURS_PER_YEAR  # busy time adds up to the hours drawn
    shares = np.asarray(kind_shares, dtype=np.float64) / np.sum(kind_shares)
    waited = knobs.cold_start_share / 2.0 + (1.0 - knobs.cold_start_share) * _EARLY / 2.0
    each = 1.0 + shares @ rates * clock.total * (1.0 - waited)
    entities = max(8, int(np.ceil(knobs.rows * _SPARE / each)))
    while True:
        kind = rng.choice(len(shares), entities, p=shares)
        busy, entity = _renew(rng, knobs, clock.total, rates[kind])
        if len(busy) >= knobs.rows:
            break
        entities = int(entities * 1.02) + 1
    order = np.argsort(busy, kind="stable")[: knobs.rows]
    busy, entity = busy[order], entity[order]
    gap, nth = _since_last(busy, entity)
    log_gap = np.where(np.isnan(gap)[:, None], 0.0, np.log(rates) - np.nan_to_num(gap)[:, None] * rates)
    return Visits(at=clock.at(busy), entity=entity, kind=kind, log_gap=log_gap, nth=nth)


def _renew(rng: np.random.Generator, knobs: Knobs, total: float, rate: Floats) -> tuple[Floats, Codes]:
    """Draw every visit of every entity in busy time."""
    entities = len(rate)
    fresh = rng.random(entities) < knobs.cold_start_share
    # The others were customers before; their first visit within the window falls early in it, alike for every kind.
    first = np.where(fresh, rng.uniform(0.0, total, entities), rng.uniform(0.0, _EARLY * total, entities))
    moment, who = first, np.arange(entities)
    moments, whose = [first], [who]
    while len(who):
        moment = moment + rng.exponential(1.0, len(who)) / rate[who]
        inside = moment < total
        moment, who = moment[inside], who[inside]
        moments.append(moment)
        whose.append(who)
    return np.concatenate(moments), np.concatenate(whose)


def _since_last(busy: Floats, entity: Codes) -> tuple[Floats, Codes]:
    by_entity = np.lexsort((busy, entity))
    same = np.concatenate([[False], entity[by_entity][1:] == entity[by_entity][:-1]])
    gap = np.full(len(busy), np.nan)
    gap[by_entity] = np.where(same, np.diff(busy[by_entity], prepend=0.0), np.nan)
    starts = np.maximum.accumulate(np.where(same, 0, np.arange(len(busy))))
    nth = np.empty(len(busy), dtype=np.int64)
    nth[by_entity] = np.arange(len(busy)) - starts
    return gap, nth


class _BusyTime:
    """Hours weighted by how much goes on, as one growing clock."""

    def __init__(
        self,
        knobs: Knobs,
        month_weights: Sequence[float],
        weekday_weights: Sequence[float],
        opening_hours: tuple[int, int],
    ) -> None:
        end = np.datetime64(knobs.end_at.replace(tzinfo=None), "D")
        self.start = (end - knobs.days).astype("datetime64[s]")
        hours = self.start.astype("datetime64[h]") + np.arange(knobs.days * 24)
        months = hours.astype("datetime64[M]").astype(np.int64) % 12
        weekdays = (hours.astype("datetime64[D]").astype(np.int64) + 3) % 7
        of_day = hours.astype(np.int64) % 24
        strength = knobs.seasonality
        weights: NDArray[np.float64] = (
            np.asarray(month_weights)[months] ** strength * np.asarray(weekday_weights)[weekdays] ** strength
        )
        weights *= (of_day >= opening_hours[0]) & (of_day < opening_hours[1])
        self.passed = np.concatenate([[0.0], np.cumsum(weights / weights.mean())])

    @property
    def total(self) -> float:
        """Busy time of the whole window; as many units as it has hours."""
        return float(self.passed[-1])

    def at(self, busy: Floats) -> Instants:
        """Turn busy time into instants."""
        hours = np.interp(busy, self.passed, np.arange(len(self.passed), dtype=np.float64))
        return np.asarray(self.start + (hours * 3600.0).astype("timedelta64[s]"))
