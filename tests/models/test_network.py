"""The network beside the trees: plain arrays that answer a row alone as they answer it among others."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import MANIFEST, Bundle, load_bundle, save_bundle
from models.contributions import RiskPushes
from models.errors import BundleError
from models.network import Network, RowEncoding, read_network, write_network
from models.scorer import Scorer, golden_rows
from tests.toy_data import RECIPE
from training.fitting.fit import Fitted

NAN = float("nan")
ENCODING = RowEncoding(
    ramp_columns=np.array([0, 0]),
    low=np.array([0.0, 10.0]),
    high=np.array([10.0, 30.0]),
    unknown=np.array([0.0, 0.25]),
    match_columns=np.array([1, 1]),
    codes=np.array([0.0, 2.0]),
    missing_columns=np.array([0]),
)


def small_network(encoding: RowEncoding, *, hidden: int, outputs: int) -> Network:
    random = np.random.default_rng(4)

    def draw(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32).astype(np.float64)

    return Network(
        encoding=encoding,
        entry=draw(hidden + outputs, encoding.n_inputs),
        entry_bias=draw(hidden + outputs),
        middle=draw(hidden, hidden),
        middle_bias=draw(hidden),
        exit=draw(outputs, hidden),
        exit_bias=draw(outputs),
    )


@pytest.mark.parametrize(
    ("row", "inputs"),
    [
        ([-1.0, 0.0], [0, 0, 1, 0, 0]),
        ([0.0, 2.0], [0, 0, 0, 1, 0]),
        ([5.0, 1.0], [0.5, 0, 0, 0, 0]),
        ([10.0, NAN], [1, 0, 0, 0, 0]),
        ([25.0, 7.0], [1, 0.75, 0, 0, 0]),
        ([31.0, 0.0], [1, 1, 1, 0, 0]),
        ([NAN, 0.0], [0, 0.25, 1, 0, 1]),
    ],
    ids=[
        "below",
        "at the start",
        "half way",
        "at the edge, category missing",
        "second piece, new category",
        "above",
        "missing",
    ],
)
def test_a_number_climbs_its_pieces_and_a_category_is_one_of_its_codes(row: list[float], inputs: list[float]) -> None:
    assert ENCODING.inputs(np.array([row]))[0].tolist() == inputs


def test_it_computes_two_layers_and_a_way_past_them() -> None:
    network = small_network(ENCODING, hidden=3, outputs=2)
    inputs = ENCODING.inputs(np.array([[4.0, 2.0]]))[0].astype(float)

    def silu(x: np.ndarray) -> np.ndarray:
        return np.asarray(x / (1 + np.exp(-x)))

    first = network.entry @ inputs + network.entry_bias
    second = silu(network.middle @ silu(first[:3]) + network.middle_bias)
    expected = network.exit @ second + network.exit_bias + first[3:]
    np.testing.assert_allclose(network.raw_scores(np.array([[4.0, 2.0]]))[0], expected, rtol=1e-12)


@pytest.mark.parametrize("hidden", [5, 64, 256])
def test_a_row_alone_is_answered_to_the_bit_as_among_others(hidden: int) -> None:
    random = np.random.default_rng(5)
    rows = np.column_stack([random.normal(12, 12, 4_200), random.integers(0, 4, 4_200)])
    rows[::9, 0] = np.nan
    network = small_network(ENCODING, hidden=hidden, outputs=3)
    together = network.raw_scores(rows)
    for at in (0, 1, 9, 4_095, 4_096, 4_199):
        assert network.raw_scores(rows[at : at + 1])[0].tolist() == together[at].tolist()


def test_no_number_is_too_large_for_it() -> None:
    network = small_network(ENCODING, hidden=4, outputs=2)
    steep = replace(network, entry=network.entry * 1e6)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(steep.raw_scores(np.array([[1e300, 0.0], [-1e300, 2.0]]))).all()


def test_it_is_read_back_as_written() -> None:
    network = small_network(ENCODING, hidden=4, outputs=2)
    again = read_network(write_network(network))
    rows = np.array([[3.0, 2.0], [NAN, NAN]])
    assert again.raw_scores(rows).tolist() == network.raw_scores(rows).tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda network: {"middle_bias": network.middle_bias[:3]},
            r"middle_bias .* of shape \(3,\), not float64 of shape \(4,\)",
        ),
        (lambda network: {"exit": network.exit.astype(np.float32)}, "exit of the network is float32"),
        (lambda network: {"entry": network.entry.astype(complex)}, "entry of the network is complex128"),
        (lambda network: {"exit_bias": network.exit_bias * np.nan}, "exit_bias of the network is not finite"),
    ],
    ids=["too short", "single", "complex", "not a number"],
)
def test_layers_that_do_not_fit_are_refused(change: Callable[[Network], dict[str, Any]], words: str) -> None:
    network = small_network(ENCODING, hidden=4, outputs=2)
    with pytest.raises(ValueError, match=words):
        replace(network, **change(network))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low": np.array([0.0])}, "low of the network"),
        ({"codes": np.array([0.0])}, "codes of the network"),
        ({"unknown": np.array([0.0, NAN])}, "unknown of the network is not finite"),
        ({"high": np.array([10.0, 10.0])}, "does not climb"),
        ({"missing_columns": np.array([-1])}, "missing_columns .* negative position"),
        ({"ramp_columns": np.array([0.0, 0.0])}, "ramp_columns of the network is float64"),
    ],
    ids=["too few", "too few codes", "not a number", "a step", "negative", "no positions"],
)
def test_an_encoding_that_does_not_fit_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(ENCODING, **change)


@pytest.fixture(scope="module")
def with_network(fitted: Fitted) -> Fitted:
    """The toy model, a third of whose causes and a fifth of whose risk come from networks that have learnt nothing."""
    cause, risk = fitted.bundle.cause, fitted.bundle.risk
    cause = replace(cause, network=small_network(ENCODING, hidden=4, outputs=len(cause.classes)), network_share=0.3)
    risk = replace(risk, network=small_network(ENCODING, hidden=4, outputs=1), network_share=0.2)
    bundle = replace(fitted.bundle, cause=cause, risk=risk)
    rows, texts = fitted.rows[:5], [""] * 5
    bundle = replace(bundle, golden=golden_rows(Scorer(bundle, RECIPE, None), rows, texts))
    return replace(fitted, bundle=bundle, scorer=Scorer(bundle, RECIPE))


def changed(bundle: Bundle, head: str, **fields: Any) -> Bundle:
    heads: dict[str, Any] = {head: replace(getattr(bundle, head), **fields)}
    return replace(bundle, **heads)


class TestInABundle:
    def test_it_has_its_share_of_the_cause(self, fitted: Fitted, with_network: Fitted) -> None:
        cause, rows = with_network.bundle.cause, fitted.columns[:6]
        assert cause.booster is not None
        assert cause.network is not None
        raw = 0.7 * cause.booster.raw_scores(rows) + 0.3 * cause.network.raw_scores(rows)
        np.testing.assert_allclose(cause.predict(rows), cause.chances(raw))
        assert not np.allclose(cause.predict(rows), fitted.bundle.cause.predict(rows))

    def test_it_has_its_share_of_the_risk(self, fitted: Fitted, with_network: Fitted) -> None:
        bundle = with_network.bundle
        said = bundle.predict(with_network.columns[:6])
        assert bundle.risk.network is not None
        trees, network = fitted.bundle.risk.log_odds(said.read), bundle.risk.network.raw_scores(said.read)[:, 0]
        np.testing.assert_allclose(said.log_odds, 0.8 * trees + 0.2 * network)
        assert said.risk.tolist() == bundle.risk.calibrator.apply(said.log_odds).tolist()

    def test_it_is_saved_and_scores_the_same(self, with_network: Fitted, tmp_path: Path) -> None:
        save_bundle(with_network.bundle, tmp_path / "bundle")
        again = load_bundle(tmp_path / "bundle")
        Scorer(again, RECIPE).self_test()
        rows = with_network.columns[:7]
        assert again.predict(rows).risk.tolist() == with_network.bundle.predict(rows).risk.tolist()

    def test_pushes_add_up_to_its_risk_but_for_what_is_added_to_every_case(self, with_network: Fitted) -> None:
        bundle = with_network.bundle
        said = bundle.predict(with_network.columns[:200])
        pushes = RiskPushes(bundle).of(said)
        assert pushes is not None
        apart = pushes.sum(axis=1) - bundle.risk.log_odds(said.read)
        assert np.ptp(apart) < 1e-9 < np.ptp(pushes.sum(axis=1))

    def test_another_processor_scores_it_the_same(self, with_network: Fitted, tmp_path: Path) -> None:
        save_bundle(with_network.bundle, tmp_path / "bundle")
        program = (
            "import sys; from pathlib import Path; from models.bundle import load_bundle; from models.scorer import Scorer;"
            "from tests.toy_data import RECIPE; Scorer(load_bundle(Path(sys.argv[1])), RECIPE).self_test()"
        )
        for disabled in ("", "X86_V4 AVX512_ICL AVX512_SPR", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"):
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "bundle")],
                env={**os.environ, "NPY_DISABLE_CPU_FEATURES": disabled}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"without {disabled}: {done.stderr}"

    @pytest.mark.parametrize("head", ["cause", "risk"])
    def test_one_that_is_no_archive_is_refused(self, with_network: Fitted, head: str, tmp_path: Path) -> None:
        folder = tmp_path / "bundle"
        save_bundle(with_network.bundle, folder)
        manifest = json.loads((folder / MANIFEST).read_text())
        for content in (b"", b"PK\x03\x04 cut off", b"no archive at all"):
            (folder / f"{head}.npz").write_bytes(content)
            manifest["files"][f"{head}.npz"] = hashlib.sha256(content).hexdigest()
            (folder / MANIFEST).write_text(json.dumps(manifest))
            with pytest.raises(BundleError):
                load_bundle(folder)

    @pytest.mark.parametrize("head", ["cause", "risk"])
    @pytest.mark.parametrize("share", [0.0, 1.0, 7.0, -0.1])
    def test_a_share_that_does_not_fit_it_is_refused(
        self, with_network: Fitted, head: str, share: float, tmp_path: Path
    ) -> None:
        save_bundle(changed(with_network.bundle, head, network_share=share), tmp_path / "bundle")
        with pytest.raises(BundleError, match=f"share of the {head} is {share}"):
            load_bundle(tmp_path / "bundle")

    @pytest.mark.parametrize("head", ["cause", "risk"])
    def test_a_share_without_it_is_refused(self, with_network: Fitted, head: str, tmp_path: Path) -> None:
        save_bundle(changed(with_network.bundle, head, network=None), tmp_path / "bundle")
        with pytest.raises(BundleError, match="there is no network"):
            load_bundle(tmp_path / "bundle")

    @pytest.mark.parametrize("head", ["cause", "risk"])
    def test_one_that_reads_columns_the_row_does_not_have_is_refused(
        self, with_network: Fitted, head: str, tmp_path: Path
    ) -> None:
        beyond = replace(ENCODING, missing_columns=np.array([500]))
        network = replace(getattr(with_network.bundle, head).network, encoding=beyond)
        save_bundle(changed(with_network.bundle, head, network=network), tmp_path / "bundle")
        with pytest.raises(BundleError, match=f"the {head}'s network reads 501 columns"):
            load_bundle(tmp_path / "bundle")

    def test_one_of_the_risk_that_answers_more_than_that_is_refused(self, with_network: Fitted, tmp_path: Path) -> None:
        network = small_network(ENCODING, hidden=4, outputs=2)
        save_bundle(changed(with_network.bundle, "risk", network=network), tmp_path / "bundle")
        with pytest.raises(BundleError, match="the risk's network answers 2 numbers, not one"):
            load_bundle(tmp_path / "bundle")

    def test_one_of_other_causes_is_refused(self, with_network: Fitted, tmp_path: Path) -> None:
        cause = with_network.bundle.cause
        wrong = replace(cause, network=small_network(ENCODING, hidden=4, outputs=len(cause.classes) + 1))
        save_bundle(replace(with_network.bundle, cause=wrong), tmp_path / "bundle")
        with pytest.raises(BundleError, match="classes apart"):
            load_bundle(tmp_path / "bundle")
