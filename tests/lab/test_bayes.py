"""No honest model beats the best possible observer; one that does is refused with what it relies on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.columns import Column
from lab.bayes import ObserverComparison, bayes_metrics, compare_with_observer, refuse_leaks
from lab.best_observer import BestObserver
from lab.simulated import write
from lab.simulators.retailer import Knobs, Simulated
from lab.truth import Truth, read_truth, truth_file_of
from models.registry import Registry
from tests.lab.learning import learn_and_test
from tests.lab.toy_truth import make_truth
from tests.toy_data import LABELS, START, make_dataset
from training.fitting.fit import fit
from training.fitting.lineage import LeakError
from training.report.metrics import Judged, judge
from training.tables.dataset import Dataset
from training.tables.table_error import TableError
from training.train import train


def planted(dataset: Dataset, column: Column) -> Dataset:
    """The same cases, but `reason` says something else."""
    numbers = dataset.columns.numbers | {"reason": column}
    return replace(dataset, columns=replace(dataset.columns, numbers=numbers))


class TestGate:
    @pytest.mark.parametrize("seed", range(20))
    def test_an_honest_model_passes(self, seed: int) -> None:
        dataset = make_dataset(400, seed=seed, with_text=False)
        found = learn_and_test(dataset, make_truth(dataset))
        assert set(found) == {"risk", "cause"} and 0 < found["risk"].gain_share < 1

    @pytest.mark.parametrize("seed", range(3))
    def test_a_column_that_copies_the_outcome_is_refused_by_name(self, seed: int) -> None:
        dataset = make_dataset(400, seed=seed, with_text=False)
        with pytest.raises(
            LeakError, match=r"suspected leak in the risk model: .* relies most on reason \(.*reads reason"
        ):
            learn_and_test(planted(dataset, dataset.wrong), make_truth(dataset))

    def test_a_column_that_copies_the_cause_is_refused(self) -> None:
        dataset = make_dataset(400, with_text=False)
        codes = np.array([float(LABELS.index(str(cause))) for cause in dataset.cause])
        with pytest.raises(LeakError, match="suspected leak in the cause model"):
            learn_and_test(planted(dataset, codes), make_truth(dataset))

    def test_a_leak_in_some_cases_shows_although_the_model_is_worse_than_the_observer(self) -> None:
        dataset = make_dataset(2000, seed=5, with_text=False)
        rng = np.random.default_rng(5)
        copied = rng.random(2000) < 0.48
        leak = np.where(copied, dataset.wrong, rng.integers(0, 2, 2000))
        with pytest.raises(LeakError, match="the best possible observer could learn from it"):
            learn_and_test(planted(dataset, leak.astype(np.float64)), make_truth(dataset))

    def test_what_is_noise_only_passes(self) -> None:
        dataset = make_dataset(400, with_text=False)
        learn_and_test(
            planted(dataset, np.random.default_rng(1).integers(0, 3, 400).astype(np.float64)), make_truth(dataset)
        )

    def test_other_causes_than_the_truths_are_not_compared(self) -> None:
        dataset = make_dataset(400, with_text=False)
        truth = replace(make_truth(dataset), labels=("harmless", "lost", "eaten"))
        assert set(learn_and_test(dataset, truth)) == {"risk"}


class TestLeaningOnOneAnswer:
    def found(self, *, leak: float, seed: int) -> ObserverComparison:
        """Eight causes, a model that garbles all of them and knows of the first, to a measure, what became known
        later."""
        rng, n, labels = np.random.default_rng(seed), 1500, tuple("abcdefgh")
        exact = rng.dirichlet(np.ones(8), n)
        happened = (rng.random(n)[:, None] > exact.cumsum(axis=1)).sum(axis=1).clip(0, 7)
        said = exact * rng.lognormal(0.0, 1.0, exact.shape)
        said[:, 0] *= np.where(happened == 0, leak, 1.0 / leak)
        said /= said.sum(axis=1, keepdims=True)
        half, none = np.full(n, 0.5), np.full(n, np.nan)
        judged = Judged(
            risk=half, raw_risk=half, wrong=none, causes=said, codes=none, impact=half, loss=none, stake=half,
            base_risk=0.5, base_causes=(0.125,) * 8, base_impact=1.0,
        )  # fmt: skip
        truth = Truth(
            exception_ids=[str(at) for at in range(n)], labels=labels, cause=[labels[at] for at in happened.tolist()],
            wrong=rng.integers(0, 2, n).astype(np.float64), loss=half, p_causes=exact, p_wrong=half, expected_loss=half,
        )  # fmt: skip
        return compare_with_observer(judged, truth, labels, np.arange(n))["cause"]

    @pytest.mark.parametrize("seed", range(5))
    def test_a_leak_about_one_cause_shows_although_what_is_said_of_the_others_hides_it(self, seed: int) -> None:
        beside = self.found(leak=1.4, seed=seed)
        assert beside.ahead.strength < beside.leaning.strength < 1.0 < beside.leaning_on_one.strength
        bundle = fit(make_dataset(400, with_text=False), now=START).bundle
        with pytest.raises(LeakError, match=r"could learn from what it says of a \("):
            refuse_leaks({"cause": beside}, bundle)

    def test_a_model_that_only_garbles_passes(self) -> None:
        assert max(self.found(leak=1.0, seed=seed).strength for seed in range(60)) < 1.0


class TestNumbers:
    def test_the_observer_itself_gains_everything_and_is_no_better_than_itself(self) -> None:
        dataset = make_dataset(400, with_text=False)
        fitted, truth = fit(dataset, now=START), make_truth(dataset)
        test = fitted.split.test
        own = truth.of([dataset.exception_ids[at] for at in test.tolist()])
        judged = replace(judge(dataset, fitted), risk=own.p_wrong, causes=own.p_causes)
        found = compare_with_observer(judged, own, LABELS, np.arange(len(test)))
        for beside in found.values():
            assert (beside.difference, beside.gain_share, beside.leaning.nats) == pytest.approx((0, 1, 0))
            assert (beside.leaning_on_one.nats, beside.strength) == pytest.approx((0, 0))
        assert bayes_metrics(found)["bayes/cause_gain_share"] == pytest.approx(1)

    def test_expected_log_losses_by_hand(self) -> None:
        dataset = make_dataset(400, with_text=False)
        fitted = fit(dataset, now=START)
        two = replace(judge(dataset, fitted), risk=np.array([0.8, 0.4]), causes=np.full((2, 3), 1 / 3), base_risk=0.5)
        truth = Truth(
            exception_ids=["a", "b"], labels=LABELS, cause=["lost", "harmless"], wrong=np.array([1.0, 0.0]),
            loss=np.zeros(2), p_causes=np.full((2, 3), 1 / 3), p_wrong=np.array([0.9, 0.2]), expected_loss=np.zeros(2),
        )  # fmt: skip
        beside = compare_with_observer(two, truth, LABELS, np.arange(2))["risk"]
        expected = -(0.9 * np.log(0.8) + 0.1 * np.log(0.2) + 0.2 * np.log(0.4) + 0.8 * np.log(0.6)) / 2
        assert beside.expected == pytest.approx(expected)
        assert beside.expected_base == pytest.approx(np.log(2))
        assert beside.difference == pytest.approx((np.log(0.9 / 0.8) + np.log(0.8 / 0.6)) / 2)


class TestTruthFile:
    def written(self, folder: Path, **changed: object) -> Path:
        frame = pd.DataFrame(
            {"exception_id": ["a", "b"], "cause": ["lost", "harmless"], "wrong": [True, False], "loss": [5.0, 0.0]}
            | {"p_wrong": [0.7, 0.1], "expected_impact": [6.0, 5.0], "expected_loss": [4.2, 0.5]}
            | {"p_lost": [0.9, 0.2], "p_harmless": [0.1, 0.8]}
            | changed
        )
        cases = frame[["exception_id"]]
        write(Simulated(cases=cases, outcomes=cases, truth=frame), folder, knobs=Knobs(rows=2, seed=3))
        return folder / "cases.parquet"

    def test_it_is_found_beside_simulated_cases_and_read(self, tmp_path: Path) -> None:
        path = truth_file_of(self.written(tmp_path))
        assert path == tmp_path / "truth.parquet"
        truth = read_truth(path).of(["b", "a"])
        assert (truth.labels, truth.cause) == (("lost", "harmless"), ["harmless", "lost"])
        np.testing.assert_allclose(truth.p_wrong, [0.1, 0.7])
        np.testing.assert_allclose(truth.p_causes, [[0.2, 0.8], [0.9, 0.1]])

    def test_one_without_probabilities_is_found_too_and_refused_not_skipped(self, tmp_path: Path) -> None:
        cases = self.written(tmp_path)
        pd.read_parquet(tmp_path / "truth.parquet").drop(columns="p_wrong").to_parquet(tmp_path / "truth.parquet")
        path = truth_file_of(cases)
        assert path is not None
        with pytest.raises(TableError, match=r"truth\.parquet: has no p_wrong; .* to train without looking for leaks"):
            read_truth(path)

    @pytest.mark.parametrize("name", ["own.parquet", "simulated.parquet"])
    def test_it_is_left_alone_beside_anything_else(self, tmp_path: Path, name: str) -> None:
        self.written(tmp_path)
        own = tmp_path / name
        pd.DataFrame({"exception_id": ["a"]}).to_parquet(own)
        assert truth_file_of(own) is None

    def test_a_case_without_truth_is_an_error(self, tmp_path: Path) -> None:
        self.written(tmp_path)
        with pytest.raises(ValueError, match=r"missing for 1 of 2 cases, e\.g\. c"):
            read_truth(tmp_path / "truth.parquet").of(["a", "c"])

    @pytest.mark.parametrize("changed", [{"p_lost": [0.9, 0.3]}, {"p_wrong": [1.2, 0.1]}, {"p_wrong": [np.nan, 0.1]}])
    def test_what_is_no_posterior_is_refused(self, tmp_path: Path, changed: dict[str, object]) -> None:
        self.written(tmp_path, **changed)
        with pytest.raises(TableError, match="must sum to 1"):
            read_truth(tmp_path / "truth.parquet")


def test_training_registers_nothing_that_is_too_good(tmp_path: Path) -> None:
    dataset = make_dataset(400, with_text=False)
    registry = Registry(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts")
    with pytest.raises(LeakError, match="Nothing was registered"):
        train(
            planted(dataset, dataset.wrong),
            registry=registry,
            now=START,
            home=tmp_path,
            encoder=None,
            allow=["reason"],  # else it is set aside before anything is learnt
            truth=BestObserver(make_truth(dataset)),
        )
    assert not (tmp_path / "mlflow.db").exists()
