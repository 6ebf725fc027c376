"""What a later order or receipt mends of a bill whose differences are cases already: people are told on each case."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from features.documents.match_result import SENTENCES, MatchResult
from triage.db.audit_chain import audit
from triage.db.row_digests import insert_rows
from triage.db.schema import cases, comments, tasks
from triage.documents.document_store import cases_of

ACTOR: Final = "system:documents"


def note_mended(connection: Connection, row: Row[Any], result: MatchResult, *, now: datetime) -> MatchResult:
    """Write a comment on every case that still waits and of which less differs now than before.

    Returns the new result, in which the bill is an exception until all of it matches.
    """
    before = _problems(MatchResult.model_validate_json(row.result)) if row.result is not None else {}
    after = _problems(result)
    whole = set(after.get(None, ()))
    for case in cases_of(connection, [row.document_id]):
        left = [*after.get(case.line, ()), *(whole if case.line is not None else ())]
        gone = [each for each in before.get(case.line, ()) if each not in after.get(case.line, ())]
        if gone and _waits(connection, case.case_id):
            said = " ".join(f"No longer so: {SENTENCES[each]}" for each in gone)
            still = " ".join(SENTENCES[each] for each in left)
            text = f"A document of the order came in. {said} " + (f"Still so: {still}" if left else "It matches now.")
            written = {"case_id": case.case_id, "written_at": now, "written_by": ACTOR, "text": text}
            insert_rows(connection, comments, [written])
            audit(connection, actor=ACTOR, verb="comment", case_id=case.case_id, detail={"text": text}, now=now)
    return result if result.state == "matched" else result.model_copy(update={"state": "exception"})


def _problems(result: MatchResult) -> dict[str | None, tuple[Any, ...]]:
    """Return what differs by line, as cases name lines, and under None what concerns the bill."""
    found: dict[str | None, tuple[Any, ...]] = {None: result.problems}
    for line in result.lines:
        found[f"at {line.position + 1}"] = line.problems
        if line.line_id is not None:
            found[line.line_id] = line.problems
    return found


def _waits(connection: Connection, case_id: str) -> bool:
    query = (
        select(cases.c.case_id)
        .join(tasks, tasks.c.case_id == cases.c.case_id)
        .where(cases.c.case_id == case_id, tasks.c.state != "done")
    )
    return connection.execute(query).first() is not None
