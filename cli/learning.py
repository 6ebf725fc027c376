"""`triage train`, `retrain`, `promote`, `rollback` and `models`: the life of a model version."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.console import err, out, progress, show
from cli.extensions import find_truth
from cli.options import AsJson, DomainName, domain_named
from cli.options import settings as read_settings
from cli.scoring import ACTOR, DataFile, Mapping, Outcomes, named_errors, read, registry_of, report_reading, scorer_of
from models.score import UNKNOWN_CAUSE
from triage.clock import utc_now
from triage.db.database import is_current, open_engine, reading
from triage.domain import Domain
from triage.settings import Settings

if TYPE_CHECKING:
    from models.registry import VersionRef
    from training.report.known_truth import KnownTruth
    from training.tables.dataset import Dataset
    from training.train import Promote, TrainedVersion

Refit = Annotated[
    bool,
    typer.Option(
        help="Once judged, learn anew from all labels, the newest included; the certificate rests on the scores "
        "that the judged model gave cases it had not learnt from",
    ),
]
BaseRate = Annotated[
    float | None,
    typer.Option(
        help="Share wrong in life, where the table was drawn by outcome (all wrong, few right)", min=1e-6, max=0.5
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(help="Column to learn from although it looks as if it was filled only once the outcome was known"),
]
_MAX_NAMED: Final = 5
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
    "bayes/risk_gain_share",
    "bayes/cause_gain_share",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (train, retrain, promote, rollback, models, encoder):
        app.command()(command)


def train(
    domain: DomainName,
    data: DataFile,
    mapping: Mapping = None,
    outcomes: Outcomes = None,
    truth: Annotated[
        Path | None,
        typer.Option(help="Truth of simulated cases; default: truth.parquet beside them", exists=True, dir_okay=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the fit", min=0, max=2**31 - 1)] = 0,
    tune_minutes: Annotated[
        float,
        typer.Option(help="Time to search for the risk model's hyperparameters; 0: go by the number of rows", min=0),
    ] = 0.0,
    refit: Refit = True,
    allow: Allow = None,
    base_rate: BaseRate = None,
    promote_now: Annotated[bool, typer.Option("--promote", help="Serve the new version at once")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a version on a table: `triage train return_fraud --data simulated/cases.parquet`.

    Where nothing serves the domain yet, the version becomes its champion; otherwise the challenger. A model of
    simulated cases that is better than the best possible observer of their truth is refused.
    """
    card = domain_named(domain)
    with named_errors():
        known_truth = find_truth(data, truth)
        table = read(card, data, mapping, outcomes=outcomes)
        report_reading(table)
        trained = train_dataset(
            read_settings(),
            card,
            table.dataset,
            seed=seed,
            promote="always" if promote_now else "if_none",
            refit=refit,
            allow=allow or (),
            base_rate=base_rate,
            tune_minutes=tune_minutes,
            truth=known_truth,
        )
    _report(trained, as_json=as_json)


def retrain(domain: DomainName, refit: Refit = True, allow: Allow = None, as_json: AsJson = False) -> None:
    """Train a challenger from resolved cases and outcomes in the database: `triage retrain return_fraud`."""
    card, settings = domain_named(domain), read_settings()
    with named_errors():
        from training.tables.from_database import dataset_from_database

        attributes = _champion_attributes(settings, card)
        with reading(open_engine(settings.database)) as connection:
            dataset = dataset_from_database(connection, card, attributes=attributes)
        warn_of_strange_causes(dataset)
        trained = train_dataset(settings, card, dataset, promote="never", refit=refit, allow=allow or ())
    _report(trained, as_json=as_json)


def promote(domain: DomainName, version: Annotated[int, typer.Argument(help="Version number", min=1)]) -> None:
    """Let a version serve: `triage promote return_fraud 3`. The running service picks it up by itself."""
    card = domain_named(domain)
    with named_errors():
        registry = registry_of(read_settings())
        # What could not be loaded must not become champion: the service would refuse it and go on with the one before.
        scorer_of(read_settings(), card, version)
        ref = registry.set_champion(card.name, version)
        _audit("promote", ref)
    out.print(f"{ref} serves now")


def rollback(domain: DomainName) -> None:
    """Let the version before serve again: `triage rollback return_fraud`."""
    card = domain_named(domain)
    with named_errors():
        ref = registry_of(read_settings()).roll_back(card.name)
        _audit("rollback", ref)
    out.print(f"{ref} serves again")


