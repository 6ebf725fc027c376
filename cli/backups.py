"""`triage backup` and `triage restore`: everything an installation cannot make again, as one folder."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, show
from cli.options import AsJson
from cli.options import settings as read_settings


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


Folder = Annotated[Path, typer.Argument(help="The folder of the backup", show_default=False)]


def backup(
    folder: Folder,
    keys: Annotated[
        bool, typer.Option(help="With the key that signs the audit chain; without it, keep that key yourself")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Back up database, models, keys and settings while everything runs: `triage backup /backup/2026-11-29`.

    On PostgreSQL this needs pg_dump, no older than the server. Check a backup with `triage restore FOLDER --check`.
    """
    from triage.backup.backing_up import back_up
    from triage.clock import utc_now

    manifest = back_up(read_settings(), folder, now=utc_now(), with_keys=keys)
    size = sum(file["bytes"] for file in manifest.files.values())
    summary = {
        "folder": str(folder), "store": manifest.store, "schema": manifest.schema, "files": len(manifest.files),
        "bytes": size, "audit_links": manifest.chain_seq, "mlflow": manifest.mlflow,
        "secrets_left_out": ", ".join(manifest.secrets) or "none",
    }  # fmt: skip
    show(summary, as_json=as_json, title="backed up")


def restore(
    folder: Folder,
    overwrite: Annotated[
        bool, typer.Option(help="Move what is in the home folder aside, and replace the tables of the database")
    ] = False,
    check: Annotated[bool, typer.Option(help="Only check every file against the manifest; change nothing")] = False,
    public_key: Annotated[
        str | None, typer.Option(help="Public key that must have signed the backup, as `triage audit key` shows it")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into TRIAGE_HOME and TRIAGE_DATABASE_URL: `triage restore /backup/2026-11-29`.

    Stop the service first. The backup is checked before anything is touched.
    """
    from triage.backup.restoring import check_backup
    from triage.backup.restoring import restore as bring_back
    from triage.clock import utc_now

    if check:
        manifest = check_backup(folder, public_key=public_key)
        facts = {"made_at": manifest.made_at, "schema": manifest.schema, "files": len(manifest.files), "holds": True}
        show(facts, as_json=as_json, title="the backup is whole")
        return
    settings = read_settings()
    found = bring_back(settings, folder, now=utc_now(), overwrite=overwrite, public_key=public_key)
    if as_json:
        facts = {
            "home": str(settings.home_folder), "made_at": found.manifest.made_at,
            "aside": [str(path) for path in found.aside], "to_do": list(found.to_do),
        }  # fmt: skip
        show(facts, as_json=True)
        return
    out.print(f"restored what was backed up at {found.manifest.made_at} into {settings.home_folder}")
    for path in found.aside:
        out.print(f"  what was there before: {path}")
    out.print("left to do:")
    for line in found.to_do:
        out.print(f"  {line}")
