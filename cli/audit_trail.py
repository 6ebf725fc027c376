"""`triage audit`: verifies the chain and what it proves, anchors it outside the database, recomputes decisions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from cli.console import err, fail, out, show
from cli.options import AsJson
from cli.options import settings as read_settings
from features.fields import FIRST_INSTANT
from triage.clock import utc_now
from triage.db.database import open_engine, reading
from triage.domain import Domain
from triage.settings import Settings

app = typer.Typer(help="The tamper-evident audit chain, and decisions recomputed.", no_args_is_help=True)
ACTOR = "system:cli"
AnchorFile = Annotated[
    Path | None, typer.Option("--anchor", help="File of anchors; default: the one this machine writes, where it exists")
]
PublicKey = Annotated[
    str | None, typer.Option(help="The key that must have signed them, as `triage audit key` shows it; default: own")
]


@app.command("verify")
def audit_verify(
    anchor: AnchorFile = None,
    public_key: PublicKey = None,
    since_anchor: Annotated[
        bool, typer.Option(help="Take the last anchor as right, and read only what came after it")
    ] = False,
    rows: Annotated[bool, typer.Option(help="Compare every row of the tables with the chain")] = True,
    signatures: Annotated[
        bool, typer.Option(help="Check who signed each policy version and model bundle, by the same public key")
    ] = False,
    models: Annotated[bool, typer.Option(help="Compare the registered model bundles with the chain")] = False,
    as_json: AsJson = False,
) -> None:
    """Verify the audit chain, the rows it proves and its anchors: `triage audit verify --anchor
    /mnt/worm/anchors.jsonl`."""
    from triage.proof.anchor import anchor_file, read_anchors
    from triage.proof.chain_key import chain_key, public_text
    from triage.proof.verification import verify

    settings = read_settings()
    file = anchor or anchor_file(settings)
    anchors = []
    if anchor is not None or file.exists():
        anchors = list(read_anchors(file, public_key=public_key or public_text(chain_key(settings, make=False))))
        if not anchors:
            fail(f"{file} holds no anchor: it was emptied, or nothing was anchored yet")
    last = max(anchors, key=lambda each: each.seq, default=None)
    if since_anchor and last is None:
        fail(f"there is no anchor to begin from: {file} does not exist")
    with _database(settings) as engine, reading(engine) as connection:
        found = verify(connection, anchors, since=last if since_anchor else None, rows=rows)
        if signatures:
            from triage.proof.signatures import wrong_signatures

            known = public_key or public_text(chain_key(settings, make=False))
            found.broken += wrong_signatures(connection, known)
        if models:
            from triage.proof.bundles import changed_bundles

            found.broken += changed_bundles(connection, settings)
    summary = {
        "links": found.links, "verified_from": found.after + 1, "anchors": found.anchors,
        "last_anchor": last.at if last is not None else None, "holds": found.holds, "broken": found.broken,
    }  # fmt: skip
    if as_json:
        show(summary, as_json=True)
    else:
        for broken in found.broken:
            err.print(broken, style="red")
    if not found.holds:
        fail(f"the audit chain does not hold: {len(found.broken)} findings, first: {found.broken[0]}")
    if not as_json:
        compared = "every row agrees" if rows else "rows were not compared"
        anchored = (
            f"{found.anchors} anchors agree, the last of {last.at}" if last is not None else "no anchor was asked"
        )
        out.print(f"links {found.after + 1} to {found.links} are unbroken, {compared}, {anchored}")


@app.command("sign")
def audit_sign(why: Annotated[str, typer.Option(help="Why what is there is taken as right")]) -> None:
    """Sign the versions that are not signed yet, as they are now: `triage audit sign --why "after the upgrade"`."""
    from triage.clock import utc_now
    from triage.db.audit_chain import audit
    from triage.proof.chain_key import chain_key
    from triage.proof.signatures import sign_rest

    settings = read_settings()
    with _database(settings) as engine, engine.begin() as connection:
        signed = sign_rest(connection, chain_key(settings), now=utc_now())
        detail = {"why": why, "signed": len(signed)}
        audit(connection, actor=ACTOR, verb="sign_rest", case_id=None, detail=detail, now=utc_now())
    for one in signed:
        out.print(one)
    out.print(f"{len(signed)} versions are signed now")


@app.command("anchor")
def audit_anchor() -> None:
    """Sign the chain's end and keep it in every place the settings name, now: `triage audit anchor`."""
    from datetime import timedelta

    from triage.handoff.jobs import Job, run_job_now
    from triage.proof.anchoring import anchor_now

    settings = read_settings()
    made: list[Any] = []
    job = Job(
        name="audit.anchor", every=timedelta(hours=settings.audit_anchor_hours),
        run=lambda hold: made.append(anchor_now(hold, settings)),
    )  # fmt: skip
    with _database(settings) as engine:
        reason = run_job_now(engine, job, worker=ACTOR)
    if reason is not None:
        fail(reason)
    out.print(f"link {made[0].seq} is anchored" if made and made[0] is not None else "there is no link to anchor yet")