def models(domain: DomainName, as_json: AsJson = False) -> None:
    """List the registered versions of a domain's model: `triage models return_fraud`."""
    card = domain_named(domain)
    with named_errors():
        versions = registry_of(read_settings()).versions(card.name)
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


def train_dataset(
    settings: Settings,
    domain: Domain,
    dataset: "Dataset",
    *,
    seed: int = 0,
    promote: "Promote" = "if_none",
    refit: bool = False,
    allow: Collection[str] = (),
    base_rate: float | None = None,
    tune_minutes: float = 0.0,
    truth: "KnownTruth | None" = None,
) -> "TrainedVersion":
    """Train and register a version, with progress."""
    from training.train import train as train_version

    with progress() as bars:
        task = bars.add_task(f"{domain.name}: training", total=None)
        trained = train_version(
            dataset,
            registry=registry_of(settings),
            now=utc_now(),
            home=settings.home_folder,
            encoder=settings.encoder or None,
            seed=seed,
            promote=promote,
            refit=refit,
            allow=allow,
            base_rate=base_rate,
            tune_minutes=tune_minutes,
            heads=domain.heads,
            truth=truth,
            progress=lambda step: bars.update(task, description=f"{domain.name}: {step}"),
        )
        bars.update(task, description=f"{domain.name}: version {trained.ref.version} registered", total=1, completed=1)
    for note in trained.notes:
        err.print(note, style="yellow")
    if trained.champion:
        _audit("promote", trained.ref)
    return trained


def _report(trained: "TrainedVersion", *, as_json: bool) -> None:
    found = trained.metrics
    chosen = found if as_json else {name: found[name] for name in HEADLINES if name in found}
    title = f"{trained.ref} ({'champion' if trained.champion else 'challenger'}), test part: {trained.split}"
    facts = {"version": trained.ref.version, "champion": trained.champion, "split": trained.split} if as_json else {}
    show(facts | chosen, as_json=as_json, title=title)


def warn_of_strange_causes(dataset: "Dataset") -> None:
    """Name recorded causes that are no label of the data set: nothing is learnt of them."""
    strange = sorted({cause for cause in dataset.cause if cause is not None} - {*dataset.labels, UNKNOWN_CAUSE})
    if strange:
        named = ", ".join(strange[:_MAX_NAMED]) + (", …" if len(strange) > _MAX_NAMED else "")
        err.print(f"causes that {dataset.domain} does not know count as unknown: {named}", style="yellow")


def _champion_attributes(settings: Settings, card: Domain) -> Any:
    """Keep learning with the customer's columns that the champion knows."""
    scorer = scorer_of(settings, card, None)
    return scorer.attributes if scorer is not None else ()


def _audit(verb: str, ref: "VersionRef") -> None:
    """Record who moved a model, and which bytes it is made of, where this machine has the service's database."""
    from triage.db.audit_chain import audit
    from triage.proof.bundles import bundle_sha256, record_bundle
    from triage.proof.chain_key import chain_key
    from triage.proof.signatures import sign_version

    settings, now = read_settings(), utc_now()
    engine = open_engine(settings.database)
    if not is_current(engine):
        err.print("no up-to-date database here: the move is in MLflow, but not in the audit trail", style="yellow")
        return
    sha256 = bundle_sha256(registry_of(settings).download(ref, settings.home_folder / "bundles"))
    detail = {"domain": ref.name, "version": ref.version, "bundle_sha256": sha256}
    with engine.begin() as connection:
        record_bundle(connection, f"{ref.name}/{ref.version}", sha256, actor=ACTOR, now=now)
        sign_version(connection, chain_key(settings), "model", f"{ref.name}/{ref.version}", sha256, now=now)
        audit(connection, actor=ACTOR, verb=verb, case_id=None, detail=detail, now=now)


def encoder(as_json: AsJson = False) -> None:
    """Put the sentence encoder where the service reads it: `triage encoder`.

    Training does it too. Without one, what people write is searched for the words of danger alone, and how much it
    reads like a danger is not known. Needs the training libraries; copy the folder to machines without them.
    """
    from training.fitting.export_encoder import export_encoder

    settings = read_settings()
    folder = export_encoder(settings.encoder, settings.home_folder / "encoders")
    show({"encoder": settings.encoder, "folder": str(folder)}, as_json=as_json, title="Encoder")
