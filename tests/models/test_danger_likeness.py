"""The likeness to danger: by the encoder it was fitted with, of English texts, by the likest sentence of a long one."""

import numpy as np
import pytest

from features.danger.coverage import reads_as_english
from models.danger_likeness import (
    MAX_PARTS,
    N_GRAMS,
    WEIGHTS_FILE,
    DangerLikeness,
    LikenessWeights,
    parts_of,
    rows_of,
    shipped_weights,
)
from models.encoder import TextEncoder
from models.errors import EncoderError

IMPLIED = "she touched the handle and could not let go until we pulled the plug"
ORDINARY = "please change the lamp above the salads"


@pytest.fixture(scope="module")
def likeness(encoder: TextEncoder) -> DangerLikeness:
    return DangerLikeness(encoder)


def test_what_is_implied_reads_like_a_danger_and_what_is_ordinary_does_not(likeness: DangerLikeness) -> None:
    implied, ordinary = likeness.of([IMPLIED, ORDINARY])
    assert implied is not None and ordinary is not None
    assert implied > 0.9
    assert ordinary < 0.2


def test_a_text_has_the_same_likeness_alone_and_among_others(likeness: DangerLikeness) -> None:
    texts = [IMPLIED, ORDINARY, "", "price differs from the contract"]
    assert [likeness.of([text])[0] for text in texts] == likeness.of(texts)


@pytest.mark.parametrize(
    "text", ["", "  ", "...", "дверь не открывается", "请更换灯泡", "die Lampe über dem Salat ist kaputt und flackert"]
)
def test_nobody_can_tell_of_an_empty_text_or_another_language(likeness: DangerLikeness, text: str) -> None:
    assert likeness.of([text]) == [None]


def test_a_danger_told_last_in_a_long_text_shows(likeness: DangerLikeness) -> None:
    told = " ".join(["We would like the shelves in the second aisle moved by one metre."] * 8)
    (harmless,), (long,) = likeness.of([told]), likeness.of([f"{told} Also, {IMPLIED}."])
    assert harmless is not None and long is not None
    assert harmless < 0.42 < 0.88 < long


def test_tags_and_capitals_change_nothing_that_matters(likeness: DangerLikeness) -> None:
    plain, dressed = likeness.of([IMPLIED, f"<p>{IMPLIED.upper()}&nbsp;</p>"])
    assert plain == pytest.approx(dressed, abs=0.02)


def test_another_encoder_is_refused(encoder: TextEncoder) -> None:
    shipped = shipped_weights()
    turned = LikenessWeights(
        shipped.embedding[::-1].copy(), shipped.grams, shipped.bias, shipped.golden, shipped.golden_values
    )
    with pytest.raises(EncoderError, match="not the encoder"):
        DangerLikeness(encoder, turned)
    short = LikenessWeights(shipped.embedding[:10], shipped.grams, shipped.bias, shipped.golden, shipped.golden_values)
    with pytest.raises(EncoderError, match="not as many"):
        DangerLikeness(encoder, short)


def test_the_weights_are_small_and_plain() -> None:
    assert WEIGHTS_FILE.stat().st_size < 300_000
    with np.load(WEIGHTS_FILE, allow_pickle=False) as arrays:
        assert set(arrays) == {"embedding", "grams", "bias", "golden", "golden_values"}
    assert shipped_weights().grams.shape == (N_GRAMS,)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("lamp out", ["lamp out"]),
        ("One lamp is out. Another lamp is out", ["One lamp is out. Another lamp is out", "One lamp is out.",
         "Another lamp is out"]),
        ("Hi. The lamp is out there", ["Hi. The lamp is out there"]),
        ("The lamp is out there. Thanks", ["The lamp is out there. Thanks"]),
    ],
)  # fmt: skip
def test_parts_are_the_text_and_its_sentences_short_ones_joined(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


def test_a_text_never_has_more_parts_than_can_be_read() -> None:
    assert len(parts_of("This is one of them. " * 500)) <= MAX_PARTS


def test_an_empty_text_weighs_nothing() -> None:
    assert not rows_of([""], np.zeros((1, 4), dtype=np.float32)).any()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("lamp broken", True), ("the door is stuck", True), ("la puerta de la cocina no abre", False), ("灯坏了", False)],
)
def test_english_is_told_by_its_everyday_words(text: str, expected: bool) -> None:
    assert reads_as_english(text) is expected
