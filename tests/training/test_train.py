"""A training run leaves a version that serves, and everything a reviewer looks at; versions take turns."""

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from models.bundle import load_bundle, load_holdout
from models.encoder import EncoderCard, read_card
from models.errors import BundleError, RegistryError, RegistryUnavailableError
from models.predictors import ImpactPredictor
from models.registry import Registry, VersionRef
from models.scorer import Scorer
from tests.toy_data import RECIPE, START, make_dataset
from training.fitting.impact import ImpactRegressor
from training.fitting.split import split
from training.train import LEARNT_ANEW, TrainedVersion, train

pytestmark = pytest.mark.slow  # every test reads a version that was trained and registered


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def registry(home: Path) -> Registry:
    """A real embedded MLflow; setting up its tables takes seconds, so it is done once."""
    return Registry(f"sqlite:///{home / 'mlflow.db'}", home / "artifacts")


@pytest.fixture(scope="module")
def first(registry: Registry, home: Path) -> TrainedVersion:
    dataset = make_dataset(400, with_text=False)
    return train(dataset, registry=registry, now=START, home=home, encoder=None)


@pytest.fixture(scope="module")
def second(registry: Registry, home: Path, first: TrainedVersion) -> TrainedVersion:
    dataset = make_dataset(400, seed=2, with_text=False)
    return train(dataset, registry=registry, now=START + timedelta(days=1), home=home, encoder=None, tune_minutes=9)


class TestTrain:
    def test_what_too_few_rows_could_not_be_used_for_is_noted(
        self, first: TrainedVersion, second: TrainedVersion
    ) -> None:
        (note,) = second.notes
        assert first.notes == () and note.startswith("tune_minutes 9 is not used")

    def test_the_first_version_serves_at_once(self, first: TrainedVersion, registry: Registry) -> None:
        assert first.champion
        assert str(first.ref) == "late_delivery/1"
        assert registry.versions("late_delivery")[-1].version == 1
        assert first.metrics["risk_auc"] > 0.6

    def test_the_next_is_a_challenger(self, second: TrainedVersion, registry: Registry) -> None:
        assert not second.champion
        assert second.ref.version == 2
        challenger, champion = registry.challenger("late_delivery"), registry.champion("late_delivery")
        assert challenger is not None and challenger.version == 2
        assert champion is not None and champion.version == 1

    def test_what_is_downloaded_scores_as_what_was_trained(
        self, first: TrainedVersion, registry: Registry, tmp_path: Path
    ) -> None:
        folder = registry.download(first.ref, tmp_path)
        scorer = Scorer(load_bundle(folder), RECIPE, version=str(first.ref))
        scorer.self_test()
        (score,) = scorer.score(np.zeros((1, 5)), [""])
        assert score.model_version == "late_delivery/1"
        assert registry.download(first.ref, tmp_path) == folder
        assert [entry.name for entry in tmp_path.iterdir()] == ["late_delivery"]

    def test_a_reviewer_finds_what_was_done(self, first: TrainedVersion, registry: Registry) -> None:
        from mlflow import MlflowClient

        client = MlflowClient(registry.tracking_uri)
        run = client.get_run(first.ref.run_id)
        assert run.info.run_name == "late_delivery 2026-01-01 00:00 · simulated, seed 1"
        assert run.info.status == "FINISHED"
        assert {name: run.data.tags[name] for name in ("domain", "origin", "synthetic")} == {
            "domain": "late_delivery", "origin": "simulated, seed 1", "synthetic": "true",
        }  # fmt: skip
        assert run.data.params["data_fingerprint"] == make_dataset(400, with_text=False).fingerprint
        assert {"seed", "split", "risk_rounds", "rows_train", "label_sources"} <= set(run.data.params)
        assert run.data.metrics == pytest.approx(first.metrics)
        assert run.inputs.dataset_inputs[0].dataset.name == "simulated, seed 1"
        plots = {Path(file.path).stem for file in client.list_artifacts(run.info.run_id, "plots")}
        assert plots == {
            "precision_recall", "roc", "reliability", "captured_loss", "cost", "confusion", "importance",
        }  # fmt: skip
        for words in ("Synthetic data", "Split by time", "risk AUC", "Weak points", "400 cases"):
            assert words in first.ref.description
        assert {"risk_auc_low", "cause_top1_high", "risk_calibration_error_before"} <= set(first.metrics)

    def test_a_reviewer_reads_card_and_tables(self, second: TrainedVersion, registry: Registry, tmp_path: Path) -> None:
        import mlflow

        def read(file: str) -> str:
            uri = f"runs:/{second.ref.run_id}/{file}"
            return Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path))).read_text(encoding="utf-8")

        mlflow.set_tracking_uri(registry.tracking_uri)
        card = read("model_card.md")
        for words in (
            "# late_delivery",
            "Synthetic data",
            "## Known weaknesses",
            "Against late_delivery/1",
            "Only 81 test cases",
        ):
            assert words in card
        features = list(csv.DictReader(read("tables/features.csv").splitlines()))
        assert [row["name"] for row in features] == list(RECIPE.names)
        assert features[-1]["which_is"] == "earlier cases with the same carrier_id, known strictly before as_of"
        assert sum(float(row["risk_gain_share"]) for row in features) == pytest.approx(1, abs=0.001)
        segments = {(row["field"], row["value"]) for row in csv.DictReader(read("tables/segments.csv").splitlines())}
        assert not any(value == "" for _, value in segments)
        assert "exception_id" in read("tables/confusions.csv")

    def test_the_champion_takes_the_same_test(self, second: TrainedVersion) -> None:
        assert second.metrics["champion/log_loss_difference_low"] <= second.metrics["champion/log_loss_difference_high"]
        assert 0 < second.metrics["champion/risk_auc"] <= 1


