"""Resolved cases like a case: of the same entities, nearest in figures and text, with how they ended.

What is looked at is bounded: the newest cases of each entity, and of these the ones with most entities in common.
Nothing counts that became known after the case's `as_of`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, insert, or_, select, union_all

from features.kinds import field_kinds
from features.recipe import Recipe
from triage.db.schema import cases, entity_cases, labels, past_cases, tasks
from triage.intake.blind import shown_openly
from triage.intake.decision import SimilarCase
from triage.intake.doubles import digest_of
from triage.intake.judgement import Judgement
from triage.labels import labels_that_hold

LOOKED_AT: Final = 30
"""The newest cases of each entity."""
COMPARED: Final = 40
SHOWN: Final = 5
_WEIGHTS: Final = {"entities": 0.5, "figures": 0.3, "text": 0.2}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An earlier case. shared: the kinds of entity it has in common."""

    exception_id: str
    known_at: datetime
    shared: tuple[str, ...]


def save_entities(connection: Connection, judged: Sequence[Judgement]) -> None:
    """Write which entities judged cases are of, so that later ones find them."""
    rows = [
        row
        for one in judged
        for row in entity_rows(one.case.domain, one.case.exception_id, one.case.known_at, one.fact.keys)
    ]
    if rows:
        connection.execute(insert(entity_cases), rows)


