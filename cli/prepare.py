"""The preparing step of `triage up`: schema, sign-ins, and a first champion for every domain that has none.

Where demo data are installed, a first champion is trained on them, so that there is something to see; everything about
it says synthetic.
"""

import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from cli.console import err, progress
from cli.extensions import LABORATORY, DemoData, demo_data, find_truth
from triage.clock import utc_now
from triage.db.database import open_engine, upgrade
from triage.domain import Domain
from triage.domains import domains
from triage.settings import Settings

_SAMPLE_CASES: Final = 80


def prepare(settings: Settings) -> None:
    """Bring database, people and models to where the service can start."""
    from cli.running import ensure_sign_ins
    from models.errors import RegistryUnavailableError
    from models.registry import Registry

    engine = open_engine(settings.database)
    upgrade(engine)
    ensure_sign_ins(settings)
    registry = Registry(settings.tracking, settings.artifacts)
    try:
        missing = [
            domain for domain in domains(settings.domain_modules).values() if registry.champion(domain.name) is None
        ]
    except RegistryUnavailableError as error:
        err.print(f"MLflow cannot be reached ({error}); the service decides by its fallback rules", style="yellow")
        return
    if missing:
        _first_champions(settings, missing)


def _first_champions(settings: Settings, missing: Iterable[Domain]) -> None:
    demo = demo_data()
    covered = [domain for domain in missing if demo is not None and demo.covers(domain)]
    without = ", ".join(domain.name for domain in missing if domain not in covered)
    if without:
        why = "nothing simulates them" if demo is not None else f"{LABORATORY}, which simulates some, is not installed"
        err.print(
            f"no model for {without} ({why}); the fallback rules decide until you train one with `triage train`",
            style="yellow",
        )
    if demo is None or not covered:
        return
    began = time.monotonic()
    err.print(f"training a first champion for {', '.join(domain.name for domain in covered)} (simulated data)")
    for domain in covered:
        _first_champion(settings, domain, demo)
    err.print(f"trained in {time.monotonic() - began:.0f} s")


def sample_file(settings: Settings, domain: str) -> Path:
    """Return where a domain's sample exceptions are kept."""
    return settings.home_folder / "samples" / f"{domain}.json"


def _first_champion(settings: Settings, domain: Domain, demo: DemoData) -> None:
    from cli.learning import train_dataset
    from cli.scoring import backfill_table
    from training.tables.reader import read_table

    folder = settings.home_folder / "simulated" / domain.name
    cases, sample = demo.write(domain, folder, rows=settings.train_rows, samples=_SAMPLE_CASES, end_at=utc_now())
    _write_sample(sample_file(settings, domain.name), domain, sample)
    with progress() as bars:
        task = bars.add_task(f"{domain.name}: reading", total=1.0)
        table = read_table(
            cases,
            domain=domain,
            keep_payloads=True,
            progress=lambda share: bars.update(task, completed=share),
        )
    train_dataset(settings, domain, table.dataset, truth=find_truth(cases, None))
    backfill_table(settings, table, recorded_by="system:up")


def as_submission(domain: Domain, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a simulated row as a caller would send it, said to be synthetic."""
    fields = domain.recipe.payload.model_fields
    given = {name: value for name, value in row.items() if _is_given(value)}
    payload = {name: value for name, value in given.items() if name in fields}
    envelope = {name: value for name, value in given.items() if name not in fields}
    return envelope | {"domain": domain.name, "synthetic": True, "payload": payload}


def _write_sample(file: Path, domain: Domain, sample: Iterable[Mapping[str, Any]]) -> None:
    raws = [as_submission(domain, row) for row in sample]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(raws, option=orjson.OPT_SERIALIZE_NUMPY, default=str))


def _is_given(value: Any) -> bool:
    return isinstance(value, list | tuple) or (value is not None and value == value and str(value) != "NaT")


if __name__ == "__main__":
    prepare(Settings())
    sys.exit(0)
