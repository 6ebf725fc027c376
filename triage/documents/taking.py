"""Taking documents: read, kept, matched, and submitted as cases where they do not match.

What is to be done is written down before it is done, so that a crash at any point leaves a document that is due, and
the same exceptions are submitted again under the same ids.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import IntegrityError

from features.documents.document_formats import Read, document_xml, read_documents
from features.documents.match_result import SENTENCES, MatchResult, MatchRules
from features.documents.three_way_match import match_bill
from features.documents.trade_document import TradeDocument, UnreadableError
from triage.db.database import reading
from triage.documents.document_store import (
    Arrival,
    TooManyRelatedError,
    due_documents,
    find_document,
    identity_of,
    insert_document,
    lock_orders,
    postpone,
    read_document_row,
    read_related,
    save_cases,
    save_result,
    wake_waiting,
)
from triage.documents.mended_bills import note_mended
from triage.documents.schematron import SYNTAXES, Schematron
from triage.domain import Domain
from triage.errors import NotFoundError, TriageError
from triage.identity.access import Principal
from triage.ids import new_id
from triage.in_force import InForce
from triage.intake.answer import Answer
from triage.intake.intake import Intake

log = structlog.get_logger(__name__)
AT_ONCE: Final = 50
"""Documents that one round of tending takes up."""
RETRY: Final = timedelta(seconds=30)
_MAX_ATTRIBUTE_LETTERS: Final = 4_000
_MAX_NUMBER_LETTERS: Final = 60
_MAX_LINE_LETTERS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A document that was taken. is_new: False where the same one came before."""

    document_id: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Takes documents for the domain that has cases of them. schematron: what bills in XML are checked by; None:
    nothing but their arithmetic."""

    engine: Engine
    intake: Intake
    domains: Mapping[str, Domain]
    policies: Callable[[datetime], InForce]
    clock: Callable[[], datetime]
    schematron: Schematron | None = None

    @property
    def domain(self) -> Domain:
        """The domain whose cases bills become; raise NotFoundError where none takes documents."""
        found = next((each for each in self.domains.values() if each.bills is not None), None)
        if found is None:
            raise NotFoundError("no domain of this deployment takes documents")
        return found

    def take(
        self,
        content: bytes,
        *,
        actor: Principal,
        file_name: str | None = None,
        synthetic: bool = False,
        match_later: bool = False,
    ) -> list[Taken]:
        """Take every document of a file: each is committed before the next, and one that cannot be read is kept too.

        match_later: leave the matching to `tend`, so that orders and receipts of other files may come first.
        """
        domain = self.domain
        actor.require("submit", domain.name)
        arrival = Arrival(
            domain=domain.name, content=content, sha256=hashlib.sha256(content).hexdigest(), file_name=file_name,
            synthetic=synthetic, submitted_by=actor.name, received_at=self.clock(),
        )  # fmt: skip
        taken = [self._keep(read, arrival) for read in self._checked(read_documents(content), content)]
        if not match_later:
            for each in taken:
                self._advance(each.document_id)
        return taken

    def tend(self) -> int:
        """Match and submit what is due; return how many documents were."""
        now = self.clock()
        with reading(self.engine) as connection:
            due = due_documents(connection, now=now, limit=AT_ONCE)
        for document_id in due:
            self._advance(document_id)
        return len(due)

    def _checked(self, found: list[Read], content: bytes) -> list[Read]:
        """Run the Schematron over a bill in XML, where a deployment has one."""
        (first, *others) = found
        if self.schematron is None or others or not isinstance(first, TradeDocument) or not first.is_bill:
            return found
        if first.format not in SYNTAXES:
            return found
        broken = self.schematron.broken_rules(first.format, document_xml(content))
        return [first.model_copy(update={"broken_rules": broken})]

    def _keep(self, read: TradeDocument | UnreadableError, arrival: Arrival) -> Taken:
        identity = identity_of(read, arrival.sha256)
        try:
            with self.engine.begin() as connection:
                same = find_document(connection, identity)
                if same is not None:
                    return Taken(document_id=same.document_id, is_new=False)
                document_id = new_id()
                pending = self._unread(read, arrival, identity, document_id)
                insert_document(connection, read, arrival, identity, document_id=document_id, pending=pending)
                if isinstance(read, TradeDocument) and not read.is_bill:
                    wake_waiting(connection, read.order_keys(), now=arrival.received_at)
        except IntegrityError:
            # Another process took the same document in the meantime.
            with reading(self.engine) as connection:
                same = find_document(connection, identity)
            if same is None:
                raise
            return Taken(document_id=same.document_id, is_new=False)
        return Taken(document_id=document_id, is_new=True)

    def _unread(
        self, read: TradeDocument | UnreadableError, arrival: Arrival, identity: str, document_id: str
    ) -> list[Any]:
        """Write the submission that makes a task of a document that cannot be read; none for any other."""
        payload = self.domains[arrival.domain].unread
        if isinstance(read, TradeDocument) or payload is None:
            return []
        case = {
            "domain": arrival.domain,
            "exception_id": f"unread/{identity[:24]}",
            "source_system": "documents",
            "correlation_id": document_id,
            "payload": payload(identity),
            "attributes": {
                "document_unread": True, "unread_reason": read.reason, "unread_detail": read.detail[:1_000],
                "file_name": arrival.file_name,
            },
            **({"synthetic": True} if arrival.synthetic else {}),
        }  # fmt: skip
        return [{"line": None, "case": case}]

    def _advance(self, document_id: str) -> None:
        """Match a bill and submit its cases; what fails now is due again soon."""
        try:
            with self.engine.begin() as connection:
                row = read_document_row(connection, document_id, for_update=True)
                if row is not None and row.due_at is not None and row.pending is None:
                    self._match(connection, row)
            self._submit(document_id)
        except Exception as error:
            # The document is kept; whatever failed, it must hold up no other one, and is tried again.
            reason = error.detail if isinstance(error, TriageError) else f"{type(error).__name__}: {error}"[:500]
            log.warning(
                "document_rests", document_id=document_id, reason=reason, exc_info=not isinstance(error, TriageError)
            )
            with self.engine.begin() as connection:
                postpone(connection, document_id, until=self.clock() + RETRY)

    def _match(self, connection: Connection, row: Row[Any]) -> None:
        now = self.clock()
        bill = TradeDocument.model_validate_json(row.body)
        rules = self._rules(row.domain, now)
        keys = bill.order_keys()
        lock_orders(connection, keys)
        waits_until = row.received_at + timedelta(hours=rules.wait_hours)
        try:
            related = read_related(connection, bill, row)
            result = match_bill(bill, related, rules, final=now >= waits_until)
        except TooManyRelatedError:
            result = MatchResult(state="exception", problems=("not_matched",))
        if row.state == "exception":
            # Its cases are with people, who are told; nothing is raised twice.
            mended = note_mended(connection, row, result, now=now)
            save_result(connection, row.document_id, mended, pending=[], due_at=None)
            return
        pending = self._cases(bill, result, rules, row) if result.state == "exception" else []
        due_at = {"matched": None, "waiting": waits_until, "exception": now}[result.state]
        save_result(connection, row.document_id, result, pending=pending, due_at=due_at)

    def _rules(self, domain: str, now: datetime) -> MatchRules:
        return self.policies(now)[domain].document.matching or MatchRules()

    def _cases(self, bill: TradeDocument, result: MatchResult, rules: MatchRules, row: Row[Any]) -> list[Any]:
        """Write the submissions that a bill's differences become."""
        payloads = self.domains[row.domain].bills
        assert payloads is not None
        return [
            {
                "line": line,
                "case": {
                    "domain": row.domain,
                    # The digest keeps apart what a supplier sends twice under one number.
                    "exception_id": "/".join(
                        (bill.number[:_MAX_NUMBER_LETTERS], (line or "all")[:_MAX_LINE_LETTERS], row.identity[:12])
                    ),
                    "source_system": "documents",
                    "correlation_id": row.document_id,
                    "payload": payload,
                    "attributes": _evidence(bill, result, line),
                    **({"currency": bill.currency} if bill.currency is not None else {}),
                    **({"site_id": bill.site.id} if bill.site.id is not None else {}),
                    **({"synthetic": True} if row.synthetic else {}),
                },
            }
            for line, payload in payloads(bill, result, rules, received_at=row.received_at)
        ]

    def _submit(self, document_id: str) -> None:
        with reading(self.engine) as connection:
            row = read_document_row(connection, document_id)
        if row is None or row.pending is None:
            return
        pending = orjson.loads(row.pending)
        actor = Principal(name=row.submitted_by, grants=frozenset({("service", row.domain)}))
        answers = self.intake.submit([each["case"] for each in pending], actor=actor)
        if any(answer.status in (429, 503) for answer in answers):
            with self.engine.begin() as connection:
                postpone(connection, document_id, until=self.clock() + RETRY)
            return
        submitted = [
            (answer.body["case_id"], each["case"]["exception_id"], each["line"])
            for each, answer in zip(pending, answers, strict=True)
            if "case_id" in answer.body
        ]
        refused = [
            _refusal(each, answer)
            for each, answer in zip(pending, answers, strict=True)
            if "case_id" not in answer.body
        ]
        with self.engine.begin() as connection:
            save_cases(connection, document_id, submitted, detail="; ".join(refused)[:2_000] or None)


def _evidence(bill: TradeDocument, result: MatchResult, line: str | None) -> dict[str, str]:
    """Return what a case says of its document beside the payload, in words."""
    of_case = [each for each in result.lines if line in (None, each.line_id, f"at {each.position + 1}")]
    own = [each for each in of_case if each.problems]
    # Its id is the case's correlation id: among attributes a few would be masked as card numbers.
    problems = dict.fromkeys((*(problem for each in own for problem in each.problems), *result.problems))
    said = {
        "document_format": bill.format,
        "match_problems": " ".join(SENTENCES[problem] for problem in problems),
        "match_findings": "; ".join(result.findings),
        "lines_that_differ": str(len(own)) if line is None and own else "",
        "match_receipts": ", ".join(result.receipts),
        "similar_document": result.closest.number if result.closest and "duplicate" in problems else "",
    }
    return {name: text[:_MAX_ATTRIBUTE_LETTERS] for name, text in said.items() if text}


def _refusal(each: Mapping[str, Any], answer: Answer) -> str:
    return f"{each['case']['exception_id']}: {answer.body.get('detail', 'refused')}"
