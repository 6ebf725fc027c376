"""`triage certify` and `triage certificate`: what is promised and proven, made anew, stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import fail, out, show
from cli.options import AsJson, DomainName, domain_named
from cli.options import settings as read_settings

if TYPE_CHECKING:
    from triage.guarantee.watch import Promises

app = typer.Typer(help="Certificates of error budgets.", no_args_is_help=True)
ACTOR = "system:cli"
Variant = Annotated[str | None, typer.Option(help="A variant of the policy; default: the domain's own")]


def certify(domain: DomainName, variant: Variant = None, as_json: AsJson = False) -> None:
    """Make a new certificate from all labels there are now, also after automation was stopped: `triage certify
    return_fraud`."""
    card = domain_named(domain)
    with _promises() as promises:
        promises.certify(card.name, variant=variant, actor=ACTOR)
        _show(promises, card.name, variant, as_json=as_json)


@app.command("show")
def show_certificate(domain: DomainName, variant: Variant = None, as_json: AsJson = False) -> None:
    """Show what is certified, the labels it took and would take, and audited error rates: `triage certificate show
    return_fraud`."""
    card = domain_named(domain)
    with _promises() as promises:
        _show(promises, card.name, variant, as_json=as_json)


@app.command("list")
def list_certificates(domain: DomainName, variant: Variant = None, as_json: AsJson = False) -> None:
    """List a policy's certificates, newest first: `triage certificate list return_fraud`."""
    card = domain_named(domain)
    from triage.db.database import open_engine, reading
    from triage.guarantee.certificates import history
    from triage.guarantee.status import written

    with reading(open_engine(read_settings().database)) as connection:
        found = history(connection, card.name, variant)
    if as_json:
        show([written(one) for one in found], as_json=True)
        return
    rows = [
        {
            "certified": f"{one.certificate.certified_at:%Y-%m-%d %H:%M}",
            "lapses": f"{one.certificate.lapses_at:%Y-%m-%d}",
            "policy": one.certificate.policy_version,
            "model": one.certificate.model_version.rpartition("/")[2],
            "segments": sum(segment.threshold is not None for segment in one.certificate.segments.values()),
            "labels": sum(one.certificate.evidence["labels"].values()),
            "made_by": one.made_by.removeprefix("system:"),
            "stopped": "yes" if one.certificate.stopped else "",
        }
        for one in found
    ]
    show(rows, as_json=False)
    for one in found:
        if one.certificate.stopped:
            out.print(f"  {one.certificate.certified_at:%Y-%m-%d %H:%M} stopped: {one.certificate.stopped}")


@app.command("stop")
def stop_automation(
    domain: DomainName,
    why: Annotated[str, typer.Option(help="The reason, shown with every decision from now on")],
    variant: Variant = None,
) -> None:
    """Stop everything automatic until a person certifies anew: `triage certificate stop return_fraud --why "tills
    replaced"`."""
    card = domain_named(domain)
    from triage.clock import utc_now
    from triage.db.database import open_engine
    from triage.guarantee.certificates import stop

    if not why.strip():
        fail("--why is empty; say why automation has to stop")
    with open_engine(read_settings().database).begin() as connection:
        stop(connection, card.name, variant, why=why.strip(), actor=ACTOR, now=utc_now())
    out.print(f"{card.name}: nothing is automatic from now on, until `triage certify {card.name}`")


@contextmanager
def _promises() -> "Iterator[Promises]":
    """Put together what certifying needs of a service, without taking cases or loading a model."""
    from cli.scoring import named_errors
    from triage.clock import utc_now
    from triage.db.database import open_engine
    from triage.domains import domains
    from triage.guarantee.watch import Promises
    from triage.model_store import RegisteredModels
    from triage.policy_life.live import LivePolicies

    settings = read_settings()
    registered, engine, models = (
        domains(settings.domain_modules),
        open_engine(settings.database),
        RegisteredModels(settings),
    )
    live = LivePolicies(engine, registered, poll_seconds=settings.policy_poll_seconds, clock=utc_now)

    def champion(domain: str) -> str | None:
        ref = models.champion(domain)
        return str(ref) if ref is not None else None

    promises = Promises(
        engine,
        registered,
        policies=live.at,
        model_version=champion,
        models=models,
        poll_seconds=settings.policy_poll_seconds,
        clock=utc_now,
    )
    with named_errors():
        promises.reread()
        yield promises
    engine.dispose()


