"""`triage train`, `retrain`, `promote`, `rollback`, `models`, `score` and `backfill`: the offline side."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.console import err, fail, out, progress, show
from cli.options import AsJson, DomainName, domain_named
from cli.options import settings as read_settings
from triage.clock import utc_now
from triage.database import is_current, open_engine, reading
from triage.domain import Domain
from triage.settings import Settings

if TYPE_CHECKING:
    from models.registry import Registry
    from training.dataset import Dataset
    from training.tables import Table
    from training.train import Promote, TrainedVersion

ACTOR: Final = "system:cli"
DataFile = Annotated[Path, typer.Option(help="CSV or parquet file of cases", exists=True, dir_okay=False)]
Mapping = Annotated[
    Path | None, typer.Option(help="YAML column mapping; none: columns have the payload's names", exists=True)
]
Outcomes = Annotated[Path | None, typer.Option(help="Second file with what became known", exists=True, dir_okay=False)]
HEADLINES: Final = (
    "test_cases",
    "risk_base_rate",
    "risk_auc",
    "risk_average_precision",
    "risk_log_loss",
    "risk_log_loss_baseline",
    "risk_brier",
    "risk_calibration_error",
    "cause_macro_f1",
    "cause_top1",
    "cause_top2",
    "impact_mae_on_wrong",
    "captured_loss_at_10pct_expected_loss",
    "captured_loss_at_10pct_oracle",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (train, retrain, promote, rollback, models, score, backfill):
        app.command()(command)


def train(
    domain: DomainName,
    data: DataFile,
    mapping: Mapping = None,
    outcomes: Outcomes = None,
    seed: Annotated[int, typer.Option(help="Seed of the fit")] = 0,
    promote_now: Annotated[bool, typer.Option("--promote", help="Serve the new version at once")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a version on a table: `triage train return_fraud --data simulated/cases.parquet`.

    Where nothing serves the domain yet, the version becomes its champion; otherwise the challenger.
    """
    card = domain_named(domain)
    with _named_errors():
        table = _read(card, data, mapping, outcomes=outcomes)
        _say_reading(table)
        trained = train_dataset(
            read_settings(), card, table.dataset, seed=seed, promote="always" if promote_now else "if_none"
        )
    _report(trained, as_json=as_json)


def retrain(domain: DomainName, as_json: AsJson = False) -> None:
    """Train a challenger from resolved cases and outcomes in the database: `triage retrain return_fraud`."""
    card, settings = domain_named(domain), read_settings()
    with _named_errors():
        from training.from_database import dataset_from_database

        attributes = _champion_attributes(settings, card)
        with reading(open_engine(settings.database)) as connection:
            dataset = dataset_from_database(connection, card, attributes=attributes)
        trained = train_dataset(settings, card, dataset, promote="never")
    _report(trained, as_json=as_json)


def promote(domain: DomainName, version: Annotated[int, typer.Argument(help="Version number", min=1)]) -> None:
    """Let a version serve: `triage promote return_fraud 3`. The running service picks it up by itself."""
    card = domain_named(domain)
    with _named_errors():
        registry = _registry(read_settings())
        # What could not be loaded must not become champion: the service would refuse it and go on with the one before.
        _scorer(read_settings(), card, version)
        ref = registry.set_champion(card.name, version)
        _audit("promote", {"domain": card.name, "version": ref.version})
    out.print(f"{ref} serves now")


def rollback(domain: DomainName) -> None:
    """Let the version before serve again: `triage rollback return_fraud`."""
    card = domain_named(domain)
    with _named_errors():
        ref = _registry(read_settings()).roll_back(card.name)
        _audit("rollback", {"domain": card.name, "version": ref.version})
    out.print(f"{ref} serves again")


def models(domain: DomainName, as_json: AsJson = False) -> None:
    """List the registered versions of a domain's model: `triage models return_fraud`."""
    card = domain_named(domain)
    with _named_errors():
        versions = _registry(read_settings()).versions(card.name)
    rows = [
        {
            "version": ref.version,
            "aliases": " ".join(ref.aliases),
            "created_at": ref.created_at.isoformat(timespec="seconds"),
            "origin": ref.tags.get("origin", ""),
        }
        for ref in versions
    ]
    show(rows, as_json=as_json)