def entity_rows(domain: str, exception_id: str, known_at: datetime, keys: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows of one case, one for each entity. keys: by kind of entity; an empty one is of every case, and is
    left out."""
    digests = {entity_digest(domain, kind, key) for kind, key in keys.items() if key}
    return [
        {"domain": domain, "digest": digest, "exception_id": exception_id, "known_at": known_at} for digest in digests
    ]


def find_similar(
    connection: Connection, judged: Sequence[Judgement], recipe: Recipe, *, restricted: Iterable[str]
) -> list[list[SimilarCase]]:
    """Find for judged cases of one domain the resolved cases most like each, at most SHOWN, the most alike first.

    restricted: the queues whose cases may be named to nobody else; a case whose audit is open is not named either.
    """
    candidates = [_candidates(connection, one) for one in judged]
    wanted = {one.exception_id for some in candidates for one in some}
    if not wanted:
        return [[] for _ in judged]
    domain = judged[0].case.domain
    known = labels_of(connection, domain, wanted)
    stored = nameable(connection, domain, known.keys(), restricted=list(restricted))
    return [
        _nearest(one, some, known=known, stored=stored, recipe=recipe)
        for one, some in zip(judged, candidates, strict=True)
    ]


def entity_digest(domain: str, kind: str, key: str) -> int:
    return digest_of(f"{domain}\x1e{kind}\x1e{key}")


def _candidates(connection: Connection, judged: Judgement) -> list[_Candidate]:
    """Find the newest earlier cases of the same entities, those with most in common first."""
    case = judged.case
    kinds = {entity_digest(case.domain, kind, key): kind for kind, key in judged.fact.keys.items() if key}
    if not kinds:
        return []
    values = {f"digest_{at}": digest for at, digest in enumerate(kinds)} | {"domain": case.domain, "as_of": case.as_of}
    shared: dict[str, list[str]] = {}
    at: dict[str, datetime] = {}
    for digest, name, known_at in connection.execute(newest_of(len(kinds)), values):
        if name != case.exception_id:
            shared.setdefault(name, []).append(kinds[digest])
            at[name] = known_at
    found = [_Candidate(name, at[name], tuple(sorted(of))) for name, of in shared.items()]
    return sorted(found, key=lambda one: (len(one.shared), one.known_at, one.exception_id), reverse=True)[:COMPARED]


@cache
def newest_of(entities: int) -> Any:
    """Select the newest cases of so many entities in one statement, made once."""
    newest = [
        select(entity_cases.c.digest, entity_cases.c.exception_id, entity_cases.c.known_at)
        .where(entity_cases.c.domain == bindparam("domain"), entity_cases.c.digest == bindparam(f"digest_{at}"))
        .where(entity_cases.c.known_at <= bindparam("as_of"))
        .order_by(entity_cases.c.known_at.desc())
        .limit(LOOKED_AT)
        .subquery()
        for at in range(entities)
    ]
    return union_all(*(select(part) for part in newest))


def labels_of(connection: Connection, domain: str, names: Iterable[str]) -> dict[str, list[Any]]:
    """Read every label of cases, in the order they were recorded."""
    found: dict[str, list[Any]] = {}
    for some in _chunks(sorted(names)):
        query = select(labels).where(labels.c.domain == domain, labels.c.exception_id.in_(some))
        for row in connection.execute(query.order_by(labels.c.label_id)):
            found.setdefault(row.exception_id, []).append(row)
    return found


def nameable(
    connection: Connection, domain: str, names: Iterable[str], *, restricted: Sequence[str]
) -> dict[str, tuple[str | None, Mapping[str, Any], float]]:
    """Read id, payload and exchange rate of cases that may be named."""
    found: dict[str, tuple[str | None, Mapping[str, Any], float]] = {}
    for some in _chunks(sorted(names)):
        row: Any
        past = select(past_cases.c.exception_id, past_cases.c.payload, past_cases.c.fx_rate).where(
            past_cases.c.domain == domain, past_cases.c.exception_id.in_(some)
        )
        for row in connection.execute(past):
            found[row.exception_id] = (None, orjson.loads(row.payload), row.fx_rate)
        sent = (
            select(cases.c.exception_id, cases.c.case_id, cases.c.payload, cases.c.fx_rate, _may_be_named(restricted))
            .select_from(cases.outerjoin(tasks, tasks.c.case_id == cases.c.case_id))
            .where(cases.c.domain == domain, cases.c.exception_id.in_(some))
        )
        for row in connection.execute(sent):
            found.pop(row.exception_id, None)
            if row.may_be_named:
                found[row.exception_id] = (row.case_id, orjson.loads(row.payload), row.fx_rate)
    return found


def _may_be_named(restricted: Sequence[str]) -> Any:
    open_queue = or_(tasks.c.queue.is_(None), tasks.c.queue.not_in(restricted))
    return (open_queue & shown_openly()).label("may_be_named")


def _nearest(
    judged: Judgement,
    candidates: Sequence[_Candidate],
    *,
    known: Mapping[str, Sequence[Any]],
    stored: Mapping[str, tuple[str | None, Mapping[str, Any], float]],
    recipe: Recipe,
) -> list[SimilarCase]:
    as_of, own = judged.case.as_of, judged.case.payload.model_dump(mode="json")
    kinds = sum(bool(key) for key in judged.fact.keys.values())
    found = []
    for one in candidates:
        held = labels_that_hold((0, row) for row in known.get(one.exception_id, ()) if row.known_at <= as_of).get(0)
        if held is None or one.exception_id not in stored:
            continue
        case_id, payload, fx_rate = stored[one.exception_id]
        parts = {
            "entities": len(one.shared) / kinds,
            "figures": _figures(recipe, own, payload, judged.case.fx_rate, fx_rate),
            "text": _text(recipe, own, payload),
        }
        found.append(
            SimilarCase(
                case_id=case_id,
                exception_id=one.exception_id,
                cause=held.cause,
                wrong=held.wrong,
                source=held.source,
                known_at=held.known_at,
                shared=list(one.shared),
                likeness=_mean(parts),
            )
        )
    return sorted(found, key=lambda one: (one.likeness, one.known_at, one.exception_id), reverse=True)[:SHOWN]


def _mean(parts: Mapping[str, float | None]) -> float:
    """Average what is known, by weight."""
    known = [(value, _WEIGHTS[name]) for name, value in parts.items() if value is not None]
    return round(sum(value * weight for value, weight in known) / sum(weight for _, weight in known), 3)


def _figures(
    recipe: Recipe, own: Mapping[str, Any], other: Mapping[str, Any], rate: float, other_rate: float
) -> float | None:
    """Return how near the numbers are that both have, [0, 1]: the smaller over the larger, on average."""
    ratios = []
    for kind in field_kinds(recipe.payload):
        a, b = own.get(kind.name), other.get(kind.name)
        if kind.kind not in ("number", "money") or a is None or b is None:
            continue
        x, y = (float(a) * rate, float(b) * other_rate) if kind.kind == "money" else (float(a), float(b))
        low, high = sorted((x, y))
        ratios.append(1.0 if low == high else max(0.0, low / high) if high > 0 else max(0.0, high / low))
    return sum(ratios) / len(ratios) if ratios else None


def _text(recipe: Recipe, own: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """Return the share of words that both texts have, [0, 1]; None where one says nothing."""
    first, second = (Counter(_words(recipe, payload)).keys() for payload in (own, other))
    return len(first & second) / len(first | second) if first and second else None


def _words(recipe: Recipe, payload: Mapping[str, Any]) -> list[str]:
    return [word for name in recipe.text_fields for word in str(payload.get(name) or "").casefold().split()]


def _chunks(names: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