class TestEnoughLabels:
    @pytest.mark.parametrize(("wrong", "right"), [(19, 100), (100, 19), (0, 100)])
    def test_too_few_of_either_are_refused_with_their_number(
        self, registry: Registry, home: Path, wrong: int, right: int
    ) -> None:
        dataset = make_dataset(400, with_text=False)
        told = np.full(400, np.nan)
        told[:wrong], told[wrong : wrong + right] = 1.0, 0.0
        says = (
            f"{wrong} cases where acting straight through was wrong and {right} where it was right; at least 20 of each"
        )
        with pytest.raises(ValueError, match=says):
            train(replace(dataset, wrong=told), registry=registry, now=START, home=home, encoder=None)

    def test_a_loss_without_end_is_refused_by_name(self, registry: Registry, home: Path) -> None:
        dataset = make_dataset(400, with_text=False)
        loss = np.where(np.arange(400) == 7, np.inf, dataset.loss)
        says = f"the loss of {dataset.exception_ids[7]} is inf: it must be a finite amount"
        with pytest.raises(ValueError, match=says):
            train(replace(dataset, loss=loss), registry=registry, now=START, home=home, encoder=None)

    def test_what_could_not_serve_is_not_registered(
        self, registry: Registry, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = ImpactRegressor()
        broken.predictor_, broken.about_ = ImpactPredictor(booster=None, base=float("nan")), {}
        monkeypatch.setattr("training.fitting.fit.fit_impact", lambda *_: (broken, "losses"))
        dataset = replace(make_dataset(400, with_text=False), domain="broken_impact")
        with pytest.raises(BundleError, match=r"golden row \d+ scores impact nan"):
            train(dataset, registry=registry, now=START, home=home, encoder=None)
        assert registry.champion("broken_impact") is None

    def test_a_refitted_version_has_learnt_from_the_newest_too(
        self, registry: Registry, home: Path, tmp_path: Path
    ) -> None:
        dataset = make_dataset(600, with_text=False)
        # What no earlier case was: not at all late, and wrong. Only the cases of the test part are.
        newest = np.arange(600) >= 480
        days_late = np.where(newest, 0.0, dataset.columns["days_late"] + 1)
        columns = replace(dataset.columns, numbers=dataset.columns.numbers | {"days_late": days_late})
        changed = replace(dataset, domain="later_delivery", columns=columns, wrong=np.where(newest, 1.0, dataset.wrong))
        risk, kept = {}, {}
        for refit in (False, True):
            version = train(
                changed, registry=registry, now=START, home=home, encoder=None, refit=refit, promote="never"
            )
            folder = registry.download(version.ref, tmp_path)
            scorer = Scorer(load_bundle(folder), RECIPE, version=str(version.ref))
            (score,) = scorer.score(np.array([[50.0, 0.0, 1.0, 1.0, 0.2]]), [""])
            risk[refit], kept[refit] = score.risk, load_holdout(folder)
        assert risk[True] > 0.7 > 0.4 > risk[False]
        # It is certified by what the judged model said of cases it had not learnt from, and says so.
        judged, anew = kept[False], kept[True]
        assert judged is not None and anew is not None
        assert anew.risk.tolist() == judged.risk.tolist() and anew.exception_ids == judged.exception_ids
        assert anew.how == f"{judged.how}; {LEARNT_ANEW}"

    def test_a_base_rate_moves_the_risk_and_not_the_order(self, registry: Registry, home: Path, tmp_path: Path) -> None:
        dataset = replace(make_dataset(600, with_text=False), domain="drawn_delivery")
        rows = np.array([[50.0, days, 1.0, 1.0, 0.2] for days in (0.0, 2.0, 5.0)])
        risks, kept = {}, {}
        for rate in (None, 0.01, 0.9):
            version = train(
                dataset, registry=registry, now=START, home=home, encoder=None, base_rate=rate, promote="never"
            )
            folder = registry.download(version.ref, tmp_path)
            bundle = load_bundle(folder)
            risks[rate] = np.array([one.risk for one in Scorer(bundle, RECIPE).score(rows, [""] * 3)])
            kept[rate] = load_holdout(folder)
        odds = {rate: risk / (1 - risk) for rate, risk in risks.items()}
        # Every odds is off by the same factor: that of the odds of the two rates.
        assert np.ptp(np.log(odds[0.01] / odds[None])) < 1e-6 and (risks[0.01] < risks[None]).all()
        # Where life is worse than the sample, its labels would prove too much.
        assert kept[0.01] is not None and kept[0.9] is None

    def test_the_held_out_scores_are_those_of_the_registered_model(
        self, registry: Registry, home: Path, tmp_path: Path
    ) -> None:
        dataset = replace(make_dataset(600, with_text=False), domain="held_delivery")
        version = train(dataset, registry=registry, now=START, home=home, encoder=None)
        folder = registry.download(version.ref, tmp_path)
        found = load_holdout(folder)
        assert found is not None
        scorer = Scorer(load_bundle(folder), RECIPE, version=str(version.ref))
        scores = scorer.score(found.rows, [""] * len(found.rows))
        assert [score.risk for score in scores] == found.risk.tolist()
        assert [score.causes for score in scores] == [
            found.score(at, model_version="").causes for at in range(len(found.rows))
        ]
        assert list(found.exception_ids) == [dataset.exception_ids[at] for at in split(dataset).test]
        assert (found.synthetic, found.origin) == (True, dataset.origin)


class TestTurns:
    def test_promoting_remembers_who_served_before_and_rolling_back_swaps(
        self, second: TrainedVersion, registry: Registry
    ) -> None:
        name = "late_delivery"
        assert registry.set_champion(name, 2).aliases == ("champion",)
        assert number(registry.previous(name)) == 1 and registry.challenger(name) is None
        assert registry.roll_back(name).version == 1
        assert (number(registry.champion(name)), number(registry.previous(name))) == (1, 2)
        assert registry.set_champion(name, 1).version == 1
        assert number(registry.previous(name)) == 2, "promoting what serves already forgets nothing"
        registry.set_challenger(name, 2)
        assert [ref.aliases for ref in registry.versions(name)] == [("challenger", "previous"), ("champion",)]

    def test_what_does_not_exist_is_said(self, first: TrainedVersion, registry: Registry) -> None:
        with pytest.raises(RegistryError, match="late_delivery has no version 99"):
            registry.set_champion("late_delivery", 99)
        with pytest.raises(RegistryError, match="no previous version"):
            registry.roll_back("unheard_of")
        assert registry.champion("unheard_of") is None
        assert registry.versions("unheard_of") == []


class TestEncoders:
    def test_an_encoder_is_kept_once_and_fetched_where_it_is_missing(self, registry: Registry, tmp_path: Path) -> None:
        card = EncoderCard(name="tiny", model_sha256="a" * 64, tokenizer_sha256="b" * 64, dims=2, max_tokens=8)
        exported = tmp_path / "exports" / "some-name"
        exported.mkdir(parents=True)
        (exported / "encoder.json").write_text(json.dumps(card.to_json()))
        for _ in range(2):
            registry.keep_encoder(exported, card)
        assert registry.fetch_encoder(card, tmp_path / "exports") == exported, "what was exported here is not fetched"
        fetched = registry.fetch_encoder(card, tmp_path / "elsewhere")
        assert read_card(fetched) == card
        shutil.rmtree(exported)
        with pytest.raises(RegistryError, match="does not hold the encoder other"):
            registry.fetch_encoder(replace(card, name="other", max_tokens=9), tmp_path / "elsewhere")


class TestUnavailable:
    @pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://user:secret@127.0.0.1:9"])
    def test_a_server_that_is_down_is_said_soon_and_without_its_password(self, address: str) -> None:
        with pytest.raises(RegistryUnavailableError, match=r"MLflow at http://127\.0\.0\.1:9") as raised:
            Registry(address).champion("late_delivery")
        assert "secret" not in str(raised.value)

    def test_a_store_never_written_is_empty_and_stays_unwritten(self, tmp_path: Path) -> None:
        registry = Registry(f"sqlite:///{tmp_path / 'none.db'}", tmp_path)
        assert registry.champion("late_delivery") is None
        assert registry.versions("late_delivery") == []
        assert list(tmp_path.iterdir()) == []

    def test_a_broken_store_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "broken.db").write_bytes(b"no database" * 1000)
        with pytest.raises(RegistryUnavailableError, match="cannot be reached"):
            Registry(f"sqlite:///{tmp_path / 'broken.db'}").champion("late_delivery")


SERVE = """
import importlib.abc, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {"torch", "pandas", "sklearn", "matplotlib", "scipy", "pyarrow", "sentence_transformers", "flask"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
from pathlib import Path
from models.bundle import load_bundle, load_holdout
from models.registry import Registry
from models.scorer import Scorer
from tests.toy_data import RECIPE
home = Path(sys.argv[1])
registry = Registry(f"sqlite:///{home / 'mlflow.db'}", home / "artifacts")
ref = registry.champion("late_delivery")
Scorer(load_bundle(registry.download(ref, home / "served")), RECIPE, version=str(ref)).self_test()
print(ref, "lightgbm" in sys.modules)
"""


def test_serving_needs_none_of_the_training_libraries(first: TrainedVersion, home: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(home)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() in (["late_delivery/1", "False"], ["late_delivery/2", "False"])


def number(ref: VersionRef | None) -> int:
    assert ref is not None
    return ref.version
