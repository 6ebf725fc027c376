"""The one way from payloads to feature rows, for one case and for a million."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.columns import Column, Columns, concatenate
from features.fields import Payload
from features.history import CaseFact, History, Trail, entity_keys
from features.history_on_arrival import look_up_on_arrival

Matrix = NDArray[np.float64]
Past = Mapping[str, Column]
"""Columns looked up in the entity history, by the names of `Trail.columns`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of the feature row.

    title: how an analyst would say it; reasons are written with it.
    family: reasons are summed by family, so near-duplicates do not crowd each other out.
    kind: a category is a small non-negative code, NaN where missing.
    sources: the payload fields and trails it reads (its lineage).
    unit: as shown to a person: "days", "fraction", "ratio", "money", "count" or "".
    """

    name: str
    title: str
    family: str
    sources: tuple[str, ...]
    kind: Literal["number", "category"] = "number"
    unit: str = ""
    vocabulary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one domain's payloads become rows.

    text_fields: payload fields whose joined text is embedded.
    measures: exact integers per case to be summed along the trails (money in hundredths, quantities in thousandths).
    build: columns and history to one float64 column per feature, by name; elementwise, so a row alone equals the same
        row in a batch.
    money_at_stake: the largest sum the case can cost, in the reporting currency, for fallback ordering and checks.
    """

    payload: type[Payload]
    text_fields: tuple[str, ...]
    trails: tuple[Trail, ...]
    measures: Callable[[Columns], Mapping[str, NDArray[np.int64]]]
    features: tuple[Feature, ...]
    build: Callable[[Columns, Past], Mapping[str, Column]]
    money_at_stake: Callable[[Columns], Column]

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in row order."""
        return tuple(feature.name for feature in self.features)

    def rows(self, columns: Columns, history: History) -> Matrix:
        """Build the feature rows, float64 of shape (n, n_features), from facts known strictly before each `as_of`.

        Raises KeyError when `build` and `features` disagree on the names.
        """
        return self._matrix(columns, history.look_up(entity_keys(columns, history.trails), columns.as_of))

    def rows_and_rows_on_arrival(
        self,
        columns: Columns,
        history: History,
        *,
        sent_before: History,
        facts: Sequence[CaseFact],
        arrivals: Sequence[float],
        own_facts: Callable[[int], Sequence[CaseFact]],
    ) -> tuple[Matrix, list[int], Matrix]:
        """Build the rows that models read, as `rows` does, and those that rules read: as of each case's arrival.

        sent_before: of what was sent before these cases; facts: what they leave behind, in the order sent. arrivals:
        seconds. own_facts: what the case at a position has left in the history already, which it must not find there.
        Returns the rows, the positions of the cases for which more was known on arrival than before `as_of`, and their
        rows on arrival.
        """
        past = history.look_up(entity_keys(columns, history.trails), columns.as_of)
        found, late = look_up_on_arrival(
            sent_before, facts, as_of=columns.as_of.tolist(), arrivals=arrivals, own_facts=own_facts
        )
        if not found:
            return self._matrix(columns, past), [], np.empty((0, len(self.features)))
        # Built in one pass: every row is computed on its own, and most of the time goes by the pass, not by the row.
        moments = np.array([arrivals[at] for at in found], dtype=np.float64)
        both = self._matrix(
            concatenate([columns, columns.take(found, as_of=moments)]),
            {name: np.concatenate([values, late[name]]) for name, values in past.items()},
        )
        return both[: columns.n], found, both[columns.n :]

    def _matrix(self, columns: Columns, past: Past) -> Matrix:
        built = self.build(columns, past)
        if len(built) != len(self.features):
            raise KeyError(f"built {sorted(set(built) ^ set(self.names))} and declared features differ")
        matrix = np.empty((columns.n, len(self.features)), dtype=np.float64)
        for position, feature in enumerate(self.features):
            matrix[:, position] = built[feature.name]
        return matrix

    def facts(
        self, columns: Columns, *, known_at: Sequence[float], trails: Sequence[Trail] | None = None
    ) -> list[CaseFact]:
        """Return what each case leaves behind for later ones."""
        keys = entity_keys(columns, self.trails if trails is None else trails)
        measures = {name: values.tolist() for name, values in self.measures(columns).items()}
        return [
            CaseFact(
                known_at=known_at[row],
                keys={trail: key for trail, values in keys.items() if (key := values[row]) is not None},
                measures={name: values[row] for name, values in measures.items()},
            )
            for row in range(columns.n)
        ]

    def texts(self, columns: Columns) -> list[str]:
        """Join the text fields of each case, empty where it has none."""
        if not self.text_fields:
            return [""] * columns.n
        parts = [columns.strings[name] for name in self.text_fields]
        return [" ".join(part.strip() for part in row if part) for row in zip(*parts, strict=True)]
