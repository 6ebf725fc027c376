"""The preparing step of `triage up`: schema, sign-ins, and a first champion for every domain that has none.

A first champion is trained on a simulated retailer, so that there is something to see; everything about it says synthetic.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from cli.console import err, progress
from triage.clock import utc_now
from triage.db.database import open_engine, upgrade
from triage.domain import Domain
from triage.domains import domains
from triage.settings import Settings

_SEED: Final = 1
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
            domain
            for domain in domains(settings.domain_modules).values()
            if domain.simulator is not None and registry.champion(domain.name) is None
        ]
    except RegistryUnavailableError as error:
        err.print(f"MLflow cannot be reached ({error}); the service decides by its fallback rules", style="yellow")
        return
    if missing:
        began = time.monotonic()
        err.print(f"training a first champion for {', '.join(domain.name for domain in missing)} (simulated data)")
        for domain in missing:
            _first_champion(settings, domain)
        err.print(f"trained in {time.monotonic() - began:.0f} s")


def sample_file(settings: Settings, domain: str) -> Path:
    """Say where a domain's sample exceptions are kept."""
    return settings.home_folder / "samples" / f"{domain}.json"


def _first_champion(settings: Settings, domain: Domain) -> None:
    from cli.learning import train_dataset
    from cli.scoring import backfill_table
    from lab.simulated import draw, write
    from lab.simulators.retailer import Knobs
    from lab.truth import read_truth, truth_beside
    from training.tables.reader import read_table

    folder = settings.home_folder / "simulated" / domain.name
    rows = settings.train_rows + _SAMPLE_CASES
    knobs = Knobs(rows=rows, seed=_SEED, end_at=utc_now())
    simulated = draw(domain, knobs)
    sample = simulated.cases.tail(_SAMPLE_CASES)
    past = replace(
        simulated,
        cases=simulated.cases.head(settings.train_rows),
        outcomes=simulated.outcomes.head(settings.train_rows),
        truth=simulated.truth.head(settings.train_rows),
    )
    write(past, folder, knobs=knobs)
    _write_sample(sample_file(settings, domain.name), domain, sample)
    with progress() as bars:
        task = bars.add_task(f"{domain.name}: reading", total=1.0)
        table = read_table(
            folder / "cases.parquet",
            domain=domain,
            keep_payloads=True,
            progress=lambda share: bars.update(task, completed=share),
        )
    truth = truth_beside(folder / "cases.parquet")
    train_dataset(settings, domain, table.dataset, truth=read_truth(truth) if truth is not None else None)
    backfill_table(settings, table, recorded_by="system:up")


def _write_sample(file: Path, domain: Domain, sample: Any) -> None:
    """Write simulated rows as submissions, the way a caller would send them."""
    fields = domain.recipe.payload.model_fields
    raws = []
    for row in sample.to_dict("records"):
        given = {name: value for name, value in row.items() if _is_given(value)}
        payload = {name: value for name, value in given.items() if name in fields}
        envelope = {name: value for name, value in given.items() if name not in fields}
        raws.append(envelope | {"domain": domain.name, "payload": payload})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(raws, option=orjson.OPT_SERIALIZE_NUMPY, default=str))


def _is_given(value: Any) -> bool:
    return isinstance(value, list | tuple) or (value is not None and value == value and str(value) != "NaT")


if __name__ == "__main__":
    prepare(Settings())
    sys.exit(0)
