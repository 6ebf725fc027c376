"""Rules go by what was known when a case arrived, the model by what was known before its `as_of`: in every domain, on
every path."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from features.history import History
from lab.simulated import draw, write
from lab.simulators import simulated_domains
from lab.simulators.retailer import Knobs
from policies.judging.policy import Policy, load_policy
from training.batch import score_table
from training.tables.reader import read_table
from triage.champions import Champion, Champions, NoModels
from triage.db.database import reading
from triage.db.schema import decisions
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.case import read_case
from triage.intake.intake import Intake
from triage.intake.judgement import Judgement, judge
from triage.policy_life.what_if import simulate

DOMAINS = simulated_domains()
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SYSTEM = Principal(name="key:pos", grants=frozenset({("service", None), ("admin", None)}))
NOBODY = Champion(scorer=None, registry="empty", reason="no model")
RETURN = {
    "claim_type": "return", "channel": "store", "sku": "4711", "qty_claimed": 1, "refund_amount": "40.00",
    "has_receipt": True,
    "receipt_type": "paper", "original_txn_id": "T-90817", "qty_purchased": 1, "qty_already_returned": 0,
    "unit_price_paid": "40.00", "refund_tender": "card", "original_tender": "card", "tender_token_same": True,
}  # fmt: skip
INVOICE = {
    "invoice_id": "2026-774", "invoice_line_id": "1", "supplier_id": "V-20", "line_amount": "90.00", "po_id": "45-1",
    "invoiced_qty": "9", "invoice_unit_price": "10.00", "ordered_qty": "9", "po_unit_price": "10.00",
    "received_qty": "9",
    "match_type": "three_way", "supplier_status": "active", "supplier_paid_invoice_count": 60,
    "bank_matches_master": True,
    "supplier_tax_id_match": True,
}  # fmt: skip
TWICE = {"return_fraud": (RETURN, "C-RET-8b"), "invoice_discrepancy": (INVOICE, "C-INV-4")}


@cache
def policies() -> InForce:
    return InForce(
        {
            name: load_policy(card.policy_file.read_text("utf-8"), name=name, recipe=card.recipe,
            causes=tuple(card.heads.labels))
            for name, card in DOMAINS.items()
        }
    )  # fmt: skip


def sent(domain: str, payload: Mapping[str, Any], name: str, as_of: datetime | None = None) -> dict[str, Any]:
    raw = {"domain": domain, "exception_id": name, "payload": dict(payload)}
    return raw if as_of is None else raw | {"as_of": as_of.isoformat()}


class Service:
    """Intake over a database with the policies of the four domains and no model, at a clock that stands."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.now = engine, NOW
        champions = Champions(NoModels(), DOMAINS, poll_seconds=3600, clock=lambda: self.now)
        self.intake = Intake(
            engine=engine, domains=DOMAINS, policies=lambda now: policies(), champions=champions,
            clock=lambda: self.now,
            group_cases=64,
        )  # fmt: skip
        self.intake.start()

    def send(self, *raws: Mapping[str, Any]) -> list[Any]:
        return [answer.body for answer in self.intake.submit([dict(raw) for raw in raws], actor=SYSTEM)]

    def preview(self, raw: Mapping[str, Any]) -> Any:
        return self.intake.preview(dict(raw), actor=SYSTEM).body


@pytest.fixture
def service(engine: Engine) -> Iterator[Service]:
    made = Service(engine)
    yield made
    made.intake.stop()


def controls(answer: Mapping[str, Any]) -> list[str]:
    return [hit["id"] for hit in answer["controls"]]


@pytest.mark.parametrize("domain", TWICE)
class TestTheSameTwice:
    def test_in_one_batch(self, service: Service, domain: str) -> None:
        payload, control = TWICE[domain]
        first, second, third = service.send(*(sent(domain, payload, f"B-{at}") for at in range(3)))
        assert [control in controls(answer) for answer in (first, second, third)] == [False, True, True]

    def test_in_one_batch_of_events_in_no_order(self, service: Service, domain: str) -> None:
        payload, control = TWICE[domain]
        hours = (3, 1, 2)
        answers = service.send(*(sent(domain, payload, f"B-{at}", NOW - timedelta(hours=at)) for at in hours))
        assert [control in controls(answer) for answer in answers] == [False, True, True]

    @pytest.mark.parametrize("hours", [0, 1, 25])
    def test_one_after_the_other_whatever_as_of_they_bring(self, service: Service, domain: str, hours: int) -> None:
        payload, control = TWICE[domain]
        (first,) = service.send(sent(domain, payload, "A-1", NOW - timedelta(hours=hours)))
        (second,) = service.send(sent(domain, payload, "A-2", NOW - timedelta(hours=hours)))
        assert [control in controls(answer) for answer in (first, second)] == [False, True]

    def test_a_preview_sees_what_was_sent_and_not_itself(self, service: Service, domain: str) -> None:
        payload, control = TWICE[domain]
        as_of = NOW - timedelta(hours=2)
        service.send(sent(domain, payload, "A-1", as_of))
        assert control not in controls(service.preview(sent(domain, payload, "A-1", as_of)))
        assert control in controls(service.preview(sent(domain, payload, "A-2", as_of)))

    def test_the_model_still_sees_what_was_known_before_as_of_and_a_replay_decides_the_same(
        self, service: Service, domain: str
    ) -> None:
        payload, _ = TWICE[domain]
        service.send(*(sent(domain, payload, f"A-{at}", NOW - timedelta(hours=9)) for at in range(2)))
        with reading(service.engine) as connection:
            first, second = connection.execute(select(decisions).order_by(decisions.c.decision_id)).all()
            found = simulate(connection, policies()[domain], in_force=policies(), now=NOW)
        assert first.features == second.features
        assert second.features_on_arrival != second.features
        assert found["changed"]["dispositions"] == found["changed"]["queues"] == 0

    @pytest.mark.parametrize("days", [(0, 0, 1), (0, 0, 0)])
    def test_in_one_file(self, tmp_path: Path, domain: str, days: Sequence[int]) -> None:
        payload, control = TWICE[domain]
        at = [(NOW - timedelta(days=90 - day)).isoformat() for day in days]
        rows = [{"exception_id": f"F-{row}", "as_of": moment} | payload for row, moment in enumerate(at)]
        pd.DataFrame(rows).to_csv(tmp_path / "in.csv", index=False)
        scored = score(tmp_path, domain)
        assert [control in row for row in scored["controls"].fillna("")] == [False, True, True]


