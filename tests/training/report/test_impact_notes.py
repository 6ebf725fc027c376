"""Where impact is no loss that anybody had, the card and whoever trains are told what it is."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from features.columns import Columns
from tests.toy_data import make_dataset
from training.fitting.fit import fit
from training.report.weaknesses import about_impact

DATASET = make_dataset(400, with_text=False)


def nothing_at_stake(columns: Columns) -> np.ndarray:
    return np.zeros(columns.n)


@pytest.mark.parametrize(("losses_known", "stake_known", "said"), [
    (True, True, []),
    (True, False, []),
    (False, True, ["Hardly any loss is known, so impact is learnt from the money at stake"]),
    (False, False, ["Neither losses nor money at stake are known, so impact and expected loss are 0"]),
])  # fmt: skip
def test_what_impact_is_learnt_from_is_said(losses_known: bool, stake_known: bool, said: list[str]) -> None:
    dataset = DATASET if losses_known else replace(DATASET, loss=np.full(len(DATASET), np.nan))
    if not stake_known:
        dataset = replace(dataset, recipe=replace(dataset.recipe, money_at_stake=nothing_at_stake))
    told = list(about_impact(fit(dataset, now=datetime(2026, 9, 1, tzinfo=UTC))))
    assert [sentence[: len(text)] for sentence, text in zip(told, said, strict=True)] == said
