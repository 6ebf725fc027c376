"""A trained model version as one folder of files that say what they are: text, JSON and plain arrays, nothing pickled.

manifest.json names every other file with its sha256; cause.lgb, risk.lgb and impact.lgb are native LightGBM text;
text.npz is the text projection, text_support.npz embeddings of harmless texts; golden.json a few rows with the scores
they must give; holdout.npz the scores of cases it never learnt from, where the version registered is the one that was
judged. Format 4 is read too, unless it holds a
neural network, which is no longer supported.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from features.attributes.attribute_columns import Attribute
from features.recipe import Feature, Matrix
from models.booster import Booster
from models.encoder import EncoderCard
from models.errors import BundleError, ModelError
from models.holdout import Holdout, read_holdout, write_holdout
from models.predictors import CausePredictor, ImpactPredictor, Predicted, RiskPredictor
from models.support import Support
from models.text_projection import TextProjection
from models.text_support import TextSupport

FORMAT: Final = 5
_READ: Final = (4, FORMAT)
MANIFEST: Final = "manifest.json"
HOLDOUT: Final = "holdout.npz"
TEXT_SUPPORT: Final = "text_support.npz"
_HEADS: Final = ("cause", "risk", "impact")
_NETWORKS: Final = frozenset({"cause.npz", "risk.npz"})
"""Files of format 4 that hold a neural network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A row and the score it must give.

    row: domain features, NaN where missing. text: the case's text; text_columns: its projected embedding.
    """

    row: tuple[float, ...]
    text: str
    text_columns: tuple[float, ...]
    causes: tuple[float, ...]
    risk: float
    impact: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Everything one model version needs to score.

    features: the domain's, in row order, without the text columns. flags: names of those that are only ever 0 or 1.
    text, encoder: the text columns and the encoder they come from, both None where the model reads no text.
    origin, fingerprint: of the data it learnt from. support: what cases it knows, None in bundles from before that was
    kept. text_support: what texts it knows to be harmless, None where it reads none or too few were.
    """

    domain: str
    labels: tuple[str, ...]
    features: tuple[Feature, ...]
    flags: frozenset[str]
    attributes: tuple[Attribute, ...]
    text: TextProjection | None
    encoder: EncoderCard | None
    cause: CausePredictor
    risk: RiskPredictor
    impact: ImpactPredictor
    golden: tuple[Golden, ...]
    trained_at: datetime
    origin: str
    fingerprint: str
    support: Support | None = None
    text_support: TextSupport | None = None

    @property
    def columns(self) -> tuple[Feature, ...]:
        """Describe every column of the row, in order: domain features, then text columns."""
        return self.features + (self.text.features if self.text is not None else ())

    def predict(self, columns: Matrix) -> Predicted:
        """Ask the heads about rows of shape (n, n_columns): the cause first, since the others read its answer."""
        causes = self.cause.predict(columns)
        read = self.cause.with_cause_probabilities(columns, causes)
        log_odds = self.risk.log_odds(read)
        risk, impact = self.risk.calibrated(log_odds), self.impact.predict(read)
        return Predicted(causes=causes, risk=risk, log_odds=log_odds, impact=impact, read=read)


