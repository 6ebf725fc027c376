"""A free text that controls search for danger and that cannot be searched holds the case for a person, in every domain
and on every path."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from features.history import History
from policies.document.document import Disposition
from training.batch import _case
from training.tables.row import Row
from triage.champions import Champion
from triage.domain import read_policy
from triage.domains import domains
from triage.in_force import InForce
from triage.intake.case import Case, read_case
from triage.intake.data_quality import floor_of
from triage.intake.decision import Decision
from triage.intake.judgement import Judgement, Likeness, judge

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIELDS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "maintenance_priority": ("description", {"site_id": "9917", "reported_at": "2026-03-02T05:00:00Z"}),
    "invoice_discrepancy": ("notes", {"invoice_id": "I1", "supplier_id": "V1", "line_amount": "400.00"}),
    "return_fraud": ("reason_text", {"claim_type": "return", "channel": "store", "sku": "A1", "qty_claimed": 1,
    "refund_amount": "80.00"}),
    "replenishment_risk": ("note", {"sku": "A", "site_id": "S1", "on_hand": 40}),
}  # fmt: skip


@pytest.fixture(scope="module")
def in_force() -> InForce:
    return InForce({name: read_policy(domain) for name, domain in domains().items()})


def arrive(in_force: InForce, domain: str, text: str | None) -> Case:
    field, rest = FIELDS[domain]
    raw = {"domain": domain, "exception_id": "E1", "payload": rest | {field: text}}
    return read_case(raw, domains=domains(), policies=in_force, now=NOW)


@pytest.mark.parametrize("domain", FIELDS)
@pytest.mark.parametrize("text", ["jsem zavřený v mrazáku", "ไฟทางเดินที่สี่เสีย", "Ð¿Ð°Ñ…Ð½ÐµÑ‚ Ð³Ð°Ð·Ð¾Ð¼"])
def test_a_text_in_a_language_or_script_not_covered_is_held(in_force: InForce, domain: str, text: str) -> None:
    case = arrive(in_force, domain, text)
    (reason,) = case.quality
    assert (case.floor, reason.code) == (Disposition.REVIEW, f"data_quality:payload.{FIELDS[domain][0]}")
    assert reason.text.endswith("a person reads it and decides.")


@pytest.mark.parametrize("text", ["", " ", ".", "broken"])
def test_a_request_that_says_nothing_is_held(in_force: InForce, text: str) -> None:
    case = arrive(in_force, "maintenance_priority", text)
    assert (case.floor, [reason.code for reason in case.quality]) == (
        Disposition.REVIEW,
        ["data_quality:payload.description"],
    )


@pytest.mark.parametrize("domain", [name for name in FIELDS if name != "maintenance_priority"])
@pytest.mark.parametrize("text", [None, "", "damaged", "two cases were missing on the pallet"])
def test_an_optional_text_that_is_short_or_missing_goes_on(in_force: InForce, domain: str, text: str | None) -> None:
    case = arrive(in_force, domain, text)
    assert (case.floor, case.quality) == (Disposition.AUTO, ())


@pytest.mark.parametrize("domain", FIELDS)
def test_a_file_and_a_replay_hold_what_the_door_holds(in_force: InForce, domain: str) -> None:
    case, policy = arrive(in_force, domain, "jsem zavřený v mrazáku"), in_force[domain]
    row = Row(
        number=1, exception_id="E1", as_of=NOW, currency=None, fx_rate=1.0, odd_money=(), source_system=None,
        varied_by={}, zone=case.zone,
        group=None, payload=case.payload, attributes={}, label=None, quality=(),
    )  # fmt: skip
    filed = _case(row, domains()[domain], in_force, NOW, synthetic=False)
    assert (filed.floor, filed.quality) == (case.floor, case.quality)
    assert floor_of([{"code": str(reason.code)} for reason in case.quality], policy.guarded) is Disposition.REVIEW


def judged(in_force: InForce, domain: str, likeness: Likeness) -> Judgement:
    card = domains()[domain]
    case = arrive(in_force, domain, "she could not let go of the handle until we pulled the plug")
    champion = Champion(scorer=None, registry="empty", reason="no champion is registered")
    (judgement,) = judge(
        [case], domain=card, champion=champion, policy_for=lambda case: in_force[domain],
        history=History(card.recipe.trails), now=NOW, likeness=likeness,
    )  # fmt: skip
    return judgement


@pytest.mark.parametrize("domain", FIELDS)
def test_a_text_that_reads_like_a_danger_escalates_without_a_model_and_is_in_the_decision(
    in_force: InForce, domain: str
) -> None:
    judgement = judged(in_force, domain, lambda texts: [0.95] * len(texts))
    decision = judgement.decision
    assert (decision.disposition, decision.priority, decision.danger_likeness) == ("escalate", "P1", 0.95)
    assert Decision.read(decision.written).danger_likeness == 0.95
    assert decision.withheld().danger_likeness is None


@pytest.mark.parametrize("domain", FIELDS)
def test_a_likeness_that_fails_loses_no_case(in_force: InForce, domain: str) -> None:
    def fails(texts: Sequence[str]) -> Sequence[float | None]:
        raise RuntimeError("the encoder is gone")

    assert judged(in_force, domain, fails).danger_likeness is None
