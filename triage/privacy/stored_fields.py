"""What is stored, why, for how long, and which of it is about persons: the one place that says so.

`docs/personal-data.md` shows it, and a test holds both to the tables there are. What a payload holds of persons is said
by its fields (`features.kinds.Personal`), in each domain's own file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

CASE: Final = "as its case"
ALWAYS: Final = "for good"
DERIVED: Final = "as what it is made of"
ACCOUNT: Final = "while the account is needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """Why the rows of a table are kept and until when. personal: columns that are about persons, and what they say."""

    purpose: str
    kept: str
    personal: Mapping[str, str] = field(default_factory=dict)


_STAFF: Final = "who did it: a person of the business, or a system"
STORED: Final[Mapping[str, StoredTable]] = {
    "cases": StoredTable(
        purpose="decide the case, show it, learn from it, count it as history of later ones",
        kept="until TRIAGE_RETENTION_DAYS, else for good",
        personal={
            "payload": "identifiers of persons as fields declare them, and free text with card numbers, accounts, "
            "addresses and telephone numbers masked",
            "attributes": "the caller's own columns: whatever the caller sends",
            "envelope": "what came with the payload, such as the callback address",
            "submitted_by": _STAFF,
        },
    ),
    "decisions": StoredTable(
        purpose="answer, prove and recompute the decision",
        kept=CASE,
        personal={"answer": "reasons that may quote a field", "features": "numbers made of the case and its history"},
    ),
    "tasks": StoredTable(
        purpose="let people work on the case",
        kept=CASE,
        personal={"claimed_by": _STAFF, "assigned_to": _STAFF, "ruled_by": _STAFF, "ruling": "what a person wrote"},
    ),
    "resolutions": StoredTable(
        purpose="keep what a person ruled, and learn from it",
        kept=CASE,
        personal={"resolved_by": _STAFF, "comment": "what a person wrote"},
    ),
    "comments": StoredTable(
        purpose="keep what people tell each other of the case",
        kept=CASE,
        personal={"written_by": _STAFF, "text": "what a person wrote"},
    ),
    "attachments": StoredTable(
        purpose="keep the evidence of a case",
        kept=CASE,
        personal={"added_by": _STAFF, "name": "name of a file", "content": "photos and documents, as sent"},
    ),
    "labels": StoredTable(purpose="learn, certify and audit", kept=CASE, personal={"recorded_by": _STAFF}),
    "past_cases": StoredTable(
        purpose="history from before the service",
        kept="until TRIAGE_RETENTION_DAYS, else for good",
        personal={"payload": "as of cases", "attributes": "as of cases"},
    ),
    "claims": StoredTable(
        purpose="find the same claim made twice", kept=CASE, personal={"body": "fields that are compared"}
    ),
    "entity_cases": StoredTable(
        purpose="find similar cases", kept=CASE, personal={"digest": "64 bits of an identifier's hash"}
    ),
    "shadow_decisions": StoredTable(purpose="compare a version that decides without effect", kept=CASE),
    "steps": StoredTable(
        purpose="do what follows a decision, once",
        kept=CASE,
        personal={
            "plan": "facts of the case that a step reads",
            "said": "texts sent",
            "result": "what a system answered",
            "ended_by": _STAFF,
        },
    ),
    "clocks": StoredTable(purpose="keep the due time", kept=CASE),
    "reached_stages": StoredTable(purpose="reach each stage once", kept=CASE),
    "pauses": StoredTable(
        purpose="say why a clock stood still",
        kept=CASE,
        personal={"reason": "what a person wrote", "paused_by": _STAFF, "ended_by": _STAFF},
    ),
    "pending_rulings": StoredTable(
        purpose="let a ruling be undone", kept="seconds", personal={"ruled_by": _STAFF, "ruling": "what a person wrote"}
    ),
    "presences": StoredTable(
        purpose="say who looks at a case", kept="replaced by the next look", personal={"person": _STAFF}
    ),
    "mentions": StoredTable(purpose="remind who was asked", kept=CASE, personal={"person": _STAFF, "asked_by": _STAFF}),
    "deliveries": StoredTable(
        purpose="send decisions to other systems, once each",
        kept="TRIAGE_DELIVERED_DAYS after delivery",
        personal={"body": "the decision or ruling that is sent"},
    ),
    "inbox": StoredTable(purpose="take each message of the bus once", kept="TRIAGE_INBOX_DAYS"),
    "audit_events": StoredTable(
        purpose="prove who did what; legal duty to account",
        kept=ALWAYS,
        personal={"actor": _STAFF, "detail": "words of comments and rulings; erased with their person"},
    ),
    "audit_head": StoredTable(purpose="the end of the chain", kept=ALWAYS),
    "erasures": StoredTable(purpose="say that somebody was erased, not who", kept=ALWAYS),
    "users": StoredTable(
        purpose="let people sign in",
        kept=ACCOUNT,
        personal={
            "name": "of the account",
            "subject": "who the provider says it is",
            "password_hash": "argon2id of the password",
        },
    ),
    "sessions": StoredTable(
        purpose="keep people signed in",
        kept="TRIAGE_SESSION_HOURS",
        personal={
            "user_id": "whose",
            "address": "where the browser is",
            "agent": "what the browser calls itself",
            "id_token": "what the provider says of the person",
        },
    ),
    "api_keys": StoredTable(purpose="let systems call", kept=ALWAYS),
    "grants": StoredTable(purpose="say who may do what", kept=ACCOUNT, personal={"principal": _STAFF}),
    "saved_views": StoredTable(
        purpose="a person's own lists", kept=ACCOUNT, personal={"owner": _STAFF, "query": "what was searched for"}
    ),
    "second_factors": StoredTable(
        purpose="ask for a second factor at sign-in", kept=ACCOUNT, personal={"name": "of the account"}
    ),
    "bulk_acts": StoredTable(
        purpose="act on many cases at once, and say who agreed",
        kept=ALWAYS,
        personal={
            "proposed_by": _STAFF,
            "decided_by": _STAFF,
            "comment": "what a person wrote",
            "arguments": "what a person wrote",
            "query": "what was searched for: identifiers in it are erased with their person",
        },
    ),
    "model_changes": StoredTable(
        purpose="say who let which model serve",
        kept=ALWAYS,
        personal={
            "asked_by": _STAFF,
            "decided_by": _STAFF,
            "reason": "what a person wrote",
            "comment": "what a person wrote",
        },
    ),
    "signatures": StoredTable(purpose="prove that a policy or a model is the one that was signed", kept=ALWAYS),
    "known_cases": StoredTable(
        purpose="measure reviewers by cases whose outcome is known", kept=CASE, personal={"seeded_by": _STAFF}
    ),
    "reader_preferences": StoredTable(
        purpose="show pages in a person's language and time zone", kept=ACCOUNT, personal={"person": _STAFF}
    ),
    "document_files": StoredTable(
        purpose="keep trade documents as they came",
        kept=ALWAYS,
        personal={"content": "invoices, orders and receipts, with names of contacts"},
    ),
    "documents": StoredTable(
        purpose="match invoices with orders and receipts",
        kept=ALWAYS,
        personal={
            "submitted_by": _STAFF,
            "body": "the document as read, with names of contacts",
            "file_name": "name of a file",
        },
    ),
    "document_orders": StoredTable(purpose="find the documents of an order", kept=DERIVED),
    "document_cases": StoredTable(purpose="say which case came of which document", kept=DERIVED),
    "policy_versions": StoredTable(
        purpose="prove by which rules was decided", kept=ALWAYS, personal={"created_by": _STAFF}
    ),
    "policy_publications": StoredTable(
        purpose="prove when which rules were in force", kept=ALWAYS, personal={"published_by": _STAFF}
    ),
    "certificates": StoredTable(
        purpose="prove what was allowed to be automatic", kept=ALWAYS, personal={"made_by": _STAFF}
    ),
    "model_bundles": StoredTable(purpose="prove which model decided", kept=ALWAYS, personal={"recorded_by": _STAFF}),
    "endpoints": StoredTable(purpose="know where to send", kept="until removed", personal={"created_by": _STAFF}),
    "endpoint_secrets": StoredTable(purpose="sign what is sent", kept="until rotated or removed"),
    "jobs": StoredTable(purpose="do recurring work once", kept=ALWAYS, personal={"worker": "a machine, no person"}),
    "lookup_sources": StoredTable(
        purpose="know where to look facts up", kept="until removed", personal={"created_by": _STAFF}
    ),
    "lookup_rows": StoredTable(
        purpose="facts of the customer's own files",
        kept="until loaded anew",
        personal={"key": "what is asked by", "body": "whatever the file holds"},
    ),
    "waiting_counts": StoredTable(purpose="count what waits", kept=DERIVED),
    "process_figures": StoredTable(
        purpose="figures of the process",
        kept=ALWAYS,
        personal={"value": "of the dimension person: the account that ruled"},
    ),
    "process_marks": StoredTable(purpose="how far the log was read", kept=ALWAYS),
    "breach_models": StoredTable(purpose="forecast late cases", kept="until made anew"),
    "breach_forecasts": StoredTable(purpose="forecast late cases", kept=CASE),
    "recurring_causes": StoredTable(
        purpose="find what recurs",
        kept="until made anew",
        personal={"body": "words and identifiers that many cases share"},
    ),
}


def table_lines() -> list[str]:
    """Write what is declared as rows of a table in Markdown."""
    lines = ["| table | why | kept | about persons |", "|---|---|---|---|"]
    for name, stored in sorted(STORED.items()):
        about = "; ".join(f"`{column}`: {what}" for column, what in stored.personal.items())
        lines.append(f"| `{name}` | {stored.purpose} | {stored.kept} | {about or 'no'} |")
    return lines