def save_bundle(bundle: Bundle, folder: Path, *, holdout: Holdout | None = None) -> None:
    """Write a bundle into a folder that must not exist yet; it appears whole or not at all."""
    files = _files(bundle) | ({HOLDOUT: write_holdout(holdout)} if holdout is not None else {})
    manifest = {
        "format": FORMAT,
        "domain": bundle.domain,
        "labels": list(bundle.labels),
        "features": [asdict(feature) for feature in bundle.features],
        "flags": sorted(bundle.flags),
        "attributes": [asdict(attribute) for attribute in bundle.attributes],
        "encoder": bundle.encoder.to_json() if bundle.encoder is not None else None,
        "heads": {name: getattr(bundle, name).to_json() for name in _HEADS},
        "trained_at": bundle.trained_at.isoformat(),
        "support": bundle.support.to_json() if bundle.support is not None else None,
        "data": {"origin": bundle.origin, "fingerprint": bundle.fingerprint},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    for name, content in files.items():
        (unfinished / name).write_bytes(content)
    (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.rename(folder)


def load_bundle(folder: Path, *, num_threads: int = 1) -> Bundle:
    """Read a bundle; `num_threads` applies to scoring many rows at once.

    Raises BundleError when a file is missing or changed, or the format is one this code does not know.
    """
    manifest = _manifest(folder)
    files = {name: _checked(folder / name, sha256) for name, sha256 in manifest["files"].items()}
    try:
        return _read(manifest, files, num_threads)
    except (KeyError, TypeError, ValueError, EOFError, BadZipFile, ModelError) as error:
        raise BundleError(f"{folder / MANIFEST}: {error}") from error


def load_holdout(folder: Path) -> Holdout | None:
    """Read a bundle's held-out scores, None where it has none; raise BundleError when the file is missing or
    changed."""
    sha256 = _manifest(folder)["files"].get(HOLDOUT)
    if sha256 is None:
        return None
    try:
        return read_holdout(_checked(folder / HOLDOUT, sha256))
    except (KeyError, ValueError, OSError, EOFError, BadZipFile) as error:
        raise BundleError(f"{folder / HOLDOUT} cannot be read: {error}") from error


def _read(manifest: Mapping[str, Any], files: Mapping[str, bytes], num_threads: int) -> Bundle:
    def booster(head: str) -> Booster | None:
        content = files.get(f"{head}.lgb")
        return Booster(content.decode(), num_threads=num_threads) if content is not None else None

    heads, data, encoder = _heads(manifest), manifest["data"], manifest["encoder"]
    bundle = Bundle(
        domain=manifest["domain"],
        labels=tuple(manifest["labels"]),
        features=tuple(Feature(**_tuples(feature)) for feature in manifest["features"]),
        flags=frozenset(manifest["flags"]),
        attributes=tuple(Attribute(**_tuples(attribute)) for attribute in manifest["attributes"]),
        text=_read_projection(files["text.npz"]) if "text.npz" in files else None,
        encoder=EncoderCard.from_json(encoder) if encoder is not None else None,
        cause=CausePredictor.from_json(heads["cause"], booster("cause")),
        risk=RiskPredictor.from_json(heads["risk"], booster("risk")),
        impact=ImpactPredictor.from_json(heads["impact"], booster("impact")),
        golden=tuple(_read_golden(values) for values in json.loads(files["golden.json"])),
        trained_at=datetime.fromisoformat(manifest["trained_at"]),
        origin=data["origin"],
        fingerprint=data["fingerprint"],
        support=Support.from_json(manifest["support"]) if manifest.get("support") else None,
        text_support=_read_text_support(files[TEXT_SUPPORT]) if TEXT_SUPPORT in files else None,
    )
    _check(bundle)
    return bundle


def _check(bundle: Bundle) -> None:
    """Refuse parts that do not fit together."""
    if (bundle.text is None) != (bundle.encoder is None):
        raise BundleError("a text projection and an encoder come together or not at all")
    if len(bundle.cause.base) != len(bundle.labels):
        raise BundleError(f"{len(bundle.labels)} labels but {len(bundle.cause.base)} probabilities")
    reads_causes = bundle.cause.booster is not None
    if bundle.risk.starts_from_causes and not reads_causes:
        raise BundleError("the risk model starts from causes, and there is no cause model")
    for name in _HEADS:
        booster = getattr(bundle, name).booster
        there = len(bundle.columns) + (len(bundle.labels) + 1 if reads_causes and name != "cause" else 0)
        if booster is not None and booster.n_features != there:
            raise BundleError(f"the {name} model reads {booster.n_features} columns, not {there}")


def _heads(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the heads' values; format 4 also says what share of the answer a network has."""
    return {
        name: {key: value for key, value in head.items() if key != "network_share"}
        for name, head in manifest["heads"].items()
    }


def _files(bundle: Bundle) -> dict[str, bytes]:
    files = {"golden.json": json.dumps([_golden_json(golden) for golden in bundle.golden], indent=1).encode()}
    for name in _HEADS:
        booster = getattr(bundle, name).booster
        if booster is not None:
            files[f"{name}.lgb"] = booster.text.encode()
    if bundle.text is not None:
        buffer = io.BytesIO()
        np.savez(buffer, mean=bundle.text.mean, components=bundle.text.components)
        files["text.npz"] = buffer.getvalue()
    if bundle.text_support is not None:
        buffer = io.BytesIO()
        np.savez(buffer, kept=bundle.text_support.kept, limit=np.array(bundle.text_support.limit))
        files[TEXT_SUPPORT] = buffer.getvalue()
    return files


def _manifest(folder: Path) -> dict[str, Any]:
    file = folder / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{file} cannot be read: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") not in _READ:
        raise BundleError(f"{file} is not of format {FORMAT}; train again or update the program")
    if networks := _NETWORKS & set(manifest.get("files", ())):
        raise BundleError(
            f"{file} holds a neural network ({', '.join(sorted(networks))}), which is no longer supported: train again"
        )
    return manifest


def _checked(file: Path, sha256: str) -> bytes:
    if file.name in (MANIFEST, "..") or not file.is_file():
        raise BundleError(f"{file} is missing")
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BundleError(f"{file} is not the file the manifest names: its sha256 differs")
    return content


def _read_projection(content: bytes) -> TextProjection:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return TextProjection(arrays["mean"], arrays["components"])


def _read_text_support(content: bytes) -> TextSupport:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return TextSupport.from_arrays(arrays)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def _golden_json(golden: Golden) -> dict[str, Any]:
    # JSON has no NaN; a missing value is null.
    return {
        name: [None if item != item else item for item in value] if isinstance(value, tuple) else value
        for name, value in asdict(golden).items()
    }


def _read_golden(values: Mapping[str, Any]) -> Golden:
    def numbers(name: str) -> tuple[float, ...]:
        return tuple(float("nan") if item is None else float(item) for item in values[name])

    return Golden(
        row=numbers("row"),
        text=values["text"],
        text_columns=numbers("text_columns"),
        causes=numbers("causes"),
        risk=values["risk"],
        impact=values["impact"],
    )
