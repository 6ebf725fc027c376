"""Every leak that a simulator can plant is refused, and the same retailer without it is not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.simulated import draw, traps_of, write
from lab.simulators.retailer import Knobs
from lab.truth import read_truth
from tests.lab.learning import Words, learn_and_test
from training.fitting.lineage import LeakError, check_lineage
from training.tables.reader import read_table
from triage.domain import Domain
from triage.domains import BUILT_IN

KNOBS = Knobs(rows=4000, seed=11, label_noise=0.0)
FAINT = {"price_after_fix": 8000}
"""How many rows it takes until a leak that says little stands out from luck."""

TRAPS: list[Any] = [
    pytest.param(domain, trap, id=f"{domain.name}-{trap}") for domain in BUILT_IN for trap in traps_of(domain)
]
TRAPPED = [domain for domain in BUILT_IN if traps_of(domain)]


def train_on(domain: Domain, knobs: Knobs, folder: Path) -> None:
    """Draw, write, read, check, learn, compare: what `triage train` does, without registering."""
    write(draw(domain, knobs), folder, knobs=knobs)
    dataset = read_table(folder / "cases.parquet", domain=domain).dataset
    check_lineage(dataset)
    learn_and_test(dataset, read_truth(folder / "truth.parquet"), encoder=Words())


@pytest.mark.parametrize(("domain", "trap"), TRAPS)
def test_a_planted_leak_is_refused(domain: Domain, trap: str, tmp_path: Path) -> None:
    with pytest.raises(LeakError):
        train_on(domain, replace(KNOBS, trap=trap, rows=FAINT.get(trap, KNOBS.rows)), tmp_path)


@pytest.mark.parametrize("domain", TRAPPED, ids=lambda domain: domain.name)
def test_the_same_retailer_without_it_passes(domain: Domain, tmp_path: Path) -> None:
    train_on(domain, KNOBS, tmp_path)
