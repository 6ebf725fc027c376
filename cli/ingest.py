"""`triage ingest`: takes the documents of a folder, as `POST /v1/documents` would."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.console import err, progress, show
from cli.options import AsJson
from cli.options import settings as read_settings
from triage.identity.access import Principal

ACTOR: Final = "system:cli"
_SHOWN_AT_ONCE: Final = 200


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ingest)


def ingest(
    folder: Annotated[Path, typer.Argument(help="A folder, or one file", exists=True)],
    synthetic: Annotated[bool, typer.Option(help="A simulator made them: nothing is proven by them")] = False,
    as_json: AsJson = False,
) -> None:
    """Take invoices, orders and receipts, match them, and open cases of what differs: `triage ingest inbox/`.

    UBL, CII, Factur-X, IDoc, EDIFACT, JSON and CSV tables, whatever the files are called. A file that was taken before
    changes nothing. What cannot be read is kept with its reason.
    """
    from triage.db.database import reading
    from triage.documents.document_lists import show_documents
    from triage.documents.document_store import read_document_row
    from triage.service import open_service

    settings = read_settings().model_copy(update={"worker": False, "bus_url": ""})
    service = open_service(settings)
    actor = Principal(name=ACTOR, grants=frozenset({("service", None)}))
    files = list(_files(folder))
    taken: dict[str, bool] = {}
    too_large = []
    service.start()
    try:
        with progress() as bars:
            task = bars.add_task("documents", total=len(files))
            for file in files:
                if file.stat().st_size > settings.max_body_bytes:
                    too_large.append(str(file))
                else:
                    found = service.documents.take(
                        file.read_bytes(),
                        actor=actor,
                        file_name=file.name[:200],
                        synthetic=synthetic,
                        match_later=True,
                    )
                    taken |= {each.document_id: each.is_new for each in found if each.document_id not in taken}
                bars.advance(task)
            # Bills are matched once the orders and receipts of all files are there.
            while service.documents.tend():
                pass
        with reading(service.engine) as connection:
            rows = [row for each in taken if (row := read_document_row(connection, each)) is not None]
            shown = [
                each
                for at in range(0, len(rows), _SHOWN_AT_ONCE)
                for each in show_documents(connection, rows[at : at + _SHOWN_AT_ONCE], with_lines=False)
            ]
    finally:
        service.stop()
    _report([each | {"is_new": taken[each["document_id"]]} for each in shown], too_large, as_json=as_json)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and the folders in it, by name; hidden ones are left out."""
    if folder.is_file():
        yield folder
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _report(shown: list[dict[str, Any]], too_large: list[str], *, as_json: bool) -> None:
    """Print what came of the documents: for people the counts and what needs one, never more than a screen."""
    for name in too_large:
        err.print(f"{name}: is over TRIAGE_MAX_BODY_BYTES and was not taken")
    if as_json:
        show(shown, as_json=True)
        return
    counts = Counter((each["state"], "new" if each["is_new"] else "taken before") for each in shown)
    show(
        [{"state": state, "was": was, "documents": count} for (state, was), count in sorted(counts.items())],
        as_json=False,
    )
    wanted = [each for each in shown if each["state"] in ("exception", "unreadable", "waiting")]
    for each in wanted[:20]:
        what = f"{each['kind'] or 'document'} {each['number'] or each['file_name'] or each['document_id']}"
        why = " ".join(each["problems"]) or each["detail"] or ""
        err.print(
            f"{what}: {each['state']}: {why} {len(each['cases']) or ''}{' cases' if each['cases'] else ''}".rstrip()
        )
    if len(wanted) > 20:
        err.print(f"and {len(wanted) - 20:,} more: `triage ingest --json` lists all of them")