def score(folder: Path, domain: str) -> Any:
    reporting = policies()[domain].document.currency
    table = read_table(
        folder / "in.csv",
        domain=DOMAINS[domain],
        attributes=(),
        labelled=False,
        reporting=reporting,
        keep_payloads=True,
    )
    score_table(table, domain=DOMAINS[domain], scorer=None, policies=policies(), output=folder / "out.parquet", now=NOW)
    return pd.read_parquet(folder / "out.parquet")


def test_a_bank_change_after_as_of_counts(service: Service) -> None:
    raw = sent(
        "invoice_discrepancy", INVOICE | {"bank_changed_at": "2026-11-27T00:00:00Z"}, "P", NOW - timedelta(days=5)
    )
    answer = service.preview(raw)
    assert "C-INV-3.changed" in controls(answer)
    assert answer["approval"]["id"] == "E-INV-3"


def test_a_control_of_what_was_known_before_as_of_is_not_lost_by_arriving_late(service: Service) -> None:
    """The change was within the quiet days before the event, and no longer is."""
    raw = sent(
        "invoice_discrepancy",
        INVOICE | {"bank_changed_at": "2026-06-01T00:00:00Z"},
        "P",
        datetime(2026, 6, 9, tzinfo=UTC),
    )
    assert "C-INV-3.changed" in controls(service.preview(raw))


def test_a_backfilled_case_that_is_sent_is_not_its_own_double(service: Service) -> None:
    from sqlalchemy import insert

    from triage.db.schema import past_cases

    domain, as_of = "invoice_discrepancy", NOW - timedelta(days=3)
    payload = DOMAINS[domain].recipe.payload.model_validate(INVOICE)
    with service.engine.begin() as connection:
        connection.execute(
            insert(past_cases),
            {
                "domain": domain, "exception_id": "P-1", "known_at": as_of, "fx_rate": 1.0, "attributes": "{}",
                "origin": "file",
                "payload": payload.model_dump_json(exclude_none=True),
            },
        )  # fmt: skip
    own, other = service.send(sent(domain, INVOICE, "P-1", as_of)), service.send(sent(domain, INVOICE, "P-2", as_of))
    assert "C-INV-4" not in controls(own[0])
    assert "C-INV-4" in controls(other[0])


CASES = 6


@cache
def payloads(domain: str) -> Sequence[Mapping[str, Any]]:
    """Real-looking cases: the first of a simulated retailer."""
    knobs = Knobs(rows=CASES, seed=5)
    with TemporaryDirectory() as folder:
        write(draw(DOMAINS[domain], knobs), Path(folder), knobs=knobs)
        rows = read_table(Path(folder) / "cases.parquet", domain=DOMAINS[domain], keep_payloads=True).rows
    return tuple(row.payload.model_dump(mode="json", exclude_none=True) for row in rows if row.payload is not None)


events = st.lists(st.tuples(st.integers(0, CASES - 1), st.sampled_from([0, 0, 0, 1, 30])), min_size=1, max_size=10)


@pytest.mark.parametrize("domain", DOMAINS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chosen=events, before=st.integers(0, 3))
def test_a_batch_is_decided_as_the_same_cases_sent_one_by_one(
    domain: str, chosen: list[tuple[int, int]], before: int
) -> None:
    raws = [
        sent(domain, payloads(domain)[number], f"X-{at}", NOW - timedelta(days=days))
        for at, (number, days) in enumerate(chosen)
    ]
    together, alone = History(DOMAINS[domain].recipe.trails), History(DOMAINS[domain].recipe.trails)
    start = min(before, len(raws))
    for judgement in decide(domain, raws[:start], alone):
        alone.add_case(judgement.fact)
        together.add_case(judgement.fact)
    in_one = decide(domain, raws[start:], together)
    for raw, judgement in zip(raws[start:], in_one, strict=True):
        (single,) = decide(domain, [raw], alone)
        alone.add_case(single.fact)
        assert written(single) == written(judgement)


def decide(domain: str, raws: Sequence[Mapping[str, Any]], history: History) -> list[Judgement]:
    cases = [read_case(dict(raw), domains=DOMAINS, policies=policies(), now=NOW) for raw in raws]
    if not cases:
        return []
    policy: Policy = policies()[domain]
    return judge(
        cases, domain=DOMAINS[domain], champion=NOBODY, policy_for=lambda case: policy, history=history, now=NOW
    )


def written(judgement: Judgement) -> tuple[str, str]:
    """Write a judgement so that missing numbers compare as equal."""
    return repr(judgement.decision), repr((judgement.features, judgement.features_on_arrival))