def _show(promises: "Promises", domain: str, variant: str | None, *, as_json: bool) -> None:
    status = promises.describe_status(domain, variant=variant)
    if as_json:
        show(status, as_json=True)
        return
    out.print(f"{domain}{f', variant {variant}' if variant else ''}: {_headline(status)}")
    if status["labels_needed"] is None:
        return
    certificate = status["certificate"]
    if certificate is not None:
        show([_row(segment) for segment in certificate["segments"]], as_json=False, title="segments")
        for segment in certificate["segments"]:
            if segment["reason"]:
                out.print(f"  {segment['segment']}: {segment['reason']}")
        out.print("  share automatic: of the segment's labelled cases that no control holds anyway")
        out.print(f"  rests on {_rests_on(certificate['evidence'])}")
        for why, count in certificate["evidence"].get("not_counted", {}).items():
            out.print(f"  {count:,} labels do not count: {why}")
    needed = status["labels_needed"]
    rows = [{"true error rate": "none", "labels needed": f"{needed['without_any_error']:,}"}]
    rows += [
        {"true error rate": f"{row['rate']:.2%}", "labels needed": f"{row['labels']:,}"} for row in needed["true_error"]
    ]
    show(rows, as_json=False, title=f"labels a segment needs to be proven at most {needed['alpha']:.2%} wrong")
    audited = status["audited"]
    rates = [{"segment": "all"} | audited, *audited["segments"]]
    show([_rate(row) for row in rates], as_json=False, title=f"audited errors of {audited['days']:g} days")
    unlike = status["unlike"]
    out.print(
        f"unlike what is proven, so decided by people: {unlike['unlike']:,} of the newest {unlike['cases']:,} cases"
    )


def _headline(status: dict[str, Any]) -> str:
    if status["certified"]:
        of = f"policy {status['policy_version']}, model {status['model_version']}"
        return f"certified for {status['days_left']:.0f} more days ({of})"
    certificate = status["certificate"]
    if (
        certificate is not None
        and not status["stopped"]
        and all(segment["reason"] for segment in certificate["segments"])
    ):
        return "nothing is automatic under the promise yet: no segment is certified"
    return f"nothing is automatic under a promise: {status['because']}"


def _row(segment: dict[str, Any]) -> dict[str, Any]:
    certified = segment["threshold"] is not None
    return {
        "segment": segment["segment"],
        "automatic up to": f"{segment['threshold']:.2%}" if certified else "nothing",
        "labels": f"{segment['labels']:,}",
        "wrong": f"{segment['errors']:,}" if certified else "",
        "at most wrong": f"{segment['bound']:.2%}" if certified else "",
        "share automatic": f"{segment['passed']:.0%}",
    }


def _rests_on(evidence: dict[str, Any]) -> str:
    labels = ", ".join(f"{count:,} {source}" for source, count in evidence["labels"].items()) or "no labels"
    span = f", {evidence['from'][:10]} to {evidence['to'][:10]}" if evidence["from"] else ""
    held_out = f"; {evidence['held_out']['from']} ({evidence['held_out']['origin']})" if evidence["held_out"] else ""
    return f"{labels}{span}{held_out}"


def _rate(row: dict[str, Any]) -> dict[str, Any]:
    known = row["rate"] is not None
    return {
        "segment": row["segment"],
        "automatic": f"{row['automatic']:,}",
        "audited": f"{row['audits']:,}",
        "wrong": f"{row['errors']:,}",
        "rate": f"{row['rate']:.2%}" if known else "not known",
        "interval": f"{row['low']:.2%} to {row['high']:.2%}" if known else "",
    }
