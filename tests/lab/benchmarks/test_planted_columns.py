"""Columns filled in after the outcome are found without a truth, and clean tables are left alone."""

from dataclasses import replace

import numpy as np
import pytest

from features.attributes.attribute import PREFIX
from lab.benchmarks.planted_columns import PLANTS, measure, partly_open, planted, simulated_table
from training.fitting.column_leaks import find_column_leaks, set_aside
from training.fitting.lineage import LeakError
from training.tables.dataset import Dataset
from triage.domains import BUILT_IN

ROWS = 800
RETURNS = next(domain for domain in BUILT_IN if domain.name == "return_fraud")


@pytest.fixture(scope="module")
def table() -> Dataset:
    return simulated_table(RETURNS, seed=31, rows=ROWS)


def test_every_planted_column_is_found_and_nothing_in_the_clean_table(table: Dataset) -> None:
    results = measure("returns", table, seed=3)
    assert len(results) == 1 + len(PLANTS) >= 13
    assert [result for result in results if not result.is_as_it_should_be] == []


def test_a_column_going_out_of_use_is_no_leak(table: Dataset) -> None:
    clean = partly_open(table)
    age = np.argsort(np.argsort(clean.columns.as_of)) / len(table)
    fading = np.where(np.random.default_rng(1).random(len(table)) < np.clip(1.6 - 2 * age, 0, 1), 1.0, np.nan)
    numbers = dict(clean.columns.numbers) | {PREFIX + "old_code": fading}
    assert find_column_leaks(replace(clean, columns=replace(clean.columns, numbers=numbers))) == []


class TestWhatBecomesOfIt:
    def leaking(self, table: Dataset) -> Dataset:
        return planted(table, "status that says the outcome", seed=3)

    def test_the_sentence_says_what_shows_it_and_how_to_insist(self, table: Dataset) -> None:
        (leak,) = find_column_leaks(self.leaking(table))
        assert "is 'new' in 100% of the open cases" in str(leak) and "`--allow planted`" in str(leak)

    @pytest.mark.parametrize("name", ["planted", "attributes.planted"])
    def test_who_insists_learns_from_it(self, table: Dataset, name: str) -> None:
        assert find_column_leaks(self.leaking(table), allow=[name]) == []

    def test_it_is_emptied_and_named(self, table: Dataset) -> None:
        leaking = self.leaking(table)
        aside = set_aside(leaking, find_column_leaks(leaking))
        assert aside.set_aside == ("attributes.planted",)
        assert set(aside.columns.strings["attributes.planted"]) == {None}

    def test_a_field_no_case_can_be_without_is_refused(self, table: Dataset) -> None:
        clean = partly_open(table)
        numbers = dict(clean.columns.numbers) | {"refund_amount": np.where(np.nan_to_num(table.wrong) == 1, 9.0, 5.0)}
        copied = replace(clean, columns=replace(clean.columns, numbers=numbers))
        with pytest.raises(LeakError, match=r"refund_amount .* no case can be without it: if it was known"):
            set_aside(copied, find_column_leaks(copied))


def test_a_running_number_is_no_leak(table: Dataset) -> None:
    clean = partly_open(table)
    strings = dict(clean.columns.strings) | {PREFIX + "number": [f"N{at}" for at in range(len(table))]}
    assert find_column_leaks(replace(clean, columns=replace(clean.columns, strings=strings))) == []
