"""`triage route test`: a case on its route, without sending anything."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import fail, out, show
from cli.options import AsJson, DomainName, domain_named
from cli.options import settings as read_settings

app = typer.Typer(help="What follows a decision.", no_args_is_help=True)


@app.callback()
def _routes() -> None:
    """What follows a decision."""


@app.command("test")
def route_test(
    domain: DomainName,
    case: Annotated[str, typer.Option(help="A JSON file as sent to POST /v1/cases, or the id of a stored case")],
    draft: Annotated[
        Path | None, typer.Option(help="A policy document to try instead of the one in force", exists=True)
    ] = None,
    result: Annotated[
        list[str] | None, typer.Option(help="Repeatable: what an earlier step is taken to return, STEP.FIELD=VALUE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every step a case would have, with what it would send: `triage route test return_fraud --case case.json`."""
    from triage.clock import utc_now
    from triage.domain import read_policy
    from triage.domains import domains
    from triage.handoff.endpoints import list_endpoints
    from triage.review.route_trial import try_route
    from triage.review.ruling_steps import decided_case
    from triage.service import open_service

    card, settings = domain_named(domain), read_settings()
    own = read_policy(card, draft) if draft is not None else None
    service = open_service(settings.model_copy(update={"worker": False}))
    try:
        from triage.db.database import reading
        from triage.in_force import InForce

        policies = InForce({card.name: own}) if own is not None else service.policies
        with reading(service.engine) as connection:
            connected = [endpoint["name"] for endpoint in list_endpoints(connection)]
            if Path(case).is_file():
                raw = _read(Path(case))
                policy, decided = _judged(service, connection, raw, policies)
            else:
                policy, decided = decided_case(connection, case, policies, ruling={})
        tried = try_route(policy, decided, connected=connected, results=_results(result or []), now=utc_now())
    finally:
        service.engine.dispose()
    if decided.decision.domain != card.name or card.name not in domains(settings.domain_modules):
        fail(f"the case is of {decided.decision.domain}, not of {card.name}")
    route = decided.decision.route
    found = {
        "case": decided.decision.exception_id, "disposition": decided.decision.disposition.value
        if decided.decision.disposition else None, "route": route.rule, "queue": route.queue, "steps": tried,
    }  # fmt: skip
    if as_json:
        show(found, as_json=True)
        return
    out.print(f"{found['case']}: {found['disposition']}, route {route.rule}, queue {route.queue or 'none'}")
    if not tried:
        out.print("its route has no steps")
    for step in tried:
        _print(step)


def _print(step: Mapping[str, Any]) -> None:
    reaches = f" {step['reaches']}" if step.get("reaches") else ""
    out.print(f"{step['occasion']}: {step['step']} ({step.get('kind', 'step')}{reaches}) {step['becomes']}")
    for name in ("operation", "title", "text", "body", "hours", "on_failure"):
        value = step.get(name)
        if value is not None and value != "stop":
            written = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
            out.print(f"    {name.replace('_', ' ')}: {written}")


def _judged(service: Any, connection: Any, raw: Any, policies: Any) -> tuple[Any, Any]:
    """Judge a case as the service would, by its champion or the fallback rules; nothing is stored."""
    from triage.intake.case import read_case
    from triage.intake.engine import CaseEngine
    from triage.intake.following import decided
    from triage.intake.histories import Histories

    if isinstance(raw, dict):
        raw.setdefault("exception_id", "trial")
    now = service.clock()
    case = read_case(raw, domains=service.domains, policies=policies, now=now)
    service.champions.refresh()
    engine = CaseEngine(
        service.domains, service.champions, certificates=service.promises.current, histories=Histories(None)
    )
    judged = engine.judge(connection, [case], in_force=policies, now=now)[0]
    return judged.policy, decided(judged)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        fail(f"{path}: not JSON: {error}")


def _results(given: list[str]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        step, dot, part = name.partition(".")
        if not equals or not dot or not step or not part:
            fail(f"--result {one}: write STEP.FIELD=VALUE, stock.on_hand=3 for one")
        try:
            read = json.loads(value)
        except ValueError:
            read = value
        results[f"{step}_{part}"] = float(read) if isinstance(read, int) and not isinstance(read, bool) else read
    return results
