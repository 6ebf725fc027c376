"""A home folder that was moved or copied: an embedded MLflow finds its files where they are now."""

import shutil
from pathlib import Path

import pytest

from models.registry import Registry
from tests.toy_data import START, make_dataset
from training.train import train

pytestmark = pytest.mark.slow  # a version is trained and registered
NAME = "late_delivery"


def registry(home: Path) -> Registry:
    return Registry(f"sqlite:///{home / 'mlflow.db'}", home / "mlartifacts")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a version; a space and an umlaut in its path are written in another way in an address."""
    home = tmp_path_factory.mktemp("at home") / "größe"
    home.mkdir()
    train(make_dataset(400, with_text=False), registry=registry(home), now=START, home=home, encoder=None)
    return home


@pytest.fixture
def moved(made: Path, tmp_path: Path) -> Path:
    """The same home elsewhere; the first place is gone while a test runs."""
    home, away = tmp_path / "elsewhere", made.with_name("away")
    shutil.copytree(made, home)
    made.rename(away)
    yield home
    away.rename(made)


def test_a_version_is_fetched_from_where_the_home_is_now(moved: Path, tmp_path: Path) -> None:
    store = registry(moved)
    ref = store.champion(NAME)
    assert ref is not None
    assert (store.download(ref, tmp_path / "bundles") / "manifest.json").is_file()


def test_a_next_run_is_kept_where_the_home_is_now(moved: Path) -> None:
    from mlflow import MlflowClient

    store = registry(moved)
    assert store.champion(NAME) is not None
    client = MlflowClient(tracking_uri=store.tracking_uri)
    experiment = client.get_experiment_by_name(NAME)
    assert experiment is not None
    run = client.create_run(experiment.experiment_id)
    assert run.info.artifact_uri.startswith((moved / "mlartifacts").as_uri())


def test_a_copy_reads_its_own_files(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    shutil.rmtree(copy / "mlartifacts")
    store = registry(copy)
    ref = store.champion(NAME)
    assert ref is not None
    with pytest.raises(Exception, match="cannot be reached"):
        store.download(ref, tmp_path / "bundles")
