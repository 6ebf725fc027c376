"""A registered version opens with MLflow's own tools, on payload rows, and asks for no package but MLflow's own."""

import os
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
import yaml

from features.columns import encode
from features.history import History
from models.bundle import load_bundle
from models.registry import Registry, RegistryUnavailableError
from models.scorer import Scorer
from tests.running import free_port, served
from tests.toy_data import RECIPE, START, LateDelivery, make_dataset
from training.train import TrainedVersion, train

pytestmark = pytest.mark.slow  # every test reads a version that was trained and registered

URI = "models:/late_delivery@champion"
ROWS: list[dict[str, Any]] = [
    {"carrier_id": "C1", "value": "80.50", "days_late": 9, "reason": "weather", "sealed": False},
    {"carrier_id": "C2", "value": "12.00", "days_late": 0, "reason": None, "sealed": None},
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def registry(home: Path) -> Registry:
    return Registry(f"sqlite:///{home / 'mlflow.db'}", home / "artifacts")


@pytest.fixture(scope="module")
def trained(registry: Registry, home: Path) -> TrainedVersion:
    return train(make_dataset(400, with_text=False), registry=registry, now=START, home=home, encoder=None)


@pytest.fixture
def model(trained: TrainedVersion, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Any:
    import mlflow

    monkeypatch.setenv("TRIAGE_DOMAIN_MODULES", "tests.toy_late_delivery")
    mlflow.set_tracking_uri(registry.tracking_uri)
    return mlflow.pyfunc.load_model(URI)


class TestPackage:
    def test_it_names_no_package_but_mlflow(self, trained: TrainedVersion, registry: Registry, tmp_path: Path) -> None:
        import mlflow

        mlflow.set_tracking_uri(registry.tracking_uri)
        folder = Path(mlflow.artifacts.download_artifacts(URI, dst_path=str(tmp_path)))
        only = f"mlflow=={mlflow.__version__}"
        assert (folder / "requirements.txt").read_text().split() == [only]
        conda = yaml.safe_load((folder / "conda.yaml").read_text())
        assert conda["channels"] == ["conda-forge"]
        assert [name for name in conda["dependencies"] if isinstance(name, str) and name.split("<")[0] != "pip"] == [
            f"python={sys.version.split()[0]}"
        ]
        assert [part["pip"] for part in conda["dependencies"] if isinstance(part, dict)] == [[only]]
        flavor = yaml.safe_load((folder / "MLmodel").read_text())["flavors"]["python_function"]
        assert (flavor["loader_module"], flavor["data"]) == ("training.pyfunc", "data/bundle")
        assert flavor.get("code") is None and flavor.get("python_model") is None
        kinds = {file.suffix for file in folder.rglob("*") if file.is_file()} - {""}
        assert kinds == {".txt", ".yaml", ".json", ".lgb", ".npz"}

    def test_its_signature_is_the_payload(self, model: Any) -> None:
        columns = {column["name"]: column for column in model.metadata.signature.inputs.to_dict()}
        assert list(columns) == [*LateDelivery.model_fields, "as_of", "fx_rate"]
        assert {name for name, column in columns.items() if column["required"]} == {"carrier_id", "value", "days_late"}
        outputs = [column["name"] for column in model.metadata.signature.outputs.to_dict()]
        assert outputs == ["risk", "impact", "expected_loss", "cause", "cause_probability"]


class TestPredict:
    def test_it_scores_payload_rows_as_the_service_would_without_history(
        self, model: Any, trained: TrainedVersion, registry: Registry, tmp_path: Path
    ) -> None:
        assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
        answers = model.predict(pd.DataFrame(ROWS))
        columns = encode([LateDelivery(**row) for row in ROWS], as_of=[START, START])
        scorer = Scorer(load_bundle(registry.download(trained.ref, tmp_path)), RECIPE)
        scores = scorer.score(RECIPE.rows(columns, History(RECIPE.trails)), ["", ""])
        assert answers["risk"].tolist() == [score.risk for score in scores]
        assert answers["cause"].tolist() == [score.causes[0].label for score in scores]
        assert answers["expected_loss"].tolist() == [score.expected_loss for score in scores]

    @pytest.mark.parametrize(
        "same",
        [{"value": 80.5}, {"value": "80.50", "as_of": "2026-01-01T00:00:00Z"}, {"fx_rate": 1}, {"note": np.nan}],
    )
    def test_a_value_may_be_written_in_several_ways(self, model: Any, same: dict[str, Any]) -> None:
        (plain,) = model.predict(pd.DataFrame(ROWS[:1]))["risk"]
        (other,) = model.predict(pd.DataFrame([ROWS[0] | same]))["risk"]
        assert other == plain

    def test_money_is_converted(self, model: Any) -> None:
        whole = model.predict(pd.DataFrame([ROWS[0] | {"value": "161.00"}]))
        half = model.predict(pd.DataFrame([ROWS[0] | {"fx_rate": "2"}]))
        assert half.equals(whole)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"value": "much"}, "row 0: value is 'much'"),
            ({"days_late": -1}, "row 0: days_late is -1"),
            ({"reason": "snow"}, "row 0: reason is 'snow'"),
            ({"as_of": "2026-01-01"}, "row 0: as_of is '2026-01-01'"),
            ({"fx_rate": "two"}, "row 0: fx_rate is 'two'"),
            ({"value": None}, "row 0: value is missing"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, model: Any, wrong: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match="row 0") as refused:
            model.predict(pd.DataFrame([ROWS[0] | wrong]))
        assert said in str(refused.value)

    def test_no_rows_give_no_answers(self, model: Any) -> None:
        assert len(model.predict(pd.DataFrame(ROWS).iloc[:0])) == 0

    def test_a_domain_nobody_registered_is_named(
        self, trained: TrainedVersion, registry: Registry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import mlflow

        monkeypatch.delenv("TRIAGE_DOMAIN_MODULES", raising=False)
        mlflow.set_tracking_uri(registry.tracking_uri)
        with pytest.raises(Exception, match="late_delivery, which is no domain here"):
            mlflow.pyfunc.load_model(URI)


def test_mlflow_models_serve_answers_payload_rows(trained: TrainedVersion, registry: Registry, home: Path) -> None:
    """Run `mlflow models serve --env-manager local` as a model reviewer would, and ask it over HTTP."""
    port = free_port()
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": registry.tracking_uri,
        "TRIAGE_DOMAIN_MODULES": "tests.toy_late_delivery",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", URI, "--env-manager", "local",
        "--port", str(port),
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    rows = [{name: value for name, value in row.items() if value is not None} for row in ROWS]
    with served(command, ready=f"{address}/ping", environment=environment, log=home / "served.log"):
        answer = httpx.post(f"{address}/invocations", json={"dataframe_records": rows}, timeout=30)
        refused = httpx.post(
            f"{address}/invocations", json={"dataframe_records": [rows[0] | {"days_late": -1}]}, timeout=30
        )
    assert answer.status_code == 200, answer.text
    predictions = answer.json()["predictions"]
    assert [set(row) for row in predictions] == [{"risk", "impact", "expected_loss", "cause", "cause_probability"}] * 2
    assert all(0.0 < row["risk"] < 1.0 for row in predictions)
    assert refused.status_code == 400
    assert "row 0: days_late is -1" in refused.text


class TestLost:
    """A registry that is moved away or begun anew is unreachable; only an alias that is taken away ends a model."""

    def test_moved_away_begun_anew_and_back(self, trained: TrainedVersion, registry: Registry, home: Path) -> None:
        name = trained.ref.name
        watching = Registry(registry.tracking_uri, home / "artifacts")
        assert watching.champion(name) is not None
        file, away = home / "mlflow.db", home / "away.db"
        file.rename(away)
        try:
            with pytest.raises(RegistryUnavailableError, match="no longer has"):
                watching.champion(name)
            assert Registry(registry.tracking_uri).champion(name) is None
        finally:
            away.rename(file)
        assert watching.champion(name) is not None