def score(
    domain: DomainName,
    input_file: Annotated[Path, typer.Option("--input", help="CSV or parquet file", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option(help="File to write: .csv or .parquet")],
    mapping: Mapping = None,
    version: Annotated[int | None, typer.Option(help="Model version; default: the champion")] = None,
    as_json: AsJson = False,
) -> None:
    """Score and decide a file in batch: `triage score return_fraud --input today.csv --output scored.csv`.

    Entity history is built from the file itself, in time order. Nothing is stored.
    """
    from triage.service import load_policies

    card, settings = domain_named(domain), read_settings()
    with _named_errors():
        from training.batch import score_table

        scorer = _scorer(settings, card, version)
        why = None
        if scorer is None:
            why = "no champion is registered"
            err.print(f"{card.name}: {why}; the fallback rules decide", style="yellow")
        table = _read(card, input_file, mapping, labelled=False, scorer=scorer, keep_payloads=True)
        _say_reading(table)
        policy = load_policies({card.name: card}, settings.policy_folder)[card.name]
        with _bar(f"{card.name}: scoring") as advance:
            scored = score_table(
                table,
                domain=card,
                scorer=scorer,
                policy=policy,
                output=output,
                now=utc_now(),
                progress=advance,
                **({"why_no_model": why} if why else {}),
            )
    result = {"cases": scored.cases, **scored.dispositions, "auto_expected_loss": scored.auto_expected_loss}
    show(result | {"output": str(output)}, as_json=as_json, title=f"{card.name}")


def backfill(domain: DomainName, data: DataFile, mapping: Mapping = None, outcomes: Outcomes = None) -> None:
    """Put a file's cases and labels into the database as entity history: `triage backfill return_fraud --data past.csv`.

    A case known already is left as it is, so the command can be repeated.
    """
    card, settings = domain_named(domain), read_settings()
    with _named_errors():
        table = _read(card, data, mapping, outcomes=outcomes, labelled=False, keep_payloads=True)
        _say_reading(table)
        added = backfill_table(settings, table, recorded_by=ACTOR)
    out.print(f"{added:,} past cases of {card.name} are entity history now")


def train_dataset(
    settings: Settings,
    domain: Domain,
    dataset: "Dataset",
    *,
    seed: int = 0,
    promote: "Promote" = "if_none",
) -> "TrainedVersion":
    """Train and register a version, with progress."""
    from training.train import train as train_version

    with progress() as bars:
        task = bars.add_task(f"{domain.name}: training", total=None)
        trained = train_version(
            dataset,
            registry=_registry(settings),
            now=utc_now(),
            home=settings.home_folder,
            encoder=settings.encoder or None,
            seed=seed,
            promote=promote,
            progress=lambda step: bars.update(task, description=f"{domain.name}: {step}"),
        )
        bars.update(task, description=f"{domain.name}: version {trained.ref.version} registered", total=1, completed=1)
    if trained.champion:
        _audit("promote", {"domain": domain.name, "version": trained.ref.version})
    return trained


def backfill_table(settings: Settings, table: "Table", *, recorded_by: str) -> int:
    """Put a table's cases into the database as entity history, with progress."""
    from training.from_database import backfill as backfill_dataset
    from triage.store import audit

    rows = table.rows
    now = utc_now()
    with _bar(f"{table.dataset.domain}: past cases") as advance, open_engine(settings.database).begin() as connection:
        added = backfill_dataset(
            connection,
            table.dataset,
            (row.payload for row in rows if row.payload is not None),
            (row.attributes for row in rows),
            fx_rates=(row.fx_rate for row in rows),
            now=now,
            recorded_by=recorded_by,
            progress=lambda done: advance(done / max(1, len(rows))),
        )
        detail = {"domain": table.dataset.domain, "cases": added, "origin": table.dataset.origin}
        audit(connection, actor=recorded_by, verb="backfill", case_id=None, detail=detail, now=now)
    return added


def _read(
    card: Domain,
    data: Path,
    mapping: Path | None,
    *,
    outcomes: Path | None = None,
    labelled: bool = True,
    scorer: Any = None,
    keep_payloads: bool = False,
) -> "Table":
    from training.mapping import read_mapping_file
    from training.tables import read_table

    with _bar(f"{card.name}: reading {data.name}") as advance:
        return read_table(
            data,
            domain=card,
            mapping=read_mapping_file(mapping, domain=card) if mapping is not None else None,
            outcomes=outcomes,
            attributes=scorer.attributes if scorer is not None else None,
            labelled=labelled,
            keep_payloads=keep_payloads,
            progress=advance,
        )


def _say_reading(table: "Table") -> None:
    err.print(f"{len(table.dataset):,} of {table.read:,} rows taken")
    for odd in table.left_out:
        if odd.count:
            err.print(f"  {odd.name}: {odd.count:,} of {odd.given:,} values left out, first: {odd.first}", markup=False)
    for note in table.notes:
        err.print(f"  {note}", markup=False)


def _report(trained: "TrainedVersion", *, as_json: bool) -> None:
    found = trained.metrics
    chosen = found if as_json else {name: found[name] for name in HEADLINES if name in found}
    title = f"{trained.ref} ({'champion' if trained.champion else 'challenger'}), test part: {trained.split}"
    facts = {"version": trained.ref.version, "champion": trained.champion, "split": trained.split} if as_json else {}
    show(facts | chosen, as_json=as_json, title=title)


def _registry(settings: Settings) -> "Registry":
    from models.registry import Registry

    return Registry(settings.tracking, settings.artifacts)


def _scorer(settings: Settings, card: Domain, version: int | None) -> Any:
    from triage.model_store import RegisteredModels

    registry = _registry(settings)
    ref = registry.version(card.name, version) if version is not None else registry.champion(card.name)
    return None if ref is None else RegisteredModels(settings).load(ref, card)


def _champion_attributes(settings: Settings, card: Domain) -> Any:
    """Keep learning with the customer's columns that the champion knows."""
    scorer = _scorer(settings, card, None)
    return scorer.attributes if scorer is not None else ()


def _audit(verb: str, detail: dict[str, Any]) -> None:
    """Record who moved a model, where this machine has the service's database."""
    from triage.store import audit

    engine = open_engine(read_settings().database)
    if not is_current(engine):
        err.print("no up-to-date database here: the move is in MLflow, but not in the audit trail", style="yellow")
        return
    with engine.begin() as connection:
        audit(connection, actor=ACTOR, verb=verb, case_id=None, detail=detail, now=utc_now())


@contextmanager
def _bar(description: str) -> Iterator[Callable[[float], None]]:
    with progress() as bars:
        task = bars.add_task(description, total=1.0)
        yield lambda share: bars.update(task, completed=share)


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turn what a user can mend into one sentence."""
    from models.errors import ModelError
    from training.files import TableError
    from training.mapping import MappingError

    try:
        yield
    except (ModelError, TableError, MappingError, ConnectionError, ValueError) as error:
        fail(str(error))
