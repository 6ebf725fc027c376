"""`triage process`: figures of the process, and its log for process mining tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy import Connection, Engine

from cli.console import err, fail, out, show
from cli.options import AsJson
from cli.options import settings as read_settings
from features.fields import FIRST_INSTANT
from triage.clock import utc_now
from triage.db.database import open_engine, reading
from triage.identity.access import Principal
from triage.in_force import InForce

app = typer.Typer(help="Figures of the process, and its log for process mining.", no_args_is_help=True)
OPERATOR: Final = Principal(name="system:cli", grants=frozenset({("admin", None)}))
"""Who works at the server's own command line sees everything."""
OfDomain = Annotated[str | None, typer.Option("--domain", help="Default: every domain")]
OfQueue = Annotated[str | None, typer.Option("--queue", help="Default: every queue")]
First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="UTC day, included")]
Last = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="UTC day, included")]
_SHORT: Final = (
    "key", "cases", "straight_through_rate", "closed", "sla_adherence", "override_rate", "first_time_right_rate",
    "cycle_hours", "waiting_hours", "touched_hours", "approval_hours", "financial_impact",
)  # fmt: skip


@app.command("report")
def process_report(
    by: Annotated[
        str,
        typer.Option(help="all, domain, day, week, month, queue, site, vendor, cause, person or endpoint"),
    ] = "all",
    domain: OfDomain = None,
    queue: OfQueue = None,
    first: First = None,
    last: Last = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most groups, the largest first")] = 30,
    as_json: AsJson = False,
) -> None:
    """Show how cases went: `triage process report --by queue --from 2026-01-01`."""
    from typing import get_args

    from triage.process.reporting import By, process_query, report

    known: dict[str, By] = {name: name for name in get_args(By)}
    if by not in known:
        fail(f"--by {by!r} must be one of {', '.join(known)}")
    with _reading() as (engine, connection, policies):
        del engine
        asked = process_query(
            today=utc_now().date(), first=first.date() if first else None, last=last.date() if last else None,
            by=known[by], domain=domain, queue=queue, limit=limit,
        )  # fmt: skip
        found = report(connection, asked, policies=policies, actor=OPERATOR)
    if as_json:
        show(found, as_json=True)
        return
    title = f"{found['from']} to {found['to']}, money in {found['currency'] or 'several currencies: not shown'}"
    show([_row(group) for group in found["groups"]], as_json=False, title=title)
    if found["left_out"]:
        err.print(f"{found['left_out']} smaller groups are not listed: --limit shows more")
    if found["events_behind"]:
        err.print(f"{found['events_behind']} events are not counted yet: a worker counts every half minute")


@app.command("export")
def process_export(
    form: Annotated[str, typer.Option("--format", help="ocel (OCEL 2.0 as JSON) or xes")] = "ocel",
    output: Annotated[Path | None, typer.Option(help="File to write; default: process.json or process.xes")] = None,
    domain: OfDomain = None,
    first: First = None,
    last: Last = None,
    people: Annotated[bool, typer.Option(help="Name people; default: they are numbered")] = False,
) -> None:
    """Write the log of the cases that arrived in some days, for pm4py and other process mining tools:
    `triage process export --format ocel --from 2026-01-01`."""
    from triage.process.event_log import PersonNames, logged_cases, write_ocel, write_xes

    if form not in ("ocel", "xes"):
        fail(f"--format {form!r} must be ocel or xes")
    file = output or Path("process.json" if form == "ocel" else "process.xes")
    since = first.replace(tzinfo=UTC) if first is not None else FIRST_INSTANT
    until = (last + timedelta(days=1)).replace(tzinfo=UTC) if last else utc_now() + timedelta(days=1)
    unfinished = file.with_name(f".{file.name}.unfinished")
    with _reading() as (engine, connection, policies), unfinished.open("w", encoding="utf-8") as opened:
        del engine, policies
        found = logged_cases(connection, since=since, until=until, domain=domain)
        names = PersonNames(named=people)
        counted = (write_ocel if form == "ocel" else write_xes)(found, opened, names)
    unfinished.replace(file)
    out.print(f"{counted:,} cases are in {file}")


def _row(group: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value['median']:.2f} (p90 {value['p90']:.2f})" if isinstance(value := group[name], dict) else value
        for name in _SHORT
    }


@contextmanager
def _reading() -> Iterator[tuple[Engine, Connection, InForce]]:
    """Open the database with what is in force."""
    from triage.domains import domains
    from triage.policy_life.live import LivePolicies

    settings = read_settings()
    engine = open_engine(settings.database)
    try:
        registered, poll = domains(settings.domain_modules), settings.policy_poll_seconds
        policies = LivePolicies(engine, registered, poll_seconds=poll, clock=utc_now).at(utc_now())
        with reading(engine) as connection:
            yield engine, connection, policies
    finally:
        engine.dispose()
