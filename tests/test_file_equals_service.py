"""A row of a file is decided as the same case sent to the service: oddities of every kind, one beside the other."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from toy_domain import DOMAIN

from policies.judging.policy import Policy, load_policy
from policies.judging.variants import load_variant
from tests.training.rates import Rates
from training.batch import score_table
from training.tables.dataset import history_of
from training.tables.reader import read_table
from triage.champions import Champion
from triage.in_force import InForce
from triage.intake.case import read_case
from triage.intake.judgement import judge

NOW = datetime(2026, 5, 1, tzinfo=UTC)
USUAL = {"listed_price": "400", "charged_price": "399", "cashier_id": "C1", "pieces": "1", "markdown_share": "0.1"}
VARIANT = """\
domain: price_override
variant: south
version: "1.0.0-south"
extends: "1.0.0"
applies_to: {regions: [south]}
thresholds: {confirm_at_risk: 0.001}
"""
ENVELOPE = ("as_of", "currency", "fx_rate", "region", "time_zone")
CALENDARS = {
    "office": {"title": "Office", "hours": {"mon-fri": "09:00-17:00"}, "regions": {"north": "seven_days"}},
    "seven_days": {"title": "Seven days", "hours": {"mon-sun": "08:00-20:00"}},
}
ODD: dict[str, dict[str, str]] = {
    "usual": {},
    "dear": {"charged_price": "10", "listed_price": "900"},
    "unreadable and guarded": {"pieces": "few"},
    "out of range and guarded": {"pieces": "-1"},
    "unreadable and not guarded": {"markdown_share": "half"},
    "infinite": {"markdown_share": "inf"},
    "missing and guarded": {"pieces": ""},
    "another currency": {"currency": "EUR"},
    "another currency with a rate": {"currency": "EUR", "fx_rate": "1.1"},
    "a rate for the reporting currency": {"currency": "USD", "fx_rate": "1.1"},
    "a rate for no currency": {"fx_rate": "1.1"},
    "no conversion": {"currency": "USD", "fx_rate": "1"},
    "a variant": {"region": "south"},
    "another region": {"region": "north"},
    "a variant and unreadable": {"region": "south", "pieces": "few"},
    "the future": {"as_of": "2027-01-01T00:00:00Z"},
    "late, in a zone": {"time_zone": "America/Chicago", "charged_price": "10", "listed_price": "900"},
    "late, in no zone": {"charged_price": "10", "listed_price": "900"},
    "late, in a region that works on weekends": {"region": "north", "charged_price": "10", "listed_price": "900"},
    "soon": {"as_of": "2026-05-01T00:04:00Z"},
}


@pytest.fixture
def in_force() -> InForce:
    document = yaml.safe_load(DOMAIN.policy_file.read_text(encoding="utf-8")) | {"calendars": CALENDARS}
    document["routes"] = [route | {"calendar": "office"} for route in document["routes"]]
    own = load_policy(yaml.safe_dump(document), name="own.yaml", recipe=Rates.recipe, causes=tuple(DOMAIN.heads.labels))
    return InForce({DOMAIN.name: own}, variants={DOMAIN.name: [load_variant(VARIANT, name="south.yaml", parent=own)]})


@pytest.mark.parametrize("rated", [False, True])
def test_instant_disposition_policy_risk_queue_and_due_time_are_the_services(
    tmp_path: Path, in_force: InForce, rated: bool
) -> None:
    # A file has rates for all rows or for none.
    rows = {name: USUAL | odd for name, odd in ODD.items() if rated == ("fx_rate" in odd)}
    rows = {name: {"as_of": "2026-04-01T00:00:00Z"} | row for name, row in rows.items()}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame["exception_id"] = frame["receipt_id"] = list(rows)
    frame.to_csv(tmp_path / "in.csv", index=False)
    currency = in_force[DOMAIN.name].document.currency
    table = read_table(
        tmp_path / "in.csv", domain=DOMAIN, attributes=(), labelled=False, reporting=currency, keep_payloads=True
    )
    out = tmp_path / "out.parquet"
    score_table(table, domain=DOMAIN, scorer=Rates(), policies=in_force, output=out, now=NOW)
    scored = pd.read_parquet(out).set_index("exception_id")
    columns = ["as_of", "disposition", "policy_version", "risk", "queue", "sla_due_at"]
    of_file = {name: tuple(scored.loc[name, columns].where(scored.loc[name, columns].notna(), None)) for name in rows}
    assert of_file == {name: served(name, row, in_force, table) for name, row in rows.items()}


def served(name: str, row: dict[str, str], in_force: InForce, table: Any) -> tuple[Any, ...]:
    """Decide a row as the service does when it is sent."""
    given = {field: value for field, value in row.items() if value}
    sent: dict[str, Any] = {"domain": DOMAIN.name, "exception_id": name}
    sent |= {field: value for field, value in given.items() if field in ENVELOPE}
    sent["payload"] = {"receipt_id": name} | {field: value for field, value in given.items() if field not in ENVELOPE}
    case = read_case(sent, domains={DOMAIN.name: DOMAIN}, policies=in_force, now=NOW)
    policy: Policy = in_force.for_case(DOMAIN.name, case.envelope)
    champion = Champion(scorer=Rates(), registry="ok", reason=None)
    (found,) = judge(
        [case],
        domain=DOMAIN,
        champion=champion,
        policy_for=lambda case: policy,
        history=history_of(table.dataset),
        now=NOW,
    )
    verdict = found.verdict
    assert verdict.score is not None
    route = verdict.route
    return (
        found.case.as_of, verdict.disposition.value, policy.version, verdict.score.risk, route.queue, route.sla_due_at,
    )  # fmt: skip
