"""The log of some cases for process mining tools: OCEL 2.0 as JSON, and XES. Both are written as a stream.

OCEL 2.0: https://www.ocel-standard.org/; XES: IEEE 1849-2016. Object types: case, queue, site, vendor,
person.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import IO, Any, Final
from xml.sax.saxutils import quoteattr

import orjson
from sqlalchemy import Connection, select

from triage.db.schema import audit_events, cases, decisions, tasks
from triage.intake.blind import is_blind
from triage.process.measures import VENDOR_FIELDS

CASES_AT_ONCE: Final = 500
_SLACK: Final = timedelta(hours=1)
"""Cases of many processes are numbered nearly, not quite, in the order they arrived."""
EVENT_TYPES: Final = (
    "decide", "claim", "release", "comment", "rule", "resolve", "approve", "reject", "outcome", "hold", "snooze",
    "resume", "hand_off", "assign", "send_back", "escalate",
)  # fmt: skip
"""Those that are always declared; others are declared as they occur."""
_SHOWN: Final = ("queue", "action", "cause", "reason_code", "overrides", "to", "reason", "wrong")
_CASE_ATTRIBUTES: Final = ("domain", "disposition", "cause", "priority", "fallback", "sla_due_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCase:
    """A case with its events, as a log tells of it. attributes: as text; empty ones are left out."""

    case_id: str
    received_at: datetime
    attributes: Mapping[str, str]
    queue: str | None
    site: str | None
    vendor: str | None
    events: tuple[Any, ...]


@dataclass(slots=True)
class PersonNames:
    """What people are called in a log: by name, or as numbers that mean nothing outside it."""

    named: bool = False
    _numbers: dict[str, str] = field(default_factory=dict)

    def of(self, actor: str) -> str:
        """Return what an actor is called; systems keep their name."""
        if self.named or not actor.startswith("user:"):
            return actor
        return self._numbers.setdefault(actor, f"person-{len(self._numbers) + 1}")


def logged_cases(
    connection: Connection, *, since: datetime, until: datetime, domain: str | None = None
) -> Iterator[LoggedCase]:
    """Read the cases that arrived in a stretch of time, the newest first, a part at a time.

    What was decided is left out of a case whose blind audit is open.
    """
    last: int | None = None
    while True:
        query = _cases().where(*([cases.c.seq < last] if last is not None else []))
        if domain is not None:
            query = query.where(cases.c.domain == domain)
        rows = connection.execute(query.order_by(cases.c.seq.desc()).limit(CASES_AT_ONCE)).all()
        wanted = {row.case_id: row for row in rows if since <= row.received_at < until}
        events = _events(connection, list(wanted))
        for case_id, row in wanted.items():
            yield _logged(row, events.get(case_id, ()))
        if len(rows) < CASES_AT_ONCE or rows[-1].received_at < since - _SLACK:
            return
        last = rows[-1].seq


def write_ocel(found: Iterator[LoggedCase], file: IO[str], people: PersonNames) -> int:
    """Write an OCEL 2.0 log as JSON; return how many cases it holds.

    Objects of cases go into the file as they come; of other objects only the ids are remembered.
    """
    others: dict[tuple[str, str], None] = {}
    types = dict.fromkeys(EVENT_TYPES)
    counted = 0
    with _Parts(file) as parts:
        for case in found:
            counted += 1
            relations = _relations(case)
            others.update(dict.fromkeys(relations))
            parts.object(_case_object(case, relations))
            for event in case.events:
                person = people.of(event.actor)
                others["person", person] = None
                types[event.verb] = None
                parts.event(_ocel_event(event, case, person, relations))
        for kind, name in others:
            parts.object({"id": f"{kind}:{name}", "type": kind, "attributes": [], "relationships": []})
        parts.types(list(types))
    return counted


def write_xes(found: Iterator[LoggedCase], file: IO[str], people: PersonNames) -> int:
    """Write an XES log, one trace a case; return how many cases it holds."""
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1849-2016" xes.features="">\n')
    for name, prefix in (("Concept", "concept"), ("Time", "time"), ("Organizational", "org")):
        file.write(f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>\n')
    counted = 0
    for case in found:
        counted += 1
        file.write("<trace>\n")
        own = {"concept:name": case.case_id, "site": case.site or "", "vendor": case.vendor or "", **case.attributes}
        for name, value in own.items():
            if value:
                file.write(_xes("string", name, value))
        for event in case.events:
            file.write("<event>\n")
            file.write(_xes("string", "concept:name", event.verb))
            file.write(_xes("date", "time:timestamp", event.at.isoformat(timespec="milliseconds")))
            file.write(_xes("string", "org:resource", people.of(event.actor)))
            for name, value in _details(event):
                file.write(_xes("string", name, value))
            file.write("</event>\n")
        file.write("</trace>\n")
    file.write("</log>\n")
    return counted


class _Parts:
    """An OCEL file being written: events go into it, objects into memory-bounded lines behind them."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._objects = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._events_written = False
        self._types: list[str] = []

    def __enter__(self) -> "_Parts":
        self._file.write('{"events":[')
        return self

    def __exit__(self, failed: Any, *rest: Any) -> None:
        try:
            if failed is None:
                self._end()
        finally:
            self._objects.close()

    def event(self, event: Mapping[str, Any]) -> None:
        self._file.write((",\n" if self._events_written else "\n") + json.dumps(event))
        self._events_written = True

    def object(self, found: Mapping[str, Any]) -> None:
        self._objects.write(json.dumps(found) + "\n")

    def types(self, names: list[str]) -> None:
        self._types = names

    def _end(self) -> None:
        self._file.write('\n],"objects":[')
        self._objects.seek(0)
        for number, line in enumerate(self._objects):
            self._file.write((",\n" if number else "\n") + line.rstrip("\n"))
        text = [{"name": name, "type": "string"} for name in (*_SHOWN, "actor")]
        events = [{"name": name, "attributes": text} for name in self._types]
        of_case = [{"name": name, "type": "string"} for name in _CASE_ATTRIBUTES]
        kinds = ("queue", "site", "vendor", "person")
        objects = [{"name": "case", "attributes": of_case}, *({"name": kind, "attributes": []} for kind in kinds)]
        self._file.write(f'\n],"eventTypes":{json.dumps(events)},"objectTypes":{json.dumps(objects)}}}\n')


