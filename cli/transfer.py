"""`triage export`, `triage import`, `triage demo reset`: from one environment to another, and back to the beginning."""

import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.console import err, fail, out, show
from cli.options import AsJson, settings

demo = typer.Typer(help="A demonstration that begins anew.", no_args_is_help=True)
DEMO: Final = "demo"
_MADE_AGAIN: Final = ("audit_anchors.jsonl", "demo-sign-ins.txt", "history", "histories", "samples")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("export")(export_environment)
    app.command("import")(import_environment)
    app.add_typer(demo, name="demo")


def export_environment(
    file: Annotated[Path, typer.Argument(help="File to write", dir_okay=False)],
    domain: Annotated[list[str] | None, typer.Option(help="Only these domains; default: all")] = None,
    mapping: Annotated[
        list[Path] | None, typer.Option(help="A mapping file to take along", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Write what is decided by here as a signed file, without secrets: `triage export test.json`."""
    from triage.clock import utc_now
    from triage.db.database import open_engine, reading
    from triage.domains import domains
    from triage.proof.chain_key import chain_key, public_text
    from triage.transfer.signed_package import collect

    chosen, known = settings(), domains(settings().domain_modules)
    unknown = sorted(set(domain or ()) - set(known))
    if unknown:
        fail(f"--domain {', '.join(unknown)}: known are {', '.join(known)}")
    wanted = {name: card for name, card in known.items() if not domain or name in domain}
    key = chain_key(chosen)
    with reading(open_engine(chosen.database)) as connection:
        package = collect(connection, wanted, environment=chosen.environment, mappings=mapping or (), now=utc_now())
    file.write_bytes(package.signed(key))
    counted = (f"{len(getattr(package, part))} {part}" for part in ("policies", "endpoints", "lookups", "mappings"))
    out.print(f"{file}: {', '.join(counted)}; signed with {public_text(key)}")


def import_environment(
    file: Annotated[Path, typer.Argument(help="File of `triage export`", exists=True, dir_okay=False)],
    public_key: Annotated[
        list[str] | None, typer.Option(help="Key it may be signed with; see TRIAGE_TRUSTED_KEYS")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Take it over; without, only the differences are shown")
    ] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Bring its policies into force at once")] = False,
    fail_if_looser: Annotated[bool, typer.Option(help="End with status 1 where a policy would be looser")] = False,
    mappings_to: Annotated[
        Path | None, typer.Option(help="Folder to write its mapping files to", file_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a file of another environment would change here, or take it over: `triage import test.json --apply`."""
    from dataclasses import asdict

    from triage.clock import utc_now
    from triage.db.database import open_engine, reading
    from triage.domains import domains
    from triage.proof.chain_key import chain_key, public_text
    from triage.transfer.signed_package import MAX_BYTES, read_package
    from triage.transfer.taking_over import compare, take_over

    if publish and not apply:
        fail("--publish needs --apply")
    chosen, now = settings(), utc_now()
    named = [one.strip() for one in chosen.trusted_keys.split(",") if one.strip()]
    key = chain_key(chosen)
    trusted = [*(public_key or ()), *named, public_text(key)]
    with file.open("rb") as opened:
        package, signed_by = read_package(opened.read(MAX_BYTES + 1), trusted=trusted)
    known, engine = domains(chosen.domain_modules), open_engine(chosen.database)
    with reading(engine) as connection:
        differences = compare(connection, package, known, now=now)
    rows = [asdict(one) for one in differences]
    if not as_json:
        rows = [{"": "looser" if row.pop("looser") else "", **row} for row in rows]
    show(rows, as_json=as_json)
    if fail_if_looser and any(one.looser for one in differences):
        fail("a policy would let more go straight through; nothing was taken over")
    if not apply:
        err.print("Nothing was changed; --apply takes it over.")
        return
    with engine.begin() as connection:
        done = take_over(connection, package, known, signed_by=signed_by, key=key, publish=publish, now=now)
    for line in done or ["everything was here already"]:
        err.print(line)
    if mappings_to is not None:
        _write_mappings(package.mappings, mappings_to)


@demo.command("reset")
def demo_reset(
    yes: Annotated[bool, typer.Option("--yes", help="Every case, ruling, person and key goes")] = False,
) -> None:
    """Empty the database of a demonstration and begin anew, models stay: `TRIAGE_ENVIRONMENT=demo triage demo reset
    --yes`."""
    from triage.db.database import open_engine, upgrade
    from triage.transfer.emptying import empty

    chosen = settings()
    if chosen.environment != DEMO:
        fail(f"this environment is {chosen.environment or 'not named'}; only one with TRIAGE_ENVIRONMENT=demo is reset")
    if not yes:
        fail("every case, ruling, person, key and the audit chain goes; say --yes")
    if _answers(chosen.host, chosen.port):
        fail(f"something answers on {chosen.host}:{chosen.port}; stop the service first")
    engine = open_engine(chosen.database)
    empty(engine)
    upgrade(engine)
    for name in _MADE_AGAIN:
        path = chosen.home_folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    out.print("The demonstration is empty; `triage up` makes its people and sample cases anew.")


def _write_mappings(mappings: object, folder: Path) -> None:
    assert isinstance(mappings, list)
    folder.mkdir(parents=True, exist_ok=True)
    for one in mappings:
        path = folder / Path(one["name"]).name
        if path.exists():
            err.print(f"{path} is there already and stays as it is")
            continue
        path.write_text(one["text"], encoding="utf-8")
        err.print(f"{path} is written")


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
