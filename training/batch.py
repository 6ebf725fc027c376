"""A whole table scored and decided: each case as if it had arrived alone at its time, by the same lines as online."""

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from models.score import Reason
from policies.document.document import Disposition
from policies.judging.certificate import Certificate
from training.tables.dataset import history_of
from training.tables.files import require_writable
from training.tables.reader import Table
from training.tables.row import Row
from training.tables.table_error import TableError
from triage.champions import Champion, Scores
from triage.domain import Domain
from triage.formulas import harmless
from triage.in_force import InForce
from triage.intake.case import Case
from triage.intake.data_quality import UNLIKE_CODE, as_of_applied, holds, left_out, not_understood, unread
from triage.intake.doubles import Claims
from triage.intake.field_quality import out_of_reach, within_reach
from triage.intake.judgement import Judgement, Likeness, judge, no_likeness

Progress = Callable[[float], None]
CHUNK_ROWS: Final = 2_000
NO_MODEL: Final = "no model was given"
NO_CERTIFICATES: Final[Mapping[str | None, Certificate]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a batch came to: cases per disposition, and the expected loss of those done straight through.

    unlike: how many cases are unlike those the model learnt from, and what the commonest reason says of them.
    """

    cases: int
    dispositions: Mapping[str, int]
    auto_expected_loss: float
    unlike: int = 0
    first_unlike: str = ""


def score_table(
    table: Table,
    *,
    domain: Domain,
    scorer: Scores | None,
    policies: InForce,
    output: Path,
    now: datetime,
    certificates: Mapping[str | None, Certificate] = NO_CERTIFICATES,
    why_no_model: str = NO_MODEL,
    likeness: Likeness = no_likeness,
    progress: Progress = lambda share: None,
) -> Scored:
    """Score and decide every case of a table and write one row each, in the order of the file, as CSV or parquet.

    table: read with payloads, the attributes of the scorer and the policies' reporting currency. Entity history comes
        from the table itself: earlier cases, and labels once they were known. scorer: None makes the fallback rules
        decide, and say `why_no_model`.
    policies: each case is decided by the domain's own or by the variant it fits. now: from when the SLA runs.
        certificates: by variant, None for the domain's own policy; without one nothing is automatic where the policy
        has an error budget. likeness: how much texts read like a
        danger to people. Raises TableError when the output's ending is unknown or it cannot be written.
    """
    assert table.reporting == policies[domain.name].document.currency, "read the table with reporting=…"
    write = _writer(output)
    champion = Champion(scorer=scorer, registry="ok" if scorer else "empty", reason=None if scorer else why_no_model)
    history, sent_before = history_of(table.dataset), history_of(table.dataset, with_cases=False)
    doubles = _doubles(table.rows, domain)
    answers: list[tuple[int, dict[str, Any]]] = []
    unlike: Counter[str] = Counter()
    for start in range(0, len(table.rows), CHUNK_ROWS):
        rows = table.rows[start : start + CHUNK_ROWS]
        cases = [_case(row, domain, policies, now, synthetic=table.dataset.synthetic) for row in rows]
        cases = [
            case.held_for(doubles[row.number]) if row.number in doubles else case
            for case, row in zip(cases, rows, strict=True)
        ]
        judged = judge(
            cases,
            domain=domain,
            champion=champion,
            policy_for=lambda case: policies.for_case(case.domain, case.envelope),
            certificate_for=lambda policy: certificates.get(policy.document.variant),
            history=history,
            likeness=likeness,
            sent_before=sent_before,
            now=now,
        )
        for row, judgement in zip(rows, judged, strict=True):
            sent_before.add_case(judgement.fact)
            answers.append((row.number, _answer(judgement)))
            unlike.update(reason.text for reason in judgement.decision.reasons if reason.code == UNLIKE_CODE)
        progress(min(1.0, (start + CHUNK_ROWS) / len(table.rows)))
    lines = [answer for _, answer in sorted(answers, key=lambda pair: pair[0])]
    _write_whole(output, lines, write)
    first = unlike.most_common(1)[0][0] if unlike else ""
    return replace(_summary(lines), unlike=unlike.total(), first_unlike=first)


def _doubles(rows: Sequence[Row], domain: Domain) -> dict[int, tuple[Reason, ...]]:
    """Name for each row, by its number, the earlier rows that claim the same or nearly; rows of one instant in the
    order of the file."""
    claims, found = Claims(domain), {}
    for row in sorted(rows, key=lambda row: (row.as_of, row.number)):
        assert row.payload is not None, "read the table with keep_payloads=True"
        reasons = claims.doubles(row.payload, row.exception_id, row.as_of)
        if reasons:
            found[row.number] = reasons
    return found


def _case(row: Row, domain: Domain, policies: InForce, now: datetime, *, synthetic: bool) -> Case:
    """Make the case that this row would have been online, arriving at its time."""
    assert row.payload is not None, "read the table with keep_payloads=True"
    as_of, odd_instant = as_of_applied(row.as_of, now)
    policy = policies.for_case(domain.name, row.varied_by)
    payload, beyond = within_reach(row.payload, as_of)
    quality = (*row.quality, *(out_of_reach(name, getattr(row.payload, name)) for name in beyond))
    unreadable = unread(left_out(quality), policy.guarded)
    held = (*row.odd_money, *unreadable, *not_understood(payload, domain.recipe.text_fields, policy.guarded))
    return Case(
        domain=domain.name,
        exception_id=row.exception_id,
        content_hash="",
        as_of=as_of,
        received_at=as_of,
        site_id=getattr(row.payload, "site_id", None),
        currency=row.currency or policy.document.currency,
        fx_rate=row.fx_rate,
        zone=row.zone,
        envelope={**row.varied_by, **({"synthetic": True} if synthetic else {})},
        payload=payload,
        attributes=row.attributes,
        quality=(*quality, *odd_instant, *held),
        floor=Disposition.REVIEW if held or holds(quality) else Disposition.AUTO,
    )


def _answer(judgement: Judgement) -> dict[str, Any]:
    """Return the line of a case: its decision as the service would answer it, flat, and the probability of every
    cause."""
    decision, score = judgement.decision, judgement.verdict.score
    line = {
        "exception_id": decision.exception_id,
        "as_of": judgement.case.as_of.astimezone(UTC),
        "disposition": judgement.verdict.disposition.value,
        "cause": decision.cause.label,
        "cause_probability": decision.cause.probability,
        "risk": decision.risk,
        "impact": decision.impact,
        "expected_loss": decision.expected_loss,
        "priority": decision.priority,
        "queue": decision.route.queue,
        "owner_role": decision.route.owner_role,
        "sla_due_at": decision.route.sla_due_at,
        "action": decision.route.action,
        "reasons": " | ".join(reason.text for reason in decision.reasons),
        "controls": ", ".join(hit.id for hit in decision.controls),
        "model_version": decision.model_version,
        "policy_version": decision.policy_version,
        "fallback": decision.fallback,
    }
    causes = sorted(score.causes, key=lambda cause: cause.label) if score else ()
    return line | {f"p_{cause.label}": cause.probability for cause in causes}


def _summary(lines: Sequence[Mapping[str, Any]]) -> Scored:
    counts = Counter(line["disposition"] for line in lines)
    auto = [line["expected_loss"] or 0.0 for line in lines if line["disposition"] == Disposition.AUTO.value]
    dispositions = {disposition.value: counts[disposition.value] for disposition in Disposition}
    return Scored(cases=len(lines), dispositions=dispositions, auto_expected_loss=sum(auto))


_Lines = Sequence[Mapping[str, Any]]


def _writer(output: Path) -> Callable[[Path, _Lines], None]:
    writers = {".csv": _write_csv, ".parquet": _write_parquet, ".xlsx": _write_sheet}
    writer = writers.get(output.suffix.lower())
    if writer is None:
        raise TableError([f"{output.name}: cannot tell what to write by its ending; known are {', '.join(writers)}"])
    return writer


def require_output(output: Path) -> None:
    """Raise TableError where the scores could not be written, before anything is read or scored."""
    _writer(output)
    require_writable(output)


def _write_whole(output: Path, lines: _Lines, write: Callable[[Path, _Lines], None]) -> None:
    """Write beside the target and rename, so that nobody reads half a file."""
    part = output.with_name(output.name + ".part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write(part, lines)
        part.replace(output)
    except OSError as error:
        raise TableError([f"{output}: cannot be written: {error.strerror or error}"]) from None


def _write_csv(path: Path, lines: _Lines) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=_columns(lines), restval="")
        writer.writeheader()
        writer.writerows({name: _plain(value) for name, value in line.items()} for line in lines)


def _write_parquet(path: Path, lines: _Lines) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    instants, numbers = {"as_of", "sla_due_at"}, {"cause_probability", "risk", "impact", "expected_loss"}
    fields = [
        (name, pa.timestamp("us",
        tz="UTC") if name in instants else pa.float64() if name in numbers or name.startswith("p_") else pa.string())
        for name in _columns(lines)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(list(lines), schema=pa.schema(fields)), path)


def _write_sheet(path: Path, lines: _Lines) -> None:
    import xlsxwriter

    # One row at a time is kept; no text is taken for a formula.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    names = _columns(lines)
    with xlsxwriter.Workbook(path, options) as book:
        sheet, moment = book.add_worksheet("cases"), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, names, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for row, line in enumerate(lines, start=1):
            for column, name in enumerate(names):
                value = line.get(name)
                if isinstance(value, datetime):
                    sheet.write_datetime(row, column, value.replace(tzinfo=None), moment)
                elif value is not None:
                    sheet.write(row, column, value)


def _columns(lines: _Lines) -> list[str]:
    """Name the columns; cases that no model could score lack those of the causes."""
    fullest: Mapping[str, Any] = max(lines, key=len)
    return list(fullest)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else harmless(value)
