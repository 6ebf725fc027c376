"""`triage endpoint` and `triage deliveries`: which systems receive events, and what became of each delivery."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from cli.console import err, fail, out, show
from cli.options import AsJson, settings
from triage.clock import utc_now
from triage.db.audit_chain import audit
from triage.db.database import open_engine, reading
from triage.handoff import deliveries as stored
from triage.handoff import endpoints as known
from triage.handoff.event_kinds import EVENT_KINDS
from triage.handoff.templates import LANGUAGES

endpoints = typer.Typer(help="Systems, mailboxes and chats that deliveries go to.", no_args_is_help=True)
deliveries = typer.Typer(help="Deliveries and dead letters.", no_args_is_help=True)
ACTOR = "system:cli"
Name = Annotated[str, typer.Argument(help="Name of the endpoint")]
Secret = Annotated[str | None, typer.Option(help="env:NAME or file:PATH; left out: one is generated and shown once")]
OfEndpoint = Annotated[str | None, typer.Option("--endpoint", help="Only those to this endpoint")]
OfKind = Annotated[str | None, typer.Option("--kind", help="Only events of this kind")]
OfCase = Annotated[str | None, typer.Option("--case", help="Only those about this case")]
OfState = Annotated[str | None, typer.Option("--state", help=f"One of {', '.join(stored.STATES)}")]
_SHORT = ("delivery_id", "endpoint", "kind", "state", "attempts", "reason", "created_at", "due_at")


@endpoints.command("add")
def endpoint_add(
    name: Name,
    url: Annotated[str, typer.Argument(help="https://…; of mail, chat or a bus its URL, or env:NAME or file:PATH")],
    kind: Annotated[
        known.Kind, typer.Option(help="webhook, message for mail and chat, or bus for an event broker")
    ] = "webhook",
    secret: Secret = None,
    event: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(EVENT_KINDS)}; default: all")] = None,
    domain: Annotated[list[str] | None, typer.Option(help="Repeatable; default: every domain")] = None,
    addressed_only: Annotated[bool, typer.Option(help="Send only what is addressed to it by name")] = False,
    callbacks: Annotated[bool, typer.Option(help="Let submissions name a callback_url below its URL")] = False,
    allow_private: Annotated[
        bool, typer.Option(help="Let it stand at a private address, and speak plain http")
    ] = False,
    rate: Annotated[float, typer.Option(help="Most deliveries a second")] = 50.0,
    timeout: Annotated[float, typer.Option(help="Seconds an attempt may take")] = 10.0,
    deadline_hours: Annotated[float, typer.Option(help="How long a delivery is tried")] = 72.0,
    template: Annotated[Path | None, typer.Option(help="File with the Jinja template of messages")] = None,
    language: Annotated[str, typer.Option(help=f"Of the built-in message: {', '.join(LANGUAGES)}")] = "en",
) -> None:
    """Add an endpoint; its secret is shown this once: `triage endpoint add erp https://erp.example/hooks/triage`."""
    if secret is not None and not secret.startswith(("env:", "file:")):
        fail(
            "--secret takes env:NAME or file:PATH: a secret on a command line is seen by others and kept in its history"
        )
    wanted = known.NewEndpoint(
        name=name, url=url, kind=kind, secret=secret,
        events=[] if addressed_only else event or ["*"], domains=domain or [], callbacks=callbacks,
        allow_private=allow_private, rate_per_second=rate, timeout_seconds=timeout, deadline_hours=deadline_hours,
        template=template.read_text() if template is not None else None, language=language,
    )  # fmt: skip
    made = _change(
        lambda connection: known.add_endpoint(connection, wanted, actor=ACTOR),
        "add_endpoint",
        {"endpoint": name, "kind": kind},
    )
    if made is not None:
        out.print(made)
        err.print("this secret verifies signatures; it is not shown again")
    else:
        out.print(f"{name} receives events from now on")


@endpoints.command("list")
def endpoint_list(as_json: AsJson = False) -> None:
    """List endpoints and their state, never a secret: `triage endpoint list`."""
    with reading(open_engine(settings().database)) as connection:
        found = known.list_endpoints(connection)
    if not as_json:
        names = ("name", "kind", "url", "state", "events", "domains", "callbacks", "rate_per_second", "paused_because")
        found = [{name: _plain(row[name]) for name in names} for row in found]
    show(found, as_json=as_json)


@endpoints.command("pause")
def endpoint_pause(name: Name, because: Annotated[str, typer.Option(help="Why")] = "paused by hand") -> None:
    """Stop sending to an endpoint; its deliveries wait: `triage endpoint pause erp --because "the ERP is upgraded"`."""
    detail = {"endpoint": name, "because": because}
    _change(lambda connection: known.pause_endpoint(connection, name, because=because), "pause_endpoint", detail)
    out.print(f"nothing is sent to {name} until `triage endpoint resume {name}`")


@endpoints.command("resume")
def endpoint_resume(name: Name) -> None:
    """Send to an endpoint again: `triage endpoint resume erp`."""
    _change(lambda connection: known.resume_endpoint(connection, name), "resume_endpoint", {"endpoint": name})
    out.print(f"{name} is sent to again")


@endpoints.command("remove")
def endpoint_remove(name: Name) -> None:
    """Remove an endpoint to which nothing waits: `triage endpoint remove erp`."""
    _change(lambda connection: known.remove_endpoint(connection, name), "remove_endpoint", {"endpoint": name})
    out.print(f"{name} is removed")


@endpoints.command("rotate")
def endpoint_rotate(
    name: Name,
    secret: Secret = None,
    overlap_hours: Annotated[float, typer.Option(help="How long the old secret still signs", min=0, max=720)] = 24.0,
) -> None:
    """Make a new secret for an endpoint, shown this once; old and new both sign for a while: `triage endpoint rotate
    erp`."""
    overlap = timedelta(hours=overlap_hours)
    made = _change(
        lambda connection: known.rotate_secret(connection, name, secret=secret, overlap=overlap),
        "rotate_secret",
        {"endpoint": name},
    )
    out.print(made if made is not None else f"{name} signs with the secret in {secret}")


@deliveries.command("list")
def delivery_list(
    endpoint: OfEndpoint = None,
    state: OfState = None,
    kind: OfKind = None,
    case: OfCase = None,
    limit: Annotated[int, typer.Option(min=1, max=stored.MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, typer.Option(help="next_cursor of the page before")] = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries, newest first, dead ones with the reason: `triage deliveries list --state dead`."""
    wanted = stored.DeliveryFilter(endpoint=endpoint, state=state, kind=kind, case_id=case)
    with reading(open_engine(settings().database)) as connection:
        page = stored.list_deliveries(connection, wanted, cursor=cursor, limit=limit)
    if as_json:
        show(page, as_json=True)
        return
    show([{name: _plain(row[name]) for name in _SHORT} for row in page["items"]], as_json=False)
    if page["next_cursor"] is not None:
        err.print(f"more: --cursor {page['next_cursor']}")