@app.command("key")
def audit_key() -> None:
    """Show the public key that anchors are signed with, making the key where there is none: `triage audit key`."""
    from triage.proof.chain_key import chain_key, public_text

    out.print(public_text(chain_key(read_settings())))


@app.command("seal")
def audit_seal(why: Annotated[str, typer.Option(help="Kept in the chain with who sealed")]) -> None:
    """Let the chain prove rows that no event wrote, as they are now: `triage audit seal --why "an old replica wrote"`.

    For rows that a release before the upgrade wrote after it. Look first: `triage audit verify` names them.
    """
    from triage.db.row_proof import seal

    with _database(read_settings()) as engine, engine.begin() as connection:
        sealed = seal(connection, actor=ACTOR, why=why, now=utc_now())
    show(dict(sealed) or {"rows": 0}, as_json=False)


@app.command("replay")
def audit_replay(
    case_id: Annotated[str | None, typer.Argument(help="Case id; left out with --all")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Recompute a sample of all decisions")] = False,
    since: Annotated[datetime | None, typer.Option(help="With --all: decided since, UTC")] = None,
    share: Annotated[float, typer.Option(help="With --all: share of the decisions that is drawn", min=0, max=1)] = 1.0,
    most: Annotated[int, typer.Option(help="With --all: most decisions, the newest first", min=1)] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Recompute decisions from their frozen features with the versions in force then, to the last digit: `triage audit
    replay 0b9c…`, `triage audit replay --all --since 2026-01-01`."""
    from datetime import UTC

    from triage.domains import domains
    from triage.proof.replaying import Replayer

    if (case_id is None) != everything:
        fail("name one case, or say --all")
    settings = read_settings()
    from_when = since.replace(tzinfo=UTC) if since is not None else FIRST_INSTANT
    with _database(settings) as engine, reading(engine) as connection:
        replayer = Replayer(connection, domains(settings.domain_modules), _loader(settings))
        found = replayer.case(case_id) if case_id else list(replayer.since(from_when, share=share, most=most))
    if as_json:
        show([_written(each) for each in found], as_json=True)
    else:
        for each in found:
            if not each.is_same or not everything:
                _show_finding(each)
        out.print(
            f"{sum(each.is_same for each in found)} of {len(found)} decisions came out the same to the last digit"
        )
    if not all(each.is_same for each in found):
        raise typer.Exit(1)


def _show_finding(each: Any) -> None:
    named = f"case {each.case_id}, decided {each.decided_at:%Y-%m-%d %H:%M:%S}"
    versions = f"policy {each.policy_version}, model {each.model_version or 'none'}"
    if each.missing is not None:
        out.print(f"{named}: cannot be recomputed: {each.missing}")
    elif each.differences:
        out.print(f"{named} ({versions}): {len(each.differences)} fields come out otherwise")
        for apart in each.differences:
            out.print(f"  {apart.field}: then {apart.then!r}, now {apart.now!r}")
    else:
        out.print(f"{named} ({versions}): the same to the last digit")


def _written(each: Any) -> dict[str, Any]:
    return {
        "case_id": each.case_id, "decision_id": each.decision_id, "decided_at": each.decided_at.isoformat(),
        "policy_version": each.policy_version, "model_version": each.model_version, "same": each.is_same,
        "missing": each.missing,
        "differences": [{"field": apart.field, "then": apart.then, "now": apart.now} for apart in each.differences],
    }  # fmt: skip


def _loader(settings: Settings) -> Any:
    """Open the registry only where a decision names a model."""
    opened: list[Any] = []

    def load(version: str, domain: Domain) -> Any:
        if not opened:
            from triage.model_store import RegisteredModels

            opened.append(RegisteredModels(settings))
        return opened[0].load_named(version, domain)

    return load


@contextmanager
def _database(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.database)
    try:
        yield engine
    finally:
        engine.dispose()
