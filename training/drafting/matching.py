"""Which column is which field: by what names mean and by what the cells are."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from pydantic import BaseModel
from scipy.optimize import linear_sum_assignment

from features.columns import FieldKind, field_kinds
from training.drafting.column_profile import ColumnProfile
from training.drafting.reading_options import Reading, reading_of
from training.drafting.vocabulary import NameWord, compact, further_names, kinds, tokens_of

MIN_CONFIDENCE: Final = 0.5
"""A pair that is less sure is left to the person."""
_EXACT: Final = 0.99
_FURTHER: Final = 0.95
_KIND_WEIGHT: Final = 0.3
_UNKNOWN_WEIGHT: Final = 0.7
_UNNAMED: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A field and the column it is read from. reading: how; confidence: in [0, 1]; evidence: what shows it."""

    field: str
    column: ColumnProfile
    reading: Reading
    confidence: float
    evidence: str


@dataclass(slots=True)
class FieldNames:
    """What the fields of one payload are called, and how much each word of them says."""

    domain: str
    payload: type[BaseModel]
    names: dict[str, tuple[tuple[NameWord, ...], ...]] = field(default_factory=dict)
    holders: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for name, about in self.payload.model_fields.items():
            titled = tokens_of(about.title) if about.title else ()
            self.names[name] = (tokens_of(name), titled)
            self.holders.update({mark for tokens in self.names[name] for token in tokens for mark in _marks(token)})

    def likeness(self, column: str, name: str) -> tuple[float, str]:
        """Return how like a column's name is to a field's, in [0, 1], and what shows it."""
        about = self.payload.model_fields[name]
        if compact(column) in (compact(name), compact(about.title or name)):
            return _EXACT, "the field's own name"
        if compact(column) in further_names(self.domain).get(name, ()):
            return _FURTHER, f"business software calls it {column}"
        best, shared = max(
            (self._overlap(tokens_of(column), tokens, self.names[name][0]) for tokens in self.names[name]),
            key=lambda one: one[0],
        )
        return best * 0.9, "name: " + ", ".join(shared) if shared else ""

    def _overlap(
        self, column: Sequence[NameWord], named: Sequence[NameWord], whole: Sequence[NameWord]
    ) -> tuple[float, list[str]]:
        if not column or not named:
            return 0.0, []
        used: set[int] = set()
        found, shared = 0.0, []
        for token in named:
            for at, other in enumerate(column):
                common = _marks(token) & _marks(other)
                if at not in used and common:
                    used.add(at)
                    found += self._weight(token)
                    shared.append(other.word if other.word == token.word else f"{other.word} = {token.word}")
                    break
        if not any(self._is_content(column[at]) for at in used):
            found *= 0.4  # a date is a date, but which one?
        sorts = [frozenset().union(*(token.concepts & kinds() for token in tokens)) for tokens in (column, whole)]
        if sorts[0] and sorts[1] and not sorts[0] & sorts[1]:
            found *= 0.6  # a quantity is no number of a document
        recall = found / sum(map(self._weight, named))
        precision = sum(self._weight(column[at]) for at in used) / sum(map(self._weight, column))
        total = recall + precision
        return (2 * recall * precision / total if total else 0.0), shared

    def _is_content(self, token: NameWord) -> bool:
        return not token.concepts or not token.concepts <= kinds()

    def _weight(self, token: NameWord) -> float:
        if not token.concepts:
            return _UNKNOWN_WEIGHT if not token.word.isdigit() else 1.0
        if token.concepts <= kinds():
            return _KIND_WEIGHT
        rarest = min(self.holders[concept] for concept in token.concepts)
        return 1.0 / math.log2(2.0 + rarest) + 0.4


def match_fields(
    columns: Sequence[ColumnProfile],
    names: FieldNames,
    *,
    taken: Collection[str],
    least: float = MIN_CONFIDENCE,
    likenesses: Mapping[tuple[str, str], float] | None = None,
) -> list[Match]:
    """Assign columns to fields so that all pairs together fit best, each used once.

    taken: fields already given, by name. least: how sure a pair must be. likenesses: of (column, field), by a
    sentence encoder, in [0, 1].
    """
    about = [kind for kind in field_kinds(names.payload) if kind.name not in taken]
    scores = np.zeros((len(columns), len(about)))
    found: dict[tuple[int, int], Match] = {}
    for row, column in enumerate(columns):
        for place, kind in enumerate(about):
            match = _pair(column, kind, names, likenesses or {})
            if match is not None:
                found[row, place] = match
                scores[row, place] = match.confidence
    rows, places = linear_sum_assignment(scores, maximize=True)
    chosen = [found[at] for at in zip(rows.tolist(), places.tolist(), strict=True) if at in found]
    return [match for match in chosen if match.confidence >= least]


def _pair(
    column: ColumnProfile, kind: FieldKind, names: FieldNames, likenesses: Mapping[tuple[str, str], float]
) -> Match | None:
    likeness, shown = names.likeness(column.name, kind.name)
    encoded = likenesses.get((column.name, kind.name), 0.0)
    if encoded > likeness:
        likeness, shown = encoded, "the encoder finds the names alike"
    if likeness < _UNNAMED:
        return None
    reading = reading_of(column, kind, names.payload)
    if reading is None:
        return None
    confidence = min(_EXACT, likeness * reading.fit)
    evidence = "; ".join(part for part in (shown, *reading.evidence) if part)
    return Match(field=kind.name, column=column, reading=reading, confidence=confidence, evidence=evidence)


def _marks(token: NameWord) -> frozenset[Any]:
    return token.concepts or frozenset({"~" + token.word})