@deliveries.command("show")
def delivery_show(delivery_id: Annotated[str, typer.Argument(help="Delivery id")], as_json: AsJson = False) -> None:
    """Show one delivery with its body and last attempts: `triage deliveries show 3f2c…`."""
    with reading(open_engine(settings().database)) as connection:
        show(stored.show_delivery(connection, delivery_id), as_json=as_json)


@deliveries.command("redrive")
def delivery_redrive(
    delivery_id: Annotated[str | None, typer.Argument(help="Delivery id; left out: all that match")] = None,
    endpoint: OfEndpoint = None,
    state: Annotated[str, typer.Option("--state", help="dead or delivered")] = "dead",
    kind: OfKind = None,
    case: OfCase = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dead letter")] = False,
) -> None:
    """Send one delivery again, or all dead ones that match: `triage deliveries redrive --endpoint erp`."""
    if delivery_id is not None:
        _change(lambda connection: stored.redrive_one(connection, delivery_id), "redrive", {"delivery_id": delivery_id})
        out.print("1 delivery is sent again")
        return
    if not (endpoint or kind or case or everything):
        fail("name a delivery, or say which with --endpoint, --kind, --case or --all")
    wanted = stored.DeliveryFilter(endpoint=endpoint, state=state, kind=kind, case_id=case)
    detail = {"endpoint": endpoint, "state": state, "kind": kind, "case_id": case}
    total = _in_parts(lambda connection: stored.redrive_matching(connection, wanted), "redrive", detail, "redriven")
    out.print(f"{total} deliveries are sent again")


@deliveries.command("cancel")
def delivery_cancel(
    endpoint: Annotated[str, typer.Option("--endpoint", help="Those to this endpoint")],
    kind: OfKind = None,
    because: Annotated[str, typer.Option(help="Why")] = "given up by hand",
) -> None:
    """Drop what waits for an endpoint, as dead letters: `triage deliveries cancel --endpoint erp`."""
    wanted = stored.DeliveryFilter(endpoint=endpoint, kind=kind)
    detail = {"endpoint": endpoint, "kind": kind, "because": because}
    total = _in_parts(
        lambda connection: stored.cancel_matching(connection, wanted, reason=because), "cancel", detail, "canceled"
    )
    out.print(f"{total} deliveries are dead letters")


@deliveries.command("test")
def delivery_test(name: Name) -> None:
    """Write a delivery about no case to an endpoint: `triage deliveries test erp`."""
    with open_engine(settings().database).begin() as connection:
        answer = stored.send_test(connection, name)
    out.print(answer["delivery_id"])
    err.print(f"a worker sends it; see what became of it: triage deliveries show {answer['delivery_id']}")


def _change(change: Callable[[Connection], Any], verb: str, detail: dict[str, Any]) -> Any:
    with open_engine(settings().database).begin() as connection:
        answer = change(connection)
        audit(connection, actor=ACTOR, verb=verb, case_id=None, detail=detail, now=utc_now())
    return answer


def _in_parts(change: Callable[[Connection], Any], verb: str, detail: dict[str, Any], counted: str) -> int:
    """Do a change that does up to 1,000 rows at once until none are left, each part a transaction."""
    engine = open_engine(settings().database)
    total: int = 0
    while True:
        with engine.begin() as connection:
            answer = change(connection)
            audit(connection, actor=ACTOR, verb=verb, case_id=None, detail=detail | answer, now=utc_now())
        total += answer[counted]
        if not answer["more"] or not answer[counted]:
            return total


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value
