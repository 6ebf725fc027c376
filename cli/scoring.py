"""`triage score` and `backfill`, and what every command over a customer's table shares."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.console import err, fail, out, progress, show
from cli.frozen_history import freeze_histories
from cli.options import AsJson, DomainName, domain_named
from cli.options import settings as read_settings
from triage.clock import utc_now
from triage.db.database import open_engine
from triage.domain import Domain
from triage.domains import domains
from triage.intake.histories import FREEZE_ROWS
from triage.likeness_reader import LikenessReader
from triage.settings import Settings

if TYPE_CHECKING:
    from models.registry import Registry
    from policies.judging.certificate import Certificate
    from training.tables.reader import Table
    from triage.in_force import InForce

ACTOR: Final = "system:cli"
DataFile = Annotated[Path, typer.Option(help="CSV, Excel or parquet file of cases", exists=True, dir_okay=False)]
Mapping = Annotated[
    Path | None, typer.Option(help="YAML column mapping; none: columns have the payload's names", exists=True)
]
Outcomes = Annotated[Path | None, typer.Option(help="Second file with what became known", exists=True, dir_okay=False)]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (score, backfill):
        app.command()(command)


def score(
    domain: DomainName,
    input_file: Annotated[
        Path, typer.Option("--input", help="CSV, Excel or parquet file", exists=True, dir_okay=False)
    ],
    output: Annotated[Path, typer.Option(help="File to write: .csv, .parquet or .xlsx")],
    mapping: Mapping = None,
    version: Annotated[int | None, typer.Option(help="Model version; default: the champion")] = None,
    as_json: AsJson = False,
) -> None:
    """Score and decide a file in batch: `triage score return_fraud --input today.csv --output scored.csv`.

    By the policy in force, the variant a case fits and its certificate, as the service would decide now. Entity history
    is built from the file itself, in time order. Nothing is stored.
    """
    companions = [input_file.with_name(name) for name in ("outcomes.parquet", "truth.parquet")]
    if output.resolve() in {path.resolve() for path in (input_file, mapping, *companions) if path is not None}:
        fail(f"--output {output} is a file that is read; write to another")
    card, settings = domain_named(domain), read_settings()
    with named_errors():
        from training.batch import require_output, score_table

        require_output(output)
        scorer = scorer_of(settings, card, version)
        why = None
        if scorer is None:
            why = "no champion is registered"
            err.print(f"{card.name}: {why}; the fallback rules decide", style="yellow")
        policies, certificates = _in_force(settings, card)
        reporting = policies[card.name].document.currency
        table = read(card, input_file, mapping, labelled=False, scorer=scorer, reporting=reporting, keep_payloads=True)
        report_reading(table)
        with bar(f"{card.name}: scoring") as advance:
            scored = score_table(
                table,
                domain=card,
                scorer=scorer,
                policies=policies,
                certificates=certificates,
                output=output,
                now=utc_now(),
                likeness=LikenessReader(settings.home_folder / "encoders").of,
                progress=advance,
                **({"why_no_model": why} if why else {}),
            )
    if scored.unlike:
        share = scored.unlike / scored.cases
        err.print(
            f"{scored.unlike:,} of {scored.cases:,} cases ({share:.0%}) are unlike those the model learnt from; no "
            f"certificate holds for them. Most often: {scored.first_unlike}",
            style="yellow",
        )
    result = {"cases": scored.cases, **scored.dispositions, "auto_expected_loss": scored.auto_expected_loss}
    show(result | {"output": str(output)}, as_json=as_json, title=f"{card.name}")


def _in_force(settings: Settings, card: Domain) -> "tuple[InForce, dict[str | None, Certificate]]":
    """Return the policies in force, the domain's own and its variants, and the newest certificate of each.

    The installed policy where nothing was ever published, or where TRIAGE_POLICY_FOLDER holds one for the domain: who
    names a file means it.
    """
    from sqlalchemy import select

    from triage.db.database import is_current, reading
    from triage.db.schema import policy_publications
    from triage.guarantee.certificates import newest
    from triage.in_force import InForce
    from triage.policy_life.installed import load_policies
    from triage.policy_life.live import LivePolicies

    registered, engine = domains(settings.domain_modules), open_engine(settings.database)
    installed = load_policies(registered, settings.policy_folder)[card.name]
    try:
        if not is_current(engine):
            return InForce({card.name: installed}), {}
        with reading(engine) as connection:
            found = newest(connection).items()
            published = connection.execute(select(policy_publications.c.domain).distinct()).scalars().all()
        certificates = {variant: certificate for (name, variant), certificate in found if name == card.name}
        if card.name not in published:
            return InForce({card.name: installed}), certificates
        asked = {card.name: card}
        live = LivePolicies(engine, asked, poll_seconds=settings.policy_poll_seconds, clock=utc_now).at(utc_now())
        own, *variants = live.policies(card.name)
        named = settings.policy_folder and Path(settings.policy_folder, f"{card.name}.yaml").exists()
        return InForce({card.name: installed if named else own}, variants={card.name: variants}), certificates
    finally:
        engine.dispose()


def backfill(domain: DomainName, data: DataFile, mapping: Mapping = None, outcomes: Outcomes = None) -> None:
    """Put a file's cases and labels into the database as entity history: `triage backfill return_fraud --data
    past.csv`.

    A case known already is left as it is, so the command can be repeated.
    """
    card, settings = domain_named(domain), read_settings()
    with named_errors():
        table = read(card, data, mapping, outcomes=outcomes, labelled=False, keep_payloads=True)
        report_reading(table)
        added = backfill_table(settings, table, recorded_by=ACTOR)
    # The next start would read them all otherwise; few are read in no time.
    if added >= FREEZE_ROWS:
        freeze_histories(settings, [card])
    out.print(f"{added:,} past cases of {card.name} are entity history now")


def backfill_table(settings: Settings, table: "Table", *, recorded_by: str) -> int:
    """Put a table's cases into the database as entity history, with progress."""
    from training.tables.from_database import backfill as backfill_dataset
    from triage.db.audit_chain import audit

    rows = table.rows
    now = utc_now()
    with bar(f"{table.dataset.domain}: past cases") as advance, open_engine(settings.database).begin() as connection:
        added = backfill_dataset(
            connection,
            table.dataset,
            (row.payload for row in rows if row.payload is not None),
            (row.attributes for row in rows),
            fx_rates=(row.fx_rate for row in rows),
            now=now,
            recorded_by=recorded_by,
            claim=domain_named(table.dataset.domain).claim,
            progress=lambda done: advance(done / max(1, len(rows))),
        )
        detail = {"domain": table.dataset.domain, "cases": added, "origin": table.dataset.origin}
        audit(connection, actor=recorded_by, verb="backfill", case_id=None, detail=detail, now=now)
    return added


def read(
    card: Domain,
    data: Path,
    mapping: Path | None,
    *,
    outcomes: Path | None = None,
    labelled: bool = True,
    scorer: Any = None,
    reporting: str | None = None,
    keep_payloads: bool = False,
) -> "Table":
    from training.tables.mapping import read_mapping_file
    from training.tables.reader import read_table

    reporting = reporting or reporting_currency(read_settings(), card)
    with bar(f"{card.name}: reading {data.name}") as advance:
        return read_table(
            data,
            domain=card,
            mapping=read_mapping_file(mapping, domain=card) if mapping is not None else None,
            outcomes=outcomes,
            attributes=scorer.attributes if scorer is not None else None,
            labelled=labelled,
            keep_payloads=keep_payloads,
            reporting=reporting,
            now=utc_now(),
            progress=advance,
        )


def reporting_currency(settings: Settings, card: Domain) -> str:
    """Return the currency that the policy in force reports in."""
    return _in_force(settings, card)[0][card.name].document.currency


def report_reading(table: "Table") -> None:
    err.print(f"{len(table.dataset):,} of {table.read:,} rows taken")
    for odd in table.left_out:
        if odd.count:
            err.print(f"  {odd.name}: {odd.count:,} of {odd.given:,} values left out, first: {odd.first}")
    for note in table.notes:
        err.print(f"  {note}")


def scorer_of(settings: Settings, card: Domain, version: int | None) -> Any:
    from triage.model_store import RegisteredModels

    registry = registry_of(settings)
    ref = registry.version(card.name, version) if version is not None else registry.champion(card.name)
    return None if ref is None else RegisteredModels(settings).load(ref, card)


def registry_of(settings: Settings) -> "Registry":
    from models.registry import Registry

    return Registry(settings.tracking, settings.artifacts)


@contextmanager
def bar(description: str) -> Iterator[Callable[[float], None]]:
    with progress() as bars:
        task = bars.add_task(description, total=1.0)
        yield lambda share: bars.update(task, completed=share)


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn what a user can mend into one sentence."""
    from models.errors import ModelError
    from training.tables.mapping import MappingError
    from training.tables.table_error import TableError

    try:
        yield
    except (ModelError, TableError, MappingError, ConnectionError, ValueError) as error:
        fail(str(error))
