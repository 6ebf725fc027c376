"""Stored cases and labels to the facts that entity history is made of: the same for memory and for what is frozen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, select

from features.attributes.attribute_columns import Attribute, add_attributes
from features.columns import encode, seconds
from features.fields import Payload
from features.history import CaseFact, LabelFact
from features.recipe import Recipe
from triage.db.schema import cases, labels, past_cases
from triage.labels import answers, replaces

log = structlog.get_logger(__name__)
_TOGETHER: Final = 500


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """The label that holds for a case. known_at: seconds."""

    wrong: bool
    cause: str | None
    source: str
    known_at: float


class FactsOfRows:
    """Turns rows of one domain into facts, by one recipe."""

    def __init__(self, domain: str, recipe: Recipe, attributes: Sequence[Attribute]) -> None:
        self.domain = domain
        self.recipe = recipe
        self.attributes = tuple(attributes)

    def of_cases(self, rows: Sequence[Any]) -> list[CaseFact]:
        """Return what each stored case leaves behind. rows: of `case_columns`."""
        if not rows:
            return []
        payloads = [self._payload(row) for row in rows]
        known_at: list[datetime] = [row.known_at for row in rows]
        columns = encode(payloads, as_of=known_at, fx_rates=[row.fx_rate for row in rows])
        if self.attributes:
            columns, _ = add_attributes(columns, [orjson.loads(row.attributes) for row in rows], self.attributes)
        return self.recipe.facts(columns, known_at=[seconds(moment) for moment in known_at])

    def of_labels(
        self, connection: Connection, rows: Sequence[Row[Any]], *, keys: Mapping[str, Mapping[str, str]]
    ) -> list[LabelFact]:
        """Return what changes by rows of `labels` that were not read before, in their order.

        keys: of cases at hand by exception id; those of others are read from the database. A label of a case that is
        not stored changes nothing.
        """
        facts: list[LabelFact] = []
        for start in range(0, len(rows), _TOGETHER):
            some = rows[start : start + _TOGETHER]
            ids = {row.exception_id for row in some}
            known = {**self._keys_of(connection, ids - keys.keys()), **{one: keys[one] for one in ids & keys.keys()}}
            held = self._held_before(connection, some)
            for row in some:
                if row.exception_id in known:
                    held[row.exception_id], changed = replace_label(
                        held.get(row.exception_id), row, known[row.exception_id]
                    )
                    facts += changed
        return facts

    def _held_before(self, connection: Connection, fresh: Sequence[Row[Any]]) -> dict[str, KnownLabel | None]:
        """Return which label held for each case without the fresh rows and those recorded after them."""
        fresh_ids, newest = {row.label_id for row in fresh}, max(row.label_id for row in fresh)
        query = (
            select(labels)
            .where(
                labels.c.domain == self.domain,
                labels.c.exception_id.in_({row.exception_id for row in fresh}),
                labels.c.label_id <= newest,
            )
            .order_by(labels.c.label_id)
        )
        held: dict[str, KnownLabel | None] = {}
        for row in connection.execute(query):
            if row.label_id not in fresh_ids:
                held[row.exception_id], _ = replace_label(held.get(row.exception_id), row, {})
        return held

    def _keys_of(self, connection: Connection, exception_ids: Collection[str]) -> dict[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        for table in (past_cases, cases):
            if missing := set(exception_ids) - found.keys():
                query = case_columns(table).where(table.c.domain == self.domain, table.c.exception_id.in_(missing))
                rows = connection.execute(query).all()
                facts = zip(rows, self.of_cases(rows), strict=True)
                found |= {row.exception_id: fact.keys for row, fact in facts}
        return found

    def _payload(self, row: Any) -> Payload:
        """Read a stored payload; one that a newer schema refuses stands as empty, so that the others are still read."""
        payload = self.recipe.payload
        try:
            return payload.model_validate_json(row.payload)
        except ValidationError as error:
            log.warning(
                "stored_payload_not_valid", domain=self.domain, exception_id=row.exception_id, error=str(error)[:300]
            )
            return payload.model_construct(**dict.fromkeys(payload.model_fields))


def case_columns(table: Any) -> Select[Any]:
    """Select what `FactsOfRows.of_cases` needs of `cases` or `past_cases`."""
    names = ("seq", "exception_id", "known_at", "payload", "attributes", "fx_rate")
    return select(*(table.c[name] for name in names))


def replace_label(
    former: KnownLabel | None, row: Row[Any], keys: Mapping[str, str]
) -> tuple[KnownLabel | None, list[LabelFact]]:
    """Return the label that holds after a row of `labels`, and the facts that change: the former taken back, the new
    one added.

    A label that does not say whether acting was wrong changes nothing.
    """
    at = seconds(row.known_at)
    label = KnownLabel(row.wrong, row.cause, row.source, at)
    if not answers(label, "risk") or not replaces(label, former):
        return former, []
    facts = [LabelFact(known_at=at, keys=keys, wrong=label.wrong, cause=label.cause)]
    if former is not None:
        facts.insert(0, LabelFact(known_at=at, keys=keys, wrong=former.wrong, cause=former.cause, sign=-1))
    return label, facts