def _ocel_event(event: Any, case: LoggedCase, person: str, relations: list[tuple[str, str]]) -> dict[str, Any]:
    text = [{"name": name, "value": value} for name, value in (*_details(event), ("actor", person))]
    related = [{"objectId": f"case:{case.case_id}", "qualifier": "of"}]
    related += [{"objectId": f"{kind}:{name}", "qualifier": kind} for kind, name in relations]
    related.append({"objectId": f"person:{person}", "qualifier": "by"})
    return {
        "id": f"event:{event.seq}", "type": event.verb, "time": event.at.isoformat(timespec="milliseconds"),
        "attributes": text, "relationships": related,
    }  # fmt: skip


def _case_object(case: LoggedCase, relations: list[tuple[str, str]]) -> dict[str, Any]:
    at = case.received_at.isoformat(timespec="milliseconds")
    return {
        "id": f"case:{case.case_id}", "type": "case",
        "attributes": [{"name": name, "time": at, "value": value} for name, value in case.attributes.items() if value],
        "relationships": [{"objectId": f"{kind}:{name}", "qualifier": kind} for kind, name in relations],
    }  # fmt: skip


def _relations(case: LoggedCase) -> list[tuple[str, str]]:
    named = (("queue", case.queue), ("site", case.site), ("vendor", case.vendor))
    return [(kind, name) for kind, name in named if name]


def _details(event: Any) -> Iterator[tuple[str, str]]:
    """Yield of an event's detail what is short and says how the case went; names of people are no part of it."""
    detail = orjson.loads(event.detail)
    for name in _SHOWN:
        value = detail.get(name)
        if value is not None and not str(value).startswith("user:"):
            yield name, str(value)[:200]


def _logged(row: Any, events: tuple[Any, ...]) -> LoggedCase:
    payload, hidden = orjson.loads(row.payload), is_blind(row.kind, row.state)
    shown = {"domain": row.domain} | (
        {}
        if hidden
        else {
            "disposition": row.disposition, "cause": row.cause, "priority": row.priority,
            "fallback": row.fallback or "", "sla_due_at": row.sla_due_at.isoformat() if row.sla_due_at else "",
        }
    )  # fmt: skip
    return LoggedCase(
        case_id=row.case_id, received_at=row.received_at, attributes=shown, queue=row.queue, site=row.site_id,
        vendor=next((str(payload[name]) for name in VENDOR_FIELDS if payload.get(name) is not None), None),
        events=events,
    )  # fmt: skip


def _cases() -> Any:
    return select(
        cases.c.seq, cases.c.case_id, cases.c.domain, cases.c.received_at, cases.c.site_id, cases.c.payload,
        decisions.c.disposition, decisions.c.cause, decisions.c.priority, decisions.c.fallback, tasks.c.queue,
        tasks.c.kind, tasks.c.state, tasks.c.sla_due_at,
    ).select_from(
        cases.join(decisions, decisions.c.case_id == cases.c.case_id).outerjoin(
            tasks, tasks.c.case_id == cases.c.case_id
        )
    )  # fmt: skip


def _events(connection: Connection, case_ids: list[str]) -> dict[str, tuple[Any, ...]]:
    query = (
        select(
            audit_events.c.seq, audit_events.c.case_id, audit_events.c.verb, audit_events.c.actor, audit_events.c.at,
            audit_events.c.detail,
        )
        .where(audit_events.c.case_id.in_(case_ids))
        .order_by(audit_events.c.case_id, audit_events.c.seq)
    )  # fmt: skip
    rows = connection.execute(query)
    return {case_id: tuple(part) for case_id, part in groupby(rows, key=lambda row: row.case_id)}


def _xes(kind: str, key: str, value: str) -> str:
    return f"<{kind} key={quoteattr(key)} value={quoteattr(_printable(value))}/>\n"


def _printable(text: str) -> str:
    """Leave out what XML 1.0 has no place for."""
    return "".join(letter for letter in text if letter in "\t\n" or " " <= letter < "\ud800" or letter > "\udfff")
