"""What mail and chat say of a case whose time runs out, in the receiver's language."""

import pytest

from triage.handoff.templates import write_message

DATA = {
    "exception_id": "INV-7", "domain": "invoice_discrepancy",
    "stage": {"at_percent": 200.0, "notify": ["AP manager", "controller"], "is_last": True},
    "task": {"queue": "AP_CLAIMS", "owner_role": "AP analyst", "priority": "P2", "sla_due_at": "2026-03-02T17:00"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "at_percent", "title"),
    [
        ("en", 99.9, "INV-7: due soon"), ("en", 100, "INV-7: late"),
        ("de", 99.9, "INV-7: bald fällig"), ("de", 100, "INV-7: überfällig"),
    ],
)  # fmt: skip
def test_the_title_says_how_late_it_is(language: str, at_percent: float, title: str) -> None:
    data = DATA | {"stage": DATA["stage"] | {"at_percent": at_percent}}
    assert write_message(None, language, kind="case.late", delivery_id="d", data=data)[0] == title


def test_the_body_says_whom_it_is_for_and_where_the_case_is() -> None:
    _, body = write_message(None, "en", kind="case.late", delivery_id="d-1", data=DATA)
    assert "200 % of its time has run; due 2026-03-02T17:00" in body
    assert "For: AP manager, controller" in body
    assert "Queue AP_CLAIMS, AP analyst, priority P2" in body
    assert "this is the last step" in body
    assert body.endswith("Delivery d-1")
